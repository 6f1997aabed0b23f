//! The rounds of a run: where each stands and what it used.

use leptos::prelude::*;
use model::{CollectiveRound, RoundKind, RoundPlan, RoundState, RunUse};

use super::answer::Answer;
use super::answer_view::AnswerView;
use super::board::{Board, use_address};
use super::live_state::LiveState;
use crate::components::{GroupBar, StatePill};
use crate::format;
use crate::labels::{Labelled, Tone};

impl Labelled for RoundState {
    fn label(self) -> &'static str {
        match self {
            Self::Pending => "Waiting",
            Self::Running => "Running",
            Self::Finished => "Finished",
            Self::Skipped => "Not held",
        }
    }
    fn tone(self) -> Tone {
        match self {
            Self::Pending | Self::Skipped => Tone::Neutral,
            Self::Running => Tone::Active,
            Self::Finished => Tone::Good,
        }
    }
}

impl Labelled for RoundPlan {
    fn label(self) -> &'static str {
        match self {
            Self::Answer => "Answer",
            Self::AnswerThenReview => "Answer, then review each other",
            Self::AnswerThenRevise => "Answer, then revise",
        }
    }
}

/// What agents do in a round.
pub const fn kind_words(kind: RoundKind) -> &'static str {
    match kind {
        RoundKind::Answer => "answers",
        RoundKind::Review => "blind reviews",
        RoundKind::Revise => "revised answers",
    }
}

/// `4 calls · 1,200 tokens in · 300 tokens out · $0.0031 USD`.
fn used(calls: i64, tokens_in: i64, tokens_out: i64, cost_microusd: Option<i64>) -> String {
    // Nothing is counted before the first answer has ended.
    let some = |tokens: i64| Some(tokens).filter(|n| *n > 0);
    let tokens = super::column::used_words(None, some(tokens_in), some(tokens_out), cost_microusd);
    let calls = format::counted(calls, "call", "calls");
    if tokens.is_empty() {
        return calls;
    }
    format!("{calls} · {tokens}")
}

/// All rounds, and how much of the cap is used. Nothing for runs that are
/// older than rounds.
#[component]
pub fn RoundStrip(board: Board) -> impl IntoView {
    let live = board.live;
    let rounds = Memo::new(move |_| live.state.with(|s| s.detail.rounds.clone()));
    let usage = Memo::new(move |_| live.state.with(|s| s.detail.usage));
    let judging = Memo::new(move |_| {
        live.state
            .with(|s| s.judging.words().filter(|_| !s.is_final()))
    });
    let any = Memo::new(move |_| !rounds.with(Vec::is_empty));
    move || {
        any.get().then(|| {
            view! {
                <section class="rounds" aria-labelledby="rounds" data-testid="rounds">
                    <h2 class="sr-only" id="rounds">
                        "Rounds"
                    </h2>
                    <ol class="rounds-list">
                        {move || {
                            let rounds = rounds.get();
                            let last = rounds.len() > 1;
                            rounds.into_iter().map(|round| view! { <One board round several=last /> }).collect_view()
                        }}
                    </ol>
                    {move || judging.get().map(|words| view! { <p class="judging" data-testid="judging">{words}</p> })}
                    {move || view! { <Usage usage=usage.get() /> }}
                </section>
            }
        })
    }
}

#[component]
fn One(board: Board, round: CollectiveRound, several: bool) -> impl IntoView {
    let number = round.number;
    let state = round.state;
    let title = format!("Round {number}: {}", kind_words(round.kind));
    let used = (round.calls > 0).then(|| {
        used(
            round.calls,
            round.tokens_in,
            round.tokens_out,
            round.cost_microusd,
        )
    });
    let name = if several && state != RoundState::Skipped && state != RoundState::Pending {
        view! { <ToRound board number title /> }.into_any()
    } else {
        view! { <span>{title}</span> }.into_any()
    };
    view! {
        <li class="round" data-testid="round" data-round=number.to_string() data-state=state.as_str()>
            <p class="round-head">
                <span class="round-name">{name}</span>
                <StatePill value=move || state />
            </p>
            {used.map(|text| view! { <p class="used">{text}</p> })}
            {(number > 1 && round.note.is_some())
                .then(|| {
                    view! {
                        <p class="round-note">
                            {format!("{}: ", round.asked_by)}
                            <q>{round.note.clone()}</q>
                        </p>
                    }
                })}
            <Replaced round=round.clone() />
        </li>
    }
    .into_any()
}

/// Leads to the answers of one round, and from there back to those that count.
#[component]
fn ToRound(board: Board, number: i32, title: String) -> impl IntoView {
    let go = use_address(board);
    let there = move || board.chosen.get() == Some(number);
    let href = format!("/collectives/{}?round={number}", board.live.id);
    let on_click = move |event: leptos::ev::MouseEvent| {
        if event.ctrl_key() || event.meta_key() || event.shift_key() {
            return;
        }
        event.prevent_default();
        board.full.set(true);
        let back = board.chosen.get_untracked() == Some(number);
        go("round", (!back).then(|| number.to_string()));
    };
    view! {
        <a
            class="link"
            href=href
            aria-current=move || there().then_some("true")
            on:click=on_click
        >
            {title}
        </a>
    }
    .into_any()
}

/// What came of a round before another one was asked for.
#[component]
fn Replaced(round: CollectiveRound) -> impl IntoView {
    let text = round.synthesis_content;
    let reason = round.consensus.map(|consensus| consensus.reason);
    (text.is_some() || reason.is_some()).then(|| {
        view! {
            <details class="replaced">
                <summary>"What came of it, before the next round"</summary>
                {reason.map(|text| view! { <p class="quiet">{text}</p> })}
                {text
                    .map(|content| {
                        view! {
                            <div class="synthesis-text">
                                <AnswerView answer=Signal::stored(Answer::of_content(&content)) />
                            </div>
                        }
                    })}
            </details>
        }
    })
}

/// What the run has used, and how much of its cap that is.
#[component]
fn Usage(usage: RunUse) -> impl IntoView {
    let all = used(
        usage.calls,
        usage.tokens_in,
        usage.tokens_out,
        usage.cost_microusd,
    );
    let cap = usage.token_limit.filter(|limit| *limit > 0).map(|limit| {
        let taken = (usage.tokens_spent + usage.tokens_reserved).min(limit);
        let mut words = format!(
            "{} of {} used",
            format::count(usage.tokens_spent),
            format::counted(limit, "token", "tokens")
        );
        if usage.tokens_reserved > 0 {
            words.push_str(&format!(
                ", {} reserved for calls under way",
                format::count(usage.tokens_reserved)
            ));
        }
        view! {
            <div class="cap" data-testid="token-cap">
                <GroupBar some=taken all=limit label="Tokens of this run, of its cap" />
                <span>{words}</span>
            </div>
        }
    });
    view! {
        <div class="rounds-usage">
            {(usage.calls > 0).then(|| view! { <p class="used">{format!("In all: {all}")}</p> })}
            {cap}
        </div>
    }
    .into_any()
}

/// The rounds that a run was started with, in words, while they are planned.
pub fn planned_words(state: &LiveState) -> Option<&'static str> {
    match state.detail.collective.rounds_planned {
        RoundPlan::Answer => None,
        plan => Some(plan.label()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_round_used_says_its_units() {
        assert_eq!(
            used(4, 1_200, 300, Some(3_100)),
            "4 calls · 1,200 tokens in · 300 tokens out · $0.0031 USD"
        );
        assert_eq!(used(1, 1, 1, None), "1 call · 1 token in · 1 token out");
        assert_eq!(used(2, 0, 0, None), "2 calls");
    }
}
