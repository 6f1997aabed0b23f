//! Widgets: list, show, form.

use leptos::prelude::*;
use model::{
    Caller, Candidate, Hub, HubId, Page, ProposalLine, TimelineEntry, Widget, WidgetId, WidgetRow,
    WidgetSummary,
};
use serde::{Deserialize, Serialize};

use super::content::ContentQuery;
use crate::error::AppError;
use crate::wire::Wire;

/// One page of the list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WidgetsAnswer {
    pub hub: Hub,
    pub caller: Caller,
    pub page: Page<WidgetRow>,
}

/// What the page of one widget shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WidgetAnswer {
    pub hub: Hub,
    pub caller: Caller,
    pub widget: Widget,
    pub timeline: Page<TimelineEntry>,
    /// All kinds that the timeline has.
    pub kinds: Vec<String>,
    pub summaries: Vec<WidgetSummary>,
    /// The newest ones.
    pub candidates: Page<Candidate>,
    pub proposals: Vec<ProposalLine>,
}

/// What the form of a widget needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WidgetForm {
    pub hub: Hub,
    pub caller: Caller,
    /// `None`: a new one.
    pub widget: Option<Widget>,
}

/// The widgets of a hub; `None` where there is no hub yet.
#[server(prefix = "/rpc", endpoint = "list_widgets", input = Wire, output = Wire)]
pub async fn list_widgets(query: ContentQuery) -> Result<Option<WidgetsAnswer>, AppError> {
    use super::request::{self, refuse};

    let (engine, caller) = (request::engine()?, request::caller()?);
    let (_, Some(hub)) = request::hubs(&engine, &caller, query.hub.as_deref()).await? else {
        return Ok(None);
    };
    let filter = model::WidgetFilter {
        hub_id: Some(hub.id),
        q: query.q.clone(),
        // A word that no filter knows filters nothing, as an old link may have it.
        open_candidates: query.open.as_deref().and_then(|word| word.parse().ok()),
    };
    let page = federation::widgets::list(&engine, &caller, filter, query.page())
        .await
        .map_err(refuse)?;
    Ok(Some(WidgetsAnswer { hub, caller, page }))
}

/// All that the page of one widget shows.
#[server(prefix = "/rpc", endpoint = "widget", input = Wire, output = Wire)]
pub async fn read_widget(
    id: WidgetId,
    kind: Option<String>,
    cursor: Option<String>,
) -> Result<WidgetAnswer, AppError> {
    use federation::{candidates, hubs, widgets};
    use model::{CandidateFilter, PageRequest, ProposalFilter, TimelineCursor, TimelineRequest};

    use super::request::{self, refuse};

    let (engine, caller) = (request::engine()?, request::caller()?);
    let widget = widgets::get(&engine, &caller, id).await.map_err(refuse)?;
    let hub = hubs::get(&engine, &caller, widget.hub_id)
        .await
        .map_err(refuse)?;
    let asked = TimelineRequest {
        kind,
        limit: model::LIMIT_DEFAULT,
        after: cursor.as_deref().and_then(TimelineCursor::parse),
    };
    let timeline = widgets::timeline(&engine, &caller, id, asked)
        .await
        .map_err(refuse)?;
    let kinds = widgets::timeline_kinds(&engine, &caller, id)
        .await
        .map_err(refuse)?;
    let summaries = widgets::summaries(&engine, &caller, id)
        .await
        .map_err(refuse)?;
    let of_widget = CandidateFilter {
        source_widget_id: Some(id),
        ..CandidateFilter::default()
    };
    let few = PageRequest {
        limit: 10,
        after: None,
    };
    let candidates = candidates::list(&engine, &caller, of_widget, few)
        .await
        .map_err(refuse)?;
    let about = ProposalFilter {
        source_widget_id: Some(id),
        ..ProposalFilter::default()
    };
    let proposals = widgets::proposals_about(&engine, &caller, about)
        .await
        .map_err(refuse)?;
    Ok(WidgetAnswer {
        hub,
        caller,
        widget,
        timeline,
        kinds,
        summaries,
        candidates,
        proposals,
    })
}

/// The form of a widget; `None` where there is no hub yet.
#[server(prefix = "/rpc", endpoint = "widget_form", input = Wire, output = Wire)]
pub async fn read_widget_form(
    hub: Option<String>,
    id: Option<WidgetId>,
) -> Result<Option<WidgetForm>, AppError> {
    use super::request::{self, refuse};

    let (engine, caller) = (request::engine()?, request::caller()?);
    let (hub, widget) = match id {
        Some(id) => {
            let widget = federation::widgets::get(&engine, &caller, id)
                .await
                .map_err(refuse)?;
            let hub = federation::hubs::get(&engine, &caller, widget.hub_id)
                .await
                .map_err(refuse)?;
            (hub, Some(widget))
        }
        None => match request::hubs(&engine, &caller, hub.as_deref()).await? {
            (_, Some(hub)) => (hub, None),
            (_, None) => return Ok(None),
        },
    };
    Ok(Some(WidgetForm {
        hub,
        caller,
        widget,
    }))
}

/// Makes a widget, or with `id` changes one at the version that was shown, and
/// goes to its page.
#[server(prefix = "/rpc", endpoint = "save_widget", output = Wire)]
pub async fn save_widget(
    #[server(default)] id: Option<WidgetId>,
    #[server(default)] version: Option<i32>,
    hub_id: HubId,
    title: String,
    slug: String,
    #[server(default)] description: String,
) -> Result<WidgetId, AppError> {
    use federation::widgets;
    use model::{NewWidget, WidgetPatch};

    use super::{content::filled, request};

    let (engine, caller) = (request::engine()?, request::caller()?);
    let description = filled(&description);
    let saved = match id {
        None => {
            let new = NewWidget {
                hub_id,
                slug,
                title,
                description,
            };
            widgets::create(&engine, &caller, new).await
        }
        Some(id) => {
            let patch = WidgetPatch {
                slug: Some(slug),
                title: Some(title),
                description: Some(description),
            };
            widgets::update(&engine, &caller, id, patch, version).await
        }
    };
    let id = saved.map_err(request::refuse)?.id;
    leptos_axum::redirect(&format!("/widgets/{id}"));
    Ok(id)
}
