//! Hubs and the types registered for all of them.

use chrono::Duration;
use model::{
    Caller, GovernanceDefault, Hub, HubCounts, HubId, HubPatch, NewHub, Page, PageRequest,
    RecentEvent, Role, TypeKind, TypeRegistries,
};
use serde_json::json;

use crate::{
    Engine, Error, Result, StoreError,
    error::{check, require},
};

/// All hubs.
pub async fn list(engine: &Engine, caller: &Caller, page: PageRequest) -> Result<Page<Hub>> {
    require(caller, Role::Viewer)?;
    let rows = engine.store().hubs(page).await?;
    Ok(page.cut(rows, |hub| hub.id.0))
}

pub async fn get(engine: &Engine, caller: &Caller, id: HubId) -> Result<Hub> {
    require(caller, Role::Viewer)?;
    engine
        .store()
        .hub(id)
        .await?
        .ok_or_else(|| Error::not_found("hub"))
}

pub async fn by_slug(engine: &Engine, caller: &Caller, slug: &str) -> Result<Hub> {
    require(caller, Role::Viewer)?;
    engine
        .store()
        .hub_by_slug(slug)
        .await?
        .ok_or_else(|| Error::not_found("hub"))
}

/// A hub that a body names by `hub_id`.
pub(crate) async fn named(engine: &Engine, id: HubId) -> Result<Hub> {
    engine
        .store()
        .hub(id)
        .await?
        .ok_or_else(|| Error::unknown("hub", "hub_id"))
}

pub async fn create(engine: &Engine, caller: &Caller, new: NewHub) -> Result<Hub> {
    require(caller, Role::Admin)?;
    check(&new)?;
    let now = engine.clock().now();
    let hub = Hub {
        id: engine.clock().id(),
        slug: new.slug,
        name: new.name.trim().to_owned(),
        description: new.description,
        governance_default: new.governance_default.unwrap_or(GovernanceDefault::Permit),
        routing_fallback: false,
        decide_first: false,
        tokens_per_proposal: None,
        delegation_depth: None,
        quorum: None,
        trust_threshold: None,
        trust_decisions: None,
        created_at: now,
        updated_at: now,
    };
    let mut tx = engine.store().begin().await?;
    tx.insert_hub(&hub)
        .await
        .map_err(|e| slug_taken(e, &hub.slug))?;
    tx.audit(
        caller,
        "hub.created",
        Some(hub.id),
        "hub",
        hub.id.0,
        json!({ "hub": hub }),
    )
    .await?;
    tx.commit().await?;
    Ok(hub)
}

pub async fn update(engine: &Engine, caller: &Caller, id: HubId, patch: HubPatch) -> Result<Hub> {
    require(caller, Role::Admin)?;
    check(&patch)?;
    let before = get(engine, caller, id).await?;
    let mut hub = before.clone();
    if let Some(slug) = patch.slug {
        hub.slug = slug;
    }
    if let Some(name) = patch.name {
        hub.name = name.trim().to_owned();
    }
    if let Some(description) = patch.description {
        hub.description = description;
    }
    if let Some(default) = patch.governance_default {
        hub.governance_default = default;
    }
    if patch
        .updated_at
        .is_some_and(|seen| seen != before.updated_at)
    {
        return Err(stale());
    }
    if let Some(fallback) = patch.routing_fallback {
        hub.routing_fallback = fallback;
    }
    if let Some(decide_first) = patch.decide_first {
        hub.decide_first = decide_first;
    }
    if let Some(tokens) = patch.tokens_per_proposal {
        hub.tokens_per_proposal = tokens;
    }
    if let Some(levels) = patch.delegation_depth {
        hub.delegation_depth = levels;
    }
    if let Some(quorum) = patch.quorum {
        hub.quorum = quorum;
    }
    if let Some(threshold) = patch.trust_threshold {
        hub.trust_threshold = threshold;
    }
    if let Some(decisions) = patch.trust_decisions {
        hub.trust_decisions = decisions;
    }
    if hub == before {
        return Ok(hub);
    }
    // Always another moment, however coarse the clock is: it is what tells a
    // stale change.
    let next = before.updated_at + Duration::microseconds(1);
    hub.updated_at = engine.clock().now().max(next);
    let mut tx = engine.store().begin().await?;
    let written = tx
        .update_hub(&hub, before.updated_at)
        .await
        .map_err(|e| slug_taken(e, &hub.slug))?;
    if !written {
        return Err(stale());
    }
    let detail = json!({ "before": before, "after": hub });
    tx.audit(caller, "hub.updated", Some(id), "hub", id.0, detail)
        .await?;
    tx.commit().await?;
    Ok(hub)
}

fn stale() -> Error {
    Error::conflict(
        "stale_version",
        "somebody changed this hub meanwhile; load it again and repeat your change",
    )
}

fn slug_taken(error: StoreError, slug: &str) -> Error {
    if error.is_unique_violation() {
        return Error::conflict(
            "slug_taken",
            format!("there is a hub with the slug {slug} already; choose another slug"),
        );
    }
    error.into()
}

/// What waits, runs and was spent; calls of the last 7 days in UTC, today
/// included.
pub async fn counts(engine: &Engine, caller: &Caller, id: HubId) -> Result<HubCounts> {
    require(caller, Role::Viewer)?;
    let since = crate::governance::last_7_days(engine.clock().now());
    Ok(engine.store().hub_counts(id, since).await?)
}

/// What people said last, newest first; `limit` from 1 to 200.
pub async fn recent_events(
    engine: &Engine,
    caller: &Caller,
    id: HubId,
    limit: i64,
) -> Result<Vec<RecentEvent>> {
    require(caller, Role::Viewer)?;
    Ok(engine
        .store()
        .recent_events(id, limit.clamp(1, model::LIMIT_MAX))
        .await?)
}

/// The registered task and artifact types.
pub async fn types(engine: &Engine, caller: &Caller) -> Result<TypeRegistries> {
    require(caller, Role::Viewer)?;
    let (task_types, artifact_types) = engine
        .store()
        .types()
        .await?
        .into_iter()
        .partition(|t| t.kind == TypeKind::TaskType);
    Ok(TypeRegistries {
        task_types,
        artifact_types,
    })
}

/// Refuses a type that was never registered; a retired one is known.
pub(crate) async fn known(engine: &Engine, kind: TypeKind, field: &str, key: &str) -> Result<()> {
    let all = engine.store().all_types().await?;
    if all.iter().any(|t| t.kind == kind && t.key == key) {
        return Ok(());
    }
    registered(engine, kind, field, key).await
}

/// Refuses a type that is not registered, naming the field.
pub(crate) async fn registered(
    engine: &Engine,
    kind: TypeKind,
    field: &str,
    key: &str,
) -> Result<()> {
    if engine.store().has_type(kind, key).await? {
        return Ok(());
    }
    let known: Vec<String> = engine
        .store()
        .types()
        .await?
        .into_iter()
        .filter(|t| t.kind == kind)
        .map(|t| t.key)
        .collect();
    Err(Error::invalid(
        field,
        format!(
            "is not a registered type; registered are {}",
            known.join(", ")
        ),
    ))
}
