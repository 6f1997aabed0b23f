//! Small measures.

use leptos::prelude::*;

use crate::format;

/// A share of 1 with its label and its number.
#[component]
pub fn ShareMeter(#[prop(into)] label: String, share: f64) -> impl IntoView {
    view! {
        <div class="meter-row">
            <span class="meter-label">{label.clone()}</span>
            <meter class="meter" min="0" max="1" value=share.to_string() aria-label=label></meter>
            <span class="meter-value">{format::percent(share)}</span>
        </div>
    }
}

/// So many of all, as a bar.
#[component]
pub fn GroupBar(some: i64, all: i64, #[prop(into)] label: String) -> impl IntoView {
    view! {
        <progress class="group-bar" value=some.to_string() max=all.max(1).to_string() aria-label=label>
            {format!("{some} of {all}")}
        </progress>
    }
}
