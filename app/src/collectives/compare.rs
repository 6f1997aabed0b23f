//! What the answers are compared with, and of which round they are.

use leptos::prelude::*;

use super::align::Who;
use super::board::{Board, content, lines_up, rounds_to_see, use_address};
use crate::address::changed;

/// Two selects; their choice stands in the address.
#[component]
pub fn CompareBar(board: Board) -> impl IntoView {
    let go = use_address(board);
    let on_change = move |event: leptos::ev::Event| {
        if let Some((name, value)) = changed(&event) {
            board.full.set(true);
            go(&name, value);
        }
    };
    let rounds = Memo::new(move |_| board.live.state.with(rounds_to_see));
    let others = Memo::new(move |_| names(board));
    let path = format!("/collectives/{}", board.live.id);
    view! {
        <form class="compare-bar" method="get" action=path on:change=on_change aria-label="What is shown">
            {move || {
                let rounds = rounds.get();
                (rounds.len() > 1).then(|| view! { <Rounds board rounds /> })
            }}
            {move || {
                let others = others.get();
                (others.len() > 1).then(|| view! { <Against board others /> })
            }}
            <button type="submit" class="btn btn-small without-script">
                "Show"
            </button>
        </form>
    }
    .into_any()
}

/// Those that have something to compare with.
fn names(board: Board) -> Vec<(Who, String)> {
    let shown = board.shown.get();
    board.live.state.with(|s| {
        let members = s.members(shown).into_iter();
        let answers = members.filter(|c| lines_up(c));
        let mut all: Vec<(Who, String)> = answers
            .map(|c| (Who::Agent(c.agent_registration_id), c.agent_name.clone()))
            .collect();
        if !all.is_empty() && content(s, shown, Who::Synthesis).is_some() {
            all.push((Who::Synthesis, "Synthesis".to_owned()));
        }
        all
    })
}

#[component]
fn Rounds(board: Board, rounds: Vec<(i32, String)>) -> impl IntoView {
    let options = rounds.into_iter().map(|(number, words)| {
        let selected = move || board.chosen.get() == Some(number);
        view! {
            <option value=number.to_string() selected=selected>
                {words}
            </option>
        }
    });
    view! {
        <div class="filter">
            <label class="filter-label" for="choose-round">
                "Show"
            </label>
            <select class="select select-small" id="choose-round" name="round" data-testid="choose-round">
                <option value="" selected=move || board.chosen.get().is_none()>
                    "Answers that count"
                </option>
                {options.collect_view()}
            </select>
        </div>
    }
    .into_any()
}

#[component]
fn Against(board: Board, others: Vec<(Who, String)>) -> impl IntoView {
    let options = others.into_iter().map(|(who, name)| {
        let selected = move || board.against.get() == Some(who);
        view! {
            <option value=who.word() selected=selected>
                {name}
            </option>
        }
    });
    view! {
        <div class="filter">
            <label class="filter-label" for="choose-compare">
                "Compare with"
            </label>
            <select class="select select-small" id="choose-compare" name="compare" data-testid="compare-with">
                <option value="" selected=move || board.against.get().is_none()>
                    "Nothing"
                </option>
                {options.collect_view()}
            </select>
        </div>
    }
    .into_any()
}

/// What the marks of a difference mean.
#[component]
pub fn CompareNote(board: Board) -> impl IntoView {
    move || {
        let base = board.against.get().filter(|_| board.aligned.get())?;
        let name = board.name(base);
        Some(view! {
            <p class="quiet compare-note">
                {format!("Against {name}: ")}
                <del class="difference-gone">"struck through"</del>
                {format!(" stands only in {name}, ")}
                <ins class="difference-new">"underlined"</ins>
                " only in the answer itself."
            </p>
        })
    }
}
