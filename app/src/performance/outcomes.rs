//! What happened after acceptance, and how sure people were.

use leptos::prelude::*;
use model::{OutcomeSum, PeopleConfidence, Slice};

use super::words::{decimal, interval, share};
use crate::format;

/// What was observed of accepted proposals, beside how many there are.
#[component]
pub fn Outcomes(outcomes: Vec<OutcomeSum>, slice: Slice) -> impl IntoView {
    let accepted = slice.acceptance().map_or_else(
        || "Nothing was decided in this period.".to_owned(),
        |ratio| {
            format!(
                "People accepted {} of {} ({}, 95 % interval {}).",
                format::count(ratio.part),
                format::counted(ratio.of, "decided proposal", "decided proposals"),
                share(ratio.share),
                interval(&ratio)
            )
        },
    );
    let rows = outcomes.into_iter().map(|outcome| {
        view! {
            <tr>
                <th scope="row">{format::words(&outcome.kind)}</th>
                <td>{format::count(outcome.proposals)}</td>
                <td>{format::count(outcome.signals)}</td>
                <td>{outcome.mean_value.map_or_else(|| "–".to_owned(), decimal)}</td>
            </tr>
        }
    });
    let rows: Vec<_> = rows.collect();
    view! {
        <p>{accepted}</p>
        {if rows.is_empty() {
            view! {
                <p class="quiet">
                    "Nothing was reported of them afterwards. Outcomes arrive by "
                    <code class="code">"POST /api/v2/outcome-signals"</code> "."
                </p>
            }
                .into_any()
        } else {
            view! {
                <div class="table-scroll">
                    <table class="table outcomes-table">
                        <caption class="sr-only">"Outcomes of accepted proposals"</caption>
                        <thead>
                            <tr>
                                <th scope="col">"Outcome"</th>
                                <th scope="col">"Proposals"</th>
                                <th scope="col">"Signals"</th>
                                <th scope="col">"Mean value"</th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            }
                .into_any()
        }}
    }
    .into_any()
}

/// People's own word on the same proposals; never mixed with the agent's.
#[component]
pub fn People(people: PeopleConfidence) -> impl IntoView {
    let PeopleConfidence {
        annotations,
        mean,
        brier,
    } = people;
    let Some(mean) = mean else {
        return view! {
            <p class="quiet" data-testid="people">
                "No person has said how sure one can be of a proposal of this period."
            </p>
        }
        .into_any();
    };
    let brier = brier.map_or_else(
        || "not defined: none of them is decided".to_owned(),
        |brier| format!("{}, 0 is perfect and 1 the worst", decimal(brier)),
    );
    view! {
        <dl class="facts" data-testid="people">
            <div class="fact">
                <dt>"Mean"</dt>
                <dd>{format!("{}, 0 to 1", decimal(mean))}</dd>
            </div>
            <div class="fact">
                <dt>"Said"</dt>
                <dd>{format::counted(annotations, "time", "times")} ", the latest word of each person on each proposal"</dd>
            </div>
            <div class="fact">
                <dt>"Brier score"</dt>
                <dd>{brier}</dd>
            </div>
        </dl>
    }
    .into_any()
}
