//! What agents did in a period, counted; snapshots of it.

mod compare;
mod suggestions;

use chrono::{DateTime, Utc};
use model::{
    AgentId, HubId, Measures, Outcome, OutcomeSum, PerformanceRecord, PerformanceRecordId,
    ProposalStatus,
};
use sqlx::{FromRow, types::Json};

use super::{Result, Store, Tx, on_db, on_tx};

pub use compare::{Compared, Trend};
pub use suggestions::NewSuggestion;

/// A half-open period, `start <= t < end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
}

/// Proposals that are alike in all that is counted.
#[derive(Clone, Debug, FromRow)]
pub struct Group {
    pub agent_version: Option<i32>,
    pub task_type: String,
    pub artifact_type: String,
    pub status: ProposalStatus,
    pub auto_applied: bool,
    pub confidence: Option<f64>,
    pub proposals: i64,
}

/// Calls that are alike in all that is counted.
#[derive(Clone, Debug, FromRow)]
pub struct CallGroup {
    pub agent_version: Option<i32>,
    pub task_type: String,
    pub artifact_type: String,
    pub purpose: String,
    pub outcome: Outcome,
    pub calls: i64,
    pub tokens: i64,
    pub cost_microusd: i64,
    pub unpriced: i64,
}

impl CallGroup {
    /// An answer or a delegated subtask; contributions, syntheses and reviews
    /// belong to collective proposals.
    pub fn is_for_a_proposal(&self) -> bool {
        matches!(self.purpose.as_str(), "proposal" | "delegation")
    }
}

/// What people said of proposals that are alike.
#[derive(Clone, Copy, Debug, FromRow)]
pub struct Said {
    pub status: ProposalStatus,
    pub score: f64,
    pub annotations: i64,
}

impl Store {
    /// The proposals of a period that have an answer, alike ones together.
    /// Reads one index alone, in its order.
    pub async fn measured(&self, id: AgentId, period: Period) -> Result<Vec<Group>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, Group>(
            "SELECT agent_version, task_type, artifact_type, status, auto_applied, confidence, count(*) AS proposals \
             FROM agent_proposals WHERE agent_registration_id = $1 AND created_at >= $2 AND created_at < $3 \
             AND status NOT IN ('queued', 'running', 'blocked_by_policy', 'failed', 'cancelled', 'unknown') \
             GROUP BY agent_version, task_type, artifact_type, status, auto_applied, confidence",
        )
        .bind(id)
        .bind(period.start)
        .bind(period.end)
        .fetch_all(pool)
        .await?))
    }

    /// The one or two in the middle of the times from answer to decision, in
    /// milliseconds.
    pub async fn middle_decision_times(&self, id: AgentId, period: Period) -> Result<Vec<i64>> {
        let decided: i64 = on_db!(self, pool => sqlx::query_scalar(
            "SELECT count(*) FROM agent_proposals WHERE agent_registration_id = $1 AND decision_ms IS NOT NULL \
             AND created_at >= $2 AND created_at < $3",
        )
        .bind(id)
        .bind(period.start)
        .bind(period.end)
        .fetch_one(pool)
        .await?);
        if decided == 0 {
            return Ok(Vec::new());
        }
        Ok(on_db!(self, pool => sqlx::query_scalar(
            "SELECT decision_ms FROM agent_proposals WHERE agent_registration_id = $1 AND decision_ms IS NOT NULL \
             AND created_at >= $2 AND created_at < $3 ORDER BY decision_ms LIMIT $4 OFFSET $5",
        )
        .bind(id)
        .bind(period.start)
        .bind(period.end)
        .bind(2 - decided % 2)
        .bind((decided - 1) / 2)
        .fetch_all(pool)
        .await?))
    }

    /// How the calls of a period ended and what they used, alike ones
    /// together; trials left out. Reads one index alone, in its order.
    pub async fn calls_of(&self, id: AgentId, period: Period) -> Result<Vec<CallGroup>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, CallGroup>(
            "SELECT agent_version, task_type, artifact_type, purpose, outcome, count(*) AS calls, \
             CAST(coalesce(sum(CAST(tokens_in AS BIGINT)), 0) + coalesce(sum(CAST(tokens_out AS BIGINT)), 0) AS BIGINT) AS tokens, \
             CAST(coalesce(sum(cost_microusd), 0) AS BIGINT) AS cost_microusd, \
             count(*) FILTER (WHERE cost_microusd IS NULL AND (tokens_in IS NOT NULL OR tokens_out IS NOT NULL)) AS unpriced \
             FROM agent_invocations WHERE agent_registration_id = $1 AND started_at >= $2 AND started_at < $3 \
             AND purpose <> 'trial' GROUP BY agent_version, task_type, artifact_type, purpose, outcome",
        )
        .bind(id)
        .bind(period.start)
        .bind(period.end)
        .fetch_all(pool)
        .await?))
    }

    /// The latest word of each person on each proposal of a period.
    pub async fn said_of(&self, id: AgentId, period: Period) -> Result<Vec<Said>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, Said>(
            "SELECT p.status, a.score, count(*) AS annotations FROM confidence_annotations a \
             CROSS JOIN agent_proposals p WHERE p.id = a.proposal_id AND a.source = 'person' AND p.agent_registration_id = $1 AND p.created_at >= $2 AND p.created_at < $3 \
             AND NOT EXISTS (SELECT 1 FROM confidence_annotations b WHERE b.proposal_id = a.proposal_id \
              AND b.source = 'person' AND b.id > a.id AND b.annotated_by_kind IS NOT DISTINCT FROM a.annotated_by_kind \
              AND b.annotated_by_id IS NOT DISTINCT FROM a.annotated_by_id) GROUP BY p.status, a.score",
        )
        .bind(id)
        .bind(period.start)
        .bind(period.end)
        .fetch_all(pool)
        .await?))
    }

    /// What was observed of the accepted and revised proposals of a period. A
    /// number beyond 1e15 is in no mean: it is none that is measured.
    pub async fn outcomes_of(
        &self,
        id: AgentId,
        hub: HubId,
        period: Period,
    ) -> Result<Vec<OutcomeSum>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, OutcomeSum>(
            "SELECT s.kind, count(DISTINCT p.id) AS proposals, count(*) AS signals, \
             avg(s.value) FILTER (WHERE abs(s.value) <= 1e15) AS mean_value \
             FROM outcome_signals s CROSS JOIN agent_proposals p WHERE p.id = s.proposal_id AND s.hub_id = $2 AND s.proposal_id IS NOT NULL AND p.agent_registration_id = $1 \
             AND p.created_at >= $3 AND p.created_at < $4 AND p.status IN ('accepted', 'revised') \
             GROUP BY s.kind ORDER BY s.kind",
        )
        .bind(id)
        .bind(hub)
        .bind(period.start)
        .bind(period.end)
        .fetch_all(pool)
        .await?))
    }

    /// Newest first.
    pub async fn performance_records(
        &self,
        id: AgentId,
        before: Option<DateTime<Utc>>,
        limit: i64,
    ) -> Result<Vec<PerformanceRecord>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, PerformanceRecord>(
            "SELECT * FROM agent_performance_records WHERE agent_registration_id = $1 \
             AND ($2 IS NULL OR period_end < $2) ORDER BY period_end DESC, period_start DESC LIMIT $3",
        )
        .bind(id)
        .bind(before)
        .bind(limit)
        .fetch_all(pool)
        .await?))
    }

    /// The columns alone, without `measures`; the newest first.
    pub async fn performance_history(
        &self,
        id: AgentId,
        limit: i64,
    ) -> Result<Vec<PerformanceRecord>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, PerformanceRecord>(
            "SELECT id, agent_registration_id, hub_id, period_start, period_end, proposals_generated, \
             proposals_accepted, proposals_rejected, proposals_revised, mean_confidence, calibration_score, computed_at, \
             CASE WHEN FALSE THEN measures END AS measures FROM agent_performance_records \
             WHERE agent_registration_id = $1 ORDER BY period_end DESC, period_start DESC LIMIT $2",
        )
        .bind(id)
        .bind(limit)
        .fetch_all(pool)
        .await?))
    }

    pub async fn performance_record(
        &self,
        id: PerformanceRecordId,
    ) -> Result<Option<PerformanceRecord>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, PerformanceRecord>(
            "SELECT * FROM agent_performance_records WHERE id = $1",
        )
        .bind(id)
        .fetch_optional(pool)
        .await?))
    }

    /// Active agents that were there in a period and lack a snapshot of it
    /// that was taken after its end; those after `after`, by id.
    pub async fn unmeasured_agents(
        &self,
        period: Period,
        after: Option<AgentId>,
        limit: i64,
    ) -> Result<Vec<AgentId>> {
        Ok(on_db!(self, pool => sqlx::query_scalar(
            "SELECT a.id FROM agent_registrations a WHERE a.is_active AND a.created_at < $2 AND ($4 IS NULL OR a.id > $4) AND NOT EXISTS (\
             SELECT 1 FROM agent_performance_records r WHERE r.agent_registration_id = a.id AND r.period_end = $2 \
             AND r.period_start = $1 AND r.computed_at >= $2) ORDER BY a.id LIMIT $3",
        )
        .bind(period.start)
        .bind(period.end)
        .bind(limit)
        .bind(after)
        .fetch_all(pool)
        .await?))
    }
}

impl Tx {
    /// Locks an agent, so that its suggestions are followed by one at a time;
    /// gives its version, `None` where there is no such agent.
    pub async fn lock_agent(&mut self, id: AgentId) -> Result<Option<i32>> {
        Ok(on_tx!(self, c => sqlx::query_scalar(
            "UPDATE agent_registrations SET version = version WHERE id = $1 RETURNING version",
        )
        .bind(id)
        .fetch_optional(c)
        .await?))
    }

    /// Whether an agent has a snapshot of a later period.
    pub async fn has_later_performance(&mut self, id: AgentId, end: DateTime<Utc>) -> Result<bool> {
        let later: i64 = on_tx!(self, c => sqlx::query_scalar(
            "SELECT count(*) FROM agent_performance_records WHERE agent_registration_id = $1 AND period_end > $2",
        )
        .bind(id)
        .bind(end)
        .fetch_one(c)
        .await?);
        Ok(later > 0)
    }

    /// Writes the snapshot of its agent and period, in the place of an earlier
    /// one; gives the one that stands, which is newer where another instance
    /// was at it.
    pub async fn keep_performance(
        &mut self,
        record: &PerformanceRecord,
    ) -> Result<PerformanceRecord> {
        let written: Option<PerformanceRecord> = on_tx!(self, c => sqlx::query_as(
            "INSERT INTO agent_performance_records (id, agent_registration_id, hub_id, period_start, period_end, \
             proposals_generated, proposals_accepted, proposals_rejected, proposals_revised, mean_confidence, \
             calibration_score, computed_at, measures) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) \
             ON CONFLICT (agent_registration_id, period_end, period_start) WHERE measures IS NOT NULL DO UPDATE SET \
             proposals_generated = excluded.proposals_generated, proposals_accepted = excluded.proposals_accepted, \
             proposals_rejected = excluded.proposals_rejected, proposals_revised = excluded.proposals_revised, \
             mean_confidence = excluded.mean_confidence, calibration_score = excluded.calibration_score, \
             computed_at = excluded.computed_at, measures = excluded.measures \
             WHERE agent_performance_records.computed_at <= excluded.computed_at RETURNING *",
        )
        .bind(record.id)
        .bind(record.agent_registration_id)
        .bind(record.hub_id)
        .bind(record.period_start)
        .bind(record.period_end)
        .bind(record.proposals_generated)
        .bind(record.proposals_accepted)
        .bind(record.proposals_rejected)
        .bind(record.proposals_revised)
        .bind(record.mean_confidence)
        .bind(record.calibration_score)
        .bind(record.computed_at)
        .bind(record.measures.as_ref().map(Json::<&Measures>))
        .fetch_optional(c)
        .await?);
        match written {
            Some(record) => Ok(record),
            None => Ok(on_tx!(self, c => sqlx::query_as(
                "SELECT * FROM agent_performance_records WHERE agent_registration_id = $1 AND period_end = $2 \
                 AND period_start = $3 AND measures IS NOT NULL",
            )
            .bind(record.agent_registration_id)
            .bind(record.period_end)
            .bind(record.period_start)
            .fetch_one(c)
            .await?)),
        }
    }
}
