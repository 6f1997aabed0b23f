//! Collective proposals: list, form, run, decision.

// The fields of the form; the macro makes a second function with them.
#![allow(clippy::too_many_arguments)]

use leptos::prelude::*;
use model::{
    Agent, Caller, CandidateId, Collective, CollectiveDetail, CollectiveId, Hub, HubId,
    NewCollectiveReview, Page, RegisteredType, RunEstimate, WidgetId,
};
use serde::{Deserialize, Serialize};

use crate::error::AppError;
use crate::wire::Wire;

/// Which proposals the list shows, in the words of the address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListQuery {
    pub hub: Option<String>,
    pub state: Option<String>,
    pub decision: Option<String>,
    pub consensus: Option<String>,
    pub cursor: Option<String>,
}

/// One page of the list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ListAnswer {
    pub hub: Hub,
    pub caller: Caller,
    pub page: Page<Collective>,
    pub task_types: Vec<RegisteredType>,
}

/// Who is asked for one type of task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskRoute {
    pub key: String,
    pub label: String,
    /// In order of preference: the first also writes the synthesis.
    pub agents: Vec<Agent>,
}

/// What a question is about: a widget or a requirement candidate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    Widget(WidgetId, String),
    Candidate(CandidateId, String),
}

/// Which source the form is opened for, in the words of the address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartQuery {
    pub hub: Option<String>,
    pub widget: Option<String>,
    pub candidate: Option<String>,
}

/// What the form for a new run needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StartForm {
    pub hub: Hub,
    pub caller: Caller,
    pub routes: Vec<TaskRoute>,
    pub source: Option<Source>,
    /// Two sendings of one form start one run.
    pub idempotency_key: String,
}

/// What the page of one proposal shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CollectiveAnswer {
    pub detail: CollectiveDetail,
    pub hub: Hub,
    pub caller: Caller,
    pub task_label: String,
    pub source: Option<Source>,
}

/// The list of a hub; `None` where there is no hub yet.
#[server(prefix = "/rpc", endpoint = "list_collectives", input = Wire, output = Wire)]
pub async fn list_collectives(query: ListQuery) -> Result<Option<ListAnswer>, AppError> {
    use model::{CollectiveFilter, PageRequest};

    use super::request::{self, refuse};

    let (engine, caller) = (request::engine()?, request::caller()?);
    let (_, Some(hub)) = request::hubs(&engine, &caller, query.hub.as_deref()).await? else {
        return Ok(None);
    };
    // A word that no filter knows filters nothing, as an old link may have it.
    let filter = CollectiveFilter {
        hub_id: Some(hub.id),
        run_state: query.state.and_then(|word| word.parse().ok()),
        decision: query.decision.and_then(|word| word.parse().ok()),
        consensus_status: query.consensus.and_then(|word| word.parse().ok()),
    };
    let request = PageRequest {
        limit: 50,
        after: query.cursor.and_then(|cursor| cursor.parse().ok()),
    };
    let page = federation::collectives::list(&engine, &caller, filter, request)
        .await
        .map_err(refuse)?;
    let types = federation::hubs::types(&engine, &caller)
        .await
        .map_err(refuse)?;
    Ok(Some(ListAnswer {
        hub,
        caller,
        page,
        task_types: types.task_types,
    }))
}

/// The form for a new run; `None` where there is no hub yet.
#[server(prefix = "/rpc", endpoint = "start_form", input = Wire, output = Wire)]
pub async fn read_start_form(query: StartQuery) -> Result<Option<StartForm>, AppError> {
    use super::request::{self, refuse};

    let (engine, caller) = (request::engine()?, request::caller()?);
    let named = asked_source(&engine, &caller, &query).await?;
    let (hub, source) = match named {
        // A source is asked about in its own hub, whatever the address says.
        Some((hub, source)) => {
            let hub = federation::hubs::get(&engine, &caller, hub).await;
            (Some(hub.map_err(refuse)?), Some(source))
        }
        None => {
            let hubs = request::hubs(&engine, &caller, query.hub.as_deref());
            (hubs.await?.1, None)
        }
    };
    let Some(hub) = hub else {
        return Ok(None);
    };
    let types = federation::hubs::types(&engine, &caller)
        .await
        .map_err(refuse)?;
    let mut routes = Vec::with_capacity(types.task_types.len());
    for RegisteredType { key, label, .. } in types.task_types {
        let agents = federation::routing::resolve_all_agents(&engine, &caller, hub.id, &key)
            .await
            .map_err(refuse)?;
        routes.push(TaskRoute { key, label, agents });
    }
    Ok(Some(StartForm {
        hub,
        caller,
        routes,
        source,
        idempotency_key: engine.clock().id::<uuid::Uuid>().to_string(),
    }))
}

/// The widget or candidate that the address names, with its hub.
#[cfg(feature = "ssr")]
async fn asked_source(
    engine: &federation::Engine,
    caller: &Caller,
    query: &StartQuery,
) -> Result<Option<(HubId, Source)>, AppError> {
    use super::request::{self, refuse};

    if let Some(id) = &query.widget {
        let id: WidgetId = request::path_id(id, "widget")?;
        let widget = federation::widgets::get(engine, caller, id).await;
        let widget = widget.map_err(refuse)?;
        return Ok(Some((widget.hub_id, Source::Widget(id, widget.title))));
    }
    if let Some(id) = &query.candidate {
        let id: CandidateId = request::path_id(id, "requirement candidate")?;
        let candidate = federation::candidates::get(engine, caller, id).await;
        let candidate = candidate.map_err(refuse)?;
        let source = Source::Candidate(id, candidate.title);
        return Ok(Some((candidate.hub_id, source)));
    }
    Ok(None)
}

/// The words of the form about rounds and the cap of tokens.
#[cfg(feature = "ssr")]
fn rounds_and_cap(
    rounds_planned: Option<String>,
    token_limit: Option<String>,
) -> Result<(Option<model::RoundPlan>, Option<i64>), AppError> {
    use super::request::wrong;

    let rounds = rounds_planned
        .filter(|word| !word.is_empty())
        .map(|word| word.parse())
        .transpose()
        .map_err(|e: model::UnknownWord| wrong("rounds_planned", e))?;
    let limit = token_limit
        .map(|text| text.trim().replace([',', ' '], ""))
        .filter(|text| !text.is_empty())
        .map(|text| text.parse())
        .transpose()
        .map_err(|_| wrong("token_limit", "must be a whole number of tokens"))?;
    Ok((rounds, limit))
}

/// What a run would use, before it is started.
#[server(prefix = "/rpc", endpoint = "estimate_collective", input = Wire, output = Wire)]
pub async fn estimate_collective(
    hub_id: HubId,
    task_type: String,
    prompt: String,
    rounds_planned: Option<String>,
    token_limit: Option<String>,
    source: Option<Source>,
) -> Result<RunEstimate, AppError> {
    use model::NewCollective;

    use super::request;

    let (engine, caller) = (request::engine()?, request::caller()?);
    let (rounds_planned, token_limit) = rounds_and_cap(rounds_planned, token_limit)?;
    let (source_widget_id, source_candidate_id) = match source {
        Some(Source::Widget(id, _)) => (Some(id), None),
        Some(Source::Candidate(id, _)) => (None, Some(id)),
        None => (None, None),
    };
    let new = NewCollective {
        hub_id,
        // Not written yet, and no agent sees it.
        title: "Estimate".to_owned(),
        summary: None,
        task_type,
        prompt,
        source_widget_id,
        source_candidate_id,
        rounds_planned,
        token_limit,
    };
    federation::collectives::estimate(&engine, &caller, new)
        .await
        .map_err(request::refuse)
}

/// Starts a run and goes to its page.
#[server(prefix = "/rpc", endpoint = "start_collective", output = Wire)]
pub async fn start_collective(
    hub_id: HubId,
    title: String,
    prompt: String,
    task_type: String,
    #[server(default)] summary: Option<String>,
    #[server(default)] rounds_planned: Option<String>,
    #[server(default)] token_limit: Option<String>,
    #[server(default)] source_widget_id: Option<WidgetId>,
    #[server(default)] source_candidate_id: Option<CandidateId>,
    idempotency_key: String,
) -> Result<CollectiveId, AppError> {
    use federation::collectives::Idempotency;
    use model::NewCollective;

    use super::request;

    let (engine, caller) = (request::engine()?, request::caller()?);
    let (rounds_planned, token_limit) = rounds_and_cap(rounds_planned, token_limit)?;
    let new = NewCollective {
        hub_id,
        title: title.trim().to_owned(),
        summary: summary.filter(|summary| !summary.trim().is_empty()),
        task_type,
        prompt,
        source_widget_id,
        source_candidate_id,
        rounds_planned,
        token_limit,
    };
    let idempotency = Idempotency {
        path: "/collectives/new".to_owned(),
        key: idempotency_key,
    };
    let detail = federation::collectives::start(&engine, &caller, new, Some(idempotency))
        .await
        .map_err(request::refuse)?;
    let id = detail.collective.id;
    leptos_axum::redirect(&format!("/collectives/{id}"));
    Ok(id)
}

/// All that the page of one proposal shows.
#[server(prefix = "/rpc", endpoint = "collective", input = Wire, output = Wire)]
pub async fn read_collective(id: CollectiveId) -> Result<CollectiveAnswer, AppError> {
    use super::request::{self, refuse};

    let (engine, caller) = (request::engine()?, request::caller()?);
    let detail = federation::collectives::get(&engine, &caller, id)
        .await
        .map_err(refuse)?;
    let hub = federation::hubs::get(&engine, &caller, detail.collective.hub_id)
        .await
        .map_err(refuse)?;
    let types = federation::hubs::types(&engine, &caller)
        .await
        .map_err(refuse)?;
    let key = &detail.collective.task_type;
    let task_label = types
        .task_types
        .into_iter()
        .find(|t| t.key == *key)
        .map_or_else(|| key.clone(), |t| t.label);
    let source = source_of(&engine, &caller, &detail.collective).await?;
    Ok(CollectiveAnswer {
        detail,
        hub,
        caller,
        task_label,
        source,
    })
}

/// What a run was asked about.
#[cfg(feature = "ssr")]
async fn source_of(
    engine: &federation::Engine,
    caller: &Caller,
    run: &Collective,
) -> Result<Option<Source>, AppError> {
    let query = StartQuery {
        hub: None,
        widget: run.source_widget_id.map(|id| id.to_string()),
        candidate: run.source_candidate_id.map(|id| id.to_string()),
    };
    let named = asked_source(engine, caller, &query).await?;
    Ok(named.map(|(_, source)| source))
}

/// The proposal as the database has it now.
#[server(prefix = "/rpc", endpoint = "collective_detail", input = Wire, output = Wire)]
pub async fn read_collective_detail(id: CollectiveId) -> Result<CollectiveDetail, AppError> {
    use super::request;

    let (engine, caller) = (request::engine()?, request::caller()?);
    federation::collectives::get(&engine, &caller, id)
        .await
        .map_err(request::refuse)
}

/// Ends a run before its time.
#[server(prefix = "/rpc", endpoint = "cancel_collective", input = Wire, output = Wire)]
pub async fn cancel_collective(id: CollectiveId) -> Result<CollectiveDetail, AppError> {
    use super::request;

    let (engine, caller) = (request::engine()?, request::caller()?);
    federation::collectives::cancel(&engine, &caller, id)
        .await
        .map_err(request::refuse)
}

/// Records a person's decision, or takes it back.
#[server(prefix = "/rpc", endpoint = "decide_collective", input = Wire, output = Wire)]
pub async fn decide_collective(
    id: CollectiveId,
    review: NewCollectiveReview,
) -> Result<CollectiveDetail, AppError> {
    use super::request;

    let (engine, caller) = (request::engine()?, request::caller()?);
    federation::collectives::decide(&engine, &caller, id, review)
        .await
        .map_err(request::refuse)
}

/// Asks all agents once more, before a decision. Two clicks after one round
/// ask for one more.
#[server(prefix = "/rpc", endpoint = "another_collective_round", input = Wire, output = Wire)]
pub async fn another_round(
    id: CollectiveId,
    instructions: Option<String>,
    content_hash: Option<String>,
    after_round: i32,
) -> Result<CollectiveDetail, AppError> {
    use federation::collectives::Idempotency;

    use super::request;

    let (engine, caller) = (request::engine()?, request::caller()?);
    let idempotency = Idempotency {
        path: format!("/collectives/{id}/rounds"),
        key: format!("{id} after round {after_round}"),
    };
    let new = model::NewRound {
        instructions,
        content_hash,
    };
    federation::collectives::another_round(&engine, &caller, id, new, Some(idempotency))
        .await
        .map_err(request::refuse)
}
