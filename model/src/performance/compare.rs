//! Agents beside each other.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::PerformanceCursor;
use crate::{
    AgentId, HubId, LIMIT_DEFAULT, PerformanceSort, Slice, SortOrder, TrustLevel, VersionChange,
};

/// Which agents are compared, how the table is sorted, and from where.
#[derive(Clone, Debug, PartialEq)]
pub struct PerformanceQuery {
    pub hub_id: Option<HubId>,
    /// Counts the proposals of one task alone.
    pub task_type: Option<String>,
    pub sort: PerformanceSort,
    pub order: SortOrder,
    pub limit: i64,
    pub after: Option<PerformanceCursor>,
}

impl Default for PerformanceQuery {
    fn default() -> Self {
        Self {
            hub_id: None,
            task_type: None,
            sort: PerformanceSort::Name,
            order: SortOrder::Asc,
            limit: LIMIT_DEFAULT,
            after: None,
        }
    }
}

/// One page of the comparison. `next_cursor` is `None` on the last one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PerformancePage {
    pub items: Vec<PerformanceRow>,
    pub next_cursor: Option<String>,
    /// Agents on all pages together.
    pub total: i64,
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

impl PerformanceRow {
    /// Whether something of its line can be drawn.
    pub fn has_line(&self) -> bool {
        self.trend.iter().any(|point| point.acceptance.is_some())
    }
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
