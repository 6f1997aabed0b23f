//! Routing on both engines: the order, its conditions, prices, who would answer.

mod choose;
mod notes;
mod order_of_preference;
mod terms;
mod versions;

use crate::support::*;
use federation::{Engine, routing};
use model::*;

const TASK: &str = "requirement_draft";

fn nothing() -> std::sync::Arc<ScriptBridge> {
    ScriptBridge::new(|_, _| Plan::hang())
}

async fn policies(engine: &Engine, hub: HubId) -> Vec<RoutingPolicy> {
    let all = routing::table(engine, &admin(), hub, TASK).await.unwrap();
    all.into_iter().map(|route| route.policy).collect()
}

fn ids(policies: &[RoutingPolicy]) -> Vec<RoutingPolicyId> {
    policies.iter().map(|p| p.id).collect()
}

fn order(hub_id: HubId, policy_ids: Vec<RoutingPolicyId>) -> RouteOrder {
    RouteOrder {
        hub_id,
        task_type: TASK.to_owned(),
        policy_ids,
        seen_policy_ids: None,
    }
}
