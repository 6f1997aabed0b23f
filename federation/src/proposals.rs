//! Agent proposals: one agent answers at an invocation point, a person
//! decides.

mod apply;
pub(crate) mod content;
mod points;
mod round;
pub(crate) mod run;
pub(crate) mod subtask;
mod tasks;

use model::{
    Caller, HubId, Invocation, InvocationPoint, NewInvocation, Outcome, Page, PageRequest,
    Proposal, ProposalAnswer, ProposalEvent, ProposalFilter, ProposalId, ProposalSource,
    ProposalStatus, Role,
};
use serde_json::json;
use uuid::Uuid;

use crate::{
    Engine, Error, Result, delegations,
    error::{check, require},
    idempotency::{self, Idempotency},
    live::{Follow, subscribe_proposal},
    reviews,
    store::{Tx, collectives::KeyRow, proposals::NewProposal},
};

pub use round::another_round;

/// The kind of its work items.
pub(crate) const WORK: &str = "invocation";
/// The kind of its live subject and budget account.
pub(crate) const SUBJECT: &str = "proposal";

pub async fn list(
    engine: &Engine,
    caller: &Caller,
    filter: ProposalFilter,
    page: PageRequest,
) -> Result<Page<Proposal>> {
    require(caller, Role::Viewer)?;
    let rows = engine.store().proposals(&filter, page).await?;
    let rows = reviews::cover_all(engine, caller, rows).await?;
    Ok(page.cut(rows, |proposal| proposal.id.0))
}

pub async fn get(engine: &Engine, caller: &Caller, id: ProposalId) -> Result<Proposal> {
    require(caller, Role::Viewer)?;
    seen(engine, caller, id).await
}

/// The proposal as the caller may see it.
async fn seen(engine: &Engine, caller: &Caller, id: ProposalId) -> Result<Proposal> {
    reviews::cover(engine, caller, find(engine, id).await?).await
}

pub(crate) async fn find(engine: &Engine, id: ProposalId) -> Result<Proposal> {
    engine
        .store()
        .proposal(id)
        .await?
        .ok_or_else(|| Error::not_found("proposal"))
}

/// Every answer that was kept, the newest first.
pub async fn answers(
    engine: &Engine,
    caller: &Caller,
    id: ProposalId,
) -> Result<Vec<ProposalAnswer>> {
    require(caller, Role::Viewer)?;
    let proposal = find(engine, id).await?;
    let answers = engine.store().proposal_answers(id).await?;
    reviews::cover_answers(engine, caller, &proposal, answers).await
}

/// The hub of what stands at a point, and the newest proposals that were asked
/// for there.
pub async fn at_point(
    engine: &Engine,
    caller: &Caller,
    point: InvocationPoint,
    source: Uuid,
    limit: usize,
) -> Result<(HubId, Vec<Proposal>)> {
    require(caller, Role::Viewer)?;
    let hub = points::source(engine, point, source).await?.hub_id;
    let filter = ProposalFilter {
        hub_id: Some(hub),
        task_type: Some(point.task_type().to_owned()),
        ..points::of_source(point, source)
    };
    let page = PageRequest {
        limit: i64::try_from(limit).unwrap_or(model::LIMIT_MAX),
        after: None,
    };
    let mut rows = engine.store().proposals(&filter, page).await?;
    rows.truncate(limit);
    Ok((hub, reviews::cover_all(engine, caller, rows).await?))
}

/// What a proposal is about, as it stands now.
pub async fn source(engine: &Engine, caller: &Caller, id: ProposalId) -> Result<ProposalSource> {
    require(caller, Role::Viewer)?;
    points::shown(engine, &find(engine, id).await?).await
}

/// What a proposal is about; `None` where it names no source.
pub(crate) async fn source_of(
    engine: &Engine,
    proposal: &Proposal,
) -> Result<Option<ProposalSource>> {
    let named = proposal.source_widget_id.is_some()
        || proposal.source_candidate_id.is_some()
        || proposal.source_decision_id.is_some();
    if named {
        points::shown(engine, proposal).await.map(Some)
    } else {
        Ok(None)
    }
}

/// Asks the agent that is routed for the point's task. The proposal is there
/// at once; the answer comes later.
///
/// # Errors
/// `no_route` where nobody is routed; `idempotency_key_reused` where the key
/// came before with another body.
pub async fn start(
    engine: &Engine,
    caller: &Caller,
    point: InvocationPoint,
    source: Uuid,
    new: NewInvocation,
    key: Option<Idempotency>,
) -> Result<Proposal> {
    require(caller, Role::Reviewer)?;
    check(&new)?;
    // Before anything else: the surroundings may have changed since.
    if let Some(key) = &key
        && let Some(known) = idempotency::known(engine, caller, key, &new).await?
    {
        return first_answer(engine, caller, known).await;
    }
    let at = points::source(engine, point, source).await?;
    points::check_route(engine, at.hub_id, point.task_type()).await?;
    let limit = limit_tokens(engine, at.hub_id).await?;
    let id: ProposalId = engine.clock().id();
    let mut tx = engine.store().begin().await?;
    if let Some(key) = &key
        && let Some(known) = idempotency::take(&mut tx, caller, key, &new, id.0).await?
    {
        tx.rollback().await?;
        return first_answer(engine, caller, known).await;
    }
    let title = points::title(point, &at.title);
    let mut row = NewProposal {
        id,
        hub_id: at.hub_id,
        task_type: point.task_type(),
        artifact_type: point.artifact_type(),
        title: &title,
        instructions: filled(new.instructions.as_deref()),
        source_widget_id: None,
        source_candidate_id: None,
        source_decision_id: None,
        agent: None,
    };
    points::name_source(&mut row, point, source);
    queue(caller, &mut tx, &row, limit).await?;
    tx.commit().await?;
    let started = in_first_state(find(engine, id).await?);
    if let Some(key) = &key {
        idempotency::keep_soon(engine, caller, key, &started).await;
    }
    Ok(started)
}

/// Tokens of one proposal with all that is delegated from it.
async fn limit_tokens(engine: &Engine, hub: HubId) -> Result<i64> {
    let hub = engine.store().hub(hub).await?;
    let own = hub.and_then(|hub| hub.tokens_per_proposal);
    Ok(own.unwrap_or(engine.settings().budget_tokens))
}

/// Writes the proposal with everything that its work needs.
async fn queue(
    caller: &Caller,
    tx: &mut Tx,
    row: &NewProposal<'_>,
    limit_tokens: i64,
) -> Result<()> {
    let (id, hub) = (row.id.0, row.hub_id);
    tx.insert_proposal(row, caller).await?;
    tx.insert_account(hub, SUBJECT, id, limit_tokens).await?;
    tx.insert_subject(id, SUBJECT, hub).await?;
    tx.insert_work(WORK, id, hub, caller).await?;
    let what = json!({
        "title": row.title, "task_type": row.task_type, "artifact_type": row.artifact_type,
    });
    tx.audit(caller, "proposal.started", Some(hub), SUBJECT, id, what)
        .await?;
    tx.tell_hub(hub, SUBJECT, id, ProposalStatus::Queued.as_str())
        .await?;
    Ok(())
}

/// `None` where nothing is said.
fn filled(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

/// The row as it was written: a worker may have begun meanwhile.
fn in_first_state(now: Proposal) -> Proposal {
    Proposal {
        status: ProposalStatus::Queued,
        content: None,
        readable: false,
        content_hash: None,
        final_content: None,
        agent_registration_id: None,
        agent_name: None,
        agent_version: None,
        provider: None,
        model_used: None,
        tokens_in: None,
        tokens_out: None,
        cost_microusd: None,
        duration_ms: None,
        invocation_id: None,
        policy_id: None,
        error_type: None,
        error: None,
        confidence: None,
        auto_applied: false,
        started_at: None,
        ended_at: None,
        decided_by: None,
        decided_at: None,
        updated_at: now.created_at,
        ..now
    }
}

/// The answer that the first request got; where it is still on its way, the
/// row as it stands.
async fn first_answer(engine: &Engine, caller: &Caller, known: KeyRow) -> Result<Proposal> {
    match idempotency::kept(&known)? {
        Some(answer) => Ok(answer),
        None => seen(engine, caller, ProposalId(known.subject_id)).await,
    }
}

/// Waits until the agent is not at work any more.
pub async fn wait(engine: &Engine, caller: &Caller, id: ProposalId) -> Result<Proposal> {
    use futures::StreamExt as _;
    loop {
        let now = get(engine, caller, id).await?;
        if now.status.has_ended() {
            return Ok(now);
        }
        match subscribe_proposal(engine, caller, id, None).await? {
            Follow::NothingMore => {}
            // What was delegated from here may go on: that is not waited for.
            Follow::Stream(mut events) => {
                while let Some(event) = events.next().await {
                    if event.name == "run.finished" {
                        break;
                    }
                }
            }
        }
        if engine.shutdown_token().is_cancelled() {
            return Err(Error::Unavailable {
                message:
                    "The server is stopping. The work goes on when it is back; ask again then."
                        .to_owned(),
            });
        }
    }
}

/// Stops the work. A call under way is dropped, what it had reserved counts as
/// spent. Where the answer of an earlier round stands, the proposal waits for
/// a person again.
///
/// # Errors
/// `run_ended` where the agent is not at work any more.
pub async fn cancel(engine: &Engine, caller: &Caller, id: ProposalId) -> Result<Proposal> {
    require(caller, Role::Reviewer)?;
    let hub = find(engine, id).await?.hub_id;
    let mut tx = engine.store().begin().await?;
    let Some(work) = tx.cancel_work(WORK, id.0).await? else {
        tx.rollback().await?;
        return Err(Error::conflict(
            "run_ended",
            "the agent is not at work on this proposal any more; there is nothing to cancel",
        ));
    };
    let reason = "The work was cancelled during this call.";
    tx.close_started(work, Outcome::Cancelled, "cancelled", reason)
        .await?;
    let by = format!("Cancelled by {}.", caller.name);
    end_without_answer(
        &mut tx,
        (id, hub),
        ProposalStatus::Cancelled,
        None,
        ("cancelled", &by),
    )
    .await?;
    tx.audit(
        caller,
        "proposal.cancelled",
        Some(hub),
        SUBJECT,
        id.0,
        json!({}),
    )
    .await?;
    tx.commit().await?;
    seen(engine, caller, id).await
}

/// Ends the work on a proposal without an answer, and tells of it. The
/// delegation whose result it was to be ends with it.
pub(crate) async fn end_without_answer(
    tx: &mut Tx,
    (id, hub): (ProposalId, HubId),
    status: ProposalStatus,
    receipt: Option<&Invocation>,
    (error_type, error): (&str, &str),
) -> Result<()> {
    let status_now = tx
        .end_without_answer(id, status, receipt, (error_type, error))
        .await?;
    delegations::ended(tx, id, status_now, (error_type, error)).await?;
    let event = match status {
        ProposalStatus::BlockedByPolicy => ProposalEvent::AnswerBlocked {
            policy_id: receipt.and_then(|receipt| receipt.policy_id),
            reason: error.to_owned(),
        },
        _ => ProposalEvent::AnswerFailed {
            error_type: error_type.to_owned(),
            error: error.to_owned(),
        },
    };
    tx.tell_proposal(id, &event).await?;
    finished(tx, (id, hub), status_now).await
}

/// Tells that the agent is not at work any more.
async fn finished(
    tx: &mut Tx,
    (id, hub): (ProposalId, HubId),
    status: ProposalStatus,
) -> Result<()> {
    tx.tell_proposal(id, &ProposalEvent::RunFinished { status })
        .await?;
    tx.tell_hub(hub, SUBJECT, id.0, status.as_str()).await?;
    Ok(())
}
