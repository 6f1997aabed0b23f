//! What an agent is used for, and what came of it.

use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    Acceptance, AgentId, CollectiveId, GovernancePolicy, HubId, Invocation, RoutingPolicyId,
    WorkKind, validate,
};

/// What would miss an agent: the active policies that name it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentRoutes {
    pub routing: Vec<AgentRoute>,
    pub governance: Vec<GovernancePolicy>,
}

/// A task that is routed to an agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentRoute {
    pub routing_policy_id: RoutingPolicyId,
    pub hub_id: HubId,
    pub task_type: String,
    pub priority: i32,
    /// No other active agent stands before it.
    pub is_first: bool,
    /// The first of the other active agents that are routed for the task;
    /// `null` where nobody else is.
    pub next_agent: Option<String>,
}

/// Something that an agent made, or was asked to make.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentWork {
    pub kind: WorkKind,
    /// Of the contribution or the proposal.
    pub id: Uuid,
    /// The collective proposal to which a contribution belongs.
    pub collective_proposal_id: Option<CollectiveId>,
    pub title: String,
    pub task_type: String,
    /// A contribution's or a proposal's status, by kind.
    pub status: String,
    /// The version of the agent that made it.
    pub agent_version: Option<i32>,
    pub tokens_in: Option<i64>,
    pub tokens_out: Option<i64>,
    pub cost_microusd: Option<i64>,
    /// A proposal that a policy accepted, without a person.
    pub auto_applied: bool,
    pub created_at: DateTime<Utc>,
}

/// What an agent did in the last 30 days.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentSummary {
    pub since: DateTime<Utc>,
    /// When it was last asked, ever.
    pub last_used_at: Option<DateTime<Utc>>,
    /// Model calls, refused ones too.
    pub calls: i64,
    pub succeeded: i64,
    pub failed: i64,
    pub blocked: i64,
    pub tokens_in: i64,
    pub tokens_out: i64,
    /// Of the calls whose price is known.
    pub cost_microusd: i64,
    /// Calls that used tokens and whose price is not known.
    pub unpriced: i64,
    /// Of the calls that succeeded; `null` where none did.
    pub mean_duration_ms: Option<i64>,
    /// Proposals that people decided on; `null` where there is none.
    pub acceptance: Option<Acceptance>,
    pub rejected: i64,
    pub revised: i64,
}

/// A sample prompt for one agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewTrial {
    /// Sent as it is, after the agent's system prompt.
    #[garde(custom(validate::prompt))]
    pub prompt: String,
    /// Governance judges the call as a proposal of this type.
    #[garde(custom(validate::type_key))]
    pub artifact_type: String,
    #[garde(custom(validate::type_key))]
    pub task_type: String,
}

/// What came of a sample prompt. Nothing but the receipt is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Trial {
    pub agent_registration_id: AgentId,
    pub agent_version: i32,
    /// An object, or `{"text": …}`; `null` where there is no answer.
    pub answer: Option<Value>,
    pub receipt: Invocation,
}
