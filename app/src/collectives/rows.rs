//! Runs in a list.

use leptos::prelude::*;
use model::{Collective, DecisionStatus, RunState};

use crate::components::{Stamp, StatePill};

/// One row for each run, a link to its page.
#[component]
pub fn RunRows(runs: Vec<Collective>) -> impl IntoView {
    view! {
        <ul class="rows">
            {runs.into_iter().map(|run| view! { <RunRow run /> }).collect_view()}
        </ul>
    }
}

#[component]
fn RunRow(run: Collective) -> impl IntoView {
    let finished = run.run_state == RunState::Finished;
    let decided = run.decision != DecisionStatus::Pending;
    view! {
        <li class="row" data-testid="run-row">
            <a class="row-title" href=format!("/collectives/{}", run.id)>
                {run.title}
            </a>
            <span class="row-pills">
                {if decided {
                    view! { <StatePill value=move || run.decision /> }.into_any()
                } else if !finished {
                    view! { <StatePill value=move || run.run_state /> }.into_any()
                } else {
                    ().into_any()
                }}
                {finished.then(|| view! { <StatePill value=move || run.consensus_status /> })}
            </span>
            <span class="row-who">
                <span>{run.started_by}</span>
                <Stamp at=run.created_at />
            </span>
        </li>
    }
    .into_any()
}
