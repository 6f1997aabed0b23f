//! Agents beside each other.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{AgentId, HubId, PerformanceSort, Slice, SortOrder, TrustLevel, VersionChange};

/// Which agents are compared, and how the table is sorted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PerformanceQuery {
    pub hub_id: Option<HubId>,
    /// Counts the proposals of one task alone.
    pub task_type: Option<String>,
    pub sort: PerformanceSort,
    pub order: SortOrder,
}

/// An agent in the comparison: its latest snapshot, or none yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PerformanceRow {
    pub agent_registration_id: AgentId,
    pub agent_name: String,
    pub hub_id: HubId,
    pub trust_level: TrustLevel,
    pub version: i32,
    /// End of the latest snapshot's period.
    pub period_end: Option<DateTime<Utc>>,
    pub computed_at: Option<DateTime<Utc>>,
    /// All of its proposals, or those of one task; `null` where no snapshot
    /// was computed or the agent did nothing of that task.
    pub slice: Option<Slice>,
    /// Over all tasks; `null` where one is chosen.
    pub median_decision_ms: Option<i64>,
    /// Over all tasks; `null` where one is chosen.
    pub change: Option<VersionChange>,
    /// The acceptance at the end of each earlier snapshot, the oldest first;
    /// the latest 30.
    pub trend: Vec<TrendPoint>,
}

/// A snapshot as a point of a line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TrendPoint {
    pub period_end: DateTime<Utc>,
    /// Accepted of decided; `null` where nothing was decided.
    pub acceptance: Option<f64>,
    pub decided: i64,
}
