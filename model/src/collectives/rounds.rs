//! The rounds of a collective proposal, and what they are expected to use.

use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    AgentId, CollectiveId, Consensus, Provider, RoundKind, RoundPlan, RoundState, validate,
};

impl RoundPlan {
    /// The rounds, in order.
    pub const fn kinds(self) -> &'static [RoundKind] {
        match self {
            Self::Answer => &[RoundKind::Answer],
            Self::AnswerThenReview => &[RoundKind::Answer, RoundKind::Review],
            Self::AnswerThenRevise => &[RoundKind::Answer, RoundKind::Revise],
        }
    }
}

impl RoundKind {
    /// Whether agents say in it what they recommend.
    pub const fn is_opinion(self) -> bool {
        matches!(self, Self::Answer | Self::Revise)
    }
}

/// One round of a collective proposal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CollectiveRound {
    pub collective_proposal_id: CollectiveId,
    /// From 1.
    pub number: i32,
    pub kind: RoundKind,
    pub state: RoundState,
    /// Who asked for it.
    pub asked_by: String,
    /// What that person added to the question.
    pub note: Option<String>,
    pub started_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    /// The synthesis that another round has replaced.
    #[cfg_attr(feature = "sqlx", sqlx(json(nullable)))]
    pub synthesis_content: Option<Value>,
    /// The judgement that another round has replaced.
    #[cfg_attr(feature = "sqlx", sqlx(json(nullable)))]
    pub consensus: Option<Consensus>,
    /// Calls that were made in it, with those of judges and synthesisers.
    pub calls: i64,
    pub tokens_in: i64,
    pub tokens_out: i64,
    /// In micro US dollars; `None` where no call has a price.
    pub cost_microusd: Option<i64>,
}

/// Asks all agents once more, after a run has finished and before a decision.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewRound {
    /// What the agents are told beside the question.
    #[serde(default)]
    #[garde(custom(validate::text))]
    pub instructions: Option<String>,
    /// The hash of what was on the screen; where it no longer fits, nothing is
    /// asked.
    #[serde(default)]
    #[garde(skip)]
    pub content_hash: Option<String>,
}

/// What a run is expected to use, before it is started.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunEstimate {
    pub agents: Vec<EstimatedAgent>,
    pub stages: Vec<EstimatedStage>,
    /// Calls to models.
    pub calls: i64,
    pub tokens_in: i64,
    /// As long as such answers were in this hub of late; see `basis`.
    pub tokens_out: i64,
    /// Where every answer is as long as it may be.
    pub tokens_out_max: i64,
    /// At `tokens_out`; `None` where an agent's model has no price.
    pub cost_microusd: Option<i64>,
    /// The cap of this run.
    pub token_limit: i64,
    /// What the length of answers rests on, in a sentence.
    pub basis: String,
    /// What may go wrong with it, in a sentence: the cap is too small, one
    /// agent alone.
    pub warning: Option<String>,
}

/// One of the agents that would be asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EstimatedAgent {
    pub agent_registration_id: AgentId,
    pub name: String,
    pub provider: Provider,
    pub model_name: String,
    pub vendor: String,
    /// Why governance would block it.
    pub blocked: Option<String>,
    /// The price of its model stands in the table.
    pub has_price: bool,
}

/// A round, or the synthesis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EstimatedStage {
    /// `answer`, `review`, `revise` or `synthesis`.
    pub stage: String,
    pub calls: i64,
    pub tokens_in: i64,
    pub tokens_out: i64,
    pub tokens_out_max: i64,
    pub cost_microusd: Option<i64>,
}

/// What a run has used so far, of its cap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunUse {
    pub calls: i64,
    pub tokens_in: i64,
    pub tokens_out: i64,
    /// In micro US dollars; `None` where no call has a price.
    pub cost_microusd: Option<i64>,
    /// The cap; `None` in runs older than caps.
    pub token_limit: Option<i64>,
    pub tokens_reserved: i64,
    pub tokens_spent: i64,
}
