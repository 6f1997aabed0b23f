//! What stands above the drawing: search, zoom, folding.

use leptos::ev;
use leptos::html;
use leptos::prelude::*;

use super::canvas::{fit, zoom};
use super::place::TreePlace;
use crate::format;

#[component]
pub fn Tools(place: TreePlace) -> impl IntoView {
    view! {
        <div class="tree-tools">
            <Find place />
            <div class="segments" role="group" aria-label="Zoom">
                {tool("Further away (\u{2212})", "\u{2212}", move || zoom(place, false))}
                {tool("All of it (0)", "Fit", move || fit(place))}
                {tool("Closer (+)", "+", move || zoom(place, true))}
            </div>
            <div class="segments" role="group" aria-label="Branches">
                {tool("Unfold all that is loaded", "Unfold", move || place.tree.update(|tree| tree.set_all(true)))}
                {tool("Fold all", "Fold", move || {
                    place.tree.update(|tree| tree.set_all(false));
                    fit(place);
                })}
            </div>
        </div>
    }
    .into_any()
}

fn tool(name: &'static str, word: &'static str, act: impl Fn() + 'static) -> AnyView {
    view! {
        <button type="button" class="segment" title=name aria-label=name on:click=move |_| act()>
            {word}
        </button>
    }
    .into_any()
}

/// Enter looks for it, and then goes from one to the next.
#[component]
fn Find(place: TreePlace) -> impl IntoView {
    let field = NodeRef::<html::Input>::new();
    let said = move || {
        place.found.with(|found| {
            if found.text.is_empty() {
                String::new()
            } else if found.ids.is_empty() {
                "Nothing found".to_owned()
            } else {
                let all = format::count(found.all);
                format!("{} of {all}", found.at + 1)
            }
        })
    };
    let find = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if let Some(field) = field.get_untracked() {
            place.find(field.value());
        }
    };
    view! {
        <form class="tree-find" role="search" on:submit=find>
            <label class="sr-only" for="tree-find">
                "Look for an agent, a scope or a status"
            </label>
            <input
                class="input"
                id="tree-find"
                type="search"
                placeholder="Find agent, scope, status  /"
                autocomplete="off"
                node_ref=field
                on:keydown=move |event| {
                    if event.key() == "Escape" && let Some(canvas) = place.canvas.get_untracked() {
                        // Fails only where it is not in the page.
                        let _ = canvas.focus();
                    }
                }
            />
            <span class="tree-found" role="status" data-testid="tree-found">
                {said}
            </span>
        </form>
    }
    .into_any()
}
