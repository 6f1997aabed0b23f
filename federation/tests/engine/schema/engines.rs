//! What the rules lean on in the connections themselves.

use federation::store::Db;
use sqlx::{AssertSqlSafe, SqlitePool};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_connections_enforce_the_rules() {
    let store = crate::common::sqlite().await;
    let Db::Sqlite { read, write } = store.db() else {
        panic!("not SQLite");
    };
    for pool in [read, write] {
        assert_eq!(number(pool, "foreign_keys").await, 1);
        assert_eq!(number(pool, "recursive_triggers").await, 1);
        // 2 is FULL: a commit is on the disk.
        assert_eq!(number(pool, "synchronous").await, 2);
        let mode: String = sqlx::query_scalar("PRAGMA journal_mode")
            .fetch_one(pool)
            .await
            .unwrap();
        assert_eq!(mode, "wal");
    }
    let loose: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM pragma_table_list WHERE type = 'table' AND NOT strict \
         AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> '_sqlx_migrations'",
    )
    .fetch_all(read)
    .await
    .unwrap();
    assert!(loose.is_empty(), "not STRICT: {loose:?}");
}

async fn number(pool: &SqlitePool, pragma: &str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(format!("PRAGMA {pragma}")))
        .fetch_one(pool)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_keeps_utf8() {
    let Some(store) = crate::common::postgres().await else {
        return;
    };
    let Db::Postgres(pool) = store.db() else {
        panic!("not PostgreSQL");
    };
    let encoding: String = sqlx::query_scalar("SHOW server_encoding")
        .fetch_one(pool)
        .await
        .unwrap();
    assert_eq!(encoding, "UTF8");
}
