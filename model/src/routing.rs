//! Routing policies: which agent answers which task.

use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};

use crate::{AgentId, HubId, RoutingPolicyId, validate};

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
    #[serde(default)]
    #[garde(skip)]
    pub priority: i32,
    #[serde(default = "yes")]
    #[garde(skip)]
    pub is_active: bool,
}

fn yes() -> bool {
    true
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RoutingFilter {
    pub hub_id: Option<HubId>,
    pub task_type: Option<String>,
    pub agent_registration_id: Option<AgentId>,
}
