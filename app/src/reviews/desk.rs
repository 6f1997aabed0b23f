//! What a reviewer has before them, and what they do with it.

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::{
    CandidateId, ChosenDuplicates, Judgement, NewProposalReview, Proposal, ProposalId, Role,
    Verdict,
};
use serde_json::Value;

use crate::error::AppError;
use crate::server_fns::reviews::{
    ReviewAnswer, annotate_proposal, decide_proposal, judge_proposal, read_review,
};

/// What a reviewer writes at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Reading,
    Revising,
    Commenting,
}

/// One proposal in review.
#[derive(Clone, Copy)]
pub struct Desk {
    pub answer: RwSignal<ReviewAnswer>,
    pub mode: RwSignal<Mode>,
    pub pending: RwSignal<bool>,
    pub refusal: RwSignal<Option<AppError>>,
    /// The content that was on the screen before another answer came.
    pub before: RwSignal<Option<Value>>,
    pub comment: RwSignal<String>,
    /// Of a report on duplicates: the one that stays, and those that go.
    pub kept: RwSignal<Option<CandidateId>>,
    pub duplicates: RwSignal<Vec<CandidateId>>,
    /// Hears of each verdict that was taken.
    told: Callback<(ProposalId, Verdict)>,
}

impl Desk {
    pub fn new(answer: ReviewAnswer, told: Callback<(ProposalId, Verdict)>) -> Self {
        let named = answer
            .detail
            .proposal
            .content
            .as_ref()
            .and_then(|content| content.get("kept_candidate_id"))
            .and_then(Value::as_str)
            .and_then(|id| id.parse().ok());
        let kept = named.or(answer.detail.proposal.source_candidate_id);
        Self {
            answer: RwSignal::new(answer),
            mode: RwSignal::new(Mode::Reading),
            pending: RwSignal::new(false),
            refusal: RwSignal::new(None),
            before: RwSignal::new(None),
            comment: RwSignal::new(String::new()),
            kept: RwSignal::new(kept),
            duplicates: RwSignal::new(Vec::new()),
            told,
        }
    }

    pub fn proposal(self) -> Proposal {
        self.answer.with_untracked(|a| a.detail.proposal.clone())
    }

    pub fn id(self) -> ProposalId {
        self.answer.with_untracked(|a| a.detail.proposal.id)
    }

    pub fn may(self) -> bool {
        self.answer.with_untracked(|a| a.caller.may(Role::Reviewer))
    }

    /// Sends a verdict on what is on the screen.
    pub fn decide(self, verdict: Verdict, revised_content: Option<Value>) {
        let of = self.proposal();
        let is_report = of.artifact_type == "duplicate_report";
        let keeps = matches!(verdict, Verdict::Accepted | Verdict::Revised);
        let duplicates = self.kept.get_untracked().filter(|_| is_report && keeps);
        let duplicates = duplicates.map(|kept_candidate_id| ChosenDuplicates {
            kept_candidate_id,
            duplicate_candidate_ids: self
                .duplicates
                .get_untracked()
                .into_iter()
                .filter(|id| *id != kept_candidate_id)
                .collect(),
        });
        let comment = self.comment.get_untracked();
        let review = NewProposalReview {
            verdict,
            comment: Some(comment).filter(|text| !text.trim().is_empty()),
            revised_content,
            content_hash: of
                .content_hash
                .clone()
                .filter(|_| verdict != Verdict::Undone),
            duplicates,
        };
        self.send(
            async move { decide_proposal(of.id, review).await },
            move |desk, result| match result {
                Ok(()) => {
                    desk.mode.set(Mode::Reading);
                    desk.comment.set(String::new());
                    desk.before.set(None);
                    desk.told.run((of.id, verdict));
                }
                Err(error)
                    if error.is(AppError::CONTENT_CHANGED)
                        || error.is(AppError::ALREADY_DECIDED) =>
                {
                    desk.read();
                }
                Err(_) => {}
            },
        );
    }

    pub fn judge(self, verdict: Judgement, rationale: String) {
        let id = self.id();
        let rationale = Some(rationale).filter(|text| !text.trim().is_empty());
        self.send(
            async move { judge_proposal(id, verdict, rationale).await },
            |_, _| {},
        );
    }

    pub fn annotate(self, score: f64) {
        let id = self.id();
        self.send(async move { annotate_proposal(id, score).await }, |_, _| {});
    }

    /// Reads again what stands now.
    pub fn read(self) {
        let id = self.id();
        spawn_local(async move {
            if let Ok(now) = read_review(id).await {
                self.show(now);
            }
        });
    }

    /// Shows what was read, where it differs.
    pub fn show(self, now: ReviewAnswer) {
        let Some(old) = self.answer.try_get_untracked().filter(|old| *old != now) else {
            return;
        };
        let (old, new) = (old.detail.proposal, &now.detail.proposal);
        if old.content_hash != new.content_hash {
            // Who reads is told that it is another text now.
            self.before.set(old.content);
        }
        self.answer.set(now);
    }

    fn send(
        self,
        request: impl Future<Output = Result<ReviewAnswer, AppError>> + 'static,
        then: impl FnOnce(Self, Result<(), AppError>) + 'static,
    ) {
        if self.pending.get_untracked() {
            return;
        }
        self.pending.set(true);
        self.refusal.set(None);
        spawn_local(async move {
            let result = request.await;
            // `None`: the page has been left.
            if self.pending.try_set(false).is_some() {
                return;
            }
            match result {
                Ok(now) => {
                    self.show(now);
                    then(self, Ok(()));
                }
                Err(error) => {
                    self.refusal.set(Some(error.clone()));
                    request_animation_frame(|| super::actions::focus(super::actions::REFUSAL));
                    then(self, Err(error));
                }
            }
        });
    }
}
