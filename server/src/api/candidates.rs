//! Requirement candidates.

use axum::{Json, extract::State};
use federation::{Engine, candidates};
use model::{
    Candidate, CandidateDetail, CandidateFilter, CandidateId, CandidatePatch, CandidateStatus,
    HubId, NewCandidate, Page, WidgetId,
};

use super::reply::{Created, Reply};
use crate::{
    extract::{Auth, Body, Id, IfMatch, Params, Reviewer, Viewer},
    problem::Problem,
};

/// List requirement candidates
#[utoipa::path(get, path = "/requirement-candidates", tag = "requirement candidates",
    params(
        ("hub_id" = Option<HubId>, Query), ("status" = Option<CandidateStatus>, Query),
        ("widget_id" = Option<WidgetId>, Query, description = "Those about this widget"),
        ("q" = Option<String>, Query, description = "Text in title or body"),
    ),
    responses((status = 200, body = Page<Candidate>)))]
pub async fn list(
    auth: Auth<Viewer>,
    params: Params,
    State(engine): State<Engine>,
) -> Reply<Page<Candidate>> {
    let filter = CandidateFilter {
        hub_id: params.id("hub_id")?,
        status: params.word("status")?,
        source_widget_id: params.id("widget_id")?,
        q: params.text("q").map(str::to_owned),
    };
    Ok(Json(
        candidates::list(&engine, &auth, filter, params.page()?).await?,
    ))
}

/// Read a requirement candidate, with its duplicates and the decisions on it
#[utoipa::path(get, path = "/requirement-candidates/{id}", tag = "requirement candidates",
    responses((status = 200, body = CandidateDetail)))]
pub async fn get(
    auth: Auth<Viewer>,
    Id(id): Id<CandidateId>,
    State(engine): State<Engine>,
) -> Reply<CandidateDetail> {
    Ok(Json(candidates::detail(&engine, &auth, id).await?))
}

/// Add a requirement candidate
///
/// Needs the role reviewer.
#[utoipa::path(post, path = "/requirement-candidates", tag = "requirement candidates",
    request_body = NewCandidate,
    responses((status = 201, body = Candidate),
        (status = 404, description = "There is no such hub or widget")))]
pub async fn create(
    auth: Auth<Reviewer>,
    State(engine): State<Engine>,
    Body(new): Body<NewCandidate>,
) -> Result<Created<Candidate>, Problem> {
    let candidate = candidates::create(&engine, &auth, new).await?;
    Ok(Created::new(
        "requirement-candidates",
        candidate.id,
        candidate,
    ))
}

/// Change a requirement candidate
///
/// What changes anything raises `version` by one. `status` becomes `duplicate`
/// only where a report on duplicates is accepted. Needs the role reviewer.
#[utoipa::path(patch, path = "/requirement-candidates/{id}", tag = "requirement candidates",
    request_body = CandidatePatch,
    params(("If-Match" = Option<i32>, Header, description = "The version that is to be changed")),
    responses((status = 200, body = Candidate),
        (status = 409, description = "The version is no longer this one, or it is a duplicate")))]
pub async fn update(
    auth: Auth<Reviewer>,
    Id(id): Id<CandidateId>,
    IfMatch(version): IfMatch,
    State(engine): State<Engine>,
    Body(patch): Body<CandidatePatch>,
) -> Reply<Candidate> {
    Ok(Json(
        candidates::update(&engine, &auth, id, patch, version).await?,
    ))
}
