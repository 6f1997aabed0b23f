//! The bridge and the providers behind it.

use axum::{Json, extract::State};
use federation::{Engine, providers};
use model::{
    BridgeStatus, NewProviderTest, Page, Provider, ProviderError, ProviderState, ProviderTest,
};
use serde::Serialize;

use super::reply::Reply;
use crate::extract::{Admin, Auth, OptionalBody, Params, Word};

/// All providers.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Providers {
    items: Vec<ProviderState>,
    /// Always null: they are few.
    next_cursor: Option<String>,
}

/// Read how the bridge is
///
/// Of the instance that answers. Calls no model.
#[utoipa::path(get, path = "/bridge", tag = "providers",
    responses((status = 200, body = BridgeStatus)))]
pub async fn bridge(auth: Auth<Admin>, State(engine): State<Engine>) -> Reply<BridgeStatus> {
    Ok(Json(providers::bridge(&engine, &auth).await?))
}

/// List the providers
///
/// Each with its last test and its last five errors. Where it is and whether
/// there is a key is told of the instance that answers; a key never is.
#[utoipa::path(get, path = "/providers", tag = "providers",
    responses((status = 200, body = Providers)))]
pub async fn list(auth: Auth<Admin>, State(engine): State<Engine>) -> Reply<Providers> {
    Ok(Json(Providers {
        items: providers::list(&engine, &auth).await?,
        next_cursor: None,
    }))
}

/// Test a provider with one small call
///
/// It costs a few tokens. Answers when the call has ended, within 30 seconds,
/// also where it has failed: `outcome` and `error_type` say how it ended.
#[utoipa::path(post, path = "/providers/{provider}/tests", tag = "providers",
    request_body = Option<NewProviderTest>,
    params(("provider" = Provider, Path)),
    responses((status = 200, body = ProviderTest),
        (status = 404, description = "There is no such provider"),
        (status = 409, description = "The provider is being tested right now")))]
pub async fn create(
    auth: Auth<Admin>,
    Word(provider): Word<Provider>,
    State(engine): State<Engine>,
    OptionalBody(new): OptionalBody<NewProviderTest>,
) -> Reply<ProviderTest> {
    Ok(Json(providers::test(&engine, &auth, provider, new).await?))
}

/// List the calls and tests that a provider did not answer
///
/// One for each receipt whose last attempt there failed, also where another
/// provider answered after it; newest first.
#[utoipa::path(get, path = "/providers/{provider}/errors", tag = "providers",
    params(("provider" = Provider, Path)),
    responses((status = 200, body = Page<ProviderError>),
        (status = 404, description = "There is no such provider")))]
pub async fn errors(
    auth: Auth<Admin>,
    Word(provider): Word<Provider>,
    params: Params,
    State(engine): State<Engine>,
) -> Reply<Page<ProviderError>> {
    let page = params.page()?;
    Ok(Json(
        providers::errors(&engine, &auth, provider, page).await?,
    ))
}
