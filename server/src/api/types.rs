//! The registered types of tasks and artifacts.

use axum::{Json, extract::State};
use federation::{Engine, hubs, types};
use model::{NewRegisteredType, RegisteredType, RegisteredTypePatch, TypeId, TypeRegistries};

use super::reply::{Created, Reply};
use crate::{
    extract::{Admin, Auth, Body, Id, Viewer},
    problem::Problem,
};

/// List the registered task and artifact types
///
/// Retired ones are left out.
#[utoipa::path(get, path = "/type-registries", tag = "types",
    responses((status = 200, body = TypeRegistries)))]
pub async fn get(auth: Auth<Viewer>, State(engine): State<Engine>) -> Reply<TypeRegistries> {
    Ok(Json(hubs::types(&engine, &auth).await?))
}

/// Register a type of task or artifact
#[utoipa::path(post, path = "/type-registries", tag = "types", request_body = NewRegisteredType,
    responses((status = 201, body = RegisteredType),
        (status = 409, description = "The key is taken")))]
pub async fn create(
    auth: Auth<Admin>,
    State(engine): State<Engine>,
    Body(new): Body<NewRegisteredType>,
) -> Result<Created<RegisteredType>, Problem> {
    let made = types::create(&engine, &auth, new).await?;
    Ok(Created::new("type-registries", made.id, made))
}

/// Give a type another label, retire it or take it back into use
///
/// The key never changes. A type that the product itself names, or that an
/// active policy names, is not retired.
#[utoipa::path(patch, path = "/type-registries/{id}", tag = "types",
    request_body = RegisteredTypePatch,
    responses((status = 200, body = RegisteredType),
        (status = 409, description = "The type is in use")))]
pub async fn update(
    auth: Auth<Admin>,
    Id(id): Id<TypeId>,
    State(engine): State<Engine>,
    Body(patch): Body<RegisteredTypePatch>,
) -> Reply<RegisteredType> {
    Ok(Json(types::update(&engine, &auth, id, patch).await?))
}
