//! The work on one proposal: one question, one answer. Resumable at any
//! point.

use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use async_trait::async_trait;
use model::{
    Action, BudgetAccountId, Caller, Hub, HubId, Invocation, InvocationPoint, Outcome, Proposal,
    ProposalEvent, ProposalId, ProposalStatus,
};
use uuid::Uuid;

use super::{
    SUBJECT, apply, content, end_without_answer, finished, points, subtask,
    tasks::{self, Question},
};
use crate::{
    Engine, Error, Result, canonical,
    collectives::answer::Answer,
    delegations,
    invocation::{Ended, Order, Record, invoke},
    prompts::ask_again,
    store::{
        Tx,
        delegations::DelegatedWork,
        proposals::{Annotator, KeptAnswer},
        work::WorkItem,
    },
    tokens,
    work::{Lease, asked_by, recover},
};

/// Work that was taken up this often without an end is given up.
const MOST_CLAIMS: i32 = 25;

/// What every step needs.
struct Run<'a> {
    engine: &'a Engine,
    lease: Lease,
    asked_by: Caller,
    hub: Hub,
    proposal: Proposal,
    point: InvocationPoint,
    account: Option<BudgetAccountId>,
    /// Calls in this round.
    calls: i32,
    /// Where it is the result of a delegation.
    delegated: Option<Delegated>,
}

/// What is known of the delegation.
struct Delegated {
    work: DelegatedWork,
    /// The proposals above, the root first.
    above: Vec<ProposalId>,
    /// Of the agent that is asked.
    system_prompt: Option<String>,
}

impl Run<'_> {
    fn subject(&self) -> (ProposalId, HubId) {
        (self.proposal.id, self.hub.id)
    }

    /// Where the growing text is shown: subject and slot. Whoever follows a
    /// proposal hears of all that was delegated from it.
    fn texts(&self) -> impl Iterator<Item = (Uuid, Uuid)> + '_ {
        let own = self.proposal.id.0;
        let above = self.delegated.iter().flat_map(|delegated| {
            let slot = delegated.work.id.0;
            delegated.above.iter().map(move |id| (id.0, slot))
        });
        std::iter::once((own, own)).chain(above)
    }

    /// Begins a transaction that holds the lease.
    async fn begin(&self) -> Result<Tx> {
        let mut tx = self.engine.store().begin().await?;
        tx.hold(self.lease).await?;
        Ok(tx)
    }

    /// Ends the work where no call was made that could tell why.
    async fn end(&self, status: ProposalStatus, error_type: &str, error: &str) -> Result<()> {
        let mut tx = self.begin().await?;
        end_without_answer(&mut tx, self.subject(), status, None, (error_type, error)).await?;
        tx.finish_work(self.lease).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Works on a claimed proposal until the agent has answered.
pub(crate) async fn run(engine: &Engine, item: &WorkItem) -> Result<()> {
    recover(engine, item).await?;
    let run = load(engine, item).await?;
    if run.calls >= most_calls(&run) || item.attempt > MOST_CLAIMS {
        let why = if run.calls == 1 {
            "The server stopped while the agent was asked; what came of it is not known. Ask again."
                .to_owned()
        } else {
            format!(
                "The server stopped during each of {} attempts to ask the agent; what came of them is not known. Ask again.",
                run.calls
            )
        };
        return run.end(ProposalStatus::Unknown, "unknown", &why).await;
    }
    begin(&run).await?;
    let question = question(&run).await?;
    let first = exchange(&run, &question, question.prompt.clone(), false).await?;
    if first == Next::AskAgain {
        exchange(&run, &question, ask_again(&question.prompt), true).await?;
    }
    Ok(())
}

/// A delegation's budget is for one answer: what died in flight is spent, and
/// a person says whether it is asked for again.
fn most_calls(run: &Run<'_>) -> i32 {
    match run.delegated {
        Some(_) => 1,
        None => run.engine.settings().member_attempts,
    }
}

async fn question(run: &Run<'_>) -> Result<Question> {
    let (engine, hub, proposal) = (run.engine, &run.hub, &run.proposal);
    let Some(delegated) = &run.delegated else {
        return tasks::question(engine, hub, proposal, run.point).await;
    };
    let left = match run.account {
        Some(account) => engine.store().account_left(account).await?,
        None => 0,
    };
    let room = subtask::Room {
        budget: left,
        system_prompt: delegated.system_prompt.as_deref(),
    };
    subtask::question(engine, hub, proposal, run.point, &delegated.work, room).await
}

async fn load<'a>(engine: &'a Engine, item: &WorkItem) -> Result<Run<'a>> {
    let missing = || Error::Internal("a proposal has lost its rows".to_owned());
    let id = ProposalId(item.subject_id);
    let proposal = engine.store().proposal(id).await?.ok_or_else(missing)?;
    let hub = engine
        .store()
        .hub(proposal.hub_id)
        .await?
        .ok_or_else(missing)?;
    let row = engine.store().proposal_run(id).await?;
    let delegated = match engine.store().delegated_work(id).await? {
        Some(work) => {
            let mut above = engine.store().above(id).await?;
            above.reverse();
            let above = above.into_iter().map(|one| one.proposal_id).collect();
            let (agent, version) = (work.receiving_agent_id, work.receiving_agent_version);
            let version = engine.store().agent_version(agent, version).await?;
            Some(Delegated {
                work,
                above,
                system_prompt: version.and_then(|version| version.system_prompt),
            })
        }
        None => None,
    };
    Ok(Run {
        engine,
        lease: item.lease(),
        asked_by: asked_by(item),
        hub,
        point: InvocationPoint::of_artifact(&proposal.artifact_type).ok_or_else(missing)?,
        proposal,
        account: row.account,
        calls: row.attempt - row.earlier_attempts,
        delegated,
    })
}

/// Tells that the work has begun, once a round.
async fn begin(run: &Run<'_>) -> Result<()> {
    let (id, hub) = run.subject();
    let mut tx = run.begin().await?;
    if let Some(round) = tx.begin_proposal(id).await? {
        tx.tell_proposal(id, &ProposalEvent::RunStarted { round })
            .await?;
        tx.tell_hub(hub, SUBJECT, id.0, ProposalStatus::Running.as_str())
            .await?;
    }
    tx.commit().await?;
    Ok(())
}

#[derive(PartialEq, Eq)]
enum Next {
    Done,
    AskAgain,
}

/// One call. An answer that cannot be read is kept where it is the `last` one.
async fn exchange(run: &Run<'_>, question: &Question, prompt: String, last: bool) -> Result<Next> {
    let record = Recorder {
        run,
        question,
        last,
        attempt: AtomicI32::new(0),
        kept: AtomicBool::new(false),
    };
    let (route, delegated_by) = match &run.delegated {
        Some(delegated) => match delegations::route(run.engine, &delegated.work).await? {
            Ok((route, by)) => (route, Some(by)),
            Err(refused) => {
                run.end(ProposalStatus::Failed, refused.0, &refused.1)
                    .await?;
                return Ok(Next::Done);
            }
        },
        None => (points::own_route(run.engine, &run.proposal).await?, None),
    };
    let is_delegated = delegated_by.is_some();
    let order = Order {
        asked_by: &run.asked_by,
        hub: &run.hub,
        route,
        purpose: if is_delegated {
            "delegation"
        } else {
            "proposal"
        },
        task_type: run.point.task_type(),
        artifact_type: run.point.artifact_type(),
        action: Action::Propose,
        prompt,
        prompt_template: question.template,
        schema: Some(question.schema.clone()),
        max_tokens: run.engine.settings().max_tokens,
        may_shorten: is_delegated,
        delegated_by,
        account: run.account,
        lease: Some(run.lease),
    };
    let mut text = |piece: &str| {
        let attempt = record.attempt.load(Ordering::Relaxed);
        for (subject, slot) in run.texts() {
            run.engine.live().add_text(subject, slot, attempt, piece);
        }
    };
    match invoke(run.engine, order, &record, &mut text).await {
        Ok(_) if record.kept.load(Ordering::Relaxed) => Ok(Next::Done),
        Ok(_) => Ok(Next::AskAgain),
        // The last route went after the work had been queued.
        Err(Error::Conflict { code, message }) => {
            let message = Error::Conflict { code, message }.refusal().message;
            run.end(ProposalStatus::Failed, code, &message).await?;
            Ok(Next::Done)
        }
        Err(error) => Err(error),
    }
}

/// Writes the proposal's part of each transaction of the gate.
struct Recorder<'a> {
    run: &'a Run<'a>,
    question: &'a Question,
    last: bool,
    attempt: AtomicI32,
    /// The work has ended with this call.
    kept: AtomicBool,
}

impl Recorder<'_> {
    /// Whether this answer is stored. One that cannot be read is asked for
    /// again, unless it was cut at its limit or nothing is left to ask with.
    async fn keeps(&self, tx: &mut Tx, ended: &Ended) -> Result<bool> {
        if self.last || ended.answer.as_ref().is_none_or(|answer| answer.readable) {
            return Ok(true);
        }
        let (Some(delegated), Some(account)) = (&self.run.delegated, self.run.account) else {
            return Ok(false);
        };
        let left = tx.account_now(account).await?.left();
        let schema = tokens::count(&self.question.schema.to_string());
        let again = schema
            + tokens::prompt_reservation(
                delegated.system_prompt.as_deref(),
                &ask_again(&self.question.prompt),
            );
        Ok(was_cut(&ended.receipt) || left <= again)
    }

    /// Tells who is asked; those above first, see [`Tx::tell_above`].
    async fn tell_started(&self, tx: &mut Tx, receipt: &Invocation) -> Result<()> {
        let attempt = self.attempt.load(Ordering::Relaxed);
        if let Some(delegated) = &self.run.delegated {
            let event = ProposalEvent::DelegationStarted {
                delegation_id: delegated.work.id,
                attempt,
            };
            tx.tell_all(&delegated.above, &event).await?;
        }
        if let Some(agent_registration_id) = receipt.agent_registration_id {
            let event = ProposalEvent::AnswerStarted {
                agent_registration_id,
                attempt,
            };
            tx.tell_proposal(self.run.proposal.id, &event).await?;
        }
        Ok(())
    }

    async fn keep(&self, tx: &mut Tx, receipt: &Invocation, read: &Answer) -> Result<()> {
        let id = self.run.proposal.id;
        let content = self.question.resolve(read.content.clone(), read.readable);
        let confidence = content::confidence(&content);
        let kept = KeptAnswer {
            content: &content,
            content_hash: &canonical::hash(&content),
            readable: read.readable,
            confidence,
            receipt,
        };
        tx.keep_answer(id, &kept).await?;
        delegations::completed(tx, id, &content, was_cut(receipt)).await?;
        if let Some(score) = confidence {
            let by = Annotator::Agent {
                name: agent_name(receipt),
                invocation: receipt.id,
            };
            tx.insert_annotation(id, score, None, by).await?;
        }
        if let Some(agent_registration_id) = receipt.agent_registration_id {
            let event = ProposalEvent::AnswerCompleted {
                agent_registration_id,
                tokens_in: receipt.tokens_in,
                tokens_out: receipt.tokens_out,
                model_used: receipt.model_used.clone(),
            };
            tx.tell_proposal(id, &event).await?;
        }
        let status = apply::auto(tx, &self.run.proposal, &kept, receipt).await?;
        finished(tx, self.run.subject(), status).await
    }
}

/// The model stopped because its limit of tokens was reached.
fn was_cut(receipt: &Invocation) -> bool {
    receipt.finish_reason.as_deref() == Some("length")
}

fn agent_name(receipt: &Invocation) -> &str {
    let chosen = receipt.candidates.iter().find(|one| one.chosen);
    chosen.map_or("agent", |one| one.name.as_str())
}

#[async_trait]
impl Record for Recorder<'_> {
    async fn started(&self, tx: &mut Tx, receipt: &Invocation) -> Result<()> {
        let id = self.run.proposal.id;
        let attempt = tx.begin_answer(id, receipt).await?;
        self.attempt.store(attempt, Ordering::Relaxed);
        for (subject, slot) in self.run.texts() {
            self.run
                .engine
                .live()
                .begin_text(subject, slot, id.0, attempt);
        }
        self.tell_started(tx, receipt).await
    }

    async fn handed_over(&self, tx: &mut Tx, receipt: &Invocation) -> Result<()> {
        tx.name_agent(self.run.proposal.id, receipt).await?;
        self.tell_started(tx, receipt).await
    }

    async fn ended(&self, tx: &mut Tx, ended: &Ended) -> Result<()> {
        if !self.keeps(tx, ended).await? {
            return Ok(());
        }
        self.kept.store(true, Ordering::Relaxed);
        let receipt = &ended.receipt;
        match &ended.answer {
            Some(read) => self.keep(tx, receipt, read).await?,
            None => {
                let status = if receipt.outcome == Outcome::Blocked {
                    ProposalStatus::BlockedByPolicy
                } else {
                    ProposalStatus::Failed
                };
                let kind = receipt.error_type.as_deref().unwrap_or_default();
                let error = receipt.error.as_deref().unwrap_or_default();
                let subject = self.run.subject();
                end_without_answer(tx, subject, status, Some(receipt), (kind, error)).await?;
            }
        }
        tx.finish_work(self.run.lease).await?;
        Ok(())
    }
}
