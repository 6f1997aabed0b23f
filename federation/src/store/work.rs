//! Work items: claims, leases, fencing tokens.

use std::time::Duration;

use chrono::{DateTime, Utc};
use model::{ActorKind, Caller, HubId, WorkId};
use sqlx::FromRow;
use uuid::Uuid;

use super::{Db, Result, Store, StoreError, Tx, TxInner, on_db, on_tx};
use crate::work::{Instance, Lease};

/// A work item, as its worker needs it.
#[derive(Clone, Debug, FromRow)]
pub struct WorkItem {
    pub id: WorkId,
    pub kind: String,
    pub subject_id: Uuid,
    pub hub_id: HubId,
    pub asked_by_kind: ActorKind,
    pub asked_by_id: Option<Uuid>,
    pub asked_by: String,
    pub fencing_token: i64,
    /// How often it was claimed, from 1.
    pub attempt: i32,
}

impl WorkItem {
    pub fn lease(&self) -> Lease {
        Lease {
            work: self.id,
            fencing_token: self.fencing_token,
        }
    }
}

impl Store {
    /// Claims the oldest item that nobody works on. `None`: there is none.
    pub async fn claim_work(&self, owner: Instance, lease: Duration) -> Result<Option<WorkItem>> {
        self.note_lease(lease);
        match self.db() {
            Db::Sqlite { read, .. } => {
                // Looking first keeps idle instances from writing.
                let now = self.clock().now();
                let open: i64 = sqlx::query_scalar(
                    "SELECT EXISTS (SELECT 1 FROM work_items WHERE state = 'queued' \
                     OR (state = 'running' AND lease_expires_at < $1))",
                )
                .bind(now)
                .fetch_one(read)
                .await?;
                if open == 0 {
                    return Ok(None);
                }
                self.claim_sqlite(owner, now + lease, now).await
            }
            Db::Postgres(pool) => {
                let millis = i64::try_from(lease.as_millis()).unwrap_or(i64::MAX);
                // The database's clock: instances' clocks may differ.
                Ok(sqlx::query_as::<_, WorkItem>(
                    "UPDATE work_items SET state = 'running', lease_owner = $1, \
                     lease_expires_at = now() + $2 * interval '1 millisecond', \
                     attempt = attempt + 1, fencing_token = fencing_token + 1, updated_at = now() \
                     WHERE id = (SELECT id FROM work_items WHERE state = 'queued' \
                       OR (state = 'running' AND lease_expires_at < now()) \
                       ORDER BY created_at, id LIMIT 1 FOR UPDATE SKIP LOCKED) \
                     RETURNING id, kind, subject_id, hub_id, asked_by_kind, asked_by_id, asked_by, fencing_token, attempt",
                )
                .bind(owner)
                .bind(millis)
                .fetch_optional(pool)
                .await?)
            }
        }
    }

    async fn claim_sqlite(
        &self,
        owner: Instance,
        until: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Option<WorkItem>> {
        let mut tx = self.begin().await?;
        let item = on_tx!(tx, c => sqlx::query_as::<_, WorkItem>(
            "UPDATE work_items SET state = 'running', lease_owner = $1, lease_expires_at = $2, \
             attempt = attempt + 1, fencing_token = fencing_token + 1, updated_at = $3 \
             WHERE id = (SELECT id FROM work_items WHERE state = 'queued' \
               OR (state = 'running' AND lease_expires_at < $3) ORDER BY created_at, id LIMIT 1) \
             RETURNING id, kind, subject_id, hub_id, asked_by_kind, asked_by_id, asked_by, fencing_token, attempt",
        )
        .bind(owner)
        .bind(until)
        .bind(now)
        .fetch_optional(c)
        .await?);
        tx.commit().await?;
        Ok(item)
    }

    /// How many items are queued or running.
    pub async fn open_work(&self) -> Result<i64> {
        Ok(on_db!(self, pool => sqlx::query_scalar(
            "SELECT count(*) FROM work_items WHERE state IN ('queued', 'running')",
        )
        .fetch_one(pool)
        .await?))
    }
}

impl Tx {
    pub async fn insert_work(
        &mut self,
        kind: &str,
        subject: Uuid,
        hub: HubId,
        caller: &Caller,
    ) -> Result<WorkId> {
        let id: WorkId = self.clock().id();
        let now = self.clock().now();
        on_tx!(self, c => sqlx::query(
            "INSERT INTO work_items (id, kind, subject_id, hub_id, state, asked_by_kind, asked_by_id, asked_by, \
             attempt, fencing_token, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, 'queued', $5, $6, $7, 0, 0, $8, $8)",
        )
        .bind(id)
        .bind(kind)
        .bind(subject)
        .bind(hub)
        .bind(caller.kind)
        .bind(caller.id)
        .bind(&caller.name)
        .bind(now)
        .execute(c)
        .await?
        .rows_affected());
        self.touch_work();
        Ok(id)
    }

    /// Queues an ended item again, in the name of whoever asks now. `false`:
    /// there is no ended item for this subject.
    pub async fn requeue_work(
        &mut self,
        kind: &str,
        subject: Uuid,
        caller: &Caller,
    ) -> Result<bool> {
        let now = self.clock().now();
        self.touch_work();
        Ok(on_tx!(self, c => sqlx::query(
            "UPDATE work_items SET state = 'queued', asked_by_kind = $3, asked_by_id = $4, asked_by = $5, attempt = 0, \
             cancel_requested_at = NULL, updated_at = $6 \
             WHERE kind = $1 AND subject_id = $2 AND state IN ('done', 'cancelled')",
        )
        .bind(kind)
        .bind(subject)
        .bind(caller.kind)
        .bind(caller.id)
        .bind(&caller.name)
        .bind(now)
        .execute(c)
        .await?
        .rows_affected())
            == 1)
    }

    /// Locks the work row and compares the fencing token. Every transaction in
    /// which work writes begins with it.
    pub async fn hold(&mut self, lease: Lease) -> Result<()> {
        let now = self.clock().now();
        let held = on_tx!(self, c => sqlx::query(
            "UPDATE work_items SET updated_at = $3 WHERE id = $1 AND fencing_token = $2 AND state = 'running'",
        )
        .bind(lease.work)
        .bind(lease.fencing_token)
        .bind(now)
        .execute(c)
        .await?
        .rows_affected());
        if held == 1 {
            self.held = Some(lease.work);
            Ok(())
        } else {
            Err(StoreError::LeaseLost)
        }
    }

    /// This transaction has waited for others, maybe for longer than a lease
    /// lasts: the one that it holds begins anew. On SQLite nothing waits once
    /// a transaction has begun.
    pub(super) async fn renew_held(&mut self) -> Result<()> {
        let (Some(work), millis) = (self.held, self.lease_ms) else {
            return Ok(());
        };
        if let TxInner::Postgres(tx) = &mut self.inner {
            sqlx::query(
                "UPDATE work_items SET lease_expires_at = clock_timestamp() + $2 * interval '1 millisecond' \
                 WHERE id = $1 AND state = 'running'",
            )
            .bind(work)
            .bind(millis)
            .execute(&mut **tx)
            .await?;
        }
        Ok(())
    }

    /// Renews this instance's leases on `items`; gives those that it still
    /// holds with their fencing tokens.
    pub async fn renew_work(
        &mut self,
        owner: Instance,
        items: &[WorkId],
        lease: Duration,
    ) -> Result<Vec<(WorkId, i64)>> {
        let until = self.clock().now() + lease;
        let millis = i64::try_from(lease.as_millis()).unwrap_or(i64::MAX);
        Ok(match &mut self.inner {
            TxInner::Sqlite(tx) => {
                let ids: Vec<String> = items.iter().map(|id| id.0.simple().to_string()).collect();
                sqlx::query_as(
                    "UPDATE work_items SET lease_expires_at = $2 WHERE lease_owner = $1 AND state = 'running' \
                     AND lower(hex(id)) IN (SELECT value FROM json_each($3)) RETURNING id, fencing_token",
                )
                .bind(owner)
                .bind(until)
                .bind(sqlx::types::Json(ids))
                .fetch_all(&mut **tx)
                .await?
            }
            TxInner::Postgres(tx) => {
                let ids: Vec<Uuid> = items.iter().map(|id| id.0).collect();
                // A row that a transaction of its worker has locked is left out:
                // that one may wait for others, and the leases of all would run
                // out meanwhile. Nobody claims a locked row.
                sqlx::query(
                    "UPDATE work_items SET lease_expires_at = now() + $2 * interval '1 millisecond' \
                     WHERE id IN (SELECT id FROM work_items WHERE lease_owner = $1 AND state = 'running' \
                       AND id = ANY($3) FOR UPDATE SKIP LOCKED)",
                )
                .bind(owner)
                .bind(millis)
                .bind(&ids)
                .execute(&mut **tx)
                .await?;
                sqlx::query_as(
                    "SELECT id, fencing_token FROM work_items \
                     WHERE lease_owner = $1 AND state = 'running' AND id = ANY($2)",
                )
                .bind(owner)
                .bind(ids)
                .fetch_all(&mut **tx)
                .await?
            }
        })
    }

    /// The item is done; the lease must be held.
    pub async fn finish_work(&mut self, lease: Lease) -> Result<()> {
        let now = self.clock().now();
        on_tx!(self, c => sqlx::query(
            "UPDATE work_items SET state = 'done', lease_owner = NULL, lease_expires_at = NULL, updated_at = $3 \
             WHERE id = $1 AND fencing_token = $2",
        )
        .bind(lease.work)
        .bind(lease.fencing_token)
        .bind(now)
        .execute(c)
        .await?
        .rows_affected());
        Ok(())
    }

    /// Takes an open item away from whoever works on it, for good. `None`:
    /// there is no open item for this subject.
    pub async fn cancel_work(&mut self, kind: &str, subject: Uuid) -> Result<Option<WorkId>> {
        let now = self.clock().now();
        self.touch_work();
        Ok(on_tx!(self, c => sqlx::query_scalar(
            "UPDATE work_items SET state = 'cancelled', cancel_requested_at = $3, updated_at = $3, \
             fencing_token = fencing_token + 1, lease_owner = NULL, lease_expires_at = NULL \
             WHERE kind = $1 AND subject_id = $2 AND state IN ('queued', 'running') RETURNING id",
        )
        .bind(kind)
        .bind(subject)
        .bind(now)
        .fetch_optional(c)
        .await?))
    }

    /// Queues again what this instance holds.
    pub async fn release_work(&mut self, owner: Instance) -> Result<u64> {
        let now = self.clock().now();
        self.touch_work();
        Ok(on_tx!(self, c => sqlx::query(
            "UPDATE work_items SET state = 'queued', lease_owner = NULL, lease_expires_at = NULL, updated_at = $2 \
             WHERE lease_owner = $1 AND state = 'running'",
        )
        .bind(owner)
        .bind(now)
        .execute(c)
        .await?
        .rows_affected()))
    }
}
