//! What the work on a proposal writes, step by step.

use model::{
    Action, AgentId, BudgetAccountId, HubId, Invocation, ProposalAnswer, ProposalId, ProposalStatus,
};
use sqlx::{FromRow, types::Json};

use super::{Result, Store, Tx, on_db, on_tx};

/// How often the agent was asked, and what for.
#[derive(Clone, Debug, FromRow)]
pub struct ProposalRun {
    pub attempt: i32,
    /// Those of earlier rounds.
    pub earlier_attempts: i32,
    pub account: Option<BudgetAccountId>,
}

/// What calls used; `None` is not known.
#[derive(Clone, Debug, Default, PartialEq, Eq, FromRow)]
pub(super) struct Used {
    pub tokens_in: Option<i64>,
    pub tokens_out: Option<i64>,
    pub cost_microusd: Option<i64>,
    pub duration_ms: Option<i64>,
}

impl Store {
    pub async fn proposal_run(&self, id: ProposalId) -> Result<ProposalRun> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, ProposalRun>(
            "SELECT p.attempt, p.earlier_attempts, coalesce(b.id, g.id) AS account FROM agent_proposals p \
             LEFT JOIN budget_accounts b ON b.subject_kind = 'proposal' AND b.subject_id = p.id \
             LEFT JOIN agent_delegations d ON d.result_proposal_id = p.id \
             LEFT JOIN budget_accounts g ON g.subject_kind = 'delegation' AND g.subject_id = d.id WHERE p.id = $1",
        )
        .bind(id)
        .fetch_one(pool)
        .await?))
    }

    /// What the reviewer added who asked for the last round; `None` where
    /// nothing was added.
    pub async fn round_instructions(&self, id: ProposalId) -> Result<Option<String>> {
        let comment: Option<Option<String>> = on_db!(self, pool => sqlx::query_scalar(
            "SELECT comment FROM agent_review_records WHERE proposal_id = $1 AND verdict = 'another_round' \
             ORDER BY id DESC LIMIT 1",
        )
        .bind(id)
        .fetch_optional(pool)
        .await?);
        Ok(comment.flatten())
    }

    /// Every answer that was kept, the newest first.
    pub async fn proposal_answers(&self, id: ProposalId) -> Result<Vec<ProposalAnswer>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, ProposalAnswer>(
            "SELECT a.proposal_id, a.round, a.content, a.content_hash, i.agent_registration_id, v.name AS agent_name, \
             i.agent_version, i.model_used, i.tokens_in, i.tokens_out, i.cost_microusd, i.duration_ms, a.invocation_id, \
             a.created_at FROM agent_proposal_answers a JOIN agent_invocations i ON i.id = a.invocation_id \
             LEFT JOIN agent_versions v ON v.agent_registration_id = i.agent_registration_id AND v.version = i.agent_version \
             WHERE a.proposal_id = $1 ORDER BY a.round DESC",
        )
        .bind(id)
        .fetch_all(pool)
        .await?))
    }
}

impl Tx {
    /// The work has begun; gives the round. `None`: it was begun before.
    pub async fn begin_proposal(&mut self, id: ProposalId) -> Result<Option<i32>> {
        let now = self.clock().now();
        Ok(on_tx!(self, c => sqlx::query_scalar(
            "UPDATE agent_proposals SET status = 'running', started_at = coalesce(started_at, $2), updated_at = $2 \
             WHERE id = $1 AND status = 'queued' RETURNING round",
        )
        .bind(id)
        .bind(now)
        .fetch_optional(c)
        .await?))
    }

    /// An agent is asked; gives the number of this attempt. While a further
    /// round is under way, the row goes on to tell of the answer that stands.
    pub async fn begin_answer(&mut self, id: ProposalId, receipt: &Invocation) -> Result<i32> {
        let now = self.clock().now();
        let attempt = on_tx!(self, c => sqlx::query_scalar(
            "UPDATE agent_proposals SET attempt = attempt + 1, updated_at = $2 WHERE id = $1 RETURNING attempt",
        )
        .bind(id)
        .bind(now)
        .fetch_one(c)
        .await?);
        self.name_agent(id, receipt).await?;
        Ok(attempt)
    }

    /// Writes who is asked, where no answer stands yet. Who answers a
    /// delegation stands from the start: a receipt that the delegating agent
    /// was refused changes nothing there.
    pub async fn name_agent(&mut self, id: ProposalId, receipt: &Invocation) -> Result<()> {
        let now = self.clock().now();
        on_tx!(self, c => sqlx::query(
            "UPDATE agent_proposals SET invocation_id = $4, policy_id = $5, updated_at = $6, \
             agent_registration_id = coalesce((SELECT d.receiving_agent_id FROM agent_delegations d \
               WHERE d.result_proposal_id = $1), $2), \
             agent_version = coalesce((SELECT d.receiving_agent_version FROM agent_delegations d \
               WHERE d.result_proposal_id = $1), $3) \
             WHERE id = $1 AND content IS NULL",
        )
        .bind(id)
        .bind(receipt.agent_registration_id)
        .bind(receipt.agent_version)
        .bind(receipt.id)
        .bind(receipt.policy_id)
        .bind(now)
        .execute(c)
        .await?
        .rows_affected());
        Ok(())
    }

    /// Writes that the last call gave no answer, and why. Where the answer of
    /// an earlier round stands, the proposal waits for a person again. Gives
    /// the status that it has now.
    pub async fn end_without_answer(
        &mut self,
        id: ProposalId,
        status: ProposalStatus,
        receipt: Option<&Invocation>,
        error: (&str, &str),
    ) -> Result<ProposalStatus> {
        let now = self.clock().now();
        if let Some(receipt) = receipt {
            self.name_agent(id, receipt).await?;
        }
        self.write_use(id, receipt).await?;
        Ok(on_tx!(self, c => sqlx::query_scalar(
            "UPDATE agent_proposals SET status = CASE WHEN content IS NULL THEN $2 ELSE 'pending' END, \
             round = CASE WHEN content IS NULL THEN round ELSE round - 1 END, error_type = $3, error = $4, \
             ended_at = $5, updated_at = $5 WHERE id = $1 RETURNING status",
        )
        .bind(id)
        .bind(status)
        .bind(error.0)
        .bind(error.1)
        .bind(now)
        .fetch_one(c)
        .await?))
    }

    /// What was used where there is no answer.
    async fn write_use(&mut self, id: ProposalId, last: Option<&Invocation>) -> Result<()> {
        let used = self.used_in_round(id, last).await?;
        let model = last.and_then(|receipt| receipt.model_used.as_deref());
        on_tx!(self, c => sqlx::query(
            "UPDATE agent_proposals SET model_used = coalesce($2, model_used), tokens_in = $3, tokens_out = $4, \
             cost_microusd = $5, duration_ms = $6 WHERE id = $1 AND content IS NULL",
        )
        .bind(id)
        .bind(model)
        .bind(super::small(used.tokens_in))
        .bind(super::small(used.tokens_out))
        .bind(used.cost_microusd)
        .bind(used.duration_ms)
        .execute(c)
        .await?
        .rows_affected());
        Ok(())
    }

    /// The sum of the calls of this round, each of which has a receipt of its
    /// own; where none was made, what the `last` receipt says. The cost is
    /// known where that of each call is.
    pub(super) async fn used_in_round(
        &mut self,
        id: ProposalId,
        last: Option<&Invocation>,
    ) -> Result<Used> {
        // The newest calls, as many as the round has; a call that was refused
        // before it began has reserved nothing and is no attempt.
        let used: Used = on_tx!(self, c => sqlx::query_as(
            "SELECT CAST(sum(r.tokens_in) AS BIGINT) AS tokens_in, CAST(sum(r.tokens_out) AS BIGINT) AS tokens_out, \
             CASE WHEN count(r.tokens_in) = count(r.cost_microusd) THEN CAST(sum(r.cost_microusd) AS BIGINT) END \
             AS cost_microusd, CAST(sum(r.duration_ms) AS BIGINT) AS duration_ms FROM (\
             SELECT i.tokens_in, i.tokens_out, i.cost_microusd, i.duration_ms FROM agent_invocations i \
             WHERE i.budget_account_id = coalesce((SELECT b.id FROM budget_accounts b \
               WHERE b.subject_kind = 'proposal' AND b.subject_id = $1), \
              (SELECT b.id FROM agent_delegations d JOIN budget_accounts b ON b.subject_kind = 'delegation' \
               AND b.subject_id = d.id WHERE d.result_proposal_id = $1)) \
             AND i.purpose IN ('proposal', 'delegation') AND i.tokens_reserved > 0 ORDER BY i.id DESC \
             LIMIT (SELECT p.attempt - p.earlier_attempts FROM agent_proposals p WHERE p.id = $1)) r",
        )
        .bind(id)
        .fetch_one(c)
        .await?);
        Ok(match last {
            Some(last) if used == Used::default() => Used {
                tokens_in: last.tokens_in,
                tokens_out: last.tokens_out,
                cost_microusd: last.cost_microusd,
                duration_ms: last.duration_ms,
            },
            _ => used,
        })
    }

    /// Queues a pending proposal for another answer; `false` where it is not
    /// pending any more.
    pub async fn begin_round(&mut self, id: ProposalId) -> Result<bool> {
        let now = self.clock().now();
        Ok(on_tx!(self, c => sqlx::query(
            "UPDATE agent_proposals SET status = 'queued', round = round + 1, earlier_attempts = attempt, \
             error_type = NULL, error = NULL, updated_at = $2 \
             WHERE id = $1 AND status = 'pending' AND content IS NOT NULL",
        )
        .bind(id)
        .bind(now)
        .execute(c)
        .await?
        .rows_affected())
            == 1)
    }

    /// Whether an active policy lets this version of the agent apply what it
    /// makes of this type; the agent was autonomous then and still is.
    pub async fn grants_auto_apply(
        &mut self,
        hub: HubId,
        agent: AgentId,
        version: i32,
        artifact_type: &str,
    ) -> Result<bool> {
        let granted: Option<Json<Vec<Action>>> = on_tx!(self, c => sqlx::query_scalar(
            "SELECT g.allowed_actions FROM ai_governance_policies g \
             JOIN agent_registrations a ON a.id = g.agent_registration_id \
             JOIN agent_versions v ON v.agent_registration_id = a.id AND v.version = $3 \
             WHERE g.hub_id = $1 AND g.agent_registration_id = $2 AND g.artifact_type = $4 AND g.is_active \
             AND a.trust_level = 'autonomous' AND v.trust_level = 'autonomous'",
        )
        .bind(hub)
        .bind(agent)
        .bind(version)
        .bind(artifact_type)
        .fetch_optional(c)
        .await?);
        Ok(granted.is_some_and(|Json(actions)| actions.contains(&Action::AutoApply)))
    }
}
