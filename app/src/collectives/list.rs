//! All collective proposals of a hub.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_navigate, use_query_map};
use model::{ConsensusStatus, DecisionStatus, Role, RunState};
use wasm_bindgen::JsCast;

use super::rows::RunRows;
use crate::components::{EmptyState, Refused, Skeleton};
use crate::labels::Labelled;
use crate::layout::use_hub_slug;
use crate::pages::NoHub;
use crate::server_fns::collectives::{ListAnswer, ListQuery, list_collectives};

/// The address of a page of the list.
fn address(query: &ListQuery) -> String {
    let words = [
        ("hub", &query.hub),
        ("state", &query.state),
        ("decision", &query.decision),
        ("consensus", &query.consensus),
        ("cursor", &query.cursor),
    ];
    let mut address = "/collectives".to_owned();
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
fn word(text: Option<String>) -> Option<String> {
    text.filter(|t| {
        !t.is_empty()
            && t.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    })
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
        address(&ListQuery {
            cursor: None,
            ..asked.clone()
        })
    });
    let older = page.next_cursor.map(|cursor| {
        address(&ListQuery {
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
                            <a class="link" href=address(&all)>
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
        <Pages newest older />
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
fn Pages(newest: Option<String>, older: Option<String>) -> impl IntoView {
    (newest.is_some() || older.is_some()).then(|| {
        view! {
            <nav class="pages" aria-label="Pages of the list">
                {newest.map(|to| view! { <a class="btn" href=to>"Newest"</a> })}
                {older.map(|to| view! { <a class="btn" href=to rel="next">"Older"</a> })}
            </nav>
        }
    })
}

#[component]
fn Filters(asked: ListQuery) -> impl IntoView {
    let navigate = use_navigate();
    let hub = asked.hub.clone();
    let on_change = {
        let asked = asked.clone();
        move |event: leptos::ev::Event| {
            let select = event
                .target()
                .and_then(|t| t.dyn_into::<web_sys::HtmlSelectElement>().ok());
            let Some(select) = select else { return };
            let mut wanted = ListQuery {
                cursor: None,
                ..asked.clone()
            };
            let value = word(Some(select.value()));
            match select.name().as_str() {
                "state" => wanted.state = value,
                "decision" => wanted.decision = value,
                _ => wanted.consensus = value,
            }
            navigate(&address(&wanted), Default::default());
        }
    };
    view! {
        <form class="filters" method="get" action="/collectives" on:change=on_change aria-label="Filters">
            {hub.map(|hub| view! { <input type="hidden" name="hub" value=hub /> })}
            <Filter name="state" label="Run" all=RunState::ALL chosen=asked.state />
            <Filter name="decision" label="Decision" all=DecisionStatus::ALL chosen=asked.decision />
            <Filter name="consensus" label="Consensus" all=ConsensusStatus::ALL chosen=asked.consensus />
            <button type="submit" class="btn btn-small without-script">
                "Filter"
            </button>
        </form>
    }
    .into_any()
}

#[component]
fn Filter<T: Labelled + std::fmt::Display + Send + Sync + 'static>(
    name: &'static str,
    label: &'static str,
    all: &'static [T],
    chosen: Option<String>,
) -> impl IntoView {
    let id = format!("filter-{name}");
    let options = all.iter().map(|value| {
        let word = value.to_string();
        let selected = chosen.as_deref() == Some(word.as_str());
        view! {
            <option value=word selected=selected>
                {value.label()}
            </option>
        }
    });
    view! {
        <div class="filter">
            <label class="filter-label" for=id.clone()>
                {label}
            </label>
            <select class="select select-small" id=id name=name>
                <option value="" selected=chosen.is_none()>
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
        let query = ListQuery {
            hub: Some("main".to_owned()),
            consensus: Some("divergent".to_owned()),
            ..ListQuery::default()
        };
        assert_eq!(address(&query), "/collectives?hub=main&consensus=divergent");
        assert_eq!(address(&ListQuery::default()), "/collectives");
    }

    #[test]
    fn strange_words_are_dropped() {
        assert_eq!(word(Some("a&b".to_owned())), None);
        assert_eq!(word(Some(String::new())), None);
        assert_eq!(word(Some("running".to_owned())).as_deref(), Some("running"));
    }
}
