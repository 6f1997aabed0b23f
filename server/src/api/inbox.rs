//! The inbox: all that waits for a person.

use axum::{Json, extract::State};
use federation::{Engine, inbox};
use model::{AgentId, HubId, InboxFilter, InboxKind, InboxPage, InboxPlace, InboxSort};

use super::reply::Reply;
use crate::{
    extract::{Auth, Params, Viewer},
    problem::Problem,
};

/// List what waits for a person: agent proposals and collective proposals
#[utoipa::path(get, path = "/inbox", tag = "inbox",
    params(
        ("hub_id" = Option<HubId>, Query), ("task_type" = Option<String>, Query),
        ("agent_registration_id" = Option<AgentId>, Query), ("kind" = Option<InboxKind>, Query),
        ("sort" = Option<InboxSort>, Query, description = "`newest` where it is left out"),
    ),
    responses((status = 200, body = InboxPage)))]
pub async fn list(
    auth: Auth<Viewer>,
    params: Params,
    State(engine): State<Engine>,
) -> Reply<InboxPage> {
    let filter = InboxFilter {
        hub_id: params.id("hub_id")?,
        task_type: params.text("task_type").map(str::to_owned),
        agent_registration_id: params.id("agent_registration_id")?,
        kind: params.word("kind")?,
        sort: params.word("sort")?.unwrap_or(InboxSort::Newest),
    };
    let limit = params.limit()?;
    let cursor = params.text("cursor");
    if cursor.is_some_and(|cursor| InboxPlace::read(cursor).is_none()) {
        return Err(Problem::malformed_field(
            "cursor",
            "must be the next_cursor of an earlier answer",
        ));
    }
    Ok(Json(
        inbox::list(&engine, &auth, &filter, cursor, limit).await?,
    ))
}
