//! The closed sets in the words of the pages, each with a tone.

use model::{
    Action, CandidateStatus, ConsensusStatus, DecisionRecordStatus, DecisionStatus,
    GovernanceDefault, MemberState, Outcome, ProposalStatus, Provider, Role, RouteVerdict,
    RunState, SynthesisState, TrustLevel, TypeKind, Verdict,
};

/// How a state feels: the colour of its pill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Neutral,
    /// Something happens right now.
    Active,
    Good,
    Warn,
    Bad,
}

impl Tone {
    /// For the page that shows every component.
    #[cfg(debug_assertions)]
    pub const ALL: &'static [Self] = &[
        Self::Neutral,
        Self::Active,
        Self::Good,
        Self::Warn,
        Self::Bad,
    ];

    pub const fn class(self) -> &'static str {
        match self {
            Self::Neutral => "neutral",
            Self::Active => "active",
            Self::Good => "good",
            Self::Warn => "warn",
            Self::Bad => "bad",
        }
    }
}

/// A state's word for people and its tone.
pub trait Labelled: Copy {
    fn label(self) -> &'static str;
    fn tone(self) -> Tone {
        Tone::Neutral
    }
}

/// The values of a closed set for a select.
pub fn options<T: Labelled + std::fmt::Display>(all: &[T]) -> Vec<(String, String)> {
    let option = |value: &T| (value.to_string(), value.label().to_owned());
    all.iter().map(option).collect()
}

impl Labelled for RunState {
    fn label(self) -> &'static str {
        match self {
            Self::Queued => "Queued",
            Self::Running => "Running",
            Self::Finished => "Finished",
            Self::Failed => "Failed",
            Self::Cancelled => "Cancelled",
        }
    }
    fn tone(self) -> Tone {
        match self {
            Self::Queued | Self::Cancelled => Tone::Neutral,
            Self::Running => Tone::Active,
            Self::Finished => Tone::Good,
            Self::Failed => Tone::Bad,
        }
    }
}

impl Labelled for MemberState {
    fn label(self) -> &'static str {
        match self {
            Self::Pending => "Waiting",
            Self::Running => "Answering",
            Self::Completed => "Answered",
            Self::Failed => "Failed",
            Self::Blocked => "Blocked",
            Self::Cancelled => "Cancelled",
            Self::Unknown => "Unknown",
        }
    }
    fn tone(self) -> Tone {
        match self {
            Self::Pending | Self::Cancelled => Tone::Neutral,
            Self::Running => Tone::Active,
            Self::Completed => Tone::Good,
            Self::Failed => Tone::Bad,
            Self::Blocked | Self::Unknown => Tone::Warn,
        }
    }
}

impl Labelled for ConsensusStatus {
    fn label(self) -> &'static str {
        match self {
            Self::Pending => "Not judged yet",
            Self::Consensus => "Consensus",
            Self::Divergent => "Divergent",
        }
    }
    fn tone(self) -> Tone {
        match self {
            Self::Pending => Tone::Neutral,
            Self::Consensus => Tone::Good,
            Self::Divergent => Tone::Warn,
        }
    }
}

impl Labelled for DecisionStatus {
    fn label(self) -> &'static str {
        match self {
            Self::Pending => "Undecided",
            Self::Accepted => "Accepted",
            Self::Rejected => "Rejected",
            Self::Revised => "Revised",
        }
    }
    fn tone(self) -> Tone {
        match self {
            Self::Pending => Tone::Neutral,
            Self::Accepted | Self::Revised => Tone::Good,
            Self::Rejected => Tone::Bad,
        }
    }
}

impl Labelled for SynthesisState {
    fn label(self) -> &'static str {
        match self {
            Self::Pending => "Waiting",
            Self::Running => "Writing",
            Self::Completed => "Written",
            Self::Failed => "Failed",
            Self::None => "None",
        }
    }
    fn tone(self) -> Tone {
        match self {
            Self::Pending | Self::None => Tone::Neutral,
            Self::Running => Tone::Active,
            Self::Completed => Tone::Good,
            Self::Failed => Tone::Bad,
        }
    }
}

impl Labelled for Outcome {
    fn label(self) -> &'static str {
        match self {
            Self::Started => "Started",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Blocked => "Blocked",
            Self::Cancelled => "Cancelled",
            Self::Unknown => "Unknown",
        }
    }
    fn tone(self) -> Tone {
        match self {
            Self::Started => Tone::Active,
            Self::Succeeded => Tone::Good,
            Self::Failed => Tone::Bad,
            Self::Blocked | Self::Unknown => Tone::Warn,
            Self::Cancelled => Tone::Neutral,
        }
    }
}

impl Labelled for Action {
    fn label(self) -> &'static str {
        match self {
            Self::Read => "Read",
            Self::Propose => "Propose",
            Self::Delegate => "Delegate",
            Self::AutoApply => "Auto-apply",
        }
    }
}

impl Labelled for GovernanceDefault {
    fn label(self) -> &'static str {
        match self {
            Self::Permit => "Permit",
            Self::Deny => "Deny",
        }
    }
    fn tone(self) -> Tone {
        match self {
            Self::Permit => Tone::Neutral,
            Self::Deny => Tone::Warn,
        }
    }
}

impl Labelled for TypeKind {
    fn label(self) -> &'static str {
        match self {
            Self::TaskType => "Task type",
            Self::ArtifactType => "Artifact type",
        }
    }
}

impl Labelled for RouteVerdict {
    fn label(self) -> &'static str {
        match self {
            Self::Chosen => "Asked first",
            Self::LowerPriority => "Stands behind",
            Self::InactivePolicy => "Switched off",
            Self::InactiveAgent => "Agent not active",
            Self::TrustTooLow => "Trust too low",
            Self::MissingCapability => "Lacks a capability",
            Self::PriceUnknown => "Price unknown",
            Self::OverCeiling => "Over the ceiling",
        }
    }
    fn tone(self) -> Tone {
        match self {
            Self::Chosen => Tone::Good,
            Self::LowerPriority | Self::InactivePolicy => Tone::Neutral,
            _ => Tone::Warn,
        }
    }
}

impl Labelled for TrustLevel {
    fn label(self) -> &'static str {
        match self {
            Self::Advisory => "Advisory",
            Self::Elevated => "Elevated",
            Self::Autonomous => "Autonomous",
        }
    }
}

impl Labelled for Provider {
    fn label(self) -> &'static str {
        match self {
            Self::Openrouter => "OpenRouter",
            Self::Gemini => "Gemini",
            Self::Openai => "OpenAI",
            Self::ClaudeCode => "Claude Code",
        }
    }
}

impl Labelled for Role {
    fn label(self) -> &'static str {
        match self {
            Self::Viewer => "Viewer",
            Self::Reviewer => "Reviewer",
            Self::Steward => "Steward",
            Self::Admin => "Admin",
        }
    }
}

impl Labelled for Verdict {
    fn label(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Revised => "revised",
            Self::Undone => "took the decision back",
            Self::Commented => "commented",
            Self::AnotherRound => "asked for another answer",
        }
    }
}

impl Labelled for ProposalStatus {
    fn label(self) -> &'static str {
        match self {
            Self::Queued => "Queued",
            Self::Running => "Running",
            Self::Pending => "Waits for a decision",
            Self::Accepted => "Accepted",
            Self::Rejected => "Rejected",
            Self::Revised => "Revised",
            Self::BlockedByPolicy => "Blocked by policy",
            Self::Failed => "Failed",
            Self::Cancelled => "Cancelled",
            Self::Unknown => "Unknown",
        }
    }
    fn tone(self) -> Tone {
        match self {
            Self::Queued | Self::Cancelled => Tone::Neutral,
            Self::Running => Tone::Active,
            Self::Pending | Self::BlockedByPolicy | Self::Unknown => Tone::Warn,
            Self::Accepted | Self::Revised => Tone::Good,
            Self::Rejected | Self::Failed => Tone::Bad,
        }
    }
}

impl Labelled for CandidateStatus {
    fn label(self) -> &'static str {
        match self {
            Self::Draft => "Draft",
            Self::Open => "Open",
            Self::UnderReview => "Under review",
            Self::Accepted => "Accepted",
            Self::Rejected => "Rejected",
            Self::Duplicate => "Duplicate",
            Self::Superseded => "Superseded",
            Self::Implemented => "Implemented",
            Self::Archived => "Archived",
        }
    }
    fn tone(self) -> Tone {
        match self {
            Self::Draft | Self::Superseded | Self::Archived | Self::Duplicate => Tone::Neutral,
            Self::Open | Self::UnderReview => Tone::Active,
            Self::Accepted | Self::Implemented => Tone::Good,
            Self::Rejected => Tone::Bad,
        }
    }
}

impl Labelled for DecisionRecordStatus {
    fn label(self) -> &'static str {
        match self {
            Self::Draft => "Draft",
            Self::Proposed => "Proposed",
            Self::Accepted => "Accepted",
            Self::Rejected => "Rejected",
            Self::Superseded => "Superseded",
            Self::Deprecated => "Deprecated",
            Self::Implemented => "Implemented",
            Self::Archived => "Archived",
        }
    }
    fn tone(self) -> Tone {
        match self {
            Self::Draft | Self::Superseded | Self::Deprecated | Self::Archived => Tone::Neutral,
            Self::Proposed => Tone::Active,
            Self::Accepted | Self::Implemented => Tone::Good,
            Self::Rejected => Tone::Bad,
        }
    }
}

/// What a person can do about an error of a model call, by its stable code.
pub fn way_on(error_type: Option<&str>) -> &'static str {
    match error_type.unwrap_or_default() {
        "missing_key" => {
            "Set the provider's key in the environment or in its key file, then start a new run."
        }
        "authentication" => "Check the provider's key, then start a new run.",
        "out_of_credit" => "Top up the provider's account, then start a new run.",
        "rate_limited" => "The provider wants fewer calls. Start a new run in a few minutes.",
        "model_unknown" => "Correct the agent's model name, then start a new run.",
        "refused" => "Reword the question, or route another agent for this task type.",
        "budget_exceeded" => "Ask a shorter question, or fewer agents.",
        "timeout" | "unavailable" | "connection" | "cut_off" => {
            "The provider may be busy. Start a new run to ask again."
        }
        "cancelled" => "Start a new run to ask again.",
        _ => "Start a new run to ask again. The receipt says what happened.",
    }
}

impl Labelled for model::InboxKind {
    fn label(self) -> &'static str {
        match self {
            Self::Proposal => "Proposals",
            Self::CollectiveProposal => "Collective proposals",
        }
    }
}

/// What a model was called for.
pub fn purpose(word: &str) -> String {
    match word {
        "delegation" => "A delegated subtask".to_owned(),
        other => crate::format::words(other),
    }
}

impl Labelled for model::DelegationStatus {
    fn label(self) -> &'static str {
        match self {
            Self::Pending => "At work",
            Self::Completed => "Completed",
            Self::Failed => "Failed",
            Self::Cancelled => "Cancelled",
        }
    }
    fn tone(self) -> Tone {
        match self {
            Self::Pending => Tone::Active,
            Self::Completed => Tone::Good,
            Self::Failed => Tone::Bad,
            Self::Cancelled => Tone::Neutral,
        }
    }
}

impl Labelled for model::BridgeKind {
    fn label(self) -> &'static str {
        match self {
            Self::Native => "Native",
            Self::Subprocess => "Subprocess",
            Self::Serve => "Serve",
        }
    }
}

impl Labelled for model::BridgeState {
    fn label(self) -> &'static str {
        match self {
            Self::Ready => "Ready",
            Self::NotStarted => "Starts with the first call",
            Self::Starting => "Starting",
            Self::Restarting => "Starting again",
            Self::Unusable => "Unusable",
            Self::Stopped => "Stopped",
        }
    }
    fn tone(self) -> Tone {
        match self {
            Self::Ready => Tone::Good,
            Self::NotStarted => Tone::Neutral,
            Self::Starting => Tone::Active,
            Self::Restarting => Tone::Warn,
            Self::Unusable | Self::Stopped => Tone::Bad,
        }
    }
}

impl Labelled for model::KeySource {
    fn label(self) -> &'static str {
        match self {
            Self::Environment | Self::File => "Key is there",
            Self::NotNeeded => "No key needed",
            Self::Missing => "Key missing",
            Self::Unreadable => "Key file unreadable",
        }
    }
    fn tone(self) -> Tone {
        match self {
            Self::Environment | Self::File => Tone::Good,
            Self::NotNeeded => Tone::Neutral,
            Self::Missing | Self::Unreadable => Tone::Bad,
        }
    }
}

/// What a person can do where an agent that was asked alone gave no answer.
pub fn way_to_ask_again(error_type: Option<&str>) -> &'static str {
    match error_type.unwrap_or_default() {
        "missing_key" => {
            "Set the provider's key in the environment or in its key file, then ask again."
        }
        "authentication" => "Check the provider's key, then ask again.",
        "out_of_credit" => "Top up the provider's account, then ask again.",
        "rate_limited" => "The provider wants fewer calls. Ask again in a few minutes.",
        "model_unknown" => "Correct the agent's model name, then ask again.",
        "refused" => "Ask with other instructions, or route another agent for this task type.",
        "budget_exceeded" => "Ask with shorter instructions.",
        "no_route" => "A steward can add a routing policy for this task type; then ask again.",
        _ => "The provider may be busy. Ask again; the receipt says what happened.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_state_has_a_word() {
        for state in RunState::ALL {
            assert!(!state.label().is_empty());
        }
        for state in MemberState::ALL {
            assert!(!state.label().is_empty());
        }
    }

    #[test]
    fn an_unknown_error_has_a_way_on() {
        assert!(!way_on(None).is_empty());
        assert!(!way_on(Some("something_new")).is_empty());
    }
}
