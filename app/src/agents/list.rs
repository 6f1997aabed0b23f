//! The agents of a hub, or of all.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::{Acceptance, AgentRow, AgentSort, Hub, Role, SortOrder};

use super::filters::{Filters, address, sorted, sorted_by};
use crate::components::{EmptyState, Refused, Skeleton, Stamp, TonePill};
use crate::format;
use crate::labels::{Labelled, Tone};
use crate::layout::use_hub_slug;
use crate::pages::NoHub;
use crate::server_fns::agents::{AgentList, AgentQuery, list_agents};

/// `/agents`
#[component]
pub fn AgentListPage() -> impl IntoView {
    let hub = use_hub_slug();
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        query.with(|query| {
            let word = |name: &str| query.get(name).filter(|text| !text.is_empty());
            AgentQuery {
                hub: hub.get(),
                hubs: word("hubs"),
                q: word("q"),
                state: word("state"),
                provider: word("provider"),
                trust: word("trust"),
                sort: word("sort"),
                order: word("order"),
                cursor: word("cursor"),
            }
        })
    });
    let list = Resource::new(move || asked.get(), list_agents);
    view! {
        <Title text="Agents" />
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
fn List(answer: AgentList, asked: AgentQuery) -> impl IntoView {
    let AgentList {
        hub,
        hubs,
        caller,
        page,
    } = answer;
    let new = format!("/agents/new?hub={}", hub.slug);
    let may_register = caller.may(Role::Steward);
    let all_hubs = asked.hubs.as_deref() == Some("all");
    let filtered = all_hubs
        || asked.q.is_some()
        || asked.state.is_some()
        || asked.provider.is_some()
        || asked.trust.is_some();
    let asked = AgentQuery {
        hub: Some(hub.slug.clone()),
        ..asked
    };
    let everything = AgentQuery {
        hub: asked.hub.clone(),
        ..AgentQuery::default()
    };
    let to = |cursor: Option<String>| {
        address(&AgentQuery {
            cursor,
            ..asked.clone()
        })
    };
    let first = asked.cursor.is_some().then(|| to(None));
    let next = page.next_cursor.clone().map(|cursor| to(Some(cursor)));
    let lead = if all_hubs {
        "All hubs".to_owned()
    } else {
        hub.name
    };
    view! {
        <div class="page-head">
            <div>
                <h1 class="page-title">"Agents"</h1>
                <p class="page-lead">{lead}</p>
            </div>
            {may_register
                .then(|| {
                    view! {
                        <a class="btn btn-primary" href=new.clone()>
                            "New agent"
                        </a>
                    }
                })}
        </div>
        <Filters asked=asked.clone() one_hub=hubs.len() < 2 />
        {if !page.items.is_empty() {
            view! { <Table rows=page.items hubs all_hubs asked /> }.into_any()
        } else if filtered {
            view! {
                <section class="card">
                    <EmptyState title="No agent fits these filters">
                        <p>
                            <a class="link" href=address(&everything)>
                                "Show all agents"
                            </a>
                        </p>
                    </EmptyState>
                </section>
            }
                .into_any()
        } else {
            view! { <NoneYet new may_register /> }.into_any()
        }}
        {(first.is_some() || next.is_some())
            .then(|| {
                view! {
                    <nav class="pages" aria-label="Pages of the list">
                        {first.map(|to| view! { <a class="btn" href=to>"First page"</a> })}
                        {next.map(|to| view! { <a class="btn" href=to rel="next">"Next page"</a> })}
                    </nav>
                }
            })}
    }
    .into_any()
}

#[component]
fn NoneYet(new: String, may_register: bool) -> impl IntoView {
    view! {
        <section class="card">
            <EmptyState title="No agent yet">
                <p>
                    "An agent is a model with a character. Register one, try it with a sample prompt, then route a task to it."
                </p>
                {if may_register {
                    view! {
                        <a class="btn btn-primary" href=new>
                            "New agent"
                        </a>
                    }
                        .into_any()
                } else {
                    view! { <p>"Registering one needs the role steward; an admin can give it to you."</p> }
                        .into_any()
                }}
            </EmptyState>
        </section>
    }
    .into_any()
}

#[component]
fn Table(rows: Vec<AgentRow>, hubs: Vec<Hub>, all_hubs: bool, asked: AgentQuery) -> impl IntoView {
    let head = |sort| view! { <Head sort asked=asked.clone() /> };
    let hub_name = |row: &AgentRow| {
        let hub = hubs.iter().find(|hub| hub.id == row.agent.hub_id);
        all_hubs.then(|| hub.map(|hub| hub.name.clone()).unwrap_or_default())
    };
    let rows = rows
        .into_iter()
        .map(|row| {
            let hub = hub_name(&row);
            view! { <Row row hub /> }
        })
        .collect_view();
    view! {
        <section class="card card-table">
            <table class="table table-rows">
                <thead>
                    <tr>
                        {head(AgentSort::Name)}
                        {all_hubs.then(|| view! { <th scope="col">"Hub"</th> })}
                        {head(AgentSort::Provider)} {head(AgentSort::Model)} {head(AgentSort::Trust)}
                        <th scope="col">"State"</th>
                        {head(AgentSort::LastUsed)} {head(AgentSort::Acceptance)}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </section>
    }
    .into_any()
}

/// A column's name; it sorts, and turns the order where it does already.
#[component]
fn Head(sort: AgentSort, asked: AgentQuery) -> impl IntoView {
    let (now, order) = sorted(&asked);
    let (aria, arrow) = match (now == sort, order) {
        (false, _) => (None, ""),
        (true, SortOrder::Asc) => (Some("ascending"), "↑"),
        (true, SortOrder::Desc) => (Some("descending"), "↓"),
    };
    view! {
        <th scope="col" aria-sort=aria>
            <a class="sort" href=address(&sorted_by(&asked, sort))>
                {sort.label()}
                <span class="sort-arrow" aria-hidden="true">
                    {arrow}
                </span>
            </a>
        </th>
    }
    .into_any()
}

/// On a phone each cell says its name (`data-label`).
#[component]
fn Row(row: AgentRow, hub: Option<String>) -> impl IntoView {
    let AgentRow {
        agent,
        last_used_at,
        acceptance,
    } = row;
    view! {
        <tr data-testid="agent-row" data-active=agent.is_active.to_string()>
            <th scope="row">
                <a class="row-link" href=format!("/agents/{}", agent.id)>
                    {agent.name}
                </a>
                <span class="row-sub">{agent.slug}</span>
            </th>
            {hub.map(|hub| view! { <td data-label="Hub">{hub}</td> })}
            <td data-label="Provider">{agent.provider.label()}</td>
            <td data-label="Model" class="cell-model">
                {agent.model_name}
            </td>
            <td data-label="Trust">{agent.trust_level.label()}</td>
            <td data-label="State">
                <ActivePill active=agent.is_active />
            </td>
            <td data-label="Last used">
                {match last_used_at {
                    Some(at) => view! { <Stamp at /> }.into_any(),
                    None => view! { <span class="quiet">"never"</span> }.into_any(),
                }}
            </td>
            <td data-label="Acceptance">
                <AcceptanceCell acceptance />
            </td>
        </tr>
    }
    .into_any()
}

/// Whether an agent may be asked.
#[component]
pub fn ActivePill(active: bool) -> impl IntoView {
    let (tone, text) = if active {
        (Tone::Good, "Active")
    } else {
        (Tone::Neutral, "Inactive")
    };
    view! { <TonePill tone text /> }
}

#[component]
fn AcceptanceCell(acceptance: Option<Acceptance>) -> impl IntoView {
    match acceptance {
        None => view! { <span class="quiet">"none decided"</span> }.into_any(),
        Some(a) => view! {
            <span>{format::percent(a.share)}</span>
            " "
            <span class="quiet">{format!("{} of {}", a.accepted, a.decided)}</span>
        }
        .into_any(),
    }
}
