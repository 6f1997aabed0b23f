//! Listens to the keyboard and says what it can do.

use leptos::prelude::*;
use leptos::{ev, html};
use leptos_router::hooks::use_navigate;
use wasm_bindgen::JsCast;

use super::hub::use_hub_slug;
use super::keys::{self, Wish};
use crate::components::{Dialog, open_dialog};

/// How long the second key of a sequence may take, in milliseconds.
pub const PATIENCE_MS: f64 = 1_200.0;

/// Follows the keyboard on every page; shows nothing.
#[component]
pub fn Keyboard(help: NodeRef<html::Dialog>) -> impl IntoView {
    let hub = use_hub_slug();
    let navigate = use_navigate();
    let first = StoredValue::new(None::<(char, f64)>);
    let on_key = move |event: ev::KeyboardEvent, go: &dyn Fn(&str)| {
        if event.ctrl_key() || event.meta_key() || event.alt_key() || writes(&event) {
            return;
        }
        let now = js_sys::Date::now();
        let waited = first.get_value().filter(|(_, at)| now - at < PATIENCE_MS);
        first.set_value(None);
        match keys::interpret(waited.map(|(key, _)| key), &event.key()) {
            Wish::Nothing => {}
            Wish::Wait(key) => first.set_value(Some((key, now))),
            Wish::Help => open_dialog(help),
            Wish::Go(path) => {
                event.prevent_default();
                let path = untrack(|| hub.path(path));
                go(&path);
            }
        }
    };
    // What cannot leave its thread is made in the browser only.
    Effect::new(move |_| {
        let navigate = navigate.clone();
        let go = move |path: &str| navigate(path, Default::default());
        let listener = window_event_listener(ev::keydown, move |event| on_key(event, &go));
        on_cleanup(move || listener.remove());
    });
}

/// Whether the key goes into a field or an open dialog.
pub fn writes(event: &ev::KeyboardEvent) -> bool {
    let Some(element) = event
        .target()
        .and_then(|t| t.dyn_into::<web_sys::Element>().ok())
    else {
        return false;
    };
    matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT")
        || element.has_attribute("contenteditable")
        || matches!(document().query_selector("dialog[open]"), Ok(Some(_)))
}

/// What the keyboard can do.
#[component]
pub fn KeyboardHelp(help: NodeRef<html::Dialog>) -> impl IntoView {
    view! {
        <Dialog node=help id="keyboard-help" title="Keyboard">
            <dl class="keys">
                {keys::HELP
                    .iter()
                    .map(|(keys, what)| {
                        view! {
                            <div class="keys-row">
                                <dt>
                                    {keys
                                        .iter()
                                        .map(|key| view! { <kbd class="kbd">{*key}</kbd> })
                                        .collect_view()}
                                </dt>
                                <dd>{*what}</dd>
                            </div>
                        }
                    })
                    .collect_view()}
            </dl>
        </Dialog>
    }
    .into_any()
}
