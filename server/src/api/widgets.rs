//! Widgets, their timeline and their summaries.

use axum::{Json, extract::State};
use federation::{Engine, widgets};
use model::{
    HubId, NewWidget, Page, TimelineCursor, TimelineEntry, TimelineRequest, Widget, WidgetFilter,
    WidgetId, WidgetPatch, WidgetRow, WidgetSummary,
};

use super::reply::{Created, Reply, page_of};
use crate::{
    extract::{Auth, Body, Id, IfMatch, Params, Steward, Viewer},
    problem::Problem,
};

/// List widgets, with what has come in about each
#[utoipa::path(get, path = "/widgets", tag = "widgets",
    params(
        ("hub_id" = Option<HubId>, Query),
        ("q" = Option<String>, Query, description = "Text in title, slug or description"),
        ("open_candidates" = Option<bool>, Query, description = "Whether there are open candidates"),
    ),
    responses((status = 200, body = Page<WidgetRow>)))]
pub async fn list(
    auth: Auth<Viewer>,
    params: Params,
    State(engine): State<Engine>,
) -> Reply<Page<WidgetRow>> {
    let filter = WidgetFilter {
        hub_id: params.id("hub_id")?,
        q: params.text("q").map(str::to_owned),
        open_candidates: params.flag("open_candidates")?,
    };
    Ok(Json(
        widgets::list(&engine, &auth, filter, params.page()?).await?,
    ))
}

/// Read a widget
#[utoipa::path(get, path = "/widgets/{id}", tag = "widgets",
    responses((status = 200, body = Widget)))]
pub async fn get(
    auth: Auth<Viewer>,
    Id(id): Id<WidgetId>,
    State(engine): State<Engine>,
) -> Reply<Widget> {
    Ok(Json(widgets::get(&engine, &auth, id).await?))
}

/// Add a widget: a part of the product
///
/// Needs the role steward, since it shapes the hub.
#[utoipa::path(post, path = "/widgets", tag = "widgets", request_body = NewWidget,
    responses((status = 201, body = Widget), (status = 404, description = "There is no such hub"),
        (status = 409, description = "The slug is taken in this hub")))]
pub async fn create(
    auth: Auth<Steward>,
    State(engine): State<Engine>,
    Body(new): Body<NewWidget>,
) -> Result<Created<Widget>, Problem> {
    let widget = widgets::create(&engine, &auth, new).await?;
    Ok(Created::new("widgets", widget.id, widget))
}

/// Change a widget
///
/// What changes anything raises `version` by one. Needs the role steward.
#[utoipa::path(patch, path = "/widgets/{id}", tag = "widgets", request_body = WidgetPatch,
    params(("If-Match" = Option<i32>, Header, description = "The version that is to be changed")),
    responses((status = 200, body = Widget),
        (status = 409, description = "The slug is taken, or the version is no longer this one")))]
pub async fn update(
    auth: Auth<Steward>,
    Id(id): Id<WidgetId>,
    IfMatch(version): IfMatch,
    State(engine): State<Engine>,
    Body(patch): Body<WidgetPatch>,
) -> Reply<Widget> {
    Ok(Json(
        widgets::update(&engine, &auth, id, patch, version).await?,
    ))
}

/// Read a widget's timeline: interaction events and outcome signals
///
/// Newest first, by when they happened or were observed.
#[utoipa::path(get, path = "/widgets/{id}/timeline", tag = "widgets",
    params(("kind" = Option<String>, Query, description = "Only those of this kind")),
    responses((status = 200, body = Page<TimelineEntry>)))]
pub async fn timeline(
    auth: Auth<Viewer>,
    Id(id): Id<WidgetId>,
    params: Params,
    State(engine): State<Engine>,
) -> Reply<Page<TimelineEntry>> {
    let read = |text: &str| {
        TimelineCursor::parse(text).ok_or_else(|| {
            Problem::malformed_field("cursor", "must be the next_cursor of an earlier answer")
        })
    };
    let asked = TimelineRequest {
        kind: params.text("kind").map(str::to_owned),
        limit: params.limit()?,
        after: params.text("cursor").map(read).transpose()?,
    };
    Ok(Json(widgets::timeline(&engine, &auth, id, asked).await?))
}

/// List the summaries of a widget that people accepted and that stand
#[utoipa::path(get, path = "/widgets/{id}/summaries", tag = "widgets",
    responses((status = 200, body = Page<WidgetSummary>)))]
pub async fn summaries(
    auth: Auth<Viewer>,
    Id(id): Id<WidgetId>,
    params: Params,
    State(engine): State<Engine>,
) -> Reply<Page<WidgetSummary>> {
    let page = params.page()?;
    let all = widgets::summaries(&engine, &auth, id).await?;
    Ok(Json(page_of(all, page, |summary| summary.id.0)))
}
