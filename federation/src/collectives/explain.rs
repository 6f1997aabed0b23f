//! What a judgement rests on: vendors, fields, views of the few, origins.

use model::{Consensus, Contribution, MinorityView, SentenceOrigin, Vendor};
use serde_json::Value;

use super::consensus::rationale;

/// The field of a synthesis with the views that it does not share.
pub(super) const MINORITY: &str = "minority_report";

/// Fills what explains a judgement.
pub(super) fn fill(consensus: &mut Consensus, contributions: &[Contribution], _seed: i64) {
    let voices: Vec<&Contribution> = contributions
        .iter()
        .filter(|c| c.is_current && c.readable)
        .collect();
    consensus.vendors = vendors(&voices);
    consensus.independence = independence(&consensus.vendors);
    consensus.minority = minority(consensus, &voices);
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
        "{agents} agents, {}: models of one vendor tend to err alike, so this agreement weighs as {voices}. The status does not change by that.",
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

/// Where each sentence of a synthesis comes from.
pub(super) fn origins(_synthesis: &Value, _contributions: &[Contribution]) -> Vec<SentenceOrigin> {
    Vec::new()
}
