//! Outcome signals: what became of what was built. Append-only.

use model::{
    Caller, NewOutcomeSignal, OutcomeSignal, Page, PageRequest, Role, SignalFilter, WidgetId,
};
use serde_json::json;

use crate::{
    Engine, Error, Result,
    error::{check, require},
    hubs,
    interactions::moment,
    widgets,
};

/// Newest first: by when they came in.
pub async fn list(
    engine: &Engine,
    caller: &Caller,
    filter: SignalFilter,
    page: PageRequest,
) -> Result<Page<OutcomeSignal>> {
    require(caller, Role::Viewer)?;
    let rows = engine.store().outcome_signals(&filter, page).await?;
    Ok(page.cut(rows, |signal| signal.id.0))
}

/// Adds a signal, for good. It may have been observed long ago.
pub async fn create(
    engine: &Engine,
    caller: &Caller,
    new: NewOutcomeSignal,
) -> Result<OutcomeSignal> {
    require(caller, Role::Reviewer)?;
    check(&new)?;
    let observed_at = moment(engine, "observed_at", new.observed_at)?;
    hubs::named(engine, new.hub_id).await?;
    let signal = OutcomeSignal {
        widget_id: widget_of(engine, &new).await?,
        id: engine.clock().id(),
        hub_id: new.hub_id,
        proposal_id: new.proposal_id,
        kind: new.kind,
        value: new.value,
        payload: new.payload,
        observed_at,
        created_by: Some(caller.name.clone()),
        created_at: engine.clock().now(),
    };
    let (hub, id) = (signal.hub_id, signal.id.0);
    let mut tx = engine.store().begin().await?;
    tx.insert_signal(&signal).await?;
    let detail = json!({
        "widget_id": signal.widget_id, "proposal_id": signal.proposal_id, "kind": signal.kind,
    });
    tx.audit(
        caller,
        "outcome_signal.added",
        Some(hub),
        "outcome_signal",
        id,
        detail,
    )
    .await?;
    match signal.widget_id {
        Some(widget) => tx.tell_hub(hub, "widget", widget.0, "signal_added").await?,
        None => tx.tell_hub(hub, "outcome_signal", id, "added").await?,
    }
    tx.commit().await?;
    Ok(signal)
}

/// The widget that is named, else the one that the proposal is about. Both
/// must belong to the hub.
async fn widget_of(engine: &Engine, new: &NewOutcomeSignal) -> Result<Option<WidgetId>> {
    let mut widget = new.widget_id;
    if let Some(id) = new.widget_id {
        widgets::named(engine, id, new.hub_id, "widget_id").await?;
    }
    if let Some(id) = new.proposal_id {
        let (hub, source) = engine
            .store()
            .proposal_place(id)
            .await?
            .ok_or_else(|| Error::unknown("proposal", "proposal_id"))?;
        if hub != new.hub_id {
            return Err(Error::invalid("proposal_id", "belongs to another hub"));
        }
        widget = widget.or(source);
    }
    Ok(widget)
}
