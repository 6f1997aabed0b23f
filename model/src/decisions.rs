//! Decision records: what was decided, and why.

use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    AgentId, CandidateId, CandidateName, DecisionRecordId, DecisionRecordStatus, HubId,
    ImplementationId, ProposalId, validate,
};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DecisionRecord {
    pub id: DecisionRecordId,
    pub hub_id: HubId,
    /// The candidate on which it decides.
    pub requirement_candidate_id: Option<CandidateId>,
    pub title: String,
    /// What was known when it was decided.
    pub context: String,
    pub decision: String,
    pub status: DecisionRecordStatus,
    /// Who made it; unknown for the oldest ones.
    pub created_by: Option<String>,
    /// Raised by one with every change.
    pub version: i32,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A decision record with what hangs on it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DecisionRecordDetail {
    #[serde(flatten)]
    pub record: DecisionRecord,
    pub candidate: Option<CandidateName>,
    /// Accepted implementations that stand, newest first.
    pub implementations: Vec<DecisionImplementation>,
}

/// An implementation that was accepted and that stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DecisionImplementation {
    pub id: ImplementationId,
    pub decision_record_id: DecisionRecordId,
    /// The proposal that it came from.
    pub proposal_id: ProposalId,
    #[cfg_attr(feature = "sqlx", sqlx(json))]
    pub content: Value,
    pub agent_registration_id: Option<AgentId>,
    pub agent_name: Option<String>,
    /// Accepted by a policy, without a person; a reviewer can undo it.
    pub auto_applied: bool,
    pub created_at: DateTime<Utc>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewDecisionRecord {
    #[garde(skip)]
    pub hub_id: HubId,
    /// In the same hub.
    #[serde(default)]
    #[garde(skip)]
    pub requirement_candidate_id: Option<CandidateId>,
    #[garde(custom(validate::name))]
    pub title: String,
    #[garde(custom(validate::body))]
    pub context: String,
    #[garde(custom(validate::body))]
    pub decision: String,
    /// `proposed` where it is left out.
    #[serde(default)]
    #[garde(skip)]
    pub status: Option<DecisionRecordStatus>,
}

/// What of a decision record is to change; what is left out stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DecisionRecordPatch {
    /// `null` takes the candidate away.
    #[serde(
        default,
        deserialize_with = "validate::nullable",
        skip_serializing_if = "Option::is_none"
    )]
    #[garde(skip)]
    pub requirement_candidate_id: Option<Option<CandidateId>>,
    #[serde(default)]
    #[garde(custom(validate::maybe_name))]
    pub title: Option<String>,
    #[serde(default)]
    #[garde(custom(validate::maybe_body))]
    pub context: Option<String>,
    #[serde(default)]
    #[garde(custom(validate::maybe_body))]
    pub decision: Option<String>,
    #[serde(default)]
    #[garde(skip)]
    pub status: Option<DecisionRecordStatus>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionRecordFilter {
    pub hub_id: Option<HubId>,
    pub status: Option<DecisionRecordStatus>,
    pub requirement_candidate_id: Option<CandidateId>,
    /// A part of the title, the context or the decision, in whatever case.
    pub q: Option<String>,
}
