//! Requirement candidates.

pub mod similar;

use model::{
    Candidate, CandidateFilter, CandidateId, CandidateName, DecisionRecordName, PageRequest,
};

use super::{Result, Store, Tx, on_db, on_tx, part};

/// One text for each index that a list can walk; `$place` names it.
macro_rules! candidates_at {
    ($place:literal) => {
        concat!(
            "SELECT c.*, coalesce(p.auto_applied, FALSE) AS auto_applied FROM requirement_candidates c \
             LEFT JOIN agent_proposals p ON p.id = c.source_proposal_id WHERE ",
            $place,
            " AND ($1 IS NULL OR c.hub_id = $1) AND ($2 IS NULL OR c.status = $2) \
             AND ($3 IS NULL OR c.source_widget_id = $3) \
             AND ($4 IS NULL OR lower(c.title) LIKE lower($4) ESCAPE '\\' OR lower(c.body) LIKE lower($4) ESCAPE '\\') \
             AND c.id < $5 ORDER BY c.id DESC LIMIT $6"
        )
    };
}

/// The statement of a list: what is asked for with the fewest rows leads. For
/// the store and for the test of its plan.
pub fn list_statement(filter: &CandidateFilter) -> &'static str {
    match (filter.source_widget_id, filter.hub_id, filter.status) {
        (Some(_), _, _) => candidates_at!("c.source_widget_id = $3"),
        (None, Some(_), Some(_)) => candidates_at!("c.hub_id = $1 AND c.status = $2"),
        (None, Some(_), None) => candidates_at!("c.hub_id = $1"),
        (None, None, _) => candidates_at!("$1 IS NULL"),
    }
}

impl Store {
    /// One more than the page's limit, newest first.
    pub async fn candidates(
        &self,
        filter: &CandidateFilter,
        page: PageRequest,
    ) -> Result<Vec<Candidate>> {
        let sql = list_statement(filter);
        Ok(on_db!(self, pool => sqlx::query_as::<_, Candidate>(sql)
            .bind(filter.hub_id)
            .bind(filter.status)
            .bind(filter.source_widget_id)
            .bind(part(filter.q.as_deref()))
            .bind(page.before())
            .bind(page.limit + 1)
            .fetch_all(pool)
            .await?))
    }

    /// `None`: there is no such candidate.
    pub async fn candidate(&self, id: CandidateId) -> Result<Option<Candidate>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, Candidate>(
            "SELECT c.*, coalesce(p.auto_applied, FALSE) AS auto_applied FROM requirement_candidates c \
             LEFT JOIN agent_proposals p ON p.id = c.source_proposal_id WHERE c.id = $1",
        )
        .bind(id)
        .fetch_optional(pool)
        .await?))
    }

    /// The candidate that stays in the place of this one, if it is a duplicate.
    pub async fn duplicate_of(&self, id: CandidateId) -> Result<Option<CandidateName>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, CandidateName>(
            "SELECT c.id, c.title FROM candidate_duplicates d JOIN requirement_candidates c ON c.id = d.kept_candidate_id \
             WHERE d.duplicate_candidate_id = $1 AND d.withdrawn_at IS NULL",
        )
        .bind(id)
        .fetch_optional(pool)
        .await?))
    }

    /// The duplicates of a candidate, newest first.
    pub async fn duplicates(&self, id: CandidateId) -> Result<Vec<CandidateName>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, CandidateName>(
            "SELECT c.id, c.title FROM candidate_duplicates d JOIN requirement_candidates c ON c.id = d.duplicate_candidate_id \
             WHERE d.kept_candidate_id = $1 AND d.withdrawn_at IS NULL ORDER BY c.id DESC",
        )
        .bind(id)
        .fetch_all(pool)
        .await?))
    }

    /// The decision records about a candidate, newest first.
    pub async fn decisions_on(&self, id: CandidateId) -> Result<Vec<DecisionRecordName>> {
        Ok(
            on_db!(self, pool => sqlx::query_as::<_, DecisionRecordName>(
            "SELECT id, title, status FROM decision_records WHERE requirement_candidate_id = $1 ORDER BY id DESC",
        )
        .bind(id)
        .fetch_all(pool)
        .await?),
        )
    }
}

impl Tx {
    pub async fn insert_candidate(&mut self, candidate: &Candidate) -> Result<()> {
        on_tx!(self, c => sqlx::query(
            "INSERT INTO requirement_candidates (id, hub_id, source_widget_id, title, body, status, source_proposal_id, \
             created_by, version, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        )
        .bind(candidate.id)
        .bind(candidate.hub_id)
        .bind(candidate.source_widget_id)
        .bind(&candidate.title)
        .bind(&candidate.body)
        .bind(candidate.status)
        .bind(candidate.source_proposal_id)
        .bind(&candidate.created_by)
        .bind(candidate.version)
        .bind(candidate.created_at)
        .bind(candidate.updated_at)
        .execute(c)
        .await?
        .rows_affected());
        Ok(())
    }

    /// Writes the candidate where it still has the version `before`; `false`
    /// where somebody else was faster.
    pub async fn update_candidate(&mut self, candidate: &Candidate, before: i32) -> Result<bool> {
        Ok(on_tx!(self, c => sqlx::query(
            "UPDATE requirement_candidates SET source_widget_id = $2, title = $3, body = $4, status = $5, version = $6, \
             updated_at = $7 WHERE id = $1 AND version = $8",
        )
        .bind(candidate.id)
        .bind(candidate.source_widget_id)
        .bind(&candidate.title)
        .bind(&candidate.body)
        .bind(candidate.status)
        .bind(candidate.version)
        .bind(candidate.updated_at)
        .bind(before)
        .execute(c)
        .await?
        .rows_affected())
            == 1)
    }
}
