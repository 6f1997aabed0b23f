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
    /// Since when the first of them is in that state, or was last renewed.
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
    /// are none.
    pub async fn open_work_by_kind(&self) -> Result<Vec<OpenWork>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, OpenWork>(
            "SELECT kind, state, count(*) AS items, min(updated_at) AS since FROM work_items \
             WHERE state IN ('queued', 'running') GROUP BY kind, state ORDER BY kind, state",
        )
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
