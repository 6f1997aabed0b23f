//! Counting a period.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use model::{
    Agent, AgentVersion, Difference, Measures, PeopleConfidence, PerformanceRecord,
    PerformanceRecordId, ProposalStatus, Ratio, Slice, TrustEvidence, VersionChange,
};

use super::statistics::{Forecast, bins, brier, brier_skill, calibration};
use crate::{
    Engine, Result,
    store::performance::{Group, Period, Said},
};

/// All that is counted of an agent in a period.
pub(super) async fn measures(engine: &Engine, agent: &Agent, period: Period) -> Result<Measures> {
    let store = engine.store();
    let (groups, middle, calls, said, outcomes, versions) = tokio::join!(
        store.measured(agent.id, period),
        store.middle_decision_times(agent.id, period),
        store.calls_of(agent.id, period),
        store.said_of(agent.id, period),
        store.outcomes_of(agent.id, agent.hub_id, period),
        store.agent_versions(agent.id),
    );
    let groups = groups?;
    let mut total = Sums::default();
    groups.iter().for_each(|group| total.add(group));
    let version_of = |group: &Group| group.agent_version.unwrap_or_default();
    let by_version = split(&groups, version_of);
    let evidence = evidence(agent, &versions?, &by_version);
    let mut measures = Measures {
        reliability: bins(&total.forecasts),
        total: total.finish(String::new()),
        by_task_type: named(split(&groups, |group| group.task_type.clone())),
        by_artifact_type: named(split(&groups, |group| group.artifact_type.clone())),
        median_decision_ms: median(&middle?),
        calls: calls?,
        people: people(&said?),
        outcomes: outcomes?,
        change: change(&by_version),
        evidence: Some(evidence),
        by_version: named(by_version),
    };
    measures.by_version.reverse();
    Ok(measures)
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
        slice.tokens += group.tokens;
        slice.cost_microusd += group.cost_microusd;
        slice.unpriced += group.unpriced;
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

    fn finish(self, key: String) -> Slice {
        let mut slice = self.slice;
        slice.key = key;
        slice.mean_confidence =
            (slice.with_confidence > 0).then(|| self.confidence / slice.with_confidence as f64);
        slice.calibration = calibration(&self.forecasts);
        slice.brier = brier(&self.forecasts);
        slice.brier_skill = brier_skill(&self.forecasts);
        slice
    }
}

fn split<K: Ord + ToString>(groups: &[Group], key: impl Fn(&Group) -> K) -> Vec<(K, Slice)> {
    let mut sums: BTreeMap<K, Sums> = BTreeMap::new();
    for group in groups {
        sums.entry(key(group)).or_default().add(group);
    }
    sums.into_iter()
        .map(|(key, sums)| {
            let name = key.to_string();
            (key, sums.finish(name))
        })
        .collect()
}

fn named<K>(slices: Vec<(K, Slice)>) -> Vec<Slice> {
    slices.into_iter().map(|(_, slice)| slice).collect()
}

fn median(middle: &[i64]) -> Option<i64> {
    let last = middle.last()?;
    let first = middle.first()?;
    Some(first + (last - first) / 2)
}

/// The newest version with decisions against the one with decisions before it.
fn change(by_version: &[(i32, Slice)]) -> Option<VersionChange> {
    let mut decided = by_version
        .iter()
        .rev()
        .filter_map(|(version, slice)| Some((*version, slice.acceptance()?)));
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
fn evidence(
    agent: &Agent,
    versions: &[AgentVersion],
    by_version: &[(i32, Slice)],
) -> TrustEvidence {
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
    let (accepted, decided) = by_version
        .iter()
        .filter(|(version, _)| *version >= since_version)
        .fold((0, 0), |(accepted, decided), (_, slice)| {
            (accepted + slice.accepted, decided + slice.decided())
        });
    TrustEvidence {
        trust_level: agent.trust_level,
        since_version,
        acceptance: Ratio::of(accepted, decided),
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
