//! The order of preference: unique priorities that never collide on the way.

use std::collections::{HashMap, HashSet};

use model::{AgentId, Caller, HubId, Role, RouteOrder, RoutingPolicy, RoutingPolicyId, TypeKind};
use serde_json::json;

use super::{as_seen, get, gone};
use crate::{
    Engine, Error, Result,
    error::{check, require},
    hubs,
    store::Tx,
};

/// Policies with their priorities, the highest first.
type Ranked = Vec<(RoutingPolicyId, i32)>;

/// Puts all policies of a task type into the order that is given. The
/// priorities in use stay the same; they are handed out anew, and each policy
/// that gets another one is at its next version. Gives the policies in the new
/// order.
///
/// An order speaks of which policies there are and how they stand, nothing
/// else: their states and conditions may have changed meanwhile.
///
/// # Errors
/// `order_changed` where the policies are not those that the caller names, or
/// do not stand as the caller saw them.
pub async fn reorder(
    engine: &Engine,
    caller: &Caller,
    order: RouteOrder,
) -> Result<Vec<RoutingPolicy>> {
    require(caller, Role::Steward)?;
    check(&order)?;
    let wanted: HashSet<_> = order.policy_ids.iter().copied().collect();
    if wanted.len() != order.policy_ids.len() {
        return Err(Error::invalid("policy_ids", "names a policy twice"));
    }
    hubs::named(engine, order.hub_id).await?;
    hubs::registered(engine, TypeKind::TaskType, "task_type", &order.task_type).await?;
    let mut tx = engine.store().begin().await?;
    tx.lock_routes(order.hub_id).await?;
    let current = tx.route_order(order.hub_id, &order.task_type).await?;
    let stands = ids(&current);
    let same = stands.len() == wanted.len() && stands.iter().all(|id| wanted.contains(id));
    if !same || order.seen_policy_ids.is_some_and(|seen| seen != stands) {
        return Err(Error::conflict(
            "order_changed",
            format!(
                "somebody changed the policies for {} meanwhile; look at them again and repeat your change",
                order.task_type
            ),
        ));
    }
    arrange(
        &mut tx,
        caller,
        order.hub_id,
        &order.task_type,
        &current,
        order.policy_ids,
    )
    .await?;
    let policies = read(&mut tx, order.hub_id, &order.task_type).await?;
    tx.commit().await?;
    Ok(policies)
}

/// Moves a policy by one place, where there is one. `if_match` is the version
/// that the caller saw: one that has been moved meanwhile is moved no further.
pub async fn shift(
    engine: &Engine,
    caller: &Caller,
    id: RoutingPolicyId,
    up: bool,
    if_match: Option<i32>,
) -> Result<()> {
    require(caller, Role::Steward)?;
    let policy = get(engine, caller, id).await?;
    let (hub, task_type) = (policy.hub_id, policy.task_type);
    let mut tx = engine.store().begin().await?;
    tx.lock_routes(hub).await?;
    as_seen(&mut tx, id, if_match).await?;
    let current = tx.route_order(hub, &task_type).await?;
    let mut wanted = ids(&current);
    let place = wanted
        .iter()
        .position(|other| *other == id)
        .ok_or_else(gone)?;
    let other = if up {
        place.checked_sub(1)
    } else {
        Some(place.saturating_add(1)).filter(|next| *next < wanted.len())
    };
    if let Some(other) = other {
        wanted.swap(place, other);
        arrange(&mut tx, caller, hub, &task_type, &current, wanted).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Waits until nobody else changes the routes of a hub.
pub(crate) async fn lock(tx: &mut Tx, hub: HubId) -> Result<()> {
    tx.lock_routes(hub).await?;
    Ok(())
}

/// Puts an agent's active policy for a task directly before another agent's.
/// Needs the lock.
///
/// # Errors
/// `order_changed` where one of the two is no longer routed, or they stand so
/// already.
pub(crate) async fn place_before(
    tx: &mut Tx,
    caller: &Caller,
    hub: HubId,
    task_type: &str,
    agent: AgentId,
    over: AgentId,
) -> Result<()> {
    let changed = || {
        Error::conflict(
            "order_changed",
            format!(
                "somebody changed the policies for {task_type} meanwhile; count again to see what is suggested now"
            ),
        )
    };
    let current = tx.route_order(hub, task_type).await?;
    let (mut from, mut to) = (None, None);
    for (place, (id, _)) in current.iter().enumerate() {
        let policy = tx.routing_policy(*id).await?.ok_or_else(gone)?;
        if policy.is_active && policy.agent_registration_id == agent {
            from.get_or_insert(place);
        } else if policy.is_active && policy.agent_registration_id == over {
            to.get_or_insert(place);
        }
    }
    let (Some(from), Some(to)) = (from, to) else {
        return Err(changed());
    };
    if from < to {
        return Err(changed());
    }
    let mut wanted = ids(&current);
    let moved = wanted.remove(from);
    wanted.insert(to, moved);
    arrange(tx, caller, hub, task_type, &current, wanted).await
}

/// The priority of a policy that is to come last. Needs the lock.
pub(super) async fn last(tx: &mut Tx, hub: HubId, task_type: &str) -> Result<i32> {
    let current = tx.route_order(hub, task_type).await?;
    match current.last() {
        None => Ok(0),
        Some((_, lowest)) => match lowest.checked_sub(1) {
            Some(priority) => Ok(priority),
            // Nothing is lower: the others move up.
            None => {
                let top = i32::try_from(current.len()).unwrap_or(i32::MAX);
                let places = current.iter().zip((1..=top).rev());
                let moved: Ranked = places.map(|((id, _), place)| (*id, place)).collect();
                write(tx, &current, &moved).await?;
                Ok(0)
            }
        },
    }
}

/// Hands out the priorities in use anew, and notes it where something moved.
async fn arrange(
    tx: &mut Tx,
    caller: &Caller,
    hub: HubId,
    task_type: &str,
    current: &Ranked,
    wanted: Vec<RoutingPolicyId>,
) -> Result<()> {
    let before = ids(current);
    if before == wanted {
        return Ok(());
    }
    let priorities = current.iter().map(|(_, priority)| *priority);
    let moved: Ranked = wanted.iter().copied().zip(priorities).collect();
    write(tx, current, &moved).await?;
    let detail = json!({ "task_type": task_type, "before": before, "after": wanted });
    tx.audit(
        caller,
        "routing_policy.reordered",
        Some(hub),
        "hub",
        hub.0,
        detail,
    )
    .await?;
    Ok(())
}

/// Writes new priorities in two steps: first to places that nobody has, old
/// or new, so that no two rows ever meet on one.
async fn write(tx: &mut Tx, current: &Ranked, moved: &Ranked) -> Result<()> {
    let stands: HashMap<_, _> = current.iter().copied().collect();
    let taken: HashSet<i32> = current.iter().chain(moved).map(|(_, p)| *p).collect();
    let mut free = (i32::MIN..=i32::MAX).filter(|place| !taken.contains(place));
    let changed: Vec<_> = moved
        .iter()
        .filter(|(id, priority)| stands.get(id) != Some(priority))
        .collect();
    for (id, _) in &changed {
        let place = free
            .next()
            .ok_or_else(|| Error::Internal("no priority is free".to_owned()))?;
        tx.park_policy(*id, place).await?;
    }
    for (id, priority) in changed {
        tx.set_priority(*id, *priority).await?;
    }
    Ok(())
}

fn ids(ranked: &Ranked) -> Vec<RoutingPolicyId> {
    ranked.iter().map(|(id, _)| *id).collect()
}

async fn read(tx: &mut Tx, hub: HubId, task_type: &str) -> Result<Vec<RoutingPolicy>> {
    let mut policies = Vec::new();
    for (id, _) in tx.route_order(hub, task_type).await? {
        policies.extend(tx.routing_policy(id).await?);
    }
    Ok(policies)
}
