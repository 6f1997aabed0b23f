//! Collective proposals: list, form, run, decision.

use leptos::prelude::*;
use model::{
    Agent, Caller, Collective, CollectiveDetail, CollectiveId, Hub, HubId, NewCollectiveReview,
    Page, RegisteredType,
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

/// What the form for a new run needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StartForm {
    pub hub: Hub,
    pub caller: Caller,
    pub routes: Vec<TaskRoute>,
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
pub async fn read_start_form(hub: Option<String>) -> Result<Option<StartForm>, AppError> {
    use super::request::{self, refuse};

    let (engine, caller) = (request::engine()?, request::caller()?);
    let (_, Some(hub)) = request::hubs(&engine, &caller, hub.as_deref()).await? else {
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
        idempotency_key: engine.clock().id::<uuid::Uuid>().to_string(),
    }))
}

/// Starts a run and goes to its page.
#[server(prefix = "/rpc", endpoint = "start_collective", output = Wire)]
pub async fn start_collective(
    hub_id: HubId,
    title: String,
    prompt: String,
    task_type: String,
    #[server(default)] summary: Option<String>,
    idempotency_key: String,
) -> Result<CollectiveId, AppError> {
    use federation::collectives::Idempotency;
    use model::NewCollective;

    use super::request;

    let (engine, caller) = (request::engine()?, request::caller()?);
    let new = NewCollective {
        hub_id,
        title: title.trim().to_owned(),
        summary: summary.filter(|summary| !summary.trim().is_empty()),
        task_type,
        prompt,
        source_widget_id: None,
        source_candidate_id: None,
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
    Ok(CollectiveAnswer {
        detail,
        hub,
        caller,
        task_label,
    })
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
