//! Collective proposals: several agents answer at once, a person decides.

pub mod agreement;
pub mod answer;
pub mod consensus;
mod decide;
mod estimate;
mod explain;
pub mod fields;
pub mod origin;
mod prompts;
mod rounds;
pub(crate) mod run;
pub mod sameness;

use model::{
    Caller, Collective, CollectiveDetail, CollectiveFilter, CollectiveId, NewCollective, Page,
    PageRequest, Role, RunState,
};
use serde_json::json;

use crate::{
    Engine, Error, Result,
    error::{check, require},
    hubs, idempotency, invocation, routing,
    store::collectives::KeyRow,
};

pub use crate::idempotency::Idempotency;
pub use decide::decide;
pub use estimate::estimate;
pub use prompts::Source;
pub use rounds::another_round;

/// The kind of its work items.
const WORK: &str = "collective_run";
/// The kind of its live subject and budget account.
const SUBJECT: &str = "collective_proposal";

pub async fn list(
    engine: &Engine,
    caller: &Caller,
    filter: CollectiveFilter,
    page: PageRequest,
) -> Result<Page<Collective>> {
    require(caller, Role::Viewer)?;
    let rows = engine.store().collectives(&filter, page).await?;
    Ok(page.cut(rows, |collective| collective.id.0))
}

/// A collective proposal with contributions, synthesis and reviews.
pub async fn get(engine: &Engine, caller: &Caller, id: CollectiveId) -> Result<CollectiveDetail> {
    require(caller, Role::Viewer)?;
    detail(engine, id).await
}

async fn find(engine: &Engine, id: CollectiveId) -> Result<Collective> {
    engine
        .store()
        .collective(id)
        .await?
        .ok_or_else(|| Error::not_found("collective proposal"))
}

async fn detail(engine: &Engine, id: CollectiveId) -> Result<CollectiveDetail> {
    // The collective last: where it says that the run has ended, what was read
    // of the contributions is read again.
    let before = find(engine, id).await?;
    let mut contributions = marked_contributions(engine, id).await?;
    let collective = find(engine, id).await?;
    if collective.updated_at != before.updated_at {
        contributions = marked_contributions(engine, id).await?;
    }
    Ok(CollectiveDetail {
        rounds: engine.store().collective_rounds(id).await?,
        usage: engine.store().run_use(id).await?,
        synthesis: engine.store().synthesis_use(id).await?,
        reviews: engine.store().collective_reviews(id).await?,
        collective,
        contributions,
    })
}

/// The contributions of all rounds, with whose word counts.
async fn marked_contributions(
    engine: &Engine,
    id: CollectiveId,
) -> Result<Vec<model::Contribution>> {
    let mut contributions = engine.store().contributions(id).await?;
    let rounds = engine.store().collective_rounds(id).await?;
    rounds::mark(&mut contributions, &rounds);
    Ok(contributions)
}

/// Starts a run with all active agents that are routed for the task type.
///
/// # Errors
/// `no_route` where nobody is routed; `idempotency_key_reused` where the key
/// came before with another body.
pub async fn start(
    engine: &Engine,
    caller: &Caller,
    new: NewCollective,
    key: Option<Idempotency>,
) -> Result<CollectiveDetail> {
    require(caller, Role::Reviewer)?;
    check(&new)?;
    // Before anything else: the surroundings may have changed since.
    if let Some(key) = &key
        && let Some(known) = idempotency::known(engine, caller, key, &new).await?
    {
        return first_answer(engine, known).await;
    }
    let hub = hubs::named(engine, new.hub_id).await?;
    let limit = limit_tokens(engine, &hub, &new)?;
    check_sources(engine, &new).await?;
    let agents = routing::resolve_all_agents(engine, caller, new.hub_id, &new.task_type).await?;
    if agents.is_empty() {
        return Err(invocation::no_route(&new.task_type));
    }
    let id: CollectiveId = engine.clock().id();
    let mut tx = engine.store().begin().await?;
    if let Some(key) = &key
        && let Some(known) = idempotency::take(&mut tx, caller, key, &new, id.0).await?
    {
        tx.rollback().await?;
        return first_answer(engine, known).await;
    }
    let seed = i64::from(rand::random::<u32>());
    tx.insert_collective(id, &new, &caller.name, seed, &agents)
        .await?;
    tx.insert_account(new.hub_id, SUBJECT, id.0, limit).await?;
    tx.insert_subject(id.0, SUBJECT, new.hub_id).await?;
    tx.insert_work(WORK, id.0, new.hub_id, caller).await?;
    let what = json!({ "title": new.title, "task_type": new.task_type, "agents": agents.len() });
    tx.audit(
        caller,
        "collective_proposal.started",
        Some(new.hub_id),
        SUBJECT,
        id.0,
        what,
    )
    .await?;
    tx.tell_hub(new.hub_id, SUBJECT, id.0, "queued").await?;
    tx.commit().await?;
    let started = in_first_state(detail(engine, id).await?);
    if let Some(key) = &key
        && let Err(error) = keep_answer(engine, caller, key, &started).await
    {
        // The run has started: a repeat then gets the row as it stands.
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "a first answer was not kept"
        );
    }
    Ok(started)
}

/// Tokens that a run may use: its own cap, which cannot be higher than the hub's
/// limit for a proposal, else the server's; where it has none, that limit.
fn limit_tokens(engine: &Engine, hub: &model::Hub, new: &NewCollective) -> Result<i64> {
    let most = hub
        .tokens_per_proposal
        .unwrap_or(engine.settings().budget_tokens);
    match new.token_limit {
        Some(cap) if cap > most => Err(Error::invalid(
            "token_limit",
            format!(
                "is more than is allowed for one proposal here, {most} tokens; an admin can raise the hub's limit"
            ),
        )),
        cap => Ok(cap.unwrap_or(most)),
    }
}

/// Sources must be there, and in the same hub.
async fn check_sources(engine: &Engine, new: &NewCollective) -> Result<()> {
    if let Some(widget) = new.source_widget_id {
        match engine.store().widget_hub(widget).await? {
            None => return Err(Error::unknown("widget", "source_widget_id")),
            Some(hub) if hub != new.hub_id => {
                return Err(Error::invalid("source_widget_id", "belongs to another hub"));
            }
            Some(_) => {}
        }
    }
    if let Some(candidate) = new.source_candidate_id {
        match engine.store().candidate_hub(candidate).await? {
            None => {
                return Err(Error::unknown(
                    "requirement candidate",
                    "source_candidate_id",
                ));
            }
            Some(hub) if hub != new.hub_id => {
                return Err(Error::invalid(
                    "source_candidate_id",
                    "belongs to another hub",
                ));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// The row as it was written: a worker may have begun meanwhile.
fn in_first_state(mut started: CollectiveDetail) -> CollectiveDetail {
    let run = &mut started.collective;
    run.run_state = RunState::Queued;
    run.started_at = None;
    run.updated_at = run.created_at;
    for one in &mut started.contributions {
        one.status = model::MemberState::Pending;
        one.attempt = 0;
        one.started_at = None;
        one.invocation_id = None;
    }
    started
}

/// The answer that the first request got; where it is still on its way, the
/// row as it stands.
async fn first_answer(engine: &Engine, known: KeyRow) -> Result<CollectiveDetail> {
    match idempotency::kept(&known)? {
        Some(answer) => Ok(answer),
        None => detail(engine, CollectiveId(known.subject_id)).await,
    }
}

async fn keep_answer(
    engine: &Engine,
    caller: &Caller,
    key: &Idempotency,
    answer: &CollectiveDetail,
) -> Result<()> {
    let mut tx = engine.store().begin().await?;
    idempotency::keep(&mut tx, caller, key, answer).await?;
    tx.commit().await?;
    Ok(())
}

/// Waits until the run is final.
pub async fn wait(engine: &Engine, caller: &Caller, id: CollectiveId) -> Result<CollectiveDetail> {
    use futures::StreamExt as _;
    loop {
        let now = get(engine, caller, id).await?;
        if now.collective.run_state.is_final() {
            return Ok(now);
        }
        match crate::live::subscribe_collective(engine, caller, id, None).await? {
            crate::live::Follow::NothingMore => {}
            crate::live::Follow::Stream(mut events) => while events.next().await.is_some() {},
        }
        if engine.shutdown_token().is_cancelled() {
            return Err(Error::Unavailable {
                message: "The server is stopping. The run goes on when it is back; ask again then."
                    .to_owned(),
            });
        }
    }
}

/// Stops a run for good. Calls under way are dropped, what they had reserved
/// counts as spent. Where it was at another round, what it had come to before
/// stands again. A run that has ended stays as it is.
pub async fn cancel(
    engine: &Engine,
    caller: &Caller,
    id: CollectiveId,
) -> Result<CollectiveDetail> {
    require(caller, Role::Reviewer)?;
    let collective = find(engine, id).await?;
    let mut tx = engine.store().begin().await?;
    let Some(work) = tx.cancel_work(WORK, id.0).await? else {
        tx.rollback().await?;
        return Err(Error::conflict(
            "run_ended",
            "this run has ended already; there is nothing to cancel",
        ));
    };
    let reason = "The run was cancelled during this call.";
    tx.close_started(work, model::Outcome::Cancelled, "cancelled", reason)
        .await?;
    let by = format!("Cancelled by {}.", caller.name);
    let why = "The run was cancelled before this agent had answered.";
    let error = ("cancelled", by.as_str());
    let finished = run::abandon(&mut tx, id, RunState::Cancelled, why, error).await?;
    tx.audit(
        caller,
        "collective_proposal.cancelled",
        Some(collective.hub_id),
        SUBJECT,
        id.0,
        json!({}),
    )
    .await?;
    tx.tell_run(id.0, &finished).await?;
    let state = run::state_of(&finished);
    tx.tell_hub(collective.hub_id, SUBJECT, id.0, state.as_str())
        .await?;
    tx.commit().await?;
    detail(engine, id).await
}
