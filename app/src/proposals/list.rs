//! All agent proposals of a hub.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::filters::{Filters, list_address};
use super::rows::ProposalRows;
use crate::address::word;
use crate::components::{EmptyState, PageLinks, Refused, Skeleton};
use crate::layout::use_hub_slug;
use crate::pages::NoHub;
use crate::server_fns::proposals::{ProposalList, ProposalQuery, list_proposals};

/// `/proposals`
#[component]
pub fn ProposalListPage() -> impl IntoView {
    let hub = use_hub_slug();
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        query.with(|query| ProposalQuery {
            hub: hub.get(),
            status: word(query.get("status")),
            task: word(query.get("task")),
            agent: word(query.get("agent")),
            cursor: word(query.get("cursor")),
        })
    });
    let list = Resource::new(move || asked.get(), list_proposals);
    view! {
        <Title text="Proposals" />
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
fn List(answer: ProposalList, asked: ProposalQuery) -> impl IntoView {
    let ProposalList {
        hub,
        caller,
        page,
        task_types,
        agents,
    } = answer;
    let filtered = asked.status.is_some() || asked.task.is_some() || asked.agent.is_some();
    let slug = hub.slug.clone();
    let all = ProposalQuery {
        hub: Some(hub.slug.clone()),
        ..ProposalQuery::default()
    };
    let asked = ProposalQuery {
        hub: Some(hub.slug),
        ..asked
    };
    let at = |cursor: Option<String>| {
        list_address(&ProposalQuery {
            cursor,
            ..asked.clone()
        })
    };
    let newest = asked.cursor.is_some().then(|| at(None));
    let older = page.next_cursor.map(|cursor| at(Some(cursor)));
    view! {
        <div class="page-head">
            <div>
                <h1 class="page-title">"Proposals"</h1>
                <p class="page-lead">{hub.name}</p>
            </div>
        </div>
        <Filters asked task_types agents />
        <section class="card" aria-label="Proposals">
            {if !page.items.is_empty() {
                view! { <ProposalRows proposals=page.items caller /> }.into_any()
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
                view! { <NoneYet slug /> }.into_any()
            }}
        </section>
        <PageLinks newest older />
    }
    .into_any()
}

#[component]
fn NoneYet(slug: String) -> impl IntoView {
    view! {
        <EmptyState title="No proposal yet">
            <p>
                "Agents are asked where something stands: on a "
                <a class="link" href=format!("/widgets?hub={slug}")>"widget"</a>
                " for a summary or a requirement, on a "
                <a class="link" href=format!("/decisions?hub={slug}")>"decision"</a>
                " for an implementation, on a "
                <a class="link" href=format!("/candidates?hub={slug}")>"candidate"</a>
                " for its duplicates. What they answer waits here for a person."
            </p>
        </EmptyState>
    }
}
