//! Whether the agent is surer where people accept.

use leptos::prelude::*;
use model::Slice;

use super::scale::Scale;
use super::words;
use crate::format;

const WIDTH: f64 = 200.0;
const LEFT: f64 = 12.0;

/// The score on its scale, or why there is none.
#[component]
pub fn CalibrationMark(slice: Slice) -> impl IntoView {
    let says = words::calibration(&slice.calibration);
    let decided = format::counted(
        slice.calibration.decided,
        "decided proposal with a confidence",
        "decided proposals with a confidence",
    );
    let of = slice.calibration.score.map(
        |_| view! { <span class="quiet">{format!("Correlation of {decided}, −1 to 1.")}</span> },
    );
    view! {
        <div class="calibration" data-testid="calibration" data-defined=slice.calibration.score.is_some().to_string()>
            {match slice.calibration.score {
                Some(score) => scale(score),
                None => view! { <p class="calibration-none">"Not defined"</p> }.into_any(),
            }}
            <p>{says} " " {of}</p>
        </div>
    }
    .into_any()
}

fn scale(score: f64) -> AnyView {
    let x = Scale::new(-1.0, 1.0, LEFT, WIDTH - LEFT);
    let text = words::decimal(score);
    let label = format!("Calibration {text} on a scale from −1 to 1");
    let ticks = [(-1.0, "−1"), (0.0, "0"), (1.0, "1")].map(|(at, name)| {
        view! {
            <line class="axis" x1=x.at(at) x2=x.at(at) y1="44" y2="52"></line>
            <text class="chart-text chart-soft" x=x.at(at) y="66" text-anchor="middle">
                {name}
            </text>
        }
    });
    view! {
        <svg class="chart gauge" viewBox="0 0 200 70" role="img" aria-label=label>
            <line class="axis" x1=x.at(-1.0) x2=x.at(1.0) y1="48" y2="48"></line>
            {ticks.collect_view()}
            <circle class="dot" cx=x.at(score) cy="48" r="6"></circle>
            <text class="gauge-number" x="100" y="28" text-anchor="middle">
                {text}
            </text>
        </svg>
    }
    .into_any()
}
