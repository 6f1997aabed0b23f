//! One collective proposal, live.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use model::CollectiveId;

use super::board::Board;
use super::column::Column;
use super::compare::{CompareBar, CompareNote};
use super::consensus::ConsensusPanel;
use super::decision::DecisionBar;
use super::decisions::Decisions;
use super::follow::{Link, Live, use_now};
use super::header::RunHeader;
use super::live_state::LiveState;
use super::rounds::RoundStrip;
use super::synthesis::SynthesisPanel;
use super::table::{Names, SynthesisColumn};
use crate::components::{Refused, Skeleton};
use crate::error::AppError;
use crate::format;
use crate::server_fns::collectives::{CollectiveAnswer, read_collective};

/// `/collectives/{id}`
#[component]
pub fn CollectivePage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| {
        params.with(|params| {
            params
                .get("id")
                .and_then(|id| id.parse::<CollectiveId>().ok())
        })
    });
    let answer = Resource::new(
        move || id.get(),
        async |id| match id {
            Some(id) => read_collective(id).await,
            None => {
                #[cfg(feature = "ssr")]
                crate::server_fns::request::status(axum::http::StatusCode::NOT_FOUND);
                Err(AppError::new(
                    "not_found",
                    "The address names no collective proposal. Look for it in the list.",
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
                            <Title text="Collective proposal" />
                            <h1 class="page-title sr-only">"Collective proposal"</h1>
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
fn Show(answer: CollectiveAnswer) -> impl IntoView {
    let CollectiveAnswer {
        detail,
        hub,
        caller,
        task_label,
        source,
    } = answer;
    let title = detail.collective.title.clone();
    let live = Live::new(LiveState::new(detail));
    provide_context(Decisions::new(live, caller.clone()));
    let board = Board::new(live);
    provide_context(board);
    live.follow();
    let running = Signal::derive(move || live.state.with(|s| !s.is_final()));
    let now = use_now(running);
    view! {
        <Title text=title />
        <RunHeader live hub caller=caller.clone() task_label source now />
        <Progress live />
        <RoundStrip board />
        <Columns board now />
        <SynthesisPanel live now />
        <ConsensusPanel live />
        <DecisionBar live caller />
    }
    .into_any()
}

#[component]
fn Columns(board: Board, now: ReadSignal<Option<i64>>) -> impl IntoView {
    let live = board.live;
    let full = board.full;
    let ids = Memo::new(move |_| {
        let shown = board.shown.get();
        live.state
            .with(|s| s.members(shown).iter().map(|c| c.id).collect::<Vec<_>>())
    });
    let number = move || {
        ids.with(|ids| {
            format::counted(
                i64::try_from(ids.len()).unwrap_or(i64::MAX),
                "agent",
                "agents",
            )
        })
    };
    let ended = Memo::new(move |_| live.state.with(LiveState::is_final));
    let lined_up = Memo::new(move |_| board.aligned.get() && !board.keys.with(Vec::is_empty));
    let height_word = move || match (full.get(), ended.get()) {
        (true, _) => "Same height",
        (false, true) => "Align by field",
        (false, false) => "In full",
    };
    view! {
        <section class="panel answers" aria-labelledby="answers">
            <div class="panel-head">
                <h2 class="panel-title" id="answers">
                    "Answers"
                </h2>
                <span class="panel-note">{number}</span>
                <LinkNote live />
                {live
                    .state
                    .with_untracked(|s| !s.is_final())
                    .then(|| {
                        view! {
                            <span class="panel-note without-script">
                                "Scripts are off: reload the page to see more."
                            </span>
                        }
                    })}
                <button
                    type="button"
                    class="btn btn-small needs-script panel-push"
                    data-testid="align"
                    aria-pressed=move || full.get().to_string()
                    on:click=move |_| full.update(|full| *full = !*full)
                >
                    {height_word}
                </button>
            </div>
            {move || ended.get().then(|| view! { <CompareBar board /> })}
            <CompareNote board />
            <div
                class="columns"
                class:columns-full=move || full.get() && !board.aligned.get()
                class:columns-aligned=move || board.aligned.get()
                tabindex="0"
                role="region"
                aria-label="Answers side by side"
            >
                {move || lined_up.get().then(|| view! { <Names board /> })}
                <For each=move || ids.get() key=|id| *id let:id>
                    <Column board id now />
                </For>
                {move || board.aligned.get().then(|| view! { <SynthesisColumn board /> })}
            </div>
        </section>
    }
    .into_any()
}

/// How far the run is, in words, for those who do not see it.
#[component]
fn Progress(live: Live) -> impl IntoView {
    let words = Memo::new(move |_| live.state.with(LiveState::progress));
    view! {
        <p class="sr-only" role="status">
            {move || words.get()}
        </p>
    }
}

/// Whether the page hears of the run.
#[component]
fn LinkNote(live: Live) -> impl IntoView {
    let note = move || match live.link.get() {
        Link::Idle => None,
        Link::Live => Some(("live", "Live")),
        Link::Lost => Some(("lost", "Connection lost, trying again")),
        Link::Refused => Some(("lost", "No longer live: reload to sign in")),
    };
    view! {
        <span class="link-note" role="status">
            {move || {
                note()
                    .map(|(kind, text)| {
                        view! {
                            <span class="link-state" data-link=kind>
                                {text}
                            </span>
                        }
                    })
            }}
        </span>
    }
}
