//! A request that comes again while the first one is under way, or after it.

use model::{Caller, Outcome, Trial};

use super::{ACCOUNT, LOOK, adrift::SWEEP};
use crate::{
    Engine, Error, Result,
    idempotency::{self, Idempotency},
    store::collectives::KeyRow,
};

/// The answer of the first request with this key. Where that one is still under
/// way, this one waits for it.
pub async fn first_answer(
    engine: &Engine,
    caller: &Caller,
    key: &Idempotency,
    mut known: KeyRow,
) -> Result<Trial> {
    let deadline = tokio::time::Instant::now() + engine.settings().call_deadline + SWEEP;
    loop {
        if let Some(answer) = idempotency::kept(&known)? {
            return Ok(answer);
        }
        let call = engine
            .store()
            .call_of_account(ACCOUNT, known.subject_id)
            .await?;
        if let Some(call) = call.filter(|call| call.outcome != Outcome::Started)
            && let (Some(agent), Some(version)) = (call.agent_registration_id, call.agent_version)
        {
            // It may have ended since the key was read, and ends with its answer.
            if let Some(row) = idempotency::row(engine, caller, key).await?
                && let Some(answer) = idempotency::kept(&row)?
            {
                return Ok(answer);
            }
            return Ok(Trial {
                agent_registration_id: agent,
                agent_version: version,
                answer: None,
                receipt: call,
            });
        }
        if tokio::time::Instant::now() > deadline || engine.shutdown_token().is_cancelled() {
            return Err(Error::Unavailable {
                message: "The first request with this key is still under way. Ask again later."
                    .to_owned(),
            });
        }
        tokio::time::sleep(LOOK).await;
        if let Some(row) = idempotency::row(engine, caller, key).await? {
            known = row;
        }
    }
}
