//! Receipts of model calls.

use axum::{Json, extract::State};
use federation::{Engine, invocations};
use model::{AgentId, HubId, Invocation, InvocationFilter, InvocationId, Outcome, Page};

use super::reply::Reply;
use crate::extract::{Auth, Id, Params, Viewer};

/// List receipts
#[utoipa::path(get, path = "/invocations", tag = "receipts",
    params(
        ("hub_id" = Option<HubId>, Query), ("agent_registration_id" = Option<AgentId>, Query),
        ("artifact_type" = Option<String>, Query), ("outcome" = Option<Outcome>, Query), ("since" = Option<DateTime<Utc>>, Query),
        ("until" = Option<DateTime<Utc>>, Query),
    ),
    responses((status = 200, body = Page<Invocation>)))]
pub async fn list(
    auth: Auth<Viewer>,
    params: Params,
    State(engine): State<Engine>,
) -> Reply<Page<Invocation>> {
    let filter = InvocationFilter {
        hub_id: params.id("hub_id")?,
        agent_registration_id: params.id("agent_registration_id")?,
        artifact_type: params.text("artifact_type").map(str::to_owned),
        outcome: params.word("outcome")?,
        since: params.time("since")?,
        until: params.time("until")?,
    };
    Ok(Json(
        invocations::list(&engine, &auth, filter, params.page()?).await?,
    ))
}

/// Read a receipt
#[utoipa::path(get, path = "/invocations/{id}", tag = "receipts",
    responses((status = 200, body = Invocation)))]
pub async fn get(
    auth: Auth<Viewer>,
    Id(id): Id<InvocationId>,
    State(engine): State<Engine>,
) -> Reply<Invocation> {
    Ok(Json(invocations::get(&engine, &auth, id).await?))
}
