//! The head of a run: what is asked, how it stands, who started it.

use leptos::html;
use leptos::prelude::*;
use model::{Caller, Hub, Role};

use super::follow::Live;
use super::live_state::LiveState;
use super::rounds::planned_words;
use crate::components::{
    Dialog, Icon, Notice, Refused, Sign, Stamp, StatePill, close_dialog, open_dialog,
};
use crate::error::AppError;
use crate::format;
use crate::labels::{Tone, way_on};
use crate::server_fns::collectives::{Source, cancel_collective};

/// Title, question, states, and the way to end a run before its time.
#[component]
pub fn RunHeader(
    live: Live,
    hub: Hub,
    caller: Caller,
    task_label: String,
    source: Option<Source>,
    now: ReadSignal<Option<i64>>,
) -> impl IntoView {
    let run = live.state.with_untracked(|s| s.detail.collective.clone());
    let short = run.prompt.chars().count() < 400;
    let may_cancel = caller.may(Role::Reviewer);
    let cancellable = move || may_cancel && live.state.with(|s| !s.is_final());
    view! {
        <nav class="crumbs" aria-label="Where this is">
            <a class="link" href=format!("/collectives?hub={}", hub.slug)>
                {hub.name}
            </a>
            <span aria-hidden="true">"/"</span>
            <span>"Collective proposals"</span>
        </nav>
        <div class="page-head">
            <div class="run-head">
                <h1 class="page-title">{run.title}</h1>
                <States live />
                <p class="run-facts">
                    <span>{task_label}</span>
                    {source.map(|source| view! { <SourceLink source /> })}
                    {live.state.with_untracked(planned_words).map(|words| view! { <span>{words}</span> })}
                    <span>"started by " {run.started_by} " "</span>
                    <Stamp at=run.created_at />
                    <Span live now />
                </p>
            </div>
            <div class="head-actions">
                {move || cancellable().then(|| view! { <Cancel live /> })}
                <Print />
            </div>
        </div>
        {run.summary.map(|text| view! { <p class="page-lead">{text}</p> })}
        <details class="question" open=short>
            <summary class="question-title">"Question"</summary>
            <p class="question-text">{run.prompt}</p>
        </details>
        <RunError live />
    }
    .into_any()
}

/// What the question is about.
#[component]
pub fn SourceLink(source: Source) -> impl IntoView {
    let (what, path, title) = match source {
        Source::Widget(id, title) => ("widget", format!("/widgets/{id}"), title),
        Source::Candidate(id, title) => ("candidate", format!("/candidates/{id}"), title),
    };
    view! {
        <span data-testid="source">
            {format!("about the {what} ")}
            <a class="link" href=path>
                {title}
            </a>
        </span>
    }
}

/// All of the run on paper.
#[component]
fn Print() -> impl IntoView {
    view! {
        <button
            type="button"
            class="btn needs-script"
            data-testid="print"
            on:click=move |_| {
                // Fails only where the window does not print.
                let _ = window().print();
            }
        >
            <Icon sign=Sign::Proposals />
            "Print"
        </button>
    }
    .into_any()
}

#[component]
fn States(live: Live) -> impl IntoView {
    let state = Memo::new(move |_| live.state.with(|s| s.detail.collective.run_state));
    let consensus = Memo::new(move |_| live.state.with(|s| s.detail.collective.consensus_status));
    let decision = Memo::new(move |_| live.state.with(|s| s.detail.collective.decision));
    view! {
        <div class="pills">
            <span data-testid="run-state" data-state=move || state.get().as_str()>
                <StatePill value=move || state.get() />
            </span>
            <StatePill value=move || consensus.get() />
            <StatePill value=move || decision.get() />
        </div>
    }
}

/// How long the run took, or takes so far.
#[component]
fn Span(live: Live, now: ReadSignal<Option<i64>>) -> impl IntoView {
    let times = Memo::new(move |_| {
        live.state.with(|s| {
            (
                s.detail.collective.started_at,
                s.detail.collective.finished_at,
            )
        })
    });
    let text = move || match (times.get(), now.get()) {
        ((Some(from), Some(to)), _) => Some(format!(
            "took {}",
            format::duration((to - from).num_milliseconds())
        )),
        ((Some(from), None), Some(now)) => {
            Some(format!("running for {}", format::elapsed(from, now)))
        }
        _ => None,
    };
    move || text().map(|text| view! { <span>{text}</span> })
}

/// Why a run failed, and the way on.
#[component]
fn RunError(live: Live) -> impl IntoView {
    let error = Memo::new(move |_| {
        live.state.with(|s| {
            let run = &s.detail.collective;
            run.run_error
                .clone()
                .map(|error| (run.run_error_type.clone(), error))
        })
    });
    move || {
        error.get().map(|(error_type, error)| {
            view! {
                <Notice tone=Tone::Bad title="The run has failed">
                    <p>{error}</p>
                    <p>{way_on(error_type.as_deref())}</p>
                </Notice>
            }
        })
    }
}

#[component]
fn Cancel(live: Live) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    let cancel = Action::new(move |(): &()| cancel_collective(live.id));
    let pending = cancel.pending();
    let refusal = RwSignal::new(None::<AppError>);
    Effect::new(move |_| match cancel.value().get() {
        Some(Ok(detail)) => {
            close_dialog(dialog);
            live.state
                .update(|state: &mut LiveState| state.renew(detail));
        }
        Some(Err(error)) => refusal.set(Some(error)),
        None => {}
    });
    view! {
        <button
            type="button"
            class="btn needs-script"
            data-testid="cancel-run"
            on:click=move |_| open_dialog(dialog)
        >
            <Icon sign=Sign::Cross />
            "Cancel run"
        </button>
        <Dialog node=dialog id="cancel-dialog" title="Cancel this run?">
            <p>
                "Agents that are still answering are stopped. Answers that are here stay, and tokens that were used are paid. A cancelled run cannot go on."
            </p>
            {move || refusal.get().map(|error| view! { <Refused error /> })}
            <div class="dialog-actions">
                <button type="button" class="btn" on:click=move |_| close_dialog(dialog)>
                    "Keep running"
                </button>
                <button
                    type="button"
                    class="btn btn-danger"
                    data-testid="cancel-run-confirm"
                    disabled=move || pending.get()
                    on:click=move |_| {
                        cancel.dispatch(());
                    }
                >
                    {move || if pending.get() { "Cancelling …" } else { "Cancel the run" }}
                </button>
            </div>
        </Dialog>
    }
    .into_any()
}
