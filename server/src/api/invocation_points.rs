//! The four points at which one agent is asked.

use axum::{
    Json,
    extract::{FromRef, FromRequestParts},
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use federation::{Engine, Idempotency, proposals};
use model::{
    Caller, CandidateId, DecisionRecordId, InvocationPoint, NewInvocation, Proposal, ProposalId,
    WidgetId,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::openapi::BASE;
use crate::{
    extract::{Auth, Id, IdempotencyKey, OptionalBody, Params, Reviewer},
    problem::Problem,
    state::AppState,
};

/// Summarize what people did and said about a widget
///
/// Answers at once; with `wait=true`, when the work has ended, also where it
/// ended as `blocked_by_policy` or `failed`.
#[utoipa::path(post, path = "/widgets/{id}/summarize-cluster", tag = "invocation points",
    request_body = Option<NewInvocation>,
    params(
        ("wait" = Option<bool>, Query, description = "Answer when the work has ended"),
        ("Idempotency-Key" = Option<String>, Header,
            description = "The same key and body give the first answer again, for 24 hours"),
    ),
    responses((status = 202, body = Proposal, description = "The work is queued"),
        (status = 200, body = Proposal, description = "The work has ended"),
        (status = 409, description = "Nobody is routed, or the key was used for another body")))]
pub async fn summarize_cluster(
    start: Start,
    Id(id): Id<WidgetId>,
    OptionalBody(new): OptionalBody<NewInvocation>,
) -> Result<Response, Problem> {
    start.at(InvocationPoint::SummarizeCluster, id.0, new).await
}

/// Draft a requirement from what people did and said about a widget
///
/// Answers as `summarize-cluster` does.
#[utoipa::path(post, path = "/widgets/{id}/draft-requirement", tag = "invocation points",
    request_body = Option<NewInvocation>,
    params(
        ("wait" = Option<bool>, Query, description = "Answer when the work has ended"),
        ("Idempotency-Key" = Option<String>, Header,
            description = "The same key and body give the first answer again, for 24 hours"),
    ),
    responses((status = 202, body = Proposal, description = "The work is queued"),
        (status = 200, body = Proposal, description = "The work has ended"),
        (status = 409, description = "Nobody is routed, or the key was used for another body")))]
pub async fn draft_requirement(
    start: Start,
    Id(id): Id<WidgetId>,
    OptionalBody(new): OptionalBody<NewInvocation>,
) -> Result<Response, Problem> {
    start.at(InvocationPoint::DraftRequirement, id.0, new).await
}

/// Propose how to implement a decision
///
/// Answers as `summarize-cluster` does.
#[utoipa::path(post, path = "/decision-records/{id}/propose-implementation",
    tag = "invocation points", request_body = Option<NewInvocation>,
    params(
        ("wait" = Option<bool>, Query, description = "Answer when the work has ended"),
        ("Idempotency-Key" = Option<String>, Header,
            description = "The same key and body give the first answer again, for 24 hours"),
    ),
    responses((status = 202, body = Proposal, description = "The work is queued"),
        (status = 200, body = Proposal, description = "The work has ended"),
        (status = 409, description = "Nobody is routed, or the key was used for another body")))]
pub async fn propose_implementation(
    start: Start,
    Id(id): Id<DecisionRecordId>,
    OptionalBody(new): OptionalBody<NewInvocation>,
) -> Result<Response, Problem> {
    start
        .at(InvocationPoint::ProposeImplementation, id.0, new)
        .await
}

/// Compare a candidate with the hub's others
///
/// The others are narrowed to the most similar ones first. Answers as
/// `summarize-cluster` does.
#[utoipa::path(post, path = "/requirement-candidates/{id}/detect-duplicates",
    tag = "invocation points", request_body = Option<NewInvocation>,
    params(
        ("wait" = Option<bool>, Query, description = "Answer when the work has ended"),
        ("Idempotency-Key" = Option<String>, Header,
            description = "The same key and body give the first answer again, for 24 hours"),
    ),
    responses((status = 202, body = Proposal, description = "The work is queued"),
        (status = 200, body = Proposal, description = "The work has ended"),
        (status = 409, description = "Nobody is routed, or the key was used for another body")))]
pub async fn detect_duplicates(
    start: Start,
    Id(id): Id<CandidateId>,
    OptionalBody(new): OptionalBody<NewInvocation>,
) -> Result<Response, Problem> {
    start.at(InvocationPoint::DetectDuplicates, id.0, new).await
}

/// What each of the points takes out of a request, the caller first.
pub struct Start {
    auth: Auth<Reviewer>,
    wait: bool,
    key: Option<String>,
    engine: Engine,
    shutdown: CancellationToken,
}

impl FromRequestParts<AppState> for Start {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let auth = Auth::from_request_parts(parts, state).await?;
        let params = Params::from_request_parts(parts, state).await?;
        let IdempotencyKey(key) = IdempotencyKey::from_request_parts(parts, state).await?;
        Ok(Self {
            auth,
            wait: params.flag("wait")?.unwrap_or(false),
            key,
            engine: Engine::from_ref(state),
            shutdown: CancellationToken::from_ref(state),
        })
    }
}

impl Start {
    async fn at(
        self,
        point: InvocationPoint,
        id: Uuid,
        new: NewInvocation,
    ) -> Result<Response, Problem> {
        let path = match point {
            InvocationPoint::SummarizeCluster => format!("/widgets/{id}/summarize-cluster"),
            InvocationPoint::DraftRequirement => format!("/widgets/{id}/draft-requirement"),
            InvocationPoint::ProposeImplementation => {
                format!("/decision-records/{id}/propose-implementation")
            }
            InvocationPoint::DetectDuplicates => {
                format!("/requirement-candidates/{id}/detect-duplicates")
            }
        };
        let key = self.key.map(|key| Idempotency {
            path: format!("{BASE}{path}"),
            key,
        });
        let (engine, auth) = (&self.engine, &self.auth);
        let queued = proposals::start(engine, auth, point, id, new, key).await?;
        if !self.wait {
            return Ok(answer(StatusCode::ACCEPTED, &queued));
        }
        let ended = ended(engine, auth, &self.shutdown, queued.id).await?;
        Ok(answer(StatusCode::OK, &ended))
    }
}

/// The proposal, once the agent is not at work on it any more.
pub(super) async fn ended(
    engine: &Engine,
    caller: &Caller,
    shutdown: &CancellationToken,
    id: ProposalId,
) -> Result<Proposal, Problem> {
    tokio::select! {
        ended = proposals::wait(engine, caller, id) => Ok(ended?),
        () = shutdown.cancelled() => Err(Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "stopping",
            "The server is stopping. The work goes on; ask again with the same Idempotency-Key.",
        )),
    }
}

/// The proposal, with where it is to be found.
pub(super) fn answer(status: StatusCode, proposal: &Proposal) -> Response {
    let mut response = (status, Json(proposal)).into_response();
    let location = format!("{BASE}/proposals/{}", proposal.id);
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}
