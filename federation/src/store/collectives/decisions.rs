//! What a person's decision writes, and idempotency keys.

use chrono::Duration;
use model::{
    Caller, CollectiveId, ContributionId, DecisionStatus, FieldChoices, ProposalId, ReviewId,
    Verdict,
};
use serde_json::Value;
use sqlx::{FromRow, types::Json};
use uuid::Uuid;

use super::{Result, Store, Tx, on_db, on_tx};

/// The last decision that a reviewer made on anything.
#[derive(Clone, Debug, FromRow)]
pub struct LastReview {
    pub proposal_id: Option<ProposalId>,
    pub collective_proposal_id: Option<CollectiveId>,
    pub verdict: Verdict,
}

/// What a reviewer said of a collective proposal.
pub struct CollectiveSaid<'a> {
    pub verdict: Verdict,
    pub comment: Option<&'a str>,
    /// The hash of what was on the screen.
    pub content_hash: Option<&'a str>,
    /// The contribution that was accepted in place of the synthesis.
    pub contribution: Option<ContributionId>,
    pub fields: Option<&'a FieldChoices>,
    /// What it makes final.
    pub content: Option<&'a Value>,
}

/// What an idempotency key stands for.
#[derive(Clone, Debug, FromRow)]
pub struct KeyRow {
    pub body_hash: String,
    pub subject_id: Uuid,
    /// `null` until it was kept.
    #[sqlx(json)]
    pub answer: Value,
}

impl Store {
    /// What a key stands for; `None` where it is free.
    pub async fn known_key(&self, caller: &str, path: &str, key: &str) -> Result<Option<KeyRow>> {
        let since = self.clock().now() - Duration::hours(24);
        Ok(on_db!(self, pool => sqlx::query_as::<_, KeyRow>(
            "SELECT body_hash, subject_id, answer FROM idempotency_keys \
             WHERE caller = $1 AND path = $2 AND key = $3 AND created_at >= $4",
        )
        .bind(caller)
        .bind(path)
        .bind(key)
        .bind(since)
        .fetch_optional(pool)
        .await?))
    }
}

impl Tx {
    /// Decides, where the run has finished, nobody has decided and the content
    /// is the one that was shown; `false` otherwise.
    pub async fn decide_collective(
        &mut self,
        id: CollectiveId,
        decision: DecisionStatus,
        final_content: Option<&Value>,
        shown_hash: Option<&str>,
        by: &str,
    ) -> Result<bool> {
        let now = self.clock().now();
        Ok(on_tx!(self, c => sqlx::query(
            "UPDATE collective_proposals SET decision = $2, final_content = coalesce($3, final_content), decided_by = $5, \
             decided_at = $6, updated_at = $6 \
             WHERE id = $1 AND decision = 'pending' AND run_state = 'finished' AND ($4 IS NULL OR content_hash = $4) \
             AND ($2 <> 'accepted' OR coalesce($3, final_content) IS NOT NULL)",
        )
        .bind(id)
        .bind(decision)
        .bind(final_content)
        .bind(shown_hash)
        .bind(by)
        .bind(now)
        .execute(c)
        .await?
        .rows_affected())
            == 1)
    }

    /// Takes a decision back: the synthesis is the final content again.
    pub async fn undo_collective(&mut self, id: CollectiveId) -> Result<bool> {
        let now = self.clock().now();
        Ok(on_tx!(self, c => sqlx::query(
            "UPDATE collective_proposals SET decision = 'pending', final_content = synthesis_content, decided_by = NULL, \
             decided_at = NULL, updated_at = $2 WHERE id = $1 AND decision <> 'pending'",
        )
        .bind(id)
        .bind(now)
        .execute(c)
        .await?
        .rows_affected())
            == 1)
    }

    /// The reviewer's last decision on anything; `None` where there is none.
    /// To comment or to ask for another round decides nothing.
    pub async fn last_review(&mut self, reviewer: &Caller) -> Result<Option<LastReview>> {
        Ok(on_tx!(self, c => sqlx::query_as::<_, LastReview>(
            "SELECT proposal_id, collective_proposal_id, verdict FROM agent_review_records \
             WHERE reviewer_kind = $1 AND (reviewer_id = $2 OR ($2 IS NULL AND reviewer_id IS NULL)) \
             AND verdict NOT IN ('commented', 'another_round') ORDER BY id DESC LIMIT 1",
        )
        .bind(reviewer.kind)
        .bind(reviewer.id)
        .fetch_optional(c)
        .await?))
    }

    pub async fn insert_collective_review(
        &mut self,
        id: CollectiveId,
        reviewer: &Caller,
        said: &CollectiveSaid<'_>,
    ) -> Result<ReviewId> {
        let review: ReviewId = self.clock().id();
        let now = self.clock().now();
        on_tx!(self, c => sqlx::query(
            "INSERT INTO agent_review_records (id, collective_proposal_id, reviewer, reviewer_kind, reviewer_id, verdict, \
             comment, content_hash, contribution_id, content, created_at, fields) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        )
        .bind(review)
        .bind(id)
        .bind(&reviewer.name)
        .bind(reviewer.kind)
        .bind(reviewer.id)
        .bind(said.verdict)
        .bind(said.comment)
        .bind(said.content_hash)
        .bind(said.contribution)
        .bind(said.content)
        .bind(now)
        .bind(said.fields.map(Json))
        .execute(c)
        .await?
        .rows_affected());
        Ok(review)
    }

    /// Takes the key for this work; `None` where it was free, else what it
    /// stands for. A concurrent request with the same key waits here.
    pub async fn take_key(
        &mut self,
        caller: &str,
        path: &str,
        key: &str,
        body_hash: &str,
        subject: Uuid,
    ) -> Result<Option<KeyRow>> {
        let now = self.clock().now();
        on_tx!(self, c => sqlx::query("DELETE FROM idempotency_keys WHERE created_at < $1")
            .bind(now - Duration::hours(24))
            .execute(c)
            .await?
        .rows_affected());
        let inserted = on_tx!(self, c => sqlx::query(
            "INSERT INTO idempotency_keys (caller, path, key, body_hash, subject_id, answer, created_at) \
             VALUES ($1, $2, $3, $4, $5, 'null', $6) ON CONFLICT (caller, path, key) DO NOTHING",
        )
        .bind(caller)
        .bind(path)
        .bind(key)
        .bind(body_hash)
        .bind(subject)
        .bind(now)
        .execute(c)
        .await?
        .rows_affected());
        if inserted == 1 {
            return Ok(None);
        }
        Ok(Some(on_tx!(self, c => sqlx::query_as::<_, KeyRow>(
            "SELECT body_hash, subject_id, answer FROM idempotency_keys WHERE caller = $1 AND path = $2 AND key = $3",
        )
        .bind(caller)
        .bind(path)
        .bind(key)
        .fetch_one(c)
        .await?)))
    }

    /// Keeps the first answer of a key.
    pub async fn answer_key(
        &mut self,
        caller: &str,
        path: &str,
        key: &str,
        answer: &Value,
    ) -> Result<()> {
        on_tx!(self, c => sqlx::query(
            "UPDATE idempotency_keys SET answer = $4 WHERE caller = $1 AND path = $2 AND key = $3",
        )
        .bind(caller)
        .bind(path)
        .bind(key)
        .bind(answer)
        .execute(c)
        .await?
        .rows_affected());
        Ok(())
    }
}
