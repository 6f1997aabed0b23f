//! The synthesis: what the first agent makes of all answers.

use leptos::prelude::*;
use model::SynthesisState;
use serde_json::Value;

use super::align::MINORITY;
use super::answer::Answer;
use super::answer_view::AnswerView;
use super::column::used_words;
use super::follow::Live;
use super::live_state::LiveState;
use super::minority::Minority;
use super::origins::{OriginText, agents};
use super::receipt::{Receipt, ReceiptToggle};
use crate::components::{Notice, StatePill};
use crate::format;
use crate::labels::{Tone, way_on};

/// The synthesis as it streams, then as it is stored; where there is none, why.
#[component]
pub fn SynthesisPanel(live: Live, now: ReadSignal<Option<i64>>) -> impl IntoView {
    let state = Memo::new(move |_| live.state.with(|s| s.detail.collective.synthesis_state));
    let answer = Memo::new(move |_| live.state.with(synthesis_answer));
    let receipt = Memo::new(move |_| {
        live.state
            .with(|s| s.detail.collective.synthesis_invocation_id)
    });
    let open = RwSignal::new(false);
    // Who sees the text grow keeps the room for it, so that nothing jumps.
    let live_here = !live.state.with_untracked(LiveState::is_final);
    let room = move || {
        let expected = !matches!(state.get(), SynthesisState::Failed | SynthesisState::None);
        live_here && expected
    };
    view! {
        <section
            class="panel"
            aria-labelledby="synthesis"
            data-testid="synthesis"
            data-status=move || state.get().as_str()
        >
            <div class="panel-head">
                <h2 class="panel-title" id="synthesis">
                    "Synthesis"
                </h2>
                <StatePill value=move || state.get() />
                <span class="panel-note">
                    <Author live />
                </span>
            </div>
            <div class="synthesis-beside">
                <div class="card synthesis">
                    <Missing live state answer />
                    <div class="synthesis-text" class:synthesis-room=room data-testid="synthesis-text">
                        <Text live answer />
                    </div>
                    <div class="column-foot" class:column-foot-empty=move || receipt.get().is_none()>
                        <Used live now />
                        <div class="column-actions">
                            <ReceiptToggle receipt open />
                        </div>
                    </div>
                    <Receipt receipt open />
                </div>
                <Minority live />
            </div>
        </section>
    }
    .into_any()
}

/// The text, with the origin of each sentence where it is known.
#[component]
fn Text(live: Live, answer: Memo<Answer>) -> impl IntoView {
    let known = Memo::new(move |_| {
        live.state.with(|s| {
            let run = &s.detail.collective;
            let origins = run.consensus.as_ref()?.origins.clone();
            let content = without_minority(s, run.synthesis_content.as_ref()?);
            let written = run.synthesis_state == SynthesisState::Completed;
            (written && !origins.is_empty()).then(|| (content, origins, agents(s)))
        })
    });
    move || match known.get() {
        Some((content, origins, agents)) => {
            view! { <OriginText content origins agents /> }.into_any()
        }
        None => view! { <AnswerView answer /> }.into_any(),
    }
}

/// The text without the views that stand in the block beside it.
fn without_minority(state: &LiveState, content: &Value) -> Value {
    let mut content = content.clone();
    let judged = state.detail.collective.consensus.as_ref();
    if judged.is_some_and(|c| !c.minority.is_empty())
        && let Some(fields) = content.as_object_mut()
    {
        fields.remove(MINORITY);
    }
    content
}

/// What is to be read in this panel: nothing where the synthesis failed. It
/// stays readable where another text was decided on.
fn synthesis_answer(state: &LiveState) -> Answer {
    let run = &state.detail.collective;
    match run.synthesis_state {
        SynthesisState::Running | SynthesisState::Pending => Answer::of_text(&state.synthesis.text),
        SynthesisState::Completed => match &run.synthesis_content {
            Some(content) => Answer::of_content(&without_minority(state, content)),
            // Ended a moment ago, not read again yet.
            None => Answer::of_text(&state.synthesis.text),
        },
        SynthesisState::Failed | SynthesisState::None => Answer::default(),
    }
}

/// Whether a person decided on another text than the synthesis.
pub fn replaced(state: &LiveState) -> bool {
    use model::DecisionStatus;

    match state.detail.collective.decision {
        DecisionStatus::Revised => true,
        DecisionStatus::Accepted => state
            .detail
            .reviews
            .last()
            .is_some_and(|review| review.contribution_id.is_some() || review.fields.is_some()),
        DecisionStatus::Pending | DecisionStatus::Rejected => false,
    }
}

#[component]
fn Author(live: Live) -> impl IntoView {
    let name = Memo::new(move |_| {
        live.state.with(|s| {
            let id = s.detail.collective.synthesis_agent_id;
            let by_id = s
                .detail
                .contributions
                .iter()
                .find(|c| Some(c.agent_registration_id) == id);
            let used = s
                .detail
                .synthesis
                .as_ref()
                .map(|used| used.agent_name.clone());
            used.or_else(|| by_id.map(|c| c.agent_name.clone()))
        })
    });
    move || name.get().map(|name| format!("by {name}"))
}

/// Why there is nothing to read.
#[component]
fn Missing(live: Live, state: Memo<SynthesisState>, answer: Memo<Answer>) -> impl IntoView {
    let error = Memo::new(move |_| {
        live.state.with(|s| {
            let run = &s.detail.collective;
            (
                run.synthesis_error_type.clone(),
                run.synthesis_error.clone(),
            )
        })
    });
    let elsewhere = Memo::new(move |_| live.state.with(replaced));
    let ended = Memo::new(move |_| live.state.with(LiveState::is_final));
    let empty = Memo::new(move |_| answer.with(Answer::is_empty));
    move || match state.get() {
        SynthesisState::Pending if empty.get() => {
            view! { <p class="quiet">"Begins when the agents have answered."</p> }.into_any()
        }
        SynthesisState::Running if empty.get() => {
            view! { <p class="quiet">"Being written, no text yet."</p> }.into_any()
        }
        SynthesisState::Completed if elsewhere.get() => view! {
            <p class="quiet">"A person decided on another text; it stands below."</p>
        }
        .into_any(),
        SynthesisState::Failed => {
            let (error_type, reason) = error.get();
            view! {
                <Notice tone=Tone::Bad title="There is no synthesis: it failed">
                    <p>{reason.unwrap_or_else(|| "The model gave no answer.".to_owned())}</p>
                    <p>{way_on(error_type.as_deref())}</p>
                    <p>"You can still accept one contribution or write a text of your own."</p>
                </Notice>
            }
            .into_any()
        }
        SynthesisState::None => {
            let (_, reason) = error.get();
            let reason = reason.unwrap_or_else(|| {
                if ended.get() {
                    "Too few answers could be read, or the run ended before.".to_owned()
                } else {
                    "Too few answers could be read.".to_owned()
                }
            });
            view! {
                <Notice tone=Tone::Warn title="There is no synthesis">
                    <p>{reason}</p>
                </Notice>
            }
            .into_any()
        }
        _ => ().into_any(),
    }
}

#[component]
fn Used(live: Live, now: ReadSignal<Option<i64>>) -> impl IntoView {
    let used = Memo::new(move |_| live.state.with(|s| s.detail.synthesis.clone()));
    let running = Memo::new(move |_| {
        live.state.with(|s| {
            let run = &s.detail.collective;
            (run.synthesis_state == SynthesisState::Running).then_some(s.synthesis.attempt)
        })
    });
    let text = move || match (used.get(), running.get()) {
        (Some(used), None) => {
            let words = used_words(
                used.duration_ms,
                used.tokens_in,
                used.tokens_out,
                used.cost_microusd,
            );
            match used.model_used {
                Some(model) if !words.is_empty() => format!("{model} · {words}"),
                Some(model) => model,
                None => words,
            }
        }
        (_, Some(attempt)) if attempt > 1 && now.get().is_some() => {
            format!("attempt {}", format::count(attempt.into()))
        }
        _ => String::new(),
    };
    view! { <p class="used">{text}</p> }
}
