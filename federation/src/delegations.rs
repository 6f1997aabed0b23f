//! Delegations: an agent hands a subtask to another one, in a tree whose
//! budget holds.
//!
//! A chain is a proposal with all that was delegated from it. Its tokens stand
//! in one ledger: a delegation's account is taken from what its parent has
//! left when it is made, and gives back what is left when it is closed.

mod chain;
mod end;
mod export;
mod tree;

use model::{
    Agent, AgentVersion, Caller, Delegation, DelegationFilter, DelegationId, DelegationOptions,
    DelegationStatus, NewDelegation, Page, PageRequest, Proposal, ProposalEvent, ProposalId,
    ProposalStatus, Role, RouteCandidate, WayUp,
};
use serde_json::json;

use crate::{
    Engine, Error, Result, agents,
    error::{check, require},
    idempotency::{self, Idempotency},
    invocation::Route,
    proposals::{self, SUBJECT, WORK, find},
    reviews,
    store::{
        Tx,
        delegations::{DelegatedWork, NewDelegationRow},
        proposals::NewProposal,
    },
};
use chain::Chain;

pub use end::{cancel, close};
pub(crate) use end::{completed, ended};
pub use export::prov;
pub use tree::{part, tree};

/// How it stands in audit entries and in the hub's events.
const NOUN: &str = "delegation";

pub async fn list(
    engine: &Engine,
    caller: &Caller,
    filter: DelegationFilter,
    page: PageRequest,
) -> Result<Page<Delegation>> {
    require(caller, Role::Viewer)?;
    let rows = engine.store().delegations(&filter, page).await?;
    let rows = reviews::cover_results(engine, caller, rows).await?;
    Ok(page.cut(rows, |delegation| delegation.id.0))
}

/// What was delegated from one proposal, newest first.
pub async fn of_proposal(
    engine: &Engine,
    caller: &Caller,
    id: ProposalId,
    page: PageRequest,
) -> Result<Page<Delegation>> {
    require(caller, Role::Viewer)?;
    find(engine, id).await?;
    let filter = DelegationFilter {
        parent_proposal_id: Some(id),
        ..DelegationFilter::default()
    };
    list(engine, caller, filter, page).await
}

pub async fn get(engine: &Engine, caller: &Caller, id: DelegationId) -> Result<Delegation> {
    require(caller, Role::Viewer)?;
    let read = read(engine, id).await?;
    let mut covered = reviews::cover_results(engine, caller, vec![read]).await?;
    covered.pop().ok_or_else(|| Error::not_found(NOUN))
}

async fn read(engine: &Engine, id: DelegationId) -> Result<Delegation> {
    engine
        .store()
        .delegation(id)
        .await?
        .ok_or_else(|| Error::not_found(NOUN))
}

/// Who may be handed a subtask of a proposal, and what is left for it.
pub async fn options(
    engine: &Engine,
    caller: &Caller,
    id: ProposalId,
) -> Result<DelegationOptions> {
    require(caller, Role::Viewer)?;
    let proposal = find(engine, id).await?;
    let mut options = chain::options(engine, &proposal).await?;
    if options.refused.is_none() && reviews::is_covered(engine, caller, &proposal).await? {
        let why = "Record your own judgement of this proposal first; then delegate from it.";
        options.refused = Some(why.to_owned());
    }
    Ok(options)
}

/// The way from a proposal up to what its chain began with, the nearest first.
pub async fn way_up(engine: &Engine, caller: &Caller, id: ProposalId) -> Result<WayUp> {
    require(caller, Role::Viewer)?;
    find(engine, id).await?;
    let above = engine.store().above(id).await?;
    Ok(WayUp {
        steps: above.into_iter().map(chain::step).collect(),
    })
}

/// Hands a subtask of a proposal to another agent. The delegation is there at
/// once; the answer comes later, as a proposal of its own.
///
/// # Errors
/// `not_delegable` where the proposal has no answer that stands;
/// `depth_exceeded`; `agent_inactive`, `own_ancestor`, `trust_above_ancestors`,
/// `limit_not_enforceable` where this agent may not be asked here;
/// `budget_exceeded` with what is left; `idempotency_key_reused`.
pub async fn start(
    engine: &Engine,
    caller: &Caller,
    parent: ProposalId,
    new: NewDelegation,
    key: Option<Idempotency>,
) -> Result<Delegation> {
    require(caller, Role::Reviewer)?;
    check(&new)?;
    if let Some(key) = &key
        && let Some(known) = idempotency::known(engine, caller, key, &new).await?
    {
        return first_answer(engine, caller, &known).await;
    }
    let seen = find(engine, parent).await?;
    if reviews::is_covered(engine, caller, &seen).await? {
        return Err(Error::conflict(
            "judge_first",
            "in this hub reviewers judge for themselves first; record your own judgement of this proposal, then delegate from it",
        ));
    }
    let chain = Chain::of(engine, seen).await?;
    let receiving = new.receiving_agent_id;
    let hub = chain.proposal.hub_id;
    let agent = agents::named(engine, receiving, hub, "receiving_agent_id").await?;
    chain.check(&agent)?;
    let delegating = chain.delegating()?;
    let id: DelegationId = engine.clock().id();
    let result: ProposalId = engine.clock().id();
    let mut tx = engine.store().begin().await?;
    if let Some(key) = &key
        && let Some(known) = idempotency::take(&mut tx, caller, key, &new, id.0).await?
    {
        tx.rollback().await?;
        return first_answer(engine, caller, &known).await;
    }
    if tx
        .grant(chain.account.id, id, new.token_budget)
        .await?
        .is_none()
    {
        let left = tx.account_now(chain.account.id).await?;
        tx.rollback().await?;
        return Err(chain.budget_exceeded(new.token_budget, &left));
    }
    // Meanwhile another answer may have been asked for, or a person decided.
    if !tx.hold_answer(parent, chain.proposal.round).await? {
        tx.rollback().await?;
        return Err(Error::conflict(
            "not_delegable",
            "this proposal has changed meanwhile; look at it again before you delegate from it",
        ));
    }
    let row = NewDelegationRow {
        id,
        hub_id: hub,
        delegating,
        receiving: (agent.id, agent.version),
        parent_proposal_id: parent,
        root_proposal_id: chain.root(),
        result_proposal_id: result,
        depth: chain.depth() + 1,
        scope: new.scope.trim(),
        token_budget: new.token_budget,
    };
    queue(&mut tx, caller, &chain.proposal, &row).await?;
    tx.commit().await?;
    let started = in_first_state(read(engine, id).await?);
    if let Some(key) = &key {
        idempotency::keep_soon(engine, caller, key, &started).await;
    }
    Ok(started)
}

/// Writes the delegation with everything that its work needs.
async fn queue(
    tx: &mut Tx,
    caller: &Caller,
    parent: &Proposal,
    row: &NewDelegationRow<'_>,
) -> Result<()> {
    let (hub, result) = (row.hub_id, row.result_proposal_id);
    let title = title(row.scope);
    let proposal = NewProposal {
        id: result,
        hub_id: hub,
        task_type: &parent.task_type,
        artifact_type: &parent.artifact_type,
        title: &title,
        instructions: None,
        source_widget_id: parent.source_widget_id,
        source_candidate_id: parent.source_candidate_id,
        source_decision_id: parent.source_decision_id,
        agent: Some(row.receiving),
    };
    tx.insert_proposal(&proposal, caller).await?;
    tx.insert_delegation(row, caller).await?;
    tx.insert_subject(result.0, SUBJECT, hub).await?;
    tx.insert_work(WORK, result.0, hub, caller).await?;
    let what = json!({
        "parent_proposal_id": row.parent_proposal_id, "result_proposal_id": result,
        "delegating_agent_id": row.delegating.0, "receiving_agent_id": row.receiving.0,
        "scope": row.scope, "token_budget": row.token_budget,
    });
    tx.audit(
        caller,
        "delegation.started",
        Some(hub),
        NOUN,
        row.id.0,
        what,
    )
    .await?;
    let event = ProposalEvent::DelegationQueued {
        delegation_id: row.id,
        parent_proposal_id: row.parent_proposal_id,
        result_proposal_id: result,
    };
    tx.tell_above(result, &event).await?;
    tx.tell_hub(hub, SUBJECT, result.0, ProposalStatus::Queued.as_str())
        .await?;
    Ok(())
}

/// The subtask in a line.
fn title(scope: &str) -> String {
    let line = scope.split_whitespace().collect::<Vec<_>>().join(" ");
    let whole = format!("Subtask: {line}");
    if whole.chars().count() <= model::validate::NAME_MAX {
        return whole;
    }
    let mut cut: String = whole.chars().take(model::validate::NAME_MAX - 1).collect();
    cut.push('…');
    cut
}

/// The row as it was written: a worker may have begun meanwhile.
fn in_first_state(now: Delegation) -> Delegation {
    Delegation {
        status: DelegationStatus::Pending,
        result_status: ProposalStatus::Queued,
        tokens_used: None,
        tokens_left: now.token_budget,
        closed: false,
        result: None,
        truncated: false,
        invocation_id: None,
        error_type: None,
        error: None,
        completed_at: None,
        ..now
    }
}

/// The answer that the first request got; where it is still on its way, the
/// row as it stands.
async fn first_answer(
    engine: &Engine,
    caller: &Caller,
    known: &crate::store::collectives::KeyRow,
) -> Result<Delegation> {
    match idempotency::kept(known)? {
        Some(answer) => Ok(answer),
        None => get(engine, caller, DelegationId(known.subject_id)).await,
    }
}

/// Waits until the delegation has ended.
pub async fn wait(engine: &Engine, caller: &Caller, id: DelegationId) -> Result<Delegation> {
    let result = read(engine, id).await?.result_proposal_id;
    proposals::wait(engine, caller, result).await?;
    get(engine, caller, id).await
}

/// Whom the gate asks for a delegation, and who hands the work on.
pub(crate) async fn route(
    engine: &Engine,
    work: &DelegatedWork,
) -> Result<Result<(Route, (Agent, AgentVersion)), (&'static str, String)>> {
    let lost = || Error::Internal("a delegation has lost an agent".to_owned());
    let store = engine.store();
    let (to, version) = (work.receiving_agent_id, work.receiving_agent_version);
    let agent = store.agent(to).await?.ok_or_else(lost)?;
    let version = store.agent_version(to, version).await?.ok_or_else(lost)?;
    if !agent.is_active {
        let why = format!(
            "{} was deactivated before it was asked. Nothing was sent.",
            agent.name
        );
        return Ok(Err(("agent_inactive", why)));
    }
    let by = store
        .agent(work.delegating_agent_id)
        .await?
        .ok_or_else(lost)?;
    let by_version = store
        .agent_version(by.id, by.version)
        .await?
        .ok_or_else(lost)?;
    let candidates = vec![RouteCandidate {
        agent_registration_id: agent.id,
        name: version.name.clone(),
        priority: None,
        chosen: true,
        reason: format!("{} hands a subtask to it.", by.name),
        error_type: None,
    }];
    let route = Route::Named {
        agent: Box::new(agent),
        version: Box::new(version),
        candidates,
    };
    Ok(Ok((route, (by, by_version))))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_title_is_one_line_that_fits(scope in "(?s).{0,400}") {
            let title = title(&scope);
            prop_assert!(title.chars().count() <= model::validate::NAME_MAX);
            prop_assert!(!title.contains('\n'));
        }
    }
}
