//! What is written down about a table.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

/// The tables that a later migration may only add columns to.
pub const CORE: [&str; 11] = [
    "hubs",
    "hub_capability_manifests",
    "type_registries",
    "widgets",
    "interaction_events",
    "outcome_signals",
    "requirement_candidates",
    "decision_records",
    "agent_proposals",
    "agent_review_records",
    "confidence_annotations",
];

/// The tables of the federation.
pub const FEDERATION: [&str; 7] = [
    "agent_registrations",
    "model_routing_policies",
    "agent_delegations",
    "collective_proposals",
    "collective_proposal_contributions",
    "ai_governance_policies",
    "agent_performance_records",
];

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    pub table: String,
    pub append_only: bool,
    pub columns: Vec<Column>,
    pub primary_key: Vec<String>,
    pub unique: Vec<Vec<String>>,
    pub foreign_keys: Vec<Reference>,
    pub checks: BTreeMap<String, Check>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: Kind,
    pub nullable: bool,
    pub default: Value,
}

/// A column that names a row of another table by its `id`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    pub column: String,
    pub references: String,
}

/// What a column's CHECK lets in.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Check {
    #[serde(rename = "in")]
    pub words: Vec<String>,
    pub length: Option<(usize, usize)>,
    pub lower_case: bool,
    pub array: bool,
    pub min: Option<i64>,
    pub max: Option<i64>,
}

/// PostgreSQL's types, as far as they are in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Uuid,
    Text,
    Jsonb,
    Timestamptz,
    Boolean,
    Integer,
    Bigint,
    #[serde(rename = "double precision")]
    Double,
}

impl Kind {
    /// The type in the catalog of either engine.
    pub fn name(self, postgres: bool) -> &'static str {
        match (self, postgres) {
            (Self::Uuid, true) => "uuid",
            (Self::Uuid, false) => "BLOB",
            (Self::Text, true) => "text",
            (Self::Jsonb, true) => "jsonb",
            (Self::Timestamptz, true) => "timestamp with time zone",
            (Self::Text | Self::Jsonb | Self::Timestamptz, false) => "TEXT",
            (Self::Boolean, true) => "boolean",
            (Self::Integer, true) => "integer",
            (Self::Bigint, true) => "bigint",
            (Self::Boolean | Self::Integer | Self::Bigint, false) => "INTEGER",
            (Self::Double, true) => "double precision",
            (Self::Double, false) => "REAL",
        }
    }
}

impl Column {
    /// The default as an SQL literal without a cast, in lower case where it is
    /// a word of SQL.
    pub fn default_literal(&self) -> Option<String> {
        match &self.default {
            Value::Null => None,
            Value::String(text) => Some(format!("'{text}'")),
            value if self.kind == Kind::Jsonb => Some(format!("'{value}'")),
            value => Some(value.to_string()),
        }
    }
}

impl Contract {
    pub fn check(&self, column: &str) -> Check {
        self.checks.get(column).cloned().unwrap_or_default()
    }

    pub fn referenced(&self, column: &str) -> Option<&str> {
        self.foreign_keys
            .iter()
            .find(|key| key.column == column)
            .map(|key| key.references.as_str())
    }
}

pub type Contracts = BTreeMap<String, Contract>;

/// The core and the federation.
pub fn contracts() -> Contracts {
    let mut all = core();
    all.extend(list("federation.json"));
    all
}

/// `migrations/contracts/core/*.json`, each named after its table.
pub fn core() -> Contracts {
    let folder = migrations().join("contracts/core");
    let mut found = Contracts::new();
    for name in file_names(&folder) {
        let text = std::fs::read_to_string(folder.join(&name)).unwrap();
        let contract: Contract =
            serde_json::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(name, format!("{}.json", contract.table));
        found.insert(contract.table.clone(), contract);
    }
    found
}

/// A file of this folder with several tables.
pub fn list(name: &str) -> Contracts {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engine/schema");
    let text = std::fs::read_to_string(path.join(name)).unwrap();
    let list: Vec<Contract> = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
    list.into_iter().map(|c| (c.table.clone(), c)).collect()
}

pub fn migrations() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations")
}

/// Sorted.
pub fn file_names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap_or_else(|e| panic!("{}: {e}", folder.display()))
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn every_table_has_its_contract() {
    fn named(contracts: &Contracts) -> Vec<&str> {
        contracts.keys().map(String::as_str).collect()
    }
    let sorted = |mut names: Vec<&'static str>| {
        names.sort_unstable();
        names
    };
    assert_eq!(named(&core()), sorted(CORE.to_vec()));
    let federation = list("federation.json");
    assert_eq!(named(&federation), sorted(FEDERATION.to_vec()));
}
