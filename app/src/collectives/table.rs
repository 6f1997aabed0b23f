//! The fields of all answers in rows: names, cells, the synthesis beside them.

use leptos::prelude::*;
use model::difference::Piece;
use model::{ContributionId, RoundKind};

use super::align::{Cell, Mark, Who, agree_words};
use super::answer::Answer;
use super::answer_view::{AnswerView, shown};
use super::board::{Board, judged, lines_up};
use super::decisions::use_decisions;
use super::given::GivenReviews;
use super::origins::{OriginKey, Origins};
use crate::components::ShareMeter;
use crate::format;

/// The names of the fields, with how many agree. Each cell says its name again
/// for those who do not see the row.
#[component]
pub fn Names(board: Board) -> impl IntoView {
    view! {
        <div class="names" aria-hidden="true">
            <div class="names-head"></div>
            <div class="column-body">
                <For each=move || board.keys.get() key=Clone::clone let:key>
                    <div class="name">
                        <span class="name-word">{format::words(&key)}</span>
                        <span class="name-agree">
                            {move || {
                                let shown = board.shown.get();
                                board
                                    .live
                                    .state
                                    .with(|s| agree_words(judged(&s.detail, shown)?, &key))
                            }}
                        </span>
                    </div>
                </For>
            </div>
        </div>
    }
    .into_any()
}

/// One cell for each field of an answer.
#[component]
pub fn Cells(
    board: Board,
    who: Who,
    #[prop(optional)] id: Option<ContributionId>,
) -> impl IntoView {
    view! {
        <For each=move || board.keys.get() key=Clone::clone let:key>
            <CellView board who id key />
        </For>
    }
    .into_any()
}

#[component]
fn CellView(board: Board, who: Who, id: Option<ContributionId>, key: String) -> impl IntoView {
    let name = format::words(&key);
    let field = key.clone();
    let of = key.clone();
    let cell = Memo::new(move |_| board.cell(who, &of));
    let of = key.clone();
    let mark = Memo::new(move |_| id.and_then(|id| board.mark(&of, id)));
    let of = key.clone();
    view! {
        <section
            class="cell"
            class:cell-odd=move || mark.with(|m| m.as_ref().is_some_and(|m| m.odd))
            data-testid="cell"
            data-field=field
        >
            <h4 class="cell-name">{name}</h4>
            {move || mark.get().map(|mark| view! { <MarkView mark /> })}
            <div class="cell-text">
                {move || {
                    let plain = who == Who::Synthesis && board.against.get().is_none();
                    let origins = plain.then(|| Origins::of(board, &of)).flatten();
                    match (cell.get(), origins) {
                        (Cell::Value(_), Some(origins)) => {
                            view! { <OriginKey origins /> }.into_any()
                        }
                        (cell, _) => drawn(cell),
                    }
                }}
            </div>
            <Pick board who id key />
        </section>
    }
    .into_any()
}

/// A cell as people read it.
pub fn drawn(cell: Cell) -> AnyView {
    match cell {
        Cell::Empty => view! { <p class="cell-empty">"Not in this answer"</p> }.into_any(),
        Cell::Share(share) => view! { <ShareMeter label="Confidence" share /> }.into_any(),
        Cell::Value(value) => shown(value),
        Cell::Difference(pieces) => view! { <Pieces pieces /> }.into_any(),
    }
}

/// A text with what is gone and what is new.
#[component]
fn Pieces(pieces: Vec<Piece>) -> impl IntoView {
    let pieces = pieces.into_iter().map(|piece| match piece {
        Piece::Same(text) => view! { <span>{text}</span> }.into_any(),
        Piece::Gone(text) => view! { <del class="difference-gone">{text}</del> }.into_any(),
        Piece::New(text) => view! { <ins class="difference-new">{text}</ins> }.into_any(),
    });
    view! {
        <div class="difference-text" data-testid="cell-difference">
            {pieces.collect_view()}
        </div>
    }
    .into_any()
}

/// Who says the same has the same letter; who stands alone is told in words.
#[component]
fn MarkView(mark: Mark) -> impl IntoView {
    let letters = mark.letters.into_iter().map(|letter| {
        view! {
            <span class="mark-letter" data-letter=letter.clone()>
                <span class="sr-only">"View "</span>
                {letter.clone()}
            </span>
        }
    });
    view! {
        <p class="mark" data-odd=mark.odd.to_string()>
            {letters.collect_view()}
            <span>{mark.words}</span>
        </p>
    }
    .into_any()
}

/// Takes these words for the field; shown while a text is put together.
#[component]
fn Pick(board: Board, who: Who, id: Option<ContributionId>, key: String) -> impl IntoView {
    let of = key.clone();
    let decisions = use_decisions();
    let offered = Memo::new(move |_| {
        let stands = match (who, id) {
            (Who::Synthesis, _) => true,
            (_, Some(id)) => board.stands(id),
            _ => false,
        };
        let there = board.live.state.with(|s| {
            super::board::content(s, board.shown.get(), who)?
                .get(&of)
                .cloned()
        });
        let open = decisions.is_some_and(|d| d.choices.get().decide);
        open && board.picking.get() && stands && there.is_some_and(|value| !value.is_null())
    });
    let (key, of) = (StoredValue::new(key.clone()), key);
    let picked = Memo::new(move |_| board.picks.with(|picks| picks.get(&of) == Some(&id)));
    move || {
        offered.get().then(|| {
            let key = key.get_value();
            let label = format!("{} of {}", format::words(&key), board.name(who));
            let name = format!("pick-{key}");
            view! {
                <label class="pick">
                    <input
                        type="radio"
                        name=name
                        aria-label=format!("Use {label}")
                        data-testid="pick"
                        prop:checked=move || picked.get()
                        on:change=move |_| {
                            board
                                .picks
                                .update(|picks| {
                                    picks.insert(key.clone(), id);
                                })
                        }
                    />
                    <span>"Use this"</span>
                </label>
            }
        })
    }
}

/// The synthesis as a column of its own, beside the answers.
#[component]
pub fn SynthesisColumn(board: Board) -> impl IntoView {
    let there = Memo::new(move |_| {
        let shown = board.shown.get();
        let written = board
            .live
            .state
            .with(|s| super::board::content(s, shown, Who::Synthesis).is_some());
        written && !board.keys.with(Vec::is_empty)
    });
    move || {
        there.get().then(|| {
            view! {
                <article class="column column-synthesis" id="column-synthesis" data-testid="synthesis-column" aria-label="Synthesis">
                    <header class="column-head">
                        <div class="column-title">
                            <h3 class="column-name">"Synthesis"</h3>
                        </div>
                        <p class="column-model">"Made of all answers by one agent"</p>
                        <p class="column-facts">
                            <a class="link" href="#synthesis">
                                "Read it below"
                            </a>
                        </p>
                    </header>
                    <div class="column-body">
                        <Cells board who=Who::Synthesis />
                    </div>
                </article>
            }
        })
    }
}

/// The body of an agent's column where fields line up: its cells, what it said
/// of the others, or why there is nothing to line up.
#[component]
pub fn AlignedBody(
    board: Board,
    who: Who,
    id: ContributionId,
    answer: Memo<Answer>,
    note: AnyView,
) -> impl IntoView {
    let known = board.live.state.with_untracked(|s| {
        let mut members = s.detail.contributions.iter();
        members.find(|c| c.id == id).cloned()
    });
    match known {
        Some(c) if lines_up(&c) => view! {
            <div class="column-body" data-testid="column-text">
                <Cells board who id=id />
            </div>
        }
        .into_any(),
        Some(c) if c.kind == RoundKind::Review && c.content.is_some() => {
            let content = c.content.unwrap_or_default();
            view! {
                <div class="column-body column-whole" data-testid="column-text">
                    {note}
                    <GivenReviews live=board.live content />
                </div>
            }
            .into_any()
        }
        _ => view! {
            <div class="column-body column-whole" data-testid="column-text">
                <AnswerView answer note />
            </div>
        }
        .into_any(),
    }
}
