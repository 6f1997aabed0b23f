//! Collective proposals, their members, contributions and reviews.

mod decisions;
mod pairs;
mod rounds;
mod runs;

use model::{
    Agent, Collective, CollectiveFilter, CollectiveId, CollectiveReview, Contribution,
    NewCollective, PageRequest, SynthesisUse,
};
use sqlx::FromRow;

use super::{Result, Store, Tx, on_db, on_tx};

pub use decisions::{CollectiveSaid, KeyRow};
pub use pairs::{JudgedPair, NewPair};
pub use rounds::{AnswerLengths, NewMember};
pub use runs::{Answer, Member};

impl Store {
    /// One more than the page's limit, newest first.
    pub async fn collectives(
        &self,
        filter: &CollectiveFilter,
        page: PageRequest,
    ) -> Result<Vec<Collective>> {
        // Two texts, so that SQLite walks the hub's own index.
        const IN_HUB: &str = "SELECT * FROM collective_proposals WHERE hub_id = $1 AND ($2 IS NULL OR run_state = $2) \
             AND ($3 IS NULL OR decision = $3) AND ($4 IS NULL OR consensus_status = $4) AND ($5 IS NULL OR id < $5) \
             ORDER BY id DESC LIMIT $6";
        const ANYWHERE: &str = "SELECT * FROM collective_proposals WHERE $1 IS NULL AND ($2 IS NULL OR run_state = $2) \
             AND ($3 IS NULL OR decision = $3) AND ($4 IS NULL OR consensus_status = $4) AND ($5 IS NULL OR id < $5) \
             ORDER BY id DESC LIMIT $6";
        let sql = if filter.hub_id.is_some() {
            IN_HUB
        } else {
            ANYWHERE
        };
        Ok(on_db!(self, pool => sqlx::query_as::<_, Collective>(sql)
            .bind(filter.hub_id)
            .bind(filter.run_state)
            .bind(filter.decision)
            .bind(filter.consensus_status)
            .bind(page.after)
            .bind(page.limit + 1)
            .fetch_all(pool)
            .await?))
    }

    pub async fn collective(&self, id: CollectiveId) -> Result<Option<Collective>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, Collective>(
            "SELECT * FROM collective_proposals WHERE id = $1",
        )
        .bind(id)
        .fetch_optional(pool)
        .await?))
    }

    /// All members with what they answered, by round and place. Vendor and
    /// `is_current` are the engine's to fill.
    pub async fn contributions(&self, id: CollectiveId) -> Result<Vec<Contribution>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, Contribution>(
            "SELECT m.contribution_id AS id, m.collective_proposal_id, m.agent_registration_id, v.name AS agent_name, \
             m.agent_version, v.provider, v.model_name, m.round, coalesce(r.kind, 'answer') AS kind, m.place, m.state AS status, m.attempt, c.content, \
             coalesce(c.readable, FALSE) AS readable, CAST(coalesce(c.tokens_in, i.tokens_in) AS BIGINT) AS tokens_in, \
             CAST(coalesce(c.tokens_out, i.tokens_out) AS BIGINT) AS tokens_out, c.model_used, c.cost_microusd, \
             m.invocation_id, m.policy_id, m.error_type, m.error, m.started_at, m.ended_at, c.contributed_at \
             FROM collective_members m \
             LEFT JOIN collective_rounds r ON r.collective_proposal_id = m.collective_proposal_id AND r.number = m.round \
             JOIN agent_versions v ON v.agent_registration_id = m.agent_registration_id AND v.version = m.agent_version \
             LEFT JOIN collective_proposal_contributions c ON c.id = m.contribution_id \
             LEFT JOIN agent_invocations i ON i.id = m.invocation_id \
             WHERE m.collective_proposal_id = $1 ORDER BY m.round, m.place",
        )
        .bind(id)
        .fetch_all(pool)
        .await?))
    }

    /// What the synthesis used; `None` where none was asked for.
    pub async fn synthesis_use(&self, id: CollectiveId) -> Result<Option<SynthesisUse>> {
        #[derive(FromRow)]
        struct Row {
            agent_name: String,
            model_used: Option<String>,
            tokens_in: Option<i64>,
            tokens_out: Option<i64>,
            cost_microusd: Option<i64>,
            duration_ms: Option<i64>,
        }
        let row = on_db!(self, pool => sqlx::query_as::<_, Row>(
            "SELECT a.name AS agent_name, i.model_used, i.tokens_in, i.tokens_out, i.cost_microusd, i.duration_ms \
             FROM collective_proposals p JOIN agent_invocations i ON i.id = p.synthesis_invocation_id \
             JOIN agent_registrations a ON a.id = i.agent_registration_id WHERE p.id = $1",
        )
        .bind(id)
        .fetch_optional(pool)
        .await?);
        Ok(row.map(|r| SynthesisUse {
            agent_name: r.agent_name,
            model_used: r.model_used,
            tokens_in: r.tokens_in,
            tokens_out: r.tokens_out,
            cost_microusd: r.cost_microusd,
            duration_ms: r.duration_ms,
        }))
    }

    /// Oldest first.
    pub async fn collective_reviews(&self, id: CollectiveId) -> Result<Vec<CollectiveReview>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, CollectiveReview>(
            "SELECT id, collective_proposal_id, reviewer, verdict, comment, content_hash, contribution_id, fields, created_at \
             FROM agent_review_records WHERE collective_proposal_id = $1 ORDER BY id",
        )
        .bind(id)
        .fetch_all(pool)
        .await?))
    }
}

impl Tx {
    /// Writes a collective proposal in its first state, with its rounds and
    /// the members of the first one.
    pub async fn insert_collective(
        &mut self,
        id: CollectiveId,
        new: &NewCollective,
        started_by: &str,
        seed: i64,
        agents: &[Agent],
    ) -> Result<()> {
        let now = self.clock().now();
        let plan = new.rounds_planned.unwrap_or_default();
        on_tx!(self, c => sqlx::query(
            "INSERT INTO collective_proposals (id, hub_id, title, summary, task_type, prompt, source_widget_id, \
             source_candidate_id, started_by, seed, created_at, updated_at, rounds_planned, token_limit) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $12, $13)",
        )
        .bind(id)
        .bind(new.hub_id)
        .bind(new.title.trim())
        .bind(&new.summary)
        .bind(&new.task_type)
        .bind(&new.prompt)
        .bind(new.source_widget_id)
        .bind(new.source_candidate_id)
        .bind(started_by)
        .bind(seed)
        .bind(now)
        .bind(plan)
        .bind(new.token_limit)
        .execute(c)
        .await?
        .rows_affected());
        for (number, kind) in (1..).zip(plan.kinds()) {
            self.insert_round(id, number, *kind, started_by, None)
                .await?;
        }
        for (place, agent) in (0_i32..).zip(agents) {
            let member = NewMember {
                contribution_id: self.clock().id(),
                agent_registration_id: agent.id,
                agent_version: agent.version,
                place,
            };
            self.insert_member(id, 1, &member).await?;
        }
        Ok(())
    }
}
