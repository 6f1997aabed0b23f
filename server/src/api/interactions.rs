//! Interaction events: they are added, and stay.

use axum::{Json, extract::State};
use federation::{Engine, interactions};
use model::{HubId, InteractionEvent, InteractionFilter, NewInteractionEvent, Page, WidgetId};

use super::reply::{Created, Reply};
use crate::{
    extract::{Auth, Body, Params, Reviewer, Viewer},
    problem::Problem,
};

/// List interaction events
///
/// Newest first, by when they came in.
#[utoipa::path(get, path = "/interaction-events", tag = "interaction events",
    params(
        ("hub_id" = Option<HubId>, Query), ("widget_id" = Option<WidgetId>, Query),
        ("kind" = Option<String>, Query),
    ),
    responses((status = 200, body = Page<InteractionEvent>)))]
pub async fn list(
    auth: Auth<Viewer>,
    params: Params,
    State(engine): State<Engine>,
) -> Reply<Page<InteractionEvent>> {
    let filter = InteractionFilter {
        hub_id: params.id("hub_id")?,
        widget_id: params.id("widget_id")?,
        kind: params.text("kind").map(str::to_owned),
    };
    Ok(Json(
        interactions::list(&engine, &auth, filter, params.page()?).await?,
    ))
}

/// Add what somebody said or did
///
/// Append-only: nothing changes it or takes it back. Needs the role reviewer,
/// which the tokens of programs have that send events.
#[utoipa::path(post, path = "/interaction-events", tag = "interaction events",
    request_body = NewInteractionEvent,
    responses((status = 201, body = InteractionEvent),
        (status = 404, description = "There is no such hub or widget")))]
pub async fn create(
    auth: Auth<Reviewer>,
    State(engine): State<Engine>,
    Body(new): Body<NewInteractionEvent>,
) -> Result<Created<InteractionEvent>, Problem> {
    let event = interactions::create(&engine, &auth, new).await?;
    Ok(Created::at("interaction-events", event))
}
