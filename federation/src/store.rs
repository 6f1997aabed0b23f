//! The store: one SQL text for two engines.
//!
//! [`on_db!`] and [`on_tx!`] expand the same body for SQLite and PostgreSQL.
//! Reads go to a pool; every write happens in a [`Tx`].

pub mod agents;
pub mod audit;
pub mod budget;
pub mod candidates;
pub mod collectives;
pub mod decisions;
pub mod delegations;
pub mod governance;
pub mod hubs;
pub mod inbox;
pub mod interactions;
pub mod invocations;
pub mod live;
pub mod manifests;
pub mod metrics;
pub mod people;
pub mod performance;
pub mod prices;
pub mod proposals;
pub mod providers;
pub mod reviews;
pub mod routing;
pub mod signals;
pub mod types;
pub mod widgets;
pub mod work;

use std::{
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use sqlx::{
    PgPool, Postgres, Sqlite, SqlitePool, Transaction,
    migrate::Migrator,
    postgres::PgPoolOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use uuid::Uuid;

use model::WorkId;

use crate::{Clock, live::LiveHub};

static SQLITE_MIGRATIONS: Migrator = sqlx::migrate!("../migrations/sqlite");
static POSTGRES_MIGRATIONS: Migrator = sqlx::migrate!("../migrations/postgres");

/// What the database could not do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("{what}")]
    Database {
        what: &'static str,
        #[source]
        source: sqlx::Error,
    },
    #[error("a migration failed")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    #[error("the database is not up to date: run `inter-hub migrate`")]
    NotMigrated,
    #[error("DATABASE_URL must begin with sqlite:// or postgres://")]
    Url,
    /// Another instance has taken over the work.
    #[error("the work was taken over by another instance or was cancelled")]
    LeaseLost,
}

impl From<sqlx::Error> for StoreError {
    fn from(source: sqlx::Error) -> Self {
        Self::Database {
            what: "the database refused a query",
            source,
        }
    }
}

impl StoreError {
    /// Whether a UNIQUE constraint refused the row.
    pub fn is_unique_violation(&self) -> bool {
        matches!(self, Self::Database { source: sqlx::Error::Database(e), .. } if e.is_unique_violation())
    }

    /// Whether a foreign key refused the row.
    pub fn is_foreign_key_violation(&self) -> bool {
        matches!(self, Self::Database { source: sqlx::Error::Database(e), .. } if e.is_foreign_key_violation())
    }

    /// Whether the database cannot be reached or is too busy, now.
    pub fn is_unavailable(&self) -> bool {
        matches!(
            self,
            Self::Database {
                source: sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_),
                ..
            }
        )
    }
}

/// A search text as a pattern that matches it anywhere; `None` where nothing
/// is searched. Nobody types more than 200 characters.
pub(crate) fn part(text: Option<&str>) -> Option<String> {
    let text: String = text?.trim().chars().take(200).collect();
    (!text.is_empty()).then(|| agents::search::pattern(&text))
}

/// The store's result.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// The two engines. SQLite writes through one connection, so that writers
/// queue instead of failing.
#[derive(Clone, Debug)]
pub enum Db {
    Sqlite { read: SqlitePool, write: SqlitePool },
    Postgres(PgPool),
}

/// Expands one body for the pool of each engine.
macro_rules! on_db {
    ($store:expr, $pool:ident => $body:expr) => {
        match $store.db() {
            $crate::store::Db::Sqlite { read: $pool, .. } => $body,
            $crate::store::Db::Postgres($pool) => $body,
        }
    };
}
pub(crate) use on_db;

/// Expands one body for the transaction of each engine.
macro_rules! on_tx {
    ($tx:expr, $connection:ident => $body:expr) => {
        match &mut $tx.inner {
            $crate::store::TxInner::Sqlite(inner) => {
                let $connection = &mut **inner;
                $body
            }
            $crate::store::TxInner::Postgres(inner) => {
                let $connection = &mut **inner;
                $body
            }
        }
    };
}
pub(crate) use on_tx;

/// Sees each commit of a store: for tests that end an instance between two.
pub trait CommitWatch: std::fmt::Debug + Send + Sync {
    /// Ends when the transaction may be committed.
    fn before(&self) -> futures::future::BoxFuture<'_, ()>;
    /// The transaction was committed.
    fn after(&self);
}

/// The database, its clock and those who want to know of changes.
#[derive(Clone, Debug)]
pub struct Store {
    db: Db,
    clock: Clock,
    watch: Option<Arc<dyn CommitWatch>>,
    live: Arc<LiveHub>,
    /// How long a claim on work holds, in milliseconds, as it was last claimed.
    lease_ms: Arc<AtomicI64>,
}

impl Store {
    /// Opens `sqlite://PATH` or `postgres://…`; does not migrate.
    pub async fn connect(url: &str, clock: Clock) -> Result<Self> {
        let db = if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Db::Postgres(connect_postgres(url).await?)
        } else if url.starts_with("sqlite:") {
            connect_sqlite(url).await?
        } else {
            return Err(StoreError::Url);
        };
        Ok(Self {
            db,
            clock,
            watch: None,
            live: Arc::new(LiveHub::default()),
            lease_ms: Arc::default(),
        })
    }

    /// Applies what is missing, then registers the types. Safe beside other
    /// instances.
    pub async fn migrate(&self) -> Result<()> {
        match &self.db {
            Db::Sqlite { write, .. } => SQLITE_MIGRATIONS.run(write).await?,
            Db::Postgres(pool) => POSTGRES_MIGRATIONS.run(pool).await?,
        }
        self.register_types().await
    }

    /// Answers, and every migration is in.
    pub async fn ready(&self) -> Result<()> {
        const APPLIED: &str = "SELECT count(*) FROM _sqlx_migrations WHERE success";
        let wanted = match &self.db {
            Db::Sqlite { .. } => SQLITE_MIGRATIONS.iter().count(),
            Db::Postgres(_) => POSTGRES_MIGRATIONS.iter().count(),
        };
        let applied: i64 = on_db!(self, pool => sqlx::query_scalar(APPLIED).fetch_one(pool).await?);
        if usize::try_from(applied).unwrap_or(0) < wanted {
            return Err(StoreError::NotMigrated);
        }
        Ok(())
    }

    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The engines' pools, for tests and reads of the store's own modules.
    pub fn db(&self) -> &Db {
        &self.db
    }

    fn note_lease(&self, lease: Duration) {
        let millis = i64::try_from(lease.as_millis()).unwrap_or(i64::MAX);
        self.lease_ms.store(millis, Ordering::Relaxed);
    }

    pub(crate) fn live(&self) -> &Arc<LiveHub> {
        &self.live
    }

    /// Begins a transaction that may write.
    pub async fn begin(&self) -> Result<Tx> {
        let inner = match &self.db {
            Db::Sqlite { write, .. } => TxInner::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?),
            Db::Postgres(pool) => TxInner::Postgres(pool.begin().await?),
        };
        Ok(Tx {
            inner,
            clock: self.clock.clone(),
            watch: self.watch.clone(),
            live: Arc::clone(&self.live),
            subjects: Vec::new(),
            work: false,
            held: None,
            hub_news: Vec::new(),
            lease_ms: self.lease_ms.load(Ordering::Relaxed),
        })
    }

    /// The same store, whose commits are watched.
    pub fn watched(mut self, watch: Arc<dyn CommitWatch>) -> Self {
        self.watch = Some(watch);
        self
    }

    /// Closes the pools; waits for what is under way.
    pub async fn close(&self) {
        match &self.db {
            Db::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Db::Postgres(pool) => pool.close().await,
        }
    }
}

async fn connect_postgres(url: &str) -> Result<PgPool> {
    Ok(PgPoolOptions::new()
        .max_connections(16)
        .acquire_timeout(Duration::from_secs(30))
        .connect(url)
        .await?)
}

async fn connect_sqlite(url: &str) -> Result<Db> {
    let options = SqliteConnectOptions::from_str(url)?
        .create_if_missing(true)
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        // Without it REPLACE would slip past the append-only triggers.
        .pragma("recursive_triggers", "ON")
        .busy_timeout(Duration::from_secs(15));
    let write = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_secs(60))
        .test_before_acquire(false)
        .connect_with(options.clone())
        .await?;
    let read = SqlitePoolOptions::new()
        .max_connections(8)
        .acquire_timeout(Duration::from_secs(30))
        // A file does not hang up; asking first would double each short read.
        .test_before_acquire(false)
        .connect_with(options)
        .await?;
    Ok(Db::Sqlite { read, write })
}

pub(crate) enum TxInner {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// A transaction. What it tells is told when it has been committed; a dropped
/// one is rolled back and tells nothing.
pub struct Tx {
    pub(crate) inner: TxInner,
    clock: Clock,
    watch: Option<Arc<dyn CommitWatch>>,
    live: Arc<LiveHub>,
    subjects: Vec<Uuid>,
    work: bool,
    /// The work whose lease this transaction holds.
    held: Option<WorkId>,
    lease_ms: i64,
    /// What hubs are told, last of all.
    hub_news: Vec<live::HubNews>,
}

impl Tx {
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Commits, then wakes those who follow what has changed.
    pub async fn commit(mut self) -> Result<()> {
        for news in std::mem::take(&mut self.hub_news) {
            self.write_hub_news(news).await?;
        }
        for subject in self.subjects.clone() {
            self.notify("inter_hub_events", &subject.to_string())
                .await?;
        }
        if self.work {
            self.notify("inter_hub_work", "").await?;
        }
        if let Some(watch) = &self.watch {
            watch.before().await;
        }
        match self.inner {
            TxInner::Sqlite(tx) => tx.commit().await?,
            TxInner::Postgres(tx) => tx.commit().await?,
        }
        if let Some(watch) = &self.watch {
            watch.after();
        }
        for subject in self.subjects {
            self.live.wake_events(subject);
        }
        if self.work {
            self.live.wake_work();
        }
        Ok(())
    }

    /// Rolls back. Dropping does the same, later.
    pub async fn rollback(self) -> Result<()> {
        match self.inner {
            TxInner::Sqlite(tx) => tx.rollback().await?,
            TxInner::Postgres(tx) => tx.rollback().await?,
        }
        Ok(())
    }

    pub(crate) fn touch(&mut self, subject: Uuid) {
        if !self.subjects.contains(&subject) {
            self.subjects.push(subject);
        }
    }

    pub(crate) fn touch_work(&mut self) {
        self.work = true;
    }

    /// Tells the other instances when the transaction commits. SQLite has one
    /// instance: nothing to tell.
    async fn notify(&mut self, channel: &str, payload: &str) -> Result<()> {
        if let TxInner::Postgres(tx) = &mut self.inner {
            sqlx::query("SELECT pg_notify($1, $2)")
                .bind(channel)
                .bind(payload)
                .execute(&mut **tx)
                .await?;
        }
        Ok(())
    }
}
