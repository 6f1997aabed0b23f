//! What is beside the list: the chosen proposal with its source.

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::{
    CollectiveDetail, CollectiveId, DecisionStatus, InboxKind, InvocationPoint,
    NewCollectiveReview, NewProposalReview, Proposal, ProposalId, Verdict,
};
use uuid::Uuid;

use super::state::State;
use crate::collectives::{Answer, AnswerView, COMMENT, REVISE, used_words};
use crate::components::{Icon, Notice, Refused, Sign, StatePill};
use crate::error::AppError;
use crate::labels::Tone;
use crate::layout::keys::Act;
use crate::proposals::{SourcePanel, TaskAnswer};
use crate::reviews::{Desk, Mode, ReviewPanel};
use crate::server_fns::collectives::decide_collective;
use crate::server_fns::reviews::{ReviewAnswer, decide_proposal};

/// One collective proposal in review.
#[derive(Clone, Copy)]
pub struct Table {
    detail: RwSignal<CollectiveDetail>,
    refusal: RwSignal<Option<AppError>>,
    pending: RwSignal<bool>,
    state: State,
}

/// What is on the screen.
#[derive(Clone)]
pub enum Shown {
    Proposal(Desk),
    Collective(Table),
    Refused(Uuid, AppError),
}

impl Shown {
    pub fn proposal(answer: ReviewAnswer, state: State) -> Self {
        let told = Callback::new(move |(id, verdict): (ProposalId, Verdict)| {
            state.told(InboxKind::Proposal, id.0, verdict);
        });
        Self::Proposal(Desk::new(answer, told))
    }

    pub fn collective(detail: CollectiveDetail, state: State) -> Self {
        Self::Collective(Table {
            detail: RwSignal::new(detail),
            refusal: RwSignal::new(None),
            pending: RwSignal::new(false),
            state,
        })
    }

    pub fn refused(id: Uuid, error: AppError) -> Self {
        Self::Refused(id, error)
    }

    pub fn id(&self) -> Uuid {
        match self {
            Self::Proposal(desk) => desk.id().0,
            Self::Collective(table) => table.detail.with_untracked(|d| d.collective.id.0),
            Self::Refused(id, _) => *id,
        }
    }

    /// Reads again what stands now.
    pub fn again(&self) {
        if let Self::Proposal(desk) = self {
            desk.read();
        }
    }

    pub fn act(&self, act: Act) {
        match (self, act) {
            (Self::Proposal(desk), act) => act_on(*desk, act),
            (Self::Collective(table), Act::Accept) => table.decide(Verdict::Accepted),
            (Self::Collective(table), Act::Reject) => table.decide(Verdict::Rejected),
            _ => {}
        }
    }
}

fn act_on(desk: Desk, act: Act) {
    let open = desk
        .answer
        .with_untracked(|a| a.detail.proposal.status == model::ProposalStatus::Pending);
    match act {
        Act::Comment if desk.may() => desk.mode.set(Mode::Commenting),
        _ if !open || !desk.may() => {}
        Act::Accept => desk.decide(Verdict::Accepted, None),
        Act::Reject => desk.decide(Verdict::Rejected, None),
        Act::Revise => desk.mode.set(Mode::Revising),
        _ => {}
    }
}

impl Table {
    fn decide(self, verdict: Verdict) {
        if self.pending.get_untracked() || !self.state.may {
            return;
        }
        let (id, hash) = self
            .detail
            .with_untracked(|d| (d.collective.id, d.collective.content_hash.clone()));
        self.pending.set(true);
        self.refusal.set(None);
        let review = NewCollectiveReview {
            verdict,
            comment: None,
            revised_content: None,
            content_hash: hash.filter(|_| verdict != Verdict::Undone),
            contribution_id: None,
            fields: None,
        };
        spawn_local(async move {
            let result = decide_collective(id, review).await;
            if self.pending.try_set(false).is_some() {
                return;
            }
            match result {
                Ok(now) => {
                    self.detail.set(now);
                    self.state
                        .told(InboxKind::CollectiveProposal, id.0, verdict);
                }
                Err(error) => self.refusal.set(Some(error)),
            }
        });
    }
}

/// Takes a decision of this session back.
pub fn take_back(state: State, kind: InboxKind, id: Uuid) {
    spawn_local(async move {
        let result = match kind {
            InboxKind::Proposal => {
                let review = NewProposalReview {
                    verdict: Verdict::Undone,
                    comment: None,
                    revised_content: None,
                    content_hash: None,
                    duplicates: None,
                };
                decide_proposal(ProposalId(id), review).await.map(|_| ())
            }
            InboxKind::CollectiveProposal => {
                let review = NewCollectiveReview {
                    verdict: Verdict::Undone,
                    comment: None,
                    revised_content: None,
                    content_hash: None,
                    contribution_id: None,
                    fields: None,
                };
                decide_collective(CollectiveId(id), review)
                    .await
                    .map(|_| ())
            }
        };
        match result {
            Ok(()) => {
                state.told(kind, id, Verdict::Undone);
                state.read();
            }
            Err(error) => state.shown.set(Some(Shown::Refused(id, error))),
        }
    });
}

/// The page of a collective proposal with what a key asks for: its editor, or
/// the comment of the decision.
pub fn act_path(id: Uuid, act: Act) -> Option<String> {
    let word = match act {
        Act::Revise => REVISE,
        Act::Comment => COMMENT,
        _ => return None,
    };
    Some(format!("/collectives/{id}?act={word}"))
}

/// The page of an item.
pub fn open_path(kind: InboxKind, id: Uuid) -> String {
    match kind {
        InboxKind::Proposal => format!("/proposals/{id}"),
        InboxKind::CollectiveProposal => format!("/collectives/{id}"),
    }
}

#[component]
pub fn Item(state: State) -> impl IntoView {
    view! {
        <div class="inbox-item" data-testid="inbox-item" aria-live="off">
            <button type="button" class="btn btn-small inbox-back"
                on:click=move |_| state.back_to_list()>
                "Back to the list"
            </button>
            {move || match state.shown.get() {
                None => view! {
                    <p class="quiet">"Choose one on the list; j and k walk through it."</p>
                }
                .into_any(),
                Some(Shown::Proposal(desk)) => view! { <ProposalItem desk /> }.into_any(),
                Some(Shown::Collective(table)) => view! { <CollectiveItem table /> }.into_any(),
                Some(Shown::Refused(_, error)) => view! { <Refused error /> }.into_any(),
            }}
        </div>
    }
    .into_any()
}

#[component]
fn ProposalItem(desk: Desk) -> impl IntoView {
    let row = Memo::new(move |_| desk.answer.with(|a| a.detail.proposal.clone()));
    let source = desk.answer.with_untracked(|a| a.detail.source.clone());
    let point = InvocationPoint::of_artifact(&desk.proposal().artifact_type);
    let answer = Memo::new(move |_| {
        row.with(|row| {
            row.content
                .as_ref()
                .map(Answer::of_content)
                .unwrap_or_default()
        })
    });
    let id = desk.id();
    view! {
        <h2 class="inbox-item-title">
            <a class="link" href=format!("/proposals/{id}")>{move || row.with(|r| r.title.clone())}</a>
        </h2>
        {move || author(&row.get())}
        <div class="inbox-columns">
            <div class="stack">
                <div class="card" data-testid="inbox-answer">
                    <TaskAnswer answer=answer point />
                </div>
                <div class="card">
                    <ReviewPanel desk />
                </div>
            </div>
            {source.map(|source| view! { <SourcePanel source proposal=desk.proposal() /> })}
        </div>
    }
    .into_any()
}

/// Who answered, with what, at what cost.
fn author(row: &Proposal) -> AnyView {
    let name = row.agent_name.clone().unwrap_or_default();
    let version = row.agent_version.map(|v| format!(" v{v}"));
    let model = row.model_used.clone().map(|m| format!(" · {m}"));
    let used = used_words(
        row.duration_ms,
        row.tokens_in,
        row.tokens_out,
        row.cost_microusd,
    );
    let receipt = row.invocation_id;
    view! {
        <p class="used">
            <strong>{name}</strong>
            {version}
            {model}
            {format!(" · {used} ")}
            {receipt
                .map(|id| view! { <a class="link" href=format!("/receipts/{id}")>"Receipt"</a> })}
        </p>
    }
    .into_any()
}

#[component]
fn CollectiveItem(table: Table) -> impl IntoView {
    let run = Memo::new(move |_| table.detail.with(|d| d.collective.clone()));
    let answer = Memo::new(move |_| {
        run.with(|run| {
            run.final_content
                .as_ref()
                .map(Answer::of_content)
                .unwrap_or_default()
        })
    });
    let id = run.with_untracked(|run| run.id);
    let reason = move || run.with(|run| run.consensus.as_ref().map(|c| c.reason.clone()));
    view! {
        <h2 class="inbox-item-title">
            <a class="link" href=format!("/collectives/{id}")>{move || run.with(|r| r.title.clone())}</a>
        </h2>
        <p class="pills">
            <StatePill value=move || run.with(|r| r.consensus_status) />
            <StatePill value=move || run.with(|r| r.decision) />
        </p>
        <p class="quiet">{reason}</p>
        <div class="card">
            <AnswerView answer=answer />
        </div>
        {move || {
            table
                .refusal
                .get()
                .map(|error| {
                    view! {
                        <Notice tone=Tone::Bad title="Your decision was not taken">
                            <p>{error.message}</p>
                        </Notice>
                    }
                })
        }}
        <CollectiveActions table />
    }
    .into_any()
}

/// What can be done where the item stands; the rest is on its own page.
#[component]
fn CollectiveActions(table: Table) -> impl IntoView {
    let id = table.detail.with_untracked(|d| d.collective.id);
    let pending = table.pending;
    let decision = Memo::new(move |_| table.detail.with(|d| d.collective.decision));
    let open = move || {
        view! {
            <a class="btn btn-quiet" href=format!("/collectives/{id}")>
                "Open with its contributions"
            </a>
        }
    };
    let revise = act_path(id.0, Act::Revise);
    let decide = move || {
        view! {
            <button type="button" class="btn btn-primary needs-script" data-testid="accept" aria-keyshortcuts="a"
                disabled=move || pending.get() on:click=move |_| table.decide(Verdict::Accepted)>
                <Icon sign=Sign::Check />
                "Accept the synthesis"
            </button>
            <a class="btn" href=revise.clone() data-testid="revise" aria-keyshortcuts="e">
                <Icon sign=Sign::Pen />
                "Revise"
            </a>
            <button type="button" class="btn btn-danger-quiet needs-script" data-testid="reject" aria-keyshortcuts="r"
                disabled=move || pending.get() on:click=move |_| table.decide(Verdict::Rejected)>
                <Icon sign=Sign::Cross />
                "Reject"
            </button>
        }
    };
    view! {
        <div class="decision-actions" data-testid="collective-actions" data-decision=move || decision.get().as_str()>
            {move || {
                let waits = decision.get() == DecisionStatus::Pending;
                (table.state.may && waits).then(decide.clone())
            }}
            {open}
        </div>
    }
    .into_any()
}
