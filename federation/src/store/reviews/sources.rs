//! The candidates that a report names.

use model::{CandidateBrief, CandidateId};

use super::super::{Result, Store, on_db};

impl Store {
    /// Those of the candidates that there are, oldest first. For the few that
    /// a report names.
    pub async fn candidate_briefs(&self, ids: &[CandidateId]) -> Result<Vec<CandidateBrief>> {
        let mut found = Vec::with_capacity(ids.len());
        for id in ids {
            let one: Option<CandidateBrief> = on_db!(self, pool => sqlx::query_as(
                "SELECT id, title, body, status, created_at FROM requirement_candidates WHERE id = $1",
            )
            .bind(*id)
            .fetch_optional(pool)
            .await?);
            found.extend(one);
        }
        found.sort_by_key(|one: &CandidateBrief| one.id);
        Ok(found)
    }
}
