//! Earned trust: what a record supports, and what a steward makes of it.

use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};

use crate::{
    AgentId, HubId, PerformanceRecordId, Ratio, SuggestionId, SuggestionKind, SuggestionStatus,
    TrustLevel, validate,
};

/// The acceptance that a promotion needs where a hub sets none.
pub const TRUST_THRESHOLD: f64 = 0.8;

/// The decisions that a suggestion needs where a hub sets no number.
pub const TRUST_DECISIONS: i32 = 20;

/// What people made of an agent as it is: of the versions since its trust,
/// model or system prompt last changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TrustEvidence {
    pub trust_level: TrustLevel,
    /// The first version that counts.
    pub since_version: i32,
    /// Accepted of decided; `null` where nothing was decided.
    pub acceptance: Option<Ratio>,
    /// The same of each task in which something was decided.
    pub by_task_type: Vec<TaskEvidence>,
}

/// What people made of an agent's proposals of one task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TaskEvidence {
    pub task_type: String,
    pub acceptance: Ratio,
}

/// What the record of an agent suggests. Nothing changes before a steward
/// confirms it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Suggestion {
    pub id: SuggestionId,
    pub hub_id: HubId,
    pub agent_registration_id: AgentId,
    pub agent_name: String,
    pub kind: SuggestionKind,
    pub status: SuggestionStatus,
    /// The snapshot that it rests on.
    pub record_id: PerformanceRecordId,
    /// The version of the agent that the snapshot saw; confirming is refused
    /// where the agent was changed since.
    pub agent_version: i32,
    /// Of a promotion or a demotion.
    pub from_level: Option<TrustLevel>,
    pub to_level: Option<TrustLevel>,
    /// Of a change of routing.
    pub task_type: Option<String>,
    /// The agent before which it would stand.
    pub over_agent_id: Option<AgentId>,
    pub over_agent_name: Option<String>,
    #[cfg_attr(feature = "sqlx", sqlx(json))]
    pub evidence: Evidence,
    pub created_at: DateTime<Utc>,
    pub decided_by: Option<String>,
    pub decided_at: Option<DateTime<Utc>>,
}

/// What a suggestion rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Evidence {
    pub acceptance: Ratio,
    /// Of the other agent, for a change of routing.
    pub other: Option<Ratio>,
    /// The hub's: the acceptance that a promotion needs, 0 to 1.
    pub threshold: f64,
    /// The hub's: the decisions that a suggestion needs.
    pub min_decisions: i32,
    /// The first version that counts, for a change of trust.
    pub since_version: Option<i32>,
    pub period_start: DateTime<Utc>,
    pub period_end: DateTime<Utc>,
}

/// Which suggestions a list shows; `None` shows all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SuggestionFilter {
    pub hub_id: Option<HubId>,
    pub agent_registration_id: Option<AgentId>,
    pub status: Option<SuggestionStatus>,
}

/// Why a steward does not follow a suggestion.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DismissSuggestion {
    #[serde(default)]
    #[garde(custom(validate::text))]
    pub comment: Option<String>,
}
