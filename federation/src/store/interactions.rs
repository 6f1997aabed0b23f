//! Interaction events: append-only.

use model::{InteractionEvent, InteractionFilter, PageRequest};

use super::{Result, Store, Tx, on_db, on_tx};

impl Store {
    /// One more than the page's limit, newest first.
    pub async fn interaction_events(
        &self,
        filter: &InteractionFilter,
        page: PageRequest,
    ) -> Result<Vec<InteractionEvent>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, InteractionEvent>(
            "SELECT * FROM interaction_events WHERE ($1 IS NULL OR hub_id = $1) AND ($2 IS NULL OR widget_id = $2) \
             AND ($3 IS NULL OR kind = $3) AND ($4 IS NULL OR id < $4) ORDER BY id DESC LIMIT $5",
        )
        .bind(filter.hub_id)
        .bind(filter.widget_id)
        .bind(&filter.kind)
        .bind(page.after)
        .bind(page.limit + 1)
        .fetch_all(pool)
        .await?))
    }
}

impl Tx {
    pub async fn insert_interaction(&mut self, event: &InteractionEvent) -> Result<()> {
        on_tx!(self, c => sqlx::query(
            "INSERT INTO interaction_events (id, hub_id, widget_id, kind, payload, occurred_at, created_by, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(event.id)
        .bind(event.hub_id)
        .bind(event.widget_id)
        .bind(&event.kind)
        .bind(&event.payload)
        .bind(event.occurred_at)
        .bind(&event.created_by)
        .bind(event.created_at)
        .execute(c)
        .await?
        .rows_affected());
        Ok(())
    }
}
