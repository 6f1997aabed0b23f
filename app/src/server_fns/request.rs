//! What a server function needs of the request that it answers.

use axum::http::header::{ACCEPT, COOKIE, HeaderValue, LOCATION, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use chrono::{DateTime, Utc};
use federation::{Engine, Error};
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;
use model::{Caller, Hub, PageRequest};

use crate::error::AppError;
use crate::site::use_site;

/// The name of the cookie that carries a session.
pub const SESSION: &str = "inter_hub_session";
/// The name of the cookie that remembers the hub last looked at.
pub const HUB: &str = "hub";

/// The engine, from the server's context.
pub fn engine() -> Result<Engine, AppError> {
    use_context::<Engine>().ok_or_else(|| {
        tracing::error!("no engine in the context of a server function");
        AppError::new("internal", "Something went wrong on the server. Try again.")
    })
}

/// Who asks; refused where nobody is signed in.
pub fn caller() -> Result<Caller, AppError> {
    let caller = use_context::<Parts>().and_then(|parts| parts.extensions.get::<Caller>().cloned());
    caller.ok_or_else(|| {
        status(StatusCode::UNAUTHORIZED);
        AppError::new(
            AppError::NOT_SIGNED_IN,
            "You are not signed in. Sign in and try again.",
        )
    })
}

/// The engine's error as pages see it. Sets the status of the answer and logs
/// what is not the client's doing.
pub fn refuse(error: Error) -> AppError {
    status(match &error {
        Error::NotAllowed { .. } => StatusCode::FORBIDDEN,
        Error::NotFound { .. } => StatusCode::NOT_FOUND,
        Error::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Error::Conflict { .. } => StatusCode::CONFLICT,
        Error::SignIn { .. } => StatusCode::UNAUTHORIZED,
        Error::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
        Error::Store(_) | Error::Internal(_) => {
            log(&error);
            StatusCode::INTERNAL_SERVER_ERROR
        }
    });
    error.refusal().into()
}

/// One wrong field of a form, as the engine would refuse it.
pub fn wrong(field: &str, message: impl ToString) -> AppError {
    refuse(Error::invalid(field, message.to_string()))
}

/// An id out of the address; what is none is not there.
pub fn path_id<T: std::str::FromStr>(text: &str, what: &'static str) -> Result<T, AppError> {
    let missing = || refuse(Error::NotFound { what, field: None });
    text.parse().map_err(|_| missing())
}

fn log(error: &Error) {
    let mut chain = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        chain.push_str(": ");
        chain.push_str(&cause.to_string());
        source = cause.source();
    }
    tracing::error!(error = chain, "a server function failed");
}

/// Sends a form without scripts on; a page with scripts stays where it is.
pub fn redirect_form(path: &str) {
    if is_plain_form() {
        leptos_axum::redirect(path);
    }
}

fn is_plain_form() -> bool {
    use_context::<Parts>().is_some_and(|parts| parts.method == Method::POST && accepts_html(&parts))
}

/// Sets the status of the answer, unless a plain form waits for a redirect.
pub fn status(code: StatusCode) {
    if !is_plain_form()
        && let Some(response) = use_context::<ResponseOptions>()
    {
        response.set_status(code);
    }
}

fn accepts_html(parts: &Parts) -> bool {
    parts
        .headers
        .get(ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}

/// Answers a page with a redirect, whatever the client accepts.
pub fn redirect_page(path: &str) {
    if let (Some(response), Ok(path)) = (
        use_context::<ResponseOptions>(),
        HeaderValue::from_str(path),
    ) {
        response.insert_header(LOCATION, path);
        response.set_status(StatusCode::SEE_OTHER);
    }
}

/// The value of a cookie of the request.
pub fn cookie(name: &str) -> Option<String> {
    let parts = use_context::<Parts>()?;
    parts
        .headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
}

/// Gives the browser its session.
pub fn set_session(engine: &Engine, token: &str, expires_at: DateTime<Utc>) {
    let seconds = (expires_at - engine.clock().now()).num_seconds().max(0);
    set_cookie(&format!(
        "{SESSION}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{}",
        secure()
    ));
}

/// Takes the session from the browser.
pub fn clear_session() {
    set_cookie(&format!(
        "{SESSION}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0{}",
        secure()
    ));
}

fn secure() -> &'static str {
    if use_site().secure_cookies {
        "; Secure"
    } else {
        ""
    }
}

fn set_cookie(cookie: &str) {
    if let (Some(response), Ok(value)) = (
        use_context::<ResponseOptions>(),
        HeaderValue::from_str(cookie),
    ) {
        response.append_header(SET_COOKIE, value);
    }
}

/// All hubs the caller sees, and the current one: the one asked for, else the
/// one last looked at, else the first.
pub async fn hubs(
    engine: &Engine,
    caller: &Caller,
    wanted: Option<&str>,
) -> Result<(Vec<Hub>, Option<Hub>), AppError> {
    let page = PageRequest {
        limit: model::LIMIT_MAX,
        after: None,
    };
    let mut hubs = federation::hubs::list(engine, caller, page)
        .await
        .map_err(refuse)?
        .items;
    hubs.sort_by(|a, b| a.name.cmp(&b.name));
    let named = |slug: &str| hubs.iter().find(|hub| hub.slug == slug).cloned();
    let remembered = cookie(HUB);
    let current = wanted
        .and_then(named)
        .or_else(|| remembered.as_deref().and_then(named))
        .or_else(|| hubs.first().cloned());
    if let Some(hub) = &current
        && remembered.as_deref() != Some(hub.slug.as_str())
    {
        set_cookie(&format!(
            "{HUB}={}; Path=/; SameSite=Lax; Max-Age=31536000",
            hub.slug
        ));
    }
    Ok((hubs, current))
}

/// A path of this site; anything that could lead elsewhere becomes `/`.
pub fn local_path(path: Option<&str>) -> &str {
    match path {
        Some(path)
            if path.starts_with('/')
                && !path.starts_with("//")
                && !path.starts_with("/\\")
                && path.bytes().all(|b| b.is_ascii_graphic()) =>
        {
            path
        }
        _ => "/",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_stays_on_this_site() {
        assert_eq!(local_path(Some("/collectives?hub=a")), "/collectives?hub=a");
        for path in [
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "",
            "/a\nb",
            "/ü",
        ] {
            assert_eq!(local_path(Some(path)), "/", "{path:?}");
        }
        assert_eq!(local_path(None), "/");
    }
}
