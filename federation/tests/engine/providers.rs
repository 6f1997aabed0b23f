//! Providers as an operator sees them: tests that leave a receipt, errors of
//! calls and tests, and no key anywhere.

mod noted;
mod tests;

use crate::support::*;
use federation::{Engine, Error, providers};
use model::*;

async fn test(engine: &Engine, provider: Provider, model: &str) -> Result<ProviderTest, Error> {
    let new = NewProviderTest {
        model_name: Some(model.to_owned()),
    };
    providers::test(engine, &admin(), provider, new).await
}

async fn state(engine: &Engine, provider: Provider) -> ProviderState {
    providers::get(engine, &admin(), provider).await.unwrap()
}

async fn errors(engine: &Engine, provider: Provider) -> Vec<ProviderError> {
    providers::errors(engine, &admin(), provider, PageRequest::default())
        .await
        .unwrap()
        .items
}

/// The test that has begun.
async fn begun(engine: &Engine, provider: Provider) -> ProviderTest {
    until(async || {
        let last = state(engine, provider).await.last_test;
        last.filter(|test| test.outcome == Outcome::Started)
    })
    .await
}
