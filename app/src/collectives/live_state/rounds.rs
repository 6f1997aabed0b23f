//! The rounds of a run in the live page: which answers are shown, and what
//! events of rounds change.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use model::{
    CollectiveDetail, Contribution, ContributionId, MemberState, RoundKind, RoundMember,
    RoundState, RunEvent, RunState, SynthesisState,
};

use super::{LiveState, LiveText, Next};

/// A judging agent at work.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judging {
    /// How many pairs it is asked about; 0 while it is not asked.
    pub pairs: i64,
    done: BTreeSet<(ContributionId, ContributionId)>,
}

impl Judging {
    /// What it does right now, in a sentence.
    pub fn words(&self) -> Option<String> {
        let done = self.done.len();
        (self.pairs > 0).then(|| match (self.pairs, done) {
            (1, _) => "A judging agent compares 1 pair of recommendations.".to_owned(),
            (pairs, 0) => format!("A judging agent compares {pairs} pairs of recommendations."),
            (pairs, done) => {
                format!("A judging agent compares {pairs} pairs of recommendations; {done} done.")
            }
        })
    }
}

/// Which answers stand side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Each agent's word that counts.
    Current,
    /// All of one round.
    Round(i32),
}

/// The highest round that is known, held or planned by a person.
pub fn latest(detail: &CollectiveDetail) -> i32 {
    let rows = detail.rounds.iter().map(|round| round.number);
    let members = detail.contributions.iter().map(|c| c.round);
    rows.chain(members).fold(detail.collective.round, i32::max)
}

impl LiveState {
    /// How many were asked in the first round.
    pub(super) fn first_round(&self) -> usize {
        let members = self.detail.contributions.iter();
        members.filter(|c| c.round <= 1).count()
    }

    /// Whether the stream tells of the round that is under way, not again of
    /// an earlier one.
    pub(super) fn is_told_now(&self) -> bool {
        self.told >= self.detail.collective.round
    }

    /// The round that agents answer in right now.
    pub fn round_at_work(&self) -> Option<i32> {
        if self.is_final() {
            return None;
        }
        let running = self
            .detail
            .rounds
            .iter()
            .rev()
            .find(|round| round.state == RoundState::Running);
        let round = running.map_or(self.detail.collective.round, |round| round.number);
        let open = self
            .detail
            .contributions
            .iter()
            .any(|c| c.round == round && !c.status.is_final());
        (open || running.is_some()).then_some(round)
    }

    /// What stands side by side: the round that was chosen, else the one that
    /// grows, else each agent's word that counts.
    pub fn shown(&self, chosen: Option<i32>) -> Shown {
        match (chosen, self.round_at_work()) {
            (Some(round), _) if self.has_round(round) => Shown::Round(round),
            (_, Some(round)) if self.has_round(round) => Shown::Round(round),
            _ => Shown::Current,
        }
    }

    pub fn has_round(&self, round: i32) -> bool {
        self.detail.contributions.iter().any(|c| c.round == round)
    }

    /// The contributions that are shown, by place.
    pub fn members(&self, shown: Shown) -> Vec<&Contribution> {
        let all = &self.detail.contributions;
        let counts = all.iter().any(|c| c.is_current);
        let wanted = |c: &&Contribution| match shown {
            Shown::Round(round) => c.round == round,
            Shown::Current if counts => c.is_current,
            Shown::Current => c.round <= 1,
        };
        let mut members: Vec<_> = all.iter().filter(wanted).collect();
        members.sort_by_key(|c| c.place);
        members
    }

    /// Whether it is one of the answers that a person decides on.
    pub fn stands(&self, c: &Contribution) -> bool {
        let counts = self.detail.contributions.iter().any(|c| c.is_current);
        c.readable && c.kind.is_opinion() && (c.is_current || !counts)
    }

    /// How far the run is, in a sentence.
    pub fn progress(&self) -> String {
        let run = &self.detail.collective;
        match run.run_state {
            RunState::Queued if run.round > 1 => "The next round is queued.".to_owned(),
            RunState::Queued => "The run is queued.".to_owned(),
            RunState::Running if run.synthesis_state == SynthesisState::Running => {
                "The synthesis is being written.".to_owned()
            }
            RunState::Running => self.judging.words().unwrap_or_else(|| self.ended_words()),
            RunState::Finished => "The run has finished.".to_owned(),
            RunState::Failed => "The run has failed.".to_owned(),
            RunState::Cancelled => "The run was cancelled.".to_owned(),
        }
    }

    fn ended_words(&self) -> String {
        let round = self.round_at_work().unwrap_or(self.detail.collective.round);
        let members = self.members(Shown::Round(round));
        let ended = members.iter().filter(|c| c.status.is_final()).count();
        let words = format!("{ended} of {} agents have ended.", members.len());
        if round > 1 {
            return format!("Round {round}: {words}");
        }
        words
    }

    pub(super) fn apply_round(&mut self, event: &RunEvent, at: Option<DateTime<Utc>>) -> Next {
        match event {
            RunEvent::RoundQueued { round } => {
                self.told = *round;
                self.begin_round(*round);
                self.refetch_without_row(*round)
            }
            RunEvent::RoundStarted {
                round,
                kind,
                members,
            } => {
                self.told = *round;
                self.round_started(*round, *kind, members, at)
            }
            RunEvent::RoundFinished { round } => self.round_finished(*round, at),
            RunEvent::JudgeStarted { pairs } if self.is_told_now() && !self.is_final() => {
                self.judging = Judging {
                    pairs: *pairs,
                    done: BTreeSet::new(),
                };
                Next::Nothing
            }
            RunEvent::JudgeCompleted { left, right, .. } if self.is_told_now() => {
                if self.judging.pairs > 0 {
                    self.judging.done.insert((*left, *right));
                }
                Next::Nothing
            }
            _ => Next::Nothing,
        }
    }

    /// A round after the one that the page knows: what was judged and written
    /// before no longer stands.
    fn begin_round(&mut self, round: i32) {
        let run = &mut self.detail.collective;
        if round <= run.round {
            return;
        }
        run.round = round;
        self.judging = Judging::default();
        if run.run_state.is_final() {
            run.run_state = RunState::Queued;
        }
        if run.synthesis_state != SynthesisState::Pending {
            run.synthesis_state = SynthesisState::Pending;
            self.synthesis = LiveText::default();
        }
    }

    fn refetch_without_row(&self, round: i32) -> Next {
        if self.detail.rounds.iter().any(|row| row.number == round) {
            Next::Nothing
        } else {
            Next::Refetch
        }
    }

    fn round_started(
        &mut self,
        round: i32,
        kind: RoundKind,
        members: &[RoundMember],
        at: Option<DateTime<Utc>>,
    ) -> Next {
        self.begin_round(round);
        let mut next = self.refetch_without_row(round);
        if let Some(row) = self.detail.rounds.iter_mut().find(|r| r.number == round)
            && row.state == RoundState::Pending
        {
            row.state = RoundState::Running;
            row.started_at = row.started_at.or(at);
        }
        let run = &mut self.detail.collective;
        if round == run.round && run.run_state == RunState::Queued {
            run.run_state = RunState::Running;
        }
        for member in members {
            if self.member(member.contribution_id).is_none() {
                next = Next::Refetch;
                self.add_member(round, kind, member);
            }
        }
        next
    }

    /// A column at once: who answers is known from an earlier round.
    fn add_member(&mut self, round: i32, kind: RoundKind, member: &RoundMember) {
        let mut known = self.detail.contributions.iter();
        let Some(before) = known.find(|c| c.agent_registration_id == member.agent_registration_id)
        else {
            return;
        };
        let fresh = Contribution {
            id: member.contribution_id,
            round,
            kind,
            is_current: false,
            place: member.place,
            status: MemberState::Pending,
            attempt: 0,
            content: None,
            readable: false,
            tokens_in: None,
            tokens_out: None,
            model_used: None,
            cost_microusd: None,
            invocation_id: None,
            policy_id: None,
            error_type: None,
            error: None,
            started_at: None,
            ended_at: None,
            contributed_at: None,
            ..before.clone()
        };
        self.detail.contributions.push(fresh);
    }

    fn round_finished(&mut self, round: i32, at: Option<DateTime<Utc>>) -> Next {
        let row = self.detail.rounds.iter_mut().find(|r| r.number == round);
        match row {
            Some(row) if matches!(row.state, RoundState::Pending | RoundState::Running) => {
                row.state = RoundState::Finished;
                row.ended_at = row.ended_at.or(at);
                Next::Refetch
            }
            Some(_) => Next::Nothing,
            None => Next::Refetch,
        }
    }
}
