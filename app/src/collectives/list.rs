//! All collective proposals of a hub.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_navigate, use_query_map};
use model::{ConsensusStatus, DecisionStatus, Role, RunState};

use super::rows::RunRows;
use crate::address::{address, changed, word};
use crate::components::{Choose, EmptyState, PageLinks, Refused, Skeleton};
use crate::labels::options;
use crate::layout::use_hub_slug;
use crate::pages::NoHub;
use crate::server_fns::collectives::{ListAnswer, ListQuery, list_collectives};

/// The address of a page of the list.
fn list_address(query: &ListQuery) -> String {
    address(
        "/collectives",
        &[
            ("hub", &query.hub),
            ("state", &query.state),
            ("decision", &query.decision),
            ("consensus", &query.consensus),
            ("cursor", &query.cursor),
        ],
    )
}

/// `/collectives`
#[component]
pub fn CollectiveListPage() -> impl IntoView {
    let hub = use_hub_slug();
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        query.with(|query| ListQuery {
            hub: hub.get(),
            state: word(query.get("state")),
            decision: word(query.get("decision")),
            consensus: word(query.get("consensus")),
            cursor: word(query.get("cursor")),
        })
    });
    let list = Resource::new(move || asked.get(), list_collectives);
    view! {
        <Title text="Collective proposals" />
        <Transition fallback=|| view! { <Skeleton lines=8 /> }>
            {move || Suspend::new(async move {
                match list.await {
                    Ok(Some(answer)) => {
                        view! { <List answer asked=asked.get_untracked() /> }.into_any()
                    }
                    Ok(None) => view! { <NoHub /> }.into_any(),
                    Err(error) => view! { <Refused error /> }.into_any(),
                }
            })}
        </Transition>
    }
    .into_any()
}

#[component]
fn List(answer: ListAnswer, asked: ListQuery) -> impl IntoView {
    let ListAnswer {
        hub, caller, page, ..
    } = answer;
    let new = format!("/collectives/new?hub={}", hub.slug);
    let may_start = caller.may(Role::Reviewer);
    let filtered = asked.state.is_some() || asked.decision.is_some() || asked.consensus.is_some();
    let all = ListQuery {
        hub: Some(hub.slug.clone()),
        ..ListQuery::default()
    };
    let asked = ListQuery {
        hub: Some(hub.slug),
        ..asked
    };
    let newest = asked.cursor.is_some().then(|| {
        list_address(&ListQuery {
            cursor: None,
            ..asked.clone()
        })
    });
    let older = page.next_cursor.map(|cursor| {
        list_address(&ListQuery {
            cursor: Some(cursor),
            ..asked.clone()
        })
    });
    view! {
        <Head hub=hub.name new=new.clone() may_start />
        <Filters asked />
        <section class="card">
            {if !page.items.is_empty() {
                view! { <RunRows runs=page.items /> }.into_any()
            } else if filtered {
                view! {
                    <EmptyState title="No proposal fits these filters">
                        <p>
                            <a class="link" href=list_address(&all)>
                                "Show all proposals"
                            </a>
                        </p>
                    </EmptyState>
                }
                    .into_any()
            } else {
                view! { <NoneYet new may_start /> }.into_any()
            }}
        </section>
        <PageLinks newest older />
    }
    .into_any()
}

#[component]
fn Head(hub: String, new: String, may_start: bool) -> impl IntoView {
    view! {
        <div class="page-head">
            <div>
                <h1 class="page-title">"Collective proposals"</h1>
                <p class="page-lead">{hub}</p>
            </div>
            {may_start
                .then(|| {
                    view! {
                        <a class="btn btn-primary" href=new>
                            "New collective proposal"
                        </a>
                    }
                })}
        </div>
    }
    .into_any()
}

#[component]
fn NoneYet(new: String, may_start: bool) -> impl IntoView {
    view! {
        <EmptyState title="No collective proposal yet">
            <p>
                "Ask all agents that are routed for a task the same question. They answer side by side, one of them writes a synthesis, and you decide."
            </p>
            {if may_start {
                view! {
                    <a class="btn btn-primary" href=new>
                        "New collective proposal"
                    </a>
                }
                    .into_any()
            } else {
                view! { <p>"Starting one needs the role reviewer; an admin can give it to you."</p> }
                    .into_any()
            }}
        </EmptyState>
    }
}

#[component]
fn Filters(asked: ListQuery) -> impl IntoView {
    let navigate = use_navigate();
    let from = ListQuery {
        cursor: None,
        ..asked.clone()
    };
    let on_change = move |event: leptos::ev::Event| {
        let Some((name, value)) = changed(&event) else {
            return;
        };
        let mut wanted = from.clone();
        match name.as_str() {
            "state" => wanted.state = value,
            "decision" => wanted.decision = value,
            _ => wanted.consensus = value,
        }
        navigate(&list_address(&wanted), Default::default());
    };
    view! {
        <form class="filters" method="get" action="/collectives" on:change=on_change aria-label="Filters">
            {asked.hub.map(|hub| view! { <input type="hidden" name="hub" value=hub /> })}
            <Choose name="state" label="Run" options=options(RunState::ALL) chosen=asked.state />
            <Choose name="decision" label="Decision" options=options(DecisionStatus::ALL) chosen=asked.decision />
            <Choose name="consensus" label="Consensus" options=options(ConsensusStatus::ALL) chosen=asked.consensus />
            <button type="submit" class="btn btn-small without-script">
                "Filter"
            </button>
        </form>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_carries_what_is_asked() {
        let query = ListQuery {
            hub: Some("main".to_owned()),
            consensus: Some("divergent".to_owned()),
            ..ListQuery::default()
        };
        assert_eq!(
            list_address(&query),
            "/collectives?hub=main&consensus=divergent"
        );
        assert_eq!(list_address(&ListQuery::default()), "/collectives");
    }
}
