//! The hub's content that an agent is asked about.

use chrono::{DateTime, Utc};
use model::{CandidateId, DecisionRecordId, EventId, HubId, WidgetId};
use serde_json::Value;
use sqlx::FromRow;

use super::{Result, Store, on_db};
use crate::prompts::Source;

/// Newest events that go into a prompt at the most.
const EVENTS: i64 = 200;
/// Fields of a payload that hold what somebody said.
const SAID: [&str; 4] = ["text", "comment", "message", "body"];

/// What stands at an invocation point.
#[derive(Clone, Debug, FromRow)]
pub struct PointSource {
    pub hub_id: HubId,
    pub title: String,
}

/// A candidate, as a prompt quotes it.
#[derive(Clone, Debug, FromRow)]
pub struct CandidateText {
    pub id: CandidateId,
    pub title: String,
    pub body: String,
}

#[derive(FromRow)]
struct Happened {
    kind: String,
    #[sqlx(json)]
    payload: Value,
    occurred_at: DateTime<Utc>,
}

#[derive(FromRow)]
struct DecisionText {
    title: String,
    context: String,
    decision: String,
    candidate_title: Option<String>,
    candidate_body: Option<String>,
}

impl Store {
    /// `None`: there is no such widget.
    pub async fn widget_point(&self, id: WidgetId) -> Result<Option<PointSource>> {
        Ok(on_db!(self, pool => sqlx::query_as(
            "SELECT hub_id, title FROM widgets WHERE id = $1",
        )
        .bind(id)
        .fetch_optional(pool)
        .await?))
    }

    /// `None`: there is no such requirement candidate.
    pub async fn candidate_point(&self, id: CandidateId) -> Result<Option<PointSource>> {
        Ok(on_db!(self, pool => sqlx::query_as(
            "SELECT hub_id, title FROM requirement_candidates WHERE id = $1",
        )
        .bind(id)
        .fetch_optional(pool)
        .await?))
    }

    /// `None`: there is no such decision record.
    pub async fn decision_point(&self, id: DecisionRecordId) -> Result<Option<PointSource>> {
        Ok(on_db!(self, pool => sqlx::query_as(
            "SELECT hub_id, title FROM decision_records WHERE id = $1",
        )
        .bind(id)
        .fetch_optional(pool)
        .await?))
    }

    /// A widget and what people did and said about it, newest first; with it,
    /// how many older events were not read.
    pub async fn widget_cluster(&self, id: WidgetId) -> Result<(Vec<Source>, i64)> {
        let (title, description): (String, Option<String>) = on_db!(self, pool => sqlx::query_as(
            "SELECT title, description FROM widgets WHERE id = $1",
        )
        .bind(id)
        .fetch_one(pool)
        .await?);
        let events: Vec<Happened> = on_db!(self, pool => sqlx::query_as(
            "SELECT kind, payload, occurred_at FROM interaction_events \
             WHERE widget_id = $1 ORDER BY occurred_at DESC, id DESC LIMIT $2",
        )
        .bind(id)
        .bind(EVENTS)
        .fetch_all(pool)
        .await?);
        let all: i64 = on_db!(self, pool => sqlx::query_scalar(
            "SELECT count(*) FROM interaction_events WHERE widget_id = $1",
        )
        .bind(id)
        .fetch_one(pool)
        .await?);
        let left_out = (all - i64::try_from(events.len()).unwrap_or(0)).max(0);
        let mut sources = vec![Source {
            name: format!("widget {title}"),
            text: description.unwrap_or_default(),
        }];
        sources.extend(events.iter().map(event_source));
        Ok((sources, left_out))
    }

    /// The newest events of a widget: id, kind and when.
    pub async fn newest_events(
        &self,
        id: WidgetId,
        limit: i64,
    ) -> Result<Vec<(EventId, String, DateTime<Utc>)>> {
        Ok(on_db!(self, pool => sqlx::query_as(
            "SELECT id, kind, occurred_at FROM interaction_events \
             WHERE widget_id = $1 ORDER BY occurred_at DESC, id DESC LIMIT $2",
        )
        .bind(id)
        .bind(limit)
        .fetch_all(pool)
        .await?))
    }

    /// A decision with the requirement that it decides on.
    pub async fn decision_sources(&self, id: DecisionRecordId) -> Result<Vec<Source>> {
        let row: DecisionText = on_db!(self, pool => sqlx::query_as(
            "SELECT d.title, d.context, d.decision, c.title AS candidate_title, c.body AS candidate_body \
             FROM decision_records d LEFT JOIN requirement_candidates c ON c.id = d.requirement_candidate_id \
             WHERE d.id = $1",
        )
        .bind(id)
        .fetch_one(pool)
        .await?);
        let mut sources = vec![
            Source {
                name: format!("decision {}", row.title),
                text: row.decision,
            },
            Source {
                name: format!("context of the decision {}", row.title),
                text: row.context,
            },
        ];
        if let Some(title) = row.candidate_title {
            sources.push(Source {
                name: format!("requirement candidate {title}"),
                text: row.candidate_body.unwrap_or_default(),
            });
        }
        Ok(sources)
    }

    pub async fn candidate_text(&self, id: CandidateId) -> Result<CandidateText> {
        Ok(on_db!(self, pool => sqlx::query_as(
            "SELECT id, title, body FROM requirement_candidates WHERE id = $1",
        )
        .bind(id)
        .fetch_one(pool)
        .await?))
    }

    /// The hub's other candidates, newest first. Archived ones and duplicates
    /// are left out.
    pub async fn newest_candidates(
        &self,
        hub: HubId,
        id: CandidateId,
        limit: i64,
    ) -> Result<Vec<CandidateText>> {
        Ok(on_db!(self, pool => sqlx::query_as(
            "SELECT id, title, body FROM requirement_candidates WHERE hub_id = $1 AND id <> $2 \
             AND status NOT IN ('archived', 'duplicate') ORDER BY id DESC LIMIT $3",
        )
        .bind(hub)
        .bind(id)
        .bind(limit)
        .fetch_all(pool)
        .await?))
    }
}

/// What somebody said; of an event without words, its whole payload.
fn event_source(event: &Happened) -> Source {
    let field = |name: &str| event.payload.get(name).and_then(Value::as_str);
    let by = field("author").map_or_else(String::new, |author| format!(" by {author}"));
    let said = SAID.iter().find_map(|name| field(name));
    Source {
        name: format!(
            "{}{by}, {}",
            event.kind,
            event.occurred_at.format("%Y-%m-%d")
        ),
        text: said.map_or_else(|| event.payload.to_string(), str::to_owned),
    }
}
