//! What models cost.

use leptos::prelude::*;
use model::{Caller, ModelPrice, ModelPriceId, Page, UnpricedModel};
use serde::{Deserialize, Serialize};

use crate::error::AppError;
use crate::wire::Wire;

/// Which prices the page shows, in the words of the address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceQuery {
    pub provider: Option<String>,
    pub cursor: Option<String>,
}

/// What the page of prices shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PricesAnswer {
    pub caller: Caller,
    pub page: Page<ModelPrice>,
    /// Models of active agents without a price.
    pub missing: Vec<UnpricedModel>,
}

/// One page of the prices, and the models without one.
#[server(prefix = "/rpc", endpoint = "prices", input = Wire, output = Wire)]
pub async fn read_prices(query: PriceQuery) -> Result<PricesAnswer, AppError> {
    use model::{PageRequest, PriceFilter};

    use super::request::{self, refuse};

    let (engine, caller) = (request::engine()?, request::caller()?);
    // A word that no filter knows filters nothing, as an old link may have it.
    let filter = PriceFilter {
        provider: query.provider.and_then(|word| word.parse().ok()),
    };
    let request = PageRequest {
        limit: 100,
        after: query.cursor.and_then(|cursor| cursor.parse().ok()),
    };
    let page = federation::prices::list(&engine, &caller, filter, request)
        .await
        .map_err(refuse)?;
    let missing = federation::prices::unpriced(&engine, &caller)
        .await
        .map_err(refuse)?;
    Ok(PricesAnswer {
        caller,
        page,
        missing,
    })
}

/// Enters the price of a model, in US dollars for a million tokens.
#[server(prefix = "/rpc", endpoint = "add_price", output = Wire)]
pub async fn add_price(
    provider: String,
    model_name: String,
    input_usd_per_million: String,
    output_usd_per_million: String,
) -> Result<ModelPrice, AppError> {
    use model::NewModelPrice;

    use super::request;
    use crate::routing::terms;

    let (engine, caller) = (request::engine()?, request::caller()?);
    let new = NewModelPrice {
        provider: terms::provider(&provider)?,
        model_name,
        input_usd_per_million: terms::price("input_usd_per_million", &input_usd_per_million)?,
        output_usd_per_million: terms::price("output_usd_per_million", &output_usd_per_million)?,
    };
    federation::prices::create(&engine, &caller, new)
        .await
        .map_err(request::refuse)
}

/// A price as it stands.
#[server(prefix = "/rpc", endpoint = "price", input = Wire, output = Wire)]
pub async fn read_price(id: ModelPriceId) -> Result<ModelPrice, AppError> {
    use super::request;

    let (engine, caller) = (request::engine()?, request::caller()?);
    federation::prices::get(&engine, &caller, id)
        .await
        .map_err(request::refuse)
}

/// Changes a price where it is still at `version`.
#[server(prefix = "/rpc", endpoint = "change_price", output = Wire)]
pub async fn change_price(
    price_id: ModelPriceId,
    version: i32,
    input_usd_per_million: String,
    output_usd_per_million: String,
) -> Result<ModelPrice, AppError> {
    use model::ModelPricePatch;

    use super::request;
    use crate::routing::terms;

    let (engine, caller) = (request::engine()?, request::caller()?);
    let input = terms::price("input_usd_per_million", &input_usd_per_million)?;
    let output = terms::price("output_usd_per_million", &output_usd_per_million)?;
    let patch = ModelPricePatch {
        input_usd_per_million: Some(input),
        output_usd_per_million: Some(output),
    };
    federation::prices::update(&engine, &caller, price_id, patch, Some(version))
        .await
        .map_err(request::refuse)
}

/// Deletes a price where it is still at `version`.
#[server(prefix = "/rpc", endpoint = "delete_price", output = Wire)]
pub async fn delete_price(price_id: ModelPriceId, version: i32) -> Result<(), AppError> {
    use super::request;

    let (engine, caller) = (request::engine()?, request::caller()?);
    federation::prices::delete(&engine, &caller, price_id, Some(version))
        .await
        .map_err(request::refuse)
}
