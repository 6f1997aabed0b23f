//! What the list of proposals shows; all of it stands in the address.

use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use model::{AgentName, ProposalStatus, RegisteredType};

use crate::address::{address, changed};
use crate::components::Choose;
use crate::labels::options;
use crate::server_fns::proposals::ProposalQuery;

/// The address of a page of the list.
pub fn list_address(query: &ProposalQuery) -> String {
    address(
        "/proposals",
        &[
            ("hub", &query.hub),
            ("status", &query.status),
            ("task", &query.task),
            ("agent", &query.agent),
            ("cursor", &query.cursor),
        ],
    )
}

#[component]
pub fn Filters(
    asked: ProposalQuery,
    task_types: Vec<RegisteredType>,
    agents: Vec<AgentName>,
) -> impl IntoView {
    let navigate = use_navigate();
    let from = ProposalQuery {
        cursor: None,
        ..asked.clone()
    };
    let on_change = move |event: leptos::ev::Event| {
        let Some((name, value)) = changed(&event) else {
            return;
        };
        let mut wanted = from.clone();
        match name.as_str() {
            "status" => wanted.status = value,
            "task" => wanted.task = value,
            _ => wanted.agent = value,
        }
        navigate(&list_address(&wanted), Default::default());
    };
    let tasks = task_types.into_iter().map(|t| (t.key, t.label)).collect();
    let agents = agents
        .into_iter()
        .map(|agent| (agent.id.to_string(), agent.name))
        .collect();
    view! {
        <form class="filters" method="get" action="/proposals" on:change=on_change aria-label="Filters">
            {asked.hub.map(|hub| view! { <input type="hidden" name="hub" value=hub /> })}
            <Choose name="status" label="Status" options=options(ProposalStatus::ALL) chosen=asked.status />
            <Choose name="task" label="Task" options=tasks chosen=asked.task />
            <Choose name="agent" label="Agent" options=agents chosen=asked.agent />
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
        let query = ProposalQuery {
            hub: Some("main".to_owned()),
            status: Some("pending".to_owned()),
            task: Some("triage".to_owned()),
            ..ProposalQuery::default()
        };
        assert_eq!(
            list_address(&query),
            "/proposals?hub=main&status=pending&task=triage"
        );
    }
}
