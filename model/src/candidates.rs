//! Requirement candidates: what might be built, and what came of it.

use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};

use crate::{
    CandidateId, CandidateStatus, DecisionRecordId, DecisionRecordStatus, HubId, ProposalId,
    WidgetId, validate,
};

/// Something that might be built.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Candidate {
    pub id: CandidateId,
    pub hub_id: HubId,
    /// The part of the product that it is about.
    pub source_widget_id: Option<WidgetId>,
    pub title: String,
    pub body: String,
    pub status: CandidateStatus,
    /// The agent proposal that became this candidate when it was accepted.
    pub source_proposal_id: Option<ProposalId>,
    /// A policy accepted that proposal, without a person; a reviewer can undo
    /// it.
    #[cfg_attr(feature = "sqlx", sqlx(default))]
    #[serde(default)]
    pub auto_applied: bool,
    /// Who made it; unknown for the oldest ones.
    pub created_by: Option<String>,
    /// Raised by one with every change.
    pub version: i32,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewCandidate {
    #[garde(skip)]
    pub hub_id: HubId,
    /// In the same hub.
    #[serde(default)]
    #[garde(skip)]
    pub source_widget_id: Option<WidgetId>,
    #[garde(custom(validate::name))]
    pub title: String,
    #[garde(custom(validate::body))]
    pub body: String,
    /// `open` where it is left out.
    #[serde(default)]
    #[garde(skip)]
    pub status: Option<CandidateStatus>,
}

/// What of a candidate is to change; what is left out stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CandidatePatch {
    /// `null` takes the widget away.
    #[serde(
        default,
        deserialize_with = "validate::nullable",
        skip_serializing_if = "Option::is_none"
    )]
    #[garde(skip)]
    pub source_widget_id: Option<Option<WidgetId>>,
    #[serde(default)]
    #[garde(custom(validate::maybe_name))]
    pub title: Option<String>,
    #[serde(default)]
    #[garde(custom(validate::maybe_body))]
    pub body: Option<String>,
    #[serde(default)]
    #[garde(skip)]
    pub status: Option<CandidateStatus>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CandidateFilter {
    pub hub_id: Option<HubId>,
    pub status: Option<CandidateStatus>,
    pub source_widget_id: Option<WidgetId>,
    /// A part of the title or the body, in whatever case.
    pub q: Option<String>,
}

/// A candidate by its title.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CandidateName {
    pub id: CandidateId,
    pub title: String,
}

/// A candidate with what hangs on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CandidateDetail {
    #[serde(flatten)]
    pub candidate: Candidate,
    /// The one that stays in its place.
    pub duplicate_of: Option<CandidateName>,
    /// Those in whose place it stays, newest first.
    pub duplicates: Vec<CandidateName>,
    pub decisions: Vec<DecisionRecordName>,
}

/// A decision record by its title.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DecisionRecordName {
    pub id: DecisionRecordId,
    pub title: String,
    pub status: DecisionRecordStatus,
}
