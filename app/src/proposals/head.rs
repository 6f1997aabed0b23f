//! The head of a proposal: what was asked for, how it stands, who answers.

use leptos::prelude::*;
use model::{Caller, DelegationId, Hub, Proposal, ProposalSource, Role, StepUp};

use super::auto::AutoApplied;
use super::follow::Live;
use super::live_state::LiveState;
use crate::collectives::{Link, used_words};
use crate::components::{Icon, Refused, Sign, Stamp, StatePill};
use crate::delegations::WayDown;
use crate::error::AppError;
use crate::format;
use crate::labels::Labelled;
use crate::server_fns::proposals::cancel_proposal;

#[component]
pub fn ProposalHead(
    live: Live,
    hub: Hub,
    caller: Caller,
    task_label: String,
    now: ReadSignal<Option<i64>>,
    /// Above it, where it is the result of a delegation; the nearest first.
    way: Vec<StepUp>,
    from: Origin,
) -> impl IntoView {
    let row = live.state.with_untracked(|state| state.proposal.clone());
    let may_cancel = caller.may(Role::Reviewer);
    let cancellable = Memo::new(move |_| may_cancel && live.state.with(|state| !state.has_ended()));
    view! {
        <nav class="crumbs" aria-label="Where this is">
            <a class="link" href=format!("/proposals?hub={}", hub.slug)>
                {hub.name}
            </a>
            <span aria-hidden="true">"/"</span>
            <span>"Proposals"</span>
        </nav>
        <WayUp way from delegation=row.delegation_id />
        <div class="page-head">
            <div class="run-head">
                <h1 class="page-title">{row.title}</h1>
                <States live />
                <p class="run-facts">
                    <span>{task_label}</span>
                    <span>"asked for by " {row.started_by} " "</span>
                    <Stamp at=row.created_at />
                    <Since live now />
                </p>
            </div>
            {move || cancellable.get().then(|| view! { <Cancel live /> })}
        </div>
    }
    .into_any()
}

/// What a chain began with.
pub struct Origin {
    path: String,
    title: String,
}

impl Origin {
    pub fn of(source: &ProposalSource) -> Self {
        let noun = match source.kind.as_str() {
            "widget" => "widgets",
            "decision_record" => "decisions",
            _ => "candidates",
        };
        let mut title = source.title.chars();
        let first = title.next().map(char::to_uppercase);
        Self {
            path: format!("/{noun}/{}", source.id),
            title: first.into_iter().flatten().chain(title).collect(),
        }
    }
}

/// From a result up to the proposal that the chain began with, and to where
/// that one came from.
#[component]
fn WayUp(way: Vec<StepUp>, from: Origin, delegation: Option<DelegationId>) -> impl IntoView {
    let Origin { path, title } = from;
    delegation.map(|id| {
        view! {
            <nav class="crumbs way-up" aria-label="The way up" data-testid="way-up">
                <a class="link" href=path>{title}</a>
                <span aria-hidden="true">"\u{203a}"</span>
                <WayDown way />
                <span aria-hidden="true">"\u{203a}"</span>
                <a class="link" href=format!("/delegations/{id}")>"This delegation"</a>
            </nav>
        }
    })
}

#[component]
fn States(live: Live) -> impl IntoView {
    let status = Memo::new(move |_| live.state.with(|state| state.proposal.status));
    let auto = Memo::new(move |_| live.state.with(|state| state.proposal.auto_applied));
    let round = Memo::new(move |_| live.state.with(|state| state.proposal.round));
    view! {
        <div class="pills">
            <span data-testid="proposal-status" data-status=move || status.get().as_str()>
                <StatePill value=move || status.get() />
            </span>
            {move || auto.get().then(|| view! { <AutoApplied /> })}
            {move || {
                (round.get() > 1).then(|| view! { <span class="tag">{format!("answer {}", round.get())}</span> })
            }}
            <LinkNote live />
        </div>
    }
}

/// Whether the page hears of the work.
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

/// How long the work takes so far.
#[component]
fn Since(live: Live, now: ReadSignal<Option<i64>>) -> impl IntoView {
    let from = Memo::new(move |_| {
        live.state.with(|state| {
            let running = !state.has_ended() && state.proposal.content.is_none();
            state.proposal.started_at.filter(|_| running)
        })
    });
    move || {
        let (from, now) = from.get().zip(now.get())?;
        Some(view! { <span>{format!("running for {}", format::elapsed(from, now))}</span> })
    }
}

/// Ends the work before its time.
#[component]
pub fn Cancel(live: Live) -> impl IntoView {
    let cancel = Action::new(move |(): &()| cancel_proposal(live.id));
    let pending = cancel.pending();
    let refusal = RwSignal::new(None::<AppError>);
    Effect::new(move |_| match cancel.value().get() {
        Some(Ok(row)) => live.show(row),
        // It has ended meanwhile: the row says how.
        Some(Err(error)) if error.is("run_ended") => live.refetch(),
        Some(Err(error)) => refusal.set(Some(error)),
        None => {}
    });
    view! {
        <div class="cancel-place">
            <button
                type="button"
                class="btn needs-script"
                data-testid="cancel-proposal"
                disabled=move || pending.get()
                on:click=move |_| {
                    cancel.dispatch(());
                }
            >
                <Icon sign=Sign::Cross />
                {move || if pending.get() { "Cancelling …" } else { "Cancel" }}
            </button>
            {move || refusal.get().map(|error| view! { <Refused error /> })}
        </div>
    }
    .into_any()
}

/// Agent, version, model; tokens, cost and time once there is an answer.
#[component]
pub fn Author(live: Live) -> impl IntoView {
    let row = Memo::new(move |_| live.state.with(|state| Said::of(&state.proposal)));
    move || {
        let Said {
            agent,
            version,
            model,
            used,
        } = row.get();
        view! {
            <p class="author">
                {match version {
                    Some(path) => view! { <a class="link" href=path>{agent}</a> }.into_any(),
                    None => agent.into_any(),
                }}
                {(!model.is_empty()).then(|| view! { <span class="quiet">{model}</span> })}
                {(!used.is_empty())
                    .then(|| view! { <span class="used" data-testid="used">{used}</span> })}
            </p>
        }
    }
}

#[derive(Clone, PartialEq)]
struct Said {
    agent: String,
    version: Option<String>,
    model: String,
    used: String,
}

impl Said {
    fn of(row: &Proposal) -> Self {
        let version = row.agent_registration_id.zip(row.agent_version);
        let name = row.agent_name.clone();
        Self {
            agent: match (name, row.agent_version) {
                (Some(name), Some(version)) => format!("{name}, version {version}"),
                (Some(name), None) => name,
                (None, _) => "No agent was asked yet".to_owned(),
            },
            version: version.map(|(id, version)| crate::agents::version_path(id, version)),
            model: [
                row.provider.map(|p| p.label().to_owned()),
                row.model_used.clone(),
            ]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" · "),
            used: used_words(
                // A call that was refused took no time.
                row.duration_ms.filter(|ms| *ms > 0),
                row.tokens_in,
                row.tokens_out,
                row.cost_microusd,
            ),
        }
    }
}

/// How far the work is, in words, for those who do not see it.
#[component]
pub fn Progress(live: Live) -> impl IntoView {
    let words = Memo::new(move |_| live.state.with(LiveState::progress));
    view! {
        <p class="sr-only" role="status">
            {move || words.get()}
        </p>
    }
}
