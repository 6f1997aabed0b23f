//! Rows made from what is written down, one wrong value at a time.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;

use federation::Store;
use federation::store::Db;
use sqlx::AssertSqlSafe;
use sqlx::error::ErrorKind;
use uuid::Uuid;

use super::contract::{Column, Contract, Contracts, Kind};
use crate::common::TestStore;

/// Writes rows that fit their contracts. SQL literals, not bound values: the
/// engine's own conversions are under test.
pub struct Rows<'a> {
    store: &'a TestStore,
    contracts: &'a Contracts,
    parents: BTreeMap<String, String>,
    made: i64,
}

type Boxed<'f, T> = Pin<Box<dyn Future<Output = T> + Send + 'f>>;

impl<'a> Rows<'a> {
    pub fn new(store: &'a TestStore, contracts: &'a Contracts) -> Self {
        Self {
            store,
            contracts,
            parents: BTreeMap::new(),
            made: 0,
        }
    }

    /// Inserts a row with every column filled, but for what `with` says.
    pub async fn insert(&mut self, table: &str, with: &[(&str, String)]) -> sqlx::Result<String> {
        let contract = self.contracts[table].clone();
        let row = self.row(&contract, with).await;
        write(self.store, &insertion(table, &row)).await?;
        Ok(row[0].1.clone())
    }

    /// Why a row with this value was refused; panics where it was not.
    pub async fn refused(&mut self, table: &str, column: &str, value: &str) -> Refusal {
        self.all_refused(table, &[(column, value.to_owned())]).await
    }

    pub async fn all_refused(&mut self, table: &str, with: &[(&str, String)]) -> Refusal {
        match self.insert(table, with).await {
            Ok(_) => panic!("{table} took {with:?}"),
            Err(error) => Refusal::of(error, &format!("{table} with {with:?}")),
        }
    }

    /// A row that fits, as columns and literals.
    pub async fn row(
        &mut self,
        contract: &Contract,
        with: &[(&str, String)],
    ) -> Vec<(String, String)> {
        let mut row = Vec::new();
        for column in &contract.columns {
            let given = with.iter().find(|(name, _)| *name == column.name);
            let value = match (given, contract.referenced(&column.name)) {
                (Some((_, value)), _) => value.clone(),
                (None, Some(parent)) => self.parent(parent.to_owned()).await,
                (None, None) => self.value(contract, column),
            };
            row.push((column.name.clone(), value));
        }
        row
    }

    /// Another value than the one a row has, which fits too.
    pub async fn another(&mut self, contract: &Contract, name: &str) -> String {
        if let Some(parent) = contract.referenced(name) {
            return self.insert(parent, &[]).await.unwrap();
        }
        if let Some(word) = contract.check(name).words.last() {
            return quote(word);
        }
        let column = contract.columns.iter().find(|c| c.name == name).unwrap();
        self.value(contract, column)
    }

    fn parent(&mut self, table: String) -> Boxed<'_, String> {
        Box::pin(async move {
            if let Some(id) = self.parents.get(&table) {
                return id.clone();
            }
            let id = self.insert(&table, &[]).await.unwrap();
            self.parents.insert(table, id.clone());
            id
        })
    }

    fn value(&mut self, contract: &Contract, column: &Column) -> String {
        let check = contract.check(&column.name);
        self.made += 1;
        match column.kind {
            Kind::Uuid => self.id(),
            Kind::Text => match check.words.first() {
                Some(word) => quote(word),
                None => format!("'word-{}'", self.made),
            },
            Kind::Jsonb if check.array => "'[]'".to_owned(),
            Kind::Jsonb => "'{}'".to_owned(),
            Kind::Timestamptz => "'2026-01-02T03:04:05.000006+00:00'".to_owned(),
            Kind::Boolean => "TRUE".to_owned(),
            Kind::Integer | Kind::Bigint => self.made.to_string(),
            Kind::Double => "0.5".to_owned(),
        }
    }

    /// A new id.
    pub fn id(&self) -> String {
        let id: Uuid = self.store.clock().id();
        if self.store.is_postgres() {
            format!("'{id}'")
        } else {
            format!("x'{}'", id.simple())
        }
    }
}

pub fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

pub fn insertion(table: &str, row: &[(String, String)]) -> String {
    let columns: Vec<&str> = row.iter().map(|(column, _)| column.as_str()).collect();
    let values: Vec<&str> = row.iter().map(|(_, value)| value.as_str()).collect();
    format!(
        "INSERT INTO {table} ({}) VALUES ({})",
        columns.join(", "),
        values.join(", ")
    )
}

/// Runs one statement on the connection that writes; gives the rows changed.
pub async fn write(store: &Store, sql: &str) -> sqlx::Result<u64> {
    let sql = AssertSqlSafe(sql.to_owned());
    Ok(match store.db() {
        Db::Sqlite { write, .. } => sqlx::query(sql).execute(write).await?.rows_affected(),
        Db::Postgres(pool) => sqlx::query(sql).execute(pool).await?.rows_affected(),
    })
}

pub async fn count(store: &Store, table: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM {table}");
    match store.db() {
        Db::Sqlite { write, .. } => sqlx::query_scalar(AssertSqlSafe(sql))
            .fetch_one(write)
            .await
            .unwrap(),
        Db::Postgres(pool) => sqlx::query_scalar(AssertSqlSafe(sql))
            .fetch_one(pool)
            .await
            .unwrap(),
    }
}

/// Why the database refused a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    Check,
    ForeignKey,
    NotNull,
    Unique,
    Other,
}

impl Refusal {
    fn of(error: sqlx::Error, what: &str) -> Self {
        let sqlx::Error::Database(error) = error else {
            panic!("{what}: {error}");
        };
        match error.kind() {
            ErrorKind::CheckViolation => Self::Check,
            ErrorKind::ForeignKeyViolation => Self::ForeignKey,
            ErrorKind::NotNullViolation => Self::NotNull,
            ErrorKind::UniqueViolation => Self::Unique,
            _ => Self::Other,
        }
    }
}
