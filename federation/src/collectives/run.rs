//! One run, from the first question to the end. Resumable at any point: what
//! is stored is not asked for again.

mod judge;
mod member;
mod stage;
mod synthesis;

use chrono::{DateTime, Utc};
use futures::future::join_all;
use model::{
    AgentId, Collective, CollectiveId, CollectiveRound, Consensus, ConsensusStatus, Contribution,
    Hub, MemberState, RoundState, RunAgent, RunEvent, RunState, SynthesisState,
};
use serde_json::json;

use super::{SUBJECT, consensus, explain, prompts, rounds};
use crate::{
    Engine, Error, Result, canonical,
    store::{Tx, collectives::Member, work::WorkItem},
    work::{Lease, asked_by, recover},
};

/// A run that was taken up this often without an end is given up.
const MOST_CLAIMS: i32 = 25;

/// What every step of a run needs.
struct Run<'a> {
    engine: &'a Engine,
    lease: Lease,
    asked_by: model::Caller,
    hub: Hub,
    collective: Collective,
    account: Option<model::BudgetAccountId>,
    seed: i64,
    /// Fewest readable answers on which anything is judged.
    quorum: i64,
    sources: Vec<prompts::Source>,
}

impl Run<'_> {
    fn id(&self) -> CollectiveId {
        self.collective.id
    }

    /// All contributions, with whose word counts.
    async fn contributions(&self) -> Result<Vec<Contribution>> {
        super::marked_contributions(self.engine, self.id()).await
    }

    /// Whether an agent may still be asked.
    async fn is_active(&self, agent: AgentId) -> Result<bool> {
        let agent = self.engine.store().agent(agent).await?;
        Ok(agent.is_some_and(|agent| agent.is_active))
    }

    /// Whether the round was chosen at the start.
    fn is_planned(&self, round: i32) -> bool {
        let planned = self.collective.rounds_planned.kinds().len();
        usize::try_from(round).is_ok_and(|number| number <= planned)
    }

    /// What every prompt says.
    fn asked<'b>(&'b self, note: Option<&'b str>) -> prompts::Asked<'b> {
        prompts::Asked {
            hub: &self.hub,
            collective: &self.collective,
            sources: &self.sources,
            note,
        }
    }

    /// Begins a transaction that holds the lease.
    async fn begin(&self) -> Result<Tx> {
        let mut tx = self.engine.store().begin().await?;
        tx.hold(self.lease).await?;
        Ok(tx)
    }
}

/// Works on a claimed run until it has ended.
pub(crate) async fn run(engine: &Engine, item: &WorkItem) -> Result<()> {
    let id = CollectiveId(item.subject_id);
    recover(engine, item).await?;
    let mut run = load(engine, item, id).await?;
    if item.attempt > MOST_CLAIMS {
        return give_up(&run).await;
    }
    run.sources = engine.store().sources(&run.collective).await?;
    begin(&run).await?;
    let last = hold_rounds(&run).await?;
    let contributions = run.contributions().await?;
    let wanted = run.collective.round;
    let came = contributions
        .iter()
        .any(|c| c.round == wanted && c.readable);
    if !came && !run.is_planned(wanted) {
        return drop_round(&run).await;
    }
    let voices = consensus::voices(&contributions);
    let has_quorum = i64::try_from(voices.len()).unwrap_or(0) >= run.quorum;
    let compared = if has_quorum {
        judge::compare(&run, last.number, &voices).await?
    } else {
        Vec::new()
    };
    let asked = rounds::asked(&contributions);
    let (status, judged) = consensus::judge(&voices, asked, run.quorum, compared);
    let (contributions, judged) = explained(contributions, judged, run.seed).await?;
    if has_quorum {
        synthesis::ask(&run, &last, &contributions, &judged).await?;
    }
    finish(&run, &contributions, status, judged).await
}

/// On a thread of its own: the intervals take some thousand resamples.
async fn explained(
    contributions: Vec<Contribution>,
    mut judged: Consensus,
    seed: i64,
) -> Result<(Vec<Contribution>, Consensus)> {
    tokio::task::spawn_blocking(move || {
        explain::fill(&mut judged, &contributions, seed);
        (contributions, judged)
    })
    .await
    .map_err(|error| Error::Internal(format!("the explanation of a judgement failed: {error}")))
}

/// The last round that was held.
struct LastRound {
    number: i32,
    note: Option<String>,
    /// When the first round began that asked for what is judged now: what was
    /// tried before it does not count.
    since: DateTime<Utc>,
}

/// Holds all rounds that have not ended, one after the other.
async fn hold_rounds(run: &Run<'_>) -> Result<LastRound> {
    for round in run.engine.store().collective_rounds(run.id()).await? {
        if matches!(round.state, RoundState::Pending | RoundState::Running) {
            hold(run, &round).await?;
        }
    }
    let rounds = run.engine.store().collective_rounds(run.id()).await?;
    let planned = run.collective.rounds_planned.kinds().len();
    let held = |r: &&CollectiveRound| r.state != RoundState::Skipped;
    let last = rounds.iter().rev().find(held).or(rounds.first());
    let asked_for = rounds.iter().skip(planned).rev().find(held);
    let since = asked_for.or(rounds.first()).and_then(|r| r.started_at);
    Ok(LastRound {
        number: last.map_or(1, |r| r.number),
        note: last.and_then(|r| r.note.clone()),
        since: since.unwrap_or_default(),
    })
}

async fn hold(run: &Run<'_>, round: &CollectiveRound) -> Result<()> {
    let Some(stage) = stage::open(run, round).await? else {
        return Ok(());
    };
    let members = run.engine.store().members(run.id(), round.number).await?;
    let asked = members.iter().map(|member| member::ask(&stage, member));
    for ended in join_all(asked).await {
        ended?;
    }
    stage.close().await
}

async fn load<'a>(engine: &'a Engine, item: &WorkItem, id: CollectiveId) -> Result<Run<'a>> {
    let missing = || Error::Internal("a run has lost its rows".to_owned());
    let collective = engine.store().collective(id).await?.ok_or_else(missing)?;
    let hub = engine
        .store()
        .hub(collective.hub_id)
        .await?
        .ok_or_else(missing)?;
    let row = engine.store().synthesis_row(id).await?;
    let quorum = hub.quorum.map_or(engine.settings().quorum, i64::from);
    Ok(Run {
        engine,
        lease: item.lease(),
        asked_by: asked_by(item),
        hub,
        collective,
        account: row.account,
        seed: row.seed,
        quorum: quorum.max(2),
        sources: Vec::new(),
    })
}

/// Tells that the run has started, once. A run that was opened again goes on.
async fn begin(run: &Run<'_>) -> Result<()> {
    // Read before the transaction: one that waits for a second connection
    // while it holds the first can starve the pool.
    let agents = run
        .engine
        .store()
        .contributions(run.id())
        .await?
        .into_iter()
        .filter(|c| c.round == 1)
        .map(|c| RunAgent {
            id: c.agent_registration_id,
            name: c.agent_name,
            place: c.place,
        })
        .collect();
    let mut tx = run.begin().await?;
    // An older instance, beside this one, writes runs without rounds.
    tx.insert_first_round(run.id(), &run.collective.started_by)
        .await?;
    if tx.begin_run(run.id()).await? {
        if run.collective.started_at.is_none() {
            tx.tell_run(run.id().0, &RunEvent::RunStarted { agents })
                .await?;
        }
        tx.tell_hub(run.hub.id, SUBJECT, run.id().0, "running")
            .await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Ends the run, in one transaction, with the judgement and where each sentence
/// of the synthesis comes from.
async fn finish(
    run: &Run<'_>,
    contributions: &[Contribution],
    status: ConsensusStatus,
    mut judged: Consensus,
) -> Result<()> {
    let answered = contributions
        .iter()
        .any(|c| c.status == MemberState::Completed);
    let (state, error) = if answered {
        (RunState::Finished, None)
    } else {
        (
            RunState::Failed,
            Some((
                "all_failed",
                "No agent gave an answer; each column says why. Mend the cause, then start another run.",
            )),
        )
    };
    let synthesised = run
        .engine
        .store()
        .collective(run.id())
        .await?
        .and_then(|c| (c.synthesis_state == SynthesisState::Completed).then_some(c.final_content))
        .flatten();
    if let Some(synthesis) = &synthesised {
        judged.origins = explain::origins(synthesis, contributions);
    }
    let held = rounds::held(run.engine, run.id(), contributions).await?;
    let hash = answered.then(|| content_hash(&held, synthesised.as_ref()));
    let mut tx = run.begin().await?;
    tx.end_run(
        run.id(),
        state,
        Some((status, &judged)),
        hash.as_deref(),
        error,
    )
    .await?;
    tx.finish_work(run.lease).await?;
    let finished = RunEvent::RunFinished {
        run_state: state,
        consensus_status: status,
    };
    tx.tell_run(run.id().0, &finished).await?;
    tx.tell_hub(run.hub.id, SUBJECT, run.id().0, state.as_str())
        .await?;
    tx.commit().await?;
    Ok(())
}

/// Nothing readable came of a round that a person has asked for: what stood
/// before it stands again, and its columns say why.
async fn drop_round(run: &Run<'_>) -> Result<()> {
    let why = "No agent gave a readable answer in this round.";
    end_early(run, why, ("nothing_came", why)).await
}

/// Ends a run that cannot be brought to an end: the log has each cause.
async fn give_up(run: &Run<'_>) -> Result<()> {
    let why = "The run was taken up again and again and never ended; the server's log has each cause. Start another one.";
    end_early(run, why, ("given_up", why)).await
}

async fn end_early(run: &Run<'_>, why: &str, error: (&str, &str)) -> Result<()> {
    let mut tx = run.begin().await?;
    let finished = abandon(&mut tx, run.id(), RunState::Failed, why, error).await?;
    tx.finish_work(run.lease).await?;
    tx.tell_run(run.id().0, &finished).await?;
    let state = state_of(&finished);
    tx.tell_hub(run.hub.id, SUBJECT, run.id().0, state.as_str())
        .await?;
    tx.commit().await?;
    Ok(())
}

/// Drops what a run is doing. Where it was at another round, what it had come
/// to before stands again; else it ends in `state`. Gives what its followers
/// are to be told.
pub(super) async fn abandon(
    tx: &mut Tx,
    id: CollectiveId,
    state: RunState,
    why: &str,
    error: (&str, &str),
) -> Result<RunEvent> {
    tx.cancel_members(id, why).await?;
    tx.cancel_pairs(id, why).await?;
    tx.skip_rounds(id).await?;
    let before = tx.restore_run(id).await?;
    if before.is_none() {
        tx.end_run(id, state, None, None, Some(error)).await?;
    }
    Ok(RunEvent::RunFinished {
        run_state: before.map_or(state, |_| RunState::Finished),
        consensus_status: before.unwrap_or(ConsensusStatus::Pending),
    })
}

/// The state that a run was said to have ended in.
pub(super) fn state_of(finished: &RunEvent) -> RunState {
    match finished {
        RunEvent::RunFinished { run_state, .. } => *run_state,
        _ => RunState::Failed,
    }
}

/// What a decision is bound to: what was said in the rounds that were held, by
/// round and place, and the synthesis.
fn content_hash(contributions: &[&Contribution], synthesis: Option<&serde_json::Value>) -> String {
    let shown: Vec<_> = contributions
        .iter()
        .map(|c| json!({ "id": c.id, "agent_registration_id": c.agent_registration_id, "content": c.content }))
        .collect();
    canonical::hash(&json!({ "contributions": shown, "synthesis": synthesis }))
}

/// A named agent at the version that was pinned when the run began.
async fn route(run: &Run<'_>, member: &Member, why: &str) -> Result<crate::invocation::Route> {
    let missing = || Error::Internal("a member has lost its agent".to_owned());
    let store = run.engine.store();
    let agent = store
        .agent(member.agent_registration_id)
        .await?
        .ok_or_else(missing)?;
    let version = store
        .agent_version(member.agent_registration_id, member.agent_version)
        .await?
        .ok_or_else(missing)?;
    let candidates = vec![model::RouteCandidate {
        agent_registration_id: agent.id,
        name: version.name.clone(),
        priority: None,
        chosen: true,
        reason: why.to_owned(),
        error_type: None,
    }];
    Ok(crate::invocation::Route::Named {
        agent: Box::new(agent),
        version: Box::new(version),
        candidates,
    })
}
