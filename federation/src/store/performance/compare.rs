//! Agents beside each other, and what is held back of snapshots.

use chrono::{DateTime, Utc};
use model::{AgentId, HubId, Measures, PerformanceRecordId, TrustLevel};
use sqlx::FromRow;

use super::{Result, Store, on_db};

/// Of a snapshot `r` in a hub that decides first: its means hold the
/// confidence of what waited, and something that it may have counted waits.
/// Where it was not counted here, nobody knows what its mean holds.
macro_rules! tells {
    () => {
        "r.mean_confidence IS NOT NULL \
         AND coalesce(CAST(r.measures -> 'total' ->> 'undecided' AS BIGINT), 1) > 0 \
         AND coalesce(CAST(r.measures ->> 'covered' AS TEXT), '') NOT IN ('true', '1') \
         AND EXISTS (SELECT 1 FROM agent_proposals p WHERE p.agent_registration_id = r.agent_registration_id \
         AND p.status IN ('queued', 'running', 'pending') AND p.created_at >= r.period_start \
         AND p.created_at < r.period_end AND p.created_at <= r.computed_at)"
    };
}

/// An agent and its latest snapshot.
#[derive(Clone, Debug, FromRow)]
pub struct Compared {
    pub agent_registration_id: AgentId,
    pub agent_name: String,
    pub hub_id: HubId,
    pub trust_level: TrustLevel,
    pub version: i32,
    pub period_end: Option<DateTime<Utc>>,
    pub computed_at: Option<DateTime<Utc>>,
    #[sqlx(json(nullable))]
    pub measures: Option<Measures>,
    /// Its means are held back.
    pub tells: bool,
}

/// A snapshot as a point of an agent's line.
#[derive(Clone, Copy, Debug, FromRow)]
pub struct Trend {
    pub agent_registration_id: AgentId,
    pub period_end: DateTime<Utc>,
    pub accepted: i32,
    pub decided: i32,
}

impl Store {
    /// Agents with their latest snapshot: the active ones, of one hub or all.
    pub async fn compared(&self, hub: Option<HubId>) -> Result<Vec<Compared>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, Compared>(concat!(
            "SELECT a.id AS agent_registration_id, a.name AS agent_name, a.hub_id, a.trust_level, a.version, \
             r.period_end, r.computed_at, r.measures, CASE WHEN h.decide_first THEN ",
            tells!(),
            " ELSE FALSE END AS tells FROM agent_registrations a JOIN hubs h ON h.id = a.hub_id \
             LEFT JOIN agent_performance_records r ON r.id = (SELECT x.id FROM agent_performance_records x \
              WHERE x.agent_registration_id = a.id ORDER BY x.period_end DESC, x.period_start DESC LIMIT 1) \
             WHERE a.is_active AND ($1 IS NULL OR a.hub_id = $1)",
        ))
        .bind(hub)
        .fetch_all(pool)
        .await?))
    }

    /// The acceptance of each snapshot since a moment, of the active agents of
    /// one hub or all; the oldest first.
    pub async fn trends(&self, hub: Option<HubId>, since: DateTime<Utc>) -> Result<Vec<Trend>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, Trend>(
            "SELECT r.agent_registration_id, r.period_end, r.proposals_accepted AS accepted, \
             r.proposals_accepted + r.proposals_rejected + r.proposals_revised AS decided \
             FROM agent_registrations a JOIN agent_performance_records r ON r.agent_registration_id = a.id \
             WHERE a.is_active AND ($1 IS NULL OR a.hub_id = $1) AND r.period_end >= $2 \
             ORDER BY r.agent_registration_id, r.period_end",
        )
        .bind(hub)
        .bind(since)
        .fetch_all(pool)
        .await?))
    }

    /// The snapshots of an agent whose means are held back.
    pub async fn telling_records(&self, id: AgentId) -> Result<Vec<PerformanceRecordId>> {
        Ok(on_db!(self, pool => sqlx::query_scalar(concat!(
            "SELECT r.id FROM agent_registrations a JOIN hubs h ON h.id = a.hub_id \
             JOIN agent_performance_records r ON r.agent_registration_id = a.id WHERE a.id = $1 AND h.decide_first AND ",
            tells!(),
        ))
        .bind(id)
        .fetch_all(pool)
        .await?))
    }
}
