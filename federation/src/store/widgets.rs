//! Widgets, what people said about them, and what came of it.

pub mod rows;
pub mod timeline;

use model::{CandidateId, Collective, HubId, WidgetId};
use sqlx::FromRow;

use super::{Result, Store, on_db};
use crate::collectives::Source;

/// Newest events that go into a prompt at the most.
const EVENTS: i64 = 200;

#[derive(FromRow)]
struct Said {
    kind: String,
    author: Option<String>,
    text: Option<String>,
}

impl Store {
    /// `None`: there is no such widget.
    pub async fn widget_hub(&self, id: WidgetId) -> Result<Option<HubId>> {
        Ok(
            on_db!(self, pool => sqlx::query_scalar("SELECT hub_id FROM widgets WHERE id = $1")
            .bind(id)
            .fetch_optional(pool)
            .await?),
        )
    }

    /// `None`: there is no such requirement candidate.
    pub async fn candidate_hub(&self, id: CandidateId) -> Result<Option<HubId>> {
        Ok(
            on_db!(self, pool => sqlx::query_scalar("SELECT hub_id FROM requirement_candidates WHERE id = $1")
            .bind(id)
            .fetch_optional(pool)
            .await?),
        )
    }

    /// The hub's content that a collective proposal is about: the candidate,
    /// the widget, and what people said about it, newest first.
    pub async fn sources(&self, collective: &Collective) -> Result<Vec<Source>> {
        let mut sources = Vec::new();
        if let Some(id) = collective.source_candidate_id {
            let row: (String, String) = on_db!(self, pool => sqlx::query_as(
                "SELECT title, body FROM requirement_candidates WHERE id = $1",
            )
            .bind(id)
            .fetch_one(pool)
            .await?);
            sources.push(Source {
                name: format!("requirement candidate {}", row.0),
                text: row.1,
            });
        }
        if let Some(id) = collective.source_widget_id {
            self.widget_sources(id, &mut sources).await?;
        }
        Ok(sources)
    }

    async fn widget_sources(&self, id: WidgetId, sources: &mut Vec<Source>) -> Result<()> {
        let row: (String, Option<String>) = on_db!(self, pool => sqlx::query_as(
            "SELECT title, description FROM widgets WHERE id = $1",
        )
        .bind(id)
        .fetch_one(pool)
        .await?);
        sources.push(Source {
            name: format!("widget {}", row.0),
            text: row.1.unwrap_or_default(),
        });
        let said: Vec<Said> = on_db!(self, pool => sqlx::query_as(
            "SELECT kind, CAST(payload ->> 'author' AS TEXT) AS author, CAST(payload ->> 'text' AS TEXT) AS text FROM interaction_events \
             WHERE widget_id = $1 ORDER BY occurred_at DESC, id DESC LIMIT $2",
        )
        .bind(id)
        .bind(EVENTS)
        .fetch_all(pool)
        .await?);
        for one in said {
            if let Some(text) = one.text {
                let author = one.author.unwrap_or_else(|| "unknown".to_owned());
                sources.push(Source {
                    name: format!("{} by {author}", one.kind),
                    text,
                });
            }
        }
        Ok(())
    }
}
