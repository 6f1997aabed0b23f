//! A decision, bound to what was on the screen.

use model::{
    Caller, NewProposalReview, Proposal, ProposalId, ProposalReview, ProposalStatus, Role, Verdict,
    check_parts, with_stand_ins,
};
use serde_json::{Value, json};

use super::{SUBJECT, effects, find, not_open, undo::undo};
use crate::{
    Engine, Error, Result, StoreError, canonical,
    error::{check, require},
    store::{Tx, reviews::Said},
};

/// Accepts, rejects, revises, comments, or takes a decision back. A decision
/// names the hash of what was shown; it is compared in the deciding statement
/// itself.
///
/// # Errors
/// `not_pending`, `nothing_to_decide`, `already_decided`: there is nothing to
/// decide now. `content_changed`: another answer stands there than the one
/// that was shown. `judge_first`: the hub wants an own judgement before.
/// `needs_revision`: the answer lacks what the artifact needs.
pub async fn decide(
    engine: &Engine,
    caller: &Caller,
    id: ProposalId,
    review: NewProposalReview,
) -> Result<ProposalReview> {
    require(caller, Role::Reviewer)?;
    check(&review)?;
    let read = find(engine, id).await?;
    let status = match review.verdict {
        Verdict::Accepted => ProposalStatus::Accepted,
        Verdict::Rejected => ProposalStatus::Rejected,
        Verdict::Revised => ProposalStatus::Revised,
        Verdict::Undone => return undo(engine, caller, &read, &review).await,
        Verdict::Commented => return comment(engine, caller, &read, &review).await,
        Verdict::AnotherRound => {
            return Err(Error::invalid(
                "verdict",
                "must be accepted, rejected, revised, commented or undone",
            ));
        }
    };
    fits(&read, &review)?;
    if let Some(error) = not_open(&read) {
        return Err(error);
    }
    if is_other(&read, &review) {
        return Err(content_changed());
    }
    judged_first(engine, caller, &read).await?;
    let content = final_content(&read, &review)?;
    let duplicates = effects::chosen(engine, &read, &review).await?;

    let mut tx = engine.store().begin().await?;
    let shown = review.content_hash.as_deref();
    let decided = tx
        .decide_proposal(&read, status, content.as_ref(), shown, &caller.name)
        .await?;
    if !decided {
        tx.rollback().await?;
        return Err(why_not(&read, &find(engine, id).await?));
    }
    if let Some(content) = &content {
        effects::apply(&mut tx, &read, content, duplicates, caller).await?;
    }
    let revised = content
        .as_ref()
        .filter(|_| status == ProposalStatus::Revised);
    let said = Said {
        verdict: review.verdict,
        comment: review.comment.as_deref(),
        content_hash: shown.or(read.content_hash.as_deref()),
        content: revised,
    };
    let record = tx.insert_proposal_review(id, caller, &said).await?;
    tell(&mut tx, caller, &read, "proposal.decided", status).await?;
    tx.commit().await?;
    Ok(record)
}

/// Applies an answer in the place of a person, where a policy grants it; in
/// the transaction that keeps the answer. `false`: a person has to decide,
/// since this type of artifact needs one or the answer lacks something.
pub(crate) async fn auto_apply(tx: &mut Tx, read: &Proposal) -> Result<bool> {
    let Some(content) = &read.content else {
        return Ok(false);
    };
    let content = with_stand_ins(&read.artifact_type, content);
    if read.artifact_type == effects::DUPLICATES
        || !check_parts(&read.artifact_type, &content, "content").is_empty()
    {
        return Ok(false);
    }
    let policy = Caller {
        name: "policy".to_owned(),
        ..Caller::system()
    };
    let accepted = ProposalStatus::Accepted;
    if !tx
        .decide_proposal(read, accepted, Some(&content), None, &policy.name)
        .await?
    {
        return Ok(false);
    }
    tx.mark_auto_applied(read.id).await?;
    effects::apply(tx, read, &content, None, &policy).await?;
    let said = Said {
        verdict: Verdict::Accepted,
        comment: None,
        content_hash: read.content_hash.as_deref(),
        content: None,
    };
    tx.insert_proposal_review(read.id, &policy, &said).await?;
    tell(tx, &policy, read, "proposal.auto_applied", accepted).await?;
    Ok(true)
}

/// What a decision changes beside the proposal: the audit, and those who look
/// at the hub.
pub(super) async fn tell(
    tx: &mut Tx,
    caller: &Caller,
    read: &Proposal,
    action: &'static str,
    status: ProposalStatus,
) -> Result<(), StoreError> {
    let what = json!({
        "status": status, "round": read.round, "content_hash": read.content_hash,
        "artifact_type": read.artifact_type,
    });
    tx.audit(caller, action, Some(read.hub_id), SUBJECT, read.id.0, what)
        .await?;
    tx.tell_hub(read.hub_id, SUBJECT, read.id.0, status.as_str())
        .await
}

/// Says something and decides nothing.
async fn comment(
    engine: &Engine,
    caller: &Caller,
    read: &Proposal,
    review: &NewProposalReview,
) -> Result<ProposalReview> {
    fits(read, review)?;
    if review
        .comment
        .as_deref()
        .is_none_or(|text| text.trim().is_empty())
    {
        return Err(Error::invalid(
            "comment",
            "is needed with the verdict commented",
        ));
    }
    let said = Said {
        verdict: Verdict::Commented,
        comment: review.comment.as_deref(),
        content_hash: review.content_hash.as_deref(),
        content: None,
    };
    let mut tx = engine.store().begin().await?;
    let record = tx.insert_proposal_review(read.id, caller, &said).await?;
    tell(&mut tx, caller, read, "proposal.commented", read.status).await?;
    tx.commit().await?;
    Ok(record)
}

/// Which parts of the form go with which verdict.
fn fits(read: &Proposal, review: &NewProposalReview) -> Result<()> {
    match (review.verdict, &review.revised_content) {
        (Verdict::Revised, None) => {
            return Err(Error::invalid(
                "revised_content",
                "is needed with the verdict revised",
            ));
        }
        (Verdict::Revised, Some(_)) | (_, None) => {}
        (_, Some(_)) => {
            return Err(Error::invalid(
                "revised_content",
                "goes with the verdict revised only",
            ));
        }
    }
    let keeps = matches!(review.verdict, Verdict::Accepted | Verdict::Revised);
    if review.duplicates.is_some() && !(keeps && read.artifact_type == effects::DUPLICATES) {
        return Err(Error::invalid(
            "duplicates",
            "goes with accepting a report on duplicates only",
        ));
    }
    Ok(())
}

async fn judged_first(engine: &Engine, caller: &Caller, read: &Proposal) -> Result<()> {
    if super::cover::is_covered(engine, caller, read).await? {
        return Err(Error::conflict(
            "judge_first",
            "this hub decides first: record your own judgement, then decide",
        ));
    }
    Ok(())
}

/// What stands after the decision; `None` for a rejection.
fn final_content(read: &Proposal, review: &NewProposalReview) -> Result<Option<Value>> {
    let of = read.artifact_type.as_str();
    match (review.verdict, &review.revised_content, &read.content) {
        (Verdict::Revised, Some(revised), _) => {
            let revised = canonical::strip_nul(revised.clone());
            let wrong = check_parts(of, &revised, "revised_content");
            if wrong.is_empty() {
                Ok(Some(revised))
            } else {
                Err(Error::Invalid(wrong))
            }
        }
        (Verdict::Accepted, _, Some(content)) => {
            let content = with_stand_ins(of, content);
            let wrong = check_parts(of, &content, "content");
            match wrong.first() {
                None => Ok(Some(content)),
                Some(first) => Err(Error::conflict(
                    "needs_revision",
                    format!(
                        "the answer cannot be accepted as it is ({} {}); revise it",
                        first.field, first.message
                    ),
                )),
            }
        }
        _ => Ok(None),
    }
}

fn is_other(read: &Proposal, review: &NewProposalReview) -> bool {
    review.content_hash.is_some() && review.content_hash != read.content_hash
}

fn content_changed() -> Error {
    Error::conflict(
        "content_changed",
        "the answer is no longer the one that was shown; read what changed, and decide then",
    )
}

/// Why the deciding statement changed nothing.
fn why_not(read: &Proposal, now: &Proposal) -> Error {
    if let Some(error) = not_open(now) {
        return error;
    }
    if now.round != read.round || now.content_hash != read.content_hash {
        return content_changed();
    }
    Error::conflict(
        "try_again",
        "somebody else was at it in the same moment; load it again",
    )
}
