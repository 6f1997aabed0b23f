//! What hubs say they can do, version by version.

use model::{CapabilityManifest, HubId, ManifestVersion};

use super::{Result, Store, Tx, on_db, on_tx};

impl Store {
    /// One version of a hub's manifest, the newest where `version` is `None`.
    /// Gives `None` where there is no such version, or none at all.
    pub async fn manifest(
        &self,
        hub: HubId,
        version: Option<i32>,
    ) -> Result<Option<CapabilityManifest>> {
        Ok(
            on_db!(self, pool => sqlx::query_as::<_, CapabilityManifest>(
            "SELECT id, hub_id, version, manifest, created_by, created_at FROM hub_capability_manifests \
             WHERE hub_id = $1 AND ($2 IS NULL OR version = $2) ORDER BY version DESC LIMIT 1",
        )
        .bind(hub)
        .bind(version)
        .fetch_optional(pool)
        .await?),
        )
    }

    /// All versions, newest first.
    pub async fn manifest_versions(&self, hub: HubId) -> Result<Vec<ManifestVersion>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, ManifestVersion>(
            "SELECT version, created_by, created_at FROM hub_capability_manifests WHERE hub_id = $1 ORDER BY version DESC",
        )
        .bind(hub)
        .fetch_all(pool)
        .await?))
    }
}

impl Tx {
    pub async fn insert_manifest(&mut self, manifest: &CapabilityManifest) -> Result<()> {
        on_tx!(self, c => sqlx::query(
            "INSERT INTO hub_capability_manifests (id, hub_id, version, manifest, created_by, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(manifest.id)
        .bind(manifest.hub_id)
        .bind(manifest.version)
        .bind(&manifest.manifest)
        .bind(&manifest.created_by)
        .bind(manifest.created_at)
        .execute(c)
        .await?
        .rows_affected());
        Ok(())
    }
}
