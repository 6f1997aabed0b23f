//! How sure the agent is, as a gauge.

use leptos::prelude::*;
use model::Slice;

use super::words::decimal;
use crate::format;

/// Half a circle; its length counts as 100.
const ARC: &str = "M20 100A80 80 0 0 1 180 100";

/// The mean of what the agent said of its own proposals.
#[component]
pub fn ConfidenceGauge(slice: Slice) -> impl IntoView {
    let of = format::counted(slice.with_confidence, "proposal", "proposals");
    let Some(mean) = slice.mean_confidence else {
        let why = if slice.is_held_back() {
            "Held back: this hub decides first, and some of these proposals wait. The next count leaves them out of the mean."
        } else {
            "The agent has not said how sure it is of any proposal: there is no mean."
        };
        return view! {
            <p class="quiet" data-testid="no-mean">
                {why}
            </p>
        }
        .into_any();
    };
    let text = decimal(mean);
    let label = format!("Mean confidence {text} on a scale from 0 to 1, of {of}");
    view! {
        <svg class="chart gauge" viewBox="0 0 200 124" role="img" aria-label=label data-testid="gauge">
            <path class="gauge-back" d=ARC></path>
            // A stroke of no length would still be drawn as a dot.
            {(mean > 0.0)
                .then(|| {
                    view! {
                        <path class="gauge-fill" d=ARC pathLength="100" stroke-dasharray=format!("{:.2} 200", mean * 100.0)></path>
                    }
                })}
            <text class="gauge-number" x="100" y="92" text-anchor="middle">
                {text}
            </text>
            <text class="chart-text chart-soft" x="20" y="120" text-anchor="middle">
                "0"
            </text>
            <text class="chart-text chart-soft" x="100" y="112" text-anchor="middle">
                {format!("of {of}")}
            </text>
            <text class="chart-text chart-soft" x="180" y="120" text-anchor="middle">
                "1"
            </text>
        </svg>
    }
    .into_any()
}
