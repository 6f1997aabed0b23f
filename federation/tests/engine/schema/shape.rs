//! The live catalog against what is written down.

use std::collections::{BTreeMap, BTreeSet};

use super::contract::{Contract, contracts, file_names, migrations};
use super::live::{ForeignKey, Schema, Table, schema};
use crate::common::TestStore;

both_engines!(
    contracts_hold,
    foreign_keys_have_an_index,
    foreign_keys_never_delete,
    migrating_twice_changes_nothing
);

async fn contracts_hold(store: TestStore) {
    let live = schema(&store).await;
    for contract in contracts().values() {
        let name = &contract.table;
        let table = live
            .get(name)
            .unwrap_or_else(|| panic!("{name} is missing"));
        columns_hold(contract, table, store.is_postgres());
        assert_eq!(table.primary_key, contract.primary_key, "{name}");
        let unique: BTreeSet<_> = contract.unique.iter().cloned().collect();
        assert_eq!(table.unique, unique, "UNIQUE of {name}");
        keys_hold(contract, table);
        words_hold(contract, table);
    }
}

/// Further columns are fine where an older insert still fits.
fn columns_hold(contract: &Contract, table: &Table, postgres: bool) {
    for wanted in &contract.columns {
        let what = format!("{}.{}", contract.table, wanted.name);
        let column = table
            .columns
            .get(&wanted.name)
            .unwrap_or_else(|| panic!("{what} is missing"));
        assert_eq!(column.kind, wanted.kind.name(postgres), "type of {what}");
        assert_eq!(column.nullable, wanted.nullable, "nullability of {what}");
        assert_eq!(
            column.default,
            wanted.default_literal(),
            "default of {what}"
        );
    }
    for (name, column) in &table.columns {
        if !is_stated(contract, name) {
            assert!(
                column.nullable || column.default.is_some(),
                "{}.{name} was added without a default: older inserts fail",
                contract.table
            );
        }
    }
}

fn keys_hold(contract: &Contract, table: &Table) {
    let stated = |key: &&ForeignKey| is_stated(contract, &key.column);
    let live: BTreeMap<_, _> = table
        .foreign_keys
        .iter()
        .filter(stated)
        .map(|key| {
            assert_eq!(key.target, "id");
            (key.column.as_str(), key.table.as_str())
        })
        .collect();
    let wanted: BTreeMap<_, _> = contract
        .foreign_keys
        .iter()
        .map(|key| (key.column.as_str(), key.references.as_str()))
        .collect();
    assert_eq!(live, wanted, "foreign keys of {}", contract.table);
}

fn words_hold(contract: &Contract, table: &Table) {
    let live: BTreeMap<_, _> = table
        .words
        .iter()
        .filter(|(column, _)| is_stated(contract, column))
        .map(|(column, words)| (column.clone(), words.clone()))
        .collect();
    let wanted: BTreeMap<String, BTreeSet<String>> = contract
        .checks
        .iter()
        .filter(|(_, check)| !check.words.is_empty())
        .map(|(column, check)| (column.clone(), check.words.iter().cloned().collect()))
        .collect();
    assert_eq!(live, wanted, "checked words of {}", contract.table);
}

fn is_stated(contract: &Contract, column: &str) -> bool {
    contract.columns.iter().any(|stated| stated.name == column)
}

async fn foreign_keys_have_an_index(store: TestStore) {
    let mut without = Vec::new();
    for (name, table) in schema(&store).await {
        for key in &table.foreign_keys {
            if !table.indexes.iter().any(|index| index[0] == key.column) {
                without.push(format!("{name}.{}", key.column));
            }
        }
    }
    assert!(without.is_empty(), "no index begins with {without:?}");
}

async fn foreign_keys_never_delete(store: TestStore) {
    for (name, table) in schema(&store).await {
        for key in &table.foreign_keys {
            assert_eq!(key.on_delete, "NO ACTION", "{name}.{}", key.column);
        }
    }
}

async fn migrating_twice_changes_nothing(store: TestStore) {
    let before = (schema(&store).await, rows_of(&store).await);
    store.migrate().await.unwrap();
    let after = (schema(&store).await, rows_of(&store).await);
    assert_eq!(before, after);
    assert!(before.1["type_registries"] > 0);
    store.ready().await.unwrap();
}

/// How many rows each table has, the list of migrations too.
async fn rows_of(store: &TestStore) -> BTreeMap<String, i64> {
    let mut rows = BTreeMap::new();
    let mut names: Vec<String> = schema(store).await.into_keys().collect();
    names.push("_sqlx_migrations".to_owned());
    for name in names {
        let count = super::rows::count(store, &name).await;
        rows.insert(name, count);
    }
    rows
}

#[test]
fn both_folders_have_the_same_files() {
    let sqlite = file_names(&migrations().join("sqlite"));
    assert_eq!(sqlite, file_names(&migrations().join("postgres")));
    for name in sqlite {
        let (version, _) = name.split_once('_').unwrap();
        assert!(
            version.len() == 10 && version.parse::<u64>().is_ok(),
            "{name}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_engines_have_the_same_tables() {
    let Some(postgres) = crate::common::postgres().await else {
        return;
    };
    let sqlite = crate::common::sqlite().await;
    let (sqlite, postgres) = (schema(&sqlite).await, schema(&postgres).await);
    assert_eq!(columns(&sqlite), columns(&postgres));
    for (name, here) in &sqlite {
        let there = &postgres[name];
        assert_eq!(here.primary_key, there.primary_key, "{name}");
        assert_eq!(here.unique, there.unique, "UNIQUE of {name}");
        assert_eq!(here.foreign_keys, there.foreign_keys, "keys of {name}");
        assert_eq!(here.words, there.words, "checked words of {name}");
    }
}

/// Per column: the type on SQLite, nullability, default.
fn columns(schema: &Schema) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for (table, name, column) in schema
        .iter()
        .flat_map(|(table, it)| it.columns.iter().map(move |(name, c)| (table, name, c)))
    {
        let kind = match column.kind.as_str() {
            "uuid" => "BLOB",
            "text" | "jsonb" | "timestamp with time zone" => "TEXT",
            "boolean" | "integer" | "bigint" => "INTEGER",
            "double precision" => "REAL",
            other => other,
        };
        let told = (kind, column.nullable, &column.default);
        all.insert(format!("{table}.{name}"), format!("{told:?}"));
    }
    all
}
