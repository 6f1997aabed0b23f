//! What models cost.

use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};

use crate::{ModelPriceId, Provider, validate};

/// The price of a model. Receipts and cost ceilings are counted with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ModelPrice {
    pub id: ModelPriceId,
    pub provider: Provider,
    pub model_name: String,
    /// US dollars for a million tokens of the prompt.
    pub input_usd_per_million: f64,
    /// US dollars for a million tokens of the answer.
    pub output_usd_per_million: f64,
    /// Raised by one with every change.
    pub version: i32,
    pub updated_at: DateTime<Utc>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewModelPrice {
    #[garde(skip)]
    pub provider: Provider,
    #[garde(custom(validate::name))]
    pub model_name: String,
    #[garde(custom(validate::price))]
    pub input_usd_per_million: f64,
    #[garde(custom(validate::price))]
    pub output_usd_per_million: f64,
}

/// What of a price is to change; what is left out stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ModelPricePatch {
    #[serde(default)]
    #[garde(custom(validate::maybe_price))]
    pub input_usd_per_million: Option<f64>,
    #[serde(default)]
    #[garde(custom(validate::maybe_price))]
    pub output_usd_per_million: Option<f64>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PriceFilter {
    pub provider: Option<Provider>,
}

/// A model that agents use and nobody has entered a price of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UnpricedModel {
    pub provider: Provider,
    pub model_name: String,
    /// How many active agents use it, in all hubs.
    pub agents: i64,
}
