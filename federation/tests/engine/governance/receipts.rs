//! Receipts that tests write.

use chrono::{DateTime, Utc};
use federation::Engine;
use model::*;

use crate::support::admin;

/// A receipt of a call that has ended.
pub fn receipt(engine: &Engine, agent: &Agent, at: DateTime<Utc>) -> Invocation {
    Invocation {
        id: engine.clock().id(),
        hub_id: agent.hub_id,
        asked_by_kind: ActorKind::Person,
        asked_by_id: admin().id,
        asked_by: "Ada".to_owned(),
        work_item_id: None,
        purpose: "contribution".to_owned(),
        task_type: "synthesis".to_owned(),
        artifact_type: "widget_summary".to_owned(),
        action: Action::Propose,
        agent_registration_id: Some(agent.id),
        agent_version: Some(1),
        provider: Some(agent.provider),
        model_name: Some(agent.model_name.clone()),
        candidates: Vec::new(),
        policy_id: None,
        allowed: Some(true),
        reason: None,
        prompt_template: None,
        budget_account_id: None,
        tokens_reserved: 0,
        attempts: Vec::new(),
        outcome: Outcome::Succeeded,
        error_type: None,
        error: None,
        model_used: None,
        finish_reason: None,
        tokens_in: None,
        tokens_out: None,
        cost_microusd: None,
        started_at: at,
        ended_at: Some(at),
        duration_ms: Some(0),
    }
}

pub fn blocked(mut receipt: Invocation) -> Invocation {
    receipt.allowed = Some(false);
    receipt.outcome = Outcome::Blocked;
    receipt
}

pub async fn write(engine: &Engine, receipts: &[Invocation]) {
    let mut tx = engine.store().begin().await.unwrap();
    for receipt in receipts {
        tx.insert_invocation(receipt, None).await.unwrap();
    }
    tx.commit().await.unwrap();
}
