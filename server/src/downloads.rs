//! Trees as files, for those who are signed in: the API takes tokens only.

use axum::{
    Json, Router,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};
use federation::{Engine, delegations};
use model::ProposalId;
use serde::Serialize;

use crate::{
    extract::{Auth, Id, Viewer},
    problem::Problem,
    state::AppState,
};

pub fn router() -> Router<AppState> {
    Router::new()
        .route("/proposals/{id}/delegations.json", get(tree))
        .route("/proposals/{id}/delegations.prov.json", get(prov))
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

fn file(name: &str, content: impl Serialize) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers = [
        (header::CONTENT_DISPOSITION, disposition),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, Json(content)).into_response()
}
