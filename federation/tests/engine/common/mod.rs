//! A migrated store of its own for each test, on either engine.
//!
//! PostgreSQL needs `TEST_DATABASE_URL`, which names a server (see
//! `scripts/pg`). Without it those tests only say that they were skipped;
//! `REQUIRE_POSTGRES=1` makes them fail instead.

use std::ops::Deref;

use federation::{Clock, Store};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;
use uuid::Uuid;

/// A store in a file or database of its own, which goes when it is dropped.
pub struct TestStore {
    pub store: Store,
    url: String,
    home: Home,
}

enum Home {
    Folder(#[expect(dead_code, reason = "held for its drop")] TempDir),
    Database { server: String, name: String },
}

impl Deref for TestStore {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

impl TestStore {
    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn is_postgres(&self) -> bool {
        matches!(self.home, Home::Database { .. })
    }

    /// The same database seen by another instance, with pools of its own.
    pub async fn another(&self) -> Store {
        self.another_at(Clock::system()).await
    }

    pub async fn another_at(&self, clock: Clock) -> Store {
        Store::connect(&self.url, clock).await.expect("connect")
    }
}

impl Drop for TestStore {
    fn drop(&mut self) {
        if let Home::Database { server, name } = &self.home {
            let (server, name) = (server.clone(), name.clone());
            // The test's own runtime may be going down: another one, on another thread.
            let dropped = std::thread::spawn(move || drop_database(&server, &name)).join();
            if !matches!(dropped, Ok(Ok(()))) {
                eprintln!("a test database was left behind: {dropped:?}");
            }
        }
    }
}

fn drop_database(server: &str, name: &str) -> Result<(), sqlx::Error> {
    let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(sqlx::Error::Io)?
        .block_on(async {
            let mut connection = PgConnection::connect(server).await?;
            sqlx::query(AssertSqlSafe(drop))
                .execute(&mut connection)
                .await?;
            connection.close().await
        })
}

/// A migrated store in a file of its own.
pub async fn sqlite() -> TestStore {
    sqlite_at(Clock::system()).await
}

pub async fn sqlite_at(clock: Clock) -> TestStore {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("sqlite://{}", folder.path().join("hub.db").display());
    open(url, clock, Home::Folder(folder)).await
}

/// A migrated store in a database of its own; `None` where no server is named.
pub async fn postgres() -> Option<TestStore> {
    postgres_at(Clock::system()).await
}

pub async fn postgres_at(clock: Clock) -> Option<TestStore> {
    let server = server()?;
    let id: Uuid = Clock::system().id();
    let name = format!("ih_test_{}", id.simple());
    let mut connection = PgConnection::connect(&server)
        .await
        .expect("TEST_DATABASE_URL names a server that answers");
    sqlx::query(AssertSqlSafe(format!(
        "CREATE DATABASE {name} TEMPLATE template0"
    )))
    .execute(&mut connection)
    .await
    .expect("a database for the test");
    connection.close().await.expect("close");
    let url = with_database(&server, &name);
    Some(open(url, clock, Home::Database { server, name }).await)
}

async fn open(url: String, clock: Clock, home: Home) -> TestStore {
    let store = Store::connect(&url, clock).await.expect("connect");
    let store = TestStore { store, url, home };
    store.migrate().await.expect("migrate");
    store
}

fn server() -> Option<String> {
    let url = std::env::var("TEST_DATABASE_URL").unwrap_or_default();
    if !url.is_empty() {
        return Some(url);
    }
    let required = std::env::var("REQUIRE_POSTGRES").is_ok_and(|value| value == "1");
    assert!(!required, "REQUIRE_POSTGRES=1 needs TEST_DATABASE_URL");
    eprintln!("skipped on PostgreSQL: TEST_DATABASE_URL is not set");
    None
}

/// The URL with another database in its path.
fn with_database(url: &str, name: &str) -> String {
    let (base, options) = match url.split_once('?') {
        Some((base, options)) => (base, format!("?{options}")),
        None => (url, String::new()),
    };
    let start = base.find("://").map_or(0, |at| at + 3);
    let end = base[start..].find('/').map_or(base.len(), |at| start + at);
    format!("{}/{name}{options}", &base[..end])
}

/// Makes two tests of each `async fn name(store: TestStore)`: one on SQLite,
/// one on PostgreSQL. Needs `mod common;` at the root of the test.
macro_rules! both_engines {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    super::$name($crate::common::sqlite().await).await;
                }
            )+
        }
        mod postgres {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    if let Some(store) = $crate::common::postgres().await {
                        super::$name(store).await;
                    }
                }
            )+
        }
    };
}
