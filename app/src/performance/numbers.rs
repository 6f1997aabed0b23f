//! The numbers of a snapshot, each with its unit.

use leptos::prelude::*;
use model::{AgentId, Measures, PerformanceRecord, Slice};

use super::words::{decimal, interval, long_duration, period, share};
use crate::components::Stamp;
use crate::format;

/// A label, a number and its unit.
type Tile = (&'static str, String, String);

/// The tiles at the top of a page.
#[component]
pub fn KeyNumbers(record: PerformanceRecord) -> impl IntoView {
    let tiles = match record.measures.as_ref() {
        Some(measures) => counted(measures),
        None => columns(&record),
    };
    view! {
        <dl class="tiles" data-testid="key-numbers">
            {tiles
                .into_iter()
                .map(|(label, number, unit)| {
                    view! {
                        <div class="tile">
                            <dt class="tile-label">{label}</dt>
                            <dd class="tile-number">{number}</dd>
                            <dd class="tile-unit">{unit}</dd>
                        </div>
                    }
                })
                .collect_view()}
        </dl>
    }
    .into_any()
}

fn counted(measures: &Measures) -> Vec<Tile> {
    let Measures {
        total: all, calls, ..
    } = measures;
    let (cost, priced) = cost_per_accepted(all);
    vec![
        (
            "Generated",
            format::count(all.generated),
            "proposals with an answer".to_owned(),
        ),
        (
            "Accepted",
            format::count(all.accepted),
            "proposals, by people".to_owned(),
        ),
        (
            "Rejected",
            format::count(all.rejected),
            "proposals, by people".to_owned(),
        ),
        (
            "Revised",
            format::count(all.revised),
            "proposals, by people".to_owned(),
        ),
        (
            "Undecided",
            format::count(all.undecided),
            "proposals wait for a person".to_owned(),
        ),
        (
            "Applied by policy",
            format::count(all.auto_applied),
            "proposals, no person asked".to_owned(),
        ),
        (
            "Tokens per accepted",
            all.tokens_per_accepted().map_or_else(none, format::count),
            format!(
                "tokens, of {} in all",
                format::counted(all.tokens, "token", "tokens")
            ),
        ),
        ("Cost per accepted", cost, priced),
        (
            "Time to decision",
            measures.median_decision_ms.map_or_else(none, long_duration),
            "median, from answer to decision".to_owned(),
        ),
        (
            "Model calls",
            format::count(calls.succeeded),
            format!(
                "calls succeeded; {} failed, {} blocked, {} cancelled",
                format::count(calls.failed),
                format::count(calls.blocked),
                format::count(calls.cancelled)
            ),
        ),
    ]
}

/// What a snapshot from elsewhere has.
fn columns(record: &PerformanceRecord) -> Vec<Tile> {
    let tile = |label: &'static str, count: i32| -> Tile {
        (label, format::count(count.into()), "proposals".to_owned())
    };
    let number = |label: &'static str, number: Option<f64>, unit: &str| -> Tile {
        (label, number.map_or_else(none, decimal), unit.to_owned())
    };
    vec![
        tile("Generated", record.proposals_generated),
        tile("Accepted", record.proposals_accepted),
        tile("Rejected", record.proposals_rejected),
        tile("Revised", record.proposals_revised),
        number("Mean confidence", record.mean_confidence, "0 to 1"),
        number("Calibration", record.calibration_score, "−1 to 1"),
    ]
}

fn none() -> String {
    "\u{2013}".to_owned()
}

/// What an accepted proposal cost, and what that leaves out.
pub fn cost_per_accepted(slice: &Slice) -> (String, String) {
    let unpriced = match slice.unpriced {
        0 => String::new(),
        n => format!(
            ", without {} of unknown price",
            format::counted(n, "call", "calls")
        ),
    };
    match slice.cost_microusd_per_accepted() {
        Some(cost) => (format::cost(cost), format!("US dollars{unpriced}")),
        None if slice.accepted + slice.auto_applied == 0 => {
            (none(), "US dollars; none accepted".to_owned())
        }
        None => (none(), "US dollars; no price is known".to_owned()),
    }
}

/// The latest snapshot on an agent's own page.
#[component]
pub fn Glance(agent: AgentId, latest: Option<PerformanceRecord>) -> impl IntoView {
    view! {
        <section class="card" data-testid="performance-glance">
            <div class="card-head">
                <h2 class="card-title">"Performance"</h2>
                <a class="link" href=format!("/agents/{agent}/performance")>
                    "All numbers"
                </a>
            </div>
            {match latest {
                None => view! {
                    <p class="quiet">"Nothing was counted yet. The server counts once a day."</p>
                }
                    .into_any(),
                Some(record) => view! { <Latest record /> }.into_any(),
            }}
        </section>
    }
    .into_any()
}

#[component]
fn Latest(record: PerformanceRecord) -> impl IntoView {
    let decisions = format!(
        "{} generated: {} accepted, {} rejected, {} revised",
        format::counted(record.proposals_generated.into(), "proposal", "proposals"),
        format::count(record.proposals_accepted.into()),
        format::count(record.proposals_rejected.into()),
        format::count(record.proposals_revised.into()),
    );
    let accepted = i64::from(record.proposals_accepted);
    let decided =
        accepted + i64::from(record.proposals_rejected) + i64::from(record.proposals_revised);
    let acceptance = model::Ratio::of(accepted, decided).map_or_else(
        || "nothing decided".to_owned(),
        |ratio| format!("{}, 95 % interval {}", share(ratio.share), interval(&ratio)),
    );
    let or_not = |number: Option<f64>| number.map_or_else(|| "not defined".to_owned(), decimal);
    let all = record.measures.as_ref().map(|measures| &measures.total);
    let confidence = if all.is_some_and(Slice::is_held_back) {
        "held back until people have decided".to_owned()
    } else {
        or_not(record.mean_confidence)
    };
    let facts = [
        ("Period", period(record.period_end)),
        ("Proposals", decisions),
        ("Accepted", acceptance),
        ("Confidence", confidence),
        ("Calibration", or_not(record.calibration_score)),
    ];
    view! {
        <dl class="facts">
            {facts
                .map(|(name, text)| {
                    view! {
                        <div class="fact">
                            <dt>{name}</dt>
                            <dd>{text}</dd>
                        </div>
                    }
                })
                .collect_view()}
            <div class="fact">
                <dt>"Counted"</dt>
                <dd>
                    <Stamp at=record.computed_at />
                </dd>
            </div>
        </dl>
    }
    .into_any()
}
