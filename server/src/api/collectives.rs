//! Collective proposals.

use axum::{
    Json,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use federation::{
    Engine,
    collectives::{self, Idempotency},
};
use model::{
    Caller, Collective, CollectiveDetail, CollectiveFilter, CollectiveId, ConsensusStatus,
    DecisionStatus, HubId, NewCollective, NewRound, Page, RunEstimate, RunState,
};
use tokio_util::sync::CancellationToken;

use super::reply::Reply;
use crate::{
    extract::{Auth, Body, Id, IdempotencyKey, OptionalBody, Params, Reviewer, Viewer},
    problem::Problem,
};

const PATH: &str = "/api/v2/collective-proposals";

/// List collective proposals
#[utoipa::path(get, path = "/collective-proposals", tag = "collective proposals",
    params(
        ("hub_id" = Option<HubId>, Query), ("run_state" = Option<RunState>, Query),
        ("decision" = Option<DecisionStatus>, Query),
        ("consensus_status" = Option<ConsensusStatus>, Query),
    ),
    responses((status = 200, body = Page<Collective>)))]
pub async fn list(
    auth: Auth<Viewer>,
    params: Params,
    State(engine): State<Engine>,
) -> Reply<Page<Collective>> {
    let filter = CollectiveFilter {
        hub_id: params.id("hub_id")?,
        run_state: params.word("run_state")?,
        decision: params.word("decision")?,
        consensus_status: params.word("consensus_status")?,
    };
    Ok(Json(
        collectives::list(&engine, &auth, filter, params.page()?).await?,
    ))
}

/// Read a collective proposal with its contributions
#[utoipa::path(get, path = "/collective-proposals/{id}", tag = "collective proposals",
    responses((status = 200, body = CollectiveDetail)))]
pub async fn get(
    auth: Auth<Viewer>,
    Id(id): Id<CollectiveId>,
    State(engine): State<Engine>,
) -> Reply<CollectiveDetail> {
    Ok(Json(collectives::get(&engine, &auth, id).await?))
}

/// Ask all agents that are routed for a task type
///
/// Answers at once; with `wait=true`, when the run has ended.
#[utoipa::path(post, path = "/collective-proposals", tag = "collective proposals",
    request_body = NewCollective,
    params(
        ("wait" = Option<bool>, Query, description = "Answer when the run has ended"),
        ("Idempotency-Key" = Option<String>, Header,
            description = "The same key and body give the first answer again, for 24 hours"),
    ),
    responses((status = 202, body = CollectiveDetail, description = "The run is queued"),
        (status = 200, body = CollectiveDetail, description = "The run has ended"),
        (status = 404, description = "There is no such hub, widget or candidate"),
        (status = 409, description = "Nobody is routed, or the key was used for another body")))]
pub async fn start(
    auth: Auth<Reviewer>,
    params: Params,
    IdempotencyKey(key): IdempotencyKey,
    State(engine): State<Engine>,
    State(shutdown): State<CancellationToken>,
    Body(new): Body<NewCollective>,
) -> Result<Response, Problem> {
    let wait = params.flag("wait")?.unwrap_or(false);
    let key = key.map(|key| Idempotency {
        path: PATH.to_owned(),
        key,
    });
    let queued = collectives::start(&engine, &auth, new, key).await?;
    answer(&engine, &auth, &shutdown, queued, wait).await
}

/// Answers at once, or when the run has ended.
async fn answer(
    engine: &Engine,
    caller: &Caller,
    shutdown: &CancellationToken,
    queued: CollectiveDetail,
    wait: bool,
) -> Result<Response, Problem> {
    let id = queued.collective.id;
    let (status, detail) = if wait {
        let ended = tokio::select! {
            ended = collectives::wait(engine, caller, id) => ended?,
            () = shutdown.cancelled() => return Err(stopping()),
        };
        (StatusCode::OK, ended)
    } else {
        (StatusCode::ACCEPTED, queued)
    };
    let mut response = (status, Json(detail)).into_response();
    if let Ok(location) = HeaderValue::from_str(&format!("{PATH}/{id}")) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// What a run would use: calls, tokens and cost, before anything is asked
///
/// Takes the body that would start it; calls no model and records nothing.
#[utoipa::path(post, path = "/collective-proposals/estimate", tag = "collective proposals",
    request_body = NewCollective,
    responses((status = 200, body = RunEstimate),
        (status = 404, description = "There is no such hub, widget or candidate"),
        (status = 409, description = "Nobody is routed")))]
pub async fn estimate(
    auth: Auth<Reviewer>,
    State(engine): State<Engine>,
    Body(new): Body<NewCollective>,
) -> Reply<RunEstimate> {
    Ok(Json(collectives::estimate(&engine, &auth, new).await?))
}

/// Ask all agents once more, before a decision
///
/// Each reads what the others have answered. What the run had come to is kept,
/// and stands again where the round is cancelled. Answers at once; with
/// `wait=true`, when the run has ended.
#[utoipa::path(post, path = "/collective-proposals/{id}/another-round", tag = "collective proposals",
    request_body = Option<NewRound>,
    params(
        ("wait" = Option<bool>, Query, description = "Answer when the run has ended"),
        ("Idempotency-Key" = Option<String>, Header,
            description = "The same key and body give the first answer again, for 24 hours"),
    ),
    responses((status = 202, body = CollectiveDetail, description = "The round is queued"),
        (status = 200, body = CollectiveDetail, description = "The run has ended"),
        (status = 409, description = "It has not finished, is decided, its tokens are used up, or the key was used for another body")))]
pub async fn another_round(
    auth: Auth<Reviewer>,
    Id(id): Id<CollectiveId>,
    params: Params,
    IdempotencyKey(key): IdempotencyKey,
    State(engine): State<Engine>,
    State(shutdown): State<CancellationToken>,
    OptionalBody(new): OptionalBody<NewRound>,
) -> Result<Response, Problem> {
    let wait = params.flag("wait")?.unwrap_or(false);
    let key = key.map(|key| Idempotency {
        path: format!("{PATH}/{id}/another-round"),
        key,
    });
    let queued = collectives::another_round(&engine, &auth, id, new, key).await?;
    answer(&engine, &auth, &shutdown, queued, wait).await
}

/// The run goes on; only this answer has to end.
fn stopping() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "stopping",
        "The server is stopping. The run goes on; ask again with the same Idempotency-Key.",
    )
}

/// Cancel a run
#[utoipa::path(post, path = "/collective-proposals/{id}/cancel", tag = "collective proposals",
    responses((status = 200, body = CollectiveDetail),
        (status = 409, description = "The run has ended")))]
pub async fn cancel(
    auth: Auth<Reviewer>,
    Id(id): Id<CollectiveId>,
    State(engine): State<Engine>,
) -> Reply<CollectiveDetail> {
    Ok(Json(collectives::cancel(&engine, &auth, id).await?))
}
