//! Requirement candidates: what might be built.

use model::{
    Caller, Candidate, CandidateDetail, CandidateFilter, CandidateId, CandidatePatch,
    CandidateStatus, HubId, NewCandidate, Page, PageRequest, Role,
};
use serde_json::json;

use crate::{
    Engine, Error, Result,
    error::{check, require},
    hubs, widgets,
};

const SUBJECT: &str = "requirement_candidate";

/// Newest first.
pub async fn list(
    engine: &Engine,
    caller: &Caller,
    filter: CandidateFilter,
    page: PageRequest,
) -> Result<Page<Candidate>> {
    require(caller, Role::Viewer)?;
    let rows = engine.store().candidates(&filter, page).await?;
    Ok(page.cut(rows, |candidate| candidate.id.0))
}

pub async fn get(engine: &Engine, caller: &Caller, id: CandidateId) -> Result<Candidate> {
    require(caller, Role::Viewer)?;
    engine
        .store()
        .candidate(id)
        .await?
        .ok_or_else(|| Error::not_found("requirement candidate"))
}

/// A candidate with its duplicates and the decisions on it.
pub async fn detail(engine: &Engine, caller: &Caller, id: CandidateId) -> Result<CandidateDetail> {
    let candidate = get(engine, caller, id).await?;
    let store = engine.store();
    Ok(CandidateDetail {
        candidate,
        duplicate_of: store.duplicate_of(id).await?,
        duplicates: store.duplicates(id).await?,
        decisions: store.decisions_on(id).await?,
    })
}

/// A candidate that a body names, which must belong to the hub it is used in.
pub(crate) async fn named(
    engine: &Engine,
    id: CandidateId,
    hub: HubId,
    field: &'static str,
) -> Result<Candidate> {
    let candidate = engine
        .store()
        .candidate(id)
        .await?
        .ok_or_else(|| Error::unknown("requirement candidate", field))?;
    if candidate.hub_id != hub {
        return Err(Error::invalid(field, "belongs to another hub"));
    }
    Ok(candidate)
}

pub async fn create(engine: &Engine, caller: &Caller, new: NewCandidate) -> Result<Candidate> {
    require(caller, Role::Reviewer)?;
    check(&new)?;
    let status = new.status.unwrap_or(CandidateStatus::Open);
    if status == CandidateStatus::Duplicate {
        return Err(no_duplicate());
    }
    hubs::named(engine, new.hub_id).await?;
    if let Some(widget) = new.source_widget_id {
        widgets::named(engine, widget, new.hub_id, "source_widget_id").await?;
    }
    let now = engine.clock().now();
    let candidate = Candidate {
        id: engine.clock().id(),
        hub_id: new.hub_id,
        source_widget_id: new.source_widget_id,
        title: new.title.trim().to_owned(),
        body: new.body,
        status,
        source_proposal_id: None,
        auto_applied: false,
        created_by: Some(caller.name.clone()),
        version: 1,
        created_at: now,
        updated_at: now,
    };
    let (hub, id) = (candidate.hub_id, candidate.id.0);
    let mut tx = engine.store().begin().await?;
    tx.insert_candidate(&candidate).await?;
    let detail = json!({ "candidate": candidate });
    tx.audit(
        caller,
        "requirement_candidate.created",
        Some(hub),
        SUBJECT,
        id,
        detail,
    )
    .await?;
    tx.tell_hub(hub, SUBJECT, id, "created").await?;
    tx.commit().await?;
    Ok(candidate)
}

/// Changes a candidate; a change of anything raises its version by one.
/// `if_match` is the version that the caller saw.
pub async fn update(
    engine: &Engine,
    caller: &Caller,
    id: CandidateId,
    patch: CandidatePatch,
    if_match: Option<i32>,
) -> Result<Candidate> {
    require(caller, Role::Reviewer)?;
    check(&patch)?;
    let before = get(engine, caller, id).await?;
    if if_match.is_some_and(|version| version != before.version) {
        return Err(stale(before.version));
    }
    if let Some(Some(widget)) = patch.source_widget_id {
        widgets::named(engine, widget, before.hub_id, "source_widget_id").await?;
    }
    let mut candidate = apply(before.clone(), patch)?;
    if candidate == before {
        return Ok(candidate);
    }
    candidate.version += 1;
    candidate.updated_at = engine.clock().now();
    let mut tx = engine.store().begin().await?;
    if !tx.update_candidate(&candidate, before.version).await? {
        return Err(stale(before.version + 1));
    }
    let hub = candidate.hub_id;
    let detail = json!({ "before": before, "after": candidate });
    tx.audit(
        caller,
        "requirement_candidate.updated",
        Some(hub),
        SUBJECT,
        id.0,
        detail,
    )
    .await?;
    tx.tell_hub(hub, SUBJECT, id.0, "updated").await?;
    tx.commit().await?;
    Ok(candidate)
}

fn apply(mut candidate: Candidate, patch: CandidatePatch) -> Result<Candidate> {
    if let Some(widget) = patch.source_widget_id {
        candidate.source_widget_id = widget;
    }
    if let Some(title) = patch.title {
        candidate.title = title.trim().to_owned();
    }
    if let Some(body) = patch.body {
        candidate.body = body;
    }
    if let Some(status) = patch.status.filter(|status| *status != candidate.status) {
        if status == CandidateStatus::Duplicate {
            return Err(no_duplicate());
        }
        if candidate.status == CandidateStatus::Duplicate {
            return Err(Error::conflict(
                "is_duplicate",
                "another candidate stays in the place of this one; undo the acceptance of the report that said so",
            ));
        }
        candidate.status = status;
    }
    Ok(candidate)
}

/// Nobody is a duplicate of nothing.
fn no_duplicate() -> Error {
    Error::invalid(
        "status",
        "becomes duplicate when a report on duplicates is accepted, which says which candidate stays",
    )
}

fn stale(version: i32) -> Error {
    Error::stale("requirement candidate", version)
}
