//! Rounds: whose word counts after several, and another one that a person
//! asks for.

use std::collections::HashMap;

use model::{
    AgentId, Caller, CollectiveDetail, CollectiveId, CollectiveRound, Contribution, MemberState,
    NewRound, Role, RoundKind, RoundState, RunEvent, RunState, Verdict, vendor,
};
use serde_json::json;

use super::{SUBJECT, WORK, detail, find, first_answer, keep_answer};
use crate::{
    Engine, Error, Result,
    error::{check, require},
    idempotency::{self, Idempotency},
    store::collectives::CollectiveSaid,
};

/// Fills what the rows do not hold: the vendor, and whose word counts. That is
/// the agent's readable answer of the latest round in which it gave one; where
/// there is none, its part in the latest round. Rounds that were not held do
/// not count.
pub(super) fn mark(contributions: &mut [Contribution], rounds: &[CollectiveRound]) {
    let held = |number: i32| {
        rounds
            .iter()
            .any(|r| r.number == number && r.state != RoundState::Skipped)
    };
    // Rounds grow: a later one takes the place of an earlier one.
    let mut current: HashMap<AgentId, usize> = HashMap::new();
    for (at, one) in contributions.iter().enumerate() {
        let counts = one.kind.is_opinion() && (held(one.round) || one.round == 1);
        let known = current
            .get(&one.agent_registration_id)
            .is_some_and(|at| contributions[*at].readable);
        if counts && (one.readable || !known) {
            current.insert(one.agent_registration_id, at);
        }
    }
    for (at, one) in contributions.iter_mut().enumerate() {
        one.vendor = vendor(one.provider, &one.model_name);
        one.is_current = current.get(&one.agent_registration_id) == Some(&at);
    }
}

/// The contributions of rounds that were held.
pub(super) async fn held<'a>(
    engine: &Engine,
    id: CollectiveId,
    contributions: &'a [Contribution],
) -> Result<Vec<&'a Contribution>> {
    let rounds = engine.store().collective_rounds(id).await?;
    let skipped: Vec<i32> = rounds
        .iter()
        .filter(|r| r.number > 1 && r.state == RoundState::Skipped)
        .map(|r| r.number)
        .collect();
    let held = contributions.iter();
    Ok(held.filter(|c| !skipped.contains(&c.round)).collect())
}

/// How many agents were asked.
pub(super) fn asked(contributions: &[Contribution]) -> usize {
    contributions.iter().filter(|c| c.is_current).count()
}

/// The reviews of the latest round of reviews that was held.
pub(super) fn reviews(contributions: &[Contribution]) -> Vec<&Contribution> {
    let given = |c: &&Contribution| {
        c.kind == RoundKind::Review && c.readable && c.status == MemberState::Completed
    };
    let last = contributions
        .iter()
        .filter(given)
        .map(|c| c.round)
        .max()
        .unwrap_or(0);
    contributions
        .iter()
        .filter(given)
        .filter(|c| c.round == last)
        .collect()
}

/// Asks all agents once more, after a run has finished and before a decision:
/// each reads what the others have answered, and what the person adds. What the
/// run had come to is kept with its last round; it stands again where the new
/// one is cancelled.
///
/// # Errors
/// `not_open` where the run has not finished or was decided; `content_changed`
/// where it is not what was shown; `budget_closed` where its tokens are used up;
/// `idempotency_key_reused`.
pub async fn another_round(
    engine: &Engine,
    caller: &Caller,
    id: CollectiveId,
    new: NewRound,
    key: Option<Idempotency>,
) -> Result<CollectiveDetail> {
    require(caller, Role::Reviewer)?;
    check(&new)?;
    if let Some(key) = &key
        && let Some(known) = idempotency::known(engine, caller, key, &new).await?
    {
        return first_answer(engine, known).await;
    }
    let collective = find(engine, id).await?;
    let most = i64::from(engine.settings().max_tokens);
    if engine.store().run_tokens_left(id).await? <= most {
        return Err(Error::conflict(
            "budget_closed",
            format!(
                "what this run has left of its tokens does not hold one more answer of up to {most}; start another one with a higher cap"
            ),
        ));
    }
    let mut tx = engine.store().begin().await?;
    if let Some(key) = &key
        && let Some(known) = idempotency::take(&mut tx, caller, key, &new, id.0).await?
    {
        tx.rollback().await?;
        return first_answer(engine, known).await;
    }
    let note = new
        .instructions
        .as_deref()
        .map(str::trim)
        .filter(|text| !text.is_empty());
    let opened = if tx.requeue_work(WORK, id.0, caller).await? {
        tx.reopen_run(id, new.content_hash.as_deref()).await?
    } else {
        None
    };
    let Some(round) = opened else {
        tx.rollback().await?;
        return Err(not_open(&find(engine, id).await?, &new));
    };
    tx.insert_round(id, round, RoundKind::Revise, &caller.name, note)
        .await?;
    let said = CollectiveSaid {
        verdict: Verdict::AnotherRound,
        comment: note,
        content_hash: new
            .content_hash
            .as_deref()
            .or(collective.content_hash.as_deref()),
        contribution: None,
        fields: None,
        content: None,
    };
    tx.insert_collective_review(id, caller, &said).await?;
    tx.audit(
        caller,
        "collective_proposal.another_round",
        Some(collective.hub_id),
        SUBJECT,
        id.0,
        json!({ "round": round }),
    )
    .await?;
    tx.tell_run(id.0, &RunEvent::RoundQueued { round }).await?;
    tx.tell_hub(collective.hub_id, SUBJECT, id.0, "queued")
        .await?;
    tx.commit().await?;
    let started = in_first_state(detail(engine, id).await?, round);
    if let Some(key) = &key
        && let Err(error) = keep_answer(engine, caller, key, &started).await
    {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "a first answer was not kept"
        );
    }
    Ok(started)
}

/// The run as it was written: a worker may have begun meanwhile.
fn in_first_state(mut started: CollectiveDetail, round: i32) -> CollectiveDetail {
    started.collective.run_state = RunState::Queued;
    started.contributions.retain(|c| c.round < round);
    let mut before = started.rounds.clone();
    before.retain(|r| r.number < round);
    mark(&mut started.contributions, &before);
    for one in started.rounds.iter_mut().filter(|r| r.number == round) {
        one.state = RoundState::Pending;
        one.started_at = None;
    }
    started
}

fn not_open(collective: &model::Collective, new: &NewRound) -> Error {
    let is_open = collective.run_state == RunState::Finished
        && collective.decision == model::DecisionStatus::Pending;
    if is_open && new.content_hash != collective.content_hash {
        return Error::conflict(
            "content_changed",
            "the content is no longer the one that was shown; load it again, and ask then",
        );
    }
    let message = if !collective.run_state.is_final() {
        "the agents are at work; wait until the run has finished, or cancel it".to_owned()
    } else if collective.decision != model::DecisionStatus::Pending {
        format!(
            "this was decided already: {}, by {}; undo that decision first",
            collective.decision,
            collective.decided_by.as_deref().unwrap_or("somebody")
        )
    } else {
        "this run ended without an answer; start another one".to_owned()
    };
    Error::conflict("not_open", message)
}
