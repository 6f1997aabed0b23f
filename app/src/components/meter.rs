//! Small measures.

use leptos::prelude::*;

use crate::format;

/// A share of 1 with its label and its number.
#[component]
pub fn ShareMeter(#[prop(into)] label: String, share: f64) -> impl IntoView {
    view! {
        <div class="meter-row">
            <span class="meter-label">{label.clone()}</span>
            <svg
                class="meter"
                viewBox="0 0 100 6"
                preserveAspectRatio="none"
                role="meter"
                aria-label=label
                aria-valuemin="0"
                aria-valuemax="1"
                aria-valuenow=share.to_string()
            >
                <rect class="meter-fill" width=(share * 100.0).to_string() height="6"></rect>
            </svg>
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
