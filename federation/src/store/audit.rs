//! The audit: append-only.

use model::{AuditEntry, AuditFilter, AuditId, Caller, HubId, PageRequest};
use serde_json::Value;
use uuid::Uuid;

use super::{Result, Store, Tx, on_db, on_tx};

impl Store {
    /// One more than the page's limit, newest first.
    pub async fn audit_entries(
        &self,
        filter: &AuditFilter,
        page: PageRequest,
    ) -> Result<Vec<AuditEntry>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, AuditEntry>(
            "SELECT * FROM audit_entries WHERE ($1 IS NULL OR hub_id = $1) AND ($2 IS NULL OR actor_id = $2) \
             AND ($3 IS NULL OR subject_id = $3) AND ($4 IS NULL OR at >= $4) AND ($5 IS NULL OR at < $5) \
             AND ($6 IS NULL OR id < $6) ORDER BY id DESC LIMIT $7",
        )
        .bind(filter.hub_id)
        .bind(filter.actor_id)
        .bind(filter.subject_id)
        .bind(filter.since)
        .bind(filter.until)
        .bind(page.after)
        .bind(page.limit + 1)
        .fetch_all(pool)
        .await?))
    }
}

impl Tx {
    /// Writes who did what, in the transaction of the change itself.
    pub async fn audit(
        &mut self,
        caller: &Caller,
        action: &str,
        hub: Option<HubId>,
        subject_kind: &str,
        subject: Uuid,
        detail: Value,
    ) -> Result<()> {
        let id: AuditId = self.clock().id();
        let now = self.clock().now();
        on_tx!(self, c => sqlx::query(
            "INSERT INTO audit_entries (id, at, actor_kind, actor_id, actor_name, action, hub_id, subject_kind, subject_id, detail) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(id)
        .bind(now)
        .bind(caller.kind)
        .bind(caller.id)
        .bind(&caller.name)
        .bind(action)
        .bind(hub)
        .bind(subject_kind)
        .bind(subject)
        .bind(detail)
        .execute(c)
        .await?
        .rows_affected());
        Ok(())
    }
}
