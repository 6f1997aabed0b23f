//! Capability manifests: what a hub says it can do. Each change makes a
//! version; versions stay.

use model::{Caller, CapabilityManifest, HubId, ManifestVersion, NewCapabilityManifest, Role};
use serde_json::json;

use crate::{
    Engine, Error, Result, canonical,
    error::{check, require},
    hubs,
};

/// One version, the newest where `version` is left out.
pub async fn get(
    engine: &Engine,
    caller: &Caller,
    hub: HubId,
    version: Option<i32>,
) -> Result<CapabilityManifest> {
    hubs::get(engine, caller, hub).await?;
    let missing = match version {
        Some(_) => "version of this hub's capability manifest",
        None => "capability manifest of the hub",
    };
    engine
        .store()
        .manifest(hub, version)
        .await?
        .ok_or_else(|| Error::not_found(missing))
}

/// The newest version; `None` where nothing was written yet.
pub async fn newest(
    engine: &Engine,
    caller: &Caller,
    hub: HubId,
) -> Result<Option<CapabilityManifest>> {
    hubs::get(engine, caller, hub).await?;
    Ok(engine.store().manifest(hub, None).await?)
}

/// All versions without their texts, newest first.
pub async fn versions(
    engine: &Engine,
    caller: &Caller,
    hub: HubId,
) -> Result<Vec<ManifestVersion>> {
    hubs::get(engine, caller, hub).await?;
    Ok(engine.store().manifest_versions(hub).await?)
}

/// Reads the text of a manifest; an error says the line and the column.
pub fn read(caller: &Caller, text: &str) -> Result<NewCapabilityManifest> {
    require(caller, Role::Admin)?;
    let manifest = serde_json::from_str(text).map_err(|error| {
        let said = error.to_string();
        let what = said
            .rsplit_once(" at line ")
            .map_or(&*said, |(what, _)| what);
        let message = format!(
            "is no JSON: line {}, column {}: {what}",
            error.line(),
            error.column()
        );
        Error::invalid("manifest", message)
    })?;
    let new = NewCapabilityManifest { manifest };
    check(&new)?;
    Ok(new)
}

/// Writes the next version. `if_match` is the newest version that the caller
/// saw, 0 where there was none. The text that stands already makes no version.
pub async fn put(
    engine: &Engine,
    caller: &Caller,
    hub: HubId,
    new: NewCapabilityManifest,
    if_match: Option<i32>,
) -> Result<CapabilityManifest> {
    require(caller, Role::Admin)?;
    check(&new)?;
    let before = newest(engine, caller, hub).await?;
    let version = before.as_ref().map_or(0, |manifest| manifest.version);
    if if_match.is_some_and(|seen| seen != version) {
        return Err(stale(version));
    }
    if let Some(before) = before
        && canonical::hash(&before.manifest) == canonical::hash(&new.manifest)
    {
        return Ok(before);
    }
    let manifest = CapabilityManifest {
        id: engine.clock().id(),
        hub_id: hub,
        version: version + 1,
        manifest: new.manifest,
        created_by: Some(caller.name.clone()),
        created_at: engine.clock().now(),
    };
    let mut tx = engine.store().begin().await?;
    tx.insert_manifest(&manifest).await.map_err(|error| {
        if error.is_unique_violation() {
            return stale(manifest.version);
        }
        error.into()
    })?;
    tx.audit(
        caller,
        "capability_manifest.written",
        Some(hub),
        "capability_manifest",
        manifest.id.0,
        json!({ "version": manifest.version, "manifest": manifest.manifest }),
    )
    .await?;
    tx.commit().await?;
    Ok(manifest)
}

fn stale(version: i32) -> Error {
    Error::conflict(
        "stale_version",
        format!(
            "somebody wrote this manifest meanwhile: it is at version {version}; load it again and repeat your change"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_where_it_is() {
        let read = |text: &str| match read(&Caller::command(), text) {
            Err(Error::Invalid(errors)) => errors[0].message.clone(),
            other => panic!("{other:?}"),
        };
        assert_eq!(
            read("{\n  \"a\": 1,\n  \"b\" 2\n}"),
            "is no JSON: line 3, column 7: expected `:`"
        );
        assert!(read("").starts_with("is no JSON: line 1, column 0"));
        assert_eq!(read("[1]"), "must be a JSON object");
    }
}
