//! One member of a run is asked, until it has ended.

use std::sync::atomic::{AtomicI32, Ordering};

use async_trait::async_trait;
use model::{Action, Invocation, MemberState, Outcome, RoundKind, RunEvent};

use super::{
    Run, route,
    stage::{Question, Stage},
};
use crate::{
    Result,
    collectives::prompts,
    invocation::{Ended, Order, Record, invoke},
    prompts::ask_again,
    store::{
        Tx,
        collectives::{Answer, Member},
    },
};

/// Asks once; where the answer cannot be read, once more.
pub(super) async fn ask(stage: &Stage<'_>, member: &Member) -> Result<()> {
    if member.state.is_final() {
        return Ok(());
    }
    if member.attempt >= stage.run.engine.settings().member_attempts {
        return give_up(stage.run, member).await;
    }
    let question = stage.question(member);
    let first = exchange(stage, member, &question, question.prompt.clone(), false).await?;
    if first == Next::AskAgain {
        let prompt = match stage.round.kind {
            RoundKind::Review => prompts::review_again(&question.prompt),
            RoundKind::Answer | RoundKind::Revise => ask_again(&question.prompt),
        };
        exchange(stage, member, &question, prompt, true).await?;
    }
    Ok(())
}

#[derive(PartialEq, Eq)]
enum Next {
    Done,
    AskAgain,
}

async fn exchange(
    stage: &Stage<'_>,
    member: &Member,
    question: &Question,
    prompt: String,
    last: bool,
) -> Result<Next> {
    let run = stage.run;
    let record = Recorder {
        run,
        round: stage.round.number,
        member,
        question,
        last,
        attempt: AtomicI32::new(0),
    };
    let why = match stage.round.number {
        1 => format!("asked as member {} of the collective", member.place + 1),
        n => format!(
            "asked as member {} of the collective, in round {n}",
            member.place + 1
        ),
    };
    let order = Order {
        asked_by: &run.asked_by,
        hub: &run.hub,
        route: route(run, member, &why).await?,
        purpose: question.purpose,
        task_type: &run.collective.task_type,
        artifact_type: super::SUBJECT,
        action: Action::Propose,
        prompt,
        prompt_template: question.template,
        schema: Some(question.schema.clone()),
        max_tokens: run.engine.settings().max_tokens,
        may_shorten: false,
        delegated_by: None,
        account: run.account,
        lease: Some(run.lease),
    };
    let mut text = |piece: &str| {
        let attempt = record.attempt.load(Ordering::Relaxed);
        run.engine
            .live()
            .add_text(run.id().0, member.contribution_id.0, attempt, piece);
    };
    let ended = invoke(run.engine, order, &record, &mut text).await?;
    Ok(if record.keeps(&ended) {
        Next::Done
    } else {
        Next::AskAgain
    })
}

/// The attempts are used up: what came of them is not known.
async fn give_up(run: &Run<'_>, member: &Member) -> Result<()> {
    let mut tx = run.begin().await?;
    let message = format!(
        "The server stopped during each of {} attempts to ask this agent.",
        member.attempt
    );
    tx.end_member(
        member.contribution_id,
        MemberState::Unknown,
        None,
        None,
        Some(("unknown", &message)),
    )
    .await?;
    let event = RunEvent::ContributionFailed {
        contribution_id: member.contribution_id,
        error_type: "unknown".to_owned(),
        error: message,
    };
    tx.tell_run(run.id().0, &event).await?;
    tx.commit().await?;
    Ok(())
}

/// Writes the member's part of each transaction of the gate.
struct Recorder<'a> {
    run: &'a Run<'a>,
    round: i32,
    member: &'a Member,
    question: &'a Question,
    last: bool,
    attempt: AtomicI32,
}

impl Recorder<'_> {
    /// Whether this answer is stored; one that cannot be read is asked for
    /// again.
    fn keeps(&self, ended: &Ended) -> bool {
        let readable = |answer| self.question.read(answer).readable;
        self.last || ended.answer.as_ref().is_none_or(readable)
    }
}

#[async_trait]
impl Record for Recorder<'_> {
    async fn started(&self, tx: &mut Tx, receipt: &Invocation) -> Result<()> {
        let contribution = self.member.contribution_id;
        let attempt = tx.begin_member(contribution, receipt.id).await?;
        self.attempt.store(attempt, Ordering::Relaxed);
        let run = self.run.id();
        self.run
            .engine
            .live()
            .begin_text(run.0, self.member.contribution_id.0, run.0, attempt);
        let event = RunEvent::ContributionStarted {
            contribution_id: self.member.contribution_id,
            agent_registration_id: self.member.agent_registration_id,
            attempt,
        };
        tx.tell_run(self.run.id().0, &event).await?;
        Ok(())
    }

    async fn ended(&self, tx: &mut Tx, ended: &Ended) -> Result<()> {
        if !self.keeps(ended) {
            return Ok(());
        }
        let receipt = &ended.receipt;
        let id = self.member.contribution_id;
        let event = match (&ended.answer, receipt.outcome) {
            (Some(answer), _) => {
                let read = self.question.read(answer);
                let stored = Answer {
                    content: &read.content,
                    readable: read.readable,
                    tokens_in: receipt.tokens_in,
                    tokens_out: receipt.tokens_out,
                    model_used: receipt.model_used.as_deref(),
                    cost_microusd: receipt.cost_microusd,
                    invocation_id: receipt.id,
                };
                tx.insert_contribution(self.run.id(), self.round, self.member, &stored)
                    .await?;
                tx.end_member(id, MemberState::Completed, Some(receipt.id), None, None)
                    .await?;
                RunEvent::ContributionCompleted {
                    contribution_id: id,
                    tokens_in: receipt.tokens_in,
                    tokens_out: receipt.tokens_out,
                    model_used: receipt.model_used.clone(),
                }
            }
            (None, outcome) => {
                let blocked = outcome == Outcome::Blocked;
                let state = if blocked {
                    MemberState::Blocked
                } else {
                    MemberState::Failed
                };
                let kind = receipt.error_type.clone().unwrap_or_default();
                let error = receipt.error.clone().unwrap_or_default();
                tx.end_member(
                    id,
                    state,
                    Some(receipt.id),
                    receipt.policy_id,
                    Some((&kind, &error)),
                )
                .await?;
                if blocked {
                    RunEvent::ContributionBlocked {
                        contribution_id: id,
                        policy_id: receipt.policy_id,
                        reason: error,
                    }
                } else {
                    RunEvent::ContributionFailed {
                        contribution_id: id,
                        error_type: kind,
                        error,
                    }
                }
            }
        };
        tx.tell_run(self.run.id().0, &event).await?;
        Ok(())
    }
}
