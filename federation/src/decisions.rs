//! Decision records: what was decided, and why.

use model::{
    Caller, DecisionRecord, DecisionRecordDetail, DecisionRecordFilter, DecisionRecordId,
    DecisionRecordPatch, DecisionRecordStatus, NewDecisionRecord, Page, PageRequest, Role,
};
use serde_json::json;

use crate::{
    Engine, Error, Result, candidates,
    error::{check, require},
    hubs,
};

const SUBJECT: &str = "decision_record";

/// Newest first.
pub async fn list(
    engine: &Engine,
    caller: &Caller,
    filter: DecisionRecordFilter,
    page: PageRequest,
) -> Result<Page<DecisionRecord>> {
    require(caller, Role::Viewer)?;
    let rows = engine.store().decision_records(&filter, page).await?;
    Ok(page.cut(rows, |record| record.id.0))
}

pub async fn get(engine: &Engine, caller: &Caller, id: DecisionRecordId) -> Result<DecisionRecord> {
    require(caller, Role::Viewer)?;
    engine
        .store()
        .decision_record(id)
        .await?
        .ok_or_else(|| Error::not_found("decision record"))
}

/// A decision record with its candidate and what was accepted for it.
pub async fn detail(
    engine: &Engine,
    caller: &Caller,
    id: DecisionRecordId,
) -> Result<DecisionRecordDetail> {
    let record = get(engine, caller, id).await?;
    let candidate = match record.requirement_candidate_id {
        Some(id) => engine.store().candidate_name(id).await?,
        None => None,
    };
    Ok(DecisionRecordDetail {
        record,
        candidate,
        implementations: engine.store().decision_implementations(id).await?,
    })
}

pub async fn create(
    engine: &Engine,
    caller: &Caller,
    new: NewDecisionRecord,
) -> Result<DecisionRecord> {
    require(caller, Role::Reviewer)?;
    check(&new)?;
    hubs::named(engine, new.hub_id).await?;
    if let Some(candidate) = new.requirement_candidate_id {
        candidates::named(engine, candidate, new.hub_id, "requirement_candidate_id").await?;
    }
    let now = engine.clock().now();
    let record = DecisionRecord {
        id: engine.clock().id(),
        hub_id: new.hub_id,
        requirement_candidate_id: new.requirement_candidate_id,
        title: new.title.trim().to_owned(),
        context: new.context,
        decision: new.decision,
        status: new.status.unwrap_or(DecisionRecordStatus::Proposed),
        created_by: Some(caller.name.clone()),
        version: 1,
        created_at: now,
        updated_at: now,
    };
    let (hub, id) = (record.hub_id, record.id.0);
    let mut tx = engine.store().begin().await?;
    tx.insert_decision_record(&record).await?;
    let detail = json!({ "decision_record": record });
    tx.audit(
        caller,
        "decision_record.created",
        Some(hub),
        SUBJECT,
        id,
        detail,
    )
    .await?;
    tx.tell_hub(hub, SUBJECT, id, "created").await?;
    tx.commit().await?;
    Ok(record)
}

/// Changes a decision record; a change of anything raises its version by one.
/// `if_match` is the version that the caller saw.
pub async fn update(
    engine: &Engine,
    caller: &Caller,
    id: DecisionRecordId,
    patch: DecisionRecordPatch,
    if_match: Option<i32>,
) -> Result<DecisionRecord> {
    require(caller, Role::Reviewer)?;
    check(&patch)?;
    let before = get(engine, caller, id).await?;
    if if_match.is_some_and(|version| version != before.version) {
        return Err(stale(before.version));
    }
    if let Some(Some(candidate)) = patch.requirement_candidate_id {
        candidates::named(engine, candidate, before.hub_id, "requirement_candidate_id").await?;
    }
    let mut record = apply(before.clone(), patch);
    if record == before {
        return Ok(record);
    }
    record.version += 1;
    record.updated_at = engine.clock().now();
    let mut tx = engine.store().begin().await?;
    if !tx.update_decision_record(&record, before.version).await? {
        return Err(stale(before.version + 1));
    }
    let hub = record.hub_id;
    let detail = json!({ "before": before, "after": record });
    tx.audit(
        caller,
        "decision_record.updated",
        Some(hub),
        SUBJECT,
        id.0,
        detail,
    )
    .await?;
    tx.tell_hub(hub, SUBJECT, id.0, "updated").await?;
    tx.commit().await?;
    Ok(record)
}

fn apply(mut record: DecisionRecord, patch: DecisionRecordPatch) -> DecisionRecord {
    if let Some(candidate) = patch.requirement_candidate_id {
        record.requirement_candidate_id = candidate;
    }
    if let Some(title) = patch.title {
        record.title = title.trim().to_owned();
    }
    if let Some(context) = patch.context {
        record.context = context;
    }
    if let Some(decision) = patch.decision {
        record.decision = decision;
    }
    if let Some(status) = patch.status {
        record.status = status;
    }
    record
}

fn stale(version: i32) -> Error {
    Error::stale("decision record", version)
}
