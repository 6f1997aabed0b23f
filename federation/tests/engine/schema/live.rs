//! The schema as the engine tells it.

use std::collections::{BTreeMap, BTreeSet};

use federation::Store;
use federation::store::Db;
use sqlx::{PgPool, SqlitePool};

pub type Schema = BTreeMap<String, Table>;

#[derive(Debug, Default, PartialEq)]
pub struct Table {
    pub columns: BTreeMap<String, Column>,
    pub primary_key: Vec<String>,
    pub unique: BTreeSet<Vec<String>>,
    pub foreign_keys: BTreeSet<ForeignKey>,
    /// The columns of each index over all rows, unique ones and keys too.
    pub indexes: BTreeSet<Vec<String>>,
    /// The words that a CHECK lets into a column.
    pub words: BTreeMap<String, BTreeSet<String>>,
    /// Constraints, indexes and triggers in the engine's own words.
    pub definitions: BTreeSet<String>,
}

#[derive(Debug, PartialEq)]
pub struct Column {
    pub kind: String,
    pub nullable: bool,
    /// Without a cast.
    pub default: Option<String>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ForeignKey {
    pub column: String,
    pub table: String,
    pub target: String,
    pub on_delete: String,
}

pub async fn schema(store: &Store) -> Schema {
    let read = match store.db() {
        Db::Sqlite { read, .. } => sqlite(read).await,
        Db::Postgres(pool) => postgres(pool).await,
    };
    let mut schema = read.expect("the engine tells its schema");
    // Each engine has a search index of its own kind.
    schema.retain(|name, _| !name.starts_with("candidate_search"));
    schema
}

async fn sqlite(pool: &SqlitePool) -> sqlx::Result<Schema> {
    let mut schema = Schema::new();
    let objects: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT type, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL \
         AND tbl_name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND tbl_name <> '_sqlx_migrations'",
    )
    .fetch_all(pool)
    .await?;
    for (kind, name, sql) in objects {
        let table = schema.entry(name).or_default();
        if kind == "table" {
            table.words = checked_words(&sql);
        }
        table.definitions.insert(sql);
    }
    for (name, table) in &mut schema {
        sqlite_columns(pool, name, table).await?;
        sqlite_indexes(pool, name, table).await?;
        let keys: Vec<(String, String, Option<String>, String)> = sqlx::query_as(
            "SELECT \"from\", \"table\", \"to\", on_delete FROM pragma_foreign_key_list($1)",
        )
        .bind(name)
        .fetch_all(pool)
        .await?;
        table.foreign_keys.extend(keys.into_iter().map(foreign_key));
    }
    Ok(schema)
}

async fn sqlite_columns(pool: &SqlitePool, name: &str, table: &mut Table) -> sqlx::Result<()> {
    let columns: Vec<(String, String, bool, Option<String>, i64)> =
        sqlx::query_as("SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_info($1)")
            .bind(name)
            .fetch_all(pool)
            .await?;
    let mut key: Vec<(i64, String)> = Vec::new();
    for (name, kind, not_null, default, place) in columns {
        if place > 0 {
            key.push((place, name.clone()));
        }
        let default = default.map(literal);
        let nullable = !not_null;
        table.columns.insert(
            name,
            Column {
                kind,
                nullable,
                default,
            },
        );
    }
    key.sort();
    table.primary_key = key.into_iter().map(|(_, name)| name).collect();
    Ok(())
}

async fn sqlite_indexes(pool: &SqlitePool, name: &str, table: &mut Table) -> sqlx::Result<()> {
    let indexes: Vec<(String, String)> =
        sqlx::query_as("SELECT name, origin FROM pragma_index_list($1) WHERE NOT partial")
            .bind(name)
            .fetch_all(pool)
            .await?;
    for (index, origin) in indexes {
        let columns: Vec<String> =
            sqlx::query_scalar("SELECT name FROM pragma_index_info($1) ORDER BY seqno")
                .bind(index)
                .fetch_all(pool)
                .await?;
        if origin == "u" {
            table.unique.insert(columns.clone());
        }
        table.indexes.insert(columns);
    }
    Ok(())
}

async fn postgres(pool: &PgPool) -> sqlx::Result<Schema> {
    let mut schema = Schema::new();
    let columns: Vec<(String, String, String, bool, Option<String>)> = sqlx::query_as(
        "SELECT table_name::text, column_name::text, data_type::text, is_nullable = 'YES', column_default::text \
         FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> '_sqlx_migrations'",
    )
    .fetch_all(pool)
    .await?;
    for (table, name, kind, nullable, default) in columns {
        let default = default.map(literal);
        let column = Column {
            kind,
            nullable,
            default,
        };
        schema
            .entry(table)
            .or_default()
            .columns
            .insert(name, column);
    }
    for (name, table) in &mut schema {
        postgres_constraints(pool, name, table).await?;
        let indexes: Vec<Vec<String>> = sqlx::query_scalar(
            "SELECT ARRAY(SELECT a.attname::text FROM unnest(i.indkey) WITH ORDINALITY AS k (number, place) \
             JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number ORDER BY k.place) \
             FROM pg_index i WHERE i.indrelid = $1::regclass AND i.indpred IS NULL AND i.indisvalid",
        )
        .bind(name)
        .fetch_all(pool)
        .await?;
        table.indexes.extend(indexes);
        let definitions: Vec<String> = sqlx::query_scalar(
            "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = $1::regclass AND NOT tgisinternal \
             UNION ALL SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = $1::regclass",
        )
        .bind(name)
        .fetch_all(pool)
        .await?;
        table.definitions.extend(definitions);
    }
    Ok(schema)
}

async fn postgres_constraints(pool: &PgPool, name: &str, table: &mut Table) -> sqlx::Result<()> {
    type Row = (
        String,
        String,
        Vec<String>,
        Option<String>,
        Option<String>,
        String,
    );
    let constraints: Vec<Row> = sqlx::query_as(
        "SELECT c.contype::text, pg_get_constraintdef(c.oid), \
         ARRAY(SELECT a.attname::text FROM unnest(c.conkey) WITH ORDINALITY AS k (number, place) \
          JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number ORDER BY k.place), \
         f.relname::text, \
         (SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.confrelid AND a.attnum = c.confkey[1]), \
         CASE c.confdeltype WHEN 'a' THEN 'NO ACTION' ELSE c.confdeltype::text END \
         FROM pg_constraint c LEFT JOIN pg_class f ON f.oid = c.confrelid WHERE c.conrelid = $1::regclass",
    )
    .bind(name)
    .fetch_all(pool)
    .await?;
    for (kind, definition, mut columns, target, target_column, on_delete) in constraints {
        match kind.as_str() {
            "p" => table.primary_key = columns,
            "u" => drop(table.unique.insert(columns)),
            "f" => {
                let key = (columns.remove(0), target.unwrap(), target_column, on_delete);
                table.foreign_keys.insert(foreign_key(key));
            }
            _ => {
                let words = quoted(&definition);
                if definition.contains("= ANY (ARRAY[") && columns.len() == 1 && !words.is_empty() {
                    table.words.insert(columns.remove(0), words);
                }
            }
        }
        table.definitions.insert(definition);
    }
    Ok(())
}

fn foreign_key(
    (column, table, target, on_delete): (String, String, Option<String>, String),
) -> ForeignKey {
    ForeignKey {
        column,
        table,
        target: target.unwrap_or_else(|| "id".to_owned()),
        on_delete,
    }
}

/// Without the cast, and SQL's own words in lower case.
fn literal(default: String) -> String {
    match default.rsplit_once("::") {
        Some((value, _)) => value.to_owned(),
        None if default.starts_with('\'') => default,
        None => default.to_lowercase(),
    }
}

/// `CHECK (column IN ('a', 'b'))` in a CREATE TABLE.
fn checked_words(sql: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut found = BTreeMap::new();
    for check in sql.split("CHECK (").skip(1) {
        let Some((column, rest)) = check.split_once(" IN (") else {
            continue;
        };
        let is_name = column.chars().all(|c| c.is_alphanumeric() || c == '_');
        let words = quoted(rest.split_once(')').map_or(rest, |(list, _)| list));
        if is_name && !words.is_empty() {
            found.insert(column.to_owned(), words);
        }
    }
    found
}

fn quoted(text: &str) -> BTreeSet<String> {
    text.split('\'')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}
