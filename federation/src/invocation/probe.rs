//! The test of a provider: one small call for an admin who wants to know
//! whether a provider can be reached. No agent is asked and no hub pays, so
//! there is nothing to route, govern or reserve; the attempts are those of any
//! call, and a receipt is left.
//!
//! A test lives as long as its request. Where the request goes, the call is
//! dropped and its receipt says so. Where the server dies, the receipt is found
//! later and becomes `unknown`.

use std::time::Duration;

use model::{Caller, Outcome, Provider, ProviderTest, ProviderTestId};
use serde_json::json;

use super::{
    attempts::{self, Called},
    receipt,
};
use crate::{Engine, Error, Result, bridge::BridgeRequest};

/// What every test asks.
const PROMPT: &str = "Answer with the one word: ready.";

/// Far more than the answer needs: hidden reasoning counts too, and a provider
/// may refuse a request whose limit it has used up before the first word.
const MAX_TOKENS: u32 = 512;

/// Longest time for a test with all its attempts, where calls may take longer.
const LIMIT: Duration = Duration::from_secs(30);

/// A test that is still open this long after its limit is nobody's.
const GRACE: Duration = Duration::from_secs(60);

/// Asks `model_name` of `provider`. A call that fails is an answer too: the
/// row says how it ended. An answer without text is one that worked: what is
/// tested is whether the model is reached.
///
/// # Errors
/// `test_under_way` where this instance is testing the provider already.
pub(crate) async fn probe(
    engine: &Engine,
    caller: &Caller,
    provider: Provider,
    model_name: String,
) -> Result<ProviderTest> {
    let Some(_alone) = engine.test_place(provider) else {
        return Err(Error::conflict(
            "test_under_way",
            format!("{provider} is being tested right now; wait for the result of that test"),
        ));
    };
    let test = open(engine, caller, provider, model_name);
    let mut left = Left {
        engine: engine.clone(),
        test: Some(test.id),
    };
    begin(engine, caller, &test).await?;
    let request = BridgeRequest {
        max_tokens: MAX_TOKENS,
        ..BridgeRequest::new(provider, &test.model_name, PROMPT)
    };
    let mut unheard = |_: &str| {};
    let called = tokio::select! {
        called = attempts::call_within(engine, &request, limit(engine), &mut unheard) => called,
        () = engine.shutdown_token().cancelled() => {
            left.test = None;
            cancel(engine, test.id, "The server was stopped during this test.").await?;
            return Err(Error::Unavailable {
                message: "The server is stopping, so the test was cancelled. Try again when it is back.".to_owned(),
            });
        }
    };
    let ended = ended(engine, test, called).await?;
    let mut tx = engine.store().begin().await?;
    let was_open = tx.end_provider_test(&ended).await?;
    tx.commit().await?;
    left.test = None;
    if was_open {
        return Ok(ended);
    }
    // Somebody took it for nobody's.
    let stored = engine.store().provider_test(ended.id).await?;
    stored.ok_or_else(|| Error::Internal("a test has lost its row".to_owned()))
}

fn limit(engine: &Engine) -> Duration {
    engine.settings().call_deadline.min(LIMIT)
}

fn open(engine: &Engine, caller: &Caller, provider: Provider, model_name: String) -> ProviderTest {
    ProviderTest {
        id: engine.clock().id(),
        provider,
        model_name,
        asked_by_kind: caller.kind,
        asked_by_id: caller.id,
        asked_by: caller.name.clone(),
        attempts: Vec::new(),
        outcome: Outcome::Started,
        error_type: None,
        error: None,
        model_used: None,
        tokens_in: None,
        tokens_out: None,
        cost_microusd: None,
        started_at: engine.clock().now(),
        ended_at: None,
        duration_ms: None,
    }
}

/// Writes the row before the call, and who wanted it.
async fn begin(engine: &Engine, caller: &Caller, test: &ProviderTest) -> Result<()> {
    let mut tx = engine.store().begin().await?;
    tx.insert_provider_test(test).await?;
    let detail = json!({ "provider": test.provider, "model_name": test.model_name });
    let (action, kind) = ("provider.tested", "provider_test");
    tx.audit(caller, action, None, kind, test.id.0, detail)
        .await?;
    tx.commit().await?;
    Ok(())
}

/// The test with what came of its call.
async fn ended(engine: &Engine, mut test: ProviderTest, called: Called) -> Result<ProviderTest> {
    match called.result {
        Ok(response) => {
            test.outcome = Outcome::Succeeded;
            test.model_used = Some(response.model.replace('\0', ""));
            test.tokens_in = response.tokens_in;
            test.tokens_out = response.tokens_out;
            test.cost_microusd =
                receipt::cost(engine, test.provider, &test.model_name, &response).await?;
        }
        Err(error) => {
            test.outcome = Outcome::Failed;
            test.error_type = Some(error.kind.code().to_owned());
            test.error = Some(error.message.replace('\0', ""));
            test.tokens_in = error.tokens_in;
            test.tokens_out = error.tokens_out;
        }
    }
    test.attempts = called.attempts;
    close(engine, &mut test);
    Ok(test)
}

/// Writes end and duration.
fn close(engine: &Engine, test: &mut ProviderTest) {
    let now = engine.clock().now();
    test.ended_at = Some(now);
    test.duration_ms = Some((now - test.started_at).num_milliseconds().max(0));
}

/// Ends a test whose call was dropped; nothing where it has ended.
async fn cancel(engine: &Engine, id: ProviderTestId, why: &str) -> Result<()> {
    let Some(mut test) = engine.store().provider_test(id).await? else {
        return Ok(());
    };
    test.outcome = Outcome::Cancelled;
    test.error_type = Some("cancelled".to_owned());
    test.error = Some(why.to_owned());
    close(engine, &mut test);
    let mut tx = engine.store().begin().await?;
    tx.end_provider_test(&test).await?;
    tx.commit().await?;
    Ok(())
}

/// Closes the test where its request is dropped before its end.
struct Left {
    engine: Engine,
    test: Option<ProviderTestId>,
}

impl Drop for Left {
    fn drop(&mut self) {
        let Some(test) = self.test else {
            return;
        };
        if tokio::runtime::Handle::try_current().is_err() {
            return;
        }
        let engine = self.engine.clone();
        self.engine.tasks().spawn(async move {
            let why = "The one who asked did not wait for the result.";
            if let Err(error) = cancel(&engine, test, why).await {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "a test of a provider that was left could not be closed"
                );
            }
        });
    }
}

/// Closes tests whose server died: they began longer ago than a test may take.
/// Gives how many there were.
pub(crate) async fn sweep_probes(engine: &Engine) -> Result<u64> {
    let longest = chrono::Duration::from_std(limit(engine) + GRACE)
        .unwrap_or_else(|_| chrono::Duration::minutes(2));
    let before = engine.clock().now() - longest;
    let why = "The server stopped during this test; what came of it is not known.";
    let mut tx = engine.store().begin().await?;
    let closed = tx.close_adrift_tests(before, why).await?;
    tx.commit().await?;
    Ok(closed)
}
