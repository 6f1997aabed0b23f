//! Capability manifests of hubs.

use axum::{Json, extract::State};
use federation::{Engine, manifests};
use model::{CapabilityManifest, HubId, ManifestVersion, NewCapabilityManifest, Page};
use uuid::Uuid;

use super::reply::{Reply, page_of};
use crate::{
    extract::{Admin, Auth, Body, Id, IfMatch, Params, Viewer},
    problem::Problem,
};

/// Read a hub's capability manifest
#[utoipa::path(get, path = "/hubs/{id}/capability-manifest", tag = "hubs",
    params(("version" = Option<i32>, Query, description = "The newest where it is left out")),
    responses((status = 200, body = CapabilityManifest)))]
pub async fn get(
    auth: Auth<Viewer>,
    Id(id): Id<HubId>,
    params: Params,
    State(engine): State<Engine>,
) -> Reply<CapabilityManifest> {
    let read = |text: &str| {
        text.parse()
            .map_err(|_| Problem::invalid("version", "must be a whole number"))
    };
    let version = params.text("version").map(read).transpose()?;
    Ok(Json(manifests::get(&engine, &auth, id, version).await?))
}

/// Write the next version of a hub's capability manifest
///
/// The text that stands already makes no version.
#[utoipa::path(put, path = "/hubs/{id}/capability-manifest", tag = "hubs",
    request_body = NewCapabilityManifest,
    params(("If-Match" = Option<i32>, Header, description = "The newest version that was seen; 0 where there was none")),
    responses((status = 200, body = CapabilityManifest),
        (status = 409, description = "The newest version is no longer this one")))]
pub async fn put(
    auth: Auth<Admin>,
    Id(id): Id<HubId>,
    IfMatch(version): IfMatch,
    State(engine): State<Engine>,
    Body(new): Body<NewCapabilityManifest>,
) -> Reply<CapabilityManifest> {
    Ok(Json(
        manifests::put(&engine, &auth, id, new, version).await?,
    ))
}

/// List the versions of a hub's capability manifest
#[utoipa::path(get, path = "/hubs/{id}/capability-manifest/versions", tag = "hubs",
    responses((status = 200, body = Page<ManifestVersion>)))]
pub async fn versions(
    auth: Auth<Viewer>,
    Id(id): Id<HubId>,
    params: Params,
    State(engine): State<Engine>,
) -> Reply<Page<ManifestVersion>> {
    let page = params.page()?;
    let rows = manifests::versions(&engine, &auth, id).await?;
    // A cursor is a UUID; here it holds the version's number.
    let number = |row: &ManifestVersion| Uuid::from_u128(u128::from(row.version.unsigned_abs()));
    Ok(Json(page_of(rows, page, number)))
}
