//! One agent proposal, live.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use model::{InvocationPoint, ProposalId};

use super::answer::TaskAnswer;
use super::follow::Live;
use super::head::{Author, Origin, Progress, ProposalHead};
use super::live_state::LiveState;
use super::review::Review;
use super::rounds::EarlierAnswers;
use super::source::SourcePanel;
use super::trouble::Trouble;
use crate::collectives::{Receipt, ReceiptToggle, use_now};
use crate::components::{Refused, Skeleton};
use crate::delegations::DelegationsPanel;
use crate::error::AppError;
use crate::server_fns::proposals::{ProposalView, read_proposal_view};

/// `/proposals/{id}`
#[component]
pub fn ProposalPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| {
        params.with(|params| {
            params
                .get("id")
                .and_then(|id| id.parse::<ProposalId>().ok())
        })
    });
    let answer = Resource::new(
        move || id.get(),
        async |id| match id {
            Some(id) => read_proposal_view(id).await,
            None => {
                #[cfg(feature = "ssr")]
                crate::server_fns::request::status(axum::http::StatusCode::NOT_FOUND);
                Err(AppError::new(
                    "not_found",
                    "The address names no proposal. Look for it in the list.",
                ))
            }
        },
    );
    view! {
        <Transition fallback=|| view! { <Skeleton lines=10 /> }>
            {move || Suspend::new(async move {
                match answer.await {
                    Ok(answer) => view! { <Show answer /> }.into_any(),
                    Err(error) => {
                        view! {
                            <Title text="Proposal" />
                            <h1 class="page-title sr-only">"Proposal"</h1>
                            <Refused error />
                        }
                            .into_any()
                    }
                }
            })}
        </Transition>
    }
    .into_any()
}

#[component]
fn Show(answer: ProposalView) -> impl IntoView {
    let ProposalView {
        proposal,
        hub,
        caller,
        task_label,
        source,
        way,
    } = answer;
    let from = Origin::of(&source);
    let title = proposal.title.clone();
    let hub_id = hub.id;
    let point = InvocationPoint::of_artifact(&proposal.artifact_type);
    let held_back = hub.decide_first;
    let live = Live::new(proposal.clone());
    live.follow();
    let running = Signal::derive(move || live.state.with(|state| !state.has_ended()));
    let now = use_now(running);
    view! {
        <Title text=title />
        <ProposalHead live hub caller=caller.clone() task_label now way from />
        <Progress live />
        <div class="proposal-columns">
            <div class="proposal-main">
                <AnswerPanel live point held_back />
                <Review live caller />
                <EarlierAnswers live point />
            </div>
            <SourcePanel source proposal />
        </div>
        <DelegationsPanel live hub=hub_id />
    }
    .into_any()
}

/// Who answers, what has come so far, and the receipt.
#[component]
fn AnswerPanel(live: Live, point: Option<InvocationPoint>, held_back: bool) -> impl IntoView {
    let at_work = Memo::new(move |_| live.state.with(|state| !state.has_ended()));
    let receipt = Memo::new(move |_| live.state.with(|state| state.proposal.invocation_id));
    let open = RwSignal::new(false);
    let started_at_work = at_work.get_untracked();
    view! {
        <section class="panel" aria-labelledby="answer">
            <div class="panel-head">
                <h2 class="panel-title" id="answer">
                    "Answer"
                </h2>
                {started_at_work
                    .then(|| {
                        view! {
                            <span class="panel-note without-script">
                                "Scripts are off: reload the page to see more."
                            </span>
                        }
                    })}
            </div>
            <div class="card proposal-answer">
                <Author live />
                <Trouble live held_back />
                <div
                    class="proposal-text"
                    class:proposal-room=move || at_work.get() && !held_back
                    data-testid="proposal-text"
                    aria-busy=move || at_work.get().to_string()
                >
                    <LiveAnswer live point />
                </div>
                <div class="column-foot" class:column-foot-empty=move || receipt.get().is_none()>
                    <div class="column-actions">
                        <ReceiptToggle receipt open />
                        {move || {
                            receipt
                                .get()
                                .map(|id| {
                                    view! {
                                        <a
                                            class="btn btn-quiet btn-small"
                                            href=format!("/receipts/{id}")
                                        >
                                            "Open the receipt"
                                        </a>
                                    }
                                })
                        }}
                    </div>
                </div>
                <Receipt receipt open />
            </div>
        </section>
    }
    .into_any()
}

/// The answer as it grows, then as it is stored.
#[component]
pub fn LiveAnswer(live: Live, point: Option<InvocationPoint>) -> impl IntoView {
    let answer = Memo::new(move |_| live.state.with(LiveState::answer));
    view! { <TaskAnswer answer point /> }
}
