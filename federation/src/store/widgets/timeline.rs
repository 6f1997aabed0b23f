//! What is known of a widget: events and signals in one line of time, and the
//! summaries that people accepted.

use model::{TimelineCursor, TimelineEntry, TimelineRequest, WidgetId, WidgetSummary};

use super::super::{Result, Store, on_db};

impl Store {
    /// One more than the limit, newest first.
    pub async fn timeline(
        &self,
        widget: WidgetId,
        asked: &TimelineRequest,
    ) -> Result<Vec<TimelineEntry>> {
        let after = asked.after.unwrap_or(TimelineCursor::NEWEST);
        Ok(on_db!(self, pool => sqlx::query_as::<_, TimelineEntry>(
            "SELECT t.* FROM (\
             SELECT e.* FROM (SELECT 'event' AS source, id, kind, payload, CAST(NULL AS DOUBLE PRECISION) AS value, \
              CAST(NULL AS UUID) AS proposal_id, occurred_at AS at, created_by FROM interaction_events \
              WHERE widget_id = $1 AND ($2 IS NULL OR kind = $2) AND (occurred_at, id) < ($3, $4) \
              ORDER BY occurred_at DESC, id DESC LIMIT $5) e \
             UNION ALL \
             SELECT s.* FROM (SELECT 'signal' AS source, id, kind, payload, value, proposal_id, observed_at AS at, \
              created_by FROM outcome_signals \
              WHERE widget_id = $1 AND ($2 IS NULL OR kind = $2) AND (observed_at, id) < ($3, $4) \
              ORDER BY observed_at DESC, id DESC LIMIT $5) s) t \
             ORDER BY t.at DESC, t.id DESC LIMIT $5",
        )
        .bind(widget)
        .bind(&asked.kind)
        .bind(after.at)
        .bind(after.id)
        .bind(asked.limit + 1)
        .fetch_all(pool)
        .await?))
    }

    /// The kinds of a widget's events and signals, by name.
    pub async fn timeline_kinds(&self, widget: WidgetId) -> Result<Vec<String>> {
        Ok(on_db!(self, pool => sqlx::query_scalar(
            "SELECT kind FROM interaction_events WHERE widget_id = $1 \
             UNION SELECT kind FROM outcome_signals WHERE widget_id = $1 ORDER BY 1",
        )
        .bind(widget)
        .fetch_all(pool)
        .await?))
    }

    /// Those that stand, newest first.
    pub async fn widget_summaries(&self, widget: WidgetId) -> Result<Vec<WidgetSummary>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, WidgetSummary>(
            "SELECT s.id, s.widget_id, s.proposal_id, s.content, p.agent_registration_id, v.name AS agent_name, \
             p.auto_applied, s.created_at FROM widget_summaries s JOIN agent_proposals p ON p.id = s.proposal_id \
             LEFT JOIN agent_versions v ON v.agent_registration_id = p.agent_registration_id AND v.version = p.agent_version \
             WHERE s.widget_id = $1 AND s.withdrawn_at IS NULL ORDER BY s.id DESC",
        )
        .bind(widget)
        .fetch_all(pool)
        .await?))
    }
}
