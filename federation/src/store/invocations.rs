//! Receipts of model calls.

use model::{Invocation, InvocationFilter, InvocationId, PageRequest, WorkId};
use sqlx::types::Json;

use super::{Result, Store, Tx, on_db, on_tx};
use crate::work::Lease;

impl Store {
    /// One more than the page's limit, newest first.
    pub async fn invocations(
        &self,
        filter: &InvocationFilter,
        page: PageRequest,
    ) -> Result<Vec<Invocation>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, Invocation>(
            "SELECT * FROM agent_invocations WHERE ($1 IS NULL OR hub_id = $1) \
             AND ($2 IS NULL OR agent_registration_id = $2) AND ($3 IS NULL OR outcome = $3) \
             AND ($4 IS NULL OR started_at >= $4) AND ($5 IS NULL OR started_at < $5) \
             AND ($6 IS NULL OR id < $6) AND ($8 IS NULL OR artifact_type = $8) ORDER BY id DESC LIMIT $7",
        )
        .bind(filter.hub_id)
        .bind(filter.agent_registration_id)
        .bind(filter.outcome)
        .bind(filter.since)
        .bind(filter.until)
        .bind(page.after)
        .bind(page.limit + 1)
        .bind(&filter.artifact_type)
        .fetch_all(pool)
        .await?))
    }

    pub async fn invocation(&self, id: InvocationId) -> Result<Option<Invocation>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, Invocation>(
            "SELECT * FROM agent_invocations WHERE id = $1",
        )
        .bind(id)
        .fetch_optional(pool)
        .await?))
    }
}

impl Tx {
    /// Writes a receipt as it stands, before the call or as a refusal.
    pub async fn insert_invocation(&mut self, i: &Invocation, lease: Option<Lease>) -> Result<()> {
        on_tx!(self, c => sqlx::query(
            "INSERT INTO agent_invocations (id, hub_id, asked_by_kind, asked_by_id, asked_by, work_item_id, fencing_token, \
             purpose, task_type, artifact_type, action, agent_registration_id, agent_version, provider, model_name, \
             candidates, policy_id, allowed, reason, prompt_template, budget_account_id, tokens_reserved, attempts, \
             outcome, error_type, error, model_used, finish_reason, tokens_in, tokens_out, cost_microusd, started_at, \
             ended_at, duration_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, \
             $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34)",
        )
        .bind(i.id)
        .bind(i.hub_id)
        .bind(i.asked_by_kind)
        .bind(i.asked_by_id)
        .bind(&i.asked_by)
        .bind(i.work_item_id)
        .bind(lease.map(|l| l.fencing_token))
        .bind(&i.purpose)
        .bind(&i.task_type)
        .bind(&i.artifact_type)
        .bind(i.action)
        .bind(i.agent_registration_id)
        .bind(i.agent_version)
        .bind(i.provider)
        .bind(&i.model_name)
        .bind(Json(&i.candidates))
        .bind(i.policy_id)
        .bind(i.allowed)
        .bind(&i.reason)
        .bind(&i.prompt_template)
        .bind(i.budget_account_id)
        .bind(i.tokens_reserved)
        .bind(Json(&i.attempts))
        .bind(i.outcome)
        .bind(&i.error_type)
        .bind(&i.error)
        .bind(&i.model_used)
        .bind(&i.finish_reason)
        .bind(i.tokens_in)
        .bind(i.tokens_out)
        .bind(i.cost_microusd)
        .bind(i.started_at)
        .bind(i.ended_at)
        .bind(i.duration_ms)
        .execute(c)
        .await?
        .rows_affected());
        Ok(())
    }

    /// Writes who is asked next, in the name of a started receipt; `false`
    /// where it is not `started` any more.
    pub async fn hand_over_invocation(&mut self, i: &Invocation) -> Result<bool> {
        Ok(on_tx!(self, c => sqlx::query(
            "UPDATE agent_invocations SET agent_registration_id = $2, agent_version = $3, provider = $4, \
             model_name = $5, candidates = $6, policy_id = $7, allowed = $8, reason = $9, tokens_reserved = $10, \
             attempts = $11 WHERE id = $1 AND outcome = 'started'",
        )
        .bind(i.id)
        .bind(i.agent_registration_id)
        .bind(i.agent_version)
        .bind(i.provider)
        .bind(&i.model_name)
        .bind(Json(&i.candidates))
        .bind(i.policy_id)
        .bind(i.allowed)
        .bind(&i.reason)
        .bind(i.tokens_reserved)
        .bind(Json(&i.attempts))
        .execute(c)
        .await?
        .rows_affected())
            == 1)
    }

    /// Writes how a started call ended, and which providers gave no answer;
    /// `false` where it is not `started` any more: recovery was faster.
    pub async fn end_invocation(&mut self, i: &Invocation) -> Result<bool> {
        let ended = on_tx!(self, c => sqlx::query(
            "UPDATE agent_invocations SET attempts = $2, outcome = $3, error_type = $4, error = $5, model_used = $6, \
             finish_reason = $7, tokens_in = $8, tokens_out = $9, cost_microusd = $10, ended_at = $11, duration_ms = $12 \
             WHERE id = $1 AND outcome = 'started'",
        )
        .bind(i.id)
        .bind(Json(&i.attempts))
        .bind(i.outcome)
        .bind(&i.error_type)
        .bind(&i.error)
        .bind(&i.model_used)
        .bind(&i.finish_reason)
        .bind(i.tokens_in)
        .bind(i.tokens_out)
        .bind(i.cost_microusd)
        .bind(i.ended_at)
        .bind(i.duration_ms)
        .execute(c)
        .await?
        .rows_affected())
            == 1;
        if ended {
            self.note_provider_errors(i).await?;
        }
        Ok(ended)
    }

    /// Ends the calls of a work item that nobody will end any more; what they
    /// had reserved is spent. Gives how many there were.
    pub async fn close_started(
        &mut self,
        work: WorkId,
        outcome: model::Outcome,
        error_type: &str,
        error: &str,
    ) -> Result<usize> {
        let now = self.clock().now();
        let closed: Vec<Invocation> = on_tx!(self, c => sqlx::query_as::<_, Invocation>(
            "UPDATE agent_invocations SET outcome = $2, error_type = $3, error = $4, ended_at = $5 \
             WHERE work_item_id = $1 AND outcome = 'started' RETURNING *",
        )
        .bind(work)
        .bind(outcome)
        .bind(error_type)
        .bind(error)
        .bind(now)
        .fetch_all(c)
        .await?);
        for call in &closed {
            self.note_provider_errors(call).await?;
            if let Some(account) = call.budget_account_id {
                self.settle(account, call.tokens_reserved, call.tokens_reserved)
                    .await?;
            }
        }
        Ok(closed.len())
    }
}
