//! What a change of the rules would have done to the calls of the last days.
//! Read from the receipts; calls no model and records nothing.

use chrono::Duration;
use model::{
    Action, AgentId, Caller, GovernanceDefault, GovernancePolicyId, Hub, Role, TypeKind, WhatIf,
    WhatIfAnswer,
};

use super::allows;
use crate::{
    Engine, Error, Result, agents,
    error::{check, require},
    hubs,
    store::governance::{Rules, Scope},
};

/// How far back it looks.
const DAYS: i64 = 30;
/// How many calls it names of each kind.
const NAMED: i64 = 5;

/// The rules as they would stand for the calls that the change speaks about.
struct Change {
    /// `None`: no active policy would speak.
    actions: Option<Vec<Action>>,
    default: GovernanceDefault,
    conflicting: Option<GovernancePolicyId>,
}

impl Change {
    fn allows(&self, action: Action) -> bool {
        allows(self.actions.as_deref(), self.default, action)
    }

    fn rules(&self) -> Rules {
        Rules {
            read: self.allows(Action::Read),
            propose: self.allows(Action::Propose),
            delegate: self.allows(Action::Delegate),
            auto_apply: self.allows(Action::AutoApply),
        }
    }
}

/// Which calls of the last 30 days would have been blocked that were allowed,
/// and which allowed that were blocked.
pub async fn what_if(engine: &Engine, caller: &Caller, asked: WhatIf) -> Result<WhatIfAnswer> {
    require(caller, Role::Viewer)?;
    check(&asked)?;
    let hub = hubs::named(engine, asked.hub_id).await?;
    if let Some(default) = asked.governance_default {
        nothing_else(&asked)?;
        let change = Change {
            actions: None,
            default,
            conflicting: None,
        };
        return answer(engine, &hub, &Scope::Default, change).await;
    }
    let agent = asked
        .agent_registration_id
        .ok_or_else(|| Error::invalid("agent_registration_id", "is missing"))?;
    let artifact_type = asked
        .artifact_type
        .clone()
        .ok_or_else(|| Error::invalid("artifact_type", "is missing"))?;
    let actions = asked
        .allowed_actions
        .clone()
        .ok_or_else(|| Error::invalid("allowed_actions", "is missing"))?;
    agents::named(engine, agent, hub.id, "agent_registration_id").await?;
    hubs::known(
        engine,
        TypeKind::ArtifactType,
        "artifact_type",
        &artifact_type,
    )
    .await?;
    let change = policy_change(engine, &hub, &asked, agent, &artifact_type, actions).await?;
    let scope = Scope::Rule {
        agent,
        artifact_type: &artifact_type,
    };
    answer(engine, &hub, &scope, change).await
}

/// A change of the default is no change of a policy.
fn nothing_else(asked: &WhatIf) -> Result<()> {
    let given = [
        (
            "agent_registration_id",
            asked.agent_registration_id.is_some(),
        ),
        ("artifact_type", asked.artifact_type.is_some()),
        ("allowed_actions", asked.allowed_actions.is_some()),
        ("is_active", asked.is_active.is_some()),
        ("policy_id", asked.policy_id.is_some()),
    ];
    match given.iter().find(|(_, given)| *given) {
        None => Ok(()),
        Some((field, _)) => Err(Error::invalid(
            field,
            "does not go with governance_default: ask about a policy or about the default",
        )),
    }
}

async fn policy_change(
    engine: &Engine,
    hub: &Hub,
    asked: &WhatIf,
    agent: AgentId,
    artifact_type: &str,
    actions: Vec<Action>,
) -> Result<Change> {
    if let Some(id) = asked.policy_id {
        let policy = engine
            .store()
            .governance_policy(id)
            .await?
            .ok_or_else(|| Error::unknown("governance policy", "policy_id"))?;
        let same = policy.hub_id == hub.id
            && policy.agent_registration_id == agent
            && policy.artifact_type == artifact_type;
        if !same {
            return Err(Error::invalid(
                "policy_id",
                "speaks about another hub, agent or type of artifact",
            ));
        }
    }
    let speaking = engine
        .store()
        .speaking_policy(hub.id, agent, artifact_type)
        .await?;
    let other = speaking.filter(|policy| Some(policy.id) != asked.policy_id);
    let is_active = asked.is_active.unwrap_or(true);
    let conflicting = other.as_ref().filter(|_| is_active).map(|p| p.id);
    let actions = if is_active {
        Some(actions)
    } else {
        other.map(|policy| policy.allowed_actions)
    };
    Ok(Change {
        actions,
        default: hub.governance_default,
        conflicting,
    })
}

async fn answer(
    engine: &Engine,
    hub: &Hub,
    scope: &Scope<'_>,
    change: Change,
) -> Result<WhatIfAnswer> {
    let store = engine.store();
    let since = engine.clock().now() - Duration::days(DAYS);
    let (mut calls, mut would_block, mut would_allow) = (0, 0, 0);
    for row in store.judged_calls(hub.id, since, scope).await? {
        calls += row.calls;
        match (row.allowed, change.allows(row.action)) {
            (true, false) => would_block += row.calls,
            (false, true) => would_allow += row.calls,
            _ => {}
        }
    }
    let rules = change.rules();
    let mut newest = [Vec::new(), Vec::new()];
    for (list, (allowed, count)) in newest
        .iter_mut()
        .zip([(true, would_block), (false, would_allow)])
    {
        if count > 0 {
            *list = store
                .changed_calls(hub.id, since, scope, rules, allowed, NAMED)
                .await?;
        }
    }
    let [newest_blocked, newest_allowed] = newest;
    Ok(WhatIfAnswer {
        since,
        calls,
        would_block,
        would_allow,
        newest_blocked,
        newest_allowed,
        conflicting_policy_id: change.conflicting,
    })
}
