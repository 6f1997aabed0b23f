//! The page of one decision record.

use leptos::prelude::*;
use leptos_meta::Title;
use model::{
    Caller, DecisionImplementation, DecisionRecordId, InvocationPoint, ProposalLine, Role,
};

use super::show::{Accepted, Crumbs, Proposals, Prose, follow, not_there, path_id};
use crate::components::{
    EmptyState, Icon, KeepFocus, Refused, Sign, Skeleton, Stamp, StatePill, TonePill,
};
use crate::labels::Tone;
use crate::proposals::{InvokePanel, InvokePlace};
use crate::server_fns::decisions::{DecisionAnswer, read_decision};

/// `/decisions/:id`
#[component]
pub fn DecisionPage() -> impl IntoView {
    let id = path_id::<DecisionRecordId>();
    let source = Signal::derive(move || id.get().map(|id| id.0));
    let places =
        [InvocationPoint::ProposeImplementation].map(|point| InvokePlace::new(point, source));
    let shown = Resource::new(
        move || id.get(),
        |id| async move {
            match id {
                Some(id) => read_decision(id).await,
                None => Err(not_there("decision record")),
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
fn Show(answer: DecisionAnswer, places: [InvokePlace; 1]) -> impl IntoView {
    let record = answer.detail.record.clone();
    view! {
        <Title text=record.title.clone() />
        <Head answer=answer.clone() />
        <div class="overview-grid">
            <div class="stack">
                <section class="card">
                    <div class="card-head">
                        <h2 class="card-title">"Decision"</h2>
                    </div>
                    <Prose text=record.decision />
                </section>
                <section class="card">
                    <div class="card-head">
                        <h2 class="card-title">"Context"</h2>
                    </div>
                    <Prose text=record.context />
                </section>
            </div>
            <div class="stack">
                <Agents proposals=answer.proposals places caller=answer.caller.clone() />
                <Implementations all=answer.detail.implementations caller=answer.caller />
            </div>
        </div>
    }
    .into_any()
}

#[component]
fn Head(answer: DecisionAnswer) -> impl IntoView {
    let DecisionAnswer {
        hub,
        caller,
        detail,
        ..
    } = answer;
    let record = detail.record;
    let status = record.status;
    let edit = format!("/decisions/{}/edit", record.id);
    view! {
        <Crumbs list="/decisions" name="Decision records" hub=hub.slug />
        <div class="page-head">
            <div class="run-head">
                <h1 class="page-title">{record.title}</h1>
                <div class="pills">
                    <StatePill value=move || status />
                    <TonePill tone=Tone::Neutral text=format!("Version {}", record.version) />
                </div>
                <p class="run-facts">
                    {detail
                        .candidate
                        .map(|candidate| {
                            view! {
                                <a
                                    class="link"
                                    href=format!("/candidates/{}", candidate.id)
                                    data-testid="decides-on"
                                >
                                    {candidate.title}
                                </a>
                            }
                        })}
                    {record.created_by.map(|name| view! { <span>{name}</span> })}
                    <Stamp at=record.created_at />
                </p>
            </div>
            {caller
                .may(Role::Reviewer)
                .then(|| {
                    view! {
                        <div class="head-actions">
                            <a class="btn" href=edit data-testid="edit">
                                <Icon sign=Sign::Pen />
                                "Edit"
                            </a>
                        </div>
                    }
                })}
        </div>
    }
    .into_any()
}

/// What agents can be asked about the decision, and what they were asked.
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
fn Implementations(all: Vec<DecisionImplementation>, caller: Caller) -> impl IntoView {
    let empty = all.is_empty();
    let all = all.into_iter().map(|one| {
        let agent = one.agent_registration_id.map(|id| (id, one.agent_name));
        let auto_applied = one.auto_applied.then(|| caller.clone());
        view! { <Accepted content=one.content point=InvocationPoint::ProposeImplementation proposal=one.proposal_id agent at=one.created_at auto_applied /> }
    });
    let all = all.collect_view();
    view! {
        <section class="card" data-testid="implementations">
            <div class="card-head">
                <h2 class="card-title">"Implementations"</h2>
            </div>
            {if empty {
                view! {
                    <EmptyState title="No implementation yet">
                        <p>"When a person accepts what an agent proposes for this decision, it is attached here."</p>
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
