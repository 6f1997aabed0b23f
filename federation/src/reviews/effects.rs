//! What an acceptance does in the hub, and how it is taken back.

use model::{
    Caller, CandidateId, CandidateStatus, ChosenDuplicates, NewProposalReview, Proposal, Verdict,
    candidate_body, text_of,
};
use serde_json::Value;

use super::{reported, reported_ids};
use crate::{
    Engine, Error, Result, StoreError,
    store::{Tx, reviews::Dependents},
};

pub(super) const DUPLICATES: &str = "duplicate_report";
const CANDIDATE: &str = "requirement_candidate";
const SUMMARY: &str = "widget_summary";
const IMPLEMENTATION: &str = "implementation_proposal";

/// Writes what follows from accepting `content`, in the transaction of the
/// review record.
pub(crate) async fn apply(
    tx: &mut Tx,
    proposal: &Proposal,
    content: &Value,
    duplicates: Option<ChosenDuplicates>,
    by: &Caller,
) -> Result<()> {
    match proposal.artifact_type.as_str() {
        CANDIDATE => {
            let Value::Object(fields) = content else {
                return Err(Error::Internal("a candidate is no object".to_owned()));
            };
            let title = text_of(fields, "title").unwrap_or_default().trim();
            let body = candidate_body(fields);
            tx.insert_drafted_candidate(proposal, title, &body, &by.name)
                .await?;
        }
        SUMMARY => {
            let widget = proposal
                .source_widget_id
                .ok_or_else(|| Error::Internal("a summary of no widget".to_owned()))?;
            tx.insert_summary(proposal, widget, content).await?;
        }
        IMPLEMENTATION => {
            let decision = proposal
                .source_decision_id
                .ok_or_else(|| Error::Internal("an implementation of no decision".to_owned()))?;
            tx.insert_implementation(proposal, decision, content)
                .await?;
        }
        DUPLICATES => {
            let chosen = duplicates
                .ok_or_else(|| Error::Internal("no duplicates were chosen".to_owned()))?;
            link(tx, proposal, chosen).await?;
        }
        // Other types leave nothing but the decision.
        _ => {}
    }
    Ok(())
}

/// Links duplicates to the one that stays. Candidates are locked in the order
/// of their ids, so that two reports cannot wait for each other.
async fn link(tx: &mut Tx, proposal: &Proposal, chosen: ChosenDuplicates) -> Result<()> {
    let kept = chosen.kept_candidate_id;
    let mut all = chosen.duplicate_candidate_ids;
    all.push(kept);
    all.sort_unstable();
    for one in all {
        let free = if one == kept {
            tx.locked_status(kept).await? != Some(CandidateStatus::Duplicate)
        } else {
            tx.mark_duplicate(proposal, kept, one)
                .await
                .or_else(taken)?
        };
        if !free {
            return Err(already_duplicate(one));
        }
    }
    Ok(())
}

/// The database's own refusal of a second link.
fn taken(error: StoreError) -> Result<bool, StoreError> {
    if error.is_unique_violation() {
        return Ok(false);
    }
    Err(error)
}

fn already_duplicate(id: CandidateId) -> Error {
    Error::conflict(
        "already_duplicate",
        format!("the candidate {id} is a duplicate of another one already; choose again"),
    )
}

/// What the reviewer of a report chose, checked; `None` for all else.
pub(super) async fn chosen(
    engine: &Engine,
    proposal: &Proposal,
    review: &NewProposalReview,
) -> Result<Option<ChosenDuplicates>> {
    let keeps = matches!(review.verdict, Verdict::Accepted | Verdict::Revised);
    if proposal.artifact_type != DUPLICATES || !keeps {
        return Ok(None);
    }
    let Some(mut chosen) = review.duplicates.clone() else {
        return Err(Error::invalid(
            "duplicates",
            "is needed: which candidate stays, and which ones are its duplicates; reject the report where none is",
        ));
    };
    chosen.duplicate_candidate_ids.sort_unstable();
    chosen.duplicate_candidate_ids.dedup();
    if chosen.duplicate_candidate_ids.is_empty() {
        return Err(Error::invalid(
            "duplicates.duplicate_candidate_ids",
            "must name at least one candidate",
        ));
    }
    if chosen
        .duplicate_candidate_ids
        .contains(&chosen.kept_candidate_id)
    {
        return Err(Error::invalid(
            "duplicates.duplicate_candidate_ids",
            "must not name the candidate that stays",
        ));
    }
    let known = reported_ids(proposal);
    if !known.contains(&chosen.kept_candidate_id) {
        return Err(not_reported("duplicates.kept_candidate_id"));
    }
    let named = &chosen.duplicate_candidate_ids;
    if !named.iter().all(|id| known.contains(id)) {
        return Err(not_reported("duplicates.duplicate_candidate_ids"));
    }
    let there = reported(engine, proposal).await?;
    for id in named.iter().chain([&chosen.kept_candidate_id]) {
        let field = if *id == chosen.kept_candidate_id {
            "duplicates.kept_candidate_id"
        } else {
            "duplicates.duplicate_candidate_ids"
        };
        let Some(candidate) = there.iter().find(|one| one.id == *id) else {
            return Err(Error::unknown("requirement candidate", field));
        };
        let hub = engine.store().candidate_hub(*id).await?;
        if hub != Some(proposal.hub_id) {
            return Err(Error::invalid(field, "names a candidate of another hub"));
        }
        if candidate.status == CandidateStatus::Duplicate {
            return Err(already_duplicate(*id));
        }
    }
    Ok(Some(chosen))
}

fn not_reported(field: &str) -> Error {
    Error::invalid(
        field,
        "names a candidate that this report does not speak about",
    )
}

/// Takes back what an acceptance wrote.
///
/// # Errors
/// `depended_on` where something in the hub has come to depend on it.
pub(super) async fn withdraw(tx: &mut Tx, proposal: &Proposal) -> Result<()> {
    match proposal.artifact_type.as_str() {
        CANDIDATE => withdraw_candidate(tx, proposal).await?,
        SUMMARY => tx.withdraw_summary(proposal.id).await?,
        IMPLEMENTATION => tx.withdraw_implementation(proposal.id).await?,
        DUPLICATES => {
            if let Some(changed) = tx.withdraw_duplicates(proposal.id).await? {
                return Err(depended_on(format!(
                    "the status of the candidate {changed} was changed since"
                )));
            }
        }
        _ => {}
    }
    Ok(())
}

async fn withdraw_candidate(tx: &mut Tx, proposal: &Proposal) -> Result<()> {
    let Some(id) = tx.drafted_candidate(proposal.id).await? else {
        return Ok(());
    };
    if let Some(reason) = reason(tx.dependents(id).await?) {
        return Err(depended_on(reason));
    }
    tx.archive_candidate(id).await?;
    Ok(())
}

fn reason(on: Dependents) -> Option<&'static str> {
    if on.decisions {
        Some("a decision record refers to its candidate")
    } else if on.proposals {
        Some("an agent was asked about its candidate")
    } else if on.collectives {
        Some("agents were asked about its candidate together")
    } else if on.duplicates {
        Some("its candidate was linked with a duplicate")
    } else if on.version > 1 {
        Some("its candidate was edited")
    } else {
        None
    }
}

fn depended_on(reason: impl std::fmt::Display) -> Error {
    Error::conflict(
        "depended_on",
        format!("this can no longer be undone: {reason}"),
    )
}
