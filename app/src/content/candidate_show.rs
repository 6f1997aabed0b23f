//! The page of one requirement candidate.

use leptos::prelude::*;
use leptos_meta::Title;
use model::{
    Caller, CandidateDetail, CandidateId, CandidateName, InvocationPoint, ProposalLine, Role,
};

use super::show::{Crumbs, Proposals, Prose, follow, not_there, path_id};
use crate::components::{
    EmptyState, Icon, KeepFocus, Notice, Refused, Sign, Skeleton, Stamp, StatePill, TonePill,
};
use crate::labels::Tone;
use crate::proposals::{AutoAppliedPlace, InvokePanel, InvokePlace};
use crate::server_fns::candidates::{CandidateAnswer, read_candidate};

/// `/candidates/:id`
#[component]
pub fn CandidatePage() -> impl IntoView {
    let id = path_id::<CandidateId>();
    let source = Signal::derive(move || id.get().map(|id| id.0));
    let places = [InvocationPoint::DetectDuplicates].map(|point| InvokePlace::new(point, source));
    let shown = Resource::new(
        move || id.get(),
        |id| async move {
            match id {
                Some(id) => read_candidate(id).await,
                None => Err(not_there("requirement candidate")),
            }
        },
    );
    follow(
        move || shown.with(|answer| Some(answer.as_ref()?.as_ref().ok()?.hub.id)),
        move || shown.refetch(),
    );
    view! {
        <KeepFocus drawn=Signal::derive(move || shown.track())>
            <Transition fallback=|| view! { <Skeleton lines=8 /> }>
                {move || Suspend::new(async move {
                    match shown.await {
                        Ok(answer) => view! { <Show answer places /> }.into_any(),
                        Err(error) => view! { <Refused error /> }.into_any(),
                    }
                })}
            </Transition>
        </KeepFocus>
    }
    .into_any()
}

#[component]
fn Show(answer: CandidateAnswer, places: [InvokePlace; 1]) -> impl IntoView {
    let detail = answer.detail.clone();
    let decide = answer
        .caller
        .may(Role::Reviewer)
        .then(|| format!("/decisions/new?candidate={}", detail.candidate.id));
    view! {
        <Title text=detail.candidate.title.clone() />
        <Head answer=answer.clone() decide=decide.clone() />
        {detail.duplicate_of.clone().map(|kept| view! { <Stays kept /> })}
        <div class="overview-grid">
            <div class="stack">
                <section class="card">
                    <div class="card-head">
                        <h2 class="card-title">"What might be built"</h2>
                    </div>
                    <Prose text=detail.candidate.body.clone() />
                </section>
                <Agents proposals=answer.proposals places caller=answer.caller />
            </div>
            <div class="stack">
                <Decisions detail=detail.clone() decide />
                {(!detail.duplicates.is_empty())
                    .then(|| view! { <Duplicates names=detail.duplicates /> })}
            </div>
        </div>
    }
    .into_any()
}

#[component]
fn Head(answer: CandidateAnswer, decide: Option<String>) -> impl IntoView {
    let CandidateAnswer {
        hub,
        caller,
        detail,
        widget,
        ..
    } = answer;
    let candidate = detail.candidate;
    let status = candidate.status;
    let edit = format!("/candidates/{}/edit", candidate.id);
    let ask = format!(
        "/collectives/new?hub={}&candidate={}",
        hub.slug, candidate.id
    );
    let auto_applied = candidate
        .source_proposal_id
        .filter(|_| candidate.auto_applied);
    let who = caller.clone();
    view! {
        <Crumbs list="/candidates" name="Requirement candidates" hub=hub.slug />
        <div class="page-head">
            <div class="run-head">
                <h1 class="page-title">{candidate.title}</h1>
                <div class="pills">
                    <span data-testid="status" data-status=status.to_string()>
                        <StatePill value=move || status />
                    </span>
                    <TonePill tone=Tone::Neutral text=format!("Version {}", candidate.version) />
                    {auto_applied.map(|proposal| view! { <AutoAppliedPlace proposal caller=who /> })}
                </div>
                <p class="run-facts">
                    {widget
                        .map(|widget| {
                            view! {
                                <a class="link" href=format!("/widgets/{}", widget.id)>
                                    {widget.title}
                                </a>
                            }
                        })}
                    {candidate.created_by.map(|name| view! { <span>{name}</span> })}
                    {candidate
                        .source_proposal_id
                        .map(|id| {
                            view! {
                                <a class="link" href=format!("/proposals/{id}") data-testid="came-from">
                                    "From an agent's proposal"
                                </a>
                            }
                        })}
                    <Stamp at=candidate.created_at />
                </p>
            </div>
            <div class="head-actions">
                {decide
                    .map(|to| {
                        view! {
                            <a class="btn btn-primary" href=to data-testid="record-decision">
                                "Record a decision"
                            </a>
                        }
                    })}
                {caller
                    .may(Role::Reviewer)
                    .then(|| {
                        view! {
                            <a class="btn" href=ask data-testid="ask-several">
                                <Icon sign=Sign::Collectives />
                                "Ask several agents"
                            </a>
                            <a class="btn" href=edit data-testid="edit">
                                <Icon sign=Sign::Pen />
                                "Edit"
                            </a>
                        }
                    })}
            </div>
        </div>
    }
    .into_any()
}

/// Says which candidate stays in the place of a duplicate.
#[component]
fn Stays(kept: CandidateName) -> impl IntoView {
    view! {
        <div class="notice-place" data-testid="stays">
            <Notice tone=Tone::Warn title="This is a duplicate">
                <p>
                    "In its place stays "
                    <a class="link" href=format!("/candidates/{}", kept.id)>
                        {kept.title}
                    </a> "."
                </p>
            </Notice>
        </div>
    }
    .into_any()
}

/// What agents can be asked about the candidate, and what they were asked.
#[component]
fn Agents(proposals: Vec<ProposalLine>, places: [InvokePlace; 1], caller: Caller) -> impl IntoView {
    view! {
        <section class="card" data-testid="agents">
            <div class="card-head">
                <h2 class="card-title">"Ask an agent"</h2>
            </div>
            {places.map(|place| view! { <InvokePanel place /> }).collect_view()}
            <Proposals proposals caller />
        </section>
    }
    .into_any()
}

#[component]
fn Decisions(detail: CandidateDetail, decide: Option<String>) -> impl IntoView {
    let empty = detail.decisions.is_empty();
    let rows = detail.decisions.into_iter().map(|record| {
        let status = record.status;
        view! {
            <li class="row">
                <a class="row-title" href=format!("/decisions/{}", record.id)>
                    {record.title}
                </a>
                <span class="row-pills">
                    <StatePill value=move || status />
                </span>
            </li>
        }
    });
    let rows = rows.collect_view();
    view! {
        <section class="card" data-testid="decisions">
            <div class="card-head">
                <h2 class="card-title">"Decisions"</h2>
            </div>
            {if empty {
                view! {
                    <EmptyState title="Nothing is decided yet">
                        {decide
                            .map(|to| {
                                view! {
                                    <p>
                                        <a class="link" href=to>
                                            "Record what was decided, and why"
                                        </a>
                                    </p>
                                }
                            })}
                    </EmptyState>
                }
                    .into_any()
            } else {
                view! { <ul class="rows">{rows}</ul> }.into_any()
            }}
        </section>
    }
    .into_any()
}

/// Those in whose place this one stays.
#[component]
fn Duplicates(names: Vec<CandidateName>) -> impl IntoView {
    let rows = names.into_iter().map(|name| {
        view! {
            <li class="row">
                <a class="row-title" href=format!("/candidates/{}", name.id)>
                    {name.title}
                </a>
            </li>
        }
    });
    view! {
        <section class="card" data-testid="duplicates">
            <div class="card-head">
                <h2 class="card-title">"Stays in the place of"</h2>
            </div>
            <ul class="rows">{rows.collect_view()}</ul>
        </section>
    }
    .into_any()
}
