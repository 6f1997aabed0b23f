//! What models cost.

use axum::{Json, extract::State, http::StatusCode};
use federation::{Engine, prices};
use model::{
    ModelPrice, ModelPriceId, ModelPricePatch, NewModelPrice, Page, PriceFilter, Provider,
    UnpricedModel,
};
use serde::Serialize;

use super::reply::{Created, Reply};
use crate::{
    extract::{Auth, Body, Id, IfMatch, Params, Steward, Viewer},
    problem::Problem,
};

/// Models without a price.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Unpriced {
    /// By provider and name, at most 200.
    models: Vec<UnpricedModel>,
}

/// List model prices
///
/// In US dollars for a million tokens. The cost on receipts and the ceilings of
/// routing policies are counted with them.
#[utoipa::path(get, path = "/model-prices", tag = "prices",
    params(("provider" = Option<Provider>, Query)),
    responses((status = 200, body = Page<ModelPrice>)))]
pub async fn list(
    auth: Auth<Viewer>,
    params: Params,
    State(engine): State<Engine>,
) -> Reply<Page<ModelPrice>> {
    let filter = PriceFilter {
        provider: params.word("provider")?,
    };
    Ok(Json(
        prices::list(&engine, &auth, filter, params.page()?).await?,
    ))
}

/// List the models that active agents use and nobody has entered a price of
#[utoipa::path(get, path = "/model-prices/missing", tag = "prices",
    responses((status = 200, body = Unpriced)))]
pub async fn unpriced(auth: Auth<Viewer>, State(engine): State<Engine>) -> Reply<Unpriced> {
    let models = prices::unpriced(&engine, &auth).await?;
    Ok(Json(Unpriced { models }))
}

/// Read a model price
#[utoipa::path(get, path = "/model-prices/{id}", tag = "prices",
    responses((status = 200, body = ModelPrice)))]
pub async fn get(
    auth: Auth<Viewer>,
    Id(id): Id<ModelPriceId>,
    State(engine): State<Engine>,
) -> Reply<ModelPrice> {
    Ok(Json(prices::get(&engine, &auth, id).await?))
}

/// Enter the price of a model
#[utoipa::path(post, path = "/model-prices", tag = "prices", request_body = NewModelPrice,
    responses((status = 201, body = ModelPrice),
        (status = 409, description = "The model has a price already")))]
pub async fn create(
    auth: Auth<Steward>,
    State(engine): State<Engine>,
    Body(new): Body<NewModelPrice>,
) -> Result<Created<ModelPrice>, Problem> {
    let price = prices::create(&engine, &auth, new).await?;
    Ok(Created::new("model-prices", price.id, price))
}

/// Change a model price
///
/// What changes anything raises `version` by one.
#[utoipa::path(patch, path = "/model-prices/{id}", tag = "prices", request_body = ModelPricePatch,
    params(("If-Match" = Option<i32>, Header, description = "The version that is to be changed")),
    responses((status = 200, body = ModelPrice),
        (status = 409, description = "The version is no longer this one")))]
pub async fn update(
    auth: Auth<Steward>,
    Id(id): Id<ModelPriceId>,
    IfMatch(version): IfMatch,
    State(engine): State<Engine>,
    Body(patch): Body<ModelPricePatch>,
) -> Reply<ModelPrice> {
    Ok(Json(
        prices::update(&engine, &auth, id, patch, version).await?,
    ))
}

/// Delete a model price
///
/// Policies with a cost ceiling then pass over the agents of that model.
#[utoipa::path(delete, path = "/model-prices/{id}", tag = "prices",
    params(("If-Match" = Option<i32>, Header, description = "The version that is to be deleted")),
    responses((status = 204, description = "It is gone"),
        (status = 409, description = "The version is no longer this one")))]
pub async fn delete(
    auth: Auth<Steward>,
    Id(id): Id<ModelPriceId>,
    IfMatch(version): IfMatch,
    State(engine): State<Engine>,
) -> Result<StatusCode, Problem> {
    prices::delete(&engine, &auth, id, version).await?;
    Ok(StatusCode::NO_CONTENT)
}
