//! Delegations: subtasks that one agent hands to another, and their tree.

use axum::{
    Json,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use federation::{Engine, Idempotency, delegations};
use model::{
    AgentId, Delegation, DelegationFilter, DelegationId, DelegationOptions, DelegationStatus,
    DelegationTree, HubId, NewDelegation, Page, ProposalId, TreePart, TreeView, WayUp,
};
use tokio_util::sync::CancellationToken;

use super::{openapi::BASE, reply::Reply};
use crate::{
    extract::{Auth, Body, Id, IdempotencyKey, Params, Reviewer, Viewer},
    problem::Problem,
};

/// Nodes of a part where nothing else is said.
const NODES: i64 = 500;

/// List delegations
#[utoipa::path(get, path = "/delegations", tag = "delegations",
    params(
        ("hub_id" = Option<HubId>, Query),
        ("agent_registration_id" = Option<AgentId>, Query,
            description = "Who delegated or who received"),
        ("status" = Option<DelegationStatus>, Query),
    ),
    responses((status = 200, body = Page<Delegation>)))]
pub async fn list(
    auth: Auth<Viewer>,
    params: Params,
    State(engine): State<Engine>,
) -> Reply<Page<Delegation>> {
    let filter = DelegationFilter {
        hub_id: params.id("hub_id")?,
        agent_registration_id: params.id("agent_registration_id")?,
        status: params.word("status")?,
        parent_proposal_id: None,
    };
    let page = params.page()?;
    Ok(Json(delegations::list(&engine, &auth, filter, page).await?))
}

/// Read a delegation
#[utoipa::path(get, path = "/delegations/{id}", tag = "delegations",
    responses((status = 200, body = Delegation)))]
pub async fn get(
    auth: Auth<Viewer>,
    Id(id): Id<DelegationId>,
    State(engine): State<Engine>,
) -> Reply<Delegation> {
    Ok(Json(delegations::get(&engine, &auth, id).await?))
}

/// Stop a delegation and all that runs below it
///
/// What was not spent goes back up the chain. A delegation that is completed
/// stays so; what runs below it is stopped.
#[utoipa::path(post, path = "/delegations/{id}/cancel", tag = "delegations",
    responses((status = 200, body = Delegation),
        (status = 409, description = "Nothing runs there")))]
pub async fn cancel(
    auth: Auth<Reviewer>,
    Id(id): Id<DelegationId>,
    State(engine): State<Engine>,
) -> Reply<Delegation> {
    Ok(Json(delegations::cancel(&engine, &auth, id).await?))
}

/// Close a completed delegation
///
/// What it has left goes back up the chain; nothing more can be asked or
/// delegated with it.
#[utoipa::path(post, path = "/delegations/{id}/close", tag = "delegations",
    responses((status = 200, body = Delegation),
        (status = 409, description = "Somebody still works there, or it is closed already")))]
pub async fn close(
    auth: Auth<Reviewer>,
    Id(id): Id<DelegationId>,
    State(engine): State<Engine>,
) -> Reply<Delegation> {
    Ok(Json(delegations::close(&engine, &auth, id).await?))
}

/// List what was delegated from a proposal
#[utoipa::path(get, path = "/proposals/{id}/delegations", tag = "delegations",
    responses((status = 200, body = Page<Delegation>)))]
pub async fn of_proposal(
    auth: Auth<Viewer>,
    Id(id): Id<ProposalId>,
    params: Params,
    State(engine): State<Engine>,
) -> Reply<Page<Delegation>> {
    let page = params.page()?;
    Ok(Json(
        delegations::of_proposal(&engine, &auth, id, page).await?,
    ))
}

/// Hand a subtask of a proposal to another agent
///
/// Answers at once; with `wait=true`, when the delegation has ended. The
/// budget bounds everything below it, input and output of the call and of all
/// further delegations.
#[utoipa::path(post, path = "/proposals/{id}/delegations", tag = "delegations",
    request_body = NewDelegation,
    params(
        ("wait" = Option<bool>, Query, description = "Answer when the work has ended"),
        ("Idempotency-Key" = Option<String>, Header,
            description = "The same key and body give the first answer again, for 24 hours"),
    ),
    responses((status = 202, body = Delegation, description = "The work is queued"),
        (status = 200, body = Delegation, description = "The work has ended"),
        (status = 409, description = "The budget is more than the chain has left, this agent may not be \
            asked here, nothing can be delegated from here, or the key was used for another body")))]
pub async fn start(
    auth: Auth<Reviewer>,
    Id(id): Id<ProposalId>,
    params: Params,
    IdempotencyKey(key): IdempotencyKey,
    State(engine): State<Engine>,
    State(shutdown): State<CancellationToken>,
    Body(new): Body<NewDelegation>,
) -> Result<Response, Problem> {
    let wait = params.flag("wait")?.unwrap_or(false);
    let key = key.map(|key| Idempotency {
        path: format!("{BASE}/proposals/{id}/delegations"),
        key,
    });
    let queued = delegations::start(&engine, &auth, id, new, key).await?;
    if !wait {
        return Ok(answer(StatusCode::ACCEPTED, &queued));
    }
    tokio::select! {
        ended = delegations::wait(&engine, &auth, queued.id) => {
            Ok(answer(StatusCode::OK, &ended?))
        }
        () = shutdown.cancelled() => Err(Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "stopping",
            "The server is stopping. The work goes on; ask again with the same Idempotency-Key.",
        )),
    }
}

/// The delegation, with where it is to be found.
fn answer(status: StatusCode, delegation: &Delegation) -> Response {
    let mut response = (status, Json(delegation)).into_response();
    let location = format!("{BASE}/delegations/{}", delegation.id);
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// Read who may be handed a subtask of a proposal, and what is left for it
#[utoipa::path(get, path = "/proposals/{id}/delegation-options", tag = "delegations",
    responses((status = 200, body = DelegationOptions)))]
pub async fn options(
    auth: Auth<Viewer>,
    Id(id): Id<ProposalId>,
    State(engine): State<Engine>,
) -> Reply<DelegationOptions> {
    Ok(Json(delegations::options(&engine, &auth, id).await?))
}

/// Read the tree below a proposal
#[utoipa::path(get, path = "/proposals/{id}/delegation-tree", tag = "delegations",
    responses((status = 200, body = DelegationTree)))]
pub async fn tree(
    auth: Auth<Viewer>,
    Id(id): Id<ProposalId>,
    State(engine): State<Engine>,
) -> Reply<DelegationTree> {
    Ok(Json(delegations::tree(&engine, &auth, id).await?))
}

/// Read the tree below a proposal as W3C PROV-JSON
#[utoipa::path(get, path = "/proposals/{id}/delegation-tree/prov", tag = "delegations",
    responses((status = 200, body = serde_json::Value,
        description = "A PROV-JSON document: proposals, calls, agents and people, with what came of what")))]
pub async fn prov(
    auth: Auth<Viewer>,
    Id(id): Id<ProposalId>,
    State(engine): State<Engine>,
) -> Reply<serde_json::Value> {
    Ok(Json(delegations::prov(&engine, &auth, id).await?))
}

/// Read a part of the tree below a proposal, as it is drawn
///
/// Those near the top come first. A node whose `children` are not all there
/// is read further with `under` and `after`.
#[utoipa::path(get, path = "/proposals/{id}/delegation-nodes", tag = "delegations",
    params(
        ("under" = Option<DelegationId>, Query, description = "Only what is below this delegation"),
        ("after" = Option<DelegationId>, Query,
            description = "Only the children after this one, with what is below them"),
        ("most" = Option<i64>, Query, description = "Nodes at the most, 1 to 2000"),
        ("find" = Option<String>, Query,
            description = "Only nodes whose agent or scope contains this, with the way to them"),
    ),
    responses((status = 200, body = TreePart)))]
pub async fn nodes(
    auth: Auth<Viewer>,
    Id(id): Id<ProposalId>,
    params: Params,
    State(engine): State<Engine>,
) -> Reply<TreePart> {
    let most = params.number("most", 1..=2_000)?.unwrap_or(NODES);
    let view = TreeView {
        under: params.id("under")?,
        after: params.id("after")?,
        most: usize::try_from(most).unwrap_or(1),
        find: params.text("find").map(str::to_owned),
    };
    Ok(Json(delegations::part(&engine, &auth, id, view).await?))
}

/// Read the way from a proposal up to what its chain began with
#[utoipa::path(get, path = "/proposals/{id}/way-up", tag = "delegations",
    responses((status = 200, body = WayUp)))]
pub async fn way_up(
    auth: Auth<Viewer>,
    Id(id): Id<ProposalId>,
    State(engine): State<Engine>,
) -> Reply<WayUp> {
    Ok(Json(delegations::way_up(&engine, &auth, id).await?))
}
