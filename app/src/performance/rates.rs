//! Accepted, rejected and revised of what people decided.

use leptos::prelude::*;
use model::{Ratio, Slice, ratios};

use super::scale::Scale;
use super::words::{interval, share};
use crate::format;

/// The sizes of the drawing.
const WIDTH: f64 = 320.0;
const ROW: f64 = 46.0;
const BAR: f64 = 12.0;
/// Room for the cap of a whisker at either end.
const EDGE: f64 = 2.0;

/// A bar for each of the three, with its interval as a whisker.
#[component]
pub fn RateBars(slice: Slice) -> impl IntoView {
    let decided = slice.decided();
    if decided == 0 {
        return view! {
            <p class="quiet">"Nobody has decided on a proposal of this period: there is no share to show."</p>
        }
        .into_any();
    }
    let rates = ratios(&slice);
    let says = rates.iter().filter_map(|(name, _, ratio)| {
        let ratio = ratio.as_ref()?;
        Some(format!("{} {name}", share(ratio.share)))
    });
    let says: Vec<String> = says.collect();
    let label = format!("Of {decided} decided: {}", says.join(", "));
    let bars = rates
        .into_iter()
        .enumerate()
        .filter_map(|(place, (name, _, ratio))| Some(bar(place, name, ratio?)))
        .collect_view();
    view! {
        <svg class="chart" viewBox=format!("0 0 {WIDTH} {}", ROW * 3.0) role="img" aria-label=label data-testid="rates">
            {bars}
        </svg>
    }
    .into_any()
}

fn bar(place: usize, name: &'static str, ratio: Ratio) -> AnyView {
    let top = place as f64 * ROW;
    let x = Scale::new(0.0, 1.0, EDGE, WIDTH - EDGE);
    let text = format!(
        "{} of {} · {} ({})",
        format::count(ratio.part),
        format::count(ratio.of),
        share(ratio.share),
        interval(&ratio)
    );
    let (y, middle) = (top + 21.0, top + 21.0 + BAR / 2.0);
    let cap = |at: f64| {
        let at = x.at(at);
        view! {
            <line class="whisker" x1=at.clone() x2=at y1=(middle - 5.0).to_string() y2=(middle + 5.0).to_string()></line>
        }
    };
    view! {
        <g class="rate" data-rate=name>
            <text class="chart-text" x=EDGE.to_string() y=(top + 14.0).to_string()>
                {format::words(name)}
            </text>
            <text class="chart-text chart-number" x=(WIDTH - EDGE).to_string() y=(top + 14.0).to_string() text-anchor="end">
                {text}
            </text>
            <rect class="rate-back" x=EDGE.to_string() y=y.to_string() width=(WIDTH - 2.0 * EDGE).to_string() height=BAR.to_string() rx="2"></rect>
            <rect class="rate-bar" x=EDGE.to_string() y=y.to_string() width=format!("{:.1}", x.place(ratio.share) - EDGE) height=BAR.to_string() rx="2"></rect>
            <line class="whisker" x1=x.at(ratio.low) x2=x.at(ratio.high) y1=middle.to_string() y2=middle.to_string()></line>
            {cap(ratio.low)}
            {cap(ratio.high)}
        </g>
    }
    .into_any()
}
