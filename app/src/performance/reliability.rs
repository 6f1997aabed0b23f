//! The reliability diagram: how often people accepted what the agent was so
//! sure of.

use leptos::prelude::*;
use model::Bin;

use super::scale::{Scale, place};
use super::words::share;
use crate::format;

const WIDTH: f64 = 320.0;
const HEIGHT: f64 = 300.0;
const X: Scale = Scale::new(0.0, 1.0, 40.0, 308.0);
const Y: Scale = Scale::new(0.0, 1.0, 256.0, 20.0);
const TICKS: [(f64, &str); 5] = [
    (0.0, "0"),
    (0.25, "0.25"),
    (0.5, "0.5"),
    (0.75, "0.75"),
    (1.0, "1"),
];

/// A dot for each bin, its interval, and the diagonal on which confidence and
/// acceptance are the same.
#[component]
pub fn ReliabilityDiagram(bins: Vec<Bin>) -> impl IntoView {
    if bins.is_empty() {
        return view! {
            <p class="quiet">"No accepted or rejected proposal has a confidence: there is nothing to draw."</p>
        }
        .into_any();
    }
    let label = finding(&bins);
    let dots = bins.iter().map(dot).collect_view();
    let (left, right) = (X.at(0.0), X.at(1.0));
    let (low, high) = (Y.at(0.0), Y.at(1.0));
    let middle = place(f64::midpoint(Y.place(0.0), Y.place(1.0)));
    view! {
        <svg class="chart" viewBox=format!("0 0 {WIDTH} {HEIGHT}") role="img" aria-label=label data-testid="reliability">
            {TICKS.map(|(at, name)| tick(at, name)).collect_view()}
            <line class="axis" x1=left.clone() x2=right.clone() y1=low.clone() y2=low.clone()></line>
            <line class="axis" x1=left.clone() x2=left.clone() y1=low.clone() y2=high.clone()></line>
            <line class="diagonal" x1=left x2=right y1=low y2=high></line>
            {dots}
            <text class="chart-text chart-soft" x=X.at(0.5) y="294" text-anchor="middle">
                "Confidence of the agent"
            </text>
            <text
                class="chart-text chart-soft"
                x="10"
                y=middle.clone()
                text-anchor="middle"
                transform=format!("rotate(-90 10 {middle})")
            >
                "Share accepted"
            </text>
        </svg>
    }
    .into_any()
}

/// In how many bins the diagonal is out of the interval, and to which side.
fn finding(bins: &[Bin]) -> String {
    let over = bins
        .iter()
        .filter(|bin| bin.mean_confidence > bin.accepted.high);
    let under = bins
        .iter()
        .filter(|bin| bin.mean_confidence < bin.accepted.low);
    let (over, under) = (over.count(), under.count());
    let of = format::counted(i64::try_from(bins.len()).unwrap_or(i64::MAX), "bin", "bins");
    let says = match (over, under) {
        (0, 0) => "confidence fits what people accepted, within chance".to_owned(),
        (over, 0) => format!("too sure in {over}"),
        (0, under) => format!("not sure enough in {under}"),
        (over, under) => format!("too sure in {over}, not sure enough in {under}"),
    };
    format!("Reliability in {of}: {says}")
}

fn tick(at: f64, name: &'static str) -> AnyView {
    view! {
        <line class="chart-rule" x1=X.at(0.0) x2=X.at(1.0) y1=Y.at(at) y2=Y.at(at)></line>
        <text class="chart-text chart-soft" x="35" y=place(Y.place(at) + 4.0) text-anchor="end">
            {name}
        </text>
        <text class="chart-text chart-soft" x=X.at(at) y="274" text-anchor="middle">
            {name}
        </text>
    }
    .into_any()
}

fn dot(bin: &Bin) -> AnyView {
    let ratio = bin.accepted;
    let (x, y) = (X.place(bin.mean_confidence), Y.place(ratio.share));
    let radius = 3.0 + (bin.decided as f64).sqrt().min(6.0);
    // The number is above the interval: beside the dot is the next bin.
    let above = Y.place(ratio.high).min(y - radius) - 5.0;
    let says = format!(
        "{} decided, confidence {:.2}, {} accepted",
        bin.decided,
        bin.mean_confidence,
        share(ratio.share)
    );
    view! {
        <g class="bin">
            <title>{says}</title>
            <line class="whisker" x1=place(x) x2=place(x) y1=Y.at(ratio.low) y2=Y.at(ratio.high)></line>
            <circle class="dot" cx=place(x) cy=place(y) r=place(radius)></circle>
            <text class="chart-text chart-number" x=place(x) y=place(above) text-anchor="middle">
                {format::count(bin.decided)}
            </text>
        </g>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use model::Ratio;

    use super::*;

    fn bin(confidence: f64, part: i64, of: i64) -> Bin {
        let Some(accepted) = Ratio::of(part, of) else {
            panic!("a ratio")
        };
        Bin {
            from: 0.0,
            to: 1.0,
            decided: of,
            mean_confidence: confidence,
            accepted,
        }
    }

    #[test]
    fn the_label_says_the_finding() {
        assert_eq!(
            finding(&[bin(0.5, 5, 10)]),
            "Reliability in 1 bin: confidence fits what people accepted, within chance"
        );
        assert_eq!(
            finding(&[bin(0.95, 20, 100), bin(0.1, 90, 100)]),
            "Reliability in 2 bins: too sure in 1, not sure enough in 1"
        );
    }
}
