//! Migrations only expand: none that comes after the core may change it.

use super::contract::{CORE, file_names, migrations};

/// The last migration that the contracts state.
const LAST_OF_CONTRACTS: &str = "1744156800_ihf_phase11_ai_federation.sql";

#[test]
fn later_migrations_leave_the_core_alone() {
    let mut broken = Vec::new();
    for engine in ["sqlite", "postgres"] {
        let folder = migrations().join(engine);
        let names = file_names(&folder);
        assert!(names.iter().any(|name| name == LAST_OF_CONTRACTS));
        // The phase 11 migration itself only adds columns to the core.
        for name in names.iter().skip(1) {
            let sql = std::fs::read_to_string(folder.join(name)).unwrap();
            broken.extend(
                offences(&sql)
                    .into_iter()
                    .map(|what| format!("{engine}/{name}: {what}")),
            );
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// Statements that take from the core, or change it, or what it holds.
fn offences(sql: &str) -> Vec<String> {
    statements(sql)
        .into_iter()
        .filter(|words| is_offence(words))
        .map(|words| words.join(" "))
        .collect()
}

fn is_offence(words: &[String]) -> bool {
    let has = |wanted: &str| words.iter().any(|word| word == wanted);
    let names_core = words.iter().any(|word| {
        let of_core = |table: &str| word == table || word.starts_with(&format!("{table}_no_"));
        CORE.iter().any(|table| of_core(table))
    });
    let begins = |wanted: &[&str]| words.iter().zip(wanted).all(|(word, w)| word == w);
    if has("writable_schema") || has("refuse_change") && (has("drop") || has("replace")) {
        return true;
    }
    if !names_core {
        return false;
    }
    if begins(&["alter", "table"]) {
        // ALTER TABLE name ADD COLUMN …, and an older insert still fits.
        let adds = words.len() > 5 && words[3] == "add" && words[4] == "column";
        let not_null = words.windows(2).any(|pair| pair == ["not", "null"]);
        return !adds || (not_null && !has("default")) || has("unique") || has("drop");
    }
    let takes = ["drop", "rename", "truncate", "disable"];
    takes.iter().any(|word| has(word))
        || begins(&["update"])
        || begins(&["delete"])
        // One that runs afterwards and refuses nothing may keep an index.
        || begins(&["create", "trigger"]) && (words.get(3).is_none_or(|w| w != "after") || has("raise"))
        || begins(&["create", "unique"])
}

/// Each statement's words in lower case, without comments and punctuation.
fn statements(sql: &str) -> Vec<Vec<String>> {
    let bare: Vec<&str> = sql
        .lines()
        .map(|line| line.split("--").next().unwrap_or_default())
        .collect();
    bare.join("\n")
        .split(';')
        .map(|statement| {
            statement
                .split(|c: char| !(c.is_alphanumeric() || c == '_'))
                .filter(|word| !word.is_empty())
                .map(str::to_lowercase)
                .collect::<Vec<String>>()
        })
        .filter(|words| !words.is_empty())
        .collect()
}

#[test]
fn offences_are_seen() {
    for bad in [
        "DROP TABLE widgets;",
        "drop table if exists \"hubs\"",
        "ALTER TABLE widgets DROP COLUMN title;",
        "ALTER TABLE widgets\n  RENAME TO gadgets;",
        "ALTER TABLE hubs RENAME COLUMN name TO title;",
        "ALTER TABLE hubs ALTER COLUMN name DROP NOT NULL;",
        "ALTER TABLE hubs ADD COLUMN x INTEGER, DROP COLUMN name;",
        "ALTER TABLE hubs ADD CONSTRAINT short CHECK (length(name) < 5);",
        "ALTER TABLE hubs ADD COLUMN x TEXT NOT NULL;",
        "ALTER TABLE hubs ADD COLUMN x TEXT UNIQUE;",
        "ALTER TABLE new_widgets RENAME TO widgets;",
        "ALTER TABLE interaction_events DISABLE TRIGGER ALL;",
        "DROP TRIGGER interaction_events_no_update;",
        "DROP TRIGGER outcome_signals_no_change ON outcome_signals;",
        "CREATE TRIGGER one BEFORE INSERT ON widgets BEGIN SELECT 1",
        "CREATE TRIGGER one AFTER INSERT ON widgets BEGIN SELECT RAISE(ABORT, 'no')",
        "CREATE UNIQUE INDEX one ON widgets (title);",
        "UPDATE agent_proposals SET status = 'failed';",
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger AS 'x'",
        "PRAGMA writable_schema = ON;",
    ] {
        assert_eq!(offences(bad).len(), 1, "{bad}");
    }
}

#[test]
fn additions_are_welcome() {
    for good in [
        "ALTER TABLE hubs ADD COLUMN motto TEXT;",
        "ALTER TABLE hubs ADD COLUMN x TEXT NOT NULL DEFAULT 'a' CHECK (x IN ('a'));",
        "ALTER TABLE widgets ADD COLUMN parent_id UUID REFERENCES widgets (id);",
        "CREATE INDEX widgets_title ON widgets (title);",
        "CREATE TABLE gadgets (id UUID REFERENCES widgets (id));",
        "CREATE TRIGGER one AFTER INSERT ON widgets BEGIN INSERT INTO gadgets VALUES (new.id)",
        "-- DROP TABLE widgets;\nSELECT 1;",
        "DROP TABLE work_items;",
    ] {
        assert!(offences(good).is_empty(), "{good}");
    }
}
