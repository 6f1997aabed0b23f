//! Hubs.

use axum::{Json, extract::State};
use federation::{Engine, hubs};
use model::{Hub, HubId, HubPatch, NewHub, Page};

use super::reply::{Created, Reply};
use crate::{
    extract::{Admin, Auth, Body, Id, Params, Viewer},
    problem::Problem,
};

/// List hubs
#[utoipa::path(get, path = "/hubs", tag = "hubs", responses((status = 200, body = Page<Hub>)))]
pub async fn list(
    auth: Auth<Viewer>,
    params: Params,
    State(engine): State<Engine>,
) -> Reply<Page<Hub>> {
    Ok(Json(hubs::list(&engine, &auth, params.page()?).await?))
}

/// Read a hub
#[utoipa::path(get, path = "/hubs/{id}", tag = "hubs", responses((status = 200, body = Hub)))]
pub async fn get(
    auth: Auth<Viewer>,
    Id(id): Id<HubId>,
    State(engine): State<Engine>,
) -> Reply<Hub> {
    Ok(Json(hubs::get(&engine, &auth, id).await?))
}

/// Make a hub
#[utoipa::path(post, path = "/hubs", tag = "hubs", request_body = NewHub,
    responses((status = 201, body = Hub), (status = 409, description = "The slug is taken")))]
pub async fn create(
    auth: Auth<Admin>,
    State(engine): State<Engine>,
    Body(new): Body<NewHub>,
) -> Result<Created<Hub>, Problem> {
    let hub = hubs::create(&engine, &auth, new).await?;
    Ok(Created::new("hubs", hub.id, hub))
}

/// Change a hub
#[utoipa::path(patch, path = "/hubs/{id}", tag = "hubs", request_body = HubPatch,
    responses((status = 200, body = Hub), (status = 409, description = "The slug is taken")))]
pub async fn update(
    auth: Auth<Admin>,
    Id(id): Id<HubId>,
    State(engine): State<Engine>,
    Body(patch): Body<HubPatch>,
) -> Reply<Hub> {
    Ok(Json(hubs::update(&engine, &auth, id, patch).await?))
}
