//! Taking a decision back, by a compensating record.

use model::{Caller, NewProposalReview, Proposal, ProposalReview, ProposalStatus, Verdict};

use super::{decide::tell, effects};
use crate::{Engine, Error, Result, store::reviews::Said};

/// Takes the caller's own last decision back, or what a policy applied.
pub(super) async fn undo(
    engine: &Engine,
    caller: &Caller,
    read: &Proposal,
    review: &NewProposalReview,
) -> Result<ProposalReview> {
    if review.revised_content.is_some() || review.duplicates.is_some() {
        return Err(Error::invalid("verdict", "undone takes a comment only"));
    }
    let mut tx = engine.store().begin().await?;
    let Some(by_policy) = tx.undo_proposal(read.id).await? else {
        tx.rollback().await?;
        return Err(Error::conflict(
            "nothing_to_undo",
            "nobody has decided on this yet",
        ));
    };
    if !by_policy {
        let last = tx.last_review(caller).await?;
        let own = last.is_some_and(|last| {
            last.proposal_id == Some(read.id) && last.verdict != Verdict::Undone
        });
        if !own {
            tx.rollback().await?;
            return Err(Error::conflict(
                "not_undoable",
                "only the person who decided can undo it, and only until that person's next decision",
            ));
        }
    }
    if let Err(error) = effects::withdraw(&mut tx, read).await {
        tx.rollback().await?;
        return Err(error);
    }
    let said = Said {
        verdict: Verdict::Undone,
        comment: review.comment.as_deref(),
        content_hash: read.content_hash.as_deref(),
        content: None,
    };
    let record = tx.insert_proposal_review(read.id, caller, &said).await?;
    tell(
        &mut tx,
        caller,
        read,
        "proposal.undone",
        ProposalStatus::Pending,
    )
    .await?;
    tx.commit().await?;
    Ok(record)
}
