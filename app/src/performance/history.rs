//! Earlier snapshots as lines over time, one small chart for each number.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use model::{PerformanceRecord, Ratio};

use super::scale::{Scale, line, pieces, place};
use super::words::{decimal, last_day, share};

const WIDTH: f64 = 320.0;
const LEFT: f64 = 32.0;
const RIGHT: f64 = 308.0;
const TOP: f64 = 10.0;
const LOW: f64 = 82.0;

/// Acceptance, mean confidence and calibration of each snapshot.
#[component]
pub fn HistoryLines(history: Vec<PerformanceRecord>) -> impl IntoView {
    let one = history.len() < 2;
    let of = |number: fn(&PerformanceRecord) -> Option<f64>| -> Vec<(DateTime<Utc>, Option<f64>)> {
        history.iter().map(|r| (r.period_end, number(r))).collect()
    };
    view! {
        <div class="small-charts">
            <Line title="Accepted of decided" unit="share" points=of(acceptance) low=0.0 as_text=share />
            <Line title="Mean confidence" unit="0 to 1" points=of(|r| r.mean_confidence) low=0.0 as_text=decimal />
            <Line title="Calibration" unit="−1 to 1" points=of(|r| r.calibration_score) low=-1.0 as_text=decimal />
        </div>
        {one
            .then(|| {
                view! { <p class="quiet">"One snapshot so far. The next ones, one a day, make the lines."</p> }
            })}
    }
    .into_any()
}

fn acceptance(record: &PerformanceRecord) -> Option<f64> {
    let accepted = i64::from(record.proposals_accepted);
    let decided =
        accepted + i64::from(record.proposals_rejected) + i64::from(record.proposals_revised);
    Ratio::of(accepted, decided).map(|ratio| ratio.share)
}

#[component]
fn Line(
    title: &'static str,
    unit: &'static str,
    points: Vec<(DateTime<Utc>, Option<f64>)>,
    low: f64,
    as_text: fn(f64) -> String,
) -> impl IntoView {
    let label = finding(title, &points, as_text);
    let days: Vec<f64> = points
        .iter()
        .map(|(end, _)| end.timestamp() as f64)
        .collect();
    let first = days.first().copied().unwrap_or_default();
    let last = days.last().copied().unwrap_or_default();
    let (x, y) = (
        Scale::new(first, last, LEFT, RIGHT),
        Scale::new(low, 1.0, LOW, TOP),
    );
    let placed: Vec<(f64, Option<f64>)> = days
        .iter()
        .zip(&points)
        .map(|(day, (_, number))| (x.place(*day), number.map(|n| y.place(n))))
        .collect();
    let drawn = pieces(&placed);
    let lines = drawn.iter().filter(|piece| piece.len() > 1);
    let lines = lines.map(|piece| view! { <path class="chart-line" d=line(piece)></path> });
    let lines = lines.collect_view();
    // A point without a neighbour would not be seen; the last one is marked.
    let newest = placed.iter().rev().find_map(|(x, y)| y.map(|y| (*x, y)));
    let alone = drawn.iter().filter(|piece| piece.len() == 1).flatten();
    let dots: Vec<(f64, f64)> = alone.copied().chain(newest).collect();
    let dots = dots
        .into_iter()
        .map(|(x, y)| view! { <circle class="dot" cx=place(x) cy=place(y) r="3"></circle> })
        .collect_view();
    let ends = points
        .first()
        .zip(points.last())
        .map(|((first, _), (last, _))| dates(*first, *last));
    view! {
        <figure class="small-chart">
            <figcaption class="small-chart-title">
                {title} " " <span class="quiet">{unit}</span>
            </figcaption>
            <svg class="chart" viewBox=format!("0 0 {WIDTH} 102") role="img" aria-label=label>
                {[low, f64::midpoint(low, 1.0), 1.0].map(|at| grid(at, y)).collect_view()}
                {lines}
                {dots}
                {ends}
            </svg>
        </figure>
    }
    .into_any()
}

fn grid(at: f64, y: Scale) -> AnyView {
    let name = if at.fract() == 0.0 {
        format!("{at:.0}").replace('-', "−")
    } else {
        at.to_string()
    };
    view! {
        <line class="chart-rule" x1=LEFT.to_string() x2=RIGHT.to_string() y1=y.at(at) y2=y.at(at)></line>
        <text class="chart-text chart-soft" x=(LEFT - 5.0).to_string() y=place(y.place(at) + 4.0) text-anchor="end">
            {name}
        </text>
    }
    .into_any()
}

fn dates(first: DateTime<Utc>, last: DateTime<Utc>) -> AnyView {
    let more = (first != last).then(|| {
        view! {
            <text class="chart-text chart-soft" x=LEFT.to_string() y="99">
                {last_day(first)}
            </text>
        }
    });
    view! {
        {more}
        <text class="chart-text chart-soft" x=RIGHT.to_string() y="99" text-anchor="end">
            {last_day(last)}
        </text>
    }
    .into_any()
}

/// From what to what, and in how many of the snapshots it is not defined.
fn finding(
    title: &str,
    points: &[(DateTime<Utc>, Option<f64>)],
    as_text: fn(f64) -> String,
) -> String {
    let mut there = points.iter().filter_map(|(_, number)| *number);
    let first = there.next();
    let last = there.next_back();
    let gaps = points.iter().filter(|(_, number)| number.is_none()).count();
    let says = match (first, last) {
        (None, _) => "not defined yet".to_owned(),
        (Some(only), None) => as_text(only),
        (Some(first), Some(last)) => format!("from {} to {}", as_text(first), as_text(last)),
    };
    let gaps = if gaps > 0 && first.is_some() {
        format!(", not defined in {gaps} of {}", points.len())
    } else {
        String::new()
    };
    format!("{title}: {says}{gaps}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_label_says_from_what_to_what() {
        let at = DateTime::<Utc>::UNIX_EPOCH;
        let of = |numbers: &[Option<f64>]| {
            let points: Vec<_> = numbers.iter().map(|n| (at, *n)).collect();
            finding("Calibration", &points, decimal)
        };
        assert_eq!(of(&[None]), "Calibration: not defined yet");
        assert_eq!(of(&[Some(0.5)]), "Calibration: 0.50");
        assert_eq!(
            of(&[Some(0.5), None, Some(-0.25)]),
            "Calibration: from 0.50 to −0.25, not defined in 1 of 3"
        );
    }
}
