//! The acceptance of each agent over time, all on one scale.

use leptos::prelude::*;
use model::{ComparisonChart, PerformanceRow, TrendPoint, comparison_table};

use super::filters::files;
use super::scale::{Scale, line, pieces, place};
use super::table::Numbers;
use super::words::share;
use crate::server_fns::performance::CompareQuery;

const WIDTH: f64 = 160.0;
const HEIGHT: f64 = 44.0;
const EDGE: f64 = 4.0;

/// A small line for each agent that has one.
#[component]
pub fn Trends(rows: Vec<PerformanceRow>, asked: CompareQuery) -> impl IntoView {
    let rows: Vec<PerformanceRow> = rows.into_iter().filter(PerformanceRow::has_line).collect();
    if rows.is_empty() {
        return ().into_any();
    }
    // The same days stand below each other.
    let ends = || rows.iter().flat_map(|row| &row.trend).map(|p| p.period_end);
    let first = ends().min().map_or(0, |at| at.timestamp()) as f64;
    let last = ends().max().map_or(0, |at| at.timestamp()) as f64;
    let x = Scale::new(first, last, EDGE, WIDTH - EDGE);
    let chart = ComparisonChart::Trends;
    let (table, files) = (comparison_table(chart, &rows), Some(files(&asked, chart)));
    let lines = rows.into_iter().map(|row| trend(row, x)).collect_view();
    view! {
        <section class="card">
            <h2 class="card-title">"Acceptance over the last 30 days"</h2>
            <p class="chart-lead">
                "Each point is a snapshot of 30 days, over all tasks; each box goes from 0 to 100 %."
            </p>
            <ul class="trends">{lines}</ul>
            <Numbers caption="Acceptance over time, each agent" table files />
        </section>
    }
    .into_any()
}

fn trend(row: PerformanceRow, x: Scale) -> AnyView {
    let y = Scale::new(0.0, 1.0, HEIGHT - EDGE, EDGE);
    let at = |point: &TrendPoint| {
        let day = x.place(point.period_end.timestamp() as f64);
        (day, point.acceptance.map(|share| y.place(share)))
    };
    let placed: Vec<(f64, Option<f64>)> = row.trend.iter().map(at).collect();
    let drawn = pieces(&placed);
    let lines = drawn.iter().filter(|piece| piece.len() > 1);
    let lines = lines.map(|piece| view! { <path class="chart-line" d=line(piece)></path> });
    let lines = lines.collect_view();
    let newest = placed.iter().rev().find_map(|(x, y)| y.map(|y| (*x, y)));
    let newest =
        newest.map(|(x, y)| view! { <circle class="dot" cx=place(x) cy=place(y) r="3"></circle> });
    let mut shares = row.trend.iter().filter_map(|point| point.acceptance);
    let first = shares.next().map(share).unwrap_or_default();
    let last = shares.next_back().map(share);
    let now = last.clone().unwrap_or_else(|| first.clone());
    let label = match last {
        Some(last) => format!("{}: from {first} to {last} accepted", row.agent_name),
        None => format!("{}: {first} accepted", row.agent_name),
    };
    let to = format!("/agents/{}/performance", row.agent_registration_id);
    view! {
        <li class="trend">
            <p class="trend-head">
                <a class="link" href=to>
                    {row.agent_name}
                </a>
                <span class="trend-now">{now}</span>
            </p>
            <svg class="trend-chart" viewBox=format!("0 0 {WIDTH} {HEIGHT}") role="img" aria-label=label>
                <rect class="trend-back" width=WIDTH.to_string() height=HEIGHT.to_string() rx="3"></rect>
                {lines}
                {newest}
            </svg>
        </li>
    }
    .into_any()
}
