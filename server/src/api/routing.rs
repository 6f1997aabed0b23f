//! Routing policies.

use axum::{Json, extract::State, http::StatusCode};
use federation::{Engine, routing};
use model::{
    Agent, AgentId, HubId, NewRoutingPolicy, Page, RouteExplanation, RouteOrder, RoutingFilter,
    RoutingPolicy, RoutingPolicyId, RoutingPolicyPatch,
};
use serde::Serialize;

use super::reply::{Created, Reply};
use crate::{
    extract::{Auth, Body, Id, IfMatch, Params, Steward, Viewer},
    problem::Problem,
};

/// The agents that a task goes to.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Resolved {
    /// In order of priority; the first is the chosen one.
    agents: Vec<Agent>,
}

/// The policies of a task type as they stand now.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Ordered {
    /// The one that answers first at the head.
    policies: Vec<RoutingPolicy>,
}

/// List routing policies
#[utoipa::path(get, path = "/routing-policies", tag = "routing",
    params(
        ("hub_id" = Option<HubId>, Query), ("task_type" = Option<String>, Query),
        ("agent_registration_id" = Option<AgentId>, Query),
    ),
    responses((status = 200, body = Page<RoutingPolicy>)))]
pub async fn list(
    auth: Auth<Viewer>,
    params: Params,
    State(engine): State<Engine>,
) -> Reply<Page<RoutingPolicy>> {
    let filter = RoutingFilter {
        hub_id: params.id("hub_id")?,
        task_type: params.text("task_type").map(str::to_owned),
        agent_registration_id: params.id("agent_registration_id")?,
    };
    Ok(Json(
        routing::list(&engine, &auth, filter, params.page()?).await?,
    ))
}

/// Read a routing policy
#[utoipa::path(get, path = "/routing-policies/{id}", tag = "routing",
    responses((status = 200, body = RoutingPolicy)))]
pub async fn get(
    auth: Auth<Viewer>,
    Id(id): Id<RoutingPolicyId>,
    State(engine): State<Engine>,
) -> Reply<RoutingPolicy> {
    Ok(Json(routing::get(&engine, &auth, id).await?))
}

/// Route a task type to an agent
#[utoipa::path(post, path = "/routing-policies", tag = "routing", request_body = NewRoutingPolicy,
    responses((status = 201, body = RoutingPolicy),
        (status = 404, description = "There is no such hub or agent"),
        (status = 409, description = "The priority is taken")))]
pub async fn create(
    auth: Auth<Steward>,
    State(engine): State<Engine>,
    Body(new): Body<NewRoutingPolicy>,
) -> Result<Created<RoutingPolicy>, Problem> {
    let policy = routing::create(&engine, &auth, new).await?;
    Ok(Created::new("routing-policies", policy.id, policy))
}

/// Change a routing policy: its state, its conditions, its priority
///
/// What changes anything raises `version` by one.
#[utoipa::path(patch, path = "/routing-policies/{id}", tag = "routing",
    request_body = RoutingPolicyPatch,
    params(("If-Match" = Option<i32>, Header, description = "The version that is to be changed")),
    responses((status = 200, body = RoutingPolicy),
        (status = 409, description = "The version is no longer this one, or the priority is taken")))]
pub async fn update(
    auth: Auth<Steward>,
    Id(id): Id<RoutingPolicyId>,
    IfMatch(version): IfMatch,
    State(engine): State<Engine>,
    Body(patch): Body<RoutingPolicyPatch>,
) -> Reply<RoutingPolicy> {
    Ok(Json(
        routing::update(&engine, &auth, id, patch, version).await?,
    ))
}

/// Put all policies of a task type into another order
///
/// The priorities in use stay the same; they are handed out anew, which raises
/// the `version` of each policy that gets another one. All or nothing.
#[utoipa::path(post, path = "/routing-policies/reorder", tag = "routing", request_body = RouteOrder,
    responses((status = 200, body = Ordered),
        (status = 404, description = "There is no such hub"),
        (status = 409, description = "The policies are not those that are named, or stand in another order than was seen")))]
pub async fn reorder(
    auth: Auth<Steward>,
    State(engine): State<Engine>,
    Body(order): Body<RouteOrder>,
) -> Reply<Ordered> {
    let policies = routing::reorder(&engine, &auth, order).await?;
    Ok(Json(Ordered { policies }))
}

/// Delete a routing policy
#[utoipa::path(delete, path = "/routing-policies/{id}", tag = "routing",
    params(("If-Match" = Option<i32>, Header, description = "The version that is to be deleted")),
    responses((status = 204, description = "It is gone"),
        (status = 409, description = "The version is no longer this one")))]
pub async fn delete(
    auth: Auth<Steward>,
    Id(id): Id<RoutingPolicyId>,
    IfMatch(version): IfMatch,
    State(engine): State<Engine>,
) -> Result<StatusCode, Problem> {
    routing::delete(&engine, &auth, id, version).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Say which agents a task goes to
#[utoipa::path(get, path = "/routing-policies/resolve", tag = "routing",
    params(("hub_id" = HubId, Query), ("task_type" = String, Query)),
    responses((status = 200, body = Resolved),
        (status = 404, description = "No active agent is routed, or there is no such hub")))]
pub async fn resolve(
    auth: Auth<Viewer>,
    params: Params,
    State(engine): State<Engine>,
) -> Reply<Resolved> {
    let hub_id = params.needed_id("hub_id")?;
    let task_type = params.needed("task_type")?;
    let agents = routing::resolve_all_agents(&engine, &auth, hub_id, task_type).await?;
    if agents.is_empty() {
        return Err(Problem::new(
            StatusCode::NOT_FOUND,
            "no_route",
            "No active agent is routed for this task type in this hub.",
        ));
    }
    Ok(Json(Resolved { agents }))
}

/// Say who would answer, and why nobody else
///
/// The chosen agent with governance's verdict on it, and every policy of the
/// task type with the reason for which its agent is chosen or passed over.
/// Without `artifact_type` the usual one of the task type counts, without
/// `action` it is `propose`. Calls no model and records nothing.
#[utoipa::path(get, path = "/routing-policies/explain", tag = "routing",
    params(
        ("hub_id" = HubId, Query), ("task_type" = String, Query),
        ("artifact_type" = Option<String>, Query), ("action" = Option<model::Action>, Query),
    ),
    responses((status = 200, body = RouteExplanation),
        (status = 404, description = "There is no such hub")))]
pub async fn explain(
    auth: Auth<Viewer>,
    params: Params,
    State(engine): State<Engine>,
) -> Reply<RouteExplanation> {
    let explained = routing::explain(
        &engine,
        &auth,
        params.needed_id("hub_id")?,
        params.needed("task_type")?,
        params.text("artifact_type"),
        params.word("action")?,
    );
    Ok(Json(explained.await?))
}
