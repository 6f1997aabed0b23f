//! The rounds of a collective proposal.

use model::{
    AgentId, CollectiveId, CollectiveRound, ConsensusStatus, ContributionId, RoundKind, RoundState,
    RunUse,
};

use super::{Result, Store, Tx, on_db, on_tx};

/// An agent that is asked in a round.
#[derive(Clone, Debug)]
pub struct NewMember {
    pub contribution_id: ContributionId,
    pub agent_registration_id: AgentId,
    pub agent_version: i32,
    pub place: i32,
}

/// How long the answers of a hub were of late.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub struct AnswerLengths {
    pub answers: i64,
    /// Output tokens, on average.
    pub mean_tokens: Option<f64>,
}

impl Store {
    /// In order, each with what was used in it: the calls between its start and
    /// the next one's.
    pub async fn collective_rounds(&self, id: CollectiveId) -> Result<Vec<CollectiveRound>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, CollectiveRound>(
            "SELECT r.collective_proposal_id, r.number, r.kind, r.state, r.asked_by, r.note, r.started_at, r.ended_at, \
             r.synthesis_content, r.consensus, count(i.id) AS calls, \
             CAST(coalesce(sum(i.tokens_in), 0) AS BIGINT) AS tokens_in, \
             CAST(coalesce(sum(i.tokens_out), 0) AS BIGINT) AS tokens_out, \
             CAST(sum(i.cost_microusd) AS BIGINT) AS cost_microusd \
             FROM collective_rounds r \
             LEFT JOIN work_items w ON w.kind = 'collective_run' AND w.subject_id = r.collective_proposal_id \
             LEFT JOIN agent_invocations i ON i.work_item_id = w.id AND i.outcome <> 'blocked' \
             AND i.started_at >= r.started_at AND NOT EXISTS (SELECT 1 FROM collective_rounds n \
             WHERE n.collective_proposal_id = r.collective_proposal_id AND n.number > r.number AND n.started_at <= i.started_at) \
             WHERE r.collective_proposal_id = $1 GROUP BY r.collective_proposal_id, r.number ORDER BY r.number",
        )
        .bind(id)
        .fetch_all(pool)
        .await?))
    }

    /// What a run has used of its account.
    pub async fn run_use(&self, id: CollectiveId) -> Result<RunUse> {
        #[derive(sqlx::FromRow)]
        struct Row {
            calls: i64,
            tokens_in: i64,
            tokens_out: i64,
            cost_microusd: Option<i64>,
            token_limit: Option<i64>,
            tokens_reserved: Option<i64>,
            tokens_spent: Option<i64>,
        }
        let row = on_db!(self, pool => sqlx::query_as::<_, Row>(
            "SELECT count(i.id) AS calls, CAST(coalesce(sum(i.tokens_in), 0) AS BIGINT) AS tokens_in, \
             CAST(coalesce(sum(i.tokens_out), 0) AS BIGINT) AS tokens_out, \
             CAST(sum(i.cost_microusd) AS BIGINT) AS cost_microusd, max(b.limit_tokens) AS token_limit, \
             max(b.reserved_tokens) AS tokens_reserved, max(b.spent_tokens) AS tokens_spent \
             FROM collective_proposals p \
             LEFT JOIN budget_accounts b ON b.subject_kind = 'collective_proposal' AND b.subject_id = p.id \
             LEFT JOIN work_items w ON w.kind = 'collective_run' AND w.subject_id = p.id \
             LEFT JOIN agent_invocations i ON i.work_item_id = w.id AND i.outcome <> 'blocked' WHERE p.id = $1",
        )
        .bind(id)
        .fetch_one(pool)
        .await?);
        Ok(RunUse {
            calls: row.calls,
            tokens_in: row.tokens_in,
            tokens_out: row.tokens_out,
            cost_microusd: row.cost_microusd,
            token_limit: row.token_limit,
            tokens_reserved: row.tokens_reserved.unwrap_or(0),
            tokens_spent: row.tokens_spent.unwrap_or(0),
        })
    }

    /// How long the latest 200 answers for a purpose were in a hub.
    pub async fn answer_lengths(&self, hub: model::HubId, purpose: &str) -> Result<AnswerLengths> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, AnswerLengths>(
            "SELECT count(*) AS answers, CAST(avg(tokens_out) AS DOUBLE PRECISION) AS mean_tokens FROM \
             (SELECT tokens_out FROM agent_invocations WHERE hub_id = $1 AND purpose = $2 AND outcome = 'succeeded' \
             AND tokens_out IS NOT NULL ORDER BY id DESC LIMIT 200) AS latest",
        )
        .bind(hub)
        .bind(purpose)
        .fetch_one(pool)
        .await?))
    }
}

impl Tx {
    pub async fn insert_round(
        &mut self,
        id: CollectiveId,
        number: i32,
        kind: RoundKind,
        asked_by: &str,
        note: Option<&str>,
    ) -> Result<()> {
        on_tx!(self, c => sqlx::query(
            "INSERT INTO collective_rounds (collective_proposal_id, number, kind, asked_by, note) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(id)
        .bind(number)
        .bind(kind)
        .bind(asked_by)
        .bind(note)
        .execute(c)
        .await?
        .rows_affected());
        Ok(())
    }

    /// The first round, where it is not there.
    pub async fn insert_first_round(&mut self, id: CollectiveId, asked_by: &str) -> Result<()> {
        on_tx!(self, c => sqlx::query(
            "INSERT INTO collective_rounds (collective_proposal_id, number, kind, asked_by) VALUES ($1, 1, 'answer', $2) \
             ON CONFLICT (collective_proposal_id, number) DO NOTHING",
        )
        .bind(id)
        .bind(asked_by)
        .execute(c)
        .await?
        .rows_affected());
        Ok(())
    }

    pub async fn insert_member(
        &mut self,
        id: CollectiveId,
        round: i32,
        member: &NewMember,
    ) -> Result<()> {
        on_tx!(self, c => sqlx::query(
            "INSERT INTO collective_members (contribution_id, collective_proposal_id, round, agent_registration_id, \
             agent_version, place, state, attempt) VALUES ($1, $2, $3, $4, $5, $6, 'pending', 0)",
        )
        .bind(member.contribution_id)
        .bind(id)
        .bind(round)
        .bind(member.agent_registration_id)
        .bind(member.agent_version)
        .bind(member.place)
        .execute(c)
        .await?
        .rows_affected());
        Ok(())
    }

    /// `false` where the round was begun before.
    pub async fn begin_collective_round(&mut self, id: CollectiveId, number: i32) -> Result<bool> {
        let now = self.clock().now();
        let begun = on_tx!(self, c => sqlx::query(
            "UPDATE collective_rounds SET state = 'running', started_at = $3 \
             WHERE collective_proposal_id = $1 AND number = $2 AND state = 'pending'",
        )
        .bind(id)
        .bind(number)
        .bind(now)
        .execute(c)
        .await?
        .rows_affected());
        if begun == 0 {
            return Ok(false);
        }
        on_tx!(self, c => sqlx::query("UPDATE collective_proposals SET round = $2, updated_at = $3 WHERE id = $1")
            .bind(id)
            .bind(number)
            .bind(now)
            .execute(c)
            .await?
        .rows_affected());
        Ok(true)
    }

    /// `false` where the round had ended before.
    pub async fn end_collective_round(
        &mut self,
        id: CollectiveId,
        number: i32,
        state: RoundState,
    ) -> Result<bool> {
        let now = self.clock().now();
        Ok(on_tx!(self, c => sqlx::query(
            "UPDATE collective_rounds SET state = $3, ended_at = $4 \
             WHERE collective_proposal_id = $1 AND number = $2 AND state IN ('pending', 'running')",
        )
        .bind(id)
        .bind(number)
        .bind(state)
        .bind(now)
        .execute(c)
        .await?
        .rows_affected())
            == 1)
    }

    /// Rounds that have not ended are not held any more.
    pub async fn skip_rounds(&mut self, id: CollectiveId) -> Result<()> {
        let now = self.clock().now();
        on_tx!(self, c => sqlx::query(
            "UPDATE collective_rounds SET state = 'skipped', ended_at = $2 \
             WHERE collective_proposal_id = $1 AND state IN ('pending', 'running')",
        )
        .bind(id)
        .bind(now)
        .execute(c)
        .await?
        .rows_affected());
        Ok(())
    }

    /// Opens a finished run for another round; what it had come to is kept with
    /// its last round. Gives the number of the new round; `None` where the run
    /// has not finished, is decided, or is not what was shown.
    pub async fn reopen_run(
        &mut self,
        id: CollectiveId,
        shown_hash: Option<&str>,
    ) -> Result<Option<i32>> {
        let now = self.clock().now();
        let reopened = on_tx!(self, c => sqlx::query(
            "UPDATE collective_proposals SET run_state = 'queued', finished_at = NULL, run_error_type = NULL, \
             run_error = NULL, updated_at = $2 WHERE id = $1 AND run_state = 'finished' AND decision = 'pending' \
             AND ($3 IS NULL OR content_hash = $3)",
        )
        .bind(id)
        .bind(now)
        .bind(shown_hash)
        .execute(c)
        .await?
        .rows_affected());
        if reopened == 0 {
            return Ok(None);
        }
        // The last row, though that round may have been skipped.
        let round: Option<i32> = on_tx!(self, c => sqlx::query_scalar(
            "SELECT max(number) FROM collective_rounds WHERE collective_proposal_id = $1",
        )
        .bind(id)
        .fetch_one(c)
        .await?);
        let round = round.unwrap_or(0);
        on_tx!(self, c => sqlx::query(
            "UPDATE collective_rounds SET synthesis_content = p.synthesis_content, consensus = p.consensus, \
             consensus_status = p.consensus_status, content_hash = p.content_hash, synthesis_state = p.synthesis_state, \
             synthesis_agent_id = p.synthesis_agent_id, synthesis_invocation_id = p.synthesis_invocation_id \
             FROM collective_proposals AS p WHERE p.id = $1 AND collective_rounds.collective_proposal_id = $1 \
             AND collective_rounds.number = $2",
        )
        .bind(id)
        .bind(round)
        .execute(c)
        .await?
        .rows_affected());
        on_tx!(self, c => sqlx::query(
            "UPDATE collective_proposals SET consensus_status = 'pending', consensus = NULL, content_hash = NULL, \
             synthesis_state = 'pending', synthesis_content = NULL, final_content = NULL, synthesis_agent_id = NULL, \
             synthesis_invocation_id = NULL, synthesis_error_type = NULL, synthesis_error = NULL, round = $2 WHERE id = $1",
        )
        .bind(id)
        .bind(round + 1)
        .execute(c)
        .await?
        .rows_affected());
        Ok(Some(round + 1))
    }

    /// What the run had come to before the round that is abandoned: its
    /// status. `None` where there was nothing before.
    pub async fn restore_run(&mut self, id: CollectiveId) -> Result<Option<ConsensusStatus>> {
        let now = self.clock().now();
        let status: Option<ConsensusStatus> = on_tx!(self, c => sqlx::query_scalar(
            "UPDATE collective_proposals SET run_state = 'finished', consensus_status = r.consensus_status, \
             consensus = r.consensus, content_hash = r.content_hash, synthesis_content = r.synthesis_content, \
             final_content = r.synthesis_content, synthesis_state = r.synthesis_state, \
             synthesis_agent_id = r.synthesis_agent_id, synthesis_invocation_id = r.synthesis_invocation_id, \
             synthesis_error_type = (SELECT i.error_type FROM agent_invocations i WHERE i.id = r.synthesis_invocation_id), \
             synthesis_error = (SELECT i.error FROM agent_invocations i WHERE i.id = r.synthesis_invocation_id), \
             run_error_type = NULL, run_error = NULL, \
             finished_at = $2, updated_at = $2 FROM collective_rounds AS r \
             WHERE collective_proposals.id = $1 AND r.collective_proposal_id = $1 AND r.consensus_status IS NOT NULL \
             AND r.number = collective_proposals.round - 1 RETURNING collective_proposals.consensus_status",
        )
        .bind(id)
        .bind(now)
        .fetch_optional(c)
        .await?);
        if status.is_some() {
            // Also where all had answered: nobody's word of it counts.
            on_tx!(self, c => sqlx::query(
                "UPDATE collective_rounds SET state = 'skipped', ended_at = $2 WHERE collective_proposal_id = $1 \
                 AND number = (SELECT round FROM collective_proposals WHERE id = $1)",
            )
            .bind(id)
            .bind(now)
            .execute(c)
            .await?
            .rows_affected());
        }
        Ok(status)
    }
}
