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
    Collective, CollectiveDetail, CollectiveFilter, CollectiveId, ConsensusStatus, DecisionStatus,
    HubId, NewCollective, Page, RunState,
};
use tokio_util::sync::CancellationToken;

use super::reply::Reply;
use crate::{
    extract::{Auth, Body, Id, IdempotencyKey, Params, Reviewer, Viewer},
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
    let id = queued.collective.id;
    let (status, detail) = if wait {
        let ended = tokio::select! {
            ended = collectives::wait(&engine, &auth, id) => ended?,
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
