//! Routing: which agent answers a task in a hub.
//!
//! A policy names an agent for a task type and may set conditions: a cost
//! ceiling, capabilities, trust. The agent of the highest priority that meets
//! its conditions is chosen. Governance is no condition: an agent that it
//! blocks is chosen and then blocked, never skipped.

pub mod choose;
mod explain;
mod order;

use model::{
    Agent, Caller, HubId, NewRoutingPolicy, Page, PageRequest, Role, RoutingFilter, RoutingPolicy,
    RoutingPolicyId, RoutingPolicyPatch, TypeKind,
};
use serde_json::json;

use crate::{
    Engine, Error, Result, StoreError, agents,
    error::{check, require},
    hubs,
    store::{Tx, routing::Route},
    types,
};

pub use explain::{explain, table};
pub(crate) use order::{lock, place_before};
pub use order::{reorder, shift};

/// Policies read at once: enough where the first ones fit, as they mostly do.
const FIRST_LOOK: i64 = 8;

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
    engine.store().routing_policy(id).await?.ok_or_else(gone)
}

fn gone() -> Error {
    Error::not_found("routing policy")
}

/// Adds a policy: at its priority, or last where it names none.
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
    let mut tx = engine.store().begin().await?;
    types::hold(&mut tx, TypeKind::TaskType, &new.task_type).await?;
    tx.lock_routes(new.hub_id).await?;
    let priority = match new.priority {
        Some(priority) => priority,
        None => order::last(&mut tx, new.hub_id, &new.task_type).await?,
    };
    let policy = RoutingPolicy {
        id: engine.clock().id(),
        hub_id: new.hub_id,
        task_type: new.task_type,
        agent_registration_id: new.agent_registration_id,
        priority,
        is_active: new.is_active,
        max_cost_microusd_per_1k: new.max_cost_microusd_per_1k,
        required_capabilities: tidy(new.required_capabilities),
        min_trust_level: new.min_trust_level,
        version: 1,
        created_at: engine.clock().now(),
    };
    tx.insert_routing_policy(&policy)
        .await
        .map_err(|e| priority_taken(e, &policy))?;
    let detail = json!({ "policy": policy });
    note(&mut tx, caller, "routing_policy.created", &policy, detail).await?;
    tx.commit().await?;
    Ok(policy)
}

/// Without blanks around them, each once.
fn tidy(capabilities: Vec<String>) -> Vec<String> {
    let mut tidy: Vec<String> = Vec::with_capacity(capabilities.len());
    for capability in capabilities {
        let capability = capability.trim();
        if !tidy.iter().any(|known| known == capability) {
            tidy.push(capability.to_owned());
        }
    }
    tidy
}

fn priority_taken(error: StoreError, policy: &RoutingPolicy) -> Error {
    if error.is_unique_violation() {
        return Error::conflict(
            "priority_taken",
            format!(
                "this hub has a policy for {} with priority {} already; choose another priority",
                policy.task_type, policy.priority
            ),
        );
    }
    error.into()
}

/// Changes a policy: its state, its conditions, its priority. A change raises
/// its version by one. `if_match` is the version that the caller saw.
pub async fn update(
    engine: &Engine,
    caller: &Caller,
    id: RoutingPolicyId,
    patch: RoutingPolicyPatch,
    if_match: Option<i32>,
) -> Result<RoutingPolicy> {
    require(caller, Role::Steward)?;
    check(&patch)?;
    let seen = get(engine, caller, id).await?;
    let mut tx = engine.store().begin().await?;
    // The type first, as `create` does: two orders of locks could wait for each other.
    if patch.is_active == Some(true) {
        types::hold(&mut tx, TypeKind::TaskType, &seen.task_type).await?;
    }
    tx.lock_routes(seen.hub_id).await?;
    let before = as_seen(&mut tx, id, if_match).await?;
    let mut policy = patched(before.clone(), patch);
    if policy == before {
        return Ok(policy);
    }
    policy.version += 1;
    tx.update_routing_policy(&policy)
        .await
        .map_err(|e| priority_taken(e, &policy))?;
    let detail = json!({ "before": before, "after": policy });
    note(&mut tx, caller, "routing_policy.updated", &policy, detail).await?;
    tx.commit().await?;
    Ok(policy)
}

/// The policy, where it still stands as the caller saw it. Needs the lock.
async fn as_seen(tx: &mut Tx, id: RoutingPolicyId, if_match: Option<i32>) -> Result<RoutingPolicy> {
    let policy = tx.routing_policy(id).await?.ok_or_else(gone)?;
    match if_match {
        Some(version) if version != policy.version => {
            Err(Error::stale("routing policy", policy.version))
        }
        _ => Ok(policy),
    }
}

fn patched(mut policy: RoutingPolicy, patch: RoutingPolicyPatch) -> RoutingPolicy {
    if let Some(priority) = patch.priority {
        policy.priority = priority;
    }
    if let Some(is_active) = patch.is_active {
        policy.is_active = is_active;
    }
    if let Some(ceiling) = patch.max_cost_microusd_per_1k {
        policy.max_cost_microusd_per_1k = ceiling;
    }
    if let Some(capabilities) = patch.required_capabilities {
        policy.required_capabilities = tidy(capabilities);
    }
    if let Some(trust) = patch.min_trust_level {
        policy.min_trust_level = trust;
    }
    policy
}

/// Deletes a policy. `if_match` is the version that the caller saw.
pub async fn delete(
    engine: &Engine,
    caller: &Caller,
    id: RoutingPolicyId,
    if_match: Option<i32>,
) -> Result<()> {
    require(caller, Role::Steward)?;
    let hub = get(engine, caller, id).await?.hub_id;
    let mut tx = engine.store().begin().await?;
    tx.lock_routes(hub).await?;
    as_seen(&mut tx, id, if_match).await?;
    let policy = tx.delete_routing_policy(id).await?.ok_or_else(gone)?;
    let detail = json!({ "policy": policy });
    note(&mut tx, caller, "routing_policy.deleted", &policy, detail).await?;
    tx.commit().await?;
    Ok(())
}

async fn note(
    tx: &mut Tx,
    caller: &Caller,
    action: &str,
    policy: &RoutingPolicy,
    detail: serde_json::Value,
) -> Result<()> {
    let hub = Some(policy.hub_id);
    tx.audit(caller, action, hub, "routing_policy", policy.id.0, detail)
        .await?;
    Ok(())
}

/// The agent that answers: the first of [`resolve_all_agents`]; `None` where
/// nobody fits.
pub async fn resolve_agent(
    engine: &Engine,
    caller: &Caller,
    hub: HubId,
    task_type: &str,
) -> Result<Option<Agent>> {
    // Read side by side; what is wrong with the question comes first.
    let (asked, looked) = tokio::join!(
        asked_about(engine, caller, hub, task_type),
        look(engine, hub, task_type, 1)
    );
    asked?;
    let looked = looked?;
    let first = choose::fitting(looked).into_iter().next();
    Ok(first.map(|route| route.agent))
}

/// All agents that fit the task, in the order of preference.
pub async fn resolve_all_agents(
    engine: &Engine,
    caller: &Caller,
    hub: HubId,
    task_type: &str,
) -> Result<Vec<Agent>> {
    asked_about(engine, caller, hub, task_type).await?;
    let all = look(engine, hub, task_type, usize::MAX).await?;
    let fitting = choose::fitting(all);
    Ok(fitting.into_iter().map(|route| route.agent).collect())
}

async fn asked_about(engine: &Engine, caller: &Caller, hub: HubId, task_type: &str) -> Result<()> {
    require(caller, Role::Viewer)?;
    let (hub, task_type) = tokio::join!(
        hubs::named(engine, hub),
        hubs::registered(engine, TypeKind::TaskType, "task_type", task_type)
    );
    hub?;
    task_type
}

/// The active routes from the highest priority on, until `wanted` agents fit
/// or there are no more. One short statement where the first ones fit.
pub(crate) async fn look(
    engine: &Engine,
    hub: HubId,
    task_type: &str,
    wanted: usize,
) -> Result<Vec<Route>> {
    let mut limit = if wanted == usize::MAX {
        i64::from(i32::MAX)
    } else {
        FIRST_LOOK
    };
    let mut below = i64::MAX;
    let mut routes: Vec<Route> = Vec::new();
    loop {
        let more = engine
            .store()
            .active_routes(hub, task_type, below, limit)
            .await?;
        let last = i64::try_from(more.len()).unwrap_or(0) < limit;
        routes.extend(more);
        let fit = choose::judge(&routes)
            .iter()
            .filter(|j| j.verdict.fits() && !j.again)
            .count();
        if last || fit >= wanted {
            return Ok(routes);
        }
        below = routes.last().map_or(below, |r| i64::from(r.priority));
        limit = limit.saturating_mul(8);
    }
}
