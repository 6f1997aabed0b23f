//! Live events, as they travel to the browser and to programs.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{AgentId, CollectiveId, ConsensusStatus, ContributionId, GovernancePolicyId, RunState};

/// An agent that is asked in a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunAgent {
    pub id: AgentId,
    pub name: String,
    pub place: i32,
}

/// What a run tells. The name of the event is the SSE `event:` field, the rest
/// its `data:`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", content = "data")]
pub enum RunEvent {
    #[serde(rename = "run.started")]
    RunStarted { agents: Vec<RunAgent> },
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
        match serde_json::to_value(self) {
            Ok(serde_json::Value::Object(mut whole)) => match whole.remove("data") {
                Some(serde_json::Value::Object(data)) => data,
                _ => serde_json::Map::new(),
            },
            _ => serde_json::Map::new(),
        }
    }

    /// Reads an event as it came over the wire; `None` where it is no event
    /// that this version knows.
    pub fn read(name: &str, data: &str) -> Option<Self> {
        let data: serde_json::Value = serde_json::from_str(data).ok()?;
        serde_json::from_value(serde_json::json!({ "event": name, "data": data })).ok()
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

    #[test]
    fn an_event_survives_the_wire() {
        let event = RunEvent::ContributionFailed {
            contribution_id: ContributionId(uuid::Uuid::nil()),
            error_type: "timeout".to_owned(),
            error: "ünï".to_owned(),
        };
        let mut data = event.data();
        data.insert("at".to_owned(), serde_json::json!("2026-01-01T00:00:00Z"));
        let text = serde_json::Value::Object(data).to_string();
        assert_eq!(RunEvent::read(event.name(), &text), Some(event));
        assert_eq!(RunEvent::read("other.event", "{}"), None);
    }

    #[test]
    fn every_name_is_listed_once() {
        let mut names = RunEvent::NAMES.to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), RunEvent::NAMES.len());
    }
}
