//! Trying an agent with a sample prompt.

use std::time::Duration;

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::{Agent, Caller, NewTrial, Outcome, RegisteredType, Role, Trial, validate};

use crate::collectives::{Answer, AnswerView, ReceiptDetails, used_words};
use crate::components::{Field, Notice, Refused, StatePill, describe};
use crate::error::AppError;
use crate::format;
use crate::labels::{Labelled, Tone};
use crate::server_fns::agents::{Tried, TryForm, cancel_trial, read_trial_text, try_agent};

/// How often the growing text is asked for.
const LOOK: Duration = Duration::from_millis(400);

/// The tab of the trial.
#[component]
pub fn TrialTab(agent: Agent, caller: Caller, form: TryForm) -> impl IntoView {
    if !caller.may(Role::Reviewer) {
        return view! {
            <div class="tab-body">
                <Notice tone=Tone::Warn title="Your role does not allow this">
                    <p>"Asking an agent needs the role reviewer. An admin can give it to you."</p>
                </Notice>
            </div>
        }
        .into_any();
    }
    if !agent.is_active {
        return view! {
            <div class="tab-body">
                <Notice tone=Tone::Warn title="This agent is not active">
                    <p>"An inactive agent is asked nothing. A steward can activate it above."</p>
                </Notice>
            </div>
        }
        .into_any();
    }
    view! { <TryIt agent form /> }.into_any()
}

/// A trial under way: its parts share this.
#[derive(Clone, Copy)]
struct Under {
    id: model::AgentId,
    key: RwSignal<String>,
    ask: Action<NewTrial, Result<Tried, AppError>>,
    text: RwSignal<String>,
}

#[component]
fn TryIt(agent: Agent, form: TryForm) -> impl IntoView {
    let id = agent.id;
    let key = RwSignal::new(form.key);
    let ask = Action::new(move |new: &NewTrial| try_agent(id, key.get_untracked(), new.clone()));
    let under = Under {
        id,
        key,
        ask,
        text: RwSignal::new(String::new()),
    };
    let value = ask.value();
    let refusal =
        Signal::derive(move || value.with(|v| v.as_ref().and_then(|r| r.as_ref().err().cloned())));
    Effect::new(move |_| {
        value.with(|v| {
            if let Some(Ok(tried)) = v {
                key.set(tried.next_key.clone());
            }
        });
    });
    follow(under);
    view! {
        <div class="try tab-body">
            <TryFields under form_types=(form.task_types, form.artifact_types) refusal />
            <section class="card try-answer" aria-label="Answer" aria-live="polite">
                {move || {
                    if ask.pending().get() {
                        return view! { <Pending under /> }.into_any();
                    }
                    match value.get() {
                        Some(Ok(tried)) => view! { <Ended trial=tried.trial /> }.into_any(),
                        Some(Err(error)) if error.errors.is_empty() => {
                            let reload = error.is("idempotency_key_reused");
                            view! {
                                <Refused error />
                                {reload
                                    .then(|| {
                                        view! { <p class="quiet">"Reload the page for a fresh form."</p> }
                                    })}
                            }
                                .into_any()
                        }
                        _ => {
                            view! {
                                <p class="quiet">
                                    "The answer and its receipt appear here. Nothing is stored as a proposal."
                                </p>
                            }
                                .into_any()
                        }
                    }
                }}
            </section>
        </div>
    }
    .into_any()
}

/// Asks for the text so far while the call is under way.
fn follow(under: Under) {
    Effect::new(move |_| {
        if !under.ask.pending().get() {
            return;
        }
        under.text.set(String::new());
        let asked = StoredValue::new(false);
        let look = move || {
            if asked.get_value() {
                return;
            }
            asked.set_value(true);
            spawn_local(async move {
                let text = read_trial_text(under.id, under.key.get_untracked()).await;
                // The page may be gone, or the answer here.
                asked.try_set_value(false);
                if let Ok(Some(text)) = text {
                    under.text.try_set(text);
                }
            });
        };
        if let Ok(timer) = set_interval_with_handle(look, LOOK) {
            on_cleanup(move || timer.clear());
        }
    });
}

#[component]
fn TryFields(
    under: Under,
    form_types: (Vec<RegisteredType>, Vec<RegisteredType>),
    refusal: Signal<Option<AppError>>,
) -> impl IntoView {
    let at = move |field: &'static str| {
        Signal::derive(move || refusal.get().and_then(|e| e.field(field)))
    };
    let prompt = RwSignal::new(String::new());
    let task = NodeRef::<html::Select>::new();
    let artifact = NodeRef::<html::Select>::new();
    let pending = under.ask.pending();
    let handle = StoredValue::new(None::<ActionAbortHandle>);
    let send = move || {
        if pending.get_untracked() {
            return;
        }
        let chosen = |node: NodeRef<html::Select>| {
            node.get_untracked().map(|s| s.value()).unwrap_or_default()
        };
        let new = NewTrial {
            prompt: prompt.get_untracked(),
            task_type: chosen(task),
            artifact_type: chosen(artifact),
        };
        handle.set_value(Some(under.ask.dispatch(new)));
    };
    // Who leaves the page waits no longer: that cancels the call.
    on_cleanup(move || {
        handle.try_update_value(|handle| {
            if let Some(handle) = handle.take()
                && pending.try_get_untracked() == Some(true)
            {
                handle.abort();
            }
        });
    });
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
            event.prevent_default();
            send();
        }
    };
    let max = i64::try_from(validate::PROMPT_MAX).unwrap_or(i64::MAX);
    let length = Memo::new(move |_| {
        prompt.with(|text| i64::try_from(text.chars().count()).unwrap_or(i64::MAX))
    });
    let (tasks, artifacts) = form_types;
    view! {
        <form
            class="form card"
            on:keydown=on_key
            on:submit=move |event| {
                event.prevent_default();
                send();
            }
        >
            <Field
                id="prompt"
                label="Sample prompt"
                hint="Sent exactly as it is, after the agent's system prompt."
                error=at("prompt")
            >
                <textarea
                    class="textarea"
                    id="prompt"
                    rows="6"
                    on:input=move |event| prompt.set(event_target_value(&event))
                    aria-describedby=describe("prompt")
                ></textarea>
                <p class="field-count" class:field-count-over=move || { length.get() > max }>
                    {move || format!("{} of {} characters", format::count(length.get()), format::count(max))}
                </p>
            </Field>
            <div class="form-pair">
                <Field id="task_type" label="Task" error=at("task_type")>
                    <select class="select" id="task_type" node_ref=task>
                        {options(tasks)}
                    </select>
                </Field>
                <Field
                    id="artifact_type"
                    label="Artifact"
                    hint="Governance judges the call as a proposal of this type."
                    error=at("artifact_type")
                >
                    <select
                        class="select"
                        id="artifact_type"
                        node_ref=artifact
                        aria-describedby=describe("artifact_type")
                    >
                        {options(artifacts)}
                    </select>
                </Field>
            </div>
            <div class="form-actions">
                <button
                    type="submit"
                    class="btn btn-primary needs-script"
                    data-testid="try-agent"
                    disabled=move || pending.get()
                >
                    {move || if pending.get() { "Asking …" } else { "Ask the agent" }}
                </button>
                <span class="form-hint needs-script">
                    <kbd class="kbd">"Ctrl"</kbd>
                    <kbd class="kbd">"Enter"</kbd>
                </span>
                <p class="quiet without-script">"Trying an agent needs JavaScript; the API can do it too."</p>
            </div>
        </form>
    }
    .into_any()
}

fn options(types: Vec<RegisteredType>) -> AnyView {
    types
        .into_iter()
        .map(|t| view! { <option value=t.key>{t.label}</option> })
        .collect_view()
        .into_any()
}

/// The text so far, and the way to end it.
#[component]
fn Pending(under: Under) -> impl IntoView {
    let cancel = Action::new(move |(): &()| cancel_trial(under.id, under.key.get_untracked()));
    let answer = Memo::new(move |_| under.text.with(|text| Answer::of_text(text)));
    let stopping = cancel.pending();
    view! {
        <div class="try-head">
            <StatePill value=|| Outcome::Started />
            <button
                type="button"
                class="btn btn-small"
                data-testid="cancel-trial"
                disabled=move || stopping.get()
                on:click=move |_| {
                    cancel.dispatch(());
                }
            >
                "Cancel"
            </button>
        </div>
        <div class="try-text" data-testid="trial-text" aria-busy="true">
            {move || {
                answer
                    .with(Answer::is_empty)
                    .then(|| view! { <p class="quiet">"Asked. The text appears as it comes."</p> })
            }}
            <AnswerView answer />
        </div>
    }
    .into_any()
}

/// What came of it, and its receipt.
#[component]
fn Ended(trial: Trial) -> impl IntoView {
    let Trial {
        answer, receipt, ..
    } = trial;
    let used = used_words(
        receipt.duration_ms,
        receipt.tokens_in,
        receipt.tokens_out,
        receipt.cost_microusd,
    );
    let attempts = i64::try_from(receipt.attempts.len()).unwrap_or(i64::MAX);
    let attempts = format::counted(attempts, "attempt", "attempts");
    let outcome = receipt.outcome;
    let reason = receipt.error.clone();
    let way = way_on(outcome, receipt.error_type.as_deref());
    view! {
        <div class="try-head" data-testid="trial-ended" data-outcome=outcome.as_str()>
            <StatePill value=move || outcome />
            <span class="used">
                {if used.is_empty() { attempts } else { format!("{used} · {attempts}") }}
            </span>
        </div>
        {match answer {
            Some(content) => {
                let answer = Answer::of_content(&content);
                view! {
                    <div class="try-text" data-testid="trial-text">
                        <AnswerView answer=Signal::stored(answer) />
                    </div>
                }
                    .into_any()
            }
            None => {
                view! {
                    <div class="trouble" data-tone=outcome.tone().class()>
                        <p>{reason.unwrap_or_else(|| "There is no answer.".to_owned())}</p>
                        <p class="quiet">{way}</p>
                    </div>
                }
                    .into_any()
            }
        }}
        <section class="receipt try-receipt" data-testid="receipt" aria-label="Receipt">
            <ReceiptDetails receipt />
        </section>
    }
    .into_any()
}

/// What a person can do where there is no answer.
fn way_on(outcome: Outcome, error_type: Option<&str>) -> &'static str {
    match (outcome, error_type.unwrap_or_default()) {
        (Outcome::Blocked, _) => {
            "No model was called. A steward can change the hub's governance policies, or choose another artifact type."
        }
        (Outcome::Cancelled, _) => "Ask again when you like. What was reserved counts as spent.",
        (Outcome::Unknown, _) => "The server stopped during the call. Ask again.",
        (_, "missing_key") => {
            "Set the provider's key in the environment or in its key file, then ask again."
        }
        (_, "authentication") => "Check the provider's key, then ask again.",
        (_, "out_of_credit") => "Top up the provider's account, then ask again.",
        (_, "rate_limited") => "The provider wants fewer calls. Ask again in a few minutes.",
        (_, "model_unknown") => "Correct the agent's model name, then ask again.",
        (_, "refused") => "Reword the prompt, then ask again.",
        (_, "budget_exceeded") => "Shorten the prompt, then ask again.",
        _ => "The provider may be busy. Ask again; the receipt says what happened.",
    }
}
