//! Suggestions: kept while the record supports them, followed by a steward.

use chrono::Duration;
use model::{
    Agent, Caller, DismissSuggestion, Hub, Page, PageRequest, PerformanceRecord, Role, Suggestion,
    SuggestionFilter, SuggestionId, SuggestionKind, SuggestionStatus,
};
use serde_json::{Value, json};

use super::trust;
use crate::{
    Engine, Error, Result, agents,
    error::{check, require},
    routing,
    store::{Tx, performance::NewSuggestion},
};

const SUBJECT: &str = "suggestion";

/// How long the same is not suggested again after it was dismissed.
const REST_DAYS: i64 = 30;

/// Newest first.
pub async fn list(
    engine: &Engine,
    caller: &Caller,
    filter: SuggestionFilter,
    page: PageRequest,
) -> Result<Page<Suggestion>> {
    require(caller, Role::Viewer)?;
    let rows = engine.store().suggestions(&filter, page).await?;
    Ok(page.cut(rows, |suggestion| suggestion.id.0))
}

/// Brings what is open of an agent in line with its newest snapshot.
pub(super) async fn follow(
    tx: &mut Tx,
    agent: &Agent,
    hub: &Hub,
    record: &PerformanceRecord,
    routes: Vec<NewSuggestion>,
) -> Result<()> {
    match trust::level(agent, hub, record) {
        Some(new) => suggest(tx, &new).await?,
        None => {
            tx.withdraw_suggestion(agent.id, None).await?;
        }
    }
    for task in tx.open_tasks(agent.id).await? {
        let stands = |new: &NewSuggestion| new.task_type.as_deref() == Some(task.as_str());
        if !routes.iter().any(stands) {
            tx.withdraw_suggestion(agent.id, Some(&task)).await?;
        }
    }
    for new in routes {
        // The snapshot may have taken the place of an earlier one.
        let record_id = record.id;
        suggest(tx, &NewSuggestion { record_id, ..new }).await?;
    }
    Ok(())
}

async fn suggest(tx: &mut Tx, new: &NewSuggestion) -> Result<()> {
    let since = tx.clock().now() - Duration::days(REST_DAYS);
    if let Some(id) = tx.suggest(new, since).await? {
        let detail = json!({
            "kind": new.kind, "agent_registration_id": new.agent_registration_id,
            "to_level": new.to_level, "task_type": new.task_type, "evidence": new.evidence,
        });
        let (action, system) = ("suggestion.made", Caller::system());
        tx.audit(&system, action, Some(new.hub_id), SUBJECT, id.0, detail)
            .await?;
        tx.tell_hub(new.hub_id, SUBJECT, id.0, "open").await?;
    }
    Ok(())
}

/// Does what is suggested: changes the agent's trust, or the order of a
/// route. The audit keeps the evidence.
///
/// # Errors
/// `already_decided`: it is open no longer. `stale_version`: the agent was
/// changed since. `order_changed`: one of the two is no longer in the route,
/// or they stand so already.
pub async fn confirm(engine: &Engine, caller: &Caller, id: SuggestionId) -> Result<Suggestion> {
    require(caller, Role::Steward)?;
    let read = find(engine, id).await?;
    let mut tx = engine.store().begin().await?;
    if read.kind == SuggestionKind::Routing {
        // The lock of the routes comes first, as everywhere.
        routing::lock(&mut tx, read.hub_id).await?;
    }
    let version = tx.lock_agent(read.agent_registration_id).await?;
    close(
        &mut tx,
        caller,
        &read,
        SuggestionStatus::Confirmed,
        Value::Null,
    )
    .await?;
    if version != Some(read.agent_version) {
        return Err(Error::stale("agent", version.unwrap_or_default()));
    }
    match (
        read.kind,
        read.to_level,
        &read.task_type,
        read.over_agent_id,
    ) {
        (SuggestionKind::Routing, _, Some(task), Some(over)) => {
            let agent = read.agent_registration_id;
            routing::place_before(&mut tx, caller, read.hub_id, task, agent, over).await?;
        }
        (_, Some(level), _, _) => {
            let (agent, seen) = (read.agent_registration_id, read.agent_version);
            agents::set_trust(engine, &mut tx, caller, agent, level, seen).await?;
        }
        _ => return Err(Error::Internal("a suggestion says nothing".to_owned())),
    }
    tx.commit().await?;
    find(engine, id).await
}

/// Sets a suggestion aside; the same is not suggested again for 30 days, as
/// long as the agent stays as it is.
pub async fn dismiss(
    engine: &Engine,
    caller: &Caller,
    id: SuggestionId,
    why: DismissSuggestion,
) -> Result<Suggestion> {
    require(caller, Role::Steward)?;
    check(&why)?;
    let read = find(engine, id).await?;
    let mut tx = engine.store().begin().await?;
    tx.lock_agent(read.agent_registration_id).await?;
    let comment = json!(why.comment);
    close(&mut tx, caller, &read, SuggestionStatus::Dismissed, comment).await?;
    tx.commit().await?;
    find(engine, id).await
}

async fn find(engine: &Engine, id: SuggestionId) -> Result<Suggestion> {
    let found = engine.store().suggestion(id).await?;
    found.ok_or_else(|| Error::not_found("suggestion"))
}

async fn close(
    tx: &mut Tx,
    caller: &Caller,
    read: &Suggestion,
    status: SuggestionStatus,
    comment: Value,
) -> Result<()> {
    if !tx.decide_suggestion(read.id, status, &caller.name).await? {
        return Err(Error::conflict(
            "already_decided",
            format!("this suggestion is {} already", read.status),
        ));
    }
    let action = match status {
        SuggestionStatus::Confirmed => "suggestion.confirmed",
        _ => "suggestion.dismissed",
    };
    let detail = json!({
        "kind": read.kind, "agent_registration_id": read.agent_registration_id,
        "to_level": read.to_level, "task_type": read.task_type, "over_agent_id": read.over_agent_id,
        "record_id": read.record_id, "evidence": read.evidence, "comment": comment,
    });
    tx.audit(
        caller,
        action,
        Some(read.hub_id),
        SUBJECT,
        read.id.0,
        detail,
    )
    .await?;
    tx.tell_hub(read.hub_id, SUBJECT, read.id.0, status.as_str())
        .await?;
    Ok(())
}
