//! The bridge and the providers behind it.

use leptos::prelude::*;
use model::{BridgeStatus, Page, Provider, ProviderError, ProviderState};
use serde::{Deserialize, Serialize};

use crate::error::AppError;
use crate::wire::Wire;

/// What the page of settings shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SettingsAnswer {
    pub bridge: BridgeStatus,
    pub providers: Vec<ProviderState>,
}

/// What a test has changed of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tested {
    pub bridge: BridgeStatus,
    pub provider: ProviderState,
}

/// What one provider did not answer, one page of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProviderErrors {
    pub provider: Provider,
    pub page: Page<ProviderError>,
}

/// The bridge, and all providers.
#[server(prefix = "/rpc", endpoint = "settings", input = Wire, output = Wire)]
pub async fn read_settings() -> Result<SettingsAnswer, AppError> {
    use federation::providers;

    use super::request::{self, refuse};

    let (engine, caller) = (request::engine()?, request::caller()?);
    let bridge = providers::bridge(&engine, &caller).await.map_err(refuse)?;
    let providers = providers::list(&engine, &caller).await.map_err(refuse)?;
    Ok(SettingsAnswer { bridge, providers })
}

/// One provider.
#[server(prefix = "/rpc", endpoint = "provider", input = Wire, output = Wire)]
pub async fn read_provider(provider: Provider) -> Result<ProviderState, AppError> {
    use super::request::{self, refuse};

    let (engine, caller) = (request::engine()?, request::caller()?);
    federation::providers::get(&engine, &caller, provider)
        .await
        .map_err(refuse)
}

/// Makes one small call. An empty model is the one that is suggested.
#[server(prefix = "/rpc", endpoint = "test_provider", output = Wire)]
pub async fn test_provider(provider: String, model_name: String) -> Result<Tested, AppError> {
    use federation::providers;
    use model::NewProviderTest;

    use super::request::{self, refuse};

    let (engine, caller) = (request::engine()?, request::caller()?);
    let provider: Provider = request::path_id(&provider, "provider")?;
    let new = NewProviderTest {
        model_name: Some(model_name).filter(|name| !name.trim().is_empty()),
    };
    providers::test(&engine, &caller, provider, new)
        .await
        .map_err(refuse)?;
    let bridge = providers::bridge(&engine, &caller).await.map_err(refuse)?;
    let state = providers::get(&engine, &caller, provider)
        .await
        .map_err(refuse)?;
    request::redirect_form(&format!("/settings#{provider}"));
    Ok(Tested {
        bridge,
        provider: state,
    })
}

/// One page of what a provider did not answer.
#[server(prefix = "/rpc", endpoint = "provider_errors", input = Wire, output = Wire)]
pub async fn read_provider_errors(
    provider: String,
    cursor: Option<String>,
) -> Result<ProviderErrors, AppError> {
    use model::PageRequest;

    use super::request;

    let (engine, caller) = (request::engine()?, request::caller()?);
    let provider: Provider = request::path_id(&provider, "provider")?;
    let asked = PageRequest {
        after: cursor.and_then(|cursor| cursor.parse().ok()),
        ..PageRequest::default()
    };
    let page = federation::providers::errors(&engine, &caller, provider, asked)
        .await
        .map_err(request::refuse)?;
    Ok(ProviderErrors { provider, page })
}
