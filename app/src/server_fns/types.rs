//! The registries of types.

use leptos::prelude::*;
use model::{Caller, TypeId, TypeInUse};
use serde::{Deserialize, Serialize};

use crate::error::AppError;
use crate::wire::Wire;

/// All types, retired ones too.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TypesAnswer {
    pub caller: Caller,
    pub types: Vec<TypeInUse>,
}

/// All types with how many active policies name them.
#[server(prefix = "/rpc", endpoint = "list_types", input = Wire, output = Wire)]
pub async fn list_types() -> Result<TypesAnswer, AppError> {
    use super::request;

    let (engine, caller) = (request::engine()?, request::caller()?);
    let types = federation::types::list(&engine, &caller)
        .await
        .map_err(request::refuse)?;
    Ok(TypesAnswer { caller, types })
}

/// Registers a type.
#[server(prefix = "/rpc", endpoint = "create_type", output = Wire)]
pub async fn create_type(kind: String, key: String, label: String) -> Result<String, AppError> {
    use super::request;

    let (engine, caller) = (request::engine()?, request::caller()?);
    let new = model::NewRegisteredType {
        kind: kind
            .parse()
            .map_err(|e: model::UnknownWord| request::wrong("kind", e))?,
        key: key.trim().to_owned(),
        label,
    };
    let made = federation::types::create(&engine, &caller, new)
        .await
        .map_err(request::refuse)?;
    Ok(made.label)
}

/// Gives a type another label.
#[server(prefix = "/rpc", endpoint = "rename_type", output = Wire)]
pub async fn rename_type(id: TypeId, label: String) -> Result<(), AppError> {
    let patch = model::RegisteredTypePatch {
        label: Some(label),
        is_retired: None,
    };
    change(id, patch).await
}

/// Retires a type, or takes it back into use.
#[server(prefix = "/rpc", endpoint = "retire_type", output = Wire)]
pub async fn retire_type(id: TypeId, is_retired: bool) -> Result<(), AppError> {
    let patch = model::RegisteredTypePatch {
        label: None,
        is_retired: Some(is_retired),
    };
    change(id, patch).await
}

#[cfg(feature = "ssr")]
async fn change(id: TypeId, patch: model::RegisteredTypePatch) -> Result<(), AppError> {
    use super::request;

    let (engine, caller) = (request::engine()?, request::caller()?);
    federation::types::update(&engine, &caller, id, patch)
        .await
        .map_err(request::refuse)?;
    Ok(())
}
