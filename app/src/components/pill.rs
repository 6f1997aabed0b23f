//! A state in a word and a colour.

use leptos::prelude::*;

use crate::labels::{Labelled, Tone};

/// The pill of a closed set's value.
#[component]
pub fn StatePill<T: Labelled + 'static>(
    value: impl Fn() -> T + Clone + Send + 'static,
) -> impl IntoView {
    let label = value.clone();
    view! {
        <span class="pill" data-tone=move || value().tone().class()>
            <span class="pill-dot" aria-hidden="true"></span>
            {move || label().label()}
        </span>
    }
}

/// A pill with any text.
#[component]
pub fn TonePill(tone: Tone, #[prop(into)] text: String) -> impl IntoView {
    view! {
        <span class="pill" data-tone=tone.class()>
            <span class="pill-dot" aria-hidden="true"></span>
            {text}
        </span>
    }
}
