//! Governance policies: what an agent may do with a type of artifact.

use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};

use crate::{Action, AgentId, GovernanceDefault, GovernancePolicyId, HubId, validate};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GovernancePolicy {
    pub id: GovernancePolicyId,
    pub hub_id: HubId,
    pub agent_registration_id: AgentId,
    pub artifact_type: String,
    /// Empty: nothing is allowed.
    #[cfg_attr(feature = "sqlx", sqlx(json))]
    pub allowed_actions: Vec<Action>,
    /// At most one active policy speaks about an agent and a type of artifact.
    pub is_active: bool,
    /// Raised by one with every change.
    pub version: i32,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewGovernancePolicy {
    #[garde(skip)]
    pub hub_id: HubId,
    #[garde(skip)]
    pub agent_registration_id: AgentId,
    #[garde(custom(validate::type_key))]
    pub artifact_type: String,
    #[serde(default = "read_only")]
    #[garde(custom(validate::actions))]
    pub allowed_actions: Vec<Action>,
}

fn read_only() -> Vec<Action> {
    vec![Action::Read]
}

/// What of a policy is to change; what is left out stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GovernancePolicyPatch {
    #[serde(default)]
    #[garde(custom(validate::maybe_actions))]
    pub allowed_actions: Option<Vec<Action>>,
    #[serde(default)]
    #[garde(skip)]
    pub is_active: Option<bool>,
}

/// The question: may this agent do this?
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GovernanceCheck {
    #[garde(skip)]
    pub hub_id: HubId,
    #[garde(skip)]
    pub agent_registration_id: AgentId,
    #[garde(custom(validate::type_key))]
    pub artifact_type: String,
    #[garde(skip)]
    pub action: Action,
}

/// The answer, with the sentence that a person reads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GovernanceVerdict {
    pub allowed: bool,
    pub reason: String,
    /// The policy that spoke; `None` where the hub's default did.
    pub policy_id: Option<GovernancePolicyId>,
}

/// Which policies a list shows; `None` shows all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GovernanceFilter {
    pub hub_id: Option<HubId>,
    pub agent_registration_id: Option<AgentId>,
    pub artifact_type: Option<String>,
    pub active: Option<bool>,
}

/// A policy with the name of its agent, as the page lists it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
pub struct GovernanceRow {
    #[cfg_attr(feature = "sqlx", sqlx(flatten))]
    pub policy: GovernancePolicy,
    pub agent_name: String,
    pub agent_is_active: bool,
}

/// An agent as a select offers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
pub struct AgentName {
    pub id: AgentId,
    pub name: String,
    pub is_active: bool,
}

/// A change that is thought of: either a policy as it would stand, with
/// `agent_registration_id`, `artifact_type` and `allowed_actions`, or another
/// `governance_default` of the hub.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WhatIf {
    #[garde(skip)]
    pub hub_id: HubId,
    #[serde(default)]
    #[garde(skip)]
    pub agent_registration_id: Option<AgentId>,
    #[serde(default)]
    #[garde(custom(validate::maybe_type_key))]
    pub artifact_type: Option<String>,
    #[serde(default)]
    #[garde(custom(validate::maybe_actions))]
    pub allowed_actions: Option<Vec<Action>>,
    /// Whether the policy would be active; true where it is left out.
    #[serde(default)]
    #[garde(skip)]
    pub is_active: Option<bool>,
    /// The policy that would be changed; left out for a new one.
    #[serde(default)]
    #[garde(skip)]
    pub policy_id: Option<GovernancePolicyId>,
    #[serde(default)]
    #[garde(skip)]
    pub governance_default: Option<GovernanceDefault>,
}

/// What the change would have done to the calls of the last 30 days.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WhatIfAnswer {
    pub since: DateTime<Utc>,
    /// The calls that the change speaks about.
    pub calls: i64,
    /// Were allowed, would have been blocked.
    pub would_block: i64,
    /// Were blocked, would have been allowed.
    pub would_allow: i64,
    /// The newest of those that would have been blocked.
    pub newest_blocked: Vec<WhatIfCall>,
    /// The newest of those that would have been allowed.
    pub newest_allowed: Vec<WhatIfCall>,
    /// Another active policy for the same, which stands in the way of saving.
    pub conflicting_policy_id: Option<GovernancePolicyId>,
}

/// One call whose verdict would have been another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WhatIfCall {
    /// The receipt.
    pub invocation_id: crate::InvocationId,
    pub agent_registration_id: AgentId,
    pub agent_name: String,
    pub artifact_type: String,
    pub action: Action,
    pub purpose: String,
    pub asked_by: String,
    pub started_at: DateTime<Utc>,
}

/// What governance blocked, hub by hub.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GovernanceDashboard {
    /// Those with most blocked calls first.
    pub hubs: Vec<BlockedInHub>,
}

/// The blocked calls of one hub in the last 7 days in UTC, today included.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BlockedInHub {
    pub hub_id: HubId,
    pub slug: String,
    pub name: String,
    pub blocked_last_7_days: i64,
    /// The 7 days, the oldest first; those without a blocked call too.
    pub days: Vec<BlockedOnDay>,
    /// Most blocked first.
    pub by_agent: Vec<BlockedAgent>,
    /// Most blocked first.
    pub by_artifact_type: Vec<BlockedType>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BlockedOnDay {
    /// As in `2026-01-31`.
    pub date: chrono::NaiveDate,
    pub blocked: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BlockedAgent {
    pub agent_registration_id: AgentId,
    pub name: String,
    pub blocked: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BlockedType {
    pub artifact_type: String,
    pub blocked: i64,
}
