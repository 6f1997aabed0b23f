//! Trees and numbers as files, for those who are signed in: the API takes
//! tokens only.

use std::str::FromStr;

use axum::{
    Json, Router,
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};
use federation::{Engine, Error, delegations, hubs, performance};
use model::{
    AgentId, ComparisonChart, NumberTable, PerformanceChart, PerformanceQuery, ProposalId,
};
use serde::Serialize;

use crate::{
    extract::{Auth, Id, Params, Viewer},
    problem::Problem,
    state::AppState,
};

pub fn router() -> Router<AppState> {
    Router::new()
        .route("/proposals/{id}/delegations.json", get(tree))
        .route("/proposals/{id}/delegations.prov.json", get(prov))
        .route("/agents/{id}/performance/{file}", get(chart))
        .route("/performance.csv", get(comparison_csv))
        .route("/performance.json", get(comparison_json))
        .route("/performance/{file}", get(comparison_chart))
}

/// The tree below a proposal, as the API has it.
async fn tree(
    auth: Auth<Viewer>,
    Id(id): Id<ProposalId>,
    State(engine): State<Engine>,
) -> Result<Response, Problem> {
    let tree = delegations::tree(&engine, &auth, id).await?;
    Ok(file(&format!("delegations-{id}.json"), tree))
}

/// The same as a document of W3C PROV.
async fn prov(
    auth: Auth<Viewer>,
    Id(id): Id<ProposalId>,
    State(engine): State<Engine>,
) -> Result<Response, Problem> {
    let prov = delegations::prov(&engine, &auth, id).await?;
    Ok(file(&format!("delegations-{id}.prov.json"), prov))
}

/// What a chart of an agent's latest snapshot shows: `reliability.csv`.
async fn chart(
    auth: Auth<Viewer>,
    Path((id, name)): Path<(String, String)>,
    State(engine): State<Engine>,
) -> Result<Response, Problem> {
    let id: AgentId = id.parse().map_err(|_| not_there("agent"))?;
    let (chart, kind): (PerformanceChart, _) = named(&name)?;
    let table = performance::table(&engine, &auth, id, None, chart).await?;
    Ok(numbers(&format!("performance-{chart}-{id}"), kind, table))
}

/// A chart and how it is written, as in `ratios.csv`.
fn named<T: FromStr>(file: &str) -> Result<(T, Kind), Error> {
    let both = file.split_once('.').and_then(|(chart, kind)| {
        let chart = chart.parse().ok()?;
        Some((chart, kind.parse().ok()?))
    });
    both.ok_or_else(|| not_there("file"))
}

const fn not_there(what: &'static str) -> Error {
    Error::NotFound { what, field: None }
}

async fn comparison_csv(
    auth: Auth<Viewer>,
    params: Params,
    State(engine): State<Engine>,
) -> Result<Response, Problem> {
    comparison(&engine, &auth, &params, ComparisonChart::Table, Kind::Csv).await
}

async fn comparison_json(
    auth: Auth<Viewer>,
    params: Params,
    State(engine): State<Engine>,
) -> Result<Response, Problem> {
    comparison(&engine, &auth, &params, ComparisonChart::Table, Kind::Json).await
}

/// What a chart of agents beside each other shows: `trends.csv`.
async fn comparison_chart(
    auth: Auth<Viewer>,
    Path(name): Path<String>,
    params: Params,
    State(engine): State<Engine>,
) -> Result<Response, Problem> {
    let (chart, kind) = named(&name)?;
    comparison(&engine, &auth, &params, chart, kind).await
}

/// The page's own words: `hub` is a slug, `hubs=all` all of them.
async fn comparison(
    engine: &Engine,
    auth: &Auth<Viewer>,
    params: &Params,
    chart: ComparisonChart,
    kind: Kind,
) -> Result<Response, Problem> {
    let hub_id = match (params.text("hubs"), params.text("hub")) {
        (Some("all"), _) | (_, None) => None,
        (_, Some(slug)) => Some(hubs::by_slug(engine, auth, slug).await?.id),
    };
    let query = app::CompareQuery {
        sort: params.text("sort").map(str::to_owned),
        order: params.text("order").map(str::to_owned),
        ..app::CompareQuery::default()
    };
    let (sort, order) = app::sorted_comparison(&query);
    let query = PerformanceQuery {
        hub_id,
        task_type: params.text("task").map(str::to_owned),
        sort,
        order,
        ..PerformanceQuery::default()
    };
    let table = performance::comparison(engine, auth, query, chart).await?;
    let name = match chart {
        ComparisonChart::Table => "performance".to_owned(),
        ComparisonChart::Trends => format!("performance-{chart}"),
    };
    Ok(numbers(&name, kind, table))
}

/// How a table is written.
#[derive(Clone, Copy)]
enum Kind {
    Csv,
    Json,
}

impl FromStr for Kind {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "csv" => Ok(Self::Csv),
            "json" => Ok(Self::Json),
            _ => Err(()),
        }
    }
}

fn numbers(name: &str, kind: Kind, table: NumberTable) -> Response {
    match kind {
        Kind::Json => file(&format!("{name}.json"), table),
        Kind::Csv => {
            let headers = [
                (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
                (
                    header::CONTENT_DISPOSITION,
                    attachment(&format!("{name}.csv")),
                ),
                (header::CACHE_CONTROL, "no-store".to_owned()),
            ];
            (headers, table.to_csv()).into_response()
        }
    }
}

fn attachment(name: &str) -> String {
    format!("attachment; filename=\"{name}\"")
}

fn file(name: &str, content: impl Serialize) -> Response {
    let headers = [
        (header::CONTENT_DISPOSITION, attachment(name)),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, Json(content)).into_response()
}
