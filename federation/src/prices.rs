//! What models cost. One table, for the cost on receipts and for the ceilings
//! of routing policies.

use model::{
    Caller, ModelPrice, ModelPriceId, ModelPricePatch, NewModelPrice, Page, PageRequest,
    PriceFilter, Role, UnpricedModel,
};
use serde_json::json;

use crate::{
    Engine, Error, Result,
    error::{check, require},
};

/// Models without a price that are told at once.
const MOST_UNPRICED: i64 = 200;

pub async fn list(
    engine: &Engine,
    caller: &Caller,
    filter: PriceFilter,
    page: PageRequest,
) -> Result<Page<ModelPrice>> {
    require(caller, Role::Viewer)?;
    let rows = engine.store().model_prices(&filter, page).await?;
    Ok(page.cut(rows, |price| price.id.0))
}

pub async fn get(engine: &Engine, caller: &Caller, id: ModelPriceId) -> Result<ModelPrice> {
    require(caller, Role::Viewer)?;
    engine.store().price(id).await?.ok_or_else(gone)
}

fn gone() -> Error {
    Error::not_found("model price")
}

fn stale(version: i32) -> Error {
    Error::stale("price", version)
}

/// Models that active agents use and nobody has entered a price of.
pub async fn unpriced(engine: &Engine, caller: &Caller) -> Result<Vec<UnpricedModel>> {
    require(caller, Role::Viewer)?;
    Ok(engine.store().unpriced_models(MOST_UNPRICED).await?)
}

pub async fn create(engine: &Engine, caller: &Caller, new: NewModelPrice) -> Result<ModelPrice> {
    require(caller, Role::Steward)?;
    check(&new)?;
    let price = ModelPrice {
        id: engine.clock().id(),
        provider: new.provider,
        // As an agent's model name is kept, or the two would never meet.
        model_name: new.model_name.trim().to_owned(),
        input_usd_per_million: new.input_usd_per_million,
        output_usd_per_million: new.output_usd_per_million,
        version: 1,
        updated_at: engine.clock().now(),
    };
    let mut tx = engine.store().begin().await?;
    tx.insert_price(&price).await.map_err(|e| {
        if e.is_unique_violation() {
            Error::conflict(
                "price_known",
                format!(
                    "{} of {} has a price already; change that one",
                    price.model_name, price.provider
                ),
            )
        } else {
            e.into()
        }
    })?;
    let detail = json!({ "price": price });
    tx.audit(
        caller,
        "model_price.created",
        None,
        "model_price",
        price.id.0,
        detail,
    )
    .await?;
    tx.commit().await?;
    Ok(price)
}

/// Changes a price, which raises its version by one. `if_match` is the version
/// that the caller saw.
pub async fn update(
    engine: &Engine,
    caller: &Caller,
    id: ModelPriceId,
    patch: ModelPricePatch,
    if_match: Option<i32>,
) -> Result<ModelPrice> {
    require(caller, Role::Steward)?;
    check(&patch)?;
    let before = get(engine, caller, id).await?;
    if if_match.is_some_and(|version| version != before.version) {
        return Err(stale(before.version));
    }
    let input = patch
        .input_usd_per_million
        .unwrap_or(before.input_usd_per_million);
    let output = patch
        .output_usd_per_million
        .unwrap_or(before.output_usd_per_million);
    if (input, output) == (before.input_usd_per_million, before.output_usd_per_million) {
        return Ok(before);
    }
    let mut tx = engine.store().begin().await?;
    let price = tx
        .set_price(id, input, output, before.version)
        .await?
        .ok_or_else(|| stale(before.version + 1))?;
    let detail = json!({ "before": before, "after": price });
    tx.audit(
        caller,
        "model_price.updated",
        None,
        "model_price",
        id.0,
        detail,
    )
    .await?;
    tx.commit().await?;
    Ok(price)
}

/// Deletes a price. `if_match` is the version that the caller saw.
pub async fn delete(
    engine: &Engine,
    caller: &Caller,
    id: ModelPriceId,
    if_match: Option<i32>,
) -> Result<()> {
    require(caller, Role::Steward)?;
    let mut tx = engine.store().begin().await?;
    let price = tx.delete_price(id).await?.ok_or_else(gone)?;
    // An early return takes the transaction back.
    if if_match.is_some_and(|version| version != price.version) {
        return Err(stale(price.version));
    }
    let detail = json!({ "price": price });
    tx.audit(
        caller,
        "model_price.deleted",
        None,
        "model_price",
        id.0,
        detail,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}
