//! The list's filters, its order and its address.

use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use leptos_router::location::Url;
use model::{AgentSort, Provider, SortOrder, TrustLevel};
use wasm_bindgen::JsCast;

use crate::labels::Labelled;
use crate::server_fns::agents::AgentQuery;

impl Labelled for AgentSort {
    fn label(self) -> &'static str {
        match self {
            Self::Newest => "Newest",
            Self::Name => "Agent",
            Self::Provider => "Provider",
            Self::Model => "Model",
            Self::Trust => "Trust",
            Self::LastUsed => "Last used",
            Self::Acceptance => "Acceptance",
        }
    }
}

/// The address of a page of the list.
pub fn address(query: &AgentQuery) -> String {
    let words = [
        ("hub", &query.hub),
        ("hubs", &query.hubs),
        ("q", &query.q),
        ("state", &query.state),
        ("provider", &query.provider),
        ("trust", &query.trust),
        ("sort", &query.sort),
        ("order", &query.order),
        ("cursor", &query.cursor),
    ];
    let mut address = "/agents".to_owned();
    let mut mark = '?';
    for (name, word) in words {
        if let Some(word) = word {
            address.push(mark);
            address.push_str(&format!("{name}={}", Url::escape(word)));
            mark = '&';
        }
    }
    address
}

/// What the list is sorted by, and in which direction.
pub fn sorted(query: &AgentQuery) -> (AgentSort, SortOrder) {
    let sort = query.sort.as_deref().and_then(|word| word.parse().ok());
    let sort: AgentSort = sort.unwrap_or(AgentSort::Newest);
    let order = query.order.as_deref().and_then(|word| word.parse().ok());
    (sort, order.unwrap_or(sort.usual_order()))
}

/// The same list sorted by `sort`; where it is already, the other way round.
pub fn sorted_by(query: &AgentQuery, sort: AgentSort) -> AgentQuery {
    let (now, order) = sorted(query);
    let turned = match order {
        SortOrder::Asc => SortOrder::Desc,
        SortOrder::Desc => SortOrder::Asc,
    };
    let order = (now == sort && turned != sort.usual_order()).then(|| turned.to_string());
    AgentQuery {
        sort: (sort != AgentSort::Newest).then(|| sort.to_string()),
        order,
        cursor: None,
        ..query.clone()
    }
}

fn set(query: &mut AgentQuery, name: &str, value: String) {
    let value = Some(value).filter(|value| !value.is_empty());
    match name {
        "hubs" => query.hubs = value,
        "q" => query.q = value,
        "state" => query.state = value,
        "provider" => query.provider = value,
        "trust" => query.trust = value,
        "sort" => {
            query.sort = value;
            query.order = None;
        }
        _ => return,
    }
    query.cursor = None;
}

/// Each change leads to the list that it asks for.
#[component]
pub fn Filters(asked: AgentQuery, one_hub: bool) -> impl IntoView {
    let navigate = use_navigate();
    let wanted = asked.clone();
    let on_change = move |event: leptos::ev::Event| {
        let Some(target) = event.target() else { return };
        let field = match target.dyn_into::<web_sys::HtmlSelectElement>() {
            Ok(select) => (select.name(), select.value()),
            Err(other) => match other.dyn_into::<web_sys::HtmlInputElement>() {
                Ok(input) => (input.name(), input.value()),
                Err(_) => return,
            },
        };
        let mut wanted = wanted.clone();
        set(&mut wanted, &field.0, field.1);
        navigate(&address(&wanted), Default::default());
    };
    let all_hubs = asked.hubs.as_deref() == Some("all");
    let state = asked.state.clone();
    view! {
        <form
            class="filters"
            method="get"
            action="/agents"
            on:change=on_change
            // A change of the text is told before.
            on:submit=|event| event.prevent_default()
            aria-label="Filters"
        >
            {asked.hub.map(|hub| view! { <input type="hidden" name="hub" value=hub /> })}
            {asked.order.map(|order| view! { <input type="hidden" name="order" value=order /> })}
            <div class="filter filter-search">
                <label class="sr-only" for="filter-q">
                    "Search"
                </label>
                <input
                    class="input input-small"
                    type="search"
                    id="filter-q"
                    name="q"
                    placeholder="Name, model, capability"
                    maxlength="200"
                    value=asked.q
                />
            </div>
            {(!one_hub)
                .then(|| {
                    view! {
                        <Choice name="hubs" label="Hub" all="This hub">
                            <option value="all" selected=all_hubs>
                                "All hubs"
                            </option>
                        </Choice>
                    }
                })}
            <Choice name="state" label="State" all="All">
                <option value="active" selected=state.as_deref() == Some("active")>
                    "Active"
                </option>
                <option value="inactive" selected=state.as_deref() == Some("inactive")>
                    "Inactive"
                </option>
            </Choice>
            <Choice name="provider" label="Provider" all="All">
                {options(Provider::ALL, asked.provider)}
            </Choice>
            <Choice name="trust" label="Trust" all="All">
                {options(TrustLevel::ALL, asked.trust)}
            </Choice>
            <div class="filter filter-sort">
                <label class="filter-label" for="filter-sort">
                    "Sort by"
                </label>
                <select class="select select-small" id="filter-sort" name="sort">
                    <option value="">{AgentSort::Newest.label()}</option>
                    {options(&AgentSort::ALL[1..], asked.sort)}
                </select>
            </div>
            <button type="submit" class="btn btn-small without-script">
                "Filter"
            </button>
        </form>
    }
    .into_any()
}

fn options<T: Labelled + std::fmt::Display>(all: &[T], chosen: Option<String>) -> AnyView {
    all.iter()
        .map(|value| {
            let word = value.to_string();
            let selected = chosen.as_deref() == Some(word.as_str());
            view! {
                <option value=word selected=selected>
                    {value.label()}
                </option>
            }
        })
        .collect_view()
        .into_any()
}

#[component]
fn Choice(
    name: &'static str,
    label: &'static str,
    all: &'static str,
    children: Children,
) -> impl IntoView {
    let id = format!("filter-{name}");
    view! {
        <div class="filter">
            <label class="filter-label" for=id.clone()>
                {label}
            </label>
            <select class="select select-small" id=id name=name>
                <option value="">{all}</option>
                {children()}
            </select>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_carries_what_is_asked() {
        let query = AgentQuery {
            hub: Some("main".to_owned()),
            q: Some("50% of a&b".to_owned()),
            cursor: Some("x".to_owned()),
            ..AgentQuery::default()
        };
        let address = address(&query);
        assert!(
            address.starts_with("/agents?hub=main&q=50%25%20of%20a%26b"),
            "{address}"
        );
    }

    #[test]
    fn a_second_click_turns_the_order_and_a_third_turns_it_back() {
        let query = AgentQuery {
            cursor: Some("x".to_owned()),
            ..AgentQuery::default()
        };
        assert_eq!(sorted(&query), (AgentSort::Newest, SortOrder::Desc));
        let first = sorted_by(&query, AgentSort::Name);
        assert_eq!(
            (first.order.as_deref(), first.cursor.as_deref()),
            (None, None)
        );
        assert_eq!(sorted(&first), (AgentSort::Name, SortOrder::Asc));
        let second = sorted_by(&first, AgentSort::Name);
        assert_eq!(sorted(&second), (AgentSort::Name, SortOrder::Desc));
        assert_eq!(sorted_by(&second, AgentSort::Name), first);
    }

    #[test]
    fn each_filter_begins_at_the_first_page() {
        for name in ["hubs", "q", "state", "provider", "trust", "sort"] {
            let mut query = AgentQuery {
                cursor: Some("x".to_owned()),
                ..AgentQuery::default()
            };
            set(&mut query, name, "word".to_owned());
            assert_eq!(query.cursor, None, "{name}");
            assert_ne!(query, AgentQuery::default(), "{name}");
        }
    }
}
