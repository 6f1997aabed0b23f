//! Another round: one more answer to a pending proposal.

use model::{Caller, NewInvocation, Proposal, ProposalId, ProposalStatus, Role, Verdict};
use serde_json::json;

use super::{SUBJECT, WORK, filled, find, first_answer, points};
use crate::{
    Engine, Error, Result,
    error::{check, require},
    idempotency::{self, Idempotency},
    reviews,
    store::reviews::Said,
};

/// Asks for another answer to a pending proposal, with what the reviewer adds.
/// The answer so far is kept, and stands until there is another one.
///
/// # Errors
/// `not_pending` where the agent is at work or a decision was made; `no_route`;
/// `idempotency_key_reused`.
pub async fn another_round(
    engine: &Engine,
    caller: &Caller,
    id: ProposalId,
    new: NewInvocation,
    key: Option<Idempotency>,
) -> Result<Proposal> {
    require(caller, Role::Reviewer)?;
    check(&new)?;
    if let Some(key) = &key
        && let Some(known) = idempotency::known(engine, caller, key, &new).await?
    {
        return first_answer(engine, caller, known).await;
    }
    let proposal = find(engine, id).await?;
    if proposal.status != ProposalStatus::Pending {
        // The same request may have been faster: it has its key since then.
        if let Some(key) = &key
            && let Some(known) = idempotency::known(engine, caller, key, &new).await?
        {
            return first_answer(engine, caller, known).await;
        }
        return Err(not_pending(&proposal));
    }
    let account = engine.store().account_of_proposal(id).await?;
    if account.is_some_and(|account| account.closed) {
        return Err(Error::conflict(
            "budget_closed",
            "the budget of this proposal is closed: nothing more can be asked with it; ask anew where it was asked for",
        ));
    }
    // Who was handed a subtask, or has handed one on, answers again.
    let named = proposal.delegation_id.is_some() || engine.store().has_delegations(id).await?;
    if !named {
        points::check_route(engine, proposal.hub_id, &proposal.task_type).await?;
    }
    let mut tx = engine.store().begin().await?;
    if let Some(key) = &key
        && let Some(known) = idempotency::take(&mut tx, caller, key, &new, id.0).await?
    {
        tx.rollback().await?;
        return first_answer(engine, caller, known).await;
    }
    if !tx.requeue_work(WORK, id.0, caller).await? || !tx.begin_round(id).await? {
        tx.rollback().await?;
        return Err(not_pending(&find(engine, id).await?));
    }
    tx.reopen_delegation(id).await?;
    let instructions = filled(new.instructions.as_deref());
    let hash = proposal.content_hash.as_deref();
    let said = Said {
        verdict: Verdict::AnotherRound,
        comment: instructions,
        content_hash: hash,
        content: None,
    };
    tx.insert_proposal_review(id, caller, &said).await?;
    let hub = proposal.hub_id;
    let what = json!({ "round": proposal.round + 1, "content_hash": hash });
    tx.audit(
        caller,
        "proposal.another_round",
        Some(hub),
        SUBJECT,
        id.0,
        what,
    )
    .await?;
    tx.tell_hub(hub, SUBJECT, id.0, ProposalStatus::Queued.as_str())
        .await?;
    tx.commit().await?;
    let started = Proposal {
        status: ProposalStatus::Queued,
        round: proposal.round + 1,
        error_type: None,
        error: None,
        ..proposal
    };
    let started = reviews::cover(engine, caller, started).await?;
    if let Some(key) = &key {
        idempotency::keep_soon(engine, caller, key, &started).await;
    }
    Ok(started)
}

fn not_pending(proposal: &Proposal) -> Error {
    let message = match proposal.status {
        status if !status.has_ended() => {
            "the agent is at work on this proposal; wait for its answer, or cancel it".to_owned()
        }
        status if status.is_decided() => format!(
            "this proposal was decided already: {status}, by {}; undo that decision first",
            proposal.decided_by.as_deref().unwrap_or("somebody")
        ),
        _ => "this proposal has no answer to replace; ask again where it was asked for".to_owned(),
    };
    Error::conflict("not_pending", message)
}
