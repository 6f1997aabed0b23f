//! Registered agents and their versions.

mod history;
mod search;
mod work;

use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};

use crate::{AgentId, HubId, Provider, TrustLevel, validate};

pub use history::*;
pub use search::*;
pub use work::*;

/// An agent: a model with a character, registered in a hub.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Agent {
    pub id: AgentId,
    pub hub_id: HubId,
    pub name: String,
    pub slug: String,
    pub description: Option<String>,
    pub provider: Provider,
    pub model_name: String,
    pub trust_level: TrustLevel,
    #[cfg_attr(feature = "sqlx", sqlx(json))]
    pub capabilities: Vec<String>,
    pub system_prompt: Option<String>,
    pub is_active: bool,
    /// Raised by one with every change.
    pub version: i32,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// One version of an agent, as it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentVersion {
    pub agent_registration_id: AgentId,
    pub version: i32,
    pub name: String,
    pub slug: String,
    pub description: Option<String>,
    pub provider: Provider,
    pub model_name: String,
    pub trust_level: TrustLevel,
    #[cfg_attr(feature = "sqlx", sqlx(json))]
    pub capabilities: Vec<String>,
    pub system_prompt: Option<String>,
    /// Who made this version.
    pub created_by: String,
    pub created_at: DateTime<Utc>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewAgent {
    #[garde(skip)]
    pub hub_id: HubId,
    #[garde(custom(validate::name))]
    pub name: String,
    #[garde(custom(validate::slug))]
    pub slug: String,
    #[serde(default)]
    #[garde(custom(validate::text))]
    pub description: Option<String>,
    #[garde(skip)]
    pub provider: Provider,
    #[garde(custom(validate::name))]
    pub model_name: String,
    #[serde(default = "advisory")]
    #[garde(skip)]
    pub trust_level: TrustLevel,
    #[serde(default)]
    #[garde(custom(validate::capabilities))]
    pub capabilities: Vec<String>,
    #[serde(default)]
    #[garde(custom(validate::long_text))]
    pub system_prompt: Option<String>,
}

fn advisory() -> TrustLevel {
    TrustLevel::Advisory
}

/// What of an agent is to change; what is left out stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentPatch {
    #[serde(default)]
    #[garde(custom(validate::maybe_name))]
    pub name: Option<String>,
    #[serde(default)]
    #[garde(custom(validate::maybe_slug))]
    pub slug: Option<String>,
    #[serde(default, deserialize_with = "validate::nullable")]
    #[garde(custom(validate::nullable_text))]
    pub description: Option<Option<String>>,
    #[serde(default)]
    #[garde(skip)]
    pub provider: Option<Provider>,
    #[serde(default)]
    #[garde(custom(validate::maybe_name))]
    pub model_name: Option<String>,
    #[serde(default)]
    #[garde(skip)]
    pub trust_level: Option<TrustLevel>,
    #[serde(default)]
    #[garde(custom(validate::maybe_capabilities))]
    pub capabilities: Option<Vec<String>>,
    #[serde(default, deserialize_with = "validate::nullable")]
    #[garde(custom(validate::nullable_long_text))]
    pub system_prompt: Option<Option<String>>,
}

/// Which agents a list shows; `None` shows all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AgentFilter {
    pub hub_id: Option<HubId>,
    pub active: Option<bool>,
    pub provider: Option<Provider>,
    pub trust_level: Option<TrustLevel>,
}
