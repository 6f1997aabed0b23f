//! What the work on an agent proposal tells.

use serde::Serialize;

use super::Fields;
use crate::{AgentId, GovernancePolicyId, ProposalStatus};

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
