//! The providers of models as an operator sees them: the bridge, who has a key,
//! whether a small call gets through, and what went wrong lately.
//!
//! Bridge and keys are those of the instance that is asked; tests and errors
//! are everybody's. No key is ever given out.

use model::{
    BridgeStatus, Caller, NewProviderTest, Page, PageRequest, Provider, ProviderError,
    ProviderState, ProviderTest, Role,
};

use crate::{
    Engine, Error, Result,
    error::{check, require},
    invocation,
};

/// Errors that are told with each provider.
const LAST_ERRORS: i64 = 5;

/// How the bridge of this instance is. Calls no model.
pub async fn bridge(engine: &Engine, caller: &Caller) -> Result<BridgeStatus> {
    require(caller, Role::Admin)?;
    Ok(engine.bridge().status().await)
}

/// All providers, also those that no agent uses.
pub async fn list(engine: &Engine, caller: &Caller) -> Result<Vec<ProviderState>> {
    require(caller, Role::Admin)?;
    let agents = engine.store().active_agents().await?;
    let mut all = Vec::new();
    for provider in Provider::ALL.iter().copied() {
        all.push(state(engine, provider, &agents).await?);
    }
    Ok(all)
}

/// One provider.
pub async fn get(engine: &Engine, caller: &Caller, provider: Provider) -> Result<ProviderState> {
    require(caller, Role::Admin)?;
    let agents = engine.store().active_agents().await?;
    state(engine, provider, &agents).await
}

async fn state(
    engine: &Engine,
    provider: Provider,
    agents: &[(Provider, i64)],
) -> Result<ProviderState> {
    let store = engine.store();
    let newest = PageRequest {
        limit: LAST_ERRORS,
        after: None,
    };
    let errors = store.provider_errors(provider, newest).await?;
    let counted = agents.iter().find(|(of, _)| *of == provider);
    Ok(ProviderState {
        access: engine.bridge().access(provider),
        active_agents: counted.map_or(0, |(_, agents)| *agents),
        suggested_model: store.suggested_model(provider).await?,
        last_test: store.last_provider_test(provider).await?,
        last_errors: newest.cut(errors, |error| error.id.0).items,
    })
}

/// Makes one small call. That it fails is an answer too: the row says how it
/// ended.
///
/// # Errors
/// `test_under_way`; an invalid `model_name` where none is named and none is
/// known.
pub async fn test(
    engine: &Engine,
    caller: &Caller,
    provider: Provider,
    new: NewProviderTest,
) -> Result<ProviderTest> {
    require(caller, Role::Admin)?;
    check(&new)?;
    let named = new.model_name.map(|name| name.trim().to_owned());
    let model_name = match named {
        Some(name) => Some(name),
        None => engine.store().suggested_model(provider).await?,
    };
    let model_name = model_name.ok_or_else(|| {
        Error::invalid(
            "model_name",
            "name a model: no active agent uses this provider, and none of its models has a price",
        )
    })?;
    invocation::probe(engine, caller, provider, model_name).await
}

/// The calls and tests that a provider did not answer, newest first.
pub async fn errors(
    engine: &Engine,
    caller: &Caller,
    provider: Provider,
    page: PageRequest,
) -> Result<Page<ProviderError>> {
    require(caller, Role::Admin)?;
    let rows = engine.store().provider_errors(provider, page).await?;
    Ok(page.cut(rows, |error| error.id.0))
}

/// Ends tests whose server died as `unknown`; gives how many there were.
pub async fn sweep(engine: &Engine) -> Result<u64> {
    invocation::sweep_probes(engine).await
}
