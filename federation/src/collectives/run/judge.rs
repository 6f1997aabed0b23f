//! Whether recommendations say the same: the normaliser where it is sure, else
//! a judging agent, one call for each pair.

use async_trait::async_trait;
use futures::future::join_all;
use model::{Action, ComparedBy, ComparedPair, Invocation, MemberState, Outcome, RunEvent};

use super::Run;
use crate::{
    Error, Result,
    collectives::{
        consensus::{Pair, Sameness, Voice, pairs},
        prompts,
    },
    invocation::{Ended, Order, Record, Route, invoke},
    routing,
    store::{
        Tx,
        collectives::{JudgedPair, NewPair},
    },
};

/// The task type of judging agents.
const TASK: &str = "policy_check";
/// Pairs that are judged in one round; more stay unsure.
const MOST_PAIRS: usize = 100;
/// Output tokens of a judgement at the most.
const MAX_TOKENS: u32 = 1_000;
/// Longest reason that is kept, in characters.
const REASON_MAX: usize = 1_000;

/// What was found of each pair of texts. Judges are asked where the normaliser
/// is not sure and one is routed.
pub(super) async fn compare(
    run: &Run<'_>,
    round: i32,
    voices: &[Voice<'_>],
) -> Result<Vec<ComparedPair>> {
    let pairs = pairs(voices);
    let unsure: Vec<&Pair<'_>> = pairs
        .iter()
        .filter(|pair| pair.sameness == Sameness::Unsure)
        .take(MOST_PAIRS)
        .collect();
    let known = run.engine.store().judged_pairs(run.id(), round).await?;
    let ended = |pair: &&Pair<'_>| row_of(&known, pair).is_some_and(|row| row.state.is_final());
    let judged = if unsure.iter().all(ended) || !has_judge(run).await? {
        known
    } else {
        judge(run, round, &unsure).await?
    };
    Ok(pairs.iter().map(|pair| found(pair, &judged)).collect())
}

fn row_of<'a>(judged: &'a [JudgedPair], pair: &Pair<'_>) -> Option<&'a JudgedPair> {
    judged.iter().find(|row| {
        row.left_id == pair.left.contribution && row.right_id == pair.right.contribution
    })
}

async fn has_judge(run: &Run<'_>) -> Result<bool> {
    let agents = routing::resolve_all_agents(run.engine, &run.asked_by, run.hub.id, TASK).await?;
    Ok(!agents.is_empty())
}

async fn judge(run: &Run<'_>, round: i32, unsure: &[&Pair<'_>]) -> Result<Vec<JudgedPair>> {
    let mut tx = run.begin().await?;
    let mut new = 0;
    for pair in unsure {
        let pair = NewPair {
            left_id: pair.left.contribution,
            right_id: pair.right.contribution,
        };
        if tx.insert_pair(run.id(), round, pair).await? {
            new += 1;
        }
    }
    if new > 0 {
        tx.tell_run(run.id().0, &RunEvent::JudgeStarted { pairs: new })
            .await?;
    }
    tx.commit().await?;
    let rows = run.engine.store().judged_pairs(run.id(), round).await?;
    let asked = rows.iter().filter_map(|row| {
        let pair = unsure
            .iter()
            .find(|p| p.left.contribution == row.left_id && p.right.contribution == row.right_id)?;
        Some(ask(run, row, pair))
    });
    for ended in join_all(asked).await {
        ended?;
    }
    run.engine
        .store()
        .judged_pairs(run.id(), round)
        .await
        .map_err(Error::from)
}

/// What is told of a pair.
fn found(pair: &Pair<'_>, judged: &[JudgedPair]) -> ComparedPair {
    let (left, right) = (pair.left.contribution, pair.right.contribution);
    let compared = |same, by, reason: &str| ComparedPair {
        left,
        right,
        same,
        by,
        reason: reason.to_owned(),
        invocation_id: None,
        error_type: None,
    };
    match &pair.sameness {
        Sameness::Same(why) => return compared(true, ComparedBy::Normaliser, &sentence(why)),
        Sameness::Different(why) => {
            return compared(false, ComparedBy::Normaliser, &sentence(why));
        }
        Sameness::Unsure => {}
    }
    let Some(row) = row_of(judged, pair) else {
        let why = if judged.is_empty() {
            "Nobody is routed to judge it, so it counts as different."
        } else {
            "Too many pairs for one round: the first 100 were judged. This one counts as different."
        };
        return compared(false, ComparedBy::Nobody, why);
    };
    let base = match row.same {
        Some(same) => {
            let why = row.reason.as_deref().unwrap_or_default();
            compared(same, ComparedBy::Judge, why)
        }
        None => {
            let why = row.error.as_deref().unwrap_or_default();
            let why = format!("The judge gave no answer, so it counts as different. {why}");
            compared(false, ComparedBy::Nobody, why.trim_end())
        }
    };
    ComparedPair {
        invocation_id: row.invocation_id,
        error_type: row.error_type.clone(),
        ..base
    }
}

/// A phrase as a sentence.
fn sentence(phrase: &str) -> String {
    let mut chars = phrase.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), chars.as_str())
}

async fn ask(run: &Run<'_>, row: &JudgedPair, pair: &Pair<'_>) -> Result<()> {
    if row.state.is_final() {
        return Ok(());
    }
    if row.attempt >= run.engine.settings().member_attempts {
        let why = format!(
            "The server stopped during each of {} attempts.",
            row.attempt
        );
        return give_up(run, row, MemberState::Unknown, ("unknown", &why)).await;
    }
    let record = Recorder { run, row };
    let order = Order {
        asked_by: &run.asked_by,
        hub: &run.hub,
        route: Route::ByTask,
        purpose: "judgement",
        task_type: TASK,
        artifact_type: super::SUBJECT,
        action: Action::Propose,
        prompt: prompts::judge(
            &run.collective,
            pair.left.recommendation,
            pair.right.recommendation,
        ),
        prompt_template: prompts::JUDGE,
        schema: Some(prompts::judge_schema()),
        max_tokens: run.engine.settings().max_tokens.min(MAX_TOKENS),
        may_shorten: false,
        delegated_by: None,
        account: run.account,
        lease: Some(run.lease),
    };
    // Nobody reads along while a judge writes.
    let mut text = |_: &str| {};
    match invoke(run.engine, order, &record, &mut text).await {
        Ok(_) => Ok(()),
        // The last policy was taken away in this moment.
        Err(error) if error.code() == "no_route" => {
            let why = "Nobody is routed to judge it any more.";
            give_up(run, row, MemberState::Failed, ("no_route", why)).await
        }
        Err(error) => Err(error),
    }
}

async fn give_up(
    run: &Run<'_>,
    row: &JudgedPair,
    state: MemberState,
    error: (&str, &str),
) -> Result<()> {
    let mut tx = run.begin().await?;
    tx.end_pair(row.id, state, None, None, Some(error)).await?;
    tx.tell_run(run.id().0, &told(row, None, error.1)).await?;
    tx.commit().await?;
    Ok(())
}

fn told(row: &JudgedPair, same: Option<bool>, reason: &str) -> RunEvent {
    RunEvent::JudgeCompleted {
        left: row.left_id,
        right: row.right_id,
        same,
        reason: reason.to_owned(),
    }
}

/// Writes the judgement's part of each transaction of the gate.
struct Recorder<'a> {
    run: &'a Run<'a>,
    row: &'a JudgedPair,
}

#[async_trait]
impl Record for Recorder<'_> {
    async fn started(&self, tx: &mut Tx, receipt: &Invocation) -> Result<()> {
        tx.begin_pair(self.row.id, receipt.id).await?;
        Ok(())
    }

    async fn ended(&self, tx: &mut Tx, ended: &Ended) -> Result<()> {
        let receipt = &ended.receipt;
        let id = Some(receipt.id);
        if let Some((same, reason)) = verdict(ended) {
            let found = Some((same, reason.as_str()));
            tx.end_pair(self.row.id, MemberState::Completed, found, id, None)
                .await?;
            tx.tell_run(self.run.id().0, &told(self.row, Some(same), &reason))
                .await?;
            return Ok(());
        }
        let state = match receipt.outcome {
            Outcome::Blocked => MemberState::Blocked,
            _ => MemberState::Failed,
        };
        let (kind, error) = if receipt.outcome == Outcome::Succeeded {
            let why = "The judge answered, but no JSON object with \"same\" could be read in it.";
            ("unreadable", why)
        } else {
            (
                receipt.error_type.as_deref().unwrap_or_default(),
                receipt.error.as_deref().unwrap_or_default(),
            )
        };
        tx.end_pair(self.row.id, state, None, id, Some((kind, error)))
            .await?;
        tx.tell_run(self.run.id().0, &told(self.row, None, error))
            .await?;
        Ok(())
    }
}

/// What the judge has said, where it said it.
fn verdict(ended: &Ended) -> Option<(bool, String)> {
    let content = &ended.answer.as_ref()?.content;
    let same = content.get("same")?.as_bool()?;
    let reason = content.get("reason").and_then(serde_json::Value::as_str);
    let reason: String = reason
        .unwrap_or_default()
        .chars()
        .take(REASON_MAX)
        .collect();
    Some((same, reason))
}
