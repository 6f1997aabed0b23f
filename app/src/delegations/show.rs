//! One delegation: its scope, its result, its budget and its receipt.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use model::{Delegation, DelegationId, DelegationStatus, InvocationPoint, ProposalEvent};

use super::actions::{CancelBranch, CloseAccount};
use super::detail::fact;
use super::form::may_delegate;
use super::tree_page::not_there;
use super::words::{WayDown, standing, standing_pill, used_of};
use crate::components::{Icon, Refused, Sign, Skeleton, Stamp};
use crate::format;
use crate::layout::use_hub_slug;
use crate::proposals::{Live, LiveAnswer, Trouble};
use crate::server_fns::delegations::{DelegationView, read_delegation, read_delegation_view};

/// `/delegations/{id}`
#[component]
pub fn DelegationPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| {
        params.with(|params| {
            let id = params.get("id");
            id.and_then(|id| id.parse::<DelegationId>().ok())
        })
    });
    let read = Resource::new(
        move || id.get(),
        async |id| match id {
            Some(id) => read_delegation_view(id).await,
            None => Err(not_there("delegation")),
        },
    );
    view! {
        <Transition fallback=|| view! { <Skeleton lines=10 /> }>
            {move || Suspend::new(async move {
                match read.await {
                    Ok(page) => view! { <Show page /> }.into_any(),
                    Err(error) => {
                        view! {
                            <Title text="Delegation" />
                            <h1 class="page-title sr-only">"Delegation"</h1>
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
fn Show(page: DelegationView) -> impl IntoView {
    let DelegationView {
        caller,
        hub,
        delegation,
        result,
        way,
    } = page;
    use_hub_slug().is_about(hub.slug.clone());
    let point = InvocationPoint::of_artifact(&result.artifact_type);
    let title = result.title.clone();
    let held_back = hub.decide_first;
    let live = Live::new(result);
    live.follow();
    let may = may_delegate(&caller);
    let at_work = Memo::new(move |_| live.state.with(|state| !state.has_ended()));
    let row = RwSignal::new(delegation);
    let id = row.with_untracked(|row| row.id);
    let read = move || {
        spawn_local(async move {
            if let Ok(now) = read_delegation(id).await {
                row.try_set(now);
            }
        });
    };
    // What ends below it changes what it has left.
    let heard = move |event: ProposalEvent| {
        if matches!(
            event,
            ProposalEvent::DelegationQueued { .. }
                | ProposalEvent::DelegationCompleted { .. }
                | ProposalEvent::DelegationFailed { .. }
                | ProposalEvent::DelegationCancelled { .. }
                | ProposalEvent::DelegationClosed { .. }
        ) {
            read();
        }
    };
    live.told.set_value(Some(Callback::new(heard)));
    Effect::new(move |before: Option<()>| {
        live.state.with(|state| state.proposal.updated_at);
        if before.is_some() {
            read();
        }
    });
    let told = Callback::new(move |now: Option<Delegation>| {
        match now {
            Some(now) => row.set(now),
            None => read(),
        }
        live.refetch();
    });
    view! {
        <Title text=title.clone() />
        <nav class="crumbs" aria-label="Where this is">
            <a class="link" href=format!("/delegations?hub={}", hub.slug)>"Delegations"</a>
            <span aria-hidden="true">"/"</span>
            <WayDown way />
        </nav>
        {move || head(&row.get(), title.clone(), may, told)}
        <div class="proposal-columns">
            <section class="panel" aria-labelledby="result">
                <div class="panel-head">
                    <h2 class="panel-title" id="result">"Result"</h2>
                    {move || row.with(result_link)}
                </div>
                <div class="card">
                    <Trouble live held_back />
                    <div class="proposal-text" class:proposal-room=move || at_work.get() && !held_back data-testid="delegation-result"
                        aria-busy=move || at_work.get().to_string()>
                        <LiveAnswer live point />
                    </div>
                </div>
            </section>
            {move || budget(&row.get())}
        </div>
    }
    .into_any()
}

fn head(row: &Delegation, title: String, may: bool, told: Callback<Option<Delegation>>) -> AnyView {
    let answered = row.status == DelegationStatus::Completed;
    let (id, left) = (row.id, row.tokens_left);
    let cancels = may && row.status == DelegationStatus::Pending;
    let closes = may && answered && !row.closed && row.result_status.has_ended();
    let agent = |id: model::AgentId, name: &str| {
        view! { <a class="link" href=format!("/agents/{id}")>{name.to_owned()}</a> }
    };
    view! {
        <div class="page-head">
            <div class="run-head">
                <h1 class="page-title">{title}</h1>
                <div class="pills">
                    <span data-testid="delegation-status" data-status=row.status.as_str()>
                        {standing_pill(standing(row))}
                    </span>
                    {row.truncated.then(|| view! { <span class="tag">"cut at its limit"</span> })}
                    {row.closed.then(|| view! { <span class="tag">"closed"</span> })}
                </div>
                <p class="run-facts">
                    <span>
                        {agent(row.delegating_agent_id, &row.delegating_agent_name)}
                        " \u{2192} "
                        {agent(row.receiving_agent_id, &row.receiving_agent_name)}
                    </span>
                    <span>{format!("level {}", row.depth)}</span>
                    <span>"started by " {row.started_by.clone()}</span>
                    <Stamp at=row.created_at />
                </p>
            </div>
            <div class="form-actions">
                {cancels.then(|| view! { <CancelBranch id answered=false told /> })}
                {closes.then(|| view! { <CloseAccount id tokens_left=left told /> })}
            </div>
        </div>
        <section class="card delegation-scope" aria-label="Subtask">
            <p class="answer-label">"Subtask"</p>
            <p class="answer-text" data-testid="delegation-scope">{row.scope.clone()}</p>
        </section>
    }
    .into_any()
}

fn result_link(row: &Delegation) -> AnyView {
    let word = if row.status == DelegationStatus::Completed {
        "Review it, delegate further"
    } else {
        "Open the proposal"
    };
    view! {
        <a class="link panel-push" data-testid="open-result" href=format!("/proposals/{}", row.result_proposal_id)>
            {word}
        </a>
    }
    .into_any()
}

fn budget(row: &Delegation) -> AnyView {
    let used = row.tokens_used.unwrap_or(0);
    let handed_on = if row.closed || row.tokens_used.is_none() {
        0
    } else {
        row.token_budget - used - row.tokens_left
    };
    let account = if row.closed {
        "Closed: what was left went back up the chain."
    } else {
        "Open: what is left may be handed on."
    };
    view! {
        <section class="panel" aria-labelledby="budget" data-testid="delegation-budget">
            <div class="panel-head">
                <h2 class="panel-title" id="budget">"Budget"</h2>
            </div>
            <div class="card">
                <dl class="facts">
                    {fact("Granted", format::counted(row.token_budget, "token", "tokens"))}
                    {fact("Own calls", match row.tokens_used {
                        Some(_) => used_of(used, row.token_budget),
                        None => "not ended yet".to_owned(),
                    })}
                    {(handed_on > 0).then(|| fact("Handed on or held", format::count(handed_on)))}
                    {fact("Left", format::counted(row.tokens_left, "token", "tokens"))}
                    {fact("Account", account)}
                    {row.completed_at.map(|at| fact("Ended", view! { <Stamp at /> }))}
                </dl>
                <div class="form-actions">
                    {row.invocation_id
                        .map(|id| {
                            view! {
                                <a class="btn btn-small" href=format!("/receipts/{id}") data-testid="delegation-receipt">
                                    <Icon sign=Sign::Receipt />
                                    "Receipt"
                                </a>
                            }
                        })}
                    <a class="btn btn-small" href=format!("/proposals/{}/tree", row.root_proposal_id)>
                        <Icon sign=Sign::Delegations />
                        "The whole tree"
                    </a>
                </div>
            </div>
        </section>
    }
    .into_any()
}
