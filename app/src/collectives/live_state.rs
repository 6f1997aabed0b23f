//! What the live page shows: a snapshot of the database and the events since.
//! Pure, so that tests can play any order of events against it.

mod rounds;
mod text;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use model::{
    CollectiveDetail, Contribution, ContributionId, MemberState, RunEvent, RunState, SynthesisState,
};

pub use rounds::{Judging, Shown};
pub use text::LiveText;

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
    pub detail: CollectiveDetail,
    texts: BTreeMap<ContributionId, LiveText>,
    pub synthesis: LiveText,
    /// The round of which the stream tells right now. A stream begins with the
    /// first one, whatever the database says.
    told: i32,
    /// Pairs of recommendations that a judge looks at.
    pub judging: Judging,
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
            told: 1,
            judging: Judging::default(),
        }
    }

    pub fn is_final(&self) -> bool {
        self.detail.collective.run_state.is_final()
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

    /// A stream is opened: it tells everything again, from the first round on.
    pub fn listen(&mut self) {
        self.told = 1;
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
            // Another round may follow in the same stream: only the database
            // knows whether this was the end.
            RunEvent::RunFinished { .. } => {
                self.judging = Judging::default();
                Next::Refetch
            }
            RunEvent::HubChanged { .. } => Next::Nothing,
            RunEvent::RoundQueued { .. }
            | RunEvent::RoundStarted { .. }
            | RunEvent::RoundFinished { .. }
            | RunEvent::JudgeStarted { .. }
            | RunEvent::JudgeCompleted { .. } => self.apply_round(event, at),
            synthesis if self.is_told_now() => self.apply_synthesis(synthesis),
            // Of an earlier round, told again.
            _ => Next::Nothing,
        }
    }

    fn apply_synthesis(&mut self, event: &RunEvent) -> Next {
        match event {
            RunEvent::SynthesisStarted {
                agent_registration_id,
                attempt,
            } => {
                self.synthesis.restart(*attempt);
                self.judging = Judging::default();
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
        let known = self.first_round();
        let run = &mut self.detail.collective;
        if run.run_state == RunState::Queued {
            run.run_state = RunState::Running;
        }
        run.started_at = run.started_at.or(at);
        if agents == known {
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
        let (before, after) = (rounds::latest(&self.detail), rounds::latest(&fresh));
        if after < before {
            return false;
        }
        if fresh.collective.run_state.is_final() {
            self.renew(fresh);
            return true;
        }
        if self.is_final() && after == before {
            return false;
        }
        let known = std::mem::replace(&mut self.detail, fresh);
        self.keep_members(&known);
        if after == before {
            self.keep_run(&known);
        } else {
            self.synthesis = LiveText::default();
        }
        true
    }

    /// Takes what the database just answered to a change, whatever was shown.
    pub fn renew(&mut self, fresh: CollectiveDetail) {
        self.detail = fresh;
        self.texts.clear();
        self.synthesis = LiveText::default();
        self.judging = Judging::default();
    }

    /// Members that are further along than in the snapshot, or not in it yet.
    fn keep_members(&mut self, known: &CollectiveDetail) {
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
        for member in &known.contributions {
            if self.detail.contributions.iter().all(|c| c.id != member.id) {
                self.detail.contributions.push(member.clone());
            }
        }
    }

    fn keep_run(&mut self, known: &CollectiveDetail) {
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
        run.round = run.round.max(before.round);
    }
}
