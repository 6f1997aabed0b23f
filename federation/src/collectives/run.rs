//! One run, from the first question to the end. Resumable at any point: what
//! is stored is not asked for again.

mod member;
mod synthesis;

use futures::future::join_all;
use model::{
    Collective, CollectiveId, Contribution, Hub, MemberState, RunAgent, RunEvent, RunState,
    SynthesisState,
};
use serde_json::json;

use super::{SUBJECT, answer, consensus, prompts};
use crate::{
    Engine, Error, Result, canonical,
    store::{collectives::Member, work::WorkItem},
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
    /// What each member is asked.
    prompt: String,
}

impl Run<'_> {
    fn id(&self) -> CollectiveId {
        self.collective.id
    }

    /// Begins a transaction that holds the lease.
    async fn begin(&self) -> Result<crate::store::Tx> {
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
    let sources = engine.store().sources(&run.collective).await?;
    run.prompt = prompts::contribution(&run.hub, &run.collective, &sources);
    begin(&run).await?;
    let members = engine.store().members(id).await?;
    let asked = members.iter().map(|member| member::ask(&run, member));
    for ended in join_all(asked).await {
        ended?;
    }
    let contributions = engine.store().contributions(id).await?;
    let voices = voices(&contributions);
    let quorum = engine.settings().quorum.max(2);
    let has_quorum = i64::try_from(voices.len()).unwrap_or(0) >= quorum;
    if has_quorum {
        synthesis::ask(&run, &members, &contributions).await?;
    }
    finish(&run, &contributions, quorum).await
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
    Ok(Run {
        engine,
        lease: item.lease(),
        asked_by: asked_by(item),
        hub,
        collective,
        account: row.account,
        seed: row.seed,
        prompt: String::new(),
    })
}

/// Tells that the run has started, once.
async fn begin(run: &Run<'_>) -> Result<()> {
    // Read before the transaction: one that waits for a second connection
    // while it holds the first can starve the pool.
    let agents = run
        .engine
        .store()
        .contributions(run.id())
        .await?
        .into_iter()
        .map(|c| RunAgent {
            id: c.agent_registration_id,
            name: c.agent_name,
            place: c.place,
        })
        .collect();
    let mut tx = run.begin().await?;
    if tx.begin_run(run.id()).await? {
        tx.tell_run(run.id().0, &RunEvent::RunStarted { agents })
            .await?;
        tx.tell_hub(run.hub.id, SUBJECT, run.id().0, "running")
            .await?;
    }
    tx.commit().await?;
    Ok(())
}

fn voices(contributions: &[Contribution]) -> Vec<consensus::Voice<'_>> {
    contributions
        .iter()
        .filter(|c| c.readable)
        .filter_map(|c| {
            Some(consensus::Voice {
                contribution: c.id,
                agent: &c.agent_name,
                recommendation: answer::recommendation(c.content.as_ref()?)?,
            })
        })
        .collect()
}

/// Judges and ends the run, in one transaction.
async fn finish(run: &Run<'_>, contributions: &[Contribution], quorum: i64) -> Result<()> {
    let (status, judged) = consensus::judge(&voices(contributions), contributions.len(), quorum);
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
    let hash = answered.then(|| content_hash(contributions, synthesised.as_ref()));
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

/// Ends a run that cannot be brought to an end: the log has each cause.
async fn give_up(run: &Run<'_>) -> Result<()> {
    let mut tx = run.begin().await?;
    let why = "The run was taken up again and again and never ended; the server's log has each cause. Start another one.";
    tx.cancel_members(run.id(), why).await?;
    tx.end_run(
        run.id(),
        RunState::Failed,
        None,
        None,
        Some(("given_up", why)),
    )
    .await?;
    tx.finish_work(run.lease).await?;
    let finished = RunEvent::RunFinished {
        run_state: RunState::Failed,
        consensus_status: model::ConsensusStatus::Pending,
    };
    tx.tell_run(run.id().0, &finished).await?;
    tx.tell_hub(run.hub.id, SUBJECT, run.id().0, RunState::Failed.as_str())
        .await?;
    tx.commit().await?;
    Ok(())
}

/// What a decision is bound to: the contributions by place, and the synthesis.
fn content_hash(contributions: &[Contribution], synthesis: Option<&serde_json::Value>) -> String {
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
