//! What the records suggest, and what stewards made of it.

use chrono::{DateTime, Utc};
use model::{
    AgentId, Caller, Evidence, HubId, PageRequest, PerformanceRecordId, Suggestion,
    SuggestionFilter, SuggestionId, SuggestionKind, SuggestionStatus, TrustLevel,
};
use serde_json::json;
use sqlx::types::Json;

use super::{Result, Store, Tx, on_db, on_tx};

/// What a record suggests now.
#[derive(Clone, Debug)]
pub struct NewSuggestion {
    pub hub_id: HubId,
    pub agent_registration_id: AgentId,
    pub kind: SuggestionKind,
    pub record_id: PerformanceRecordId,
    pub agent_version: i32,
    pub from_level: Option<TrustLevel>,
    pub to_level: Option<TrustLevel>,
    pub task_type: Option<String>,
    pub over_agent_id: Option<AgentId>,
    pub evidence: Evidence,
}

/// All columns with the names of both agents.
macro_rules! select_suggestion {
    ($rest:literal) => {
        concat!(
            "SELECT s.*, a.name AS agent_name, o.name AS over_agent_name FROM performance_suggestions s \
             JOIN agent_registrations a ON a.id = s.agent_registration_id \
             LEFT JOIN agent_registrations o ON o.id = s.over_agent_id ",
            $rest
        )
    };
}

impl Store {
    /// One more than the page's limit, newest first.
    pub async fn suggestions(
        &self,
        filter: &SuggestionFilter,
        page: PageRequest,
    ) -> Result<Vec<Suggestion>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, Suggestion>(
            select_suggestion!(
                "WHERE ($1 IS NULL OR s.hub_id = $1) AND ($2 IS NULL OR s.agent_registration_id = $2) \
                 AND ($3 IS NULL OR s.status = $3) AND ($4 IS NULL OR s.id < $4) ORDER BY s.id DESC LIMIT $5"
            ),
        )
        .bind(filter.hub_id)
        .bind(filter.agent_registration_id)
        .bind(filter.status)
        .bind(page.after)
        .bind(page.limit + 1)
        .fetch_all(pool)
        .await?))
    }

    pub async fn suggestion(&self, id: SuggestionId) -> Result<Option<Suggestion>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, Suggestion>(
            select_suggestion!("WHERE s.id = $1"),
        )
        .bind(id)
        .fetch_optional(pool)
        .await?))
    }
}

impl Tx {
    /// Keeps a suggestion open: the one that stands gets the new evidence,
    /// another one of the same subject is withdrawn. Nothing is kept where a
    /// steward dismissed the same of the same version since `dismissed_since`.
    /// Gives the id of a suggestion that was not there before.
    pub async fn suggest(
        &mut self,
        new: &NewSuggestion,
        dismissed_since: DateTime<Utc>,
    ) -> Result<Option<SuggestionId>> {
        if self.refresh_suggestion(new).await? {
            return Ok(None);
        }
        // What stood says something else, which is over.
        self.withdraw_suggestion(new.agent_registration_id, new.task_type.as_deref())
            .await?;
        if self.was_dismissed(new, dismissed_since).await? {
            return Ok(None);
        }
        let id: SuggestionId = self.clock().id();
        let now = self.clock().now();
        on_tx!(self, c => sqlx::query(
            "INSERT INTO performance_suggestions (id, hub_id, agent_registration_id, kind, status, record_id, \
             agent_version, from_level, to_level, task_type, over_agent_id, evidence, created_at) \
             VALUES ($1, $2, $3, $4, 'open', $5, $6, $7, $8, $9, $10, $11, $12)",
        )
        .bind(id)
        .bind(new.hub_id)
        .bind(new.agent_registration_id)
        .bind(new.kind)
        .bind(new.record_id)
        .bind(new.agent_version)
        .bind(new.from_level)
        .bind(new.to_level)
        .bind(&new.task_type)
        .bind(new.over_agent_id)
        .bind(Json(&new.evidence))
        .bind(now)
        .execute(c)
        .await?
        .rows_affected());
        Ok(Some(id))
    }

    async fn refresh_suggestion(&mut self, new: &NewSuggestion) -> Result<bool> {
        Ok(on_tx!(self, c => sqlx::query(
            "UPDATE performance_suggestions SET record_id = $5, agent_version = $6, evidence = $7 \
             WHERE agent_registration_id = $1 AND coalesce(task_type, '') = coalesce($2, '') AND status = 'open' \
             AND kind = $3 AND to_level IS NOT DISTINCT FROM $4 AND over_agent_id IS NOT DISTINCT FROM $8",
        )
        .bind(new.agent_registration_id)
        .bind(&new.task_type)
        .bind(new.kind)
        .bind(new.to_level)
        .bind(new.record_id)
        .bind(new.agent_version)
        .bind(Json(&new.evidence))
        .bind(new.over_agent_id)
        .execute(c)
        .await?
        .rows_affected())
            == 1)
    }

    async fn was_dismissed(&mut self, new: &NewSuggestion, since: DateTime<Utc>) -> Result<bool> {
        let found: i64 = on_tx!(self, c => sqlx::query_scalar(
            "SELECT count(*) FROM performance_suggestions WHERE agent_registration_id = $1 AND kind = $2 \
             AND status = 'dismissed' AND decided_at >= $3 AND agent_version = $4 \
             AND coalesce(task_type, '') = coalesce($5, '') AND to_level IS NOT DISTINCT FROM $6 \
             AND over_agent_id IS NOT DISTINCT FROM $7",
        )
        .bind(new.agent_registration_id)
        .bind(new.kind)
        .bind(since)
        .bind(new.agent_version)
        .bind(&new.task_type)
        .bind(new.to_level)
        .bind(new.over_agent_id)
        .fetch_one(c)
        .await?);
        Ok(found > 0)
    }

    /// Withdraws what is open of an agent: of its trust, or of one task.
    pub async fn withdraw_suggestion(
        &mut self,
        id: AgentId,
        task: Option<&str>,
    ) -> Result<Option<SuggestionId>> {
        let now = self.clock().now();
        let withdrawn: Option<(SuggestionId, HubId)> = on_tx!(self, c => sqlx::query_as(
            "UPDATE performance_suggestions SET status = 'withdrawn', decided_at = $3 \
             WHERE agent_registration_id = $1 AND coalesce(task_type, '') = coalesce($2, '') AND status = 'open' \
             RETURNING id, hub_id",
        )
        .bind(id)
        .bind(task)
        .bind(now)
        .fetch_optional(c)
        .await?);
        let Some((suggestion, hub)) = withdrawn else {
            return Ok(None);
        };
        let detail = json!({ "agent_registration_id": id, "task_type": task });
        let (action, system) = ("suggestion.withdrawn", Caller::system());
        self.audit(
            &system,
            action,
            Some(hub),
            "suggestion",
            suggestion.0,
            detail,
        )
        .await?;
        self.tell_hub(hub, "suggestion", suggestion.0, "withdrawn")
            .await?;
        Ok(Some(suggestion))
    }

    /// Withdraws all that is open of an agent.
    pub async fn withdraw_suggestions(&mut self, id: AgentId) -> Result<()> {
        self.withdraw_suggestion(id, None).await?;
        for task in self.open_tasks(id).await? {
            self.withdraw_suggestion(id, Some(&task)).await?;
        }
        Ok(())
    }

    /// The tasks of which something is open.
    pub async fn open_tasks(&mut self, id: AgentId) -> Result<Vec<String>> {
        Ok(on_tx!(self, c => sqlx::query_scalar(
            "SELECT task_type FROM performance_suggestions WHERE agent_registration_id = $1 AND status = 'open' \
             AND task_type IS NOT NULL ORDER BY task_type",
        )
        .bind(id)
        .fetch_all(c)
        .await?))
    }

    /// Closes an open suggestion; `false` where it is open no longer.
    pub async fn decide_suggestion(
        &mut self,
        id: SuggestionId,
        status: SuggestionStatus,
        by: &str,
    ) -> Result<bool> {
        let now = self.clock().now();
        Ok(on_tx!(self, c => sqlx::query(
            "UPDATE performance_suggestions SET status = $2, decided_by = $3, decided_at = $4 \
             WHERE id = $1 AND status = 'open'",
        )
        .bind(id)
        .bind(status)
        .bind(by)
        .bind(now)
        .execute(c)
        .await?
        .rows_affected())
            == 1)
    }
}
