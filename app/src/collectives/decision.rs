//! The decision: a person has the last word.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use model::{
    Caller, Collective, CollectiveReview, DecisionStatus, Role, RunState, SynthesisState, Verdict,
};

use wasm_bindgen::JsCast;

use super::another::AnotherRound;
use super::answer::Answer;
use super::answer_view::AnswerView;
use super::assemble::{Assemble, Assembled};
use super::board::{Board, use_board};
use super::decisions::{Choice, Decisions, Stage, use_decisions};
use super::follow::Live;
use super::revise::Revise;
use super::synthesis::replaced;
use crate::components::{Icon, Notice, Sign, Stamp, StatePill};
use crate::error::AppError;
use crate::labels::{Labelled, Tone};

/// Words of `act` in the address: open the editor, or write the comment.
pub const REVISE: &str = "revise";
pub const COMMENT: &str = "comment";

/// Gives the first element that fits the focus. Browser only.
fn give_focus(selector: &str) {
    let element = document().query_selector(selector).ok().flatten();
    if let Some(element) = element.and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok()) {
        // Fails only where the element cannot have it.
        let _ = element.focus();
    }
}

/// Accept, revise, reject; afterwards who decided what, and undo.
#[component]
pub fn DecisionBar(live: Live, caller: Caller) -> impl IntoView {
    let decision = Memo::new(move |_| live.state.with(|s| s.detail.collective.decision));
    // Reading the same again must not draw the form anew under a person's hands.
    let stage = Memo::new(move |_| live.state.with(|s| Stage::of(&s.detail)));
    let reviews = Memo::new(move |_| live.state.with(|s| s.detail.reviews.clone()));
    let may = caller.may(Role::Reviewer);
    let act = use_query_map().with_untracked(|query| query.get("act"));
    let wants = |word: &str| may && act.as_deref() == Some(word);
    let revising = RwSignal::new(wants(REVISE));
    // Once: a form that is drawn anew must not take the focus again.
    let focus = StoredValue::new(match (wants(REVISE), wants(COMMENT)) {
        (true, _) => Some(".revise textarea"),
        (_, true) => Some("#comment"),
        _ => None,
    });
    let body = move || {
        let decisions = use_decisions()?;
        let board = use_board()?;
        let stage = stage.get();
        let run = live.state.with_untracked(|s| s.detail.collective.clone());
        Some(match (stage.decision, stage.run_state) {
            (DecisionStatus::Pending, RunState::Finished) if !stage.is_read() => {
                view! { <p class="quiet">"Reading what came of the run…"</p> }.into_any()
            }
            (DecisionStatus::Pending, RunState::Finished) if may => {
                view! { <Choose board decisions run revising focus /> }.into_any()
            }
            (DecisionStatus::Pending, state) => view! { <NotYet state /> }.into_any(),
            _ => view! { <Decided live decisions run /> }.into_any(),
        })
    };
    view! {
        <section
            class="panel"
            aria-labelledby="decision"
            data-testid="decision"
            data-decision=move || decision.get().as_str()
        >
            <div class="panel-head">
                <h2 class="panel-title" id="decision">
                    "Decision"
                </h2>
                <StatePill value=move || decision.get() />
            </div>
            <div class="card">
                <DecisionRefusal /> {body}
                {move || {
                    let reviews = reviews.get();
                    (reviews.len() > 1).then(|| view! { <History reviews /> })
                }}
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn NotYet(state: RunState) -> impl IntoView {
    let text = match state {
        RunState::Queued | RunState::Running => "You decide when the run has finished.",
        RunState::Finished => "Deciding needs the role reviewer. An admin can give it to you.",
        RunState::Failed => "The run has failed: there is nothing to decide on. Start a new one.",
        RunState::Cancelled => {
            "The run was cancelled: there is nothing to decide on. Start a new one."
        }
    };
    view! { <p class="quiet">{text}</p> }
}

/// Why a decision was refused, and the way on.
#[component]
fn DecisionRefusal() -> impl IntoView {
    let decisions = use_decisions();
    move || {
        let decisions = decisions?;
        let error = decisions.refusal.get()?;
        let stale = error.is(AppError::CONTENT_CHANGED) || error.is(AppError::ALREADY_DECIDED);
        Some(view! {
            <Notice tone=Tone::Bad title="Your decision was not taken">
                <p>{error.message.clone()}</p>
                <ul class="bullets">
                    {error
                        .errors
                        .iter()
                        .map(|e| view! { <li>{format!("{}: {}", e.field, e.message)}</li> })
                        .collect_view()}
                </ul>
                {stale
                    .then(|| {
                        view! {
                            <p>
                                "What you saw is no longer what stands here. Read it again, then decide."
                            </p>
                            <button type="button" class="btn btn-small" on:click=move |_| decisions.reload()>
                                "Show what stands now"
                            </button>
                        }
                    })}
            </Notice>
        })
    }
}

#[component]
fn Choose(
    board: Board,
    decisions: Decisions,
    run: Collective,
    revising: RwSignal<bool>,
    focus: StoredValue<Option<&'static str>>,
) -> impl IntoView {
    Effect::new(move |_| {
        if let Some(field) = focus.try_update_value(Option::take).flatten() {
            request_animation_frame(move || give_focus(field));
        }
    });
    let written = run.synthesis_state == SynthesisState::Completed;
    let hint = if written {
        "Accept the synthesis, one contribution above, or a text field by field; revise it, ask again, or reject all of it."
    } else {
        "There is no synthesis. Accept one contribution above or field by field, write a text of your own, ask again, or reject all of it."
    };
    let live = board.live;
    let asking = RwSignal::new(false);
    let content = run.final_content;
    view! {
        <p class="quiet">{hint}</p>
        <p class="without-script quiet">"Deciding needs scripts; turn them on for this page."</p>
        <div class="field needs-script">
            <label class="field-label" for="comment">
                "Comment"
                <span class="field-optional">"optional"</span>
            </label>
            <textarea
                class="textarea"
                id="comment"
                rows="2"
                maxlength="20000"
                prop:value=move || decisions.comment.get()
                on:input=move |event| decisions.comment.set(event_target_value(&event))
            ></textarea>
        </div>
        <Verdicts board decisions written revising asking />
        {move || board.picking.get().then(|| view! { <Assemble board decisions /> })}
        {move || asking.get().then(|| view! { <AnotherRound board asking /> })}
        {move || {
            revising
                .get()
                .then(|| {
                    let content = content.clone();
                    view! { <Revise live decisions content revising /> }
                })
        }}
    }
    .into_any()
}

/// The buttons that decide on the whole.
#[component]
fn Verdicts(
    board: Board,
    decisions: Decisions,
    written: bool,
    revising: RwSignal<bool>,
    asking: RwSignal<bool>,
) -> impl IntoView {
    let pending = decisions.pending;
    let accept = move || {
        view! {
            <button
                type="button"
                class="btn btn-primary"
                data-testid="accept-synthesis"
                disabled=move || pending.get()
                on:click=move |_| decisions.decide(Verdict::Accepted, Choice::default())
            >
                <Icon sign=Sign::Check />
                "Accept the synthesis"
            </button>
        }
    };
    view! {
        <div class="decision-actions needs-script">
            {written.then(accept)}
            <button
                type="button"
                class="btn"
                data-testid="field-by-field"
                aria-expanded=move || board.picking.get().to_string()
                disabled=move || pending.get()
                on:click=move |_| {
                    if board.picking.get_untracked() {
                        board.picking.set(false);
                    } else {
                        board.pick();
                    }
                }
            >
                <Icon sign=Sign::Types />
                "Field by field"
            </button>
            <button
                type="button"
                class="btn"
                data-testid="revise"
                aria-expanded=move || revising.get().to_string()
                disabled=move || pending.get()
                on:click=move |_| revising.update(|on| *on = !*on)
            >
                <Icon sign=Sign::Pen />
                "Revise"
            </button>
            <button
                type="button"
                class="btn"
                data-testid="another-round"
                aria-expanded=move || asking.get().to_string()
                disabled=move || pending.get()
                on:click=move |_| asking.update(|on| *on = !*on)
            >
                <Icon sign=Sign::Collectives />
                "Another round"
            </button>
            <button
                type="button"
                class="btn btn-danger-quiet"
                data-testid="reject"
                disabled=move || pending.get()
                on:click=move |_| decisions.decide(Verdict::Rejected, Choice::default())
            >
                <Icon sign=Sign::Cross />
                "Reject"
            </button>
        </div>
    }
    .into_any()
}

/// The decision in words, after the name of who made it.
fn what(run: &Collective, agent: Option<String>, by_field: bool) -> String {
    match (run.decision, agent) {
        (DecisionStatus::Accepted, _) if by_field => "accepted it field by field".to_owned(),
        (DecisionStatus::Accepted, Some(agent)) => format!("accepted the answer of {agent}"),
        (DecisionStatus::Accepted, None) => "accepted the synthesis".to_owned(),
        (DecisionStatus::Revised, _) => "revised the text".to_owned(),
        (DecisionStatus::Rejected, _) => "rejected all of it".to_owned(),
        (DecisionStatus::Pending, _) => String::new(),
    }
}

#[component]
fn Decided(live: Live, decisions: Decisions, run: Collective) -> impl IntoView {
    let (last, agent, other) = live.state.with_untracked(|s| {
        let last = s.detail.reviews.last().cloned();
        let chosen = last.as_ref().and_then(|review| review.contribution_id);
        let agent = s.detail.contributions.iter().find(|c| Some(c.id) == chosen);
        (last, agent.map(|c| c.agent_name.clone()), replaced(s))
    });
    let by_field = last.clone().filter(|review| review.fields.is_some());
    let what = what(&run, agent, by_field.is_some());
    let comment = last.and_then(|review| review.comment);
    let stands = run.final_content.filter(|_| other);
    view! {
        <p class="decided">
            <strong>{run.decided_by.unwrap_or_default()}</strong>
            " "
            {what}
            " · "
            {run.decided_at.map(|at| view! { <Stamp at /> })}
        </p>
        {by_field.map(|review| view! { <Assembled review state=live.state /> })}
        {comment.map(|text| view! { <blockquote class="comment">{text}</blockquote> })}
        {stands
            .map(|content| {
                let answer = Answer::of_content(&content);
                view! {
                    <h3 class="answer-label">"This text stands"</h3>
                    <div class="synthesis-text" data-testid="final-text">
                        <AnswerView answer=Signal::stored(answer) />
                    </div>
                }
            })}
        <Undo decisions />
    }
    .into_any()
}

/// For the person who decided last.
#[component]
fn Undo(decisions: Decisions) -> impl IntoView {
    move || {
        decisions.choices.get().undo.then(|| {
            view! {
                <button
                    type="button"
                    class="btn needs-script"
                    data-testid="undo"
                    disabled=move || decisions.pending.get()
                    on:click=move |_| decisions.decide(Verdict::Undone, Choice::default())
                >
                    <Icon sign=Sign::Undo />
                    "Undo"
                </button>
            }
        })
    }
}

/// All that was decided and taken back, newest first.
#[component]
fn History(reviews: Vec<CollectiveReview>) -> impl IntoView {
    let rows = reviews.into_iter().rev().map(|review| {
        view! {
            <li class="history-row">
                <span>
                    <strong>{review.reviewer}</strong>
                    " "
                    {review.verdict.label()}
                </span>
                <Stamp at=review.created_at />
                {review.comment.map(|text| view! { <span class="quiet">{text}</span> })}
            </li>
        }
    });
    view! {
        <details class="history">
            <summary>"History"</summary>
            <ol class="history-list">{rows.collect_view()}</ol>
        </details>
    }
}
