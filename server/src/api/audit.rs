//! The record of who did what.

use axum::{Json, extract::State};
use federation::{Engine, audit};
use model::{AuditEntry, AuditFilter, HubId, Page};

use super::reply::Reply;
use crate::extract::{Auth, Params, Steward};

/// List who did what
#[utoipa::path(get, path = "/audit", tag = "audit",
    params(
        ("hub_id" = Option<HubId>, Query), ("actor_id" = Option<Uuid>, Query),
        ("subject_id" = Option<Uuid>, Query), ("since" = Option<DateTime<Utc>>, Query),
        ("until" = Option<DateTime<Utc>>, Query),
    ),
    responses((status = 200, body = Page<AuditEntry>)))]
pub async fn list(
    auth: Auth<Steward>,
    params: Params,
    State(engine): State<Engine>,
) -> Reply<Page<AuditEntry>> {
    let filter = AuditFilter {
        hub_id: params.id("hub_id")?,
        actor_id: params.id("actor_id")?,
        subject_id: params.id("subject_id")?,
        since: params.time("since")?,
        until: params.time("until")?,
    };
    Ok(Json(
        audit::list(&engine, &auth, filter, params.page()?).await?,
    ))
}
