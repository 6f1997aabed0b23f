//! What the database refuses, tried out: the core and the federation.

use super::contract::{Check, Contract, Contracts, Kind, contracts};
use super::rows::{Refusal, Rows, quote, write};
use crate::common::TestStore;

both_engines!(
    words_are_checked,
    limits_are_checked,
    types_are_checked,
    nulls_are_refused,
    foreign_keys_are_enforced,
    keys_are_unique,
    a_hub_with_rows_stays
);

/// Every column of every table, with its check.
fn each_column(contracts: &Contracts) -> Vec<(&Contract, &super::contract::Column, Check)> {
    contracts
        .values()
        .flat_map(|table| table.columns.iter().map(move |column| (table, column)))
        .map(|(table, column)| (table, column, table.check(&column.name)))
        .collect()
}

async fn words_are_checked(store: TestStore) {
    let contracts = contracts();
    let mut rows = Rows::new(&store, &contracts);
    for (table, column, check) in each_column(&contracts) {
        let (table, column) = (&table.table, &column.name);
        for word in &check.words {
            let inserted = rows.insert(table, &[(column, quote(word))]).await;
            inserted.unwrap_or_else(|e| panic!("{table}.{column} refuses {word}: {e}"));
        }
        if let Some(first) = check.words.first() {
            for bad in [
                String::new(),
                "no such word".to_owned(),
                first.to_uppercase(),
            ] {
                let refusal = rows.refused(table, column, &quote(&bad)).await;
                assert_eq!(refusal, Refusal::Check, "{table}.{column} = {bad}");
            }
        }
    }
}

async fn limits_are_checked(store: TestStore) {
    let contracts = contracts();
    let mut rows = Rows::new(&store, &contracts);
    for (table, column, check) in each_column(&contracts) {
        let (good, bad) = at_the_limits(&check);
        for value in good {
            let inserted = rows.insert(&table.table, &[(&column.name, value)]).await;
            inserted.unwrap_or_else(|e| panic!("{}.{}: {e}", table.table, column.name));
        }
        for value in bad {
            let refusal = rows.refused(&table.table, &column.name, &value).await;
            assert_eq!(refusal, Refusal::Check, "{}.{}", table.table, column.name);
        }
    }
}

/// Literals that just fit and just do not.
fn at_the_limits(check: &Check) -> (Vec<String>, Vec<String>) {
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    if let Some((least, most)) = check.length {
        good.extend([quote(&"a".repeat(least)), quote(&"ä".repeat(most))]);
        bad.extend([quote(&"a".repeat(least - 1)), quote(&"a".repeat(most + 1))]);
    }
    if check.lower_case {
        bad.push(quote("Upper"));
    }
    if check.array {
        good.push(quote(r#"["read"]"#));
        bad.extend([quote("{}"), quote("null"), quote(r#""read""#)]);
    }
    if let Some(least) = check.min {
        good.push(least.to_string());
        bad.push((least - 1).to_string());
    }
    if let Some(most) = check.max {
        good.push(most.to_string());
        bad.extend([(most + 1).to_string(), format!("{most}.001")]);
    }
    (good, bad)
}

/// A word is no number, no truth and no id, and half a JSON is none.
async fn types_are_checked(store: TestStore) {
    let contracts = contracts();
    let mut rows = Rows::new(&store, &contracts);
    for (table, column, _) in each_column(&contracts) {
        let bad: &[&str] = match column.kind {
            Kind::Text => continue,
            // Text on SQLite.
            Kind::Timestamptz if store.is_postgres() => &["'word'"],
            Kind::Timestamptz => &["x'00'"],
            Kind::Jsonb => &["'{'", "'word'"],
            Kind::Boolean => &["'word'", "2"],
            Kind::Integer | Kind::Bigint | Kind::Double => &["'word'"],
            Kind::Uuid => &["'word'"],
        };
        for value in bad {
            rows.refused(&table.table, &column.name, value).await;
        }
    }
}

async fn nulls_are_refused(store: TestStore) {
    let contracts = contracts();
    let mut rows = Rows::new(&store, &contracts);
    for (table, column, _) in each_column(&contracts) {
        if !column.nullable {
            let refusal = rows.refused(&table.table, &column.name, "NULL").await;
            assert_eq!(refusal, Refusal::NotNull, "{}.{}", table.table, column.name);
        }
    }
}

async fn foreign_keys_are_enforced(store: TestStore) {
    let contracts = contracts();
    let mut rows = Rows::new(&store, &contracts);
    for contract in contracts.values() {
        let table = &contract.table;
        for key in &contract.foreign_keys {
            let nobody = rows.id();
            let refusal = rows.refused(table, &key.column, &nobody).await;
            assert_eq!(refusal, Refusal::ForeignKey, "{table}.{}", key.column);
        }
    }
}

async fn keys_are_unique(store: TestStore) {
    let contracts = contracts();
    let mut rows = Rows::new(&store, &contracts);
    for contract in contracts.values() {
        for columns in contract.unique.iter().chain([&contract.primary_key]) {
            let table = &contract.table;
            let first = rows.row(contract, &[]).await;
            write(&store, &super::rows::insertion(table, &first))
                .await
                .unwrap();
            let same: Vec<(&str, String)> = first
                .iter()
                .filter(|(name, _)| columns.contains(name))
                .map(|(name, value)| (name.as_str(), value.clone()))
                .collect();
            assert_eq!(rows.all_refused(table, &same).await, Refusal::Unique);
            // All but one of them may be the same.
            for at in 0..same.len() {
                let mut other = same.clone();
                other[at].1 = rows.another(contract, other[at].0).await;
                rows.insert(table, &other).await.unwrap();
            }
        }
    }
}

async fn a_hub_with_rows_stays(store: TestStore) {
    let contracts = contracts();
    let mut rows = Rows::new(&store, &contracts);
    rows.insert("widgets", &[]).await.unwrap();
    let refused = write(&store, "DELETE FROM hubs").await.unwrap_err();
    assert!(
        refused
            .as_database_error()
            .is_some_and(|e| e.is_foreign_key_violation()),
        "{refused}"
    );
}
