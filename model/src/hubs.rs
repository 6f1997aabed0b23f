//! Hubs, and the types registered for them.

use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};

use crate::{
    GovernanceDefault, HubId, ManifestId, TRUST_DECISIONS, TRUST_THRESHOLD, TypeId, TypeKind,
    validate,
};

/// Levels of delegation below a proposal where a hub sets none.
pub const DELEGATION_DEPTH: i32 = 5;

/// Fewest readable answers of a collective proposal where a hub sets none.
pub const QUORUM: i32 = 2;

/// One hub: a product team's place, with its own rules.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Hub {
    pub id: HubId,
    pub slug: String,
    pub name: String,
    pub description: Option<String>,
    pub governance_default: GovernanceDefault,
    /// Whether the next candidate is asked where the provider of the chosen
    /// one is down or out of credit.
    pub routing_fallback: bool,
    /// Whether reviewers judge for themselves before the agent's confidence
    /// and recommendation are uncovered.
    pub decide_first: bool,
    /// Tokens of one proposal with all that is delegated from it; where it is
    /// unset, the server's setting.
    pub tokens_per_proposal: Option<i64>,
    /// Levels of delegation below a proposal; where it is unset, 5.
    pub delegation_depth: Option<i32>,
    /// Fewest readable answers on which a collective proposal is judged and
    /// synthesised; where it is unset, 2.
    pub quorum: Option<i32>,
    /// The acceptance, 0 to 1, that a promotion of an agent needs; where it is
    /// unset, 0.8.
    pub trust_threshold: Option<f64>,
    /// Fewest decisions on which a change of trust or routing is suggested;
    /// where it is unset, 20.
    pub trust_decisions: Option<i32>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Hub {
    /// The acceptance that a promotion of an agent needs, 0 to 1.
    pub fn trust_threshold(&self) -> f64 {
        self.trust_threshold.unwrap_or(TRUST_THRESHOLD)
    }

    /// Fewest decisions on which a change of trust or routing is suggested.
    pub fn trust_decisions(&self) -> i32 {
        self.trust_decisions.unwrap_or(TRUST_DECISIONS)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewHub {
    #[garde(custom(validate::slug))]
    pub slug: String,
    #[garde(custom(validate::name))]
    pub name: String,
    #[serde(default)]
    #[garde(custom(validate::text))]
    pub description: Option<String>,
    #[serde(default)]
    #[garde(skip)]
    pub governance_default: Option<GovernanceDefault>,
}

/// What of a hub is to change; what is left out stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HubPatch {
    #[serde(default)]
    #[garde(custom(validate::maybe_slug))]
    pub slug: Option<String>,
    #[serde(default)]
    #[garde(custom(validate::maybe_name))]
    pub name: Option<String>,
    #[serde(default, deserialize_with = "validate::nullable")]
    #[garde(custom(validate::nullable_text))]
    pub description: Option<Option<String>>,
    #[serde(default)]
    #[garde(skip)]
    pub governance_default: Option<GovernanceDefault>,
    #[serde(default)]
    #[garde(skip)]
    pub routing_fallback: Option<bool>,
    #[serde(default)]
    #[garde(skip)]
    pub decide_first: Option<bool>,
    /// 1 to 100,000,000; `null` unsets it.
    #[serde(default, deserialize_with = "validate::nullable")]
    #[garde(custom(validate::tokens_per_proposal))]
    pub tokens_per_proposal: Option<Option<i64>>,
    /// 0 to 32; `null` unsets it.
    #[serde(default, deserialize_with = "validate::nullable")]
    #[garde(custom(validate::delegation_depth))]
    pub delegation_depth: Option<Option<i32>>,
    /// 2 to 50; `null` unsets it.
    #[serde(default, deserialize_with = "validate::nullable")]
    #[garde(custom(validate::quorum))]
    pub quorum: Option<Option<i32>>,
    /// Above 0 and below 1; `null` unsets it.
    #[serde(default, deserialize_with = "validate::nullable")]
    #[garde(custom(validate::trust_threshold))]
    pub trust_threshold: Option<Option<f64>>,
    /// 5 to 10,000; `null` unsets it.
    #[serde(default, deserialize_with = "validate::nullable")]
    #[garde(custom(validate::trust_decisions))]
    pub trust_decisions: Option<Option<i32>>,
    /// The `updated_at` that was seen; where it is given and no longer this
    /// one, nothing is changed.
    #[serde(default)]
    #[garde(skip)]
    pub updated_at: Option<DateTime<Utc>>,
}

/// One version of what a hub says it can do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CapabilityManifest {
    pub id: ManifestId,
    pub hub_id: HubId,
    pub version: i32,
    /// A JSON object.
    pub manifest: serde_json::Value,
    /// Who wrote this version; unknown for the oldest ones.
    pub created_by: Option<String>,
    pub created_at: DateTime<Utc>,
}

/// The next version of a manifest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewCapabilityManifest {
    /// A JSON object.
    #[garde(custom(validate::json_object))]
    pub manifest: serde_json::Value,
}

/// A version of a manifest without its text, for the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ManifestVersion {
    pub version: i32,
    pub created_by: Option<String>,
    pub created_at: DateTime<Utc>,
}

/// A registered task or artifact type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RegisteredType {
    pub id: TypeId,
    pub kind: TypeKind,
    /// Never changes.
    pub key: String,
    pub label: String,
    /// Since when no new policy may name it; `None`: it is in use.
    pub retired_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewRegisteredType {
    #[garde(skip)]
    pub kind: TypeKind,
    #[garde(custom(validate::type_key))]
    pub key: String,
    #[garde(custom(validate::name))]
    pub label: String,
}

/// What of a type is to change; what is left out stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RegisteredTypePatch {
    #[serde(default)]
    #[garde(custom(validate::maybe_name))]
    pub label: Option<String>,
    /// A retired type is named by no new policy.
    #[serde(default)]
    #[garde(skip)]
    pub is_retired: Option<bool>,
}

/// A type, and how many active policies name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
pub struct TypeInUse {
    #[cfg_attr(feature = "sqlx", sqlx(flatten))]
    pub registered: RegisteredType,
    pub active_policies: i64,
    /// Part of the product: it is never retired.
    #[cfg_attr(feature = "sqlx", sqlx(skip))]
    pub built_in: bool,
}

/// Both registries.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TypeRegistries {
    pub task_types: Vec<RegisteredType>,
    pub artifact_types: Vec<RegisteredType>,
}

/// What the overview of a hub counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HubCounts {
    /// Finished collective proposals on which nobody has decided.
    pub waiting: i64,
    /// Collective runs that are queued or running.
    pub running: i64,
    pub agents_active: i64,
    pub widgets: i64,
    pub candidates: i64,
    pub decisions: i64,
    /// Calls that governance blocked in the last 7 days.
    pub blocked_last_7_days: i64,
    /// Model calls of the last 7 days.
    pub calls_last_7_days: i64,
    /// Tokens in and out of the last 7 days.
    pub tokens_last_7_days: i64,
    /// Cost of the last 7 days in micro US dollars; calls without a known
    /// price are not in it.
    pub cost_microusd_last_7_days: i64,
}

/// An entry of a hub's story, as the overview lists it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
pub struct RecentEvent {
    pub id: uuid::Uuid,
    pub widget_title: String,
    pub kind: String,
    /// What was said, where the event carries a text.
    pub text: Option<String>,
    pub author: Option<String>,
    pub occurred_at: DateTime<Utc>,
}
