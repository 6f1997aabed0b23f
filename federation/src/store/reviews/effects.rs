//! What an acceptance writes into the hub, and how it is withdrawn.

use model::{CandidateId, CandidateStatus, Effect, Proposal, ProposalId};
use serde_json::Value;
use sqlx::FromRow;
use uuid::Uuid;

use super::super::{Result, Store, Tx, TxInner, on_db, on_tx};

/// Why a candidate that a proposal became cannot be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromRow)]
pub struct Dependents {
    pub version: i32,
    pub decisions: bool,
    pub collectives: bool,
    pub proposals: bool,
    pub duplicates: bool,
}

/// A duplicate that is to be told free again.
#[derive(Clone, Copy, Debug, FromRow)]
struct Marked {
    id: Uuid,
    duplicate_candidate_id: CandidateId,
    status_before: CandidateStatus,
}

impl Store {
    /// What accepting the proposal left in the hub and still stands.
    pub async fn effects(&self, id: ProposalId) -> Result<Vec<Effect>> {
        let mut all = Vec::new();
        let candidates: Vec<(CandidateId, String)> = on_db!(self, pool => sqlx::query_as(
            "SELECT id, title FROM requirement_candidates WHERE source_proposal_id = $1 AND status <> 'archived' ORDER BY id",
        )
        .bind(id)
        .fetch_all(pool)
        .await?);
        all.extend(
            candidates
                .into_iter()
                .map(|(id, title)| Effect::Candidate { id, title }),
        );
        let summaries: Vec<(Uuid, Uuid)> = on_db!(self, pool => sqlx::query_as(
            "SELECT id, widget_id FROM widget_summaries WHERE proposal_id = $1 AND withdrawn_at IS NULL",
        )
        .bind(id)
        .fetch_all(pool)
        .await?);
        all.extend(summaries.into_iter().map(|(id, widget)| Effect::Summary {
            id: id.into(),
            widget_id: widget.into(),
        }));
        let implementations: Vec<(Uuid, Uuid)> = on_db!(self, pool => sqlx::query_as(
            "SELECT id, decision_record_id FROM decision_implementations WHERE proposal_id = $1 AND withdrawn_at IS NULL",
        )
        .bind(id)
        .fetch_all(pool)
        .await?);
        all.extend(
            implementations
                .into_iter()
                .map(|(id, decision)| Effect::Implementation {
                    id: id.into(),
                    decision_record_id: decision.into(),
                }),
        );
        let duplicates: Vec<(CandidateId, CandidateId)> = on_db!(self, pool => sqlx::query_as(
            "SELECT kept_candidate_id, duplicate_candidate_id FROM candidate_duplicates \
             WHERE proposal_id = $1 AND withdrawn_at IS NULL ORDER BY id",
        )
        .bind(id)
        .fetch_all(pool)
        .await?);
        all.extend(
            duplicates
                .into_iter()
                .map(|(kept, duplicate)| Effect::Duplicate {
                    kept_candidate_id: kept,
                    duplicate_candidate_id: duplicate,
                }),
        );
        Ok(all)
    }
}

impl Tx {
    /// A drafted requirement becomes a candidate.
    pub async fn insert_drafted_candidate(
        &mut self,
        proposal: &Proposal,
        title: &str,
        body: &str,
        by: &str,
    ) -> Result<CandidateId> {
        let id: CandidateId = self.clock().id();
        let now = self.clock().now();
        on_tx!(self, c => sqlx::query(
            "INSERT INTO requirement_candidates (id, hub_id, source_widget_id, title, body, status, created_at, updated_at, \
             created_by, source_proposal_id) VALUES ($1, $2, $3, $4, $5, 'open', $6, $6, $7, $8)",
        )
        .bind(id)
        .bind(proposal.hub_id)
        .bind(proposal.source_widget_id)
        .bind(title)
        .bind(body)
        .bind(now)
        .bind(by)
        .bind(proposal.id)
        .execute(c)
        .await?
        .rows_affected());
        Ok(id)
    }

    /// A summary is kept on its widget. A second one that stands is a unique
    /// violation.
    pub async fn insert_summary(
        &mut self,
        proposal: &Proposal,
        widget: model::WidgetId,
        content: &Value,
    ) -> Result<()> {
        let id: Uuid = self.clock().id();
        let now = self.clock().now();
        on_tx!(self, c => sqlx::query(
            "INSERT INTO widget_summaries (id, hub_id, widget_id, proposal_id, content, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(id)
        .bind(proposal.hub_id)
        .bind(widget)
        .bind(proposal.id)
        .bind(content)
        .bind(now)
        .execute(c)
        .await?
        .rows_affected());
        Ok(())
    }

    /// An implementation is attached to its decision record. A second one that
    /// stands is a unique violation.
    pub async fn insert_implementation(
        &mut self,
        proposal: &Proposal,
        decision: model::DecisionRecordId,
        content: &Value,
    ) -> Result<()> {
        let id: Uuid = self.clock().id();
        let now = self.clock().now();
        on_tx!(self, c => sqlx::query(
            "INSERT INTO decision_implementations (id, hub_id, decision_record_id, proposal_id, content, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(id)
        .bind(proposal.hub_id)
        .bind(decision)
        .bind(proposal.id)
        .bind(content)
        .bind(now)
        .execute(c)
        .await?
        .rows_affected());
        Ok(())
    }

    /// One candidate becomes the duplicate of another. `false` where it is one
    /// already.
    pub async fn mark_duplicate(
        &mut self,
        proposal: &Proposal,
        kept: CandidateId,
        duplicate: CandidateId,
    ) -> Result<bool> {
        let id: Uuid = self.clock().id();
        let now = self.clock().now();
        // Locks the candidate, so that its status before is the last one.
        let before: Option<CandidateStatus> = self.locked_status(duplicate).await?;
        let Some(before) = before.filter(|status| *status != CandidateStatus::Duplicate) else {
            return Ok(false);
        };
        on_tx!(self, c => sqlx::query(
            "INSERT INTO candidate_duplicates (id, hub_id, proposal_id, kept_candidate_id, duplicate_candidate_id, status_before, \
             created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(id)
        .bind(proposal.hub_id)
        .bind(proposal.id)
        .bind(kept)
        .bind(duplicate)
        .bind(before)
        .bind(now)
        .execute(c)
        .await?
        .rows_affected());
        self.set_candidate_status(duplicate, CandidateStatus::Duplicate)
            .await?;
        Ok(true)
    }

    async fn set_candidate_status(
        &mut self,
        id: CandidateId,
        status: CandidateStatus,
    ) -> Result<()> {
        let now = self.clock().now();
        on_tx!(self, c => sqlx::query(
            "UPDATE requirement_candidates SET status = $2, version = version + 1, updated_at = $3 WHERE id = $1",
        )
        .bind(id)
        .bind(status)
        .bind(now)
        .execute(c)
        .await?
        .rows_affected());
        Ok(())
    }

    /// The status of a candidate that nobody else changes or refers to until
    /// the commit. SQLite has one writer anyway.
    pub async fn locked_status(&mut self, id: CandidateId) -> Result<Option<CandidateStatus>> {
        const READ: &str = "SELECT status FROM requirement_candidates WHERE id = $1";
        Ok(match &mut self.inner {
            TxInner::Sqlite(tx) => {
                sqlx::query_scalar(READ)
                    .bind(id)
                    .fetch_optional(&mut **tx)
                    .await?
            }
            TxInner::Postgres(tx) => {
                sqlx::query_scalar(
                    "SELECT status FROM requirement_candidates WHERE id = $1 FOR UPDATE",
                )
                .bind(id)
                .fetch_optional(&mut **tx)
                .await?
            }
        })
    }

    /// The candidate that the proposal became last; locked.
    pub async fn drafted_candidate(&mut self, id: ProposalId) -> Result<Option<CandidateId>> {
        let newest: Option<CandidateId> = on_tx!(self, c => sqlx::query_scalar(
            "SELECT id FROM requirement_candidates WHERE source_proposal_id = $1 ORDER BY id DESC LIMIT 1",
        )
        .bind(id)
        .fetch_optional(c)
        .await?);
        if let Some(candidate) = newest {
            self.locked_status(candidate).await?;
        }
        Ok(newest)
    }

    /// What has come to depend on a candidate.
    pub async fn dependents(&mut self, id: CandidateId) -> Result<Dependents> {
        Ok(on_tx!(self, c => sqlx::query_as::<_, Dependents>(
            "SELECT version, \
             EXISTS (SELECT 1 FROM decision_records d WHERE d.requirement_candidate_id = r.id) AS decisions, \
             EXISTS (SELECT 1 FROM collective_proposals p WHERE p.source_candidate_id = r.id) AS collectives, \
             EXISTS (SELECT 1 FROM agent_proposals p WHERE p.source_candidate_id = r.id) AS proposals, \
             EXISTS (SELECT 1 FROM candidate_duplicates u WHERE u.withdrawn_at IS NULL \
              AND (u.kept_candidate_id = r.id OR u.duplicate_candidate_id = r.id)) AS duplicates \
             FROM requirement_candidates r WHERE r.id = $1",
        )
        .bind(id)
        .fetch_one(c)
        .await?))
    }

    pub async fn archive_candidate(&mut self, id: CandidateId) -> Result<()> {
        self.set_candidate_status(id, CandidateStatus::Archived)
            .await
    }

    pub async fn withdraw_summary(&mut self, id: ProposalId) -> Result<()> {
        let now = self.clock().now();
        on_tx!(self, c => sqlx::query(
            "UPDATE widget_summaries SET withdrawn_at = $2 WHERE proposal_id = $1 AND withdrawn_at IS NULL",
        )
        .bind(id)
        .bind(now)
        .execute(c)
        .await?
        .rows_affected());
        Ok(())
    }

    pub async fn withdraw_implementation(&mut self, id: ProposalId) -> Result<()> {
        let now = self.clock().now();
        on_tx!(self, c => sqlx::query(
            "UPDATE decision_implementations SET withdrawn_at = $2 WHERE proposal_id = $1 AND withdrawn_at IS NULL",
        )
        .bind(id)
        .bind(now)
        .execute(c)
        .await?
        .rows_affected());
        Ok(())
    }

    /// Tells the duplicates of a report free again, each with its status
    /// before. The candidate whose status somebody has changed since is given
    /// back, and nothing is done.
    pub async fn withdraw_duplicates(&mut self, id: ProposalId) -> Result<Option<CandidateId>> {
        let now = self.clock().now();
        let marked: Vec<Marked> = on_tx!(self, c => sqlx::query_as::<_, Marked>(
            "SELECT id, duplicate_candidate_id, status_before FROM candidate_duplicates \
             WHERE proposal_id = $1 AND withdrawn_at IS NULL ORDER BY duplicate_candidate_id",
        )
        .bind(id)
        .fetch_all(c)
        .await?);
        for one in &marked {
            let status = self.locked_status(one.duplicate_candidate_id).await?;
            if status != Some(CandidateStatus::Duplicate) {
                return Ok(Some(one.duplicate_candidate_id));
            }
        }
        for one in marked {
            on_tx!(self, c => sqlx::query("UPDATE candidate_duplicates SET withdrawn_at = $2 WHERE id = $1")
                .bind(one.id)
                .bind(now)
                .execute(c)
                .await?
                .rows_affected());
            self.set_candidate_status(one.duplicate_candidate_id, one.status_before)
                .await?;
        }
        Ok(None)
    }
}
