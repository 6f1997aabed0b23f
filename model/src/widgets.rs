//! Widgets: the parts of a product, and what is known of each.

use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    AgentId, HubId, LIMIT_DEFAULT, ProposalId, SummaryId, TimelineSource, WidgetId, validate,
};

/// A part of a product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Widget {
    pub id: WidgetId,
    pub hub_id: HubId,
    /// One of its kind in the hub.
    pub slug: String,
    pub title: String,
    pub description: Option<String>,
    /// Raised by one with every change.
    pub version: i32,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A widget with what has come in about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WidgetRow {
    #[serde(flatten)]
    #[cfg_attr(feature = "sqlx", sqlx(flatten))]
    pub widget: Widget,
    /// Interaction events.
    pub events: i64,
    pub last_event_at: Option<DateTime<Utc>>,
    /// Requirement candidates that are a draft, open or under review.
    pub open_candidates: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewWidget {
    #[garde(skip)]
    pub hub_id: HubId,
    #[garde(custom(validate::slug))]
    pub slug: String,
    #[garde(custom(validate::name))]
    pub title: String,
    #[serde(default)]
    #[garde(custom(validate::text))]
    pub description: Option<String>,
}

/// What of a widget is to change; what is left out stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WidgetPatch {
    #[serde(default)]
    #[garde(custom(validate::maybe_slug))]
    pub slug: Option<String>,
    #[serde(default)]
    #[garde(custom(validate::maybe_name))]
    pub title: Option<String>,
    /// `null` takes it away.
    #[serde(
        default,
        deserialize_with = "validate::nullable",
        skip_serializing_if = "Option::is_none"
    )]
    #[garde(custom(validate::nullable_text))]
    pub description: Option<Option<String>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WidgetFilter {
    pub hub_id: Option<HubId>,
    /// A part of the title, the slug or the description, in whatever case.
    pub q: Option<String>,
    /// Whether there are open candidates.
    pub open_candidates: Option<bool>,
}

/// An interaction event or an outcome signal, as one line of a widget's story.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TimelineEntry {
    pub source: TimelineSource,
    pub id: Uuid,
    pub kind: String,
    #[cfg_attr(feature = "sqlx", sqlx(json))]
    pub payload: Value,
    /// Of a signal.
    pub value: Option<f64>,
    /// The proposal that a signal is about.
    pub proposal_id: Option<ProposalId>,
    /// When it happened or was observed.
    pub at: DateTime<Utc>,
    pub created_by: Option<String>,
}

impl TimelineEntry {
    /// A text of the payload.
    pub fn said(&self, name: &str) -> Option<&str> {
        self.payload.get(name).and_then(Value::as_str)
    }
}

/// Which part of a timeline is asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimelineRequest {
    pub kind: Option<String>,
    pub limit: i64,
    pub after: Option<TimelineCursor>,
}

impl Default for TimelineRequest {
    fn default() -> Self {
        Self {
            kind: None,
            limit: LIMIT_DEFAULT,
            after: None,
        }
    }
}

/// The last line that a client has: its moment and its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineCursor {
    pub at: DateTime<Utc>,
    pub id: Uuid,
}

impl std::fmt::Display for TimelineCursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}_{}", self.at.timestamp_micros(), self.id)
    }
}

impl TimelineCursor {
    /// Before every line.
    pub const NEWEST: Self = Self {
        at: match DateTime::from_timestamp(253_402_300_799, 0) {
            Some(at) => at,
            None => DateTime::<Utc>::MAX_UTC,
        },
        id: Uuid::max(),
    };

    /// Reads what [`Display`](std::fmt::Display) wrote.
    pub fn parse(text: &str) -> Option<Self> {
        let (at, id) = text.split_once('_')?;
        let at = DateTime::from_timestamp_micros(at.parse().ok()?)?;
        // Databases know fewer years than this type.
        (0..=9999)
            .contains(&chrono::Datelike::year(&at))
            .then_some(())?;
        Some(Self {
            at,
            id: id.parse().ok()?,
        })
    }
}

/// A summary that was accepted and that stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WidgetSummary {
    pub id: SummaryId,
    pub widget_id: WidgetId,
    /// The proposal that it came from.
    pub proposal_id: ProposalId,
    #[cfg_attr(feature = "sqlx", sqlx(json))]
    pub content: Value,
    pub agent_registration_id: Option<AgentId>,
    pub agent_name: Option<String>,
    /// Accepted by a policy, without a person; a reviewer can undo it.
    pub auto_applied: bool,
    pub created_at: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        let cursor = TimelineCursor {
            at: DateTime::from_timestamp_micros(1_700_000_000_123_456).unwrap(),
            id: Uuid::from_u128(7),
        };
        assert_eq!(TimelineCursor::parse(&cursor.to_string()), Some(cursor));
        let far = format!("{}_{}", i64::MAX, Uuid::nil());
        let old = format!("-99999999999999999_{}", Uuid::nil());
        for bad in ["", "_", "1_x", "x_1", far.as_str(), old.as_str()] {
            assert_eq!(TimelineCursor::parse(bad), None, "{bad}");
        }
    }
}
