//! Decision records.

use model::{
    CandidateId, CandidateName, DecisionImplementation, DecisionRecord, DecisionRecordFilter,
    DecisionRecordId, PageRequest,
};

use super::{Result, Store, Tx, on_db, on_tx, part};

/// One text for each index that a list can walk; `$place` names it.
macro_rules! decisions_at {
    ($place:literal) => {
        concat!(
            "SELECT * FROM decision_records WHERE ",
            $place,
            " AND ($1 IS NULL OR hub_id = $1) AND ($2 IS NULL OR status = $2) \
             AND ($3 IS NULL OR requirement_candidate_id = $3) \
             AND ($4 IS NULL OR lower(title) LIKE lower($4) ESCAPE '\\' OR lower(context) LIKE lower($4) ESCAPE '\\' \
              OR lower(decision) LIKE lower($4) ESCAPE '\\') AND id < $5 ORDER BY id DESC LIMIT $6"
        )
    };
}

/// The statement of a list: what is asked for with the fewest rows leads. For
/// the store and for the test of its plan.
pub fn list_statement(filter: &DecisionRecordFilter) -> &'static str {
    match (
        filter.requirement_candidate_id,
        filter.hub_id,
        filter.status,
    ) {
        (Some(_), _, _) => decisions_at!("requirement_candidate_id = $3"),
        (None, Some(_), Some(_)) => decisions_at!("hub_id = $1 AND status = $2"),
        (None, Some(_), None) => decisions_at!("hub_id = $1"),
        (None, None, _) => decisions_at!("$1 IS NULL"),
    }
}

impl Store {
    /// One more than the page's limit, newest first.
    pub async fn decision_records(
        &self,
        filter: &DecisionRecordFilter,
        page: PageRequest,
    ) -> Result<Vec<DecisionRecord>> {
        let sql = list_statement(filter);
        Ok(
            on_db!(self, pool => sqlx::query_as::<_, DecisionRecord>(sql)
            .bind(filter.hub_id)
            .bind(filter.status)
            .bind(filter.requirement_candidate_id)
            .bind(part(filter.q.as_deref()))
            .bind(page.before())
            .bind(page.limit + 1)
            .fetch_all(pool)
            .await?),
        )
    }

    /// `None`: there is no such decision record.
    pub async fn decision_record(&self, id: DecisionRecordId) -> Result<Option<DecisionRecord>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, DecisionRecord>(
            "SELECT * FROM decision_records WHERE id = $1",
        )
        .bind(id)
        .fetch_optional(pool)
        .await?))
    }

    /// `None`: there is no such candidate.
    pub async fn candidate_name(&self, id: CandidateId) -> Result<Option<CandidateName>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, CandidateName>(
            "SELECT id, title FROM requirement_candidates WHERE id = $1",
        )
        .bind(id)
        .fetch_optional(pool)
        .await?))
    }

    /// Those that stand, newest first.
    pub async fn decision_implementations(
        &self,
        id: DecisionRecordId,
    ) -> Result<Vec<DecisionImplementation>> {
        Ok(
            on_db!(self, pool => sqlx::query_as::<_, DecisionImplementation>(
            "SELECT i.id, i.decision_record_id, i.proposal_id, i.content, p.agent_registration_id, v.name AS agent_name, \
             p.auto_applied, i.created_at FROM decision_implementations i JOIN agent_proposals p ON p.id = i.proposal_id \
             LEFT JOIN agent_versions v ON v.agent_registration_id = p.agent_registration_id AND v.version = p.agent_version \
             WHERE i.decision_record_id = $1 AND i.withdrawn_at IS NULL ORDER BY i.id DESC",
        )
        .bind(id)
        .fetch_all(pool)
        .await?),
        )
    }
}

impl Tx {
    pub async fn insert_decision_record(&mut self, record: &DecisionRecord) -> Result<()> {
        on_tx!(self, c => sqlx::query(
            "INSERT INTO decision_records (id, hub_id, requirement_candidate_id, title, context, decision, status, \
             created_by, version, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        )
        .bind(record.id)
        .bind(record.hub_id)
        .bind(record.requirement_candidate_id)
        .bind(&record.title)
        .bind(&record.context)
        .bind(&record.decision)
        .bind(record.status)
        .bind(&record.created_by)
        .bind(record.version)
        .bind(record.created_at)
        .bind(record.updated_at)
        .execute(c)
        .await?
        .rows_affected());
        Ok(())
    }

    /// Writes the record where it still has the version `before`; `false`
    /// where somebody else was faster.
    pub async fn update_decision_record(
        &mut self,
        record: &DecisionRecord,
        before: i32,
    ) -> Result<bool> {
        Ok(on_tx!(self, c => sqlx::query(
            "UPDATE decision_records SET requirement_candidate_id = $2, title = $3, context = $4, decision = $5, \
             status = $6, version = $7, updated_at = $8 WHERE id = $1 AND version = $9",
        )
        .bind(record.id)
        .bind(record.requirement_candidate_id)
        .bind(&record.title)
        .bind(&record.context)
        .bind(&record.decision)
        .bind(record.status)
        .bind(record.version)
        .bind(record.updated_at)
        .bind(before)
        .execute(c)
        .await?
        .rows_affected())
            == 1)
    }
}
