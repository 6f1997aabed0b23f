//! What a person does with an agent proposal: decides, comments, takes back,
//! says how sure one can be, judges before the agent's opinion is uncovered.

mod confidence;
mod cover;
mod decide;
pub(crate) mod effects;
mod judgement;
mod undo;

use std::collections::BTreeSet;

use model::{
    Caller, CandidateBrief, CandidateId, Proposal, ProposalId, ProposalReview, ProposalStatus,
    ReviewDetail, Role,
};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    Engine, Error, Result,
    error::require,
    proposals::{SUBJECT, find, source_of},
};

pub use confidence::{annotate, annotations};
pub(crate) use cover::{
    cover, cover_all, cover_answers, cover_results, is_covered, text_is_held_back,
};
pub(crate) use decide::auto_apply;
pub use decide::decide;
pub use judgement::{judge, judgements};

/// An agent proposal with all that a reviewer needs.
pub async fn detail(engine: &Engine, caller: &Caller, id: ProposalId) -> Result<ReviewDetail> {
    require(caller, Role::Viewer)?;
    let read = find(engine, id).await?;
    let store = engine.store();
    let own_judgement = store.own_judgement(id, read.round, caller).await?;
    let source = source_of(engine, &read).await?;
    let candidates = reported(engine, &read).await?;
    let effects = if read.status.is_decided() {
        store.effects(id).await?
    } else {
        Vec::new()
    };
    let can_undo = can_undo(engine, caller, &read).await?;
    let annotations = confidence::of(engine, caller, &read).await?;
    let reviews = reviews_of(engine, caller, &read).await?;
    Ok(ReviewDetail {
        proposal: cover(engine, caller, read).await?,
        source,
        reviews,
        annotations,
        own_judgement,
        effects,
        candidates,
        can_undo,
    })
}

/// The review records of an agent proposal, newest first.
pub async fn list(engine: &Engine, caller: &Caller, id: ProposalId) -> Result<Vec<ProposalReview>> {
    require(caller, Role::Viewer)?;
    let read = find(engine, id).await?;
    let mut reviews = reviews_of(engine, caller, &read).await?;
    reviews.reverse();
    Ok(reviews)
}

/// A revision of an earlier decision holds the agent's opinion too.
async fn reviews_of(
    engine: &Engine,
    caller: &Caller,
    read: &Proposal,
) -> Result<Vec<ProposalReview>> {
    let mut reviews = engine.store().proposal_reviews(read.id).await?;
    if cover::is_covered(engine, caller, read).await? {
        for review in &mut reviews {
            review.content = review.content.take().map(cover::without_opinion);
        }
    }
    Ok(reviews)
}

/// The candidates that a report on duplicates speaks about: its source, and
/// all that its answer names by id.
async fn reported(engine: &Engine, proposal: &Proposal) -> Result<Vec<CandidateBrief>> {
    if proposal.artifact_type != effects::DUPLICATES {
        return Ok(Vec::new());
    }
    let ids: Vec<CandidateId> = reported_ids(proposal).into_iter().collect();
    Ok(engine.store().candidate_briefs(&ids).await?)
}

fn reported_ids(proposal: &Proposal) -> BTreeSet<CandidateId> {
    let mut ids = BTreeSet::new();
    if let Some(content) = &proposal.content {
        named_ids(content, &mut ids);
    }
    ids.extend(proposal.source_candidate_id);
    ids
}

/// Every text that is an id, wherever the answer has it.
fn named_ids(value: &Value, ids: &mut BTreeSet<CandidateId>) {
    match value {
        Value::String(text) => ids.extend(text.trim().parse::<Uuid>().ok().map(CandidateId)),
        Value::Array(items) => items.iter().for_each(|item| named_ids(item, ids)),
        Value::Object(fields) => fields.values().for_each(|value| named_ids(value, ids)),
        _ => {}
    }
}

/// Whether the caller can take back what stands.
async fn can_undo(engine: &Engine, caller: &Caller, proposal: &Proposal) -> Result<bool> {
    if !proposal.status.is_decided() || !caller.may(Role::Reviewer) {
        return Ok(false);
    }
    if proposal.auto_applied {
        return Ok(true);
    }
    let last = engine.store().standing_decision(caller).await?;
    Ok(last == Some(proposal.id.0))
}

/// Why nobody can decide on a proposal in this state; `None` where one can.
fn not_open(proposal: &Proposal) -> Option<Error> {
    match proposal.status {
        ProposalStatus::Pending => None,
        ProposalStatus::Queued | ProposalStatus::Running => Some(Error::conflict(
            "not_pending",
            "the agent is still at work; decide when it has answered",
        )),
        ProposalStatus::Accepted | ProposalStatus::Rejected | ProposalStatus::Revised => {
            let by = proposal.decided_by.as_deref().unwrap_or("somebody");
            Some(Error::conflict(
                "already_decided",
                format!(
                    "this was decided already: {}, by {by}; undo that decision to decide again",
                    proposal.status
                ),
            ))
        }
        ProposalStatus::BlockedByPolicy
        | ProposalStatus::Failed
        | ProposalStatus::Cancelled
        | ProposalStatus::Unknown => Some(Error::conflict(
            "nothing_to_decide",
            "this proposal ended without an answer; there is nothing to decide on",
        )),
    }
}
