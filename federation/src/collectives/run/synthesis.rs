//! The synthesis: by the agent of the highest priority that can give one.

use std::sync::atomic::{AtomicI32, Ordering};

use async_trait::async_trait;
use model::{Action, Consensus, Contribution, Invocation, Outcome, RunEvent, SynthesisState};
use rand::{SeedableRng, rngs::SmallRng, seq::SliceRandom};
use serde_json::{Value, json};

use super::{LastRound, Run, route, stage};
use crate::{
    Result,
    collectives::{explain::MINORITY, prompts, rounds},
    invocation::{Ended, Order, Record, invoke},
    store::{Tx, collectives::Member},
};

/// Asks the members in the order of preference until one has synthesised.
pub(super) async fn ask(
    run: &Run<'_>,
    last: &LastRound,
    contributions: &[Contribution],
    judged: &Consensus,
) -> Result<()> {
    let row = run.engine.store().synthesis_row(run.id()).await?;
    if !matches!(
        row.synthesis_state,
        SynthesisState::Pending | SynthesisState::Running
    ) {
        return Ok(());
    }
    let members = run.engine.store().members(run.id(), 1).await?;
    let store = run.engine.store();
    let tried = store.tried_syntheses(run.lease.work, last.since).await?;
    let cut = tried
        .iter()
        .filter(|t| t.outcome == Outcome::Unknown)
        .count();
    let used_up = i32::try_from(cut).unwrap_or(i32::MAX) >= run.engine.settings().member_attempts;
    // Who has failed is not asked again; whose call was cut is.
    let has_failed = |member: &&Member| {
        tried
            .iter()
            .any(|t| t.agent == Some(member.agent_registration_id) && t.outcome != Outcome::Unknown)
    };
    let mut candidates: Vec<&Member> = Vec::new();
    if !used_up {
        for member in members.iter().filter(|m| !has_failed(m)) {
            // A round that is asked for later asks nobody who was let go since.
            let agent = member.agent_registration_id;
            if run.is_planned(last.number) || run.is_active(agent).await? {
                candidates.push(member);
            }
        }
    }
    let prompt = prompt(run, last, contributions);
    for (n, member) in candidates.iter().enumerate() {
        let last = n + 1 == candidates.len();
        if exchange(run, member, judged, prompt.clone(), last).await? {
            return Ok(());
        }
    }
    if candidates.is_empty() {
        let why = if used_up {
            "The server stopped during each attempt to synthesise."
        } else {
            "No agent that could synthesise is left: each has failed, or was let go."
        };
        give_up(run, why).await?;
    }
    Ok(())
}

/// The contributions in an order that a stored seed shuffles: no agent's
/// answer stands first by rank. Where the agents have reviewed each other, what
/// was said of each.
fn prompt(run: &Run<'_>, last: &LastRound, contributions: &[Contribution]) -> String {
    let mut current: Vec<&Contribution> = contributions
        .iter()
        .filter(|c| c.is_current && c.readable)
        .collect();
    let seed = u64::try_from(run.seed).unwrap_or(0);
    current.shuffle(&mut SmallRng::seed_from_u64(seed));
    let given: Vec<_> = current
        .iter()
        .filter_map(|c| {
            Some(prompts::Given {
                name: &c.agent_name,
                content: c.content.as_ref()?,
            })
        })
        .collect();
    let reviews = rounds::reviews(contributions);
    let critiques: Vec<String> = current
        .iter()
        .flat_map(|c| {
            stage::critiques_of(&reviews, c.id)
                .into_iter()
                .map(|text| format!("Of the answer of {}: {text}", c.agent_name))
        })
        .collect();
    prompts::synthesis(run.asked(last.note.as_deref()), &given, &critiques)
}

/// Whether the member gave a synthesis.
async fn exchange(
    run: &Run<'_>,
    member: &Member,
    judged: &Consensus,
    prompt: String,
    last: bool,
) -> Result<bool> {
    let record = Recorder {
        run,
        member,
        judged,
        last,
        attempt: AtomicI32::new(0),
    };
    let why = format!(
        "asked to synthesise, at place {} of the order of preference",
        member.place + 1
    );
    let order = Order {
        asked_by: &run.asked_by,
        hub: &run.hub,
        route: route(run, member, &why).await?,
        purpose: "synthesis",
        task_type: &run.collective.task_type,
        artifact_type: super::SUBJECT,
        action: Action::Propose,
        prompt,
        prompt_template: prompts::SYNTHESIS,
        schema: Some(prompts::schema()),
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
            .add_text(run.id().0, run.id().0, attempt, piece);
    };
    let ended = invoke(run.engine, order, &record, &mut text).await?;
    Ok(readable(&ended, judged).is_some())
}

/// A synthesis is one only where a recommendation can be read in it. The views
/// that it does not share stand in it, whatever its agent has left out.
fn readable(ended: &Ended, judged: &Consensus) -> Option<Value> {
    let answer = ended.answer.as_ref().filter(|answer| answer.readable)?;
    let mut content = answer.content.clone();
    if let Some(fields) = content.as_object_mut() {
        fields.remove(MINORITY);
        if !judged.minority.is_empty() {
            let views = judged.minority.iter().map(|view| {
                json!({
                    "agents": view.agents,
                    "recommendation": view.recommendation,
                    "rationale": view.rationale,
                })
            });
            fields.insert(MINORITY.to_owned(), views.collect());
        }
    }
    Some(content)
}

async fn give_up(run: &Run<'_>, message: &str) -> Result<()> {
    let mut tx = run.begin().await?;
    tx.end_synthesis(
        run.id(),
        SynthesisState::Failed,
        None,
        None,
        None,
        Some(("unknown", message)),
    )
    .await?;
    let event = RunEvent::SynthesisFailed {
        agent_registration_id: None,
        error_type: "unknown".to_owned(),
        error: message.to_owned(),
    };
    tx.tell_run(run.id().0, &event).await?;
    tx.commit().await?;
    Ok(())
}

/// Writes the synthesis' part of each transaction of the gate.
struct Recorder<'a> {
    run: &'a Run<'a>,
    member: &'a Member,
    judged: &'a Consensus,
    /// Nobody is asked after this one.
    last: bool,
    attempt: AtomicI32,
}

#[async_trait]
impl Record for Recorder<'_> {
    async fn started(&self, tx: &mut Tx, receipt: &Invocation) -> Result<()> {
        let run = self.run.id();
        let agent = self.member.agent_registration_id;
        let attempt = tx.begin_synthesis(run, agent, receipt.id).await?;
        self.attempt.store(attempt, Ordering::Relaxed);
        self.run
            .engine
            .live()
            .begin_text(run.0, run.0, run.0, attempt);
        let event = RunEvent::SynthesisStarted {
            agent_registration_id: agent,
            attempt,
        };
        tx.tell_run(run.0, &event).await?;
        Ok(())
    }

    async fn ended(&self, tx: &mut Tx, ended: &Ended) -> Result<()> {
        let run = self.run.id();
        let agent = self.member.agent_registration_id;
        let receipt = &ended.receipt;
        if let Some(content) = readable(ended, self.judged) {
            tx.end_synthesis(
                run,
                SynthesisState::Completed,
                Some(agent),
                Some(receipt.id),
                Some(&content),
                None,
            )
            .await?;
            let event = RunEvent::SynthesisCompleted {
                agent_registration_id: agent,
                tokens_in: receipt.tokens_in,
                tokens_out: receipt.tokens_out,
                model_used: receipt.model_used.clone(),
            };
            tx.tell_run(run.0, &event).await?;
            return Ok(());
        }
        let (kind, error) = if receipt.outcome == Outcome::Succeeded {
            (
                "unreadable".to_owned(),
                "The agent answered, but no JSON object with a recommendation could be read in it."
                    .to_owned(),
            )
        } else {
            (
                receipt.error_type.clone().unwrap_or_default(),
                receipt.error.clone().unwrap_or_default(),
            )
        };
        let state = if self.last {
            SynthesisState::Failed
        } else {
            SynthesisState::Running
        };
        tx.end_synthesis(
            run,
            state,
            Some(agent),
            Some(receipt.id),
            None,
            Some((&kind, &error)),
        )
        .await?;
        let event = RunEvent::SynthesisFailed {
            agent_registration_id: Some(agent),
            error_type: kind,
            error,
        };
        tx.tell_run(run.0, &event).await?;
        Ok(())
    }
}
