//! The test of a provider, and what came of the last one.

use leptos::prelude::*;
use model::{Outcome, Provider, ProviderState, ProviderTest};

use super::words;
use crate::collectives::used_words;
use crate::components::{Stamp, TonePill, sentence};
use crate::error::{AppError, refusal};
use crate::format;
use crate::labels::{Labelled, Tone};
use crate::server_fns::providers::TestProvider;

/// A model and a button; a plain form without scripts.
#[component]
pub fn TestForm(
    provider: Provider,
    suggested: Option<String>,
    test: ServerAction<TestProvider>,
) -> impl IntoView {
    let id = format!("{provider}-model");
    let error_id = format!("{id}-error");
    let (described, label_for) = (error_id.clone(), id.clone());
    let pending = test.pending();
    let error = refused(test);
    let of_whom = format!(" {}", provider.label());
    view! {
        <ActionForm action=test>
            <input type="hidden" name="provider" value=provider.as_str() />
            <div class="provider-test" class:field-wrong=move || error.get().is_some()>
                <label class="filter-label" for=label_for>
                    "Model"
                </label>
                <input
                    class="input mono"
                    id=id
                    name="model_name"
                    maxlength="200"
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    value=suggested
                    aria-describedby=described
                />
                <button
                    type="submit"
                    class="btn"
                    data-testid="test"
                    disabled=move || pending.get()
                >
                    {move || if pending.get() { "Testing …" } else { "Test" }}
                    <span class="sr-only">{of_whom}</span>
                </button>
                <p class="field-error" id=error_id role="alert">
                    {move || error.get().map(said)}
                </p>
            </div>
        </ActionForm>
    }
    .into_any()
}

/// Why the last test was not made; nothing while one is under way. What came
/// with the address, of a form without scripts, is said above.
fn refused(test: ServerAction<TestProvider>) -> Signal<Option<AppError>> {
    let error = refusal(test.value());
    Signal::derive(move || {
        let is_own = test.version().get() > 0 && !test.pending().get();
        error.get().filter(|_| is_own)
    })
}

fn said(error: AppError) -> String {
    match error.field("model_name") {
        Some(wrong) => sentence(wrong),
        None => error.message,
    }
}

/// What came of the last test; it is told when a new one has ended.
#[component]
pub fn LastTest(shown: RwSignal<ProviderState>, test: ServerAction<TestProvider>) -> impl IntoView {
    let pending = test.pending();
    let outcome = move || {
        let last = shown.with(|state| state.last_test.as_ref().map(|last| last.outcome));
        match (pending.get(), last) {
            (true, _) => Outcome::Started.as_str(),
            (false, Some(outcome)) => outcome.as_str(),
            (false, None) => "none",
        }
    };
    view! {
        <div class="provider-last" data-testid="last-test" data-outcome=outcome aria-live="polite"
            aria-busy=move || pending.get().to_string()>
            {move || {
                if pending.get() {
                    return view! {
                        <p>
                            <TonePill tone=Tone::Active text="Asking" />
                        </p>
                    }
                        .into_any();
                }
                match shown.get().last_test {
                    Some(last) => view! { <Ended last /> }.into_any(),
                    None => {
                        view! { <p class="quiet">"Never tested. A test is one call of a few tokens."</p> }
                            .into_any()
                    }
                }
            }}
        </div>
    }
    .into_any()
}

#[component]
fn Ended(last: ProviderTest) -> impl IntoView {
    let outcome = last.outcome;
    let attempts = i64::try_from(last.attempts.len()).unwrap_or(i64::MAX);
    let status = last.attempts.last().and_then(|attempt| attempt.http_status);
    let mut used = used_words(
        last.duration_ms,
        last.tokens_in,
        last.tokens_out,
        last.cost_microusd,
    );
    if attempts > 1 {
        used = format!("{used} · {attempts} attempts");
    }
    let trouble = last.error.map(|error| {
        let kind = last.error_type.unwrap_or_default();
        let status = status.map(|status| format!(" (HTTP {status})"));
        view! {
            <div class="trouble" data-tone=outcome.tone().class()>
                <p>
                    <strong>{format::words(&kind)} {status}</strong>
                </p>
                <p class="provider-message">{error}</p>
                <p class="quiet">{words::way_on(&kind)}</p>
            </div>
        }
    });
    view! {
        <p class="provider-line">
            <TonePill tone=outcome.tone() text=words::ended(outcome) />
            <code class="code">{last.model_used.unwrap_or(last.model_name)}</code>
            <span class="used">{used}</span>
        </p>
        {trouble}
        <p class="quiet">
            {format!("{}, ", last.asked_by)} <Stamp at=last.ended_at.unwrap_or(last.started_at) />
        </p>
    }
    .into_any()
}
