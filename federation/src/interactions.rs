//! Interaction events: what people said and did. Append-only.

use chrono::{DateTime, Duration, SubsecRound, Utc};
use model::{
    Caller, InteractionEvent, InteractionFilter, NewInteractionEvent, Page, PageRequest, Role,
};
use serde_json::json;

use crate::{
    Engine, Error, Result,
    error::{check, require},
    hubs, widgets,
};

/// How far another machine's clock may be ahead.
const AHEAD: Duration = Duration::minutes(5);

/// Newest first: by when they came in.
pub async fn list(
    engine: &Engine,
    caller: &Caller,
    filter: InteractionFilter,
    page: PageRequest,
) -> Result<Page<InteractionEvent>> {
    require(caller, Role::Viewer)?;
    let rows = engine.store().interaction_events(&filter, page).await?;
    Ok(page.cut(rows, |event| event.id.0))
}

/// Adds an event, for good. It may have happened long ago.
pub async fn create(
    engine: &Engine,
    caller: &Caller,
    new: NewInteractionEvent,
) -> Result<InteractionEvent> {
    require(caller, Role::Reviewer)?;
    check(&new)?;
    let occurred_at = moment(engine, "occurred_at", new.occurred_at)?;
    hubs::named(engine, new.hub_id).await?;
    widgets::named(engine, new.widget_id, new.hub_id, "widget_id").await?;
    let event = InteractionEvent {
        id: engine.clock().id(),
        hub_id: new.hub_id,
        widget_id: new.widget_id,
        kind: new.kind,
        payload: new.payload,
        occurred_at,
        created_by: Some(caller.name.clone()),
        created_at: engine.clock().now(),
    };
    let (hub, id) = (event.hub_id, event.id.0);
    let mut tx = engine.store().begin().await?;
    tx.insert_interaction(&event).await?;
    let detail = json!({ "widget_id": event.widget_id, "kind": event.kind });
    tx.audit(
        caller,
        "interaction_event.added",
        Some(hub),
        "interaction_event",
        id,
        detail,
    )
    .await?;
    tx.tell_hub(hub, "widget", event.widget_id.0, "event_added")
        .await?;
    tx.commit().await?;
    Ok(event)
}

/// When something happened: now where nobody says. Cut to what both databases
/// keep.
pub(crate) fn moment(
    engine: &Engine,
    field: &str,
    given: Option<DateTime<Utc>>,
) -> Result<DateTime<Utc>> {
    let now = engine.clock().now();
    let at = given.unwrap_or(now).trunc_subsecs(6);
    if at < DateTime::UNIX_EPOCH {
        return Err(Error::invalid(field, "must not be before 1970"));
    }
    if at > now + AHEAD {
        return Err(Error::invalid(field, "must not be in the future"));
    }
    Ok(at)
}
