//! A text that is put together field by field: whose words each field gets.

use leptos::prelude::*;
use model::{CollectiveReview, Contribution, ContributionId, Verdict};
use serde_json::Value;

use super::align::cell;
use super::board::{Board, Picks, standing, standing_keys};
use super::decisions::{Choice, Decisions};
use super::live_state::LiveState;
use super::table::drawn;
use crate::components::{Icon, Sign};
use crate::format;

/// The word of a select for the synthesis, and for nobody.
const SYNTHESIS: &str = "synthesis";
const NOBODY: &str = "";

/// Who has a field to give, with the words of the select.
fn sources(state: &LiveState, key: &str) -> Vec<(String, String)> {
    let has = |content: Option<&Value>| {
        content
            .and_then(|c| c.get(key))
            .is_some_and(|value| !value.is_null())
    };
    let written = state.detail.collective.synthesis_content.as_ref();
    let synthesis = has(written).then(|| (SYNTHESIS.to_owned(), "Synthesis".to_owned()));
    let answers = standing(state)
        .into_iter()
        .filter(|c| has(c.content.as_ref()))
        .map(|c| (c.id.to_string(), c.agent_name.clone()));
    synthesis.into_iter().chain(answers).collect()
}

/// The words that are picked for a field.
fn picked<'a>(state: &'a LiveState, picks: &Picks, key: &str) -> Option<&'a Value> {
    let content = match picks.get(key)? {
        None => state.detail.collective.synthesis_content.as_ref(),
        Some(id) => by_id(state, *id)?.content.as_ref(),
    };
    content?.get(key).filter(|value| !value.is_null())
}

fn by_id(state: &LiveState, id: ContributionId) -> Option<&Contribution> {
    state.detail.contributions.iter().find(|c| c.id == id)
}

/// The preview, with a select for each field, and the button that decides.
#[component]
pub fn Assemble(board: Board, decisions: Decisions) -> impl IntoView {
    let keys = Memo::new(move |_| board.live.state.with(standing_keys));
    let wrong = RwSignal::new(false);
    let send = move |_| {
        let picks = board.picks.get_untracked();
        let whole = board
            .live
            .state
            .with_untracked(|s| picked(s, &picks, "recommendation").is_some());
        wrong.set(!whole);
        if whole {
            decisions.decide(
                Verdict::Accepted,
                Choice {
                    fields: Some(picks),
                    ..Choice::default()
                },
            );
        }
    };
    view! {
        <section class="assemble" aria-labelledby="assemble" data-testid="assemble">
            <h3 class="answer-label" id="assemble">
                "Field by field"
            </h3>
            <p class="quiet">
                "Choose whose words each field gets, here or in the table above. A field that nobody gives is left out."
            </p>
            <div class="assemble-rows">
                <For each=move || keys.get() key=Clone::clone let:key>
                    <Row board key />
                </For>
            </div>
            {move || {
                wrong
                    .get()
                    .then(|| {
                        view! {
                            <p class="field-error" role="alert">
                                "A recommendation is needed: choose whose it is."
                            </p>
                        }
                    })
            }}
            <div class="decision-actions">
                <button
                    type="button"
                    class="btn btn-primary"
                    data-testid="accept-fields"
                    disabled=move || decisions.pending.get()
                    on:click=send
                >
                    <Icon sign=Sign::Check />
                    "Accept these fields"
                </button>
                <button type="button" class="btn" on:click=move |_| board.picking.set(false)>
                    "Close"
                </button>
            </div>
        </section>
    }
    .into_any()
}

/// One field: whose words, and the words.
#[component]
fn Row(board: Board, key: String) -> impl IntoView {
    let id = format!("take-{key}");
    let state = board.live.state;
    let sources = state.with_untracked(|s| sources(s, &key));
    let of = key.clone();
    let now = Memo::new(move |_| {
        board.picks.with(|picks| match picks.get(&of) {
            None => NOBODY.to_owned(),
            Some(None) => SYNTHESIS.to_owned(),
            Some(Some(id)) => id.to_string(),
        })
    });
    let of = key.clone();
    let words = Memo::new(move |_| {
        let picks = board.picks.get();
        state.with(|s| {
            let value = picked(s, &picks, &of)?.clone();
            let content = Value::Object([(of.clone(), value)].into_iter().collect());
            Some(cell(Some(&content), None, &of))
        })
    });
    let of = key.clone();
    let on_change = move |event| {
        let word = event_target_value(&event);
        board.picks.update(|picks| match word.as_str() {
            NOBODY => {
                picks.remove(&of);
            }
            SYNTHESIS => {
                picks.insert(of.clone(), None);
            }
            id => {
                if let Ok(id) = id.parse() {
                    picks.insert(of.clone(), Some(id));
                }
            }
        });
    };
    let options = sources.into_iter().map(|(value, name)| {
        let own = value.clone();
        view! {
            <option value=value selected=move || now.get() == own>
                {name}
            </option>
        }
    });
    view! {
        <div class="assemble-row" data-field=key.clone()>
            <label class="assemble-name" for=id.clone()>
                {format::words(&key)}
            </label>
            <select class="select select-small" id=id data-testid="take" on:change=on_change>
                <option value=NOBODY selected=move || now.with(String::is_empty)>
                    "Leave it out"
                </option>
                {options.collect_view()}
            </select>
            <div class="assemble-text">
                {move || match words.get() {
                    Some(cell) => drawn(cell),
                    None => view! { <p class="cell-empty">"Left out"</p> }.into_any(),
                }}
            </div>
        </div>
    }
    .into_any()
}

/// Of a decision field by field: whose words each field has.
#[component]
pub fn Assembled(review: CollectiveReview, state: RwSignal<LiveState>) -> impl IntoView {
    let rows = state.with_untracked(|s| {
        let name = |id: &Option<ContributionId>| match id {
            None => "the synthesis".to_owned(),
            Some(id) => by_id(s, *id).map_or_else(String::new, |c| c.agent_name.clone()),
        };
        let fields = review.fields.iter().flatten();
        let rows = fields.map(|(key, from)| (format::words(key), name(from)));
        rows.collect::<Vec<_>>()
    });
    let rows = rows.into_iter().map(|(field, from)| {
        view! {
            <li>
                <strong>{field}</strong>
                {format!(" from {from}")}
            </li>
        }
    });
    view! {
        <ul class="assembled" data-testid="assembled">
            {rows.collect_view()}
        </ul>
    }
}
