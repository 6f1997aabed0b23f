//! What people decide on agent proposals.

mod effects;
mod sources;

use chrono::{DateTime, Utc};
use model::{
    Caller, HubId, NewJudgement, OwnJudgement, Proposal, ProposalId, ProposalReview,
    ProposalStatus, ReviewId, Verdict,
};
use serde_json::Value;
use uuid::Uuid;

use super::{Result, Store, Tx, on_db, on_tx};

pub use effects::Dependents;

/// What a review record says.
pub struct Said<'a> {
    pub verdict: Verdict,
    pub comment: Option<&'a str>,
    pub content_hash: Option<&'a str>,
    /// The revised text.
    pub content: Option<&'a Value>,
}

impl Store {
    /// Oldest first.
    pub async fn proposal_reviews(&self, id: ProposalId) -> Result<Vec<ProposalReview>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, ProposalReview>(
            "SELECT id, proposal_id, reviewer, reviewer_kind, verdict, comment, content_hash, content, created_at \
             FROM agent_review_records WHERE proposal_id = $1 ORDER BY id",
        )
        .bind(id)
        .fetch_all(pool)
        .await?))
    }

    /// What the reviewer's last decision is about, whatever it is; `None` where
    /// there is none, or where it took another one back. To comment or to ask
    /// for another round decides nothing.
    pub async fn standing_decision(&self, reviewer: &Caller) -> Result<Option<Uuid>> {
        let last: Option<(Option<Uuid>, Option<Uuid>, Verdict)> = on_db!(self, pool => sqlx::query_as(
            "SELECT proposal_id, collective_proposal_id, verdict FROM agent_review_records \
             WHERE reviewer_kind = $1 AND (reviewer_id = $2 OR ($2 IS NULL AND reviewer_id IS NULL)) \
             AND verdict NOT IN ('commented', 'another_round') ORDER BY id DESC LIMIT 1",
        )
        .bind(reviewer.kind)
        .bind(reviewer.id)
        .fetch_optional(pool)
        .await?);
        Ok(last.and_then(|(proposal, collective, verdict)| {
            proposal
                .or(collective)
                .filter(|_| verdict != Verdict::Undone)
        }))
    }

    /// The hubs whose reviewers judge before the agent's opinion is uncovered.
    pub async fn hubs_that_decide_first(&self) -> Result<Vec<HubId>> {
        Ok(
            on_db!(self, pool => sqlx::query_scalar("SELECT id FROM hubs WHERE decide_first")
                .fetch_all(pool)
                .await?),
        )
    }

    /// Newest first.
    pub async fn judgements(&self, id: ProposalId) -> Result<Vec<OwnJudgement>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, OwnJudgement>(
            "SELECT id, proposal_id, round, reviewer, verdict, score, rationale, created_at FROM own_judgements \
             WHERE proposal_id = $1 ORDER BY round DESC, id DESC",
        )
        .bind(id)
        .fetch_all(pool)
        .await?))
    }

    /// `None`: the caller has not judged this round.
    pub async fn own_judgement(
        &self,
        id: ProposalId,
        round: i32,
        caller: &Caller,
    ) -> Result<Option<OwnJudgement>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, OwnJudgement>(
            "SELECT id, proposal_id, round, reviewer, verdict, score, rationale, created_at FROM own_judgements \
             WHERE proposal_id = $1 AND round = $2 AND reviewer_kind = $3 AND reviewer_id = $4",
        )
        .bind(id)
        .bind(round)
        .bind(caller.kind)
        .bind(caller.id)
        .fetch_optional(pool)
        .await?))
    }
}

impl Tx {
    /// Decides, where the proposal waits for a person and its content is the
    /// one that was read and, where a hash is given, the one that was shown;
    /// `false` otherwise.
    pub async fn decide_proposal(
        &mut self,
        read: &Proposal,
        status: ProposalStatus,
        final_content: Option<&Value>,
        shown_hash: Option<&str>,
        by: &str,
    ) -> Result<bool> {
        let now = self.clock().now();
        Ok(on_tx!(self, c => sqlx::query(
            "UPDATE agent_proposals SET status = $2, final_content = $3, decided_by = $4, decided_at = $5, updated_at = $5, \
             decision_ms = $9 WHERE id = $1 AND status = 'pending' AND round = $6 AND content_hash = $7 \
             AND ($8 IS NULL OR content_hash = $8)",
        )
        .bind(read.id)
        .bind(status)
        .bind(final_content)
        .bind(by)
        .bind(now)
        .bind(read.round)
        .bind(&read.content_hash)
        .bind(shown_hash)
        .bind(read.ended_at.map(|ended| (now - ended).num_milliseconds().max(0)))
        .execute(c)
        .await?
        .rows_affected())
            == 1)
    }

    /// Marks a decided proposal as applied by a policy.
    pub async fn mark_auto_applied(&mut self, id: ProposalId) -> Result<()> {
        on_tx!(self, c => sqlx::query("UPDATE agent_proposals SET auto_applied = TRUE, decision_ms = NULL WHERE id = $1")
            .bind(id)
            .execute(c)
            .await?
            .rows_affected());
        Ok(())
    }

    /// Takes a decision back: the proposal waits again. `None` where nobody
    /// has decided; else whether a policy had.
    pub async fn undo_proposal(&mut self, id: ProposalId) -> Result<Option<bool>> {
        let now = self.clock().now();
        // Locks the row, and reads what the second statement forgets.
        let auto: Option<bool> = on_tx!(self, c => sqlx::query_scalar(
            "UPDATE agent_proposals SET status = 'pending', final_content = NULL, decided_by = NULL, decided_at = NULL, \
             decision_ms = NULL, updated_at = $2 WHERE id = $1 AND status IN ('accepted', 'rejected', 'revised') RETURNING auto_applied",
        )
        .bind(id)
        .bind(now)
        .fetch_optional(c)
        .await?);
        on_tx!(self, c => sqlx::query("UPDATE agent_proposals SET auto_applied = FALSE WHERE id = $1 AND auto_applied")
            .bind(id)
            .execute(c)
            .await?
            .rows_affected());
        Ok(auto)
    }

    pub async fn insert_proposal_review(
        &mut self,
        id: ProposalId,
        reviewer: &Caller,
        said: &Said<'_>,
    ) -> Result<ProposalReview> {
        let review: ReviewId = self.clock().id();
        let now: DateTime<Utc> = self.clock().now();
        on_tx!(self, c => sqlx::query(
            "INSERT INTO agent_review_records (id, proposal_id, reviewer, reviewer_kind, reviewer_id, verdict, comment, \
             content_hash, content, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(review)
        .bind(id)
        .bind(&reviewer.name)
        .bind(reviewer.kind)
        .bind(reviewer.id)
        .bind(said.verdict)
        .bind(said.comment)
        .bind(said.content_hash)
        .bind(said.content)
        .bind(now)
        .execute(c)
        .await?
        .rows_affected());
        Ok(ProposalReview {
            id: review,
            proposal_id: id,
            reviewer: reviewer.name.clone(),
            reviewer_kind: Some(reviewer.kind),
            verdict: said.verdict,
            comment: said.comment.map(str::to_owned),
            content_hash: said.content_hash.map(str::to_owned),
            content: said.content.cloned(),
            created_at: now,
        })
    }

    /// Writes a judgement where the proposal still waits in this round; `None`
    /// where it does not. A second one of the same reviewer is a unique
    /// violation.
    pub async fn insert_judgement(
        &mut self,
        read: &Proposal,
        reviewer: &Caller,
        reviewer_id: Uuid,
        new: &NewJudgement,
    ) -> Result<Option<OwnJudgement>> {
        let id: model::JudgementId = self.clock().id();
        let now = self.clock().now();
        Ok(on_tx!(self, c => sqlx::query_as::<_, OwnJudgement>(
            "INSERT INTO own_judgements (id, proposal_id, round, reviewer, reviewer_kind, reviewer_id, verdict, score, \
             rationale, created_at) SELECT $1, p.id, p.round, $4, $5, $6, $7, $8, $9, $10 FROM agent_proposals p \
             WHERE p.id = $2 AND p.round = $3 AND p.status = 'pending' \
             RETURNING id, proposal_id, round, reviewer, verdict, score, rationale, created_at",
        )
        .bind(id)
        .bind(read.id)
        .bind(read.round)
        .bind(&reviewer.name)
        .bind(reviewer.kind)
        .bind(reviewer_id)
        .bind(new.verdict)
        .bind(new.score)
        .bind(&new.rationale)
        .bind(now)
        .fetch_optional(c)
        .await?))
    }
}
