//! The registries of types: what policies may name. A key is for ever; its
//! label may change, and it may be retired.

use model::{
    Caller, NewRegisteredType, RegisteredType, RegisteredTypePatch, Role, TypeId, TypeInUse,
    TypeKind,
};
use serde_json::json;

use crate::{
    Engine, Error, Result,
    error::{check, require},
    store::{Tx, hubs::is_built_in},
};

/// Every type, retired ones too, with how many active policies name it.
pub async fn list(engine: &Engine, caller: &Caller) -> Result<Vec<TypeInUse>> {
    require(caller, Role::Viewer)?;
    let mut types = engine.store().types_in_use().await?;
    for row in &mut types {
        row.built_in = is_built_in(row.registered.kind, &row.registered.key);
    }
    Ok(types)
}

pub async fn create(
    engine: &Engine,
    caller: &Caller,
    new: NewRegisteredType,
) -> Result<RegisteredType> {
    require(caller, Role::Admin)?;
    check(&new)?;
    let made = RegisteredType {
        id: engine.clock().id(),
        kind: new.kind,
        key: new.key,
        label: new.label.trim().to_owned(),
        retired_at: None,
    };
    let mut tx = engine.store().begin().await?;
    tx.insert_type(&made, engine.clock().now())
        .await
        .map_err(|error| {
            if error.is_unique_violation() {
                return Error::conflict(
                    "key_taken",
                    format!(
                        "there is a {} with the key {} already; choose another key, or take a retired one back into use",
                        kind_name(made.kind),
                        made.key
                    ),
                );
            }
            error.into()
        })?;
    let detail = json!({ "type": made });
    tx.audit(caller, "type.created", None, "type", made.id.0, detail)
        .await?;
    tx.commit().await?;
    Ok(made)
}

/// Gives a type another label, retires it or takes it back into use.
pub async fn update(
    engine: &Engine,
    caller: &Caller,
    id: TypeId,
    patch: RegisteredTypePatch,
) -> Result<RegisteredType> {
    require(caller, Role::Admin)?;
    check(&patch)?;
    let before = engine
        .store()
        .registered_type(id)
        .await?
        .ok_or_else(|| Error::not_found("type"))?;
    let mut after = before.clone();
    if let Some(label) = patch.label {
        after.label = label.trim().to_owned();
    }
    match patch.is_retired {
        Some(true) if before.retired_at.is_none() => after.retired_at = Some(engine.clock().now()),
        Some(false) => after.retired_at = None,
        _ => {}
    }
    if after == before {
        return Ok(before);
    }
    let mut tx = engine.store().begin().await?;
    // Written first: from here on nobody can begin to use it.
    tx.update_type(&after).await?;
    if after.retired_at.is_some() && before.retired_at.is_none() {
        let uses = tx.uses_of_type(after.kind, &after.key).await?;
        may_retire(&after, uses)?;
    }
    let detail = json!({ "before": before, "after": after });
    tx.audit(caller, "type.updated", None, "type", id.0, detail)
        .await?;
    tx.commit().await?;
    Ok(after)
}

/// Keeps a type that a policy names from being retired until the commit.
pub(crate) async fn hold(tx: &mut Tx, kind: TypeKind, key: &str) -> Result<()> {
    if tx.hold_type(kind, key).await? {
        return Ok(());
    }
    Err(Error::conflict(
        "type_retired",
        format!("the type {key} is retired; an admin can take it back into use"),
    ))
}

fn may_retire(retired: &RegisteredType, active_policies: i64) -> Result<()> {
    let key = &retired.key;
    if is_built_in(retired.kind, key) {
        return Err(Error::conflict(
            "type_built_in",
            format!("{key} is part of the product and cannot be retired; its label can be changed"),
        ));
    }
    if active_policies == 0 {
        return Ok(());
    }
    let policies = match (retired.kind, active_policies) {
        (TypeKind::TaskType, 1) => "1 active routing policy names".to_owned(),
        (TypeKind::TaskType, n) => format!("{n} active routing policies name"),
        (TypeKind::ArtifactType, 1) => "1 active governance policy names".to_owned(),
        (TypeKind::ArtifactType, n) => format!("{n} active governance policies name"),
    };
    Err(Error::conflict(
        "type_in_use",
        format!("{policies} {key}; switch that off before you retire it"),
    ))
}

fn kind_name(kind: TypeKind) -> &'static str {
    match kind {
        TypeKind::TaskType => "type of task",
        TypeKind::ArtifactType => "type of artifact",
    }
}
