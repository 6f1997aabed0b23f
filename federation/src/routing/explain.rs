//! Who would answer, and why nobody else. Calls no model, records nothing.

use model::{
    Action, Caller, ExplainedRoute, HubId, Role, RouteExplanation, RouteVerdict, RoutingPolicy,
    TypeKind,
};

use super::choose;
use crate::{Engine, Result, error::require, governance, hubs, store::routing::Route};

/// The artifact type that a task of this type is about where nobody says.
fn usual_artifact(task_type: &str) -> &'static str {
    match task_type {
        "synthesis" => "widget_summary",
        "requirement_draft" => "requirement_candidate",
        "implementation" => "implementation_proposal",
        "triage" => "duplicate_report",
        _ => "collective_proposal",
    }
}

/// The chosen agent with governance's verdict on it, and the verdict on every
/// policy of the task type.
pub async fn explain(
    engine: &Engine,
    caller: &Caller,
    hub: HubId,
    task_type: &str,
    artifact_type: Option<&str>,
    action: Option<Action>,
) -> Result<RouteExplanation> {
    require(caller, Role::Viewer)?;
    let hub = hubs::named(engine, hub).await?;
    hubs::registered(engine, TypeKind::TaskType, "task_type", task_type).await?;
    let artifact_type = artifact_type.unwrap_or_else(|| usual_artifact(task_type));
    hubs::registered(
        engine,
        TypeKind::ArtifactType,
        "artifact_type",
        artifact_type,
    )
    .await?;
    let action = action.unwrap_or(Action::Propose);
    let routes = engine.store().all_routes(hub.id, task_type).await?;
    let judged = choose::judge(&routes);
    let chosen = routes
        .iter()
        .zip(&judged)
        .find(|(_, judged)| judged.verdict == RouteVerdict::Chosen)
        .map(|(route, _)| route.agent.clone());
    let governance = match &chosen {
        Some(agent) => Some(governance::verdict(engine, &hub, agent, artifact_type, action).await?),
        None => None,
    };
    Ok(RouteExplanation {
        hub_id: hub.id,
        task_type: task_type.to_owned(),
        artifact_type: artifact_type.to_owned(),
        action,
        chosen_agent_id: chosen.map(|agent| agent.id),
        governance,
        fallback: hub.routing_fallback,
        routes: told(routes, judged),
    })
}

/// All policies of a task type in their order, each with its verdict.
pub async fn table(
    engine: &Engine,
    caller: &Caller,
    hub: HubId,
    task_type: &str,
) -> Result<Vec<ExplainedRoute>> {
    require(caller, Role::Viewer)?;
    let routes = engine.store().all_routes(hub, task_type).await?;
    let judged = choose::judge(&routes);
    Ok(told(routes, judged))
}

fn told(routes: Vec<Route>, judged: Vec<choose::Judged>) -> Vec<ExplainedRoute> {
    let each = routes.into_iter().zip(judged);
    each.map(|(route, judged)| ExplainedRoute {
        policy: RoutingPolicy {
            id: route.policy_id,
            hub_id: route.agent.hub_id,
            task_type: route.task_type,
            agent_registration_id: route.agent.id,
            priority: route.priority,
            is_active: route.policy_is_active,
            max_cost_microusd_per_1k: route.max_cost_microusd_per_1k,
            required_capabilities: route.required_capabilities,
            min_trust_level: route.min_trust_level,
            version: route.policy_version,
            created_at: route.policy_created_at,
        },
        agent_name: route.agent.name,
        provider: route.agent.provider,
        model_name: route.agent.model_name,
        trust_level: route.agent.trust_level,
        capabilities: route.agent.capabilities,
        input_usd_per_million: route.input_usd_per_million,
        output_usd_per_million: route.output_usd_per_million,
        verdict: judged.verdict,
        reason: judged.reason,
    })
    .collect()
}
