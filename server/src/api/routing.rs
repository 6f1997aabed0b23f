//! Routing policies.

use axum::{Json, extract::State, http::StatusCode};
use federation::{Engine, routing};
use model::{
    Agent, AgentId, HubId, NewRoutingPolicy, Page, RoutingFilter, RoutingPolicy, RoutingPolicyId,
};
use serde::Serialize;

use super::reply::{Created, Reply};
use crate::{
    extract::{Auth, Body, Id, Params, Steward, Viewer},
    problem::Problem,
};

/// The agents that a task goes to.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Resolved {
    /// In order of priority; the first is the chosen one.
    agents: Vec<Agent>,
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

/// Delete a routing policy
#[utoipa::path(delete, path = "/routing-policies/{id}", tag = "routing",
    responses((status = 204, description = "It is gone")))]
pub async fn delete(
    auth: Auth<Steward>,
    Id(id): Id<RoutingPolicyId>,
    State(engine): State<Engine>,
) -> Result<StatusCode, Problem> {
    routing::delete(&engine, &auth, id).await?;
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
