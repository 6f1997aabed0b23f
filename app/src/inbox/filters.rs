//! Which part of the inbox is shown; all of it stands in the address.

use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use leptos_router::params::ParamsMap;
use model::{AgentName, InboxKind, RegisteredType};
use uuid::Uuid;

use crate::address::{address, changed, word};
use crate::components::Choose;
use crate::labels::options;
use crate::server_fns::reviews::InboxQuery;

/// What the address asks for.
pub fn asked(params: &ParamsMap, hub: Option<String>) -> InboxQuery {
    let of = |name: &str| word(params.get(name));
    InboxQuery {
        hub,
        task: of("task"),
        agent: of("agent"),
        kind: of("kind"),
        sort: of("sort"),
        cursor: None,
    }
}

/// The address of a part of the inbox, with the item beside the list.
pub fn path(query: &InboxQuery, item: Option<Uuid>) -> String {
    address(
        "/inbox",
        &[
            ("hub", &query.hub),
            ("task", &query.task),
            ("agent", &query.agent),
            ("kind", &query.kind),
            ("sort", &query.sort),
            ("item", &item.map(|id| id.to_string())),
        ],
    )
}

#[component]
pub fn Filters(
    asked: InboxQuery,
    task_types: Vec<RegisteredType>,
    agents: Vec<AgentName>,
) -> impl IntoView {
    let navigate = use_navigate();
    let from = asked.clone();
    let on_change = move |event: leptos::ev::Event| {
        let Some((name, value)) = changed(&event) else {
            return;
        };
        let mut wanted = from.clone();
        match name.as_str() {
            "task" => wanted.task = value,
            "agent" => wanted.agent = value,
            "kind" => wanted.kind = value,
            _ => wanted.sort = value,
        }
        navigate(&path(&wanted, None), Default::default());
    };
    let tasks = task_types.into_iter().map(|t| (t.key, t.label)).collect();
    let agents = agents
        .into_iter()
        .map(|agent| (agent.id.to_string(), agent.name))
        .collect();
    let sorts = vec![("uncertain".to_owned(), "Most uncertain first".to_owned())];
    view! {
        <form class="filters" method="get" action="/inbox" on:change=on_change aria-label="Filters">
            {asked.hub.map(|hub| view! { <input type="hidden" name="hub" value=hub /> })}
            <Choose name="task" label="Task" options=tasks chosen=asked.task />
            <Choose name="agent" label="Agent" options=agents chosen=asked.agent />
            <Choose name="kind" label="Kind" options=options(InboxKind::ALL) chosen=asked.kind />
            <Choose name="sort" label="Order" any="Newest first" options=sorts chosen=asked.sort />
            <button type="submit" class="btn btn-small without-script">
                "Filter"
            </button>
        </form>
    }
    .into_any()
}
