//! Widgets: the parts of a product, and what is known of each.

use model::{
    Caller, HubId, NewWidget, Page, PageRequest, ProposalFilter, ProposalLine, Role,
    TimelineCursor, TimelineEntry, TimelineRequest, Widget, WidgetFilter, WidgetId, WidgetPatch,
    WidgetRow, WidgetSummary,
};
use serde_json::json;

use crate::{
    Engine, Error, Result, StoreError,
    error::{check, require},
    hubs,
};

/// Newest first.
pub async fn list(
    engine: &Engine,
    caller: &Caller,
    filter: WidgetFilter,
    page: PageRequest,
) -> Result<Page<WidgetRow>> {
    require(caller, Role::Viewer)?;
    let rows = engine.store().widgets(&filter, page).await?;
    Ok(page.cut(rows, |row| row.widget.id.0))
}

pub async fn get(engine: &Engine, caller: &Caller, id: WidgetId) -> Result<Widget> {
    require(caller, Role::Viewer)?;
    engine
        .store()
        .widget(id)
        .await?
        .ok_or_else(|| Error::not_found("widget"))
}

/// A widget that a body names, which must belong to the hub it is used in.
pub(crate) async fn named(
    engine: &Engine,
    id: WidgetId,
    hub: HubId,
    field: &'static str,
) -> Result<Widget> {
    let widget = engine
        .store()
        .widget(id)
        .await?
        .ok_or_else(|| Error::unknown("widget", field))?;
    if widget.hub_id != hub {
        return Err(Error::invalid(field, "belongs to another hub"));
    }
    Ok(widget)
}

pub async fn create(engine: &Engine, caller: &Caller, new: NewWidget) -> Result<Widget> {
    require(caller, Role::Steward)?;
    check(&new)?;
    hubs::named(engine, new.hub_id).await?;
    let now = engine.clock().now();
    let widget = Widget {
        id: engine.clock().id(),
        hub_id: new.hub_id,
        slug: new.slug,
        title: new.title.trim().to_owned(),
        description: new.description,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    let mut tx = engine.store().begin().await?;
    tx.insert_widget(&widget)
        .await
        .map_err(|e| slug_taken(e, &widget.slug))?;
    let (hub, id) = (widget.hub_id, widget.id.0);
    let detail = json!({ "widget": widget });
    tx.audit(caller, "widget.created", Some(hub), "widget", id, detail)
        .await?;
    tx.tell_hub(hub, "widget", id, "created").await?;
    tx.commit().await?;
    Ok(widget)
}

/// Changes a widget; a change of anything raises its version by one.
/// `if_match` is the version that the caller saw.
pub async fn update(
    engine: &Engine,
    caller: &Caller,
    id: WidgetId,
    patch: WidgetPatch,
    if_match: Option<i32>,
) -> Result<Widget> {
    require(caller, Role::Steward)?;
    check(&patch)?;
    let before = get(engine, caller, id).await?;
    if if_match.is_some_and(|version| version != before.version) {
        return Err(Error::stale("widget", before.version));
    }
    let mut widget = before.clone();
    if let Some(slug) = patch.slug {
        widget.slug = slug;
    }
    if let Some(title) = patch.title {
        widget.title = title.trim().to_owned();
    }
    if let Some(description) = patch.description {
        widget.description = description;
    }
    if widget == before {
        return Ok(widget);
    }
    widget.version += 1;
    widget.updated_at = engine.clock().now();
    let mut tx = engine.store().begin().await?;
    let written = tx
        .update_widget(&widget, before.version)
        .await
        .map_err(|e| slug_taken(e, &widget.slug))?;
    if !written {
        return Err(Error::stale("widget", before.version + 1));
    }
    let hub = Some(widget.hub_id);
    let detail = json!({ "before": before, "after": widget });
    tx.audit(caller, "widget.updated", hub, "widget", id.0, detail)
        .await?;
    tx.tell_hub(widget.hub_id, "widget", id.0, "updated")
        .await?;
    tx.commit().await?;
    Ok(widget)
}

fn slug_taken(error: StoreError, slug: &str) -> Error {
    if error.is_unique_violation() {
        return Error::conflict(
            "slug_taken",
            format!(
                "there is a widget with the slug {slug} in this hub already; choose another slug"
            ),
        );
    }
    error.into()
}

/// Events and signals of a widget, newest first.
pub async fn timeline(
    engine: &Engine,
    caller: &Caller,
    id: WidgetId,
    asked: TimelineRequest,
) -> Result<Page<TimelineEntry>> {
    get(engine, caller, id).await?;
    let mut items = engine.store().timeline(id, &asked).await?;
    let limit = usize::try_from(asked.limit).unwrap_or(0);
    let more = items.len() > limit;
    items.truncate(limit);
    let cursor = |last: &TimelineEntry| TimelineCursor {
        at: last.at,
        id: last.id,
    };
    let next_cursor = items.last().filter(|_| more).map(cursor);
    Ok(Page {
        next_cursor: next_cursor.map(|cursor| cursor.to_string()),
        items,
    })
}

/// The kinds that a widget's timeline has, by name.
pub async fn timeline_kinds(engine: &Engine, caller: &Caller, id: WidgetId) -> Result<Vec<String>> {
    require(caller, Role::Viewer)?;
    Ok(engine.store().timeline_kinds(id).await?)
}

/// Summaries that people accepted and that stand, newest first.
pub async fn summaries(
    engine: &Engine,
    caller: &Caller,
    id: WidgetId,
) -> Result<Vec<WidgetSummary>> {
    get(engine, caller, id).await?;
    Ok(engine.store().widget_summaries(id).await?)
}

/// The newest agent proposals about a widget, a candidate or a decision
/// record.
pub async fn proposals_about(
    engine: &Engine,
    caller: &Caller,
    about: ProposalFilter,
) -> Result<Vec<ProposalLine>> {
    require(caller, Role::Viewer)?;
    let page = PageRequest {
        limit: 20,
        after: None,
    };
    let rows = engine.store().proposals(&about, page).await?;
    Ok(page
        .cut(rows, |p| p.id.0)
        .items
        .into_iter()
        .map(ProposalLine::from)
        .collect())
}
