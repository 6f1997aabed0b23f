//! What a run writes, step by step.

use chrono::{DateTime, Utc};
use model::{
    AgentId, BudgetAccountId, CollectiveId, Consensus, ConsensusStatus, ContributionId,
    GovernancePolicyId, InvocationId, MemberState, Outcome, RunState, SynthesisState, WorkId,
};
use serde_json::Value;
use sqlx::{FromRow, types::Json};

use super::{Result, Store, Tx, on_db, on_tx};

/// A member, as the run needs it.
#[derive(Clone, Debug, FromRow)]
pub struct Member {
    pub contribution_id: ContributionId,
    pub agent_registration_id: AgentId,
    pub agent_version: i32,
    pub place: i32,
    pub state: MemberState,
    pub attempt: i32,
}

/// What an agent answered, to be stored as its contribution.
pub struct Answer<'a> {
    pub content: &'a Value,
    pub readable: bool,
    pub tokens_in: Option<i64>,
    pub tokens_out: Option<i64>,
    pub model_used: Option<&'a str>,
    pub cost_microusd: Option<i64>,
    pub invocation_id: InvocationId,
}

/// Where the synthesis of a run stands.
#[derive(Clone, Debug, FromRow)]
pub struct SynthesisRow {
    pub synthesis_state: SynthesisState,
    pub seed: i64,
    pub account: Option<BudgetAccountId>,
}

impl Store {
    /// The members of a round, by place.
    pub async fn members(&self, id: CollectiveId, round: i32) -> Result<Vec<Member>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, Member>(
            "SELECT contribution_id, agent_registration_id, agent_version, place, state, attempt \
             FROM collective_members WHERE collective_proposal_id = $1 AND round = $2 ORDER BY place",
        )
        .bind(id)
        .bind(round)
        .fetch_all(pool)
        .await?))
    }

    pub async fn synthesis_row(&self, id: CollectiveId) -> Result<SynthesisRow> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, SynthesisRow>(
            "SELECT p.synthesis_state, p.seed, b.id AS account FROM collective_proposals p \
             LEFT JOIN budget_accounts b ON b.subject_kind = 'collective_proposal' AND b.subject_id = p.id WHERE p.id = $1",
        )
        .bind(id)
        .fetch_one(pool)
        .await?))
    }
}

/// A call for a synthesis that has ended.
#[derive(Clone, Debug, FromRow)]
pub struct TriedSynthesis {
    pub agent: Option<AgentId>,
    pub outcome: Outcome,
}

impl Store {
    /// The calls for a synthesis that a work item has made since its round
    /// began.
    pub async fn tried_syntheses(
        &self,
        work: WorkId,
        since: DateTime<Utc>,
    ) -> Result<Vec<TriedSynthesis>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, TriedSynthesis>(
            "SELECT agent_registration_id AS agent, outcome FROM agent_invocations \
             WHERE work_item_id = $1 AND purpose = 'synthesis' AND outcome <> 'started' AND started_at >= $2",
        )
        .bind(work)
        .bind(since)
        .fetch_all(pool)
        .await?))
    }
}

impl Tx {
    /// `false` where the run was begun before.
    pub async fn begin_run(&mut self, id: CollectiveId) -> Result<bool> {
        let now = self.clock().now();
        Ok(on_tx!(self, c => sqlx::query(
            "UPDATE collective_proposals SET run_state = 'running', started_at = coalesce(started_at, $2), updated_at = $2 \
             WHERE id = $1 AND run_state = 'queued'",
        )
        .bind(id)
        .bind(now)
        .execute(c)
        .await?
        .rows_affected())
            == 1)
    }

    /// The member is asked once more; gives the number of this attempt.
    pub async fn begin_member(
        &mut self,
        contribution: ContributionId,
        invocation: InvocationId,
    ) -> Result<i32> {
        let now = self.clock().now();
        Ok(on_tx!(self, c => sqlx::query_scalar(
            "UPDATE collective_members SET state = 'running', attempt = attempt + 1, invocation_id = $2, \
             started_at = coalesce(started_at, $3) WHERE contribution_id = $1 RETURNING attempt",
        )
        .bind(contribution)
        .bind(invocation)
        .bind(now)
        .fetch_one(c)
        .await?))
    }

    /// Writes how a member ended.
    pub async fn end_member(
        &mut self,
        contribution: ContributionId,
        state: MemberState,
        invocation: Option<InvocationId>,
        policy: Option<GovernancePolicyId>,
        error: Option<(&str, &str)>,
    ) -> Result<()> {
        let now = self.clock().now();
        on_tx!(self, c => sqlx::query(
            "UPDATE collective_members SET state = $2, invocation_id = coalesce($3, invocation_id), policy_id = $4, \
             error_type = $5, error = $6, started_at = coalesce(started_at, $7), ended_at = $7 WHERE contribution_id = $1",
        )
        .bind(contribution)
        .bind(state)
        .bind(invocation)
        .bind(policy)
        .bind(error.map(|(kind, _)| kind))
        .bind(error.map(|(_, message)| message))
        .bind(now)
        .execute(c)
        .await?
        .rows_affected());
        Ok(())
    }

    /// Stores a contribution, once: its id was given to the member up front.
    pub async fn insert_contribution(
        &mut self,
        collective: CollectiveId,
        round: i32,
        member: &Member,
        answer: &Answer<'_>,
    ) -> Result<()> {
        let now = self.clock().now();
        on_tx!(self, c => sqlx::query(
            "INSERT INTO collective_proposal_contributions (id, collective_proposal_id, agent_registration_id, content, \
             tokens_in, tokens_out, model_used, contributed_at, agent_version, invocation_id, readable, cost_microusd, round) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        )
        .bind(member.contribution_id)
        .bind(collective)
        .bind(member.agent_registration_id)
        .bind(answer.content)
        .bind(narrow(answer.tokens_in))
        .bind(narrow(answer.tokens_out))
        .bind(answer.model_used)
        .bind(now)
        .bind(member.agent_version)
        .bind(answer.invocation_id)
        .bind(answer.readable)
        .bind(answer.cost_microusd)
        .bind(round)
        .execute(c)
        .await?
        .rows_affected());
        Ok(())
    }

    /// Gives the number of this attempt.
    pub async fn begin_synthesis(
        &mut self,
        id: CollectiveId,
        agent: AgentId,
        invocation: InvocationId,
    ) -> Result<i32> {
        let now = self.clock().now();
        Ok(on_tx!(self, c => sqlx::query_scalar(
            "UPDATE collective_proposals SET synthesis_state = 'running', synthesis_attempt = synthesis_attempt + 1, \
             synthesis_agent_id = $2, synthesis_invocation_id = $3, synthesis_error_type = NULL, synthesis_error = NULL, \
             updated_at = $4 WHERE id = $1 RETURNING synthesis_attempt",
        )
        .bind(id)
        .bind(agent)
        .bind(invocation)
        .bind(now)
        .fetch_one(c)
        .await?))
    }

    /// Writes how the synthesis ended: with a content, or with an error.
    pub async fn end_synthesis(
        &mut self,
        id: CollectiveId,
        state: SynthesisState,
        agent: Option<AgentId>,
        invocation: Option<InvocationId>,
        content: Option<&Value>,
        error: Option<(&str, &str)>,
    ) -> Result<()> {
        let now = self.clock().now();
        on_tx!(self, c => sqlx::query(
            "UPDATE collective_proposals SET synthesis_state = $2, synthesis_agent_id = coalesce($3, synthesis_agent_id), \
             synthesis_invocation_id = coalesce($4, synthesis_invocation_id), synthesis_content = $5, final_content = $5, \
             synthesis_error_type = $6, synthesis_error = $7, updated_at = $8 WHERE id = $1",
        )
        .bind(id)
        .bind(state)
        .bind(agent)
        .bind(invocation)
        .bind(content)
        .bind(error.map(|(kind, _)| kind))
        .bind(error.map(|(_, message)| message))
        .bind(now)
        .execute(c)
        .await?
        .rows_affected());
        Ok(())
    }

    /// Writes the end of the run.
    pub async fn end_run(
        &mut self,
        id: CollectiveId,
        state: RunState,
        judged: Option<(ConsensusStatus, &Consensus)>,
        content_hash: Option<&str>,
        error: Option<(&str, &str)>,
    ) -> Result<()> {
        let now = self.clock().now();
        on_tx!(self, c => sqlx::query(
            "UPDATE collective_proposals SET run_state = $2, consensus_status = $3, consensus = $4, content_hash = $5, \
             run_error_type = $6, run_error = $7, finished_at = $8, updated_at = $8, \
             synthesis_state = CASE WHEN synthesis_state IN ('pending', 'running') THEN 'none' ELSE synthesis_state END \
             WHERE id = $1",
        )
        .bind(id)
        .bind(state)
        .bind(judged.map_or(ConsensusStatus::Pending, |(status, _)| status))
        .bind(judged.map(|(_, consensus)| Json(consensus)))
        .bind(content_hash)
        .bind(error.map(|(kind, _)| kind))
        .bind(error.map(|(_, message)| message))
        .bind(now)
        .execute(c)
        .await?
        .rows_affected());
        Ok(())
    }

    /// Members that had not ended are cancelled with their run.
    pub async fn cancel_members(&mut self, id: CollectiveId, why: &str) -> Result<()> {
        let now = self.clock().now();
        on_tx!(self, c => sqlx::query(
            "UPDATE collective_members SET state = 'cancelled', ended_at = $2, error_type = 'cancelled', error = $3 \
             WHERE collective_proposal_id = $1 AND state IN ('pending', 'running')",
        )
        .bind(id)
        .bind(now)
        .bind(why)
        .execute(c)
        .await?
        .rows_affected());
        Ok(())
    }
}

/// The column is a 32 bit number; no answer is that long.
fn narrow(tokens: Option<i64>) -> Option<i32> {
    tokens.map(|t| i32::try_from(t).unwrap_or(i32::MAX))
}
