//! How well agents do: their snapshots, their comparison, what is suggested.

use leptos::prelude::*;
use model::{
    AgentId, Caller, Hub, Page, PerformancePage, PerformanceReport, RegisteredType, Suggestion,
    SuggestionId,
};
use serde::{Deserialize, Serialize};

use crate::error::AppError;
use crate::wire::Wire;

/// The page of one agent's performance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PerformanceAnswer {
    pub report: PerformanceReport,
    pub hub: Hub,
    pub caller: Caller,
}

/// Which agents are compared, in the words of the address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompareQuery {
    pub hub: Option<String>,
    /// `all`: of all hubs.
    pub hubs: Option<String>,
    /// A task type: counts its proposals alone.
    pub task: Option<String>,
    pub sort: Option<String>,
    pub order: Option<String>,
    pub cursor: Option<String>,
}

/// Agents beside each other, and what is suggested of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    pub hub: Hub,
    pub hubs: Vec<Hub>,
    pub caller: Caller,
    pub task_types: Vec<RegisteredType>,
    pub page: PerformancePage,
    /// Those that are open, newest first.
    pub suggestions: Page<Suggestion>,
}

/// The latest snapshot of an agent and what leads to it.
#[server(prefix = "/rpc", endpoint = "performance_report", input = Wire, output = Wire)]
pub async fn read_performance(id: AgentId) -> Result<PerformanceAnswer, AppError> {
    use super::request::{self, refuse};

    let (engine, caller) = (request::engine()?, request::caller()?);
    let report = federation::performance::report(&engine, &caller, id)
        .await
        .map_err(refuse)?;
    let hub = federation::hubs::get(&engine, &caller, report.agent.hub_id)
        .await
        .map_err(refuse)?;
    Ok(PerformanceAnswer {
        report,
        hub,
        caller,
    })
}

/// Counts the 30 days that end with the present one.
#[server(prefix = "/rpc", endpoint = "compute_performance", output = Wire)]
pub async fn compute_performance(id: AgentId) -> Result<(), AppError> {
    use super::request;

    let (engine, caller) = (request::engine()?, request::caller()?);
    federation::performance::compute(&engine, &caller, id)
        .await
        .map_err(request::refuse)?;
    request::redirect_form(&format!("/agents/{id}/performance"));
    Ok(())
}

/// Agents beside each other; `None` where there is no hub yet.
#[server(prefix = "/rpc", endpoint = "compare_performance", input = Wire, output = Wire)]
pub async fn compare_performance(query: CompareQuery) -> Result<Option<Comparison>, AppError> {
    use federation::{hubs, performance};
    use model::{
        LIMIT_MAX, PageRequest, PerformanceCursor, PerformanceQuery, SuggestionFilter,
        SuggestionStatus,
    };

    use super::request::{self, refuse};

    let (engine, caller) = (request::engine()?, request::caller()?);
    let (hubs, Some(hub)) = request::hubs(&engine, &caller, query.hub.as_deref()).await? else {
        return Ok(None);
    };
    let task_types = hubs::types(&engine, &caller)
        .await
        .map_err(refuse)?
        .task_types;
    let hub_id = (query.hubs.as_deref() != Some("all")).then_some(hub.id);
    // A word that no filter knows filters nothing, as an old link may have it.
    let known = |task: &String| task_types.iter().any(|kind| &kind.key == task);
    let (sort, order) = crate::performance::sorted(&query);
    let wanted = PerformanceQuery {
        hub_id,
        task_type: query.task.clone().filter(known),
        sort,
        order,
        limit: LIMIT_MAX,
        after: query
            .cursor
            .and_then(|text| PerformanceCursor::parse(sort, &text)),
    };
    let page = performance::compare(&engine, &caller, wanted)
        .await
        .map_err(refuse)?;
    let open = SuggestionFilter {
        hub_id,
        status: Some(SuggestionStatus::Open),
        ..SuggestionFilter::default()
    };
    let suggestions = performance::suggestions(&engine, &caller, open, PageRequest::default())
        .await
        .map_err(refuse)?;
    Ok(Some(Comparison {
        hub,
        hubs,
        caller,
        task_types,
        page,
        suggestions,
    }))
}

/// Does what is suggested.
#[server(prefix = "/rpc", endpoint = "confirm_suggestion", output = Wire)]
pub async fn confirm_suggestion(id: SuggestionId) -> Result<Suggestion, AppError> {
    use super::request;

    let (engine, caller) = (request::engine()?, request::caller()?);
    let done = federation::performance::confirm(&engine, &caller, id)
        .await
        .map_err(request::refuse)?;
    let agent = done.agent_registration_id;
    request::redirect_form(&format!("/agents/{agent}/performance"));
    Ok(done)
}

/// Sets aside what is suggested, with a reason or without.
#[server(prefix = "/rpc", endpoint = "dismiss_suggestion", output = Wire)]
pub async fn dismiss_suggestion(
    id: SuggestionId,
    #[server(default)] comment: String,
) -> Result<Suggestion, AppError> {
    use super::request;

    let (engine, caller) = (request::engine()?, request::caller()?);
    // A form has no null: what is empty is none.
    let comment = comment.replace("\r\n", "\n");
    let why = model::DismissSuggestion {
        comment: Some(comment).filter(|text| !text.trim().is_empty()),
    };
    let done = federation::performance::dismiss(&engine, &caller, id, why)
        .await
        .map_err(request::refuse)?;
    let agent = done.agent_registration_id;
    request::redirect_form(&format!("/agents/{agent}/performance"));
    Ok(done)
}
