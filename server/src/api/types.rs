//! The registered types of tasks and artifacts.

use axum::{Json, extract::State};
use federation::{Engine, hubs};
use model::TypeRegistries;

use super::reply::Reply;
use crate::extract::{Auth, Viewer};

/// List the registered task and artifact types
#[utoipa::path(get, path = "/type-registries", tag = "types",
    responses((status = 200, body = TypeRegistries)))]
pub async fn get(auth: Auth<Viewer>, State(engine): State<Engine>) -> Reply<TypeRegistries> {
    Ok(Json(hubs::types(&engine, &auth).await?))
}
