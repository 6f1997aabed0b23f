//! Live events, as they travel to the browser and to programs.

mod proposals;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    AgentId, CollectiveId, ConsensusStatus, ContributionId, DelegationId, GovernancePolicyId,
    ProposalId, ProposalStatus, RoundKind, RunState,
};

pub use proposals::ProposalEvent;

/// An agent that is asked in a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunAgent {
    pub id: AgentId,
    pub name: String,
    pub place: i32,
}

/// A contribution that a round begins with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoundMember {
    pub contribution_id: ContributionId,
    pub agent_registration_id: AgentId,
    pub place: i32,
}

/// What a run tells. The name of the event is the SSE `event:` field, the rest
/// its `data:`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", content = "data")]
pub enum RunEvent {
    #[serde(rename = "run.started")]
    RunStarted { agents: Vec<RunAgent> },
    /// A person asked for another round of a run that had finished.
    #[serde(rename = "round.queued")]
    RoundQueued { round: i32 },
    #[serde(rename = "round.started")]
    RoundStarted {
        round: i32,
        kind: RoundKind,
        members: Vec<RoundMember>,
    },
    #[serde(rename = "round.finished")]
    RoundFinished { round: i32 },
    /// A judging agent is asked whether pairs of recommendations say the same.
    #[serde(rename = "judge.started")]
    JudgeStarted { pairs: i64 },
    /// One pair is judged; `same` is absent where the judge gave no answer.
    #[serde(rename = "judge.completed")]
    JudgeCompleted {
        left: ContributionId,
        right: ContributionId,
        same: Option<bool>,
        reason: String,
    },
    #[serde(rename = "contribution.started")]
    ContributionStarted {
        contribution_id: ContributionId,
        agent_registration_id: AgentId,
        attempt: i32,
    },
    #[serde(rename = "contribution.delta")]
    ContributionDelta {
        contribution_id: ContributionId,
        attempt: i32,
        /// In Unicode characters, from the start of this attempt's text.
        offset: i64,
        text: String,
    },
    #[serde(rename = "contribution.completed")]
    ContributionCompleted {
        contribution_id: ContributionId,
        tokens_in: Option<i64>,
        tokens_out: Option<i64>,
        model_used: Option<String>,
    },
    #[serde(rename = "contribution.failed")]
    ContributionFailed {
        contribution_id: ContributionId,
        error_type: String,
        error: String,
    },
    #[serde(rename = "contribution.blocked")]
    ContributionBlocked {
        contribution_id: ContributionId,
        policy_id: Option<GovernancePolicyId>,
        reason: String,
    },
    #[serde(rename = "synthesis.started")]
    SynthesisStarted {
        agent_registration_id: AgentId,
        attempt: i32,
    },
    #[serde(rename = "synthesis.delta")]
    SynthesisDelta {
        attempt: i32,
        offset: i64,
        text: String,
    },
    #[serde(rename = "synthesis.completed")]
    SynthesisCompleted {
        agent_registration_id: AgentId,
        tokens_in: Option<i64>,
        tokens_out: Option<i64>,
        model_used: Option<String>,
    },
    #[serde(rename = "synthesis.failed")]
    SynthesisFailed {
        agent_registration_id: Option<AgentId>,
        error_type: String,
        error: String,
    },
    #[serde(rename = "run.finished")]
    RunFinished {
        run_state: RunState,
        consensus_status: ConsensusStatus,
    },
    /// The list of what waits and what runs in a hub has changed.
    #[serde(rename = "hub.changed")]
    HubChanged {
        subject_kind: String,
        subject_id: uuid::Uuid,
        state: String,
    },
}

impl RunEvent {
    /// The name in the SSE `event:` field.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::RunStarted { .. } => "run.started",
            Self::RoundQueued { .. } => "round.queued",
            Self::RoundStarted { .. } => "round.started",
            Self::RoundFinished { .. } => "round.finished",
            Self::JudgeStarted { .. } => "judge.started",
            Self::JudgeCompleted { .. } => "judge.completed",
            Self::ContributionStarted { .. } => "contribution.started",
            Self::ContributionDelta { .. } => "contribution.delta",
            Self::ContributionCompleted { .. } => "contribution.completed",
            Self::ContributionFailed { .. } => "contribution.failed",
            Self::ContributionBlocked { .. } => "contribution.blocked",
            Self::SynthesisStarted { .. } => "synthesis.started",
            Self::SynthesisDelta { .. } => "synthesis.delta",
            Self::SynthesisCompleted { .. } => "synthesis.completed",
            Self::SynthesisFailed { .. } => "synthesis.failed",
            Self::RunFinished { .. } => "run.finished",
            Self::HubChanged { .. } => "hub.changed",
        }
    }

    /// All names, for a client that listens to each.
    pub const NAMES: &'static [&'static str] = &[
        "run.started",
        "round.queued",
        "round.started",
        "round.finished",
        "judge.started",
        "judge.completed",
        "contribution.started",
        "contribution.delta",
        "contribution.completed",
        "contribution.failed",
        "contribution.blocked",
        "synthesis.started",
        "synthesis.delta",
        "synthesis.completed",
        "synthesis.failed",
        "run.finished",
        "hub.changed",
    ];

    /// The fields of the event's `data:`, without those that every event has.
    pub fn data(&self) -> serde_json::Map<String, serde_json::Value> {
        data(self)
    }

    /// Reads an event as it came over the wire; `None` where it is no event
    /// that this version knows.
    pub fn read(name: &str, data: &str) -> Option<Self> {
        serde_json::from_str::<Fields>(data).ok()?.into_event(name)
    }
}

fn data(event: &impl Serialize) -> serde_json::Map<String, serde_json::Value> {
    match serde_json::to_value(event) {
        Ok(serde_json::Value::Object(mut whole)) => match whole.remove("data") {
            Some(serde_json::Value::Object(data)) => data,
            _ => serde_json::Map::new(),
        },
        _ => serde_json::Map::new(),
    }
}

/// The fields of all events. One such reader instead of one for each event
/// keeps the browser's code small.
#[derive(Deserialize)]
struct Fields {
    agents: Option<Vec<RunAgent>>,
    contribution_id: Option<ContributionId>,
    agent_registration_id: Option<AgentId>,
    attempt: Option<i32>,
    offset: Option<i64>,
    text: Option<String>,
    tokens_in: Option<i64>,
    tokens_out: Option<i64>,
    model_used: Option<String>,
    error_type: Option<String>,
    error: Option<String>,
    policy_id: Option<GovernancePolicyId>,
    reason: Option<String>,
    run_state: Option<RunState>,
    consensus_status: Option<ConsensusStatus>,
    subject_kind: Option<String>,
    subject_id: Option<uuid::Uuid>,
    state: Option<String>,
    round: Option<i32>,
    kind: Option<RoundKind>,
    members: Option<Vec<RoundMember>>,
    pairs: Option<i64>,
    left: Option<ContributionId>,
    right: Option<ContributionId>,
    same: Option<bool>,
    status: Option<ProposalStatus>,
    delegation_id: Option<DelegationId>,
    parent_proposal_id: Option<ProposalId>,
    result_proposal_id: Option<ProposalId>,
    tokens_used: Option<i64>,
}

impl Fields {
    fn into_event(self, name: &str) -> Option<RunEvent> {
        Some(match name {
            "run.started" => RunEvent::RunStarted {
                agents: self.agents?,
            },
            "contribution.started" => RunEvent::ContributionStarted {
                contribution_id: self.contribution_id?,
                agent_registration_id: self.agent_registration_id?,
                attempt: self.attempt?,
            },
            "contribution.delta" => RunEvent::ContributionDelta {
                contribution_id: self.contribution_id?,
                attempt: self.attempt?,
                offset: self.offset?,
                text: self.text?,
            },
            "contribution.completed" => RunEvent::ContributionCompleted {
                contribution_id: self.contribution_id?,
                tokens_in: self.tokens_in,
                tokens_out: self.tokens_out,
                model_used: self.model_used,
            },
            "contribution.failed" => RunEvent::ContributionFailed {
                contribution_id: self.contribution_id?,
                error_type: self.error_type?,
                error: self.error?,
            },
            "contribution.blocked" => RunEvent::ContributionBlocked {
                contribution_id: self.contribution_id?,
                policy_id: self.policy_id,
                reason: self.reason?,
            },
            "run.finished" => RunEvent::RunFinished {
                run_state: self.run_state?,
                consensus_status: self.consensus_status?,
            },
            "hub.changed" => RunEvent::HubChanged {
                subject_kind: self.subject_kind?,
                subject_id: self.subject_id?,
                state: self.state?,
            },
            _ => return self.into_round(name),
        })
    }

    fn into_round(self, name: &str) -> Option<RunEvent> {
        Some(match name {
            "round.queued" => RunEvent::RoundQueued { round: self.round? },
            "round.started" => RunEvent::RoundStarted {
                round: self.round?,
                kind: self.kind?,
                members: self.members?,
            },
            "round.finished" => RunEvent::RoundFinished { round: self.round? },
            "judge.started" => RunEvent::JudgeStarted { pairs: self.pairs? },
            "judge.completed" => RunEvent::JudgeCompleted {
                left: self.left?,
                right: self.right?,
                same: self.same,
                reason: self.reason?,
            },
            _ => return self.into_synthesis(name),
        })
    }

    fn into_synthesis(self, name: &str) -> Option<RunEvent> {
        Some(match name {
            "synthesis.started" => RunEvent::SynthesisStarted {
                agent_registration_id: self.agent_registration_id?,
                attempt: self.attempt?,
            },
            "synthesis.delta" => RunEvent::SynthesisDelta {
                attempt: self.attempt?,
                offset: self.offset?,
                text: self.text?,
            },
            "synthesis.completed" => RunEvent::SynthesisCompleted {
                agent_registration_id: self.agent_registration_id?,
                tokens_in: self.tokens_in,
                tokens_out: self.tokens_out,
                model_used: self.model_used,
            },
            "synthesis.failed" => RunEvent::SynthesisFailed {
                agent_registration_id: self.agent_registration_id,
                error_type: self.error_type?,
                error: self.error?,
            },
            _ => return None,
        })
    }
}

/// An event as it is sent: with its number, or without where it is not
/// replayed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LiveEvent {
    /// Grows within a subject; `None` for text that is not stored.
    pub seq: Option<i64>,
    pub name: String,
    /// Carries at least the subject's id and `at`.
    pub data: serde_json::Value,
}

/// The fields that each event of a collective proposal carries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunEventBase {
    pub collective_proposal_id: CollectiveId,
    pub at: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one_of_each() -> Vec<RunEvent> {
        let contribution_id = ContributionId(uuid::Uuid::from_u128(1));
        let agent_registration_id = AgentId(uuid::Uuid::from_u128(2));
        let text = || "ünï \"quoted\"".to_owned();
        let (tokens_in, tokens_out, model_used) = (Some(3), None, Some(text()));
        vec![
            RunEvent::RunStarted {
                agents: vec![RunAgent {
                    id: agent_registration_id,
                    name: text(),
                    place: 0,
                }],
            },
            RunEvent::RoundQueued { round: 2 },
            RunEvent::RoundStarted {
                round: 2,
                kind: RoundKind::Review,
                members: vec![RoundMember {
                    contribution_id,
                    agent_registration_id,
                    place: 1,
                }],
            },
            RunEvent::RoundFinished { round: 2 },
            RunEvent::JudgeStarted { pairs: 3 },
            RunEvent::JudgeCompleted {
                left: contribution_id,
                right: contribution_id,
                same: None,
                reason: text(),
            },
            RunEvent::ContributionStarted {
                contribution_id,
                agent_registration_id,
                attempt: 1,
            },
            RunEvent::ContributionDelta {
                contribution_id,
                attempt: 1,
                offset: 7,
                text: text(),
            },
            RunEvent::ContributionCompleted {
                contribution_id,
                tokens_in,
                tokens_out,
                model_used: model_used.clone(),
            },
            RunEvent::ContributionFailed {
                contribution_id,
                error_type: text(),
                error: text(),
            },
            RunEvent::ContributionBlocked {
                contribution_id,
                policy_id: None,
                reason: text(),
            },
            RunEvent::SynthesisStarted {
                agent_registration_id,
                attempt: 2,
            },
            RunEvent::SynthesisDelta {
                attempt: 2,
                offset: 0,
                text: text(),
            },
            RunEvent::SynthesisCompleted {
                agent_registration_id,
                tokens_in,
                tokens_out,
                model_used,
            },
            RunEvent::SynthesisFailed {
                agent_registration_id: None,
                error_type: text(),
                error: text(),
            },
            RunEvent::RunFinished {
                run_state: RunState::Finished,
                consensus_status: ConsensusStatus::Divergent,
            },
            RunEvent::HubChanged {
                subject_kind: text(),
                subject_id: uuid::Uuid::nil(),
                state: text(),
            },
        ]
    }

    #[test]
    fn each_event_survives_the_wire() {
        let events = one_of_each();
        assert_eq!(
            events.iter().map(RunEvent::name).collect::<Vec<_>>(),
            RunEvent::NAMES
        );
        for event in events {
            let mut data = event.data();
            data.insert("at".to_owned(), serde_json::json!("2026-01-01T00:00:00Z"));
            let text = serde_json::Value::Object(data).to_string();
            assert_eq!(RunEvent::read(event.name(), &text), Some(event));
        }
        assert_eq!(RunEvent::read("other.event", "{}"), None);
        assert_eq!(RunEvent::read("run.finished", "{}"), None);
    }

    #[test]
    fn every_name_is_listed_once() {
        let mut names = RunEvent::NAMES.to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), RunEvent::NAMES.len());
    }
}
