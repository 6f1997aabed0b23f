//! What the work on an agent proposal tells.

use serde::Serialize;

use super::Fields;
use crate::{AgentId, DelegationId, GovernancePolicyId, ProposalId, ProposalStatus};

/// The name of the event is the SSE `event:` field, the rest its `data:`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", content = "data")]
pub enum ProposalEvent {
    #[serde(rename = "run.started")]
    RunStarted { round: i32 },
    /// An agent is asked; told again where the next candidate takes over.
    #[serde(rename = "answer.started")]
    AnswerStarted {
        agent_registration_id: AgentId,
        attempt: i32,
    },
    #[serde(rename = "answer.delta")]
    AnswerDelta {
        attempt: i32,
        /// In Unicode characters, from the start of this attempt's text.
        offset: i64,
        text: String,
    },
    #[serde(rename = "answer.completed")]
    AnswerCompleted {
        agent_registration_id: AgentId,
        tokens_in: Option<i64>,
        tokens_out: Option<i64>,
        model_used: Option<String>,
    },
    #[serde(rename = "answer.failed")]
    AnswerFailed { error_type: String, error: String },
    #[serde(rename = "answer.blocked")]
    AnswerBlocked {
        policy_id: Option<GovernancePolicyId>,
        reason: String,
    },
    /// The agent is not at work any more. Another round may follow.
    #[serde(rename = "run.finished")]
    RunFinished { status: ProposalStatus },
    /// A subtask was handed on from this proposal, or somewhere below it.
    #[serde(rename = "delegation.queued")]
    DelegationQueued {
        delegation_id: DelegationId,
        parent_proposal_id: ProposalId,
        result_proposal_id: ProposalId,
    },
    /// Its agent is asked.
    #[serde(rename = "delegation.started")]
    DelegationStarted {
        delegation_id: DelegationId,
        attempt: i32,
    },
    #[serde(rename = "delegation.delta")]
    DelegationDelta {
        delegation_id: DelegationId,
        attempt: i32,
        /// In Unicode characters, from the start of this attempt's text.
        offset: i64,
        text: String,
    },
    #[serde(rename = "delegation.completed")]
    DelegationCompleted {
        delegation_id: DelegationId,
        tokens_used: Option<i64>,
    },
    #[serde(rename = "delegation.failed")]
    DelegationFailed {
        delegation_id: DelegationId,
        error_type: String,
        error: String,
    },
    #[serde(rename = "delegation.cancelled")]
    DelegationCancelled { delegation_id: DelegationId },
    /// What it had not spent went back up the chain.
    #[serde(rename = "delegation.closed")]
    DelegationClosed { delegation_id: DelegationId },
}

impl ProposalEvent {
    /// The name in the SSE `event:` field.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::RunStarted { .. } => "run.started",
            Self::AnswerStarted { .. } => "answer.started",
            Self::AnswerDelta { .. } => "answer.delta",
            Self::AnswerCompleted { .. } => "answer.completed",
            Self::AnswerFailed { .. } => "answer.failed",
            Self::AnswerBlocked { .. } => "answer.blocked",
            Self::RunFinished { .. } => "run.finished",
            Self::DelegationQueued { .. } => "delegation.queued",
            Self::DelegationStarted { .. } => "delegation.started",
            Self::DelegationDelta { .. } => "delegation.delta",
            Self::DelegationCompleted { .. } => "delegation.completed",
            Self::DelegationFailed { .. } => "delegation.failed",
            Self::DelegationCancelled { .. } => "delegation.cancelled",
            Self::DelegationClosed { .. } => "delegation.closed",
        }
    }

    /// All names, for a client that listens to each.
    pub const NAMES: &'static [&'static str] = &[
        "run.started",
        "answer.started",
        "answer.delta",
        "answer.completed",
        "answer.failed",
        "answer.blocked",
        "run.finished",
        "delegation.queued",
        "delegation.started",
        "delegation.delta",
        "delegation.completed",
        "delegation.failed",
        "delegation.cancelled",
        "delegation.closed",
    ];

    /// The fields of the event's `data:`, without those that every event has.
    pub fn data(&self) -> serde_json::Map<String, serde_json::Value> {
        super::data(self)
    }

    /// Reads an event as it came over the wire; `None` where it is no event
    /// that this version knows.
    pub fn read(name: &str, data: &str) -> Option<Self> {
        let fields = serde_json::from_str::<Fields>(data).ok()?;
        Some(match name {
            "run.started" => Self::RunStarted {
                round: fields.round?,
            },
            "answer.started" => Self::AnswerStarted {
                agent_registration_id: fields.agent_registration_id?,
                attempt: fields.attempt?,
            },
            "answer.delta" => Self::AnswerDelta {
                attempt: fields.attempt?,
                offset: fields.offset?,
                text: fields.text?,
            },
            "answer.completed" => Self::AnswerCompleted {
                agent_registration_id: fields.agent_registration_id?,
                tokens_in: fields.tokens_in,
                tokens_out: fields.tokens_out,
                model_used: fields.model_used,
            },
            "answer.failed" => Self::AnswerFailed {
                error_type: fields.error_type?,
                error: fields.error?,
            },
            "answer.blocked" => Self::AnswerBlocked {
                policy_id: fields.policy_id,
                reason: fields.reason?,
            },
            "run.finished" => Self::RunFinished {
                status: fields.status?,
            },
            _ => return Self::of_delegation(name, fields),
        })
    }

    fn of_delegation(name: &str, fields: Fields) -> Option<Self> {
        let delegation_id = fields.delegation_id?;
        Some(match name {
            "delegation.queued" => Self::DelegationQueued {
                delegation_id,
                parent_proposal_id: fields.parent_proposal_id?,
                result_proposal_id: fields.result_proposal_id?,
            },
            "delegation.started" => Self::DelegationStarted {
                delegation_id,
                attempt: fields.attempt?,
            },
            "delegation.delta" => Self::DelegationDelta {
                delegation_id,
                attempt: fields.attempt?,
                offset: fields.offset?,
                text: fields.text?,
            },
            "delegation.completed" => Self::DelegationCompleted {
                delegation_id,
                tokens_used: fields.tokens_used,
            },
            "delegation.failed" => Self::DelegationFailed {
                delegation_id,
                error_type: fields.error_type?,
                error: fields.error?,
            },
            "delegation.cancelled" => Self::DelegationCancelled { delegation_id },
            "delegation.closed" => Self::DelegationClosed { delegation_id },
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_event_survives_the_wire() {
        let agent_registration_id = AgentId(uuid::Uuid::from_u128(2));
        let delegation_id = DelegationId(uuid::Uuid::from_u128(3));
        let text = || "ünï \"quoted\"".to_owned();
        let events = vec![
            ProposalEvent::RunStarted { round: 2 },
            ProposalEvent::AnswerStarted {
                agent_registration_id,
                attempt: 1,
            },
            ProposalEvent::AnswerDelta {
                attempt: 1,
                offset: 7,
                text: text(),
            },
            ProposalEvent::AnswerCompleted {
                agent_registration_id,
                tokens_in: Some(3),
                tokens_out: None,
                model_used: Some(text()),
            },
            ProposalEvent::AnswerFailed {
                error_type: text(),
                error: text(),
            },
            ProposalEvent::AnswerBlocked {
                policy_id: None,
                reason: text(),
            },
            ProposalEvent::RunFinished {
                status: ProposalStatus::BlockedByPolicy,
            },
            ProposalEvent::DelegationQueued {
                delegation_id,
                parent_proposal_id: ProposalId(uuid::Uuid::from_u128(4)),
                result_proposal_id: ProposalId(uuid::Uuid::from_u128(5)),
            },
            ProposalEvent::DelegationStarted {
                delegation_id,
                attempt: 1,
            },
            ProposalEvent::DelegationDelta {
                delegation_id,
                attempt: 1,
                offset: 7,
                text: text(),
            },
            ProposalEvent::DelegationCompleted {
                delegation_id,
                tokens_used: Some(7),
            },
            ProposalEvent::DelegationFailed {
                delegation_id,
                error_type: text(),
                error: text(),
            },
            ProposalEvent::DelegationCancelled { delegation_id },
            ProposalEvent::DelegationClosed { delegation_id },
        ];
        assert_eq!(
            events.iter().map(ProposalEvent::name).collect::<Vec<_>>(),
            ProposalEvent::NAMES
        );
        for event in events {
            let mut data = event.data();
            data.insert("at".to_owned(), serde_json::json!("2026-01-01T00:00:00Z"));
            let text = serde_json::Value::Object(data).to_string();
            assert_eq!(ProposalEvent::read(event.name(), &text), Some(event));
        }
        assert_eq!(ProposalEvent::read("other.event", "{}"), None);
        assert_eq!(ProposalEvent::read("run.finished", "{}"), None);
    }
}
