//! API tokens.

use axum::{Json, extract::State, http::StatusCode};
use federation::{Engine, people};
use model::{ApiToken, NewToken, Page, Role, TokenId};
use serde::{Deserialize, Serialize};

use super::reply::{Created, Reply, page_of};
use crate::{
    extract::{Admin, Auth, Body, Id, Params},
    problem::Problem,
};

/// A token that is to be made.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct TokenRequest {
    name: String,
    role: Role,
}

/// A new token. Its secret is shown this once.
#[derive(Serialize, utoipa::ToSchema)]
pub struct TokenMade {
    #[serde(flatten)]
    row: ApiToken,
    token: String,
}

/// List API tokens
#[utoipa::path(get, path = "/tokens", tag = "tokens",
    responses((status = 200, body = Page<ApiToken>)))]
pub async fn list(
    auth: Auth<Admin>,
    params: Params,
    State(engine): State<Engine>,
) -> Reply<Page<ApiToken>> {
    let page = params.page()?;
    let rows = people::list_tokens(&engine, &auth).await?;
    Ok(Json(page_of(rows, page, |row| row.id.0)))
}

/// Make an API token
#[utoipa::path(post, path = "/tokens", tag = "tokens", request_body = TokenRequest,
    responses((status = 201, body = TokenMade)))]
pub async fn create(
    auth: Auth<Admin>,
    State(engine): State<Engine>,
    Body(TokenRequest { name, role }): Body<TokenRequest>,
) -> Result<Created<TokenMade>, Problem> {
    let (row, token) = people::create_token(&engine, &auth, NewToken { name, role }).await?;
    Ok(Created::new("tokens", row.id, TokenMade { row, token }))
}

/// Revoke an API token
#[utoipa::path(delete, path = "/tokens/{id}", tag = "tokens",
    responses((status = 204, description = "It is no longer valid")))]
pub async fn revoke(
    auth: Auth<Admin>,
    Id(id): Id<TokenId>,
    State(engine): State<Engine>,
) -> Result<StatusCode, Problem> {
    people::revoke_token(&engine, &auth, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
