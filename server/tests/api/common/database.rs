//! A database for one test: a file, or a database of its own on PostgreSQL.

use federation::Clock;
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;
use uuid::Uuid;

pub struct Database {
    pub url: String,
    place: Place,
}

enum Place {
    File(#[allow(dead_code)] TempDir),
    Postgres { server: String, name: String },
}

impl Database {
    /// One of each engine that this run has.
    pub async fn all() -> Vec<Self> {
        let mut all = vec![Self::file()];
        if let Ok(server) = std::env::var("TEST_DATABASE_URL") {
            all.push(Self::postgres(server).await);
        }
        all
    }

    pub fn file() -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self {
            url: format!("sqlite://{}", dir.path().join("hub.db").display()),
            place: Place::File(dir),
        }
    }

    async fn postgres(server: String) -> Self {
        let name = format!("inter_hub_server_{}", Clock::system().id::<Uuid>().simple());
        execute(&server, format!("CREATE DATABASE {name}")).await;
        let (before, query) = match server.split_once('?') {
            Some((before, query)) => (before, format!("?{query}")),
            None => (server.as_str(), String::new()),
        };
        let (host, _) = before.rsplit_once('/').unwrap();
        Self {
            url: format!("{host}/{name}{query}"),
            place: Place::Postgres { server, name },
        }
    }

    pub async fn drop(self) {
        if let Place::Postgres { server, name } = self.place {
            execute(&server, format!("DROP DATABASE {name} WITH (FORCE)")).await;
        }
    }
}

async fn execute(url: &str, statement: String) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    // The name is the harness's own.
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement))
        .execute(&mut connection)
        .await
        .unwrap();
}
