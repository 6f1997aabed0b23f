//! Requirement candidates: list, show, form.

use leptos::prelude::*;
use model::{
    Caller, Candidate, CandidateDetail, CandidateId, Hub, HubId, Page, ProposalLine, Widget,
};
use serde::{Deserialize, Serialize};

use super::content::ContentQuery;
use crate::error::AppError;
use crate::wire::Wire;

/// One page of the list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CandidatesAnswer {
    pub hub: Hub,
    pub caller: Caller,
    pub page: Page<Candidate>,
    /// Id and title of the hub's widgets.
    pub widgets: Vec<(String, String)>,
}

/// What the page of one candidate shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CandidateAnswer {
    pub hub: Hub,
    pub caller: Caller,
    pub detail: CandidateDetail,
    pub widget: Option<Widget>,
    pub proposals: Vec<ProposalLine>,
}

/// What the form of a candidate needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CandidateForm {
    pub hub: Hub,
    pub caller: Caller,
    /// `None`: a new one.
    pub candidate: Option<Candidate>,
    pub widgets: Vec<(String, String)>,
}

/// The candidates of a hub; `None` where there is no hub yet.
#[server(prefix = "/rpc", endpoint = "list_candidates", input = Wire, output = Wire)]
pub async fn list_candidates(query: ContentQuery) -> Result<Option<CandidatesAnswer>, AppError> {
    use super::content::widget_names;
    use super::request::{self, refuse};

    let (engine, caller) = (request::engine()?, request::caller()?);
    let (_, Some(hub)) = request::hubs(&engine, &caller, query.hub.as_deref()).await? else {
        return Ok(None);
    };
    // A word that no filter knows filters nothing, as an old link may have it.
    let filter = model::CandidateFilter {
        hub_id: Some(hub.id),
        status: query.status.as_deref().and_then(|word| word.parse().ok()),
        source_widget_id: query.widget.as_deref().and_then(|id| id.parse().ok()),
        q: query.q.clone(),
    };
    let page = federation::candidates::list(&engine, &caller, filter, query.page())
        .await
        .map_err(refuse)?;
    Ok(Some(CandidatesAnswer {
        widgets: widget_names(&engine, &caller, hub.id).await?,
        hub,
        caller,
        page,
    }))
}

/// All that the page of one candidate shows.
#[server(prefix = "/rpc", endpoint = "candidate", input = Wire, output = Wire)]
pub async fn read_candidate(id: CandidateId) -> Result<CandidateAnswer, AppError> {
    use federation::{candidates, hubs, widgets};
    use model::ProposalFilter;

    use super::request::{self, refuse};

    let (engine, caller) = (request::engine()?, request::caller()?);
    let detail = candidates::detail(&engine, &caller, id)
        .await
        .map_err(refuse)?;
    let hub = hubs::get(&engine, &caller, detail.candidate.hub_id)
        .await
        .map_err(refuse)?;
    let widget = match detail.candidate.source_widget_id {
        Some(id) => Some(widgets::get(&engine, &caller, id).await.map_err(refuse)?),
        None => None,
    };
    let about = ProposalFilter {
        source_candidate_id: Some(id),
        ..ProposalFilter::default()
    };
    let proposals = widgets::proposals_about(&engine, &caller, about)
        .await
        .map_err(refuse)?;
    Ok(CandidateAnswer {
        hub,
        caller,
        detail,
        widget,
        proposals,
    })
}

/// The form of a candidate; `None` where there is no hub yet.
#[server(prefix = "/rpc", endpoint = "candidate_form", input = Wire, output = Wire)]
pub async fn read_candidate_form(
    hub: Option<String>,
    id: Option<CandidateId>,
) -> Result<Option<CandidateForm>, AppError> {
    use super::content::widget_names;
    use super::request::{self, refuse};

    let (engine, caller) = (request::engine()?, request::caller()?);
    let (hub, candidate) = match id {
        Some(id) => {
            let candidate = federation::candidates::get(&engine, &caller, id)
                .await
                .map_err(refuse)?;
            let hub = federation::hubs::get(&engine, &caller, candidate.hub_id)
                .await
                .map_err(refuse)?;
            (hub, Some(candidate))
        }
        None => match request::hubs(&engine, &caller, hub.as_deref()).await? {
            (_, Some(hub)) => (hub, None),
            (_, None) => return Ok(None),
        },
    };
    Ok(Some(CandidateForm {
        widgets: widget_names(&engine, &caller, hub.id).await?,
        hub,
        caller,
        candidate,
    }))
}

/// Makes a candidate, or with `id` changes one at the version that was shown,
/// and goes to its page.
#[server(prefix = "/rpc", endpoint = "save_candidate", output = Wire)]
pub async fn save_candidate(
    #[server(default)] id: Option<CandidateId>,
    #[server(default)] version: Option<i32>,
    hub_id: HubId,
    title: String,
    body: String,
    status: String,
    #[server(default)] source_widget_id: String,
) -> Result<CandidateId, AppError> {
    use federation::candidates;
    use model::{CandidatePatch, NewCandidate};

    use super::content::{chosen, lines, maybe_chosen};
    use super::request;

    let (engine, caller) = (request::engine()?, request::caller()?);
    let body = lines(&body);
    let status = Some(chosen("status", &status, "choose a status")?);
    let source_widget_id = maybe_chosen("source_widget_id", &source_widget_id, "choose a widget")?;
    let saved = match id {
        None => {
            let new = NewCandidate {
                hub_id,
                source_widget_id,
                title,
                body,
                status,
            };
            candidates::create(&engine, &caller, new).await
        }
        Some(id) => {
            let patch = CandidatePatch {
                source_widget_id: Some(source_widget_id),
                title: Some(title),
                body: Some(body),
                status,
            };
            candidates::update(&engine, &caller, id, patch, version).await
        }
    };
    let id = saved.map_err(request::refuse)?.id;
    leptos_axum::redirect(&format!("/candidates/{id}"));
    Ok(id)
}
