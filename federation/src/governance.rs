//! Governance: may this agent do this to that type of artifact?

use model::{
    Action, Agent, Caller, GovernanceCheck, GovernanceDefault, GovernanceFilter, GovernancePolicy,
    GovernancePolicyId, GovernanceVerdict, Hub, NewGovernancePolicy, Page, PageRequest, Role,
    TypeKind,
};
use serde_json::json;

use crate::{
    Engine, Error, Result, agents,
    error::{check as check_form, require},
    hubs,
};

/// Answers without calling a model and without recording anything.
pub async fn check(
    engine: &Engine,
    caller: &Caller,
    question: GovernanceCheck,
) -> Result<GovernanceVerdict> {
    require(caller, Role::Viewer)?;
    check_form(&question)?;
    let hub = hubs::named(engine, question.hub_id).await?;
    let agent = agents::named(
        engine,
        question.agent_registration_id,
        hub.id,
        "agent_registration_id",
    )
    .await?;
    hubs::registered(
        engine,
        TypeKind::ArtifactType,
        "artifact_type",
        &question.artifact_type,
    )
    .await?;
    verdict(
        engine,
        &hub,
        &agent,
        &question.artifact_type,
        question.action,
    )
    .await
}

/// The verdict on one action of one agent.
pub(crate) async fn verdict(
    engine: &Engine,
    hub: &Hub,
    agent: &Agent,
    artifact_type: &str,
    action: Action,
) -> Result<GovernanceVerdict> {
    let policies = engine
        .store()
        .speaking_policies(hub.id, agent.id, artifact_type)
        .await?;
    Ok(judge(hub, &agent.name, artifact_type, action, &policies))
}

/// Where several active policies speak, each must allow the action: the
/// narrowest one holds. Where none speaks, the hub's default does.
fn judge(
    hub: &Hub,
    agent: &str,
    artifact_type: &str,
    action: Action,
    policies: &[GovernancePolicy],
) -> GovernanceVerdict {
    let refusing = policies
        .iter()
        .find(|policy| !policy.allowed_actions.contains(&action));
    if let Some(policy) = refusing {
        return GovernanceVerdict {
            allowed: false,
            reason: format!(
                "A governance policy lets {agent} {} {artifact_type}, not {action}.",
                list_actions(&policy.allowed_actions)
            ),
            policy_id: Some(policy.id),
        };
    }
    if let Some(policy) = policies.first() {
        return GovernanceVerdict {
            allowed: true,
            reason: format!("A governance policy lets {agent} {action} {artifact_type}."),
            policy_id: Some(policy.id),
        };
    }
    let allowed = hub.governance_default == GovernanceDefault::Permit;
    let default = if allowed { "permits" } else { "denies" };
    GovernanceVerdict {
        allowed,
        reason: format!(
            "No active governance policy speaks about {agent} and {artifact_type}, and the hub {} {default} by default.",
            hub.name
        ),
        policy_id: None,
    }
}

fn list_actions(actions: &[Action]) -> String {
    if actions.is_empty() {
        return "do nothing with".to_owned();
    }
    let words: Vec<&str> = actions.iter().map(|a| a.as_str()).collect();
    words.join(", ")
}

pub async fn list(
    engine: &Engine,
    caller: &Caller,
    filter: GovernanceFilter,
    page: PageRequest,
) -> Result<Page<GovernancePolicy>> {
    require(caller, Role::Viewer)?;
    let rows = engine.store().governance_policies(&filter, page).await?;
    Ok(page.cut(rows, |policy| policy.id.0))
}

pub async fn get(
    engine: &Engine,
    caller: &Caller,
    id: GovernancePolicyId,
) -> Result<GovernancePolicy> {
    require(caller, Role::Viewer)?;
    engine
        .store()
        .governance_policy(id)
        .await?
        .ok_or_else(|| Error::not_found("governance policy"))
}

pub async fn create(
    engine: &Engine,
    caller: &Caller,
    new: NewGovernancePolicy,
) -> Result<GovernancePolicy> {
    require(caller, Role::Steward)?;
    check_form(&new)?;
    hubs::named(engine, new.hub_id).await?;
    agents::named(
        engine,
        new.agent_registration_id,
        new.hub_id,
        "agent_registration_id",
    )
    .await?;
    hubs::registered(
        engine,
        TypeKind::ArtifactType,
        "artifact_type",
        &new.artifact_type,
    )
    .await?;
    let now = engine.clock().now();
    let policy = GovernancePolicy {
        id: engine.clock().id(),
        hub_id: new.hub_id,
        agent_registration_id: new.agent_registration_id,
        artifact_type: new.artifact_type,
        allowed_actions: in_order(&new.allowed_actions),
        is_active: true,
        created_at: now,
        updated_at: now,
    };
    let mut tx = engine.store().begin().await?;
    tx.insert_governance_policy(&policy).await?;
    let detail = json!({ "policy": policy });
    tx.audit(
        caller,
        "governance_policy.created",
        Some(policy.hub_id),
        "governance_policy",
        policy.id.0,
        detail,
    )
    .await?;
    tx.commit().await?;
    Ok(policy)
}

/// Each action once, in the order of the set.
fn in_order(actions: &[Action]) -> Vec<Action> {
    Action::ALL
        .iter()
        .copied()
        .filter(|action| actions.contains(action))
        .collect()
}

pub async fn toggle(
    engine: &Engine,
    caller: &Caller,
    id: GovernancePolicyId,
) -> Result<GovernancePolicy> {
    require(caller, Role::Steward)?;
    let mut tx = engine.store().begin().await?;
    let policy = tx
        .toggle_governance_policy(id)
        .await?
        .ok_or_else(|| Error::not_found("governance policy"))?;
    let detail = json!({ "is_active": policy.is_active });
    tx.audit(
        caller,
        "governance_policy.toggled",
        Some(policy.hub_id),
        "governance_policy",
        id.0,
        detail,
    )
    .await?;
    tx.commit().await?;
    Ok(policy)
}

/// Sets which actions a policy allows.
pub async fn update(
    engine: &Engine,
    caller: &Caller,
    id: GovernancePolicyId,
    actions: Vec<Action>,
) -> Result<GovernancePolicy> {
    require(caller, Role::Steward)?;
    let before = get(engine, caller, id).await?;
    let actions = in_order(&actions);
    if before.allowed_actions == actions {
        return Ok(before);
    }
    let mut tx = engine.store().begin().await?;
    let policy = tx
        .set_allowed_actions(id, &actions)
        .await?
        .ok_or_else(|| Error::not_found("governance policy"))?;
    let detail = json!({ "before": before.allowed_actions, "after": policy.allowed_actions });
    tx.audit(
        caller,
        "governance_policy.updated",
        Some(policy.hub_id),
        "governance_policy",
        id.0,
        detail,
    )
    .await?;
    tx.commit().await?;
    Ok(policy)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use model::{AgentId, HubId};
    use proptest::prelude::*;

    use super::*;

    fn hub(default: GovernanceDefault) -> Hub {
        Hub {
            id: HubId(uuid::Uuid::nil()),
            slug: "h".to_owned(),
            name: "Checkout".to_owned(),
            description: None,
            governance_default: default,
            routing_fallback: false,
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
        }
    }

    fn policy(actions: Vec<Action>) -> GovernancePolicy {
        GovernancePolicy {
            id: GovernancePolicyId(uuid::Uuid::nil()),
            hub_id: HubId(uuid::Uuid::nil()),
            agent_registration_id: AgentId(uuid::Uuid::nil()),
            artifact_type: "widget_summary".to_owned(),
            allowed_actions: actions,
            is_active: true,
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn the_default_speaks_where_no_policy_does() {
        for (default, allowed) in [
            (GovernanceDefault::Permit, true),
            (GovernanceDefault::Deny, false),
        ] {
            let verdict = judge(&hub(default), "Ada", "widget_summary", Action::Propose, &[]);
            assert_eq!(verdict.allowed, allowed);
            assert_eq!(verdict.policy_id, None);
        }
    }

    fn actions() -> impl Strategy<Value = Vec<Action>> {
        proptest::sample::subsequence(Action::ALL.to_vec(), 0..=4)
    }

    proptest! {
        #[test]
        fn the_narrowest_policy_holds(sets in proptest::collection::vec(actions(), 1..4), action in 0_usize..4) {
            let action = Action::ALL[action];
            let policies: Vec<_> = sets.iter().cloned().map(policy).collect();
            let verdict = judge(&hub(GovernanceDefault::Deny), "Ada", "widget_summary", action, &policies);
            prop_assert_eq!(verdict.allowed, sets.iter().all(|set| set.contains(&action)));
            prop_assert!(verdict.policy_id.is_some());
        }
    }
}
