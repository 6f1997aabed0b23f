//! All delegations of a hub.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_navigate, use_query_map};
use model::{AgentName, Delegation, DelegationStatus};

use super::words::{standing, standing_pill, used_of};
use crate::address::{address, changed, word};
use crate::components::{Choose, EmptyState, KeepFocus, PageLinks, Refused, Skeleton, Stamp};
use crate::labels::Labelled;
use crate::layout::use_hub_slug;
use crate::pages::NoHub;
use crate::server_fns::delegations::{DelegationList, DelegationQuery, list_delegations};

fn list_address(query: &DelegationQuery) -> String {
    let words = [
        ("hub", &query.hub),
        ("agent", &query.agent),
        ("status", &query.status),
        ("cursor", &query.cursor),
    ];
    address("/delegations", &words)
}

/// `/delegations`
#[component]
pub fn DelegationListPage() -> impl IntoView {
    let hub = use_hub_slug();
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        query.with(|query| DelegationQuery {
            hub: hub.get(),
            agent: word(query.get("agent")),
            status: word(query.get("status")),
            cursor: word(query.get("cursor")),
        })
    });
    let list = Resource::new(move || asked.get(), list_delegations);
    view! {
        <Title text="Delegations" />
        <KeepFocus drawn=Signal::derive(move || list.track())>
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
        </KeepFocus>
    }
    .into_any()
}

#[component]
fn List(answer: DelegationList, asked: DelegationQuery) -> impl IntoView {
    let DelegationList { hub, page, agents } = answer;
    let slug = hub.slug.clone();
    let all = DelegationQuery {
        hub: Some(hub.slug.clone()),
        ..DelegationQuery::default()
    };
    let asked = DelegationQuery {
        hub: Some(hub.slug),
        ..asked
    };
    let filtered = asked.agent.is_some() || asked.status.is_some();
    let at = |cursor: Option<String>| {
        list_address(&DelegationQuery {
            cursor,
            ..asked.clone()
        })
    };
    let newest = asked.cursor.is_some().then(|| at(None));
    let older = page.next_cursor.map(|cursor| at(Some(cursor)));
    view! {
        <div class="page-head">
            <div>
                <h1 class="page-title">"Delegations"</h1>
                <p class="page-lead">{hub.name}</p>
            </div>
        </div>
        <Filters asked agents />
        <section class="card" aria-label="Delegations">
            {if !page.items.is_empty() {
                let rows = page.items.into_iter().map(|row| view! { <Row row /> });
                view! { <ul class="rows">{rows.collect_view()}</ul> }.into_any()
            } else if filtered {
                view! {
                    <EmptyState title="No delegation fits these filters">
                        <p>
                            <a class="link" href=list_address(&all)>"Show all delegations"</a>
                        </p>
                    </EmptyState>
                }
                    .into_any()
            } else {
                view! {
                    <EmptyState title="No delegation yet">
                        <p>
                            "An agent hands a part of its work to another one. Open a "
                            <a class="link" href=format!("/proposals?hub={slug}")>"proposal"</a>
                            " with an answer and delegate a subtask from there."
                        </p>
                    </EmptyState>
                }
                    .into_any()
            }}
        </section>
        <PageLinks newest older />
    }
    .into_any()
}

#[component]
fn Filters(asked: DelegationQuery, agents: Vec<AgentName>) -> impl IntoView {
    let navigate = use_navigate();
    let hub = asked.hub.clone();
    let known = asked.clone();
    let on_change = move |event| {
        let Some((name, value)) = changed(&event) else {
            return;
        };
        let mut wanted = DelegationQuery {
            cursor: None,
            ..known.clone()
        };
        match name.as_str() {
            "agent" => wanted.agent = value,
            _ => wanted.status = value,
        }
        navigate(&list_address(&wanted), Default::default());
    };
    let agents = agents
        .into_iter()
        .map(|agent| (agent.id.to_string(), agent.name));
    let statuses = DelegationStatus::ALL.iter();
    let statuses = statuses.map(|status| (status.to_string(), status.label().to_owned()));
    view! {
        <form class="filters" method="get" action="/delegations" on:change=on_change aria-label="Filters">
            {hub.map(|hub| view! { <input type="hidden" name="hub" value=hub /> })}
            <Choose name="agent" label="Agent" options=agents.collect() chosen=asked.agent />
            <Choose name="status" label="Status" options=statuses.collect() chosen=asked.status />
            <button type="submit" class="btn btn-small without-script">"Filter"</button>
        </form>
    }
    .into_any()
}

#[component]
fn Row(row: Delegation) -> impl IntoView {
    let standing = standing(&row);
    let used = row.tokens_used.map_or_else(
        || format!("{} tokens", crate::format::count(row.token_budget)),
        |used| used_of(used, row.token_budget),
    );
    view! {
        <li class="row delegation-row" data-testid="delegation-row" data-status=row.status.as_str()>
            <a class="row-title" href=format!("/delegations/{}", row.id)>
                {row.scope}
            </a>
            <span class="row-pills">{standing_pill(standing)}</span>
            <span class="row-who">
                <span>{format!("{} \u{2192} {}", row.delegating_agent_name, row.receiving_agent_name)}</span>
                <span>{used}</span>
                <span>{format!("level {}", row.depth)}</span>
                <Stamp at=row.created_at />
            </span>
        </li>
    }
    .into_any()
}
