//! The receipt of a model call.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    Action, ActorKind, AgentId, BudgetAccountId, GovernancePolicyId, HubId, InvocationId, Outcome,
    Provider, WorkId,
};

/// An agent that was considered, and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RouteCandidate {
    pub agent_registration_id: AgentId,
    pub name: String,
    pub priority: Option<i32>,
    pub chosen: bool,
    /// Why it was chosen or passed over.
    pub reason: String,
    /// What its call ended with, where the next candidate was asked instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_type: Option<String>,
}

/// One exchange with a provider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Attempt {
    pub provider: Provider,
    pub model: String,
    pub http_status: Option<u16>,
    pub error_type: Option<String>,
    pub error: Option<String>,
    pub duration_ms: i64,
    /// Time to the first piece of text.
    pub first_token_ms: Option<i64>,
    pub tokens_in: Option<i64>,
    pub tokens_out: Option<i64>,
    /// How long was waited before the next attempt.
    pub waited_ms: Option<i64>,
}

/// The receipt: one row for each model call that was asked for, also for the
/// ones that were refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Invocation {
    pub id: InvocationId,
    pub hub_id: HubId,
    pub asked_by_kind: ActorKind,
    pub asked_by_id: Option<uuid::Uuid>,
    pub asked_by: String,
    pub work_item_id: Option<WorkId>,
    /// What the call was for: `contribution`, `synthesis`.
    pub purpose: String,
    pub task_type: String,
    pub artifact_type: String,
    pub action: Action,
    pub agent_registration_id: Option<AgentId>,
    pub agent_version: Option<i32>,
    pub provider: Option<Provider>,
    pub model_name: Option<String>,
    #[cfg_attr(feature = "sqlx", sqlx(json))]
    pub candidates: Vec<RouteCandidate>,
    pub policy_id: Option<GovernancePolicyId>,
    pub allowed: Option<bool>,
    pub reason: Option<String>,
    pub prompt_template: Option<String>,
    pub budget_account_id: Option<BudgetAccountId>,
    /// Tokens held for the call before it was made.
    pub tokens_reserved: i64,
    #[cfg_attr(feature = "sqlx", sqlx(json))]
    pub attempts: Vec<Attempt>,
    pub outcome: Outcome,
    pub error_type: Option<String>,
    pub error: Option<String>,
    pub model_used: Option<String>,
    pub finish_reason: Option<String>,
    pub tokens_in: Option<i64>,
    pub tokens_out: Option<i64>,
    /// Micro US dollars; `None` where no price is known.
    pub cost_microusd: Option<i64>,
    pub started_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    pub duration_ms: Option<i64>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct InvocationFilter {
    pub hub_id: Option<HubId>,
    pub agent_registration_id: Option<AgentId>,
    pub artifact_type: Option<String>,
    pub outcome: Option<Outcome>,
    pub since: Option<DateTime<Utc>>,
    pub until: Option<DateTime<Utc>>,
}
