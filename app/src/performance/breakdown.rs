//! The same numbers by version, task and artifact.

use leptos::prelude::*;
use model::{AgentId, Measures, Slice, VersionChange};

use super::numbers::cost_per_accepted;
use super::words::{self, decimal, interval, share};
use crate::agents::version_path;
use crate::components::TonePill;
use crate::format;

/// How the newest version does against the one before it.
#[component]
pub fn Change(change: Option<VersionChange>) -> impl IntoView {
    let Some(change) = change else {
        return view! {
            <p class="quiet">"No two versions have decisions in this period: there is nothing to compare."</p>
        }
        .into_any();
    };
    let (tone, verdict) = words::verdict(&change.difference);
    view! {
        <p class="version-change" data-testid="version-change">
            <TonePill tone text=verdict />
            " "
            {words::change(&change)}
        </p>
    }
    .into_any()
}

/// A table for each way to take the proposals apart.
#[component]
pub fn Breakdown(agent: AgentId, measures: Measures) -> impl IntoView {
    let to_version = move |slice: &Slice| {
        let number = slice.key.parse::<i32>().ok();
        let to = number.map(|number| version_path(agent, number));
        let name = match number {
            Some(number) => format!("Version {number}"),
            None => "No version known".to_owned(),
        };
        (name, to)
    };
    let by_key = |slice: &Slice| (format::words(&slice.key), None);
    view! {
        {table("By version", measures.by_version, to_version)}
        {table("By task type", measures.by_task_type, by_key)}
        {table("By artifact type", measures.by_artifact_type, by_key)}
    }
    .into_any()
}

fn table(
    title: &'static str,
    slices: Vec<Slice>,
    name: impl Fn(&Slice) -> (String, Option<String>),
) -> AnyView {
    if slices.is_empty() {
        return ().into_any();
    }
    let rows = slices.into_iter().map(|slice| {
        let (name, to) = name(&slice);
        row(slice, name, to)
    });
    view! {
        <section class="card card-table">
            <h3 class="card-title table-title">{title}</h3>
            <div class="table-scroll" role="region" aria-label=title tabindex="0">
            <table class="table table-rows numbers-rows">
                <thead>
                    <tr>
                        <th scope="col">
                            <span class="sr-only">{title}</span>
                        </th>
                        <th scope="col">"Generated"</th>
                        <th scope="col">"Accepted"</th>
                        <th scope="col">"Rejected"</th>
                        <th scope="col">"Revised"</th>
                        <th scope="col">"Undecided"</th>
                        <th scope="col">"Acceptance, 95 % interval"</th>
                        <th scope="col">"Confidence"</th>
                        <th scope="col">"Calibration"</th>
                        <th scope="col">"Brier"</th>
                        <th scope="col">"Tokens each"</th>
                        <th scope="col">"Cost each"</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
            </div>
        </section>
    }
    .into_any()
}

/// On a phone each cell says its name (`data-label`).
fn row(slice: Slice, name: String, to: Option<String>) -> AnyView {
    let none = || "–".to_owned();
    let counts = [
        ("Generated", slice.generated),
        ("Accepted", slice.accepted),
        ("Rejected", slice.rejected),
        ("Revised", slice.revised),
        ("Undecided", slice.undecided),
    ];
    let counts = counts
        .map(|(label, count)| view! { <td data-label=label>{format::count(count)}</td> })
        .collect_view();
    let acceptance = match slice.acceptance() {
        Some(ratio) => format!("{} ({})", share(ratio.share), interval(&ratio)),
        None => none(),
    };
    let rest = [
        ("Acceptance", acceptance),
        (
            "Confidence",
            slice.mean_confidence.map_or_else(none, decimal),
        ),
        (
            "Calibration",
            slice.calibration.score.map_or_else(none, decimal),
        ),
        ("Brier", slice.brier.map_or_else(none, decimal)),
        (
            "Tokens each",
            slice.tokens_per_accepted().map_or_else(none, format::count),
        ),
        ("Cost each", cost_per_accepted(&slice).0),
    ];
    let rest = rest
        .map(|(label, text)| view! { <td data-label=label>{text}</td> })
        .collect_view();
    view! {
        <tr>
            <th scope="row">
                {match to {
                    Some(to) => view! { <a class="link" href=to>{name}</a> }.into_any(),
                    None => name.into_any(),
                }}
            </th>
            {counts}
            {rest}
        </tr>
    }
    .into_any()
}
