//! Agents' performance: snapshots, comparison, export, suggestions.

use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use federation::{Engine, performance};
use model::{
    AgentId, ComparisonChart, DismissSuggestion, HubId, NumberTable, Page, PerformanceChart,
    PerformanceCursor, PerformancePage, PerformanceQuery, PerformanceRecord, PerformanceRecordId,
    PerformanceReport, PerformanceSort, SortOrder, Suggestion, SuggestionFilter, SuggestionId,
    SuggestionStatus,
};

use super::reply::{Created, Reply};
use crate::{
    extract::{Auth, Body, Id, Params, Reviewer, Steward, Viewer},
    problem::Problem,
};

/// List an agent's snapshots
///
/// One for each day that was counted; newest first.
#[utoipa::path(get, path = "/agents/{id}/performance", tag = "performance",
    responses((status = 200, body = Page<PerformanceRecord>)))]
pub async fn list(
    auth: Auth<Viewer>,
    Id(id): Id<AgentId>,
    params: Params,
    State(engine): State<Engine>,
) -> Reply<Page<PerformanceRecord>> {
    let page = params.page()?;
    Ok(Json(performance::records(&engine, &auth, id, page).await?))
}

/// Count the last 30 days and keep the snapshot
///
/// The period ends with the present day, in UTC. A snapshot of the same period
/// is counted anew; there is one of each. Suggestions follow from it.
#[utoipa::path(post, path = "/agents/{id}/performance", tag = "performance",
    responses((status = 201, body = PerformanceRecord)))]
pub async fn compute(
    auth: Auth<Reviewer>,
    Id(id): Id<AgentId>,
    State(engine): State<Engine>,
) -> Result<Created<PerformanceRecord>, Problem> {
    let record = performance::compute(&engine, &auth, id).await?;
    Ok(Created::at(&format!("agents/{id}/performance"), record))
}

/// Read an agent's latest snapshot, the line of the earlier ones and what is suggested
#[utoipa::path(get, path = "/agents/{id}/performance/report", tag = "performance",
    responses((status = 200, body = PerformanceReport)))]
pub async fn report(
    auth: Auth<Viewer>,
    Id(id): Id<AgentId>,
    State(engine): State<Engine>,
) -> Reply<PerformanceReport> {
    Ok(Json(performance::report(&engine, &auth, id).await?))
}

/// Export what a chart of an agent shows
#[utoipa::path(get, path = "/agents/{id}/performance/export", tag = "performance",
    params(
        ("chart" = PerformanceChart, Query),
        ("record_id" = Option<PerformanceRecordId>, Query,
            description = "Another snapshot than the latest"),
        ("format" = Option<String>, Query, description = "`json`, or `csv` as RFC 4180 has it"),
    ),
    responses((status = 200, body = NumberTable),
        (status = 404, description = "There is no such agent or snapshot, or nothing was counted yet")))]
pub async fn export(
    auth: Auth<Viewer>,
    Id(id): Id<AgentId>,
    params: Params,
    State(engine): State<Engine>,
) -> Result<Response, Problem> {
    params.needed("chart")?;
    let chart = params.word("chart")?.unwrap_or(PerformanceChart::Ratios);
    let record = params.id("record_id")?;
    let format = format(&params)?;
    let table = performance::table(&engine, &auth, id, record, chart).await?;
    Ok(answer(table, format))
}

/// Compare the active agents, each by its latest snapshot
///
/// Sorted as `sort` and `order` say; what is not defined comes last in either
/// direction. A cursor holds for the `sort` and `order` under which it was given.
#[utoipa::path(get, path = "/performance", tag = "performance",
    params(
        ("hub_id" = Option<HubId>, Query),
        ("task_type" = Option<String>, Query, description = "Count the proposals of one task alone"),
        ("sort" = Option<PerformanceSort>, Query, description = "`name` where it is left out"),
        ("order" = Option<SortOrder>, Query, description = "`asc` where it is left out"),
    ),
    responses((status = 200, body = PerformancePage)))]
pub async fn compare(
    auth: Auth<Viewer>,
    params: Params,
    State(engine): State<Engine>,
) -> Reply<PerformancePage> {
    let query = query(&params)?;
    let read = |text: &str| {
        PerformanceCursor::parse(query.sort, text).ok_or_else(|| {
            Problem::malformed_field(
                "cursor",
                "must be the next_cursor of an earlier answer with the same sort",
            )
        })
    };
    let query = PerformanceQuery {
        limit: params.limit()?,
        after: params.text("cursor").map(read).transpose()?,
        ..query
    };
    Ok(Json(performance::compare(&engine, &auth, query).await?))
}

/// Export what a chart of agents beside each other shows
///
/// Of all agents that fit, not of one page: the table, or the points of the
/// small lines over the last 30 days.
#[utoipa::path(get, path = "/performance/export", tag = "performance",
    params(
        ("chart" = Option<ComparisonChart>, Query, description = "`table` where it is left out"),
        ("hub_id" = Option<HubId>, Query),
        ("task_type" = Option<String>, Query, description = "Of the table; a line is over all tasks"),
        ("sort" = Option<PerformanceSort>, Query),
        ("order" = Option<SortOrder>, Query),
        ("format" = Option<String>, Query, description = "`json`, or `csv` as RFC 4180 has it"),
    ),
    responses((status = 200, body = NumberTable)))]
pub async fn export_comparison(
    auth: Auth<Viewer>,
    params: Params,
    State(engine): State<Engine>,
) -> Result<Response, Problem> {
    let chart = params.word("chart")?.unwrap_or(ComparisonChart::Table);
    let (query, format) = (query(&params)?, format(&params)?);
    let table = performance::comparison(&engine, &auth, query, chart).await?;
    Ok(answer(table, format))
}

/// List suggestions
#[utoipa::path(get, path = "/performance/suggestions", tag = "performance",
    params(
        ("hub_id" = Option<HubId>, Query),
        ("agent_registration_id" = Option<AgentId>, Query),
        ("status" = Option<SuggestionStatus>, Query),
    ),
    responses((status = 200, body = Page<Suggestion>)))]
pub async fn suggestions(
    auth: Auth<Viewer>,
    params: Params,
    State(engine): State<Engine>,
) -> Reply<Page<Suggestion>> {
    let filter = SuggestionFilter {
        hub_id: params.id("hub_id")?,
        agent_registration_id: params.id("agent_registration_id")?,
        status: params.word("status")?,
    };
    let page = params.page()?;
    Ok(Json(
        performance::suggestions(&engine, &auth, filter, page).await?,
    ))
}

/// Do what is suggested
///
/// Changes the agent's trust, which makes a version, or the order of a route.
#[utoipa::path(post, path = "/performance/suggestions/{id}/confirm", tag = "performance",
    responses((status = 200, body = Suggestion),
        (status = 409, description = "It is open no longer, or agent or route were changed since")))]
pub async fn confirm(
    auth: Auth<Steward>,
    Id(id): Id<SuggestionId>,
    State(engine): State<Engine>,
) -> Reply<Suggestion> {
    Ok(Json(performance::confirm(&engine, &auth, id).await?))
}

/// Set a suggestion aside
///
/// The same is not suggested again for 30 days, as long as the agent stays as
/// it is.
#[utoipa::path(post, path = "/performance/suggestions/{id}/dismiss", tag = "performance",
    request_body = DismissSuggestion,
    responses((status = 200, body = Suggestion),
        (status = 409, description = "It is open no longer")))]
pub async fn dismiss(
    auth: Auth<Steward>,
    Id(id): Id<SuggestionId>,
    State(engine): State<Engine>,
    Body(why): Body<DismissSuggestion>,
) -> Reply<Suggestion> {
    Ok(Json(performance::dismiss(&engine, &auth, id, why).await?))
}

fn query(params: &Params) -> Result<PerformanceQuery, Problem> {
    Ok(PerformanceQuery {
        hub_id: params.id("hub_id")?,
        task_type: params.text("task_type").map(str::to_owned),
        sort: params.word("sort")?.unwrap_or(PerformanceSort::Name),
        order: params.word("order")?.unwrap_or(SortOrder::Asc),
        ..PerformanceQuery::default()
    })
}

#[derive(Clone, Copy)]
enum Format {
    Json,
    Csv,
}

fn format(params: &Params) -> Result<Format, Problem> {
    match params.text("format") {
        None | Some("json") => Ok(Format::Json),
        Some("csv") => Ok(Format::Csv),
        Some(_) => Err(federation::Error::invalid("format", "must be json or csv").into()),
    }
}

fn answer(table: NumberTable, format: Format) -> Response {
    match format {
        Format::Json => Json(table).into_response(),
        Format::Csv => {
            let kind = [(header::CONTENT_TYPE, "text/csv; charset=utf-8")];
            (kind, table.to_csv()).into_response()
        }
    }
}
