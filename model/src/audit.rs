//! The append-only record of who did what.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{ActorKind, AuditId, HubId};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditEntry {
    pub id: AuditId,
    pub at: DateTime<Utc>,
    pub actor_kind: ActorKind,
    pub actor_id: Option<Uuid>,
    pub actor_name: String,
    /// A noun and a verb, as in `agent.created`.
    pub action: String,
    pub hub_id: Option<HubId>,
    pub subject_kind: String,
    pub subject_id: Option<Uuid>,
    /// What changed. Never a secret.
    #[cfg_attr(feature = "sqlx", sqlx(json))]
    pub detail: serde_json::Value,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AuditFilter {
    pub hub_id: Option<HubId>,
    pub actor_id: Option<Uuid>,
    pub subject_id: Option<Uuid>,
    pub since: Option<DateTime<Utc>>,
    pub until: Option<DateTime<Utc>>,
}
