//! What operators are told of the database.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::{Db, Result, Store, on_db};

/// Open work of one kind in one state.
#[derive(Clone, Debug, FromRow)]
pub struct OpenWork {
    pub kind: String,
    /// `queued` or `running`.
    pub state: String,
    pub items: i64,
    /// Since when the first of them waits; of running ones, the end of a lease.
    pub since: DateTime<Utc>,
}

/// The connections of one pool.
#[derive(Clone, Copy, Debug)]
pub struct Connections {
    pub name: &'static str,
    pub idle: usize,
    pub used: usize,
}

impl Store {
    /// Items that are queued or running, by kind and state; none where there
    /// are none. What an instance has left behind waits, since its lease ran out.
    pub async fn open_work_by_kind(&self) -> Result<Vec<OpenWork>> {
        let now = self.clock().now();
        Ok(on_db!(self, pool => sqlx::query_as::<_, OpenWork>(
            "SELECT kind, state, count(*) AS items, min(since) AS since FROM \
             (SELECT kind, CASE WHEN lease_expires_at < $1 THEN 'queued' ELSE state END AS state, \
              CASE WHEN state = 'running' THEN lease_expires_at ELSE updated_at END AS since \
              FROM work_items WHERE state IN ('queued', 'running')) AS open \
             GROUP BY kind, state ORDER BY kind, state",
        )
        .bind(now)
        .fetch_all(pool)
        .await?))
    }

    /// SQLite has a pool that reads and one that writes.
    pub fn pools(&self) -> Vec<Connections> {
        match self.db() {
            Db::Sqlite { read, write } => vec![
                Connections::new("read", read.size(), read.num_idle()),
                Connections::new("write", write.size(), write.num_idle()),
            ],
            Db::Postgres(pool) => vec![Connections::new("all", pool.size(), pool.num_idle())],
        }
    }
}

impl Connections {
    fn new(name: &'static str, size: u32, idle: usize) -> Self {
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        Self {
            name,
            idle,
            used: size.saturating_sub(idle),
        }
    }
}
