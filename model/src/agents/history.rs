//! What changed from one version of an agent to the next.

use serde::{Deserialize, Serialize};

use super::AgentVersion;
use crate::LineKind;

/// A version with what it changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentVersionRow {
    #[serde(flatten)]
    pub version: AgentVersion,
    /// Against the version before; empty in the first one.
    pub changes: Vec<AgentChange>,
}

/// A field that changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentChange {
    /// By its name in the API.
    pub field: String,
    /// What it was, where the field is one line.
    pub before: Option<String>,
    pub after: Option<String>,
    /// Of a list: what came.
    pub added: Vec<String>,
    /// Of a list: what went.
    pub removed: Vec<String>,
    /// Of a long text: the changed lines with some around them.
    pub lines: Vec<DiffLine>,
}

/// A line of a changed text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DiffLine {
    pub kind: LineKind,
    /// The line; for `skipped` the number of lines that are left out.
    pub text: String,
}
