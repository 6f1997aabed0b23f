//! Decision records.

use axum::{Json, extract::State};
use federation::{Engine, decisions};
use model::{
    CandidateId, DecisionRecord, DecisionRecordDetail, DecisionRecordFilter, DecisionRecordId,
    DecisionRecordPatch, DecisionRecordStatus, HubId, NewDecisionRecord, Page,
};

use super::reply::{Created, Reply};
use crate::{
    extract::{Auth, Body, Id, IfMatch, Params, Reviewer, Viewer},
    problem::Problem,
};

/// List decision records
#[utoipa::path(get, path = "/decision-records", tag = "decision records",
    params(
        ("hub_id" = Option<HubId>, Query), ("status" = Option<DecisionRecordStatus>, Query),
        ("requirement_candidate_id" = Option<CandidateId>, Query),
        ("q" = Option<String>, Query, description = "Text in title, context or decision"),
    ),
    responses((status = 200, body = Page<DecisionRecord>)))]
pub async fn list(
    auth: Auth<Viewer>,
    params: Params,
    State(engine): State<Engine>,
) -> Reply<Page<DecisionRecord>> {
    let filter = DecisionRecordFilter {
        hub_id: params.id("hub_id")?,
        status: params.word("status")?,
        requirement_candidate_id: params.id("requirement_candidate_id")?,
        q: params.text("q").map(str::to_owned),
    };
    Ok(Json(
        decisions::list(&engine, &auth, filter, params.page()?).await?,
    ))
}

/// Read a decision record, with the implementations that were accepted for it
#[utoipa::path(get, path = "/decision-records/{id}", tag = "decision records",
    responses((status = 200, body = DecisionRecordDetail)))]
pub async fn get(
    auth: Auth<Viewer>,
    Id(id): Id<DecisionRecordId>,
    State(engine): State<Engine>,
) -> Reply<DecisionRecordDetail> {
    Ok(Json(decisions::detail(&engine, &auth, id).await?))
}

/// Record a decision
///
/// Needs the role reviewer.
#[utoipa::path(post, path = "/decision-records", tag = "decision records",
    request_body = NewDecisionRecord,
    responses((status = 201, body = DecisionRecord),
        (status = 404, description = "There is no such hub or candidate")))]
pub async fn create(
    auth: Auth<Reviewer>,
    State(engine): State<Engine>,
    Body(new): Body<NewDecisionRecord>,
) -> Result<Created<DecisionRecord>, Problem> {
    let record = decisions::create(&engine, &auth, new).await?;
    Ok(Created::new("decision-records", record.id, record))
}

/// Change a decision record
///
/// What changes anything raises `version` by one. Needs the role reviewer.
#[utoipa::path(patch, path = "/decision-records/{id}", tag = "decision records",
    request_body = DecisionRecordPatch,
    params(("If-Match" = Option<i32>, Header, description = "The version that is to be changed")),
    responses((status = 200, body = DecisionRecord),
        (status = 409, description = "The version is no longer this one")))]
pub async fn update(
    auth: Auth<Reviewer>,
    Id(id): Id<DecisionRecordId>,
    IfMatch(version): IfMatch,
    State(engine): State<Engine>,
    Body(patch): Body<DecisionRecordPatch>,
) -> Reply<DecisionRecord> {
    Ok(Json(
        decisions::update(&engine, &auth, id, patch, version).await?,
    ))
}
