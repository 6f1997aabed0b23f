//! Widgets as rows.

use model::{PageRequest, Widget, WidgetFilter, WidgetId, WidgetRow};

use super::super::{Result, Store, Tx, on_db, on_tx, part};

/// One text for each index that a list can walk; `$place` names it.
macro_rules! widgets_at {
    ($place:literal) => {
        concat!(
            "SELECT w.*, (SELECT count(*) FROM interaction_events e WHERE e.widget_id = w.id) AS events, \
             (SELECT max(e.occurred_at) FROM interaction_events e WHERE e.widget_id = w.id) AS last_event_at, \
             (SELECT count(*) FROM requirement_candidates c WHERE c.source_widget_id = w.id \
              AND c.status IN ('draft', 'open', 'under_review')) AS open_candidates \
             FROM widgets w WHERE ",
            $place,
            " AND ($2 IS NULL OR lower(w.title) LIKE lower($2) ESCAPE '\\' OR w.slug LIKE lower($2) ESCAPE '\\' \
              OR lower(w.description) LIKE lower($2) ESCAPE '\\') \
             AND ($3 IS NULL OR EXISTS (SELECT 1 FROM requirement_candidates c WHERE c.source_widget_id = w.id \
              AND c.status IN ('draft', 'open', 'under_review')) = $3) \
             AND w.id < $4 ORDER BY w.id DESC LIMIT $5"
        )
    };
}

/// The statement of a list, for the store and for the test of its plan.
pub fn list_statement(filter: &WidgetFilter) -> &'static str {
    if filter.hub_id.is_some() {
        widgets_at!("w.hub_id = $1")
    } else {
        widgets_at!("$1 IS NULL")
    }
}

impl Store {
    /// One more than the page's limit, newest first.
    pub async fn widgets(
        &self,
        filter: &WidgetFilter,
        page: PageRequest,
    ) -> Result<Vec<WidgetRow>> {
        let sql = list_statement(filter);
        Ok(on_db!(self, pool => sqlx::query_as::<_, WidgetRow>(sql)
            .bind(filter.hub_id)
            .bind(part(filter.q.as_deref()))
            .bind(filter.open_candidates)
            .bind(page.before())
            .bind(page.limit + 1)
            .fetch_all(pool)
            .await?))
    }

    /// `None`: there is no such widget.
    pub async fn widget(&self, id: WidgetId) -> Result<Option<Widget>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, Widget>(
            "SELECT * FROM widgets WHERE id = $1",
        )
        .bind(id)
        .fetch_optional(pool)
        .await?))
    }
}

impl Tx {
    pub async fn insert_widget(&mut self, widget: &Widget) -> Result<()> {
        on_tx!(self, c => sqlx::query(
            "INSERT INTO widgets (id, hub_id, slug, title, description, version, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(widget.id)
        .bind(widget.hub_id)
        .bind(&widget.slug)
        .bind(&widget.title)
        .bind(&widget.description)
        .bind(widget.version)
        .bind(widget.created_at)
        .bind(widget.updated_at)
        .execute(c)
        .await?
        .rows_affected());
        Ok(())
    }

    /// Writes the widget where it still has the version `before`; `false`
    /// where somebody else was faster.
    pub async fn update_widget(&mut self, widget: &Widget, before: i32) -> Result<bool> {
        Ok(on_tx!(self, c => sqlx::query(
            "UPDATE widgets SET slug = $2, title = $3, description = $4, version = $5, updated_at = $6 \
             WHERE id = $1 AND version = $7",
        )
        .bind(widget.id)
        .bind(&widget.slug)
        .bind(&widget.title)
        .bind(&widget.description)
        .bind(widget.version)
        .bind(widget.updated_at)
        .bind(before)
        .execute(c)
        .await?
        .rows_affected())
            == 1)
    }
}
