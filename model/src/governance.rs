//! Governance policies: what an agent may do with a type of artifact.

use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};

use crate::{Action, AgentId, GovernancePolicyId, HubId, validate};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GovernancePolicy {
    pub id: GovernancePolicyId,
    pub hub_id: HubId,
    pub agent_registration_id: AgentId,
    pub artifact_type: String,
    #[cfg_attr(feature = "sqlx", sqlx(json))]
    pub allowed_actions: Vec<Action>,
    pub is_active: bool,
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
    #[garde(skip)]
    pub allowed_actions: Vec<Action>,
}

fn read_only() -> Vec<Action> {
    vec![Action::Read]
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

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GovernanceFilter {
    pub hub_id: Option<HubId>,
    pub agent_registration_id: Option<AgentId>,
}
