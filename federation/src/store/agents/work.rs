//! What an agent is used for, and what it did.

use chrono::{DateTime, Utc};
use model::{
    AgentId, AgentRoute, AgentVersion, AgentWork, GovernancePolicy, HubId, Invocation,
    InvocationId, Outcome, PageRequest,
};
use sqlx::FromRow;
use uuid::Uuid;

use super::{Result, Store, Tx, on_db, on_tx};

/// Sums over an agent's calls and decided proposals.
#[derive(Clone, Debug, FromRow)]
pub struct Sums {
    pub last_used_at: Option<DateTime<Utc>>,
    pub calls: i64,
    pub succeeded: i64,
    pub failed: i64,
    pub blocked: i64,
    pub tokens_in: i64,
    pub tokens_out: i64,
    pub cost_microusd: i64,
    pub unpriced: i64,
    pub mean_duration_ms: Option<i64>,
    pub accepted: i64,
    pub rejected: i64,
    pub revised: i64,
}

impl Store {
    /// The active routing policies of an agent, by task and priority; who
    /// stands before and who comes after it counts active agents only.
    pub async fn agent_routes(&self, id: AgentId) -> Result<Vec<AgentRoute>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, AgentRoute>(
            "SELECT p.id AS routing_policy_id, p.hub_id, p.task_type, p.priority, \
             NOT EXISTS (SELECT 1 FROM model_routing_policies q JOIN agent_registrations b ON b.id = q.agent_registration_id \
              WHERE q.hub_id = p.hub_id AND q.task_type = p.task_type AND q.priority > p.priority AND q.is_active \
              AND b.is_active AND b.id <> p.agent_registration_id) AS is_first, \
             (SELECT b.name FROM model_routing_policies q JOIN agent_registrations b ON b.id = q.agent_registration_id \
              WHERE q.hub_id = p.hub_id AND q.task_type = p.task_type AND q.is_active AND b.is_active \
              AND b.id <> p.agent_registration_id ORDER BY q.priority DESC LIMIT 1) AS next_agent \
             FROM model_routing_policies p WHERE p.agent_registration_id = $1 AND p.is_active \
             ORDER BY p.task_type, p.priority DESC",
        )
        .bind(id)
        .fetch_all(pool)
        .await?))
    }

    /// The active agents that are asked for a task before a priority, the
    /// first one first.
    pub async fn asked_before(
        &self,
        hub: HubId,
        task_type: &str,
        priority: i32,
    ) -> Result<Vec<AgentId>> {
        Ok(on_db!(self, pool => sqlx::query_scalar(
            "SELECT p.agent_registration_id FROM model_routing_policies p \
             JOIN agent_registrations a ON a.id = p.agent_registration_id \
             WHERE p.hub_id = $1 AND p.task_type = $2 AND p.priority > $3 AND p.is_active AND a.is_active \
             ORDER BY p.priority DESC LIMIT 20",
        )
        .bind(hub)
        .bind(task_type)
        .bind(priority)
        .fetch_all(pool)
        .await?))
    }

    /// The active governance policies of an agent, by artifact type.
    pub async fn agent_governance(&self, id: AgentId) -> Result<Vec<GovernancePolicy>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, GovernancePolicy>(
            "SELECT * FROM ai_governance_policies WHERE agent_registration_id = $1 AND is_active \
             ORDER BY artifact_type, id",
        )
        .bind(id)
        .fetch_all(pool)
        .await?))
    }

    /// One more than the page's limit, newest first: contributions that were
    /// asked for and proposals.
    pub async fn agent_work(&self, id: AgentId, page: PageRequest) -> Result<Vec<AgentWork>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, AgentWork>(
            "SELECT * FROM (SELECT * FROM (\
             SELECT 'contribution' AS kind, m.contribution_id AS id, m.collective_proposal_id, c.title, c.task_type, \
             m.state AS status, m.agent_version, CAST(k.tokens_in AS BIGINT) AS tokens_in, \
             CAST(k.tokens_out AS BIGINT) AS tokens_out, k.cost_microusd, FALSE AS auto_applied, c.created_at \
             FROM collective_members m JOIN collective_proposals c ON c.id = m.collective_proposal_id \
             LEFT JOIN collective_proposal_contributions k ON k.id = m.contribution_id \
             WHERE m.agent_registration_id = $1 AND ($2 IS NULL OR m.contribution_id < $2) \
             ORDER BY m.contribution_id DESC LIMIT $3) x \
             UNION ALL SELECT * FROM (\
             SELECT 'proposal' AS kind, p.id, CASE WHEN FALSE THEN p.id END AS collective_proposal_id, p.artifact_type AS title, p.task_type, \
             p.status, p.agent_version, CAST(p.tokens_in AS BIGINT) AS tokens_in, \
             CAST(p.tokens_out AS BIGINT) AS tokens_out, p.cost_microusd, p.auto_applied, p.created_at \
             FROM agent_proposals p WHERE p.agent_registration_id = $1 AND ($2 IS NULL OR p.id < $2) \
             ORDER BY p.id DESC LIMIT $3) y) w ORDER BY w.id DESC LIMIT $3",
        )
        .bind(id)
        .bind(page.after)
        .bind(page.limit + 1)
        .fetch_all(pool)
        .await?))
    }

    /// Calls and decisions from `since` on; what a policy applied is nobody's
    /// decision.
    pub async fn agent_sums(&self, id: AgentId, since: DateTime<Utc>) -> Result<Sums> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, Sums>(
            "SELECT (SELECT max(started_at) FROM agent_invocations WHERE agent_registration_id = $1) AS last_used_at, \
             i.*, d.* FROM (SELECT count(*) AS calls, \
              count(*) FILTER (WHERE outcome = 'succeeded') AS succeeded, \
              count(*) FILTER (WHERE outcome IN ('failed', 'unknown')) AS failed, \
              count(*) FILTER (WHERE outcome = 'blocked') AS blocked, \
              CAST(coalesce(sum(tokens_in), 0) AS BIGINT) AS tokens_in, \
              CAST(coalesce(sum(tokens_out), 0) AS BIGINT) AS tokens_out, \
              CAST(coalesce(sum(cost_microusd), 0) AS BIGINT) AS cost_microusd, \
              count(*) FILTER (WHERE cost_microusd IS NULL AND (tokens_in IS NOT NULL OR tokens_out IS NOT NULL)) AS unpriced, \
              CAST(avg(duration_ms) FILTER (WHERE outcome = 'succeeded') AS BIGINT) AS mean_duration_ms \
              FROM agent_invocations WHERE agent_registration_id = $1 AND started_at >= $2) i, \
             (SELECT count(*) FILTER (WHERE p.status = 'accepted') AS accepted, \
              count(*) FILTER (WHERE p.status = 'rejected') AS rejected, \
              count(*) FILTER (WHERE p.status = 'revised') AS revised \
              FROM agent_proposals p WHERE p.agent_registration_id = $1 \
              AND p.status IN ('accepted', 'rejected', 'revised') AND NOT p.auto_applied \
              AND EXISTS (SELECT 1 FROM agent_review_records r WHERE r.proposal_id = p.id AND r.verdict = p.status \
              AND r.created_at >= $2)) d",
        )
        .bind(id)
        .bind(since)
        .fetch_one(pool)
        .await?))
    }

    /// Versions below `before`, the newest first.
    pub async fn agent_versions_before(
        &self,
        id: AgentId,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<AgentVersion>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, AgentVersion>(
            "SELECT * FROM agent_versions WHERE agent_registration_id = $1 AND ($2 IS NULL OR version < $2) \
             ORDER BY version DESC LIMIT $3",
        )
        .bind(id)
        .bind(before)
        .bind(limit)
        .fetch_all(pool)
        .await?))
    }

    /// The call that an account was opened for; `None` where it has not begun.
    pub async fn call_of_account(&self, kind: &str, subject: Uuid) -> Result<Option<Invocation>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, Invocation>(
            "SELECT i.* FROM agent_invocations i JOIN budget_accounts b ON b.id = i.budget_account_id \
             WHERE b.subject_kind = $1 AND b.subject_id = $2 ORDER BY i.id DESC LIMIT 1",
        )
        .bind(kind)
        .bind(subject)
        .fetch_optional(pool)
        .await?))
    }
}

impl Tx {
    /// Ends one call that is under way; what it had reserved is spent. `None`:
    /// it has ended already.
    pub async fn close_call(
        &mut self,
        id: InvocationId,
        outcome: Outcome,
        error_type: &str,
        error: &str,
    ) -> Result<Option<Invocation>> {
        let now = self.clock().now();
        let closed: Option<Invocation> = on_tx!(self, c => sqlx::query_as::<_, Invocation>(
            "UPDATE agent_invocations SET outcome = $2, error_type = $3, error = $4, ended_at = $5 \
             WHERE id = $1 AND outcome = 'started' RETURNING *",
        )
        .bind(id)
        .bind(outcome)
        .bind(error_type)
        .bind(error)
        .bind(now)
        .fetch_optional(c)
        .await?);
        if let Some(call) = &closed {
            self.note_provider_errors(call).await?;
            self.spend_reserved(call).await?;
        }
        Ok(closed)
    }

    /// Calls of no work item that began before `before` and are still open:
    /// their server died. They become `unknown`; gives how many there were.
    pub async fn close_adrift(&mut self, before: DateTime<Utc>, error: &str) -> Result<usize> {
        let now = self.clock().now();
        let closed: Vec<Invocation> = on_tx!(self, c => sqlx::query_as::<_, Invocation>(
            "UPDATE agent_invocations SET outcome = 'unknown', error_type = 'unknown', error = $2, ended_at = $3 \
             WHERE outcome = 'started' AND work_item_id IS NULL AND started_at < $1 RETURNING *",
        )
        .bind(before)
        .bind(error)
        .bind(now)
        .fetch_all(c)
        .await?);
        for call in &closed {
            self.note_provider_errors(call).await?;
            self.spend_reserved(call).await?;
        }
        Ok(closed.len())
    }

    async fn spend_reserved(&mut self, call: &Invocation) -> Result<()> {
        if let Some(account) = call.budget_account_id {
            self.settle(account, call.tokens_reserved, call.tokens_reserved)
                .await?;
        }
        Ok(())
    }
}
