//! Agent proposals: one agent answers, a person decides.

use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    ActorKind, AgentId, AnnotationId, CandidateId, ConfidenceSource, DecisionRecordId,
    DelegationId, GovernancePolicyId, HubId, InvocationId, Judgement, JudgementId, ProposalId,
    ProposalStatus, Provider, ReviewId, Verdict, WidgetId, validate,
};

/// What an agent was asked for at an invocation point, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Proposal {
    pub id: ProposalId,
    pub hub_id: HubId,
    pub task_type: String,
    pub artifact_type: String,
    /// What was asked for, in a line: the task and its source.
    pub title: String,
    /// What the person who asked added, as data for the agent.
    pub instructions: Option<String>,
    pub source_widget_id: Option<WidgetId>,
    pub source_candidate_id: Option<CandidateId>,
    pub source_decision_id: Option<DecisionRecordId>,
    /// The delegation whose result it is.
    pub delegation_id: Option<DelegationId>,
    pub status: ProposalStatus,
    /// The answer; an object, or `{"text": …}` where no object could be read.
    #[cfg_attr(feature = "sqlx", sqlx(json(nullable)))]
    pub content: Option<Value>,
    /// Whether the answer is an object with a recommendation.
    pub readable: bool,
    /// SHA-256 over the canonical JSON of the content, in hex.
    pub content_hash: Option<String>,
    /// What stands after a decision: the answer or the revised text.
    #[cfg_attr(feature = "sqlx", sqlx(json(nullable)))]
    pub final_content: Option<Value>,
    /// From 1; one more each time another answer was asked for.
    pub round: i32,
    /// `null` before somebody was routed.
    pub agent_registration_id: Option<AgentId>,
    pub agent_name: Option<String>,
    /// The version of the agent that was asked.
    pub agent_version: Option<i32>,
    pub provider: Option<Provider>,
    pub model_used: Option<String>,
    /// Of all calls of the round: an answer that cannot be read is asked for
    /// again. So are the next three.
    pub tokens_in: Option<i64>,
    pub tokens_out: Option<i64>,
    /// `null` where the price of a call is not known.
    pub cost_microusd: Option<i64>,
    pub duration_ms: Option<i64>,
    /// The receipt of the last call.
    pub invocation_id: Option<InvocationId>,
    pub policy_id: Option<GovernancePolicyId>,
    pub error_type: Option<String>,
    pub error: Option<String>,
    /// The agent's own, 0 to 1.
    pub confidence: Option<f64>,
    /// Applied by a policy that grants it; a person can undo it.
    pub auto_applied: bool,
    pub started_by: String,
    pub started_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub decided_by: Option<String>,
    pub decided_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// The agent's confidence and recommendation are held back until the
    /// caller has recorded an own judgement.
    #[cfg_attr(feature = "sqlx", sqlx(default))]
    #[serde(default)]
    pub covered: bool,
}

/// What a proposal is about, as it stands now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProposalSource {
    /// `widget`, `requirement_candidate` or `decision_record`.
    pub kind: String,
    pub id: uuid::Uuid,
    pub title: String,
    /// The newest first, the source itself before them.
    pub parts: Vec<SourcePart>,
    /// How many more there are.
    pub more: i64,
}

/// A text of the hub, with where it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourcePart {
    pub name: String,
    pub text: String,
}

/// An answer that was kept, also one that a later round replaced.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProposalAnswer {
    pub proposal_id: ProposalId,
    /// From 1.
    pub round: i32,
    #[cfg_attr(feature = "sqlx", sqlx(json))]
    pub content: Value,
    /// SHA-256 over the canonical JSON of the content, in hex.
    pub content_hash: String,
    pub agent_registration_id: Option<AgentId>,
    pub agent_name: Option<String>,
    pub agent_version: Option<i32>,
    pub model_used: Option<String>,
    pub tokens_in: Option<i64>,
    pub tokens_out: Option<i64>,
    pub cost_microusd: Option<i64>,
    pub duration_ms: Option<i64>,
    /// Its receipt.
    pub invocation_id: InvocationId,
    pub created_at: DateTime<Utc>,
}

/// A proposal in a line: what was asked for and where it stands. It carries
/// nothing that a reviewer may not see yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProposalLine {
    pub id: ProposalId,
    pub title: String,
    pub task_type: String,
    pub status: ProposalStatus,
    pub agent_name: Option<String>,
    pub auto_applied: bool,
    pub created_at: DateTime<Utc>,
}

impl From<Proposal> for ProposalLine {
    fn from(proposal: Proposal) -> Self {
        Self {
            id: proposal.id,
            title: proposal.title,
            task_type: proposal.task_type,
            status: proposal.status,
            agent_name: proposal.agent_name,
            auto_applied: proposal.auto_applied,
            created_at: proposal.created_at,
        }
    }
}

/// What a person adds at an invocation point.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewInvocation {
    /// What to look at in particular.
    #[serde(default)]
    #[garde(custom(validate::text))]
    pub instructions: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ProposalFilter {
    pub hub_id: Option<HubId>,
    pub status: Option<ProposalStatus>,
    pub agent_registration_id: Option<AgentId>,
    pub task_type: Option<String>,
    pub source_widget_id: Option<WidgetId>,
    pub source_candidate_id: Option<CandidateId>,
    pub source_decision_id: Option<DecisionRecordId>,
}

/// One review record of an agent proposal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProposalReview {
    pub id: ReviewId,
    pub proposal_id: ProposalId,
    pub reviewer: String,
    pub reviewer_kind: Option<ActorKind>,
    pub verdict: Verdict,
    pub comment: Option<String>,
    pub content_hash: Option<String>,
    /// The revised text, with the verdict `revised`.
    #[cfg_attr(feature = "sqlx", sqlx(json(nullable)))]
    pub content: Option<Value>,
    pub created_at: DateTime<Utc>,
}

/// A person's decision on an agent proposal, or a comment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewProposalReview {
    /// `accepted`, `rejected`, `revised`; `undone` takes the decision back,
    /// `commented` decides nothing.
    #[garde(skip)]
    pub verdict: Verdict,
    #[serde(default)]
    #[garde(custom(validate::text))]
    pub comment: Option<String>,
    /// Needed for `revised`, refused otherwise.
    #[serde(default)]
    #[garde(skip)]
    pub revised_content: Option<Value>,
    /// The hash of what was on the screen; where it no longer fits, the
    /// decision is refused.
    #[serde(default)]
    #[garde(skip)]
    pub content_hash: Option<String>,
    /// With the acceptance of a report on duplicates: the candidate that
    /// stays, and those that say the same.
    #[serde(default)]
    #[garde(skip)]
    pub duplicates: Option<ChosenDuplicates>,
}

/// Which candidate stays, and which ones are its duplicates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChosenDuplicates {
    pub kept_candidate_id: CandidateId,
    pub duplicate_candidate_ids: Vec<CandidateId>,
}

/// How sure somebody is of a proposal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConfidenceAnnotation {
    pub id: AnnotationId,
    pub proposal_id: ProposalId,
    /// 0 to 1.
    pub score: f64,
    pub source: ConfidenceSource,
    pub rationale: Option<String>,
    /// Agent or person, by name.
    pub annotated_by: Option<String>,
    /// The receipt of the call in which an agent said so.
    pub invocation_id: Option<InvocationId>,
    pub created_at: DateTime<Utc>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewConfidence {
    /// 0 to 1.
    #[garde(custom(validate::share))]
    pub score: f64,
    #[serde(default)]
    #[garde(custom(validate::text))]
    pub rationale: Option<String>,
}

/// A reviewer's own judgement, before the agent's was uncovered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OwnJudgement {
    pub id: JudgementId,
    pub proposal_id: ProposalId,
    pub round: i32,
    pub reviewer: String,
    pub verdict: Judgement,
    /// How sure the reviewer was, 0 to 1.
    pub score: Option<f64>,
    pub rationale: Option<String>,
    pub created_at: DateTime<Utc>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewJudgement {
    #[garde(skip)]
    pub verdict: Judgement,
    /// How sure the reviewer is, 0 to 1.
    #[serde(default)]
    #[garde(custom(validate::maybe_share))]
    pub score: Option<f64>,
    #[serde(default)]
    #[garde(custom(validate::text))]
    pub rationale: Option<String>,
}
