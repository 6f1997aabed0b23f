//! What the buttons of a decision share.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use model::{
    Caller, CollectiveDetail, CollectiveId, ContributionId, DecisionStatus, FieldChoices,
    NewCollectiveReview, Role, RunState, SynthesisState, Verdict,
};
use serde_json::Value;

use super::follow::Live;
use crate::components::use_toast;
use crate::error::AppError;
use crate::labels::Tone;
use crate::server_fns::collectives::decide_collective;

/// What a person may do with a proposal right now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    /// Accept a contribution, revise, reject.
    pub decide: bool,
    pub accept_synthesis: bool,
    pub undo: bool,
}

/// What the form of a decision depends on. Two readings of the same are equal,
/// whatever else of the proposal has changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    pub run_state: RunState,
    pub decision: DecisionStatus,
    synthesis_state: SynthesisState,
    /// Of what is decided on; it is known once the finished run was read.
    content_hash: Option<String>,
    decided_at: Option<DateTime<Utc>>,
}

impl Stage {
    pub fn of(detail: &CollectiveDetail) -> Self {
        let run = &detail.collective;
        Self {
            run_state: run.run_state,
            decision: run.decision,
            synthesis_state: run.synthesis_state,
            content_hash: run.content_hash.clone(),
            decided_at: run.decided_at,
        }
    }

    /// Whether the page holds what a decision is about, not only the news that
    /// the run has finished.
    pub fn is_read(&self) -> bool {
        self.content_hash.is_some()
    }
}

/// Reads the choices from what is shown.
pub fn choices(detail: &CollectiveDetail, caller: &Caller) -> Choices {
    let run = &detail.collective;
    let may = caller.may(Role::Reviewer)
        && run.run_state == RunState::Finished
        && Stage::of(detail).is_read();
    let open = run.decision == DecisionStatus::Pending;
    let last = detail.reviews.last();
    let own = last.is_some_and(|r| r.verdict != Verdict::Undone && r.reviewer == caller.name);
    Choices {
        decide: may && open,
        accept_synthesis: may && open && run.synthesis_state == SynthesisState::Completed,
        undo: may && !open && own,
    }
}

/// A decision as the buttons give it.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    pub contribution_id: Option<ContributionId>,
    pub fields: Option<FieldChoices>,
    pub revised_content: Option<Value>,
}

/// Sends decisions; lives in the context of the page of one proposal.
#[derive(Clone, Copy)]
pub struct Decisions {
    pub choices: Memo<Choices>,
    pub pending: Signal<bool>,
    pub refusal: RwSignal<Option<AppError>>,
    /// What the person says about the decision.
    pub comment: RwSignal<String>,
    live: Live,
    send: Action<(CollectiveId, NewCollectiveReview), Result<CollectiveDetail, AppError>>,
}

impl Decisions {
    pub fn new(live: Live, caller: Caller) -> Self {
        let send = Action::new(|(id, review): &(CollectiveId, NewCollectiveReview)| {
            decide_collective(*id, review.clone())
        });
        let decisions = Self {
            choices: Memo::new(move |_| live.state.with(|s| choices(&s.detail, &caller))),
            pending: send.pending().into(),
            refusal: RwSignal::new(None),
            comment: RwSignal::new(String::new()),
            live,
            send,
        };
        decisions.listen();
        decisions
    }

    fn listen(self) {
        let toast = use_toast();
        Effect::new(move |_| match self.send.value().get() {
            Some(Ok(detail)) => {
                let text = match detail.collective.decision {
                    DecisionStatus::Pending => "The decision is taken back.",
                    DecisionStatus::Accepted => "Accepted.",
                    DecisionStatus::Rejected => "Rejected.",
                    DecisionStatus::Revised => "Your revision stands.",
                };
                self.live.state.update(|state| {
                    state.absorb(detail);
                });
                self.comment.set(String::new());
                self.refusal.set(None);
                toast(Tone::Good, text.to_owned());
            }
            Some(Err(error)) => self.refusal.set(Some(error)),
            None => {}
        });
    }

    /// Sends a decision on what is on the screen now.
    pub fn decide(self, verdict: Verdict, choice: Choice) {
        let hash = self
            .live
            .state
            .with_untracked(|s| s.detail.collective.content_hash.clone());
        let written = self.comment.get_untracked();
        let comment = Some(written.trim().to_owned())
            .filter(|comment| !comment.is_empty() && verdict != Verdict::Undone);
        self.refusal.set(None);
        self.send.dispatch((
            self.live.id,
            NewCollectiveReview {
                verdict,
                comment,
                revised_content: choice.revised_content,
                content_hash: hash,
                contribution_id: choice.contribution_id,
                fields: choice.fields,
            },
        ));
    }

    /// Reads what stands there now, after a refusal.
    pub fn reload(self) {
        self.refusal.set(None);
        self.live.refetch();
    }
}

/// The decisions of the page around.
pub fn use_decisions() -> Option<Decisions> {
    use_context::<Decisions>()
}
