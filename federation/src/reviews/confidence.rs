//! How sure somebody is of a proposal.

use model::{
    Caller, ConfidenceAnnotation, ConfidenceSource, NewConfidence, Proposal, ProposalId, Role,
};
use serde_json::json;

use super::{SUBJECT, cover::is_covered, find};
use crate::{
    Engine, Error, Result,
    error::{check, require},
    store::proposals::Annotator,
};

/// Agent's and people's, newest first; the agent's own is held back as the
/// proposal's is.
pub async fn annotations(
    engine: &Engine,
    caller: &Caller,
    id: ProposalId,
) -> Result<Vec<ConfidenceAnnotation>> {
    require(caller, Role::Viewer)?;
    let read = find(engine, id).await?;
    of(engine, caller, &read).await
}

pub(super) async fn of(
    engine: &Engine,
    caller: &Caller,
    read: &Proposal,
) -> Result<Vec<ConfidenceAnnotation>> {
    let mut all = engine.store().annotations(read.id).await?;
    if is_covered(engine, caller, read).await? {
        all.retain(|one| one.source == ConfidenceSource::Person);
    }
    Ok(all)
}

/// Says how sure the caller is.
pub async fn annotate(
    engine: &Engine,
    caller: &Caller,
    id: ProposalId,
    new: NewConfidence,
) -> Result<ConfidenceAnnotation> {
    require(caller, Role::Reviewer)?;
    check(&new)?;
    let read = find(engine, id).await?;
    if read.content.is_none() {
        return Err(Error::conflict(
            "no_answer",
            "there is no answer that one could be sure of",
        ));
    }
    let mut tx = engine.store().begin().await?;
    let annotation = tx
        .insert_annotation(
            id,
            new.score,
            new.rationale.as_deref(),
            Annotator::Person(caller),
        )
        .await?;
    let what = json!({ "score": new.score });
    tx.audit(
        caller,
        "proposal.annotated",
        Some(read.hub_id),
        SUBJECT,
        id.0,
        what,
    )
    .await?;
    tx.tell_hub(read.hub_id, SUBJECT, id.0, read.status.as_str())
        .await?;
    tx.commit().await?;
    engine
        .store()
        .annotations(id)
        .await?
        .into_iter()
        .find(|one| one.id == annotation)
        .ok_or_else(|| Error::Internal("an annotation was not kept".to_owned()))
}
