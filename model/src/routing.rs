//! Routing policies: which agent answers which task.

use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};

use crate::{
    Action, AgentId, GovernanceVerdict, HubId, Provider, RouteVerdict, RoutingPolicyId, TrustLevel,
    validate,
};

/// Routes a task type of a hub to an agent, on conditions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RoutingPolicy {
    pub id: RoutingPolicyId,
    pub hub_id: HubId,
    pub task_type: String,
    pub agent_registration_id: AgentId,
    /// The highest answers first.
    pub priority: i32,
    pub is_active: bool,
    /// The dearer of the model's two prices may be this much for 1,000 tokens,
    /// in micro US dollars. `None`: anything.
    pub max_cost_microusd_per_1k: Option<i64>,
    /// The agent must have each of them; case does not count.
    #[cfg_attr(feature = "sqlx", sqlx(json))]
    pub required_capabilities: Vec<String>,
    /// The agent must be trusted this far, or further.
    pub min_trust_level: Option<TrustLevel>,
    /// Raised by one with every change, of its place too.
    pub version: i32,
    pub created_at: DateTime<Utc>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewRoutingPolicy {
    #[garde(skip)]
    pub hub_id: HubId,
    #[garde(custom(validate::type_key))]
    pub task_type: String,
    #[garde(skip)]
    pub agent_registration_id: AgentId,
    /// Where it is left out, the policy comes last.
    #[serde(default)]
    #[garde(skip)]
    pub priority: Option<i32>,
    #[serde(default = "yes")]
    #[garde(skip)]
    pub is_active: bool,
    #[serde(default)]
    #[garde(custom(validate::ceiling))]
    pub max_cost_microusd_per_1k: Option<i64>,
    #[serde(default)]
    #[garde(custom(validate::capabilities))]
    pub required_capabilities: Vec<String>,
    #[serde(default)]
    #[garde(skip)]
    pub min_trust_level: Option<TrustLevel>,
}

impl NewRoutingPolicy {
    /// An active policy without conditions that comes last.
    pub fn last(hub_id: HubId, task_type: impl Into<String>, agent: AgentId) -> Self {
        Self {
            hub_id,
            task_type: task_type.into(),
            agent_registration_id: agent,
            priority: None,
            is_active: true,
            max_cost_microusd_per_1k: None,
            required_capabilities: Vec::new(),
            min_trust_level: None,
        }
    }
}

fn yes() -> bool {
    true
}

/// What of a routing policy is to change; what is left out stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RoutingPolicyPatch {
    #[serde(default)]
    #[garde(skip)]
    pub priority: Option<i32>,
    #[serde(default)]
    #[garde(skip)]
    pub is_active: Option<bool>,
    #[serde(default, deserialize_with = "validate::nullable")]
    #[garde(custom(validate::nullable_ceiling))]
    pub max_cost_microusd_per_1k: Option<Option<i64>>,
    #[serde(default)]
    #[garde(custom(validate::maybe_capabilities))]
    pub required_capabilities: Option<Vec<String>>,
    #[serde(default, deserialize_with = "validate::nullable")]
    #[garde(skip)]
    pub min_trust_level: Option<Option<TrustLevel>>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RoutingFilter {
    pub hub_id: Option<HubId>,
    pub task_type: Option<String>,
    pub agent_registration_id: Option<AgentId>,
}

/// The order in which the policies of a task type are to stand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RouteOrder {
    #[garde(skip)]
    pub hub_id: HubId,
    #[garde(custom(validate::type_key))]
    pub task_type: String,
    /// All policies of the task type, the one that answers first at the head.
    #[garde(skip)]
    pub policy_ids: Vec<RoutingPolicyId>,
    /// The order that the caller saw. Where another one stands by now, nothing
    /// is changed. Left out: only that all policies are named counts.
    #[serde(default)]
    #[garde(skip)]
    pub seen_policy_ids: Option<Vec<RoutingPolicyId>>,
}

/// A routing policy with what became of it for a task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExplainedRoute {
    pub policy: RoutingPolicy,
    pub agent_name: String,
    pub provider: Provider,
    pub model_name: String,
    pub trust_level: TrustLevel,
    /// What the agent can do, as its registration says.
    pub capabilities: Vec<String>,
    /// `None` where nobody has entered a price of the model.
    pub input_usd_per_million: Option<f64>,
    pub output_usd_per_million: Option<f64>,
    pub verdict: RouteVerdict,
    /// A sentence.
    pub reason: String,
}

/// Who would answer a task, and why nobody else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RouteExplanation {
    pub hub_id: HubId,
    pub task_type: String,
    pub artifact_type: String,
    pub action: Action,
    /// `None` where nobody fits.
    pub chosen_agent_id: Option<AgentId>,
    /// Whether the chosen agent may do it. A blocked agent is not skipped: the
    /// call would end as blocked.
    pub governance: Option<GovernanceVerdict>,
    /// Whether the next that fits is asked where the provider of the chosen one
    /// is down or out of credit.
    pub fallback: bool,
    /// All policies of the task type, in the order of preference.
    pub routes: Vec<ExplainedRoute>,
}
