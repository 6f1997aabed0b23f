//! Routing: the order of preference per task type, and who would answer.

use leptos::prelude::*;
use model::{
    AgentId, Caller, ExplainedRoute, Hub, HubId, RegisteredType, RouteExplanation, RouteOrder,
    RoutingPolicyId,
};
use serde::{Deserialize, Serialize};

use crate::error::AppError;
use crate::wire::Wire;

/// The policies of one task type, in the order of preference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskTable {
    pub task_type: String,
    pub label: String,
    /// At most [`ROWS_MAX`].
    pub routes: Vec<ExplainedRoute>,
    /// How many there are in all.
    pub count: usize,
}

/// Policies of one task type that a page shows.
#[cfg(feature = "ssr")]
const ROWS_MAX: usize = 100;

/// An agent that a policy may name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgentChoice {
    pub id: AgentId,
    pub name: String,
    pub model_name: String,
    pub is_active: bool,
}

/// What the page of a hub's routing shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoutingAnswer {
    pub hub: Hub,
    pub caller: Caller,
    pub tables: Vec<TaskTable>,
    pub agents: Vec<AgentChoice>,
    pub artifact_types: Vec<RegisteredType>,
}

/// The routing of a hub; `None` where there is no hub yet.
#[server(prefix = "/rpc", endpoint = "routing", input = Wire, output = Wire)]
pub async fn read_routing(hub: Option<String>) -> Result<Option<RoutingAnswer>, AppError> {
    use model::{AgentFilter, PageRequest};

    use super::request::{self, refuse};

    let (engine, caller) = (request::engine()?, request::caller()?);
    let (_, Some(hub)) = request::hubs(&engine, &caller, hub.as_deref()).await? else {
        return Ok(None);
    };
    let types = federation::hubs::types(&engine, &caller)
        .await
        .map_err(refuse)?;
    let mut tables = Vec::with_capacity(types.task_types.len());
    for task in types.task_types {
        tables.push(table(&engine, &caller, hub.id, task).await?);
    }
    let filter = AgentFilter {
        hub_id: Some(hub.id),
        ..AgentFilter::default()
    };
    let page = PageRequest {
        limit: model::LIMIT_MAX,
        after: None,
    };
    let mut agents: Vec<AgentChoice> = federation::agents::list(&engine, &caller, filter, page)
        .await
        .map_err(refuse)?
        .items
        .into_iter()
        .map(|agent| AgentChoice {
            id: agent.id,
            name: agent.name,
            model_name: agent.model_name,
            is_active: agent.is_active,
        })
        .collect();
    agents.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Some(RoutingAnswer {
        hub,
        caller,
        tables,
        agents,
        artifact_types: types.artifact_types,
    }))
}

#[cfg(feature = "ssr")]
async fn table(
    engine: &federation::Engine,
    caller: &Caller,
    hub: HubId,
    task: RegisteredType,
) -> Result<TaskTable, AppError> {
    let mut routes = federation::routing::table(engine, caller, hub, &task.key)
        .await
        .map_err(super::request::refuse)?;
    let count = routes.len();
    routes.truncate(ROWS_MAX);
    Ok(TaskTable {
        task_type: task.key,
        label: task.label,
        routes,
        count,
    })
}

/// The table of one task type after a change.
#[cfg(feature = "ssr")]
async fn table_of(
    engine: &federation::Engine,
    caller: &Caller,
    hub: HubId,
    task_type: &str,
) -> Result<TaskTable, AppError> {
    let types = federation::hubs::types(engine, caller)
        .await
        .map_err(super::request::refuse)?;
    let task = types.task_types.into_iter().find(|t| t.key == task_type);
    let task = task.ok_or_else(|| AppError::new("not_found", "There is no such task type."))?;
    table(engine, caller, hub, task).await
}

/// The table of one task type as it stands now.
#[server(prefix = "/rpc", endpoint = "route_table", input = Wire, output = Wire)]
pub async fn read_table(hub_id: HubId, task_type: String) -> Result<TaskTable, AppError> {
    use super::request;

    let (engine, caller) = (request::engine()?, request::caller()?);
    table_of(&engine, &caller, hub_id, &task_type).await
}

/// Who would answer, in the words of the address; `None` where there is no hub
/// yet. A word that is no registered type counts as left out.
#[server(prefix = "/rpc", endpoint = "explain_route", input = Wire, output = Wire)]
pub async fn explain_route(
    hub: Option<String>,
    task: Option<String>,
    artifact: Option<String>,
) -> Result<Option<RouteExplanation>, AppError> {
    use super::request::{self, refuse};

    let (engine, caller) = (request::engine()?, request::caller()?);
    let (_, Some(hub)) = request::hubs(&engine, &caller, hub.as_deref()).await? else {
        return Ok(None);
    };
    let types = federation::hubs::types(&engine, &caller)
        .await
        .map_err(refuse)?;
    let known = |all: &[RegisteredType], word: Option<String>| {
        word.filter(|word| all.iter().any(|t| t.key == *word))
    };
    let first = types.task_types.first().map(|t| t.key.clone());
    let Some(task) = known(&types.task_types, task).or(first) else {
        return Ok(None);
    };
    let artifact = known(&types.artifact_types, artifact);
    federation::routing::explain(&engine, &caller, hub.id, &task, artifact.as_deref(), None)
        .await
        .map(Some)
        .map_err(refuse)
}

/// Adds a policy at the end. The ceiling is in US dollars for 1,000 tokens, the
/// capabilities are separated by commas.
#[server(prefix = "/rpc", endpoint = "add_route", output = Wire)]
pub async fn add_route(
    hub_id: HubId,
    task_type: String,
    agent_registration_id: String,
    #[server(default)] ceiling_usd: String,
    #[server(default)] required_capabilities: String,
    #[server(default)] min_trust_level: String,
) -> Result<TaskTable, AppError> {
    use model::NewRoutingPolicy;

    use super::request::{self, refuse};
    use crate::routing::terms;

    let (engine, caller) = (request::engine()?, request::caller()?);
    let agent = terms::agent(&agent_registration_id)?;
    let new = NewRoutingPolicy {
        max_cost_microusd_per_1k: terms::ceiling(&ceiling_usd)?,
        required_capabilities: terms::capabilities(&required_capabilities),
        min_trust_level: terms::trust(&min_trust_level)?,
        ..NewRoutingPolicy::last(hub_id, task_type.as_str(), agent)
    };
    federation::routing::create(&engine, &caller, new)
        .await
        .map_err(refuse)?;
    table_of(&engine, &caller, hub_id, &task_type).await
}

/// Sets the conditions of a policy where it is still at `version`; an empty one
/// is taken away.
#[server(prefix = "/rpc", endpoint = "set_route_terms", output = Wire)]
pub async fn set_route_terms(
    policy_id: RoutingPolicyId,
    version: i32,
    #[server(default)] ceiling_usd: String,
    #[server(default)] required_capabilities: String,
    #[server(default)] min_trust_level: String,
) -> Result<TaskTable, AppError> {
    use model::RoutingPolicyPatch;

    use super::request::{self, refuse};
    use crate::routing::terms;

    let (engine, caller) = (request::engine()?, request::caller()?);
    let patch = RoutingPolicyPatch {
        max_cost_microusd_per_1k: Some(terms::ceiling(&ceiling_usd)?),
        required_capabilities: Some(terms::capabilities(&required_capabilities)),
        min_trust_level: Some(terms::trust(&min_trust_level)?),
        ..RoutingPolicyPatch::default()
    };
    let policy = federation::routing::update(&engine, &caller, policy_id, patch, Some(version))
        .await
        .map_err(refuse)?;
    table_of(&engine, &caller, policy.hub_id, &policy.task_type).await
}

/// What the buttons of a row do: `up`, `down`, `enable`, `disable`, `delete`,
/// where the policy is still at `version`.
#[server(prefix = "/rpc", endpoint = "act_on_route", output = Wire)]
pub async fn act_on_route(
    policy_id: RoutingPolicyId,
    version: i32,
    act: String,
) -> Result<TaskTable, AppError> {
    use federation::routing;
    use model::RoutingPolicyPatch;

    use super::request::{self, refuse};

    let (engine, caller) = (request::engine()?, request::caller()?);
    let policy = routing::get(&engine, &caller, policy_id)
        .await
        .map_err(refuse)?;
    let seen = Some(version);
    match act.as_str() {
        "up" | "down" => {
            routing::shift(&engine, &caller, policy_id, act == "up", seen)
                .await
                .map_err(refuse)?;
        }
        "enable" | "disable" => {
            let patch = RoutingPolicyPatch {
                is_active: Some(act == "enable"),
                ..RoutingPolicyPatch::default()
            };
            routing::update(&engine, &caller, policy_id, patch, seen)
                .await
                .map_err(refuse)?;
        }
        "delete" => routing::delete(&engine, &caller, policy_id, seen)
            .await
            .map_err(refuse)?,
        _ => {
            return Err(refuse(federation::Error::invalid(
                "act",
                "must be one of up, down, enable, disable, delete",
            )));
        }
    }
    table_of(&engine, &caller, policy.hub_id, &policy.task_type).await
}

/// Puts all policies of a task type into another order.
#[server(prefix = "/rpc", endpoint = "reorder_routes", input = Wire, output = Wire)]
pub async fn reorder_routes(order: RouteOrder) -> Result<TaskTable, AppError> {
    use super::request::{self, refuse};

    let (engine, caller) = (request::engine()?, request::caller()?);
    let (hub, task_type) = (order.hub_id, order.task_type.clone());
    federation::routing::reorder(&engine, &caller, order)
        .await
        .map_err(refuse)?;
    table_of(&engine, &caller, hub, &task_type).await
}

/// Whether a hub asks the next candidate where a provider is down.
#[server(prefix = "/rpc", endpoint = "set_routing_fallback", output = Wire)]
pub async fn set_routing_fallback(hub_id: HubId, on: bool) -> Result<bool, AppError> {
    use model::HubPatch;

    use super::request;

    let (engine, caller) = (request::engine()?, request::caller()?);
    let patch = HubPatch {
        routing_fallback: Some(on),
        ..HubPatch::default()
    };
    let hub = federation::hubs::update(&engine, &caller, hub_id, patch)
        .await
        .map_err(request::refuse)?;
    Ok(hub.routing_fallback)
}
