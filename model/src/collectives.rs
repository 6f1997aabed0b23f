//! Collective proposals: several agents answer at once, a person decides.

mod consensus;
mod rounds;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    AgentId, CandidateId, CollectiveId, ConsensusStatus, ContributionId, DecisionStatus,
    GovernancePolicyId, HubId, InvocationId, MemberState, Provider, ReviewId, RoundKind, RoundPlan,
    RunState, SynthesisState, Verdict, WidgetId, validate,
};

pub use consensus::*;
pub use rounds::*;

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
    /// The rounds that it was started with.
    #[serde(default)]
    pub rounds_planned: RoundPlan,
    /// The round that is under way, or the last one; from 1.
    #[serde(default = "first_round")]
    pub round: i32,
    /// Tokens that the run may use at the most; unset: the server's limit.
    #[serde(default)]
    pub token_limit: Option<i64>,
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
    /// Who makes the model; see [`vendor`].
    #[cfg_attr(feature = "sqlx", sqlx(skip))]
    #[serde(default)]
    pub vendor: String,
    /// From 1.
    #[serde(default = "first_round")]
    pub round: i32,
    /// What was asked for in that round.
    #[serde(default)]
    pub kind: RoundKind,
    /// Whether it is the agent's word that counts: the readable answer of its
    /// latest round, else its part in the latest round.
    #[cfg_attr(feature = "sqlx", sqlx(skip))]
    #[serde(default)]
    pub is_current: bool,
    /// From 0, in order of preference: the first is asked to synthesise.
    pub place: i32,
    pub status: MemberState,
    /// How often the agent was asked, from 1; 0 before the first time.
    pub attempt: i32,
    /// The answer; an object with `recommendation`, or `{"text": …}` where no
    /// object could be read. Of a review: `{"reviews": [{"contribution_id",
    /// "score", "critique"}]}`.
    #[cfg_attr(feature = "sqlx", sqlx(json(nullable)))]
    pub content: Option<Value>,
    /// Whether a recommendation, or a review, could be read.
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

/// The round of what is older than rounds.
const fn first_round() -> i32 {
    1
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
    /// By round, then by place.
    pub contributions: Vec<Contribution>,
    /// In order.
    #[serde(default)]
    pub rounds: Vec<CollectiveRound>,
    /// What the run has used so far.
    #[serde(default)]
    pub usage: RunUse,
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
    /// Where it was accepted field by field: whose words each field has;
    /// `None` stands for the synthesis.
    #[cfg_attr(feature = "sqlx", sqlx(json(nullable)))]
    #[serde(default)]
    pub fields: Option<FieldChoices>,
    pub created_at: DateTime<Utc>,
}

/// Whose words each field gets: a contribution's, or, where it is `None`, the
/// synthesis'.
pub type FieldChoices = BTreeMap<String, Option<ContributionId>>;

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
    /// The rounds; where it is left out, all answer once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub rounds_planned: Option<RoundPlan>,
    /// Tokens that the run may use at the most, 1 to 1,000,000 and no more than
    /// the hub's limit for a proposal, else the server's, which it gets where
    /// this is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(custom(validate::token_limit))]
    pub token_limit: Option<i64>,
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
    /// With `accepted`: field by field, from a contribution or, where it is
    /// `null`, from the synthesis. What is not named is left out.
    #[serde(default)]
    #[garde(skip)]
    pub fields: Option<FieldChoices>,
}

/// Who makes an agent's model: for a name like `vendor/model` the part before
/// the slash, else the provider. Agents of one vendor tend to err alike.
pub fn vendor(provider: Provider, model_name: &str) -> String {
    if let Some((maker, model)) = model_name.split_once('/')
        && !maker.trim().is_empty()
        && !model.trim().is_empty()
    {
        return maker.trim().to_lowercase();
    }
    match provider {
        Provider::Openai => "openai",
        Provider::Openrouter => "openrouter",
        Provider::Gemini => "google",
        Provider::ClaudeCode => "anthropic",
    }
    .to_owned()
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CollectiveFilter {
    pub hub_id: Option<HubId>,
    pub run_state: Option<RunState>,
    pub decision: Option<DecisionStatus>,
    pub consensus_status: Option<ConsensusStatus>,
}
