//! Decide first: what is held back until a reviewer has judged.
//!
//! Everything that hands out proposals to somebody passes here. In a hub that
//! decides first, an undecided proposal comes without the agent's confidence
//! and recommendation for everybody who has not judged this round.

use model::{Caller, Delegation, HubId, Proposal, ProposalAnswer, ProposalId};
use serde_json::Value;

use crate::{Engine, Result};

/// The fields of an answer that say what the agent thinks of it; the last
/// three stand in a report on duplicates.
const OPINION: [&str; 5] = [
    "recommendation",
    "confidence",
    "score",
    "same",
    "kept_candidate_id",
];

/// A proposal as the caller may see it.
pub(crate) async fn cover(
    engine: &Engine,
    caller: &Caller,
    mut proposal: Proposal,
) -> Result<Proposal> {
    if is_covered(engine, caller, &proposal).await? {
        hold_back(&mut proposal);
    }
    Ok(proposal)
}

/// Proposals as the caller may see them.
pub(crate) async fn cover_all(
    engine: &Engine,
    caller: &Caller,
    mut proposals: Vec<Proposal>,
) -> Result<Vec<Proposal>> {
    let hubs = engine.store().hubs_that_decide_first().await?;
    for proposal in &mut proposals {
        if covers(engine, caller, proposal, &hubs).await? {
            hold_back(proposal);
        }
    }
    Ok(proposals)
}

/// Delegations as the caller may see them: their results are proposals.
pub(crate) async fn cover_results(
    engine: &Engine,
    caller: &Caller,
    mut delegations: Vec<Delegation>,
) -> Result<Vec<Delegation>> {
    let hubs = engine.store().hubs_that_decide_first().await?;
    for one in &mut delegations {
        if one.result.is_none() || !hubs.contains(&one.hub_id) {
            continue;
        }
        let result = crate::proposals::find(engine, one.result_proposal_id).await?;
        if covers(engine, caller, &result, &hubs).await? {
            one.result = one.result.take().map(without_opinion);
        }
    }
    Ok(delegations)
}

/// The answers of a proposal as the caller may see them.
pub(crate) async fn cover_answers(
    engine: &Engine,
    caller: &Caller,
    proposal: &Proposal,
    mut answers: Vec<ProposalAnswer>,
) -> Result<Vec<ProposalAnswer>> {
    if is_covered(engine, caller, proposal).await? {
        for answer in &mut answers {
            answer.content = without_opinion(std::mem::take(&mut answer.content));
        }
    }
    Ok(answers)
}

pub(crate) async fn is_covered(
    engine: &Engine,
    caller: &Caller,
    proposal: &Proposal,
) -> Result<bool> {
    let hubs = engine.store().hubs_that_decide_first().await?;
    covers(engine, caller, proposal, &hubs).await
}

async fn covers(
    engine: &Engine,
    caller: &Caller,
    proposal: &Proposal,
    hubs: &[HubId],
) -> Result<bool> {
    if proposal.status.is_decided() || !hubs.contains(&proposal.hub_id) {
        return Ok(false);
    }
    let own = engine
        .store()
        .own_judgement(proposal.id, proposal.round, caller)
        .await?;
    Ok(own.is_none())
}

/// Whether the text of an answer under way is held back: nobody can have
/// judged what is not there yet.
pub(crate) async fn text_is_held_back(engine: &Engine, id: ProposalId) -> Result<bool> {
    let Some(proposal) = engine.store().proposal(id).await? else {
        return Ok(true);
    };
    let hubs = engine.store().hubs_that_decide_first().await?;
    Ok(hubs.contains(&proposal.hub_id))
}

fn hold_back(proposal: &mut Proposal) {
    proposal.covered = true;
    proposal.confidence = None;
    proposal.content = proposal.content.take().map(without_opinion);
    proposal.final_content = proposal.final_content.take().map(without_opinion);
}

/// An answer without what the agent thinks of it, at any depth. One that could
/// not be read is a text that may say anything: nothing of it is shown.
pub(super) fn without_opinion(value: Value) -> Value {
    match value {
        Value::Object(fields) if fields.len() == 1 && fields.contains_key("text") => {
            Value::Object(serde_json::Map::new())
        }
        Value::Object(fields) => Value::Object(
            fields
                .into_iter()
                .filter(|(name, _)| !OPINION.contains(&name.trim().to_lowercase().as_str()))
                .map(|(name, value)| (name, without_opinion(value)))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.into_iter().map(without_opinion).collect()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_opinion_is_held_back_at_any_depth() {
        let content = json!({
            "title": "T", "Confidence ": 0.9, "recommendation": "Ship",
            "duplicates": [{ "candidate_id": "x", "score": 0.8, "same": true, "why": "w" }],
        });
        let shown = json!({ "title": "T", "duplicates": [{ "candidate_id": "x", "why": "w" }] });
        assert_eq!(without_opinion(content), shown);
        let unread = json!({ "text": "{\"recommendation\": \"Ship" });
        assert_eq!(without_opinion(unread), json!({}));
    }
}
