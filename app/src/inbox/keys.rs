//! The keyboard of the inbox.

use leptos::ev;
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use uuid::Uuid;
use wasm_bindgen::JsCast;

use super::item::{Shown, act_path, open_path};
use super::state::State;
use crate::layout::keys::{Act, in_inbox};
use crate::layout::{PATIENCE_MS, writes};

pub fn row_id(id: Uuid) -> String {
    format!("inbox-{id}")
}

/// Gives a row the focus and brings it into sight. Browser only.
pub fn reveal(id: Uuid) {
    let element = document().get_element_by_id(&row_id(id));
    if let Some(element) = element.and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok()) {
        // Scrolls no further than needed; fails only where it cannot be had.
        let _ = element.focus();
    }
}

/// Follows the keyboard while the inbox is open.
pub fn follow_keys(state: State) {
    let navigate = use_navigate();
    let first = StoredValue::new(None::<f64>);
    Effect::new(move |_| {
        let navigate = navigate.clone();
        let listener = window_event_listener(ev::keydown, move |event| {
            if event.ctrl_key() || event.meta_key() || event.alt_key() || writes(&event) {
                return;
            }
            let now = js_sys::Date::now();
            let waited = first.get_value().filter(|at| now - at < PATIENCE_MS);
            let key = event.key();
            first.set_value((key == "g").then_some(now));
            let Some(act) = in_inbox(waited.map(|_| 'g'), &key) else {
                return;
            };
            // Enter belongs to the button or link that has the focus.
            if key == "Enter" && !is_row(&event) {
                return;
            }
            event.prevent_default();
            match act {
                Act::Next => state.step(true),
                Act::Before => state.step(false),
                Act::Open => {
                    let row = state.chosen.get_untracked().and_then(|id| {
                        state
                            .rows
                            .with_untracked(|rows| rows.iter().find(|row| row.id == id).cloned())
                    });
                    if let Some(row) = row {
                        navigate(&open_path(row.kind, row.id), Default::default());
                    }
                }
                Act::Undo => undo(state),
                other => {
                    // Only what is on the screen is decided on.
                    let chosen = state.chosen.get_untracked();
                    let shown = state.shown.get_untracked();
                    let Some(shown) = shown.filter(|shown| Some(shown.id()) == chosen) else {
                        return;
                    };
                    match (&shown, act_path(shown.id(), other)) {
                        (Shown::Collective(_), Some(path)) => navigate(&path, Default::default()),
                        _ => shown.act(other),
                    }
                }
            }
        });
        on_cleanup(move || listener.remove());
    });
}

fn is_row(event: &ev::KeyboardEvent) -> bool {
    let element = event
        .target()
        .and_then(|t| t.dyn_into::<web_sys::Element>().ok());
    element.is_some_and(|e| {
        e.class_list().contains("inbox-row") || matches!(e.tag_name().as_str(), "BODY" | "MAIN")
    })
}

/// Takes the last decision back, and chooses its row again.
fn undo(state: State) {
    let Some((kind, id)) = state.last.get_untracked() else {
        return;
    };
    super::item::take_back(state, kind, id);
    state.choose(id);
}
