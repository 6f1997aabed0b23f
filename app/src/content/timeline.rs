//! What came in about a widget: events and signals in one line of time.

use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use leptos_router::location::Url;
use model::{Page, TimelineEntry, TimelineSource};
use serde_json::Value;

use crate::components::{Choose, EmptyState, PageLinks, Stamp, TonePill};
use crate::format;
use crate::labels::Tone;

/// Which part of the timeline the address asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    pub kind: Option<String>,
    pub cursor: Option<String>,
}

fn address(path: &str, kind: Option<&str>, cursor: Option<&str>) -> String {
    let mut address = path.to_owned();
    let mut mark = '?';
    for (name, word) in [("kind", kind), ("cursor", cursor)] {
        if let Some(word) = word {
            address.push_str(&format!("{mark}{name}={}", Url::escape(word)));
            mark = '&';
        }
    }
    address
}

#[component]
pub fn Timeline(
    path: String,
    page: Page<TimelineEntry>,
    kinds: Vec<String>,
    asked: Asked,
) -> impl IntoView {
    let Asked { kind, cursor } = asked;
    let newest = cursor.map(|_| address(&path, kind.as_deref(), None));
    let older = page.next_cursor.as_deref();
    let older = older.map(|cursor| address(&path, kind.as_deref(), Some(cursor)));
    let all = path.clone();
    let empty = page.items.is_empty();
    let filter = (kinds.len() > 1 || kind.is_some())
        .then(|| view! { <KindFilter path kinds kind=kind.clone() /> });
    let rows = page.items.into_iter().map(|entry| view! { <Row entry /> });
    let rows = rows.collect_view();
    view! {
        <section class="card" data-testid="timeline">
            <div class="card-head">
                <h2 class="card-title">"Timeline"</h2>
                {filter}
            </div>
            {if !empty {
                view! { <ol class="said-list">{rows}</ol> }.into_any()
            } else if kind.is_some() || newest.is_some() {
                view! {
                    <EmptyState title="Nothing here">
                        <p>
                            <a class="link" href=all>
                                "Show the whole timeline"
                            </a>
                        </p>
                    </EmptyState>
                }
                    .into_any()
            } else {
                view! {
                    <EmptyState title="Nothing has come in yet">
                        <p>
                            "What people say and do arrives by "
                            <code class="code">"POST /api/v2/interaction-events"</code>
                            ", what came of it by " <code class="code">"POST /api/v2/outcome-signals"</code> "."
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
fn KindFilter(path: String, kinds: Vec<String>, kind: Option<String>) -> impl IntoView {
    let navigate = use_navigate();
    let here = path.clone();
    let on_change = move |event: leptos::ev::Event| {
        let value = event_target_value(&event);
        let kind = Some(value.as_str()).filter(|value| !value.is_empty());
        navigate(&address(&here, kind, None), Default::default());
    };
    let options = kinds.into_iter().map(|kind| {
        let words = format::words(&kind);
        (kind, words)
    });
    view! {
        <form method="get" action=path on:change=on_change aria-label="Filter of the timeline">
            <Choose name="kind" label="Kind" options=options.collect() chosen=kind />
            <button type="submit" class="btn btn-small without-script">
                "Filter"
            </button>
        </form>
    }
    .into_any()
}

#[component]
fn Row(entry: TimelineEntry) -> impl IntoView {
    let text = entry.said("text").map(str::to_owned);
    let author = entry.said("author").map(str::to_owned);
    let rest = others(&entry.payload);
    let tone = match entry.source {
        TimelineSource::Event => Tone::Neutral,
        TimelineSource::Signal => Tone::Active,
    };
    view! {
        <li class="said" data-testid="timeline-row" data-source=entry.source.to_string()>
            <p class="said-by">
                <TonePill tone text=format::words(&entry.kind) />
                {entry.value.map(|value| view! { <strong class="signal-value">{value.to_string()}</strong> })}
                {author.map(|author| view! { <span>{author}</span> })}
                <Stamp at=entry.at />
                {entry
                    .proposal_id
                    .map(|id| {
                        view! {
                            <a class="link" href=format!("/proposals/{id}")>
                                "the proposal"
                            </a>
                        }
                    })}
                {entry.created_by.map(|name| view! { <span>{format!("sent by {name}")}</span> })}
            </p>
            {text.map(|text| view! { <p class="said-text">{text}</p> })}
            {(!rest.is_empty()).then(|| view! { <p class="said-rest">{rest}</p> })}
        </li>
    }
    .into_any()
}

/// What a payload has beside text and author, in a line.
fn others(payload: &Value) -> String {
    let Some(object) = payload.as_object() else {
        return String::new();
    };
    let known = |name: &str, value: &Value| matches!(name, "text" | "author") && value.is_string();
    let parts: Vec<String> = object
        .iter()
        .filter(|(name, value)| !known(name, value))
        .map(|(name, value)| match value.as_str() {
            Some(text) => format!("{name}: {text}"),
            None => format!("{name}: {value}"),
        })
        .collect();
    let line = parts.join(" · ");
    match line.char_indices().nth(600) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_payload_shows_what_is_not_said_already() {
        let payload = json!({ "author": "Ada", "text": "Hm", "stars": 2, "page": "a" });
        let shown = others(&payload);
        assert!(shown.contains("stars: 2") && shown.contains("page: a"));
        assert!(!shown.contains("Ada") && !shown.contains("Hm"));
        assert_eq!(others(&json!({ "text": 7 })), "text: 7");
        assert!(others(&json!({ "x": "ü".repeat(2_000) })).ends_with('…'));
    }

    #[test]
    fn the_address_names_kind_and_place() {
        assert_eq!(address("/widgets/1", None, None), "/widgets/1");
        assert_eq!(
            address("/widgets/1", Some("a"), Some("2_x")),
            "/widgets/1?kind=a&cursor=2%5Fx"
        );
    }
}
