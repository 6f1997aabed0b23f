//! Signing in and out.

use leptos::prelude::*;

use crate::error::AppError;
use crate::wire::Wire;

/// Signs in by password and goes on to `next`.
#[server(prefix = "/rpc", endpoint = "sign_in", output = Wire)]
pub async fn sign_in(
    login: String,
    password: String,
    #[server(default)] next: Option<String>,
) -> Result<(), AppError> {
    use super::request;

    let engine = request::engine()?;
    let signed_in = federation::people::sign_in(&engine, &login, &password)
        .await
        .map_err(request::refuse)?;
    request::set_session(&engine, &signed_in.session_token, signed_in.expires_at);
    leptos_axum::redirect(request::local_path(next.as_deref()));
    Ok(())
}

/// Uses up a one-time link.
#[server(prefix = "/rpc", endpoint = "welcome", output = Wire)]
pub async fn welcome(
    token: String,
    display_name: String,
    login: String,
    #[server(default)] password: Option<String>,
) -> Result<(), AppError> {
    use super::request;

    let form = model::Welcome {
        token,
        display_name,
        login,
        password: password.filter(|password| !password.is_empty()),
    };
    let engine = request::engine()?;
    let signed_in = federation::people::welcome(&engine, form)
        .await
        .map_err(request::refuse)?;
    request::set_session(&engine, &signed_in.session_token, signed_in.expires_at);
    leptos_axum::redirect("/");
    Ok(())
}

/// Whether a one-time link can still be used.
#[server(prefix = "/rpc", endpoint = "link_valid", output = Wire)]
pub async fn link_valid(token: String) -> Result<bool, AppError> {
    use super::request;

    federation::people::link_valid(&request::engine()?, &token)
        .await
        .map_err(request::refuse)
}

/// Ends the session.
#[server(prefix = "/rpc", endpoint = "sign_out", output = Wire)]
pub async fn sign_out() -> Result<(), AppError> {
    use super::request;

    if let Some(token) = request::cookie(request::SESSION) {
        federation::people::sign_out(&request::engine()?, &token)
            .await
            .map_err(request::refuse)?;
    }
    request::clear_session();
    leptos_axum::redirect("/login");
    Ok(())
}
