//! Outcome signals: what became of what was built. Append-only.

use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{HubId, ProposalId, SignalId, WidgetId, validate};

/// Something that was measured or observed afterwards.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OutcomeSignal {
    pub id: SignalId,
    pub hub_id: HubId,
    pub widget_id: Option<WidgetId>,
    /// The agent proposal whose outcome it tells.
    pub proposal_id: Option<ProposalId>,
    /// A word of the product's own, as in `conversion_rate`.
    pub kind: String,
    pub value: Option<f64>,
    /// An object; pages show its `text`.
    #[cfg_attr(feature = "sqlx", sqlx(json))]
    pub payload: Value,
    pub observed_at: DateTime<Utc>,
    /// Who sent it; unknown for the oldest ones.
    pub created_by: Option<String>,
    pub created_at: DateTime<Utc>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewOutcomeSignal {
    #[garde(skip)]
    pub hub_id: HubId,
    /// In the same hub; the proposal's widget where it is left out.
    #[serde(default)]
    #[garde(skip)]
    pub widget_id: Option<WidgetId>,
    /// In the same hub.
    #[serde(default)]
    #[garde(skip)]
    pub proposal_id: Option<ProposalId>,
    /// A lower-case word of the product's own, as in `conversion_rate`.
    #[garde(custom(validate::kind))]
    pub kind: String,
    #[serde(default)]
    #[garde(custom(validate::maybe_finite))]
    pub value: Option<f64>,
    /// An object of at most 20,000 characters; pages show its `text`. Empty
    /// where it is left out.
    #[serde(default = "validate::empty_object")]
    #[garde(custom(validate::payload))]
    pub payload: Value,
    /// Now where it is left out; not before 1970 and not in the future.
    #[serde(default)]
    #[garde(skip)]
    pub observed_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SignalFilter {
    pub hub_id: Option<HubId>,
    pub widget_id: Option<WidgetId>,
    pub proposal_id: Option<ProposalId>,
    pub kind: Option<String>,
}
