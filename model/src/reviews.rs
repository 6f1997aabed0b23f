//! What a person is shown of an agent proposal to decide on it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    CandidateId, CandidateStatus, ConfidenceAnnotation, DecisionRecordId, ImplementationId,
    OwnJudgement, Proposal, ProposalReview, ProposalSource, SummaryId, WidgetId,
};

/// An agent proposal with all that a reviewer needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReviewDetail {
    pub proposal: Proposal,
    /// What it is about.
    pub source: Option<ProposalSource>,
    /// Oldest first.
    pub reviews: Vec<ProposalReview>,
    /// How sure agent and people are; newest first.
    pub annotations: Vec<ConfidenceAnnotation>,
    /// The caller's own, of this round.
    pub own_judgement: Option<OwnJudgement>,
    /// What accepting it left in the hub.
    pub effects: Vec<Effect>,
    /// Of a report on duplicates: its source and those that it names.
    pub candidates: Vec<CandidateBrief>,
    /// Whether the caller can take the decision back now.
    pub can_undo: bool,
}

/// A requirement candidate as a report on duplicates shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
pub struct CandidateBrief {
    pub id: CandidateId,
    pub title: String,
    pub body: String,
    pub status: CandidateStatus,
    pub created_at: DateTime<Utc>,
}

/// What an acceptance left in the hub and still stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    Candidate {
        id: CandidateId,
        title: String,
    },
    Summary {
        id: SummaryId,
        widget_id: WidgetId,
    },
    Implementation {
        id: ImplementationId,
        decision_record_id: DecisionRecordId,
    },
    Duplicate {
        kept_candidate_id: CandidateId,
        duplicate_candidate_id: CandidateId,
    },
}
