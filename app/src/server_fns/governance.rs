//! Governance: policies, check, what if, dashboard.

use leptos::prelude::*;
use model::{
    AgentName, Caller, GovernanceDashboard, GovernancePolicy, GovernancePolicyId, GovernanceRow,
    GovernanceVerdict, Hub, HubId, Page, WhatIf, WhatIfAnswer,
};
use serde::{Deserialize, Serialize};

use crate::error::AppError;
use crate::wire::Wire;

/// Which policies the list shows and what is checked, in the words of the
/// address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoliciesQuery {
    pub hub: Option<String>,
    pub agent: Option<String>,
    pub artifact: Option<String>,
    pub active: Option<String>,
    pub sort: Option<String>,
    pub cursor: Option<String>,
    pub check_agent: Option<String>,
    pub check_type: Option<String>,
    pub check_action: Option<String>,
}

/// One page of the list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PoliciesAnswer {
    pub hub: Hub,
    pub caller: Caller,
    pub page: Page<GovernanceRow>,
    pub choices: Choices,
    /// `None` where nothing was asked.
    pub verdict: Option<Result<GovernanceVerdict, AppError>>,
}

/// What the selects of a page offer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Choices {
    pub agents: Vec<AgentName>,
    /// Key and label of each type of artifact.
    pub artifact_types: Vec<(String, String)>,
}

impl Choices {
    /// The label of a type of artifact; its key where it is not registered.
    pub fn label(&self, key: &str) -> String {
        let found = self.artifact_types.iter().find(|(k, _)| k == key);
        found.map_or_else(|| key.to_owned(), |(_, label)| label.clone())
    }
}

/// What the form of a policy needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PolicyForm {
    pub hub: Hub,
    pub caller: Caller,
    pub choices: Choices,
    /// `None`: a new one.
    pub policy: Option<GovernancePolicy>,
    /// What the form would have changed, as it was asked for.
    pub what_if: Option<Result<WhatIfAnswer, AppError>>,
}

/// The form as the address has it: what was filled in before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyQuery {
    pub hub: Option<String>,
    pub id: Option<String>,
    pub agent: Option<String>,
    pub artifact: Option<String>,
    /// `None`: not filled in yet.
    pub actions: Option<Vec<String>>,
    pub active: bool,
}

/// The dashboard, with the labels of types.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DashboardAnswer {
    pub caller: Caller,
    pub current: Option<Hub>,
    pub dashboard: GovernanceDashboard,
    pub choices: Choices,
}

#[cfg(feature = "ssr")]
pub(crate) async fn choices(
    engine: &federation::Engine,
    caller: &Caller,
    hub: Option<HubId>,
) -> Result<Choices, AppError> {
    use super::request::refuse;

    let types = federation::hubs::types(engine, caller)
        .await
        .map_err(refuse)?;
    let agents = match hub {
        Some(hub) => federation::governance::agent_names(engine, caller, hub)
            .await
            .map_err(refuse)?,
        None => Vec::new(),
    };
    let pair = |t: model::RegisteredType| (t.key, t.label);
    Ok(Choices {
        agents,
        artifact_types: types.artifact_types.into_iter().map(pair).collect(),
    })
}

/// The words of the form as actions.
#[cfg(feature = "ssr")]
fn actions(words: &[String]) -> Result<Vec<model::Action>, AppError> {
    let read = |word: &String| {
        word.parse()
            .map_err(|e: model::UnknownWord| super::request::wrong("allowed_actions", e))
    };
    words.iter().map(read).collect()
}

/// The policies of a hub; `None` where there is no hub yet.
#[server(prefix = "/rpc", endpoint = "list_policies", input = Wire, output = Wire)]
pub async fn list_policies(query: PoliciesQuery) -> Result<Option<PoliciesAnswer>, AppError> {
    use model::{GovernanceCheck, GovernanceFilter, PageRequest};

    use super::request::{self, refuse};

    let (engine, caller) = (request::engine()?, request::caller()?);
    let (_, Some(hub)) = request::hubs(&engine, &caller, query.hub.as_deref()).await? else {
        return Ok(None);
    };
    // A word that no filter knows filters nothing, as an old link may have it.
    let filter = GovernanceFilter {
        hub_id: Some(hub.id),
        agent_registration_id: query.agent.and_then(|id| id.parse().ok()),
        artifact_type: query.artifact,
        active: query.active.and_then(|word| word.parse().ok()),
    };
    let request = PageRequest {
        limit: 50,
        after: query.cursor.and_then(|cursor| cursor.parse().ok()),
    };
    let newest = query.sort.as_deref() == Some("newest");
    let page = federation::governance::rows(&engine, &caller, hub.id, filter, newest, request)
        .await
        .map_err(refuse)?;
    let choices = choices(&engine, &caller, Some(hub.id)).await?;
    let asked = (
        query.check_agent.and_then(|id| id.parse().ok()),
        query.check_type,
        query.check_action.and_then(|word| word.parse().ok()),
    );
    let verdict = match asked {
        (Some(agent_registration_id), Some(artifact_type), Some(action)) => {
            let question = GovernanceCheck {
                hub_id: hub.id,
                agent_registration_id,
                artifact_type,
                action,
            };
            let checked = federation::governance::check(&engine, &caller, question).await;
            Some(checked.map_err(refuse))
        }
        _ => None,
    };
    Ok(Some(PoliciesAnswer {
        hub,
        caller,
        page,
        choices,
        verdict,
    }))
}

/// The form of a policy; `None` where there is no hub yet.
#[server(prefix = "/rpc", endpoint = "policy_form", input = Wire, output = Wire)]
pub async fn read_policy_form(query: PolicyQuery) -> Result<Option<PolicyForm>, AppError> {
    use federation::{governance, hubs};

    use super::request::{self, refuse};

    let (engine, caller) = (request::engine()?, request::caller()?);
    let (hub, policy) = match &query.id {
        Some(id) => {
            let id = request::path_id(id, "governance policy")?;
            let policy = governance::get(&engine, &caller, id)
                .await
                .map_err(refuse)?;
            let hub = hubs::get(&engine, &caller, policy.hub_id)
                .await
                .map_err(refuse)?;
            (hub, Some(policy))
        }
        None => match request::hubs(&engine, &caller, query.hub.as_deref()).await? {
            (_, Some(hub)) => (hub, None),
            (_, None) => return Ok(None),
        },
    };
    let choices = choices(&engine, &caller, Some(hub.id)).await?;
    let mut what_if = None;
    if let Some(asked) = asked_of(&query, &hub, policy.as_ref()) {
        let answer = governance::what_if(&engine, &caller, asked).await;
        what_if = Some(answer.map_err(refuse));
    }
    Ok(Some(PolicyForm {
        hub,
        caller,
        choices,
        policy,
        what_if,
    }))
}

/// What the form asks, where it is filled in far enough.
#[cfg(feature = "ssr")]
fn asked_of(query: &PolicyQuery, hub: &Hub, policy: Option<&GovernancePolicy>) -> Option<WhatIf> {
    let given = query.actions.as_deref().map(actions);
    let (agent, artifact_type, standing) = match policy {
        Some(policy) => (
            policy.agent_registration_id,
            policy.artifact_type.clone(),
            policy.allowed_actions.clone(),
        ),
        None => (
            query.agent.as_deref()?.parse().ok()?,
            query.artifact.clone()?,
            vec![model::Action::Read],
        ),
    };
    let is_active = match (policy, &given) {
        (Some(policy), None) => policy.is_active,
        (Some(_), Some(_)) => query.active,
        (None, _) => true,
    };
    Some(WhatIf {
        hub_id: hub.id,
        agent_registration_id: Some(agent),
        artifact_type: Some(artifact_type),
        allowed_actions: Some(given.and_then(Result::ok).unwrap_or(standing)),
        is_active: Some(is_active),
        policy_id: policy.map(|policy| policy.id),
        governance_default: None,
    })
}

/// A policy as it stands.
#[server(prefix = "/rpc", endpoint = "policy", input = Wire, output = Wire)]
pub async fn read_policy(id: GovernancePolicyId) -> Result<GovernancePolicy, AppError> {
    use super::request;

    let (engine, caller) = (request::engine()?, request::caller()?);
    federation::governance::get(&engine, &caller, id)
        .await
        .map_err(request::refuse)
}

/// What a change would have done to the calls of the last days.
#[server(prefix = "/rpc", endpoint = "what_if", input = Wire, output = Wire)]
pub async fn ask_what_if(asked: WhatIf) -> Result<WhatIfAnswer, AppError> {
    use super::request;

    let (engine, caller) = (request::engine()?, request::caller()?);
    federation::governance::what_if(&engine, &caller, asked)
        .await
        .map_err(request::refuse)
}

/// Makes a policy and goes to the list.
#[server(prefix = "/rpc", endpoint = "create_policy", output = Wire)]
pub async fn create_policy(
    hub_id: HubId,
    agent_registration_id: String,
    artifact_type: String,
    #[server(default)] allowed_actions: Vec<String>,
) -> Result<(), AppError> {
    use super::request::{self, refuse};

    let (engine, caller) = (request::engine()?, request::caller()?);
    let new = model::NewGovernancePolicy {
        hub_id,
        agent_registration_id: agent_registration_id
            .parse()
            .map_err(|_| request::wrong("agent_registration_id", "choose an agent"))?,
        artifact_type,
        allowed_actions: actions(&allowed_actions)?,
    };
    federation::governance::create(&engine, &caller, new)
        .await
        .map_err(refuse)?;
    to_list(&engine, &caller, hub_id).await
}

/// Changes a policy where it is still at `version`, and goes to the list.
#[server(prefix = "/rpc", endpoint = "update_policy", output = Wire)]
pub async fn update_policy(
    id: GovernancePolicyId,
    version: i32,
    #[server(default)] allowed_actions: Vec<String>,
    #[server(default)] is_active: Option<String>,
) -> Result<(), AppError> {
    use super::request::{self, refuse};

    let (engine, caller) = (request::engine()?, request::caller()?);
    let patch = model::GovernancePolicyPatch {
        allowed_actions: Some(actions(&allowed_actions)?),
        is_active: Some(is_active.is_some()),
    };
    let policy = federation::governance::update(&engine, &caller, id, patch, Some(version))
        .await
        .map_err(refuse)?;
    to_list(&engine, &caller, policy.hub_id).await
}

#[cfg(feature = "ssr")]
async fn to_list(engine: &federation::Engine, caller: &Caller, hub: HubId) -> Result<(), AppError> {
    let hub = federation::hubs::get(engine, caller, hub)
        .await
        .map_err(super::request::refuse)?;
    leptos_axum::redirect(&format!("/governance?hub={}", hub.slug));
    Ok(())
}

/// Switches a policy on or off where it is still at `version`.
#[server(prefix = "/rpc", endpoint = "switch_policy", output = Wire)]
pub async fn switch_policy(
    id: GovernancePolicyId,
    version: i32,
    is_active: bool,
) -> Result<(), AppError> {
    use super::request;

    let (engine, caller) = (request::engine()?, request::caller()?);
    let patch = model::GovernancePolicyPatch {
        allowed_actions: None,
        is_active: Some(is_active),
    };
    federation::governance::update(&engine, &caller, id, patch, Some(version))
        .await
        .map_err(request::refuse)?;
    Ok(())
}

/// What was blocked in the last days.
#[server(prefix = "/rpc", endpoint = "governance_dashboard", input = Wire, output = Wire)]
pub async fn read_dashboard(hub: Option<String>) -> Result<DashboardAnswer, AppError> {
    use super::request::{self, refuse};

    let (engine, caller) = (request::engine()?, request::caller()?);
    let (_, current) = request::hubs(&engine, &caller, hub.as_deref()).await?;
    let dashboard = federation::governance::dashboard(&engine, &caller)
        .await
        .map_err(refuse)?;
    let choices = choices(&engine, &caller, None).await?;
    Ok(DashboardAnswer {
        caller,
        current,
        dashboard,
        choices,
    })
}
