//! What the lists of content have in common: address, filters, frame.

use leptos::prelude::*;
use leptos_router::hooks::{use_navigate, use_query_map};
use leptos_router::location::Url;
use wasm_bindgen::JsCast;

use crate::address::word;
use crate::components::{Choose, EmptyState, PageLinks};
use crate::layout::use_hub_slug;
use crate::server_fns::content::ContentQuery;

/// The address of a page of a list.
pub fn address(path: &str, query: &ContentQuery) -> String {
    let words = [
        ("hub", &query.hub),
        ("q", &query.q),
        ("status", &query.status),
        ("widget", &query.widget),
        ("open", &query.open),
        ("cursor", &query.cursor),
    ];
    let mut address = path.to_owned();
    let mut mark = '?';
    for (name, word) in words {
        if let Some(word) = word {
            address.push_str(&format!("{mark}{name}={}", Url::escape(word)));
            mark = '&';
        }
    }
    address
}

/// What the address asks a list for.
pub fn asked() -> Memo<ContentQuery> {
    let hub = use_hub_slug();
    let query = use_query_map();
    Memo::new(move |_| {
        query.with(|query| ContentQuery {
            hub: hub.get(),
            q: query.get("q").filter(|text| !text.trim().is_empty()),
            status: word(query.get("status")),
            widget: word(query.get("widget")),
            open: word(query.get("open")),
            cursor: word(query.get("cursor")),
        })
    })
}

fn set(query: &mut ContentQuery, name: &str, value: String) {
    let value = Some(value).filter(|value| !value.trim().is_empty());
    match name {
        "q" => query.q = value,
        "status" => query.status = value,
        "widget" => query.widget = value,
        "open" => query.open = value,
        _ => return,
    }
    query.cursor = None;
}

/// A select of a list: its name in the address, its word, its options.
pub type Select = (&'static str, &'static str, Vec<(String, String)>);

/// What one list is.
#[derive(Clone)]
pub struct Listed {
    pub path: &'static str,
    pub title: &'static str,
    /// What can be searched.
    pub search: &'static str,
    pub selects: Vec<Select>,
    /// The word of the button, where the caller may add one.
    pub add: Option<&'static str>,
    pub none_yet: &'static str,
    pub advice: &'static str,
    pub none_fits: &'static str,
}

/// Head, filters, rows and pages of a list; `rows` is `None` where it is empty.
#[component]
pub fn ListFrame(
    listed: Listed,
    hub: model::Hub,
    asked: ContentQuery,
    rows: Option<AnyView>,
    next: Option<String>,
) -> impl IntoView {
    let asked = ContentQuery {
        hub: Some(hub.slug.clone()),
        ..asked
    };
    let everything = ContentQuery {
        hub: asked.hub.clone(),
        ..ContentQuery::default()
    };
    let all = address(listed.path, &everything);
    let filtered = ContentQuery {
        cursor: None,
        ..asked.clone()
    } != everything;
    let at = |cursor: Option<String>| {
        let asked = ContentQuery {
            cursor,
            ..asked.clone()
        };
        address(listed.path, &asked)
    };
    let newest = asked.cursor.is_some().then(|| at(None));
    let older = next.map(|cursor| at(Some(cursor)));
    let add = listed.add.map(|text| {
        let to = format!("{}/new?hub={}", listed.path, hub.slug);
        view! {
            <a class="btn btn-primary" href=to>
                {text}
            </a>
        }
    });
    let card = match rows {
        Some(rows) => rows,
        None if filtered => view! {
            <section class="card">
                <EmptyState title=listed.none_fits>
                    <p>
                        <a class="link" href=all>
                            "Show all of them"
                        </a>
                    </p>
                </EmptyState>
            </section>
        }
        .into_any(),
        None => view! {
            <section class="card">
                <EmptyState title=listed.none_yet>
                    <p>{listed.advice}</p>
                </EmptyState>
            </section>
        }
        .into_any(),
    };
    view! {
        <div class="page-head">
            <div>
                <h1 class="page-title">{listed.title}</h1>
                <p class="page-lead">{hub.name}</p>
            </div>
            {add}
        </div>
        <Filters listed asked />
        {card}
        <PageLinks newest older />
    }
    .into_any()
}

/// Each change leads to the list that it asks for.
#[component]
fn Filters(listed: Listed, asked: ContentQuery) -> impl IntoView {
    let navigate = use_navigate();
    let path = listed.path;
    let wanted = asked.clone();
    let on_change = move |event: leptos::ev::Event| {
        let Some(target) = event.target() else { return };
        let (name, value) = match target.dyn_into::<web_sys::HtmlSelectElement>() {
            Ok(select) => (select.name(), select.value()),
            Err(other) => match other.dyn_into::<web_sys::HtmlInputElement>() {
                Ok(input) => (input.name(), input.value()),
                Err(_) => return,
            },
        };
        let mut wanted = wanted.clone();
        set(&mut wanted, &name, value);
        navigate(&address(path, &wanted), Default::default());
    };
    let selects = listed.selects.into_iter().map(|(name, label, options)| {
        let chosen = match name {
            "status" => asked.status.clone(),
            "widget" => asked.widget.clone(),
            _ => asked.open.clone(),
        };
        view! { <Choose name label options chosen /> }
    });
    let selects = selects.collect_view();
    view! {
        <form
            class="filters"
            method="get"
            action=path
            on:change=on_change
            // A change of the text is told before.
            on:submit=|event| event.prevent_default()
            aria-label="Filters"
        >
            {asked.hub.map(|hub| view! { <input type="hidden" name="hub" value=hub /> })}
            <div class="filter filter-search">
                <label class="sr-only" for="filter-q">
                    "Search"
                </label>
                <input
                    class="input input-small"
                    type="search"
                    id="filter-q"
                    name="q"
                    placeholder=listed.search
                    maxlength="200"
                    value=asked.q
                />
            </div>
            {selects}
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
        let mut query = ContentQuery {
            hub: Some("main".to_owned()),
            cursor: Some("x".to_owned()),
            ..ContentQuery::default()
        };
        set(&mut query, "q", "50% of a&b".to_owned());
        set(&mut query, "status", "open".to_owned());
        let address = address("/candidates", &query);
        assert_eq!(
            address,
            "/candidates?hub=main&q=50%25%20of%20a%26b&status=open"
        );
    }

    #[test]
    fn each_filter_begins_at_the_first_page() {
        for name in ["q", "status", "widget", "open"] {
            let mut query = ContentQuery {
                cursor: Some("x".to_owned()),
                ..ContentQuery::default()
            };
            set(&mut query, name, "word".to_owned());
            assert_eq!(query.cursor, None, "{name}");
            assert_ne!(query, ContentQuery::default(), "{name}");
            set(&mut query, name, " ".to_owned());
            assert_eq!(query, ContentQuery::default(), "{name}");
        }
    }
}
