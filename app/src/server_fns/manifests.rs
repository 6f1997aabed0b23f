//! Capability manifests of hubs.

use leptos::prelude::*;
use model::HubId;

use crate::error::AppError;
use crate::wire::Wire;

/// Writes the next version where `version` is still the newest, and goes to
/// the hub's page.
#[server(prefix = "/rpc", endpoint = "put_manifest", output = Wire)]
pub async fn put_manifest(hub_id: HubId, version: i32, manifest: String) -> Result<(), AppError> {
    use federation::manifests;

    use super::request::{self, refuse};

    let (engine, caller) = (request::engine()?, request::caller()?);
    let new = manifests::read(&caller, &manifest).map_err(refuse)?;
    manifests::put(&engine, &caller, hub_id, new, Some(version))
        .await
        .map_err(refuse)?;
    leptos_axum::redirect(&format!("/hubs/{hub_id}"));
    Ok(())
}
