//! Trees and numbers as files, for those who are signed in: the API takes
//! tokens only.

use axum::{
    Json, Router,
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};
use federation::{Engine, Error, delegations, hubs, performance};
use model::{
    AgentId, NumberTable, PerformanceChart, PerformanceQuery, ProposalId, comparison_table,
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
    let missing = || not_there("file");
    let (chart, kind) = name.split_once('.').ok_or_else(missing)?;
    let chart: PerformanceChart = chart.parse().map_err(|_| missing())?;
    let kind: Kind = kind.parse().map_err(|()| missing())?;
    let table = performance::table(&engine, &auth, id, None, chart).await?;
    Ok(numbers(&format!("performance-{chart}-{id}"), kind, table))
}

const fn not_there(what: &'static str) -> Error {
    Error::NotFound { what, field: None }
}

async fn comparison_csv(
    auth: Auth<Viewer>,
    params: Params,
    State(engine): State<Engine>,
) -> Result<Response, Problem> {
    let table = comparison(&engine, &auth, &params).await?;
    Ok(numbers("performance", Kind::Csv, table))
}

async fn comparison_json(
    auth: Auth<Viewer>,
    params: Params,
    State(engine): State<Engine>,
) -> Result<Response, Problem> {
    let table = comparison(&engine, &auth, &params).await?;
    Ok(numbers("performance", Kind::Json, table))
}

/// The page's own words: `hub` is a slug, `hubs=all` all of them.
async fn comparison(
    engine: &Engine,
    auth: &Auth<Viewer>,
    params: &Params,
) -> Result<NumberTable, Problem> {
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
    };
    let rows = performance::compare(engine, auth, query).await?;
    Ok(comparison_table(&rows))
}

/// How a table is written.
#[derive(Clone, Copy)]
enum Kind {
    Csv,
    Json,
}

impl std::str::FromStr for Kind {
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
