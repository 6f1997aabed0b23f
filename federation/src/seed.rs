//! Fills a hub with the rows of a story. For admins and commands.

use chrono::{DateTime, Utc};
use model::{Caller, CandidateId, HubId, Role, WidgetId};
use serde_json::{Value, json};

use crate::{Engine, Result, error::require};

pub async fn widget(
    engine: &Engine,
    caller: &Caller,
    hub: HubId,
    slug: &str,
    title: &str,
    description: &str,
) -> Result<WidgetId> {
    require(caller, Role::Admin)?;
    let mut tx = engine.store().begin().await?;
    let id = tx.insert_widget(hub, slug, title, description).await?;
    tx.audit(
        caller,
        "widget.created",
        Some(hub),
        "widget",
        id.0,
        json!({ "slug": slug }),
    )
    .await?;
    tx.commit().await?;
    Ok(id)
}

pub async fn event(
    engine: &Engine,
    caller: &Caller,
    hub: HubId,
    widget: WidgetId,
    kind: &str,
    payload: Value,
    occurred_at: DateTime<Utc>,
) -> Result<()> {
    require(caller, Role::Admin)?;
    let mut tx = engine.store().begin().await?;
    tx.insert_event(hub, widget, kind, &payload, occurred_at)
        .await?;
    tx.commit().await?;
    Ok(())
}

pub async fn candidate(
    engine: &Engine,
    caller: &Caller,
    hub: HubId,
    widget: Option<WidgetId>,
    title: &str,
    body: &str,
    status: &str,
) -> Result<CandidateId> {
    require(caller, Role::Admin)?;
    let mut tx = engine.store().begin().await?;
    let id = tx
        .insert_candidate(hub, widget, title, body, status)
        .await?;
    tx.audit(
        caller,
        "requirement_candidate.created",
        Some(hub),
        "requirement_candidate",
        id.0,
        json!({}),
    )
    .await?;
    tx.commit().await?;
    Ok(id)
}

#[allow(clippy::too_many_arguments)] // one row, told column by column
pub async fn decision(
    engine: &Engine,
    caller: &Caller,
    hub: HubId,
    candidate: Option<CandidateId>,
    title: &str,
    context: &str,
    decision: &str,
    status: &str,
) -> Result<()> {
    require(caller, Role::Admin)?;
    let mut tx = engine.store().begin().await?;
    let id = tx
        .insert_decision(hub, candidate, title, context, decision, status)
        .await?;
    tx.audit(
        caller,
        "decision_record.created",
        Some(hub),
        "decision_record",
        id,
        json!({}),
    )
    .await?;
    tx.commit().await?;
    Ok(())
}
