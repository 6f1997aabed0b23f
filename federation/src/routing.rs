//! Routing: which agent answers a task in a hub.

use model::{
    Agent, Caller, HubId, NewRoutingPolicy, Page, PageRequest, Role, RoutingFilter, RoutingPolicy,
    RoutingPolicyId, TypeKind,
};
use serde_json::json;

use crate::{
    Engine, Error, Result, agents,
    error::{check, require},
    hubs,
};

pub async fn list(
    engine: &Engine,
    caller: &Caller,
    filter: RoutingFilter,
    page: PageRequest,
) -> Result<Page<RoutingPolicy>> {
    require(caller, Role::Viewer)?;
    let rows = engine.store().routing_policies(&filter, page).await?;
    Ok(page.cut(rows, |policy| policy.id.0))
}

pub async fn get(engine: &Engine, caller: &Caller, id: RoutingPolicyId) -> Result<RoutingPolicy> {
    require(caller, Role::Viewer)?;
    engine
        .store()
        .routing_policy(id)
        .await?
        .ok_or_else(|| Error::not_found("routing policy"))
}

pub async fn create(
    engine: &Engine,
    caller: &Caller,
    new: NewRoutingPolicy,
) -> Result<RoutingPolicy> {
    require(caller, Role::Steward)?;
    check(&new)?;
    hubs::named(engine, new.hub_id).await?;
    hubs::registered(engine, TypeKind::TaskType, "task_type", &new.task_type).await?;
    agents::named(
        engine,
        new.agent_registration_id,
        new.hub_id,
        "agent_registration_id",
    )
    .await?;
    let policy = RoutingPolicy {
        id: engine.clock().id(),
        hub_id: new.hub_id,
        task_type: new.task_type,
        agent_registration_id: new.agent_registration_id,
        priority: new.priority,
        is_active: new.is_active,
        created_at: engine.clock().now(),
    };
    let mut tx = engine.store().begin().await?;
    tx.insert_routing_policy(&policy).await.map_err(|e| {
        if e.is_unique_violation() {
            Error::conflict(
                "priority_taken",
                format!(
                    "this hub has a policy for {} with priority {} already; choose another priority",
                    policy.task_type, policy.priority
                ),
            )
        } else {
            e.into()
        }
    })?;
    let detail = json!({ "policy": policy });
    tx.audit(
        caller,
        "routing_policy.created",
        Some(policy.hub_id),
        "routing_policy",
        policy.id.0,
        detail,
    )
    .await?;
    tx.commit().await?;
    Ok(policy)
}

pub async fn delete(engine: &Engine, caller: &Caller, id: RoutingPolicyId) -> Result<()> {
    require(caller, Role::Steward)?;
    let mut tx = engine.store().begin().await?;
    let policy = tx
        .delete_routing_policy(id)
        .await?
        .ok_or_else(|| Error::not_found("routing policy"))?;
    let detail = json!({ "policy": policy });
    tx.audit(
        caller,
        "routing_policy.deleted",
        Some(policy.hub_id),
        "routing_policy",
        id.0,
        detail,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// The agent of the active policy with the highest priority whose agent is
/// active; `None` where there is none.
pub async fn resolve_agent(
    engine: &Engine,
    caller: &Caller,
    hub: HubId,
    task_type: &str,
) -> Result<Option<Agent>> {
    let all = resolve_all_agents(engine, caller, hub, task_type).await?;
    Ok(all.into_iter().next())
}

/// All active agents routed for the task, in the order of preference.
pub async fn resolve_all_agents(
    engine: &Engine,
    caller: &Caller,
    hub: HubId,
    task_type: &str,
) -> Result<Vec<Agent>> {
    require(caller, Role::Viewer)?;
    hubs::named(engine, hub).await?;
    hubs::registered(engine, TypeKind::TaskType, "task_type", task_type).await?;
    let routed = engine.store().routed_agents(hub, task_type).await?;
    Ok(routed.into_iter().map(|r| r.agent).collect())
}
