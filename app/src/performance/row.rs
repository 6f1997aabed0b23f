//! A row of the comparison.

use leptos::prelude::*;
use model::{PerformanceRow, VersionChange};

use super::numbers::cost_per_accepted;
use super::words::{self, decimal, interval, long_duration, points, share};
use crate::components::TonePill;
use crate::format;
use crate::labels::Labelled;

/// On a phone each cell says its name (`data-label`).
#[component]
pub fn Row(row: PerformanceRow, hub: Option<String>) -> impl IntoView {
    let to = format!("/agents/{}/performance", row.agent_registration_id);
    let counted = row.period_end.map_or_else(
        || "not counted yet".to_owned(),
        |end| format!("to {}", words::last_day(end)),
    );
    let sub = format!(
        "{} · version {} · {counted}",
        row.trust_level.label(),
        row.version
    );
    let none = || "–".to_owned();
    let slice = row.slice.clone().unwrap_or_default();
    let there = row.slice.is_some();
    let generated = if there {
        format::count(slice.generated)
    } else {
        none()
    };
    let rest = [
        (
            "Confidence",
            slice.mean_confidence.map_or_else(none, decimal),
        ),
        (
            "Calibration",
            slice.calibration.score.map_or_else(none, decimal),
        ),
        ("Brier score", slice.brier.map_or_else(none, decimal)),
        ("Cost each", cost_per_accepted(&slice).0),
        (
            "To decision",
            row.median_decision_ms.map_or_else(none, long_duration),
        ),
    ];
    let rest = rest
        .map(|(label, text)| view! { <td data-label=label>{text}</td> })
        .collect_view();
    let acceptance = slice.acceptance().map(|ratio| {
        let of = format!(
            "{} of {}, {}",
            format::count(ratio.part),
            format::count(ratio.of),
            interval(&ratio)
        );
        view! {
            <span>{share(ratio.share)}</span>
            <span class="quiet cell-sub">{of}</span>
        }
    });
    view! {
        <tr data-testid="performance-row" data-agent=row.agent_name.clone()>
            <th scope="row">
                <a class="row-link" href=to>
                    {row.agent_name.clone()}
                </a>
                <span class="row-sub">{sub}</span>
            </th>
            {hub.map(|hub| view! { <td data-label="Hub">{hub}</td> })}
            <td data-label="Generated">{generated}</td>
            <td data-label="Acceptance">
                {match acceptance {
                    Some(shown) => shown.into_any(),
                    None => view! { <span class="quiet">"none decided"</span> }.into_any(),
                }}
            </td>
            {rest}
            <td data-label="Last version">
                {change(row.change)}
            </td>
        </tr>
    }
    .into_any()
}

fn change(change: Option<VersionChange>) -> AnyView {
    let Some(change) = change else {
        return view! { <span class="quiet">"nothing to compare"</span> }.into_any();
    };
    let d = change.difference;
    let (tone, verdict) = words::verdict(&d);
    let of = format!(
        "{} points, {} to {}",
        points(d.difference),
        points(d.low),
        points(d.high)
    );
    view! {
        <TonePill tone text=verdict />
        <span class="quiet cell-sub">{of}</span>
    }
    .into_any()
}
