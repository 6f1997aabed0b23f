//! What the live page of a proposal shows: the row and the events since. Pure.

use model::{Proposal, ProposalEvent, ProposalStatus};

use crate::collectives::{Answer, LiveText};

/// What follows from an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    Nothing,
    /// The database holds more than the event told.
    Refetch,
}

/// The state of the page.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveState {
    pub proposal: Proposal,
    text: LiveText,
}

impl LiveState {
    pub fn new(proposal: Proposal) -> Self {
        Self {
            proposal,
            text: LiveText::default(),
        }
    }

    /// The agent is not at work.
    pub fn has_ended(&self) -> bool {
        self.proposal.status.has_ended()
    }

    /// What is to be read: the text as it grows, else the answer that stands.
    pub fn answer(&self) -> Answer {
        if !self.has_ended() && !self.text.text.is_empty() {
            return Answer::of_text(&self.text.text);
        }
        match &self.proposal.content {
            Some(content) => Answer::of_content(content),
            None => Answer::of_text(&self.text.text),
        }
    }

    /// How far the work is, in a sentence.
    pub fn progress(&self) -> &'static str {
        match self.proposal.status {
            ProposalStatus::Queued => "The agent is about to be asked.",
            ProposalStatus::Running if self.text.text.is_empty() => "The agent was asked.",
            ProposalStatus::Running => "The answer is being written.",
            ProposalStatus::Pending => "The answer is here and waits for a decision.",
            ProposalStatus::Accepted => "The proposal was accepted.",
            ProposalStatus::Rejected => "The proposal was rejected.",
            ProposalStatus::Revised => "The proposal was accepted with changes.",
            ProposalStatus::BlockedByPolicy => "A policy has blocked the call.",
            ProposalStatus::Failed => "The call has failed.",
            ProposalStatus::Cancelled => "The work was cancelled.",
            ProposalStatus::Unknown => "It is not known how the call ended.",
        }
    }

    /// Takes one event in. Events may come again after a reconnect, and those
    /// of earlier rounds come first.
    pub fn apply(&mut self, event: &ProposalEvent) -> Next {
        match event {
            ProposalEvent::RunStarted { round } => {
                let row = &mut self.proposal;
                if row.status == ProposalStatus::Queued && row.round == *round {
                    row.status = ProposalStatus::Running;
                }
                Next::Nothing
            }
            ProposalEvent::AnswerStarted { attempt, .. } => {
                self.text.restart(*attempt);
                // The row names the agent.
                Next::Refetch
            }
            ProposalEvent::AnswerDelta {
                attempt,
                offset,
                text,
            } => {
                self.text.push(*attempt, *offset, text);
                Next::Nothing
            }
            // The end of the work is told in the same moment.
            ProposalEvent::AnswerCompleted { .. }
            | ProposalEvent::AnswerFailed { .. }
            | ProposalEvent::AnswerBlocked { .. } => Next::Nothing,
            ProposalEvent::RunFinished { .. } => Next::Refetch,
            // The tree of delegations follows these.
            ProposalEvent::DelegationQueued { .. }
            | ProposalEvent::DelegationStarted { .. }
            | ProposalEvent::DelegationDelta { .. }
            | ProposalEvent::DelegationCompleted { .. }
            | ProposalEvent::DelegationFailed { .. }
            | ProposalEvent::DelegationCancelled { .. }
            | ProposalEvent::DelegationClosed { .. } => Next::Nothing,
        }
    }

    /// Takes the row as it was read. `false`: it is older than what is known.
    pub fn absorb(&mut self, fresh: Proposal) -> bool {
        if fresh.updated_at < self.proposal.updated_at {
            return false;
        }
        self.proposal = fresh;
        true
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};
    use serde_json::json;

    use super::*;

    fn row(status: ProposalStatus, content: serde_json::Value) -> Proposal {
        let id = "01890a5d-ac96-774b-bcce-b302099a8057";
        let whole = json!({
            "id": id, "hub_id": id, "task_type": "synthesis", "artifact_type": "widget_summary",
            "title": "Summary", "status": status, "content": content, "readable": true, "round": 1,
            "auto_applied": false, "started_by": "Ada", "created_at": DateTime::UNIX_EPOCH,
            "updated_at": DateTime::UNIX_EPOCH,
        });
        serde_json::from_value(whole).unwrap_or_else(|e| panic!("{e}"))
    }

    fn delta(attempt: i32, offset: i64, text: &str) -> ProposalEvent {
        ProposalEvent::AnswerDelta {
            attempt,
            offset,
            text: text.to_owned(),
        }
    }

    fn started(attempt: i32) -> ProposalEvent {
        ProposalEvent::AnswerStarted {
            agent_registration_id: model::AgentId(uuid::Uuid::nil()),
            attempt,
        }
    }

    #[test]
    fn text_grows_and_gives_way_to_the_stored_answer() {
        let mut state = LiveState::new(row(ProposalStatus::Queued, json!(null)));
        state.apply(&ProposalEvent::RunStarted { round: 1 });
        assert_eq!(state.proposal.status, ProposalStatus::Running);
        assert_eq!(state.apply(&started(1)), Next::Refetch);
        state.apply(&delta(1, 0, "{\"recommendation\": \"Wa"));
        state.apply(&delta(1, 22, "it\""));
        assert_eq!(state.answer().recommendation.as_deref(), Some("Wait"));
        let stored = json!({ "recommendation": "Wait, then look" });
        assert!(state.absorb(row(ProposalStatus::Pending, stored)));
        assert!(state.has_ended());
        assert_eq!(
            state.answer().recommendation.as_deref(),
            Some("Wait, then look")
        );
    }

    #[test]
    fn another_round_shows_the_new_text_as_it_comes() {
        let old = json!({ "recommendation": "Old" });
        let mut running = row(ProposalStatus::Running, old);
        running.round = 2;
        let mut state = LiveState::new(running);
        // What the first round told comes again.
        state.apply(&ProposalEvent::RunStarted { round: 1 });
        state.apply(&started(1));
        let ended = ProposalEvent::RunFinished {
            status: ProposalStatus::Pending,
        };
        assert_eq!(state.apply(&ended), Next::Refetch);
        assert!(!state.has_ended());
        assert_eq!(state.answer().recommendation.as_deref(), Some("Old"));
        state.apply(&started(2));
        state.apply(&delta(2, 0, "{\"recommendation\": \"New\""));
        assert_eq!(state.answer().recommendation.as_deref(), Some("New"));
    }

    #[test]
    fn an_older_reading_changes_nothing() {
        let mut newer = row(ProposalStatus::Pending, json!({ "recommendation": "x" }));
        newer.updated_at += TimeDelta::seconds(1);
        let mut state = LiveState::new(newer.clone());
        assert!(!state.absorb(row(ProposalStatus::Running, json!(null))));
        assert_eq!(state.proposal, newer);
    }
}
