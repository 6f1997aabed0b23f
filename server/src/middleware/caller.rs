//! Says who calls: puts a [`Caller`] into the request, or none.
//!
//! Whether one is needed, and with what role, is for the handlers to say.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use federation::{Engine, Error, people};
use model::Caller;

use crate::problem::Problem;

/// The cookie that holds the secret of a session.
pub const SESSION_COOKIE: &str = "inter_hub_session";

/// Finds the caller by API token (the API) or session (pages, server functions
/// and streams of events).
pub async fn identify(State(engine): State<Engine>, mut request: Request, next: Next) -> Response {
    match find(&engine, request.uri().path(), request.headers()).await {
        Ok(Some(caller)) => {
            request.extensions_mut().insert(caller);
        }
        Ok(None) => {}
        Err(error) => return Problem::from(error).into_response(),
    }
    next.run(request).await
}

async fn find(engine: &Engine, path: &str, headers: &HeaderMap) -> Result<Option<Caller>, Error> {
    if needs_nobody(path) {
        return Ok(None);
    }
    if !path.starts_with("/api/") {
        return by_session(engine, headers).await;
    }
    if path.ends_with("/events") {
        return of_stream(engine, headers).await;
    }
    by_token(engine, headers).await
}

/// Who follows a stream of events that was opened with these headers. To look
/// is no use of token or session.
pub async fn follows(engine: &Engine, headers: &HeaderMap) -> Result<Option<Caller>, Error> {
    match (bearer(headers), session(headers)) {
        (Some(token), _) => people::whose_api_token(engine, token).await,
        (None, Some(secret)) => people::whose_session(engine, secret).await,
        (None, None) => Ok(None),
    }
}

/// Who opens a stream of events, by API token or session.
async fn of_stream(engine: &Engine, headers: &HeaderMap) -> Result<Option<Caller>, Error> {
    if bearer(headers).is_some() {
        return by_token(engine, headers).await;
    }
    by_session(engine, headers).await
}

async fn by_token(engine: &Engine, headers: &HeaderMap) -> Result<Option<Caller>, Error> {
    match bearer(headers) {
        Some(token) => people::by_api_token(engine, token).await,
        None => Ok(None),
    }
}

async fn by_session(engine: &Engine, headers: &HeaderMap) -> Result<Option<Caller>, Error> {
    match session(headers) {
        Some(secret) => people::by_session(engine, secret).await,
        None => Ok(None),
    }
}

/// Files and probes are the same for everyone.
fn needs_nobody(path: &str) -> bool {
    path.starts_with("/pkg/")
        || matches!(path, "/healthz" | "/readyz" | "/metrics" | "/favicon.ico")
}

/// The token of `Authorization: Bearer`.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// The secret in the session cookie.
pub fn session(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.split_once('='))
        .find(|(name, _)| name.trim() == SESSION_COOKIE)
        .map(|(_, secret)| secret.trim())
        .filter(|secret| !secret.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: header::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().unwrap())])
    }

    #[test]
    fn reads_tokens_and_cookies() {
        let token = headers(header::AUTHORIZATION, "bearer  abc ");
        assert_eq!(bearer(&token), Some("abc"));
        assert_eq!(bearer(&headers(header::AUTHORIZATION, "Basic abc")), None);
        assert_eq!(bearer(&headers(header::AUTHORIZATION, "Bearer ")), None);
        let cookie = headers(header::COOKIE, "a=b; inter_hub_session=s3; c=d");
        assert_eq!(session(&cookie), Some("s3"));
        assert_eq!(
            session(&headers(header::COOKIE, "xinter_hub_session=s3")),
            None
        );
    }
}
