//! Counting a period.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use model::{
    Agent, AgentVersion, Calls, Difference, Hub, Measures, Outcome, PeopleConfidence,
    PerformanceRecord, PerformanceRecordId, ProposalStatus, Slice, TaskEvidence, TrustEvidence,
    VersionChange,
};

use super::statistics::{Forecast, bins, brier, brier_skill, calibration};
use crate::{
    Engine, Result,
    store::performance::{CallGroup, Group, Period, Said},
};

/// All that is counted of an agent in a period. Where the hub decides first,
/// the confidence of what waits is in no mean: it would tell what is held back.
pub(super) async fn measures(
    engine: &Engine,
    agent: &Agent,
    hub: &Hub,
    period: Period,
) -> Result<Measures> {
    let store = engine.store();
    let (groups, middle, calls, said, outcomes, versions) = tokio::join!(
        store.measured(agent.id, period),
        store.middle_decision_times(agent.id, period),
        store.calls_of(agent.id, period),
        store.said_of(agent.id, period),
        store.outcomes_of(agent.id, agent.hub_id, period),
        store.agent_versions(agent.id),
    );
    let (mut groups, calls) = (groups?, calls?);
    if hub.decide_first {
        let waiting = groups.iter_mut().filter(|g| !g.status.is_decided());
        waiting.for_each(|group| group.confidence = None);
    }
    let mut total = Sums::default();
    groups.iter().for_each(|group| total.add(group));
    calls.iter().for_each(|group| total.add_use(group));
    let by_version = split(
        &groups,
        &calls,
        |group| group.agent_version,
        |call| call.agent_version,
    );
    let evidence = evidence(agent, &versions?, &groups);
    Ok(Measures {
        reliability: bins(&total.forecasts),
        total: total.finish(),
        by_task_type: named(split(
            &groups,
            &calls,
            |group| group.task_type.clone(),
            |call| call.task_type.clone(),
        )),
        by_artifact_type: named(split(
            &groups,
            &calls,
            |group| group.artifact_type.clone(),
            |call| call.artifact_type.clone(),
        )),
        median_decision_ms: median(&middle?),
        calls: ended(&calls),
        people: people(&said?),
        outcomes: outcomes?,
        change: change(&by_version),
        evidence: Some(evidence),
        covered: hub.decide_first,
        by_version: by_version
            .into_iter()
            .rev()
            .map(|(version, slice)| Slice {
                key: version.map_or_else(|| "unknown".to_owned(), |number| number.to_string()),
                ..slice
            })
            .collect(),
    })
}

/// The row of a snapshot.
pub(super) fn record(
    id: PerformanceRecordId,
    agent: &Agent,
    period: Period,
    computed_at: DateTime<Utc>,
    measures: Measures,
) -> PerformanceRecord {
    let total = &measures.total;
    let count = |count: i64| i32::try_from(count).unwrap_or(i32::MAX);
    PerformanceRecord {
        id,
        agent_registration_id: agent.id,
        hub_id: agent.hub_id,
        period_start: period.start,
        period_end: period.end,
        proposals_generated: count(total.generated),
        proposals_accepted: count(total.accepted),
        proposals_rejected: count(total.rejected),
        proposals_revised: count(total.revised),
        mean_confidence: total.mean_confidence,
        calibration_score: total.calibration.score,
        computed_at,
        measures: Some(measures),
    }
}

/// Counts and forecasts of some proposals.
#[derive(Default)]
struct Sums {
    slice: Slice,
    confidence: f64,
    forecasts: Vec<Forecast>,
}

impl Sums {
    fn add(&mut self, group: &Group) {
        let slice = &mut self.slice;
        let count = group.proposals;
        slice.generated += count;
        if let Some(confidence) = group.confidence {
            slice.with_confidence += count;
            self.confidence += confidence * count as f64;
        }
        let outcome = match group.status {
            // No person's word: it says nothing of how well the agent did.
            ProposalStatus::Accepted if group.auto_applied => {
                slice.auto_applied += count;
                None
            }
            ProposalStatus::Accepted => {
                slice.accepted += count;
                Some(true)
            }
            ProposalStatus::Rejected => {
                slice.rejected += count;
                Some(false)
            }
            ProposalStatus::Revised => {
                slice.revised += count;
                None
            }
            _ => {
                slice.undecided += count;
                None
            }
        };
        if let (Some(confidence), Some(accepted)) = (group.confidence, outcome) {
            self.forecasts.push(Forecast {
                confidence,
                accepted,
                count,
            });
        }
    }

    /// What calls for proposals used; other work is paid elsewhere.
    fn add_use(&mut self, call: &CallGroup) {
        if call.is_for_a_proposal() {
            self.slice.tokens += call.tokens;
            self.slice.cost_microusd += call.cost_microusd;
            self.slice.unpriced += call.unpriced;
        }
    }

    fn finish(self) -> Slice {
        let mut slice = self.slice;
        slice.mean_confidence =
            (slice.with_confidence > 0).then(|| self.confidence / slice.with_confidence as f64);
        slice.calibration = calibration(&self.forecasts);
        slice.brier = brier(&self.forecasts);
        slice.brier_skill = brier_skill(&self.forecasts);
        slice
    }
}

fn split<K: Ord>(
    groups: &[Group],
    calls: &[CallGroup],
    of_group: impl Fn(&Group) -> K,
    of_call: impl Fn(&CallGroup) -> K,
) -> Vec<(K, Slice)> {
    let mut sums: BTreeMap<K, Sums> = BTreeMap::new();
    for group in groups {
        sums.entry(of_group(group)).or_default().add(group);
    }
    for call in calls.iter().filter(|call| call.is_for_a_proposal()) {
        sums.entry(of_call(call)).or_default().add_use(call);
    }
    let finish = |(key, sums): (K, Sums)| (key, sums.finish());
    sums.into_iter().map(finish).collect()
}

fn named(slices: Vec<(String, Slice)>) -> Vec<Slice> {
    slices
        .into_iter()
        .map(|(key, slice)| Slice { key, ..slice })
        .collect()
}

/// How all calls ended.
fn ended(calls: &[CallGroup]) -> Calls {
    let mut ended = Calls::default();
    for group in calls {
        match group.outcome {
            Outcome::Succeeded => ended.succeeded += group.calls,
            Outcome::Failed | Outcome::Unknown => ended.failed += group.calls,
            Outcome::Blocked => ended.blocked += group.calls,
            Outcome::Cancelled => ended.cancelled += group.calls,
            Outcome::Started => {}
        }
    }
    ended
}

fn median(middle: &[i64]) -> Option<i64> {
    let last = middle.last()?;
    let first = middle.first()?;
    Some(first + (last - first) / 2)
}

/// The newest version with decisions against the one with decisions before it.
fn change(by_version: &[(Option<i32>, Slice)]) -> Option<VersionChange> {
    let mut decided = by_version
        .iter()
        .rev()
        .filter_map(|(version, slice)| Some(((*version)?, slice.acceptance()?)));
    let (version, acceptance) = decided.next()?;
    let (before_version, before) = decided.next()?;
    Some(VersionChange {
        version,
        before_version,
        acceptance,
        before,
        difference: Difference::between(&acceptance, &before),
    })
}

/// What people decided of the agent as it is now: of its versions since its
/// trust, model or system prompt last changed. `versions`: newest first.
fn evidence(agent: &Agent, versions: &[AgentVersion], groups: &[Group]) -> TrustEvidence {
    let same = |version: &&AgentVersion| {
        version.trust_level == agent.trust_level
            && version.provider == agent.provider
            && version.model_name == agent.model_name
            && version.system_prompt == agent.system_prompt
    };
    let since_version = versions
        .iter()
        .take_while(same)
        .last()
        .map_or(agent.version, |version| version.version);
    let mut total = Sums::default();
    let mut tasks: BTreeMap<&str, Sums> = BTreeMap::new();
    let counts = |group: &&Group| group.agent_version.is_some_and(|v| v >= since_version);
    for group in groups.iter().filter(counts) {
        total.add(group);
        tasks.entry(&group.task_type).or_default().add(group);
    }
    let of_task = |(task, sums): (&str, Sums)| {
        Some(TaskEvidence {
            task_type: task.to_owned(),
            acceptance: sums.slice.acceptance()?,
        })
    };
    TrustEvidence {
        trust_level: agent.trust_level,
        since_version,
        acceptance: total.slice.acceptance(),
        by_task_type: tasks.into_iter().filter_map(of_task).collect(),
    }
}

fn people(said: &[Said]) -> PeopleConfidence {
    let annotations: i64 = said.iter().map(|said| said.annotations).sum();
    let sum: f64 = said
        .iter()
        .map(|said| said.score * said.annotations as f64)
        .sum();
    let forecasts: Vec<Forecast> = said
        .iter()
        .filter_map(|said| {
            let accepted = match said.status {
                ProposalStatus::Accepted => true,
                ProposalStatus::Rejected => false,
                _ => return None,
            };
            Some(Forecast {
                confidence: said.score,
                accepted,
                count: said.annotations,
            })
        })
        .collect();
    PeopleConfidence {
        annotations,
        mean: (annotations > 0).then(|| sum / annotations as f64),
        brier: brier(&forecasts),
    }
}
