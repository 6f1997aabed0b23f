//! What was written there stays as it was written.

use federation::store::Db;
use sqlx::AssertSqlSafe;

use super::contract::{Contract, Contracts, contracts, list};
use super::rows::{Rows, count, write};
use crate::common::TestStore;

both_engines!(rows_stay_as_they_are);

const TABLES: [&str; 8] = [
    "agent_proposal_answers",
    "agent_review_records",
    "agent_versions",
    "audit_entries",
    "interaction_events",
    "outcome_signals",
    "own_judgements",
    "run_events",
];

fn all() -> Contracts {
    let mut all = contracts();
    all.extend(list("records.json"));
    all
}

#[test]
fn these_tables_are_append_only() {
    let all = all();
    let stated: Vec<&str> = all
        .values()
        .filter(|contract| contract.append_only)
        .map(|contract| contract.table.as_str())
        .collect();
    assert_eq!(stated, TABLES);
}

async fn rows_stay_as_they_are(store: TestStore) {
    let all = all();
    let mut rows = Rows::new(&store, &all);
    for table in TABLES {
        rows.insert(table, &[]).await.unwrap();
        for statement in changes(&all[table], store.is_postgres()) {
            refused(&store, &statement).await;
            assert_eq!(count(&store, table).await, 1, "after {statement}");
        }
    }
    if store.is_postgres() {
        refused(&store, "TRUNCATE hubs CASCADE").await;
        refused(&store, "TRUNCATE live_subjects CASCADE").await;
    }
    // New rows are welcome.
    for table in TABLES {
        rows.insert(table, &[]).await.unwrap();
        assert_eq!(count(&store, table).await, 2);
    }
}

/// Every way to change or take away a row.
fn changes(contract: &Contract, postgres: bool) -> Vec<String> {
    let table = &contract.table;
    let key = contract.primary_key.join(", ");
    let column = &contract.columns.last().unwrap().name;
    let mut all = vec![
        format!("UPDATE {table} SET {column} = {column}"),
        format!("DELETE FROM {table}"),
        format!("DELETE FROM {table} WHERE {column} IS NOT NULL"),
        format!(
            "INSERT INTO {table} SELECT * FROM {table} WHERE TRUE \
             ON CONFLICT ({key}) DO UPDATE SET {column} = excluded.{column}"
        ),
    ];
    all.extend(if postgres {
        vec![
            format!("TRUNCATE {table}"),
            format!("TRUNCATE {table} CASCADE"),
        ]
    } else {
        vec![
            format!("INSERT OR REPLACE INTO {table} SELECT * FROM {table}"),
            format!("REPLACE INTO {table} SELECT * FROM {table}"),
            format!("UPDATE OR REPLACE {table} SET {column} = {column}"),
        ]
    });
    all
}

/// On each pool: SQLite's reading one can write too.
async fn refused(store: &TestStore, statement: &str) {
    let mut answers = vec![write(store, statement).await];
    if let Db::Sqlite { read, .. } = store.db() {
        let done = sqlx::query(AssertSqlSafe(statement.to_owned()))
            .execute(read)
            .await;
        answers.push(done.map(|done| done.rows_affected()));
    }
    for answer in answers {
        match answer {
            Ok(rows) => panic!("{statement} changed {rows} rows"),
            Err(e) => assert!(e.to_string().contains("append-only"), "{statement}: {e}"),
        }
    }
}
