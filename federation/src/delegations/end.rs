//! How delegations end: by an answer, without one, by a person.

use model::{
    Caller, Delegation, DelegationId, DelegationStatus, Outcome, ProposalEvent, ProposalId,
    ProposalStatus, Role,
};
use serde_json::{Value, json};

use super::{NOUN, get, read};
use crate::{
    Engine, Error, Result,
    error::require,
    proposals::{self, WORK},
    store::{Tx, delegations::OpenDelegation},
};

/// Tries to cancel a branch that grows meanwhile.
const CANCEL_TRIES: usize = 20;

/// The answer of a delegation was kept, in its transaction. Does nothing for
/// other proposals.
pub(crate) async fn completed(
    tx: &mut Tx,
    result: ProposalId,
    content: &Value,
    truncated: bool,
) -> Result<()> {
    let Some(delegation_id) = tx.complete_delegation(result, content, truncated).await? else {
        return Ok(());
    };
    let account = tx.delegation_account(delegation_id).await?;
    let tokens_used = Some(tx.account_now(account).await?.spent_tokens);
    let event = ProposalEvent::DelegationCompleted {
        delegation_id,
        tokens_used,
    };
    tx.tell_above(result, &event).await?;
    Ok(())
}

/// The work on a proposal has ended without an answer, in its transaction: a
/// delegation whose result it was to be ends too, and what it had left goes
/// back. Does nothing for other proposals, nor where an earlier answer stands.
pub(crate) async fn ended(
    tx: &mut Tx,
    result: ProposalId,
    status: ProposalStatus,
    error: (&str, &str),
) -> Result<()> {
    if status == ProposalStatus::Pending {
        return stands_again(tx, result).await;
    }
    let cancelled = status == ProposalStatus::Cancelled;
    let ended = if cancelled {
        DelegationStatus::Cancelled
    } else {
        DelegationStatus::Failed
    };
    let Some(delegation_id) = tx.end_delegation(result, ended, error).await? else {
        return Ok(());
    };
    let account = tx.delegation_account(delegation_id).await?;
    tx.close_account(account).await?;
    let event = if cancelled {
        ProposalEvent::DelegationCancelled { delegation_id }
    } else {
        ProposalEvent::DelegationFailed {
            delegation_id,
            error_type: error.0.to_owned(),
            error: error.1.to_owned(),
        }
    };
    tx.tell_above(result, &event).await?;
    Ok(())
}

/// A further answer did not come; those above hear that nobody is asked any
/// more.
async fn stands_again(tx: &mut Tx, result: ProposalId) -> Result<()> {
    let Some(delegation_id) = tx.restore_delegation(result).await? else {
        return Ok(());
    };
    let account = tx.delegation_account(delegation_id).await?;
    tx.lock_chain(account).await?;
    let tokens_used = Some(tx.account_now(account).await?.spent_tokens);
    let event = ProposalEvent::DelegationCompleted {
        delegation_id,
        tokens_used,
    };
    tx.tell_above(result, &event).await?;
    Ok(())
}

/// Stops a delegation and all that runs below it; what was not spent goes back
/// up the chain. One that is completed stays so, what runs below it is stopped.
///
/// # Errors
/// `run_ended` where nothing runs at it and below.
pub async fn cancel(engine: &Engine, caller: &Caller, id: DelegationId) -> Result<Delegation> {
    require(caller, Role::Reviewer)?;
    let delegation = read(engine, id).await?;
    for _ in 0..CANCEL_TRIES {
        let mut tx = engine.store().begin().await?;
        let open = tx.open_delegations(id).await?;
        if open.is_empty() {
            tx.rollback().await?;
            return Err(Error::conflict(
                "run_ended",
                format!(
                    "this delegation is {} and nothing runs below it; there is nothing to cancel",
                    delegation.status
                ),
            ));
        }
        if stop_all(&mut tx, caller, &delegation, &open).await? {
            tx.commit().await?;
            return get(engine, caller, id).await;
        }
        // Something began or ended meanwhile.
        tx.rollback().await?;
    }
    Err(Error::Unavailable {
        message: "This branch changed again and again while it was to be stopped. Try again."
            .to_owned(),
    })
}

/// Work rows first, then the chain, then the rest: the order in which workers
/// take them too. `false` where the branch has changed meanwhile.
async fn stop_all(
    tx: &mut Tx,
    caller: &Caller,
    top: &Delegation,
    open: &[OpenDelegation],
) -> Result<bool> {
    let mut works = Vec::with_capacity(open.len());
    for one in open {
        let Some(work) = tx.cancel_work(WORK, one.result_proposal_id.0).await? else {
            return Ok(false);
        };
        works.push(work);
    }
    let account = tx.delegation_account(top.id).await?;
    tx.lock_chain(account).await?;
    if tx.open_delegations(top.id).await? != open {
        return Ok(false);
    }
    let by = format!("Cancelled by {}.", caller.name);
    // The lowest first: what it returns goes up with its parent's rest.
    for (one, work) in open.iter().zip(works).rev() {
        let reason = "The work was cancelled during this call.";
        tx.close_started(work, Outcome::Cancelled, "cancelled", reason)
            .await?;
        proposals::end_without_answer(
            tx,
            (one.result_proposal_id, top.hub_id),
            ProposalStatus::Cancelled,
            None,
            ("cancelled", &by),
        )
        .await?;
        let what = json!({ "cancelled_with": top.id });
        let hub = Some(top.hub_id);
        tx.audit(caller, "delegation.cancelled", hub, NOUN, one.id.0, what)
            .await?;
    }
    Ok(true)
}

/// Closes a completed delegation: what it has left goes back up the chain, and
/// nothing more can be asked or delegated with it.
///
/// # Errors
/// `not_closable` where it has not ended or something runs below;
/// `already_closed`.
pub async fn close(engine: &Engine, caller: &Caller, id: DelegationId) -> Result<Delegation> {
    require(caller, Role::Reviewer)?;
    let delegation = read(engine, id).await?;
    let mut tx = engine.store().begin().await?;
    let account = tx.delegation_account(id).await?;
    tx.lock_chain(account).await?;
    let now = tx.account_now(account).await?;
    let running = !tx.open_delegations(id).await?.is_empty() || now.reserved_tokens > 0;
    if running {
        tx.rollback().await?;
        return Err(Error::conflict(
            "not_closable",
            "somebody still works on this delegation or below it; wait for the end, or cancel it",
        ));
    }
    if now.closed {
        tx.rollback().await?;
        return Err(Error::conflict(
            "already_closed",
            "this delegation is closed already; what it had left went back",
        ));
    }
    let returned = tx.close_account(account).await?;
    let what = json!({ "returned_tokens": returned });
    let hub = Some(delegation.hub_id);
    tx.audit(caller, "delegation.closed", hub, NOUN, id.0, what)
        .await?;
    let event = ProposalEvent::DelegationClosed { delegation_id: id };
    tx.tell_above(delegation.result_proposal_id, &event).await?;
    tx.commit().await?;
    get(engine, caller, id).await
}
