//! Interaction events: what people said and did. Append-only.

use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{EventId, HubId, WidgetId, validate};

/// Something that somebody said or did at a widget.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InteractionEvent {
    pub id: EventId,
    pub hub_id: HubId,
    pub widget_id: WidgetId,
    /// A word of the product's own, as in `comment`.
    pub kind: String,
    /// An object; pages show its `text` and `author`.
    #[cfg_attr(feature = "sqlx", sqlx(json))]
    pub payload: Value,
    pub occurred_at: DateTime<Utc>,
    /// Who sent it; unknown for the oldest ones.
    pub created_by: Option<String>,
    pub created_at: DateTime<Utc>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewInteractionEvent {
    #[garde(skip)]
    pub hub_id: HubId,
    /// In the same hub.
    #[garde(skip)]
    pub widget_id: WidgetId,
    /// A lower-case word of the product's own, as in `comment`.
    #[garde(custom(validate::kind))]
    pub kind: String,
    /// An object of at most 20,000 characters; pages show its `text` and
    /// `author`. Empty where it is left out.
    #[serde(default = "validate::empty_object")]
    #[garde(custom(validate::payload))]
    pub payload: Value,
    /// Now where it is left out; not before 1970 and not in the future.
    #[serde(default)]
    #[garde(skip)]
    pub occurred_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct InteractionFilter {
    pub hub_id: Option<HubId>,
    pub widget_id: Option<WidgetId>,
    pub kind: Option<String>,
}
