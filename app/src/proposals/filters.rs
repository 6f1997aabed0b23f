//! What the list of proposals shows; all of it stands in the address.

use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use model::{AgentName, ProposalStatus, RegisteredType};
use wasm_bindgen::JsCast;

use crate::labels::Labelled;
use crate::server_fns::proposals::ProposalQuery;

/// The address of a page of the list.
pub fn address(query: &ProposalQuery) -> String {
    let words = [
        ("hub", &query.hub),
        ("status", &query.status),
        ("task", &query.task),
        ("agent", &query.agent),
        ("cursor", &query.cursor),
    ];
    let mut address = "/proposals".to_owned();
    let mut mark = '?';
    for (name, word) in words {
        if let Some(word) = word {
            address.push(mark);
            address.push_str(&format!("{name}={word}"));
            mark = '&';
        }
    }
    address
}

/// A word from the address, if it is one that could stand there.
pub fn word(text: Option<String>) -> Option<String> {
    text.filter(|t| {
        !t.is_empty()
            && t.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    })
}

#[component]
pub fn Filters(
    asked: ProposalQuery,
    task_types: Vec<RegisteredType>,
    agents: Vec<AgentName>,
) -> impl IntoView {
    let navigate = use_navigate();
    let hub = asked.hub.clone();
    let on_change = {
        let asked = asked.clone();
        move |event: leptos::ev::Event| {
            let select = event
                .target()
                .and_then(|t| t.dyn_into::<web_sys::HtmlSelectElement>().ok());
            let Some(select) = select else { return };
            let mut wanted = ProposalQuery {
                cursor: None,
                ..asked.clone()
            };
            let value = word(Some(select.value()));
            match select.name().as_str() {
                "status" => wanted.status = value,
                "task" => wanted.task = value,
                _ => wanted.agent = value,
            }
            navigate(&address(&wanted), Default::default());
        }
    };
    let statuses = ProposalStatus::ALL
        .iter()
        .map(|status| (status.to_string(), status.label().to_owned()))
        .collect();
    let tasks = task_types.into_iter().map(|t| (t.key, t.label)).collect();
    let agents = agents
        .into_iter()
        .map(|agent| (agent.id.to_string(), agent.name))
        .collect();
    view! {
        <form class="filters" method="get" action="/proposals" on:change=on_change aria-label="Filters">
            {hub.map(|hub| view! { <input type="hidden" name="hub" value=hub /> })}
            <Filter name="status" label="Status" options=statuses chosen=asked.status />
            <Filter name="task" label="Task" options=tasks chosen=asked.task />
            <Filter name="agent" label="Agent" options=agents chosen=asked.agent />
            <button type="submit" class="btn btn-small without-script">
                "Filter"
            </button>
        </form>
    }
    .into_any()
}

#[component]
fn Filter(
    name: &'static str,
    label: &'static str,
    /// Word and label.
    options: Vec<(String, String)>,
    chosen: Option<String>,
) -> impl IntoView {
    let id = format!("filter-{name}");
    let none = chosen.is_none();
    let options = options.into_iter().map(|(word, label)| {
        let selected = chosen.as_deref() == Some(word.as_str());
        view! {
            <option value=word selected=selected>
                {label}
            </option>
        }
    });
    view! {
        <div class="filter">
            <label class="filter-label" for=id.clone()>
                {label}
            </label>
            <select class="select select-small" id=id name=name>
                <option value="" selected=none>
                    "All"
                </option>
                {options.collect_view()}
            </select>
        </div>
    }
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
            address(&query),
            "/proposals?hub=main&status=pending&task=triage"
        );
        assert_eq!(word(Some("a&b".to_owned())), None);
    }
}
