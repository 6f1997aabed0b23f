//! All hubs.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::{Hub, Role};

use crate::address::word;
use crate::components::{EmptyState, PageLinks, Refused, Skeleton, StatePill};
use crate::server_fns::hubs::{HubsAnswer, list_hubs};

/// `/hubs`
#[component]
pub fn HubsPage() -> impl IntoView {
    let query = use_query_map();
    let cursor = Memo::new(move |_| query.with(|query| word(query.get("cursor"))));
    let list = Resource::new(move || cursor.get(), list_hubs);
    view! {
        <Title text="Hubs" />
        <Transition fallback=|| view! { <Skeleton lines=6 /> }>
            {move || Suspend::new(async move {
                match list.await {
                    Ok(answer) => {
                        let later = cursor.get_untracked().is_some();
                        view! { <Hubs answer later /> }.into_any()
                    }
                    Err(error) => view! { <Refused error /> }.into_any(),
                }
            })}
        </Transition>
    }
    .into_any()
}

#[component]
fn Hubs(answer: HubsAnswer, later: bool) -> impl IntoView {
    let HubsAnswer { caller, page } = answer;
    let may_change = caller.may(Role::Admin);
    let newest = later.then(|| "/hubs".to_owned());
    let older = page
        .next_cursor
        .map(|cursor| format!("/hubs?cursor={cursor}"));
    view! {
        <div class="page-head">
            <div>
                <h1 class="page-title">"Hubs"</h1>
                <p class="page-lead">"Each is a product team's place, with its own agents and rules."</p>
            </div>
            {may_change
                .then(|| {
                    view! {
                        <a class="btn btn-primary" href="/hubs/new">
                            "New hub"
                        </a>
                    }
                })}
        </div>
        <section class="card">
            {if page.items.is_empty() {
                view! {
                    <EmptyState title="There is no hub yet">
                        <p>"An admin makes the first one; agents, routes and policies follow."</p>
                    </EmptyState>
                }
                    .into_any()
            } else {
                view! {
                    <ul class="rows">
                        {page.items.into_iter().map(|hub| view! { <HubRow hub /> }).collect_view()}
                    </ul>
                }
                    .into_any()
            }}
        </section>
        <PageLinks newest older />
    }
    .into_any()
}

#[component]
fn HubRow(hub: Hub) -> impl IntoView {
    let default = hub.governance_default;
    view! {
        <li class="row" data-testid="hub-row">
            <a class="row-title" href=format!("/hubs/{}", hub.id)>
                {hub.name}
            </a>
            <span class="row-pills">
                <StatePill value=move || default />
            </span>
            <span class="row-who">
                <code class="code">{hub.slug}</code>
            </span>
        </li>
    }
    .into_any()
}
