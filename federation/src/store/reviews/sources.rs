//! What a proposal is about, beside it.

use model::{
    CandidateBrief, CandidateId, DecisionRecordId, Proposal, ReviewSource, Said, SourceId, WidgetId,
};

use super::super::{Result, Store, on_db};

/// What people said, at the most.
const SAID: i64 = 20;

impl Store {
    /// `None` where the proposal names no source.
    pub async fn review_source(&self, proposal: &Proposal) -> Result<Option<ReviewSource>> {
        if let Some(id) = proposal.source_widget_id {
            return self.widget_source(id).await;
        }
        if let Some(id) = proposal.source_candidate_id {
            let found = self.candidate_briefs(&[id]).await?.pop();
            return Ok(found.map(|found| ReviewSource {
                id: SourceId::Candidate(id),
                title: found.title,
                text: found.body,
                said: Vec::new(),
            }));
        }
        match proposal.source_decision_id {
            Some(id) => self.decision_source(id).await,
            None => Ok(None),
        }
    }

    async fn widget_source(&self, id: WidgetId) -> Result<Option<ReviewSource>> {
        let row: Option<(String, Option<String>)> = on_db!(self, pool => sqlx::query_as(
            "SELECT title, description FROM widgets WHERE id = $1",
        )
        .bind(id)
        .fetch_optional(pool)
        .await?);
        let Some((title, text)) = row else {
            return Ok(None);
        };
        let said = on_db!(self, pool => sqlx::query_as::<_, Said>(
            "SELECT kind, CAST(payload ->> 'author' AS TEXT) AS author, CAST(payload ->> 'text' AS TEXT) AS text, occurred_at \
             FROM interaction_events WHERE widget_id = $1 ORDER BY occurred_at DESC, id DESC LIMIT $2",
        )
        .bind(id)
        .bind(SAID)
        .fetch_all(pool)
        .await?);
        Ok(Some(ReviewSource {
            id: SourceId::Widget(id),
            title,
            text: text.unwrap_or_default(),
            said,
        }))
    }

    async fn decision_source(&self, id: DecisionRecordId) -> Result<Option<ReviewSource>> {
        let row: Option<(String, String, String)> = on_db!(self, pool => sqlx::query_as(
            "SELECT title, context, decision FROM decision_records WHERE id = $1",
        )
        .bind(id)
        .fetch_optional(pool)
        .await?);
        Ok(row.map(|(title, context, decision)| ReviewSource {
            id: SourceId::Decision(id),
            title,
            text: format!("{context}\n\n{decision}"),
            said: Vec::new(),
        }))
    }

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
