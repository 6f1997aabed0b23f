//! The next candidate, where the provider of the one before is down or out of
//! credit and the hub allows it. One receipt tells of all who were asked.

use model::{AgentVersion, Invocation, Outcome};

use super::{Ended, Order, Prepared, Record, begin, receipt, version_of};
use crate::{
    Engine, Result, StoreError,
    bridge::{BridgeError, BridgeErrorKind},
    budget, governance,
    store::{Tx, routing::Route},
};

/// Agents asked for one call at the most.
pub(super) const MOST_ASKED: usize = 5;

/// Whether another agent may succeed where this one failed: the provider is
/// down (its own fault, no connection, no answer in time) or out of credit.
/// A refused key or model is a fault for a steward to see, a refused question
/// stays refused, and once text has come, another answer must not follow it.
pub(super) fn helps(error: &BridgeError, text_bytes: usize) -> bool {
    text_bytes == 0
        && matches!(
            error.kind,
            BridgeErrorKind::OutOfCredit
                | BridgeErrorKind::Unavailable
                | BridgeErrorKind::Connection
                | BridgeErrorKind::Timeout
        )
}

/// What follows a failed call.
pub(super) enum Turn {
    /// The next candidate is asked; its tokens are held.
    Ask(Prepared),
    /// The next candidate is blocked, or the budget does not cover it.
    Over(Box<Ended>),
}

/// Hands the receipt over to the next candidate: settles what the failed call
/// used, asks governance and holds the tokens, in one transaction.
pub(super) async fn turn(
    engine: &Engine,
    order: &Order<'_>,
    record: &dyn Record,
    receipt: &mut Invocation,
    next: Route,
    failed: (&BridgeError, i64),
) -> Result<Turn> {
    let (error, spent) = failed;
    let version = version_of(engine, &next.agent).await?;
    let verdict = governance::verdict(
        engine,
        order.hub,
        &next.agent,
        order.artifact_type,
        order.action,
    )
    .await?;
    let prepared = Prepared::new(order, &version);
    let held = std::mem::take(&mut receipt.tokens_reserved);
    hand_over(receipt, &next, &version, error);
    receipt::judged(receipt, &verdict);
    tracing::info!(
        invocation = %receipt.id, agent = %next.agent.slug, allowed = verdict.allowed,
        after = error.kind.code(), "the next candidate takes over"
    );
    let mut tx = begin(engine, order).await?;
    if let Some(account) = order.account {
        tx.settle(account, held, spent).await?;
    }
    if !verdict.allowed {
        receipt::block(engine, receipt, verdict.reason);
        return over(tx, record, receipt).await;
    }
    if let Some(account) = order.account
        && let Err(short) = budget::reserve(&mut tx, account, prepared.tokens()).await?
    {
        receipt::close(engine, receipt, Outcome::Failed);
        receipt::note_error(receipt, &short);
        return over(tx, record, receipt).await;
    }
    receipt.tokens_reserved = prepared.tokens();
    write(&mut tx, receipt).await?;
    record.handed_over(&mut tx, receipt).await?;
    tx.commit().await?;
    Ok(Turn::Ask(prepared))
}

async fn over(mut tx: Tx, record: &dyn Record, receipt: &Invocation) -> Result<Turn> {
    write(&mut tx, receipt).await?;
    if !tx.end_invocation(receipt).await? {
        return Err(StoreError::LeaseLost.into());
    }
    let ended = Ended {
        receipt: receipt.clone(),
        answer: None,
    };
    record.ended(&mut tx, &ended).await?;
    tx.commit().await?;
    Ok(Turn::Over(Box::new(ended)))
}

async fn write(tx: &mut Tx, receipt: &Invocation) -> Result<()> {
    if tx.hand_over_invocation(receipt).await? {
        return Ok(());
    }
    Err(StoreError::LeaseLost.into())
}

/// From now on the receipt is the next agent's; the candidates say who was
/// asked before and what came of it.
fn hand_over(receipt: &mut Invocation, next: &Route, version: &AgentVersion, error: &BridgeError) {
    for candidate in &mut receipt.candidates {
        if candidate.chosen {
            candidate.chosen = false;
            candidate.error_type = Some(error.kind.code().to_owned());
            candidate.reason =
                format!("Asked, and gave no answer. {}", error.message).replace('\0', "");
        } else if candidate.agent_registration_id == next.agent.id
            && candidate.priority == Some(next.priority)
        {
            candidate.chosen = true;
            candidate.reason = format!(
                "{} is the next that fits, and the hub allows to ask it.",
                candidate.name
            );
        }
    }
    receipt.agent_registration_id = Some(next.agent.id);
    receipt.agent_version = Some(version.version);
    receipt.provider = Some(version.provider);
    receipt.model_name = Some(version.model_name.clone());
}
