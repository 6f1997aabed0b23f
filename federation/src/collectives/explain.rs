//! What a judgement rests on: vendors, fields, the views of the few, scores,
//! origins. It explains; the status is judged without it.

use std::collections::HashMap;

use model::{
    Consensus, Contribution, ContributionId, FieldAgreement, FieldCluster, GivenReview,
    MinorityView, ReviewAgreement, ReviewedAnswer, SentenceOrigin, Vendor,
};
use serde_json::Value;

use super::{consensus::rationale, fields, origin, rounds};

/// The field of a synthesis with the views that it does not share.
pub(super) const MINORITY: &str = "minority_report";

/// Fills what explains a judgement. Takes the time of some thousand resamples:
/// not for a thread that others wait for.
pub(super) fn fill(consensus: &mut Consensus, contributions: &[Contribution], seed: i64) {
    let voices: Vec<&Contribution> = contributions
        .iter()
        .filter(|c| c.is_current && c.readable)
        .collect();
    let seed = u64::try_from(seed).unwrap_or(0);
    consensus.vendors = vendors(&voices);
    consensus.independence = independence(&consensus.vendors);
    consensus.minority = minority(consensus, &voices);
    if consensus.readable >= consensus.quorum {
        consensus.fields = compare(consensus, &voices, seed);
    }
    consensus.review = review(&voices, &rounds::reviews(contributions), seed);
}

/// In the order in which each vendor comes first.
fn vendors(voices: &[&Contribution]) -> Vec<Vendor> {
    let mut vendors: Vec<Vendor> = Vec::new();
    for voice in voices {
        let agent = voice.agent_name.clone();
        match vendors.iter_mut().find(|v| v.name == voice.vendor) {
            Some(vendor) => vendor.agents.push(agent),
            None => vendors.push(Vendor {
                name: voice.vendor.clone(),
                agents: vec![agent],
            }),
        }
    }
    vendors
}

/// What shared vendors mean, where there are any.
fn independence(vendors: &[Vendor]) -> Option<String> {
    let agents: usize = vendors.iter().map(|v| v.agents.len()).sum();
    if vendors.len() == agents {
        return None;
    }
    let shared: Vec<String> = vendors
        .iter()
        .filter(|v| v.agents.len() > 1)
        .map(|v| format!("{} of {}", v.agents.len(), v.name))
        .collect();
    let voices = match vendors.len() {
        1 => "one independent voice".to_owned(),
        n => format!("{n} independent voices"),
    };
    Some(format!(
        "{agents} agents, {}: models of one vendor tend to err alike, so what they agree on weighs as {voices}. The status does not change by that.",
        shared.join(", ")
    ))
}

/// The views outside the largest group; where no group is the largest alone,
/// all of them.
fn minority(consensus: &Consensus, voices: &[&Contribution]) -> Vec<MinorityView> {
    let groups = &consensus.groups;
    if consensus.readable < consensus.quorum || groups.len() < 2 {
        return Vec::new();
    }
    let leads = groups[0].contribution_ids.len() > groups[1].contribution_ids.len();
    groups
        .iter()
        .skip(usize::from(leads))
        .map(|group| MinorityView {
            agents: group.agents.clone(),
            contribution_ids: group.contribution_ids.clone(),
            recommendation: group.recommendation.clone(),
            rationale: group
                .contribution_ids
                .iter()
                .filter_map(|id| voices.iter().find(|c| c.id == *id))
                .find_map(|c| rationale(c.content.as_ref()?)),
        })
        .collect()
}

/// A number for each vendor, in the order of the contributions.
fn numbered<'a>(vendors: impl Iterator<Item = &'a str>) -> Vec<usize> {
    let mut known: HashMap<&str, usize> = HashMap::new();
    vendors
        .map(|vendor| {
            let next = known.len();
            *known.entry(vendor).or_insert(next)
        })
        .collect()
}

fn compare(consensus: &Consensus, voices: &[&Contribution], seed: u64) -> Vec<FieldAgreement> {
    let voices: Vec<(&Contribution, &Value)> = voices
        .iter()
        .filter_map(|c| Some((*c, c.content.as_ref()?)))
        .collect();
    let contents: Vec<&Value> = voices.iter().map(|(_, content)| *content).collect();
    let vendors = numbered(voices.iter().map(|(c, _)| c.vendor.as_str()));
    let group = |id: ContributionId| {
        let groups = &consensus.groups;
        let at = groups.iter().position(|g| g.contribution_ids.contains(&id));
        at.unwrap_or(groups.len())
    };
    let groups: Vec<usize> = voices.iter().map(|(c, _)| group(c.id)).collect();
    let ids = |places: &[usize]| -> Vec<ContributionId> {
        let known = places.iter().filter_map(|at| voices.get(*at));
        known.map(|(c, _)| c.id).collect()
    };
    fields::compare(&contents, &vendors, &groups, seed)
        .into_iter()
        .map(|found| FieldAgreement {
            kind: found.kind,
            given: found.given,
            agreeing: found.agreeing,
            clusters: found
                .clusters
                .iter()
                .map(|cluster| FieldCluster {
                    value: cluster.value.clone(),
                    contribution_ids: ids(&cluster.contributions),
                })
                .collect(),
            odd_ones: ids(&found.odd_ones),
            alpha: found.alpha,
            undefined: found.undefined,
            units: found.units,
            interval: found.interval,
            spread: found.spread,
            capped: found.capped,
            field: found.field,
        })
        .collect()
}

/// A review as it is stored.
struct Stored<'a> {
    answer: &'a str,
    score: f64,
    critique: Option<&'a str>,
}

fn stored(review: &Contribution) -> Vec<Stored<'_>> {
    let given = review.content.as_ref().and_then(|c| c.get("reviews"));
    let given = given.and_then(Value::as_array);
    given
        .into_iter()
        .flatten()
        .filter_map(|one| {
            Some(Stored {
                answer: one.get("contribution_id")?.as_str()?,
                score: one.get("score")?.as_f64()?,
                critique: one.get("critique").and_then(Value::as_str),
            })
        })
        .collect()
}

/// The scores of the answers that count, best first; `None` where nobody has
/// reviewed any of them.
fn review(
    voices: &[&Contribution],
    reviews: &[&Contribution],
    seed: u64,
) -> Option<ReviewAgreement> {
    let given: Vec<(&Contribution, Vec<Stored<'_>>)> = reviews
        .iter()
        .map(|review| (*review, stored(review)))
        .collect();
    let mut rows = Vec::new();
    let mut answers = Vec::new();
    for voice in voices {
        let id = voice.id.to_string();
        let mut row = Vec::new();
        let mut told = Vec::new();
        for (reviewer, stored) in &given {
            let one = stored.iter().find(|one| one.answer == id);
            row.push(one.map(|one| one.score));
            told.extend(one.map(|one| GivenReview {
                reviewer: reviewer.agent_name.clone(),
                review_id: reviewer.id,
                score: one.score,
                critique: one.critique.map(str::to_owned),
            }));
        }
        if !told.is_empty() {
            rows.push(row);
            answers.push((voice, told));
        }
    }
    if answers.is_empty() {
        return None;
    }
    let vendors = numbered(reviews.iter().map(|c| c.vendor.as_str()));
    let found = fields::review_scores(&rows, &vendors, seed);
    let mut answers: Vec<ReviewedAnswer> = answers
        .into_iter()
        .zip(&found.means)
        .map(|((voice, reviews), mean)| ReviewedAnswer {
            contribution_id: voice.id,
            agent: voice.agent_name.clone(),
            mean_score: mean.unwrap_or_default(),
            reviews,
        })
        .collect();
    answers.sort_by(|a, b| b.mean_score.total_cmp(&a.mean_score));
    Some(ReviewAgreement {
        answers,
        alpha: found.alpha,
        undefined: found.undefined,
        interval: found.interval,
    })
}

/// Where each sentence of a synthesis comes from. The views of the few that
/// the engine has written into it are theirs.
pub(super) fn origins(synthesis: &Value, contributions: &[Contribution]) -> Vec<SentenceOrigin> {
    let voices: Vec<(&Contribution, &Value)> = contributions
        .iter()
        .filter(|c| c.is_current && c.readable)
        .filter_map(|c| Some((c, c.content.as_ref()?)))
        .collect();
    let contents: Vec<&Value> = voices.iter().map(|(_, content)| *content).collect();
    let mut own = synthesis.clone();
    if let Some(fields) = own.as_object_mut() {
        fields.remove(MINORITY);
    }
    origin::origins(&own, &contents)
        .into_iter()
        .map(|found| SentenceOrigin {
            field: found.field,
            sentence: found.sentence,
            contribution_ids: found
                .contributions
                .iter()
                .filter_map(|at| voices.get(*at))
                .map(|(c, _)| c.id)
                .collect(),
        })
        .collect()
}
