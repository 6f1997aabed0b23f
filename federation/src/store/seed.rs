//! Rows of the core that a story begins with.

use chrono::{DateTime, Utc};
use model::{CandidateId, HubId, WidgetId};
use serde_json::Value;
use uuid::Uuid;

use super::{Result, Tx, on_tx};

impl Tx {
    pub async fn insert_widget(
        &mut self,
        hub: HubId,
        slug: &str,
        title: &str,
        description: &str,
    ) -> Result<WidgetId> {
        let id: WidgetId = self.clock().id();
        let now = self.clock().now();
        on_tx!(self, c => sqlx::query(
            "INSERT INTO widgets (id, hub_id, slug, title, description, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $6)",
        )
        .bind(id)
        .bind(hub)
        .bind(slug)
        .bind(title)
        .bind(description)
        .bind(now)
        .execute(c)
        .await?
        .rows_affected());
        Ok(id)
    }

    pub async fn insert_event(
        &mut self,
        hub: HubId,
        widget: WidgetId,
        kind: &str,
        payload: &Value,
        occurred_at: DateTime<Utc>,
    ) -> Result<()> {
        let id: Uuid = self.clock().id();
        let now = self.clock().now();
        on_tx!(self, c => sqlx::query(
            "INSERT INTO interaction_events (id, hub_id, widget_id, kind, payload, occurred_at, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(id)
        .bind(hub)
        .bind(widget)
        .bind(kind)
        .bind(payload)
        .bind(occurred_at)
        .bind(now)
        .execute(c)
        .await?
        .rows_affected());
        Ok(())
    }

    pub async fn insert_candidate(
        &mut self,
        hub: HubId,
        widget: Option<WidgetId>,
        title: &str,
        body: &str,
        status: &str,
    ) -> Result<CandidateId> {
        let id: CandidateId = self.clock().id();
        let now = self.clock().now();
        on_tx!(self, c => sqlx::query(
            "INSERT INTO requirement_candidates (id, hub_id, source_widget_id, title, body, status, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $7)",
        )
        .bind(id)
        .bind(hub)
        .bind(widget)
        .bind(title)
        .bind(body)
        .bind(status)
        .bind(now)
        .execute(c)
        .await?
        .rows_affected());
        Ok(id)
    }

    pub async fn insert_decision(
        &mut self,
        hub: HubId,
        candidate: Option<CandidateId>,
        title: &str,
        context: &str,
        decision: &str,
        status: &str,
    ) -> Result<Uuid> {
        let id: Uuid = self.clock().id();
        let now = self.clock().now();
        on_tx!(self, c => sqlx::query(
            "INSERT INTO decision_records (id, hub_id, requirement_candidate_id, title, context, decision, status, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)",
        )
        .bind(id)
        .bind(hub)
        .bind(candidate)
        .bind(title)
        .bind(context)
        .bind(decision)
        .bind(status)
        .bind(now)
        .execute(c)
        .await?
        .rows_affected());
        Ok(id)
    }
}
