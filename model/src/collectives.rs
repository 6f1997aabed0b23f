//! Collective proposals: several agents answer at once, a person decides.

use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    AgentId, CandidateId, CollectiveId, ConsensusStatus, ContributionId, DecisionStatus,
    GovernancePolicyId, HubId, InvocationId, MemberState, Provider, ReviewId, RunState,
    SynthesisState, Verdict, WidgetId, validate,
};

/// A collective proposal, without its contributions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Collective {
    pub id: CollectiveId,
    pub hub_id: HubId,
    pub title: String,
    pub summary: Option<String>,
    pub task_type: String,
    pub prompt: String,
    pub source_widget_id: Option<WidgetId>,
    pub source_candidate_id: Option<CandidateId>,
    pub consensus_status: ConsensusStatus,
    /// How the status was judged; `None` before it was.
    #[cfg_attr(feature = "sqlx", sqlx(json(nullable)))]
    pub consensus: Option<Consensus>,
    /// The synthesis as its agent gave it; stays whatever is decided.
    #[cfg_attr(feature = "sqlx", sqlx(json(nullable)))]
    pub synthesis_content: Option<Value>,
    /// The synthesis, or the text that a reviewer decided on.
    #[cfg_attr(feature = "sqlx", sqlx(json(nullable)))]
    pub final_content: Option<Value>,
    /// SHA-256 over the canonical JSON of contributions and synthesis, in hex.
    pub content_hash: Option<String>,
    pub run_state: RunState,
    pub run_error_type: Option<String>,
    pub run_error: Option<String>,
    pub synthesis_state: SynthesisState,
    pub synthesis_agent_id: Option<AgentId>,
    pub synthesis_invocation_id: Option<InvocationId>,
    pub synthesis_error_type: Option<String>,
    pub synthesis_error: Option<String>,
    pub decision: DecisionStatus,
    pub decided_by: Option<String>,
    pub decided_at: Option<DateTime<Utc>>,
    pub started_by: String,
    pub started_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// How the consensus was judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Consensus {
    /// `folded_recommendation`: two recommendations are the same when they
    /// are, but for case, space and punctuation.
    pub method: String,
    /// Contributions with a readable recommendation.
    pub readable: i64,
    /// Agents asked.
    pub asked: i64,
    /// Fewest readable contributions on which anything is judged.
    pub quorum: i64,
    /// Largest group first.
    pub groups: Vec<ConsensusGroup>,
    /// The judgement in a sentence.
    pub reason: String,
}

/// Contributions that recommend the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConsensusGroup {
    /// The recommendation in the words of the group's first member.
    pub recommendation: String,
    pub contribution_ids: Vec<ContributionId>,
    pub agents: Vec<String>,
}

/// One agent's part in a collective proposal: asked, and perhaps answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Contribution {
    pub id: ContributionId,
    pub collective_proposal_id: CollectiveId,
    pub agent_registration_id: AgentId,
    pub agent_name: String,
    pub agent_version: i32,
    pub provider: Provider,
    pub model_name: String,
    /// From 0, in order of preference: the first is asked to synthesise.
    pub place: i32,
    pub status: MemberState,
    /// How often the agent was asked, from 1; 0 before the first time.
    pub attempt: i32,
    /// The answer; an object with `recommendation`, or `{"text": …}` where no
    /// object could be read.
    #[cfg_attr(feature = "sqlx", sqlx(json(nullable)))]
    pub content: Option<Value>,
    /// Whether a recommendation could be read.
    pub readable: bool,
    pub tokens_in: Option<i64>,
    pub tokens_out: Option<i64>,
    pub model_used: Option<String>,
    pub cost_microusd: Option<i64>,
    pub invocation_id: Option<InvocationId>,
    pub policy_id: Option<GovernancePolicyId>,
    pub error_type: Option<String>,
    pub error: Option<String>,
    pub started_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub contributed_at: Option<DateTime<Utc>>,
}

impl Contribution {
    /// Time from being asked to the end, in milliseconds.
    pub fn duration_ms(&self) -> Option<i64> {
        Some((self.ended_at? - self.started_at?).num_milliseconds())
    }
}

/// The agent that made the synthesis, with what it used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SynthesisUse {
    pub agent_name: String,
    pub model_used: Option<String>,
    pub tokens_in: Option<i64>,
    pub tokens_out: Option<i64>,
    pub cost_microusd: Option<i64>,
    pub duration_ms: Option<i64>,
}

/// A collective proposal with all that its page shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CollectiveDetail {
    #[serde(flatten)]
    pub collective: Collective,
    /// By place.
    pub contributions: Vec<Contribution>,
    pub synthesis: Option<SynthesisUse>,
    /// Oldest first.
    pub reviews: Vec<CollectiveReview>,
}

/// One review record of a collective proposal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CollectiveReview {
    pub id: ReviewId,
    pub collective_proposal_id: CollectiveId,
    pub reviewer: String,
    pub verdict: Verdict,
    pub comment: Option<String>,
    pub content_hash: Option<String>,
    /// The contribution that was accepted in place of the synthesis.
    pub contribution_id: Option<ContributionId>,
    pub created_at: DateTime<Utc>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewCollective {
    #[garde(skip)]
    pub hub_id: HubId,
    #[garde(custom(validate::name))]
    pub title: String,
    #[serde(default)]
    #[garde(custom(validate::text))]
    pub summary: Option<String>,
    #[garde(custom(validate::type_key))]
    pub task_type: String,
    #[garde(custom(validate::prompt))]
    pub prompt: String,
    #[serde(default)]
    #[garde(skip)]
    pub source_widget_id: Option<WidgetId>,
    #[serde(default)]
    #[garde(skip)]
    pub source_candidate_id: Option<CandidateId>,
}

/// A person's decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewCollectiveReview {
    /// `accepted`, `rejected`, `revised`, or `undone` by the same person.
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
    /// With `accepted`: this contribution in place of the synthesis.
    #[serde(default)]
    #[garde(skip)]
    pub contribution_id: Option<ContributionId>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CollectiveFilter {
    pub hub_id: Option<HubId>,
    pub run_state: Option<RunState>,
    pub decision: Option<DecisionStatus>,
    pub consensus_status: Option<ConsensusStatus>,
}
