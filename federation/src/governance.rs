//! Governance: may this agent do this to that type of artifact?

mod dashboard;
mod what_if;

use model::{
    Action, Agent, AgentName, Caller, GovernanceCheck, GovernanceDefault, GovernanceFilter,
    GovernancePolicy, GovernancePolicyId, GovernancePolicyPatch, GovernanceRow, GovernanceVerdict,
    Hub, HubId, NewGovernancePolicy, Page, PageRequest, Role, TypeKind,
};
use serde_json::json;

use crate::{
    Engine, Error, Result, StoreError, agents,
    error::{check as check_form, require},
    hubs,
    store::Tx,
    types,
};

pub use dashboard::dashboard;
pub(crate) use dashboard::last_7_days;
pub use what_if::what_if;

/// Answers without calling a model and without recording anything.
pub async fn check(
    engine: &Engine,
    caller: &Caller,
    question: GovernanceCheck,
) -> Result<GovernanceVerdict> {
    require(caller, Role::Viewer)?;
    check_form(&question)?;
    let (hub, agent, artifact_type) = (
        question.hub_id,
        question.agent_registration_id,
        &question.artifact_type,
    );
    // Read side by side; the first thing that is wrong is told.
    let (hub, agent, registered, policy) = tokio::join!(
        hubs::named(engine, hub),
        agents::named(engine, agent, hub, "agent_registration_id"),
        hubs::registered(
            engine,
            TypeKind::ArtifactType,
            "artifact_type",
            artifact_type
        ),
        engine.store().speaking_policy(hub, agent, artifact_type),
    );
    let (hub, agent) = (hub?, agent?);
    registered?;
    Ok(judge(
        &hub,
        &agent.name,
        artifact_type,
        question.action,
        policy?.as_ref(),
    ))
}

/// The verdict on one action of one agent.
pub(crate) async fn verdict(
    engine: &Engine,
    hub: &Hub,
    agent: &Agent,
    artifact_type: &str,
    action: Action,
) -> Result<GovernanceVerdict> {
    let policy = engine
        .store()
        .speaking_policy(hub.id, agent.id, artifact_type)
        .await?;
    Ok(judge(
        hub,
        &agent.name,
        artifact_type,
        action,
        policy.as_ref(),
    ))
}

/// Whether an action is allowed: the active policy says so, and where none
/// speaks, the hub's default.
fn allows(actions: Option<&[Action]>, default: GovernanceDefault, action: Action) -> bool {
    match actions {
        Some(actions) => actions.contains(&action),
        None => default == GovernanceDefault::Permit,
    }
}

fn judge(
    hub: &Hub,
    agent: &str,
    artifact_type: &str,
    action: Action,
    policy: Option<&GovernancePolicy>,
) -> GovernanceVerdict {
    let actions = policy.map(|policy| policy.allowed_actions.as_slice());
    let allowed = allows(actions, hub.governance_default, action);
    let reason = match actions {
        Some(_) if allowed => format!("A governance policy lets {agent} {action} {artifact_type}."),
        Some(actions) => format!(
            "A governance policy lets {agent} {} {artifact_type}, not {action}.",
            list_actions(actions)
        ),
        None => format!(
            "No active governance policy speaks about {agent} and {artifact_type}, and the hub {} {} by default.",
            hub.name,
            if allowed { "permits" } else { "denies" }
        ),
    };
    GovernanceVerdict {
        allowed,
        reason,
        policy_id: policy.map(|policy| policy.id),
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

/// The policies of a hub with the names of their agents: by agent and type of
/// artifact, or the newest first.
pub async fn rows(
    engine: &Engine,
    caller: &Caller,
    hub: HubId,
    filter: GovernanceFilter,
    newest_first: bool,
    page: PageRequest,
) -> Result<Page<GovernanceRow>> {
    require(caller, Role::Viewer)?;
    let store = engine.store();
    let rows = if newest_first {
        store.newest_policy_rows(hub, &filter, page).await?
    } else {
        store.policy_rows_by_agent(hub, &filter, page).await?
    };
    Ok(page.cut(rows, |row| row.policy.id.0))
}

/// All agents of a hub by name.
pub async fn agent_names(engine: &Engine, caller: &Caller, hub: HubId) -> Result<Vec<AgentName>> {
    require(caller, Role::Viewer)?;
    Ok(engine.store().agent_names(hub).await?)
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
        version: 1,
        created_at: now,
        updated_at: now,
    };
    let mut tx = engine.store().begin().await?;
    hold_type(&mut tx, &policy).await?;
    if let Err(error) = tx.insert_governance_policy(&policy).await {
        tx.rollback().await?;
        return Err(in_the_way(engine, &policy, error).await);
    }
    let detail = json!({ "policy": policy });
    audit(
        &mut tx,
        caller,
        "governance_policy.created",
        &policy,
        detail,
    )
    .await?;
    tx.commit().await?;
    Ok(policy)
}

/// The actions in the order of the set.
fn in_order(actions: &[Action]) -> Vec<Action> {
    Action::ALL
        .iter()
        .copied()
        .filter(|action| actions.contains(action))
        .collect()
}

/// Flips `is_active`.
pub async fn toggle(
    engine: &Engine,
    caller: &Caller,
    id: GovernancePolicyId,
) -> Result<GovernancePolicy> {
    require(caller, Role::Steward)?;
    let before = get(engine, caller, id).await?;
    let mut tx = engine.store().begin().await?;
    hold_type(&mut tx, &before).await?;
    let toggled = tx.toggle_governance_policy(id, engine.clock().now()).await;
    let policy = match toggled {
        Ok(Some(policy)) => policy,
        Ok(None) => return Err(Error::not_found("governance policy")),
        Err(error) => {
            tx.rollback().await?;
            return Err(in_the_way(engine, &before, error).await);
        }
    };
    let detail = json!({ "is_active": policy.is_active });
    audit(
        &mut tx,
        caller,
        "governance_policy.toggled",
        &policy,
        detail,
    )
    .await?;
    tx.commit().await?;
    Ok(policy)
}

/// Changes what a policy allows, or whether it is active; a change of anything
/// raises its version by one. `if_match` is the version that the caller saw.
pub async fn update(
    engine: &Engine,
    caller: &Caller,
    id: GovernancePolicyId,
    patch: GovernancePolicyPatch,
    if_match: Option<i32>,
) -> Result<GovernancePolicy> {
    require(caller, Role::Steward)?;
    check_form(&patch)?;
    let before = get(engine, caller, id).await?;
    if if_match.is_some_and(|version| version != before.version) {
        return Err(Error::stale("policy", before.version));
    }
    let mut policy = before.clone();
    if let Some(actions) = patch.allowed_actions {
        policy.allowed_actions = in_order(&actions);
    }
    if let Some(is_active) = patch.is_active {
        policy.is_active = is_active;
    }
    if policy == before {
        return Ok(before);
    }
    policy.version += 1;
    policy.updated_at = engine.clock().now();
    let mut tx = engine.store().begin().await?;
    if policy.is_active && !before.is_active {
        hold_type(&mut tx, &policy).await?;
    }
    match tx.update_governance_policy(&policy, before.version).await {
        Ok(true) => {}
        Ok(false) => return Err(Error::stale("policy", before.version + 1)),
        Err(error) => {
            tx.rollback().await?;
            return Err(in_the_way(engine, &policy, error).await);
        }
    }
    let detail = json!({ "before": before, "after": policy });
    audit(
        &mut tx,
        caller,
        "governance_policy.updated",
        &policy,
        detail,
    )
    .await?;
    tx.commit().await?;
    Ok(policy)
}

async fn audit(
    tx: &mut Tx,
    caller: &Caller,
    action: &str,
    policy: &GovernancePolicy,
    detail: serde_json::Value,
) -> Result<()> {
    let (hub, kind) = (Some(policy.hub_id), "governance_policy");
    Ok(tx
        .audit(caller, action, hub, kind, policy.id.0, detail)
        .await?)
}

async fn hold_type(tx: &mut Tx, policy: &GovernancePolicy) -> Result<()> {
    types::hold(tx, TypeKind::ArtifactType, &policy.artifact_type).await
}

/// Says which active policy refuses `policy` its place.
async fn in_the_way(engine: &Engine, policy: &GovernancePolicy, error: StoreError) -> Error {
    if !error.is_unique_violation() {
        return error.into();
    }
    let speaking = engine
        .store()
        .speaking_policy(
            policy.hub_id,
            policy.agent_registration_id,
            &policy.artifact_type,
        )
        .await;
    let other = match speaking {
        Ok(Some(other)) => format!(
            "the active policy {} lets it {} it",
            other.id,
            list_actions(&other.allowed_actions)
        ),
        // It was switched off a moment ago, or cannot be read.
        _ => "an active policy speaks about them".to_owned(),
    };
    Error::conflict(
        "policy_active",
        format!(
            "there is one active policy for an agent and a type of artifact, and for this agent and {} {other}; change that one, or switch it off first",
            policy.artifact_type
        ),
    )
}

#[cfg(test)]
mod tests;
