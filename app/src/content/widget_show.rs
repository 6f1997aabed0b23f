//! The page of one widget.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::{
    Caller, Candidate, InvocationPoint, Page, ProposalLine, Role, WidgetId, WidgetSummary,
};

use super::candidate_list::CandidateLine;
use super::show::{Accepted, Crumbs, Proposals, Prose, follow, not_there, path_id};
use super::timeline::{Asked, Timeline};
use crate::components::{EmptyState, Icon, KeepFocus, Refused, Sign, Skeleton, TonePill};
use crate::labels::Tone;
use crate::proposals::{InvokePanel, InvokePlace};
use crate::server_fns::widgets::{WidgetAnswer, read_widget};

/// `/widgets/:id`
#[component]
pub fn WidgetPage() -> impl IntoView {
    let id = path_id::<WidgetId>();
    let source = Signal::derive(move || id.get().map(|id| id.0));
    let places = [
        InvocationPoint::SummarizeCluster,
        InvocationPoint::DraftRequirement,
    ]
    .map(|point| InvokePlace::new(point, source));
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        query.with(|query| Asked {
            kind: query.get("kind").filter(|kind| !kind.is_empty()),
            cursor: query.get("cursor").filter(|cursor| !cursor.is_empty()),
        })
    });
    let shown = Resource::new(
        move || (id.get(), asked.get()),
        |(id, asked)| async move {
            match id {
                Some(id) => read_widget(id, asked.kind, asked.cursor).await,
                None => Err(not_there("widget")),
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
                        Ok(answer) => {
                            view! { <Show answer asked=asked.get_untracked() places /> }.into_any()
                        }
                        Err(error) => view! { <Refused error /> }.into_any(),
                    }
                })}
            </Transition>
        </KeepFocus>
    }
    .into_any()
}

#[component]
fn Show(answer: WidgetAnswer, asked: Asked, places: [InvokePlace; 2]) -> impl IntoView {
    let path = format!("/widgets/{}", answer.widget.id);
    let list = format!(
        "/candidates?hub={}&widget={}",
        answer.hub.slug, answer.widget.id
    );
    view! {
        <Title text=answer.widget.title.clone() />
        <Head answer=answer.clone() />
        <div class="overview-grid">
            <div class="stack">
                <Agents proposals=answer.proposals places caller=answer.caller.clone() />
                <div>
                    <Timeline path page=answer.timeline kinds=answer.kinds asked />
                </div>
            </div>
            <div class="stack">
                <Summaries summaries=answer.summaries caller=answer.caller.clone() />
                <Candidates candidates=answer.candidates list caller=answer.caller />
            </div>
        </div>
    }
    .into_any()
}

#[component]
fn Head(answer: WidgetAnswer) -> impl IntoView {
    let WidgetAnswer {
        hub,
        caller,
        widget,
        ..
    } = answer;
    let new_candidate = format!("/candidates/new?hub={}&widget={}", hub.slug, widget.id);
    let edit = format!("/widgets/{}/edit", widget.id);
    let ask = format!("/collectives/new?hub={}&widget={}", hub.slug, widget.id);
    view! {
        <Crumbs list="/widgets" name="Widgets" hub=hub.slug />
        <div class="page-head">
            <div class="run-head">
                <h1 class="page-title">{widget.title}</h1>
                <div class="pills">
                    <TonePill tone=Tone::Neutral text=widget.slug />
                    <TonePill tone=Tone::Neutral text=format!("Version {}", widget.version) />
                </div>
                {widget.description.map(|text| view! { <Prose text /> })}
            </div>
            <div class="head-actions">
                {caller
                    .may(Role::Reviewer)
                    .then(|| {
                        view! {
                            <a class="btn" href=ask data-testid="ask-several">
                                <Icon sign=Sign::Collectives />
                                "Ask several agents"
                            </a>
                            <a class="btn" href=new_candidate>
                                "New candidate"
                            </a>
                        }
                    })}
                {caller
                    .may(Role::Steward)
                    .then(|| {
                        view! {
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

/// What agents can be asked about the widget, and what they were asked.
#[component]
fn Agents(proposals: Vec<ProposalLine>, places: [InvokePlace; 2], caller: Caller) -> impl IntoView {
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
fn Summaries(summaries: Vec<WidgetSummary>, caller: Caller) -> impl IntoView {
    let empty = summaries.is_empty();
    let all = summaries.into_iter().map(|summary| {
        let agent = summary
            .agent_registration_id
            .map(|id| (id, summary.agent_name));
        let auto_applied = summary.auto_applied.then(|| caller.clone());
        view! {
            <Accepted content=summary.content point=InvocationPoint::SummarizeCluster proposal=summary.proposal_id agent at=summary.created_at auto_applied />
        }
    });
    let all = all.collect_view();
    view! {
        <section class="card" data-testid="summaries">
            <div class="card-head">
                <h2 class="card-title">"Summaries"</h2>
            </div>
            {if empty {
                view! {
                    <EmptyState title="No summary yet">
                        <p>"When a person accepts what an agent made of the timeline, it is kept here."</p>
                    </EmptyState>
                }
                    .into_any()
            } else {
                all.into_any()
            }}
        </section>
    }
    .into_any()
}

#[component]
fn Candidates(candidates: Page<Candidate>, list: String, caller: Caller) -> impl IntoView {
    let empty = candidates.items.is_empty();
    let rows = candidates
        .items
        .into_iter()
        .map(|row| view! { <CandidateLine row widget=None caller=caller.clone() /> });
    let rows = rows.collect_view();
    view! {
        <section class="card" data-testid="candidates">
            <div class="card-head">
                <h2 class="card-title">"Requirement candidates"</h2>
                <a class="link" href=list>
                    "All"
                </a>
            </div>
            {if empty {
                view! {
                    <EmptyState title="No candidate yet">
                        <p>"Write down what might be built here, or have an agent draft it."</p>
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
