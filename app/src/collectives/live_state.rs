//! What the live page shows: a snapshot of the database and the events since.
//! Pure, so that tests can play any order of events against it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use model::{
    CollectiveDetail, Contribution, ContributionId, MemberState, RunEvent, RunState, SynthesisState,
};

/// The text of one answer as it grows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LiveText {
    pub attempt: i32,
    pub text: String,
    /// Characters in `text`.
    chars: usize,
}

impl LiveText {
    /// Takes a piece in. A piece of an earlier attempt is dropped, a later
    /// attempt begins anew, and a piece that leaves a gap waits for the next
    /// full text.
    pub fn push(&mut self, attempt: i32, offset: i64, piece: &str) {
        if attempt < self.attempt {
            return;
        }
        if attempt > self.attempt {
            self.restart(attempt);
        }
        let Ok(offset) = usize::try_from(offset) else {
            return;
        };
        if offset == 0 {
            self.text = piece.to_owned();
            self.chars = piece.chars().count();
        } else if offset <= self.chars {
            let known = self.chars - offset;
            for c in piece.chars().skip(known) {
                self.text.push(c);
                self.chars += 1;
            }
        }
    }

    /// Forgets the text of earlier attempts.
    pub fn restart(&mut self, attempt: i32) {
        if attempt > self.attempt {
            *self = Self {
                attempt,
                ..Self::default()
            };
        }
    }
}

/// What follows from an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    Nothing,
    /// The database holds more than the event told.
    Refetch,
    /// The last event: close the stream and read the database once more.
    Finished,
}

/// The state of the page.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveState {
    pub detail: CollectiveDetail,
    texts: BTreeMap<ContributionId, LiveText>,
    pub synthesis: LiveText,
}

/// One agent's column.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnView {
    pub contribution: Contribution,
    /// What has come so far; empty once the content is known.
    pub text: String,
}

/// How far along a part is: a later attempt counts more than a later stage.
fn progress(attempt: i32, pending: bool, is_final: bool) -> (i32, u8) {
    let stage = if is_final { 2 } else { u8::from(!pending) };
    (attempt, stage)
}

fn member_progress(c: &Contribution) -> (i32, u8) {
    progress(
        c.attempt,
        c.status == MemberState::Pending,
        c.status.is_final(),
    )
}

fn synthesis_stage(state: SynthesisState) -> u8 {
    match state {
        SynthesisState::Pending => 0,
        SynthesisState::Running => 1,
        SynthesisState::Completed | SynthesisState::Failed | SynthesisState::None => 2,
    }
}

impl LiveState {
    pub fn new(detail: CollectiveDetail) -> Self {
        Self {
            detail,
            texts: BTreeMap::new(),
            synthesis: LiveText::default(),
        }
    }

    pub fn is_final(&self) -> bool {
        self.detail.collective.run_state.is_final()
    }

    /// How far the run is, in a sentence.
    pub fn progress(&self) -> String {
        let members = &self.detail.contributions;
        let ended = members.iter().filter(|c| c.status.is_final()).count();
        let run = &self.detail.collective;
        match run.run_state {
            RunState::Queued => "The run is queued.".to_owned(),
            RunState::Running if run.synthesis_state == SynthesisState::Running => {
                "The synthesis is being written.".to_owned()
            }
            RunState::Running => format!("{ended} of {} agents have ended.", members.len()),
            RunState::Finished => "The run has finished.".to_owned(),
            RunState::Failed => "The run has failed.".to_owned(),
            RunState::Cancelled => "The run was cancelled.".to_owned(),
        }
    }

    /// The ids of the columns, by place.
    pub fn columns(&self) -> Vec<ContributionId> {
        self.detail.contributions.iter().map(|c| c.id).collect()
    }

    pub fn column(&self, id: ContributionId) -> Option<ColumnView> {
        let contribution = self
            .detail
            .contributions
            .iter()
            .find(|c| c.id == id)?
            .clone();
        let text = match (&contribution.content, self.texts.get(&id)) {
            (None, Some(live)) if live.attempt >= contribution.attempt => live.text.clone(),
            _ => String::new(),
        };
        Some(ColumnView { contribution, text })
    }

    /// Takes one event in. Events may come again after a reconnect.
    pub fn apply(&mut self, event: &RunEvent, at: Option<DateTime<Utc>>) -> Next {
        match event {
            RunEvent::RunStarted { agents } => self.run_started(agents.len(), at),
            RunEvent::ContributionStarted {
                contribution_id,
                attempt,
                ..
            } => self.contribution_started(*contribution_id, *attempt, at),
            RunEvent::ContributionDelta {
                contribution_id,
                attempt,
                offset,
                text,
            } => {
                let live = self.texts.entry(*contribution_id).or_default();
                live.push(*attempt, *offset, text);
                self.contribution_started(*contribution_id, *attempt, at)
            }
            RunEvent::ContributionCompleted {
                contribution_id, ..
            } => self.member_ended(*contribution_id, MemberState::Completed, None, at),
            RunEvent::ContributionFailed {
                contribution_id,
                error_type,
                error,
            } => {
                let error = Some((Some(error_type.clone()), error.clone()));
                self.member_ended(*contribution_id, MemberState::Failed, error, at)
            }
            RunEvent::ContributionBlocked {
                contribution_id,
                reason,
                ..
            } => {
                let error = Some((None, reason.clone()));
                self.member_ended(*contribution_id, MemberState::Blocked, error, at)
            }
            RunEvent::RunFinished {
                run_state,
                consensus_status,
            } => {
                self.detail.collective.run_state = *run_state;
                self.detail.collective.consensus_status = *consensus_status;
                Next::Finished
            }
            RunEvent::HubChanged { .. } => Next::Nothing,
            synthesis => self.apply_synthesis(synthesis),
        }
    }

    fn apply_synthesis(&mut self, event: &RunEvent) -> Next {
        match event {
            RunEvent::SynthesisStarted {
                agent_registration_id,
                attempt,
            } => {
                self.synthesis.restart(*attempt);
                if synthesis_stage(self.detail.collective.synthesis_state) < 2 {
                    self.detail.collective.synthesis_agent_id = Some(*agent_registration_id);
                    self.detail.collective.synthesis_state = SynthesisState::Running;
                }
                Next::Nothing
            }
            RunEvent::SynthesisDelta {
                attempt,
                offset,
                text,
            } => {
                self.synthesis.push(*attempt, *offset, text);
                if self.detail.collective.synthesis_state == SynthesisState::Pending {
                    self.detail.collective.synthesis_state = SynthesisState::Running;
                }
                Next::Nothing
            }
            RunEvent::SynthesisCompleted { .. } => {
                self.synthesis_ended(SynthesisState::Completed, None)
            }
            RunEvent::SynthesisFailed {
                error_type, error, ..
            } => self.synthesis_ended(SynthesisState::Failed, Some((error_type, error))),
            _ => Next::Nothing,
        }
    }

    fn run_started(&mut self, agents: usize, at: Option<DateTime<Utc>>) -> Next {
        let run = &mut self.detail.collective;
        if run.run_state == RunState::Queued {
            run.run_state = RunState::Running;
        }
        run.started_at = run.started_at.or(at);
        if agents == self.detail.contributions.len() {
            Next::Nothing
        } else {
            Next::Refetch
        }
    }

    fn member(&mut self, id: ContributionId) -> Option<&mut Contribution> {
        self.detail.contributions.iter_mut().find(|c| c.id == id)
    }

    fn contribution_started(
        &mut self,
        id: ContributionId,
        attempt: i32,
        at: Option<DateTime<Utc>>,
    ) -> Next {
        if let Some(live) = self.texts.get_mut(&id) {
            live.restart(attempt);
        }
        let Some(member) = self.member(id) else {
            return Next::Refetch;
        };
        if member_progress(member) >= progress(attempt, false, false) {
            return Next::Nothing;
        }
        if attempt > member.attempt {
            member.started_at = at.or(member.started_at);
        }
        member.status = MemberState::Running;
        member.attempt = attempt;
        member.ended_at = None;
        member.error_type = None;
        member.error = None;
        Next::Nothing
    }

    fn member_ended(
        &mut self,
        id: ContributionId,
        status: MemberState,
        error: Option<(Option<String>, String)>,
        at: Option<DateTime<Utc>>,
    ) -> Next {
        let Some(member) = self.member(id) else {
            return Next::Refetch;
        };
        if member.status.is_final() {
            return Next::Nothing;
        }
        member.status = status;
        member.ended_at = at;
        if let Some((error_type, error)) = error {
            member.error_type = error_type;
            member.error = Some(error);
        }
        Next::Refetch
    }

    fn synthesis_ended(
        &mut self,
        state: SynthesisState,
        error: Option<(&String, &String)>,
    ) -> Next {
        let run = &mut self.detail.collective;
        if synthesis_stage(run.synthesis_state) == 2 {
            return Next::Nothing;
        }
        run.synthesis_state = state;
        if let Some((error_type, error)) = error {
            run.synthesis_error_type = Some(error_type.clone());
            run.synthesis_error = Some(error.clone());
        }
        Next::Refetch
    }

    /// Takes a newer snapshot in. Where it was read before the last events, a
    /// part that is further along stays; once the run has ended the database
    /// is right in everything. `false`: the snapshot is older than the page
    /// and another has to be read.
    pub fn absorb(&mut self, fresh: CollectiveDetail) -> bool {
        if fresh.collective.run_state.is_final() {
            self.detail = fresh;
            self.texts.clear();
            self.synthesis = LiveText::default();
            return true;
        }
        if self.is_final() {
            return false;
        }
        let known = std::mem::replace(&mut self.detail, fresh);
        for member in &mut self.detail.contributions {
            let before = known.contributions.iter().find(|c| c.id == member.id);
            if let Some(before) = before
                && member_progress(before) > member_progress(member)
            {
                *member = before.clone();
            }
            if member.content.is_some() {
                self.texts.remove(&member.id);
            }
        }
        let run = &mut self.detail.collective;
        let before = &known.collective;
        if synthesis_stage(before.synthesis_state) > synthesis_stage(run.synthesis_state) {
            run.synthesis_state = before.synthesis_state;
            run.synthesis_agent_id = before.synthesis_agent_id;
            run.synthesis_error_type
                .clone_from(&before.synthesis_error_type);
            run.synthesis_error.clone_from(&before.synthesis_error);
        }
        if before.run_state == RunState::Running && run.run_state == RunState::Queued {
            run.run_state = RunState::Running;
        }
        true
    }
}
