//! One provider: how it is reached, its test, what it did not answer lately.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::{BridgeStatus, KeySource, Outcome, Provider, ProviderAccess, ProviderState};

use super::errors::ErrorList;
use super::test::{LastTest, TestForm};
use super::words;
use crate::components::TonePill;
use crate::format;
use crate::labels::{Labelled, Tone};
use crate::server_fns::providers::{TestProvider, read_provider};

/// Errors that are told with a provider; where there are so many, there may be
/// more.
const LAST_ERRORS: usize = 5;

/// How often a test under way is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);

#[component]
pub fn ProviderCard(
    state: ProviderState,
    bridge: RwSignal<BridgeStatus>,
    rehearsal: bool,
) -> impl IntoView {
    let provider = state.access.provider;
    let suggested = state.suggested_model.clone();
    let shown = RwSignal::new(state);
    let test = ServerAction::<TestProvider>::new();
    let planned = StoredValue::new(false);
    // A test may have woken the bridge, or found a key.
    Effect::new(move |_| {
        test.value().with(|value| {
            match value {
                Some(Ok(tested)) => {
                    shown.set(tested.provider.clone());
                    bridge.set(tested.bridge.clone());
                }
                // That of somebody else.
                Some(Err(error)) if error.is("test_under_way") => look_again(shown, planned),
                Some(Err(_)) | None => {}
            }
        });
    });
    Effect::new(move |_| {
        let started = shown.with(|state| {
            let last = state.last_test.as_ref();
            last.is_some_and(|last| last.outcome == Outcome::Started)
        });
        if started && !test.pending().get() {
            look_again(shown, planned);
        }
    });
    let name_id = format!("{provider}-name");
    let labelled = name_id.clone();
    let is_run = !(rehearsal && provider == Provider::ClaudeCode);
    view! {
        <section class="card provider" id=provider.as_str() data-testid="provider"
            data-provider=provider.as_str() aria-labelledby=labelled>
            <div class="provider-head">
                <h2 class="card-title" id=name_id>
                    {provider.label()}
                </h2>
                {move || shown.with(|state| view! { <KeyPill key=state.access.key agents=state.active_agents /> })}
            </div>
            <div class="provider-body">
                <div class="provider-side">
                    {move || {
                        let state = shown.get();
                        view! { <Facts access=state.access agents=state.active_agents rehearsal /> }
                    }}
                    {if is_run {
                        view! { <TestForm provider suggested test /> }.into_any()
                    } else {
                        view! { <p class="quiet">"A rehearsal does not run the command."</p> }.into_any()
                    }}
                </div>
                <div class="provider-news">
                    <h3 class="answer-label">"Last test"</h3>
                    <LastTest shown test />
                    <h3 class="answer-label">"Last errors"</h3>
                    {move || view! { <Errors state=shown.get() /> }}
                </div>
            </div>
        </section>
    }
    .into_any()
}

/// Reads again soon: a test that somebody else has asked for is seen to its
/// end. It ends within 30 seconds, or is given up a minute later.
fn look_again(shown: RwSignal<ProviderState>, planned: StoredValue<bool>) {
    if planned.get_value() {
        return;
    }
    planned.set_value(true);
    let look = move || {
        spawn_local(async move {
            // Gone with its page.
            let Some(provider) = shown.try_with_untracked(|state| state.access.provider) else {
                return;
            };
            let read = read_provider(provider).await;
            if planned.try_set_value(false).is_some() {
                return;
            }
            match read {
                Ok(state) => shown.set(state),
                Err(error) if error.may_pass() => look_again(shown, planned),
                // What stands there stays.
                Err(_) => {}
            }
        });
    };
    set_timeout(look, LOOK_EVERY);
}

/// The key in a word. A missing one matters most where somebody needs it.
#[component]
fn KeyPill(key: KeySource, agents: i64) -> impl IntoView {
    let tone = match key {
        KeySource::Missing if agents == 0 => Tone::Warn,
        other => other.tone(),
    };
    view! {
        <span data-testid="key" data-key=key.as_str()>
            <TonePill tone text=key.label() />
        </span>
    }
    .into_any()
}

#[component]
fn Facts(access: ProviderAccess, agents: i64, rehearsal: bool) -> impl IntoView {
    let to = format!("/agents?hubs=all&state=active&provider={}", access.provider);
    let used = if agents > 0 {
        let text = format::counted(agents, "active agent", "active agents");
        view! {
            <a class="link" href=to>
                {text}
            </a>
        }
        .into_any()
    } else {
        "No active agent".into_any()
    };
    view! {
        <dl class="facts">
            <div class="fact">
                <dt>"Where"</dt>
                <dd>{words::place(&access, rehearsal)}</dd>
            </div>
            <div class="fact">
                <dt>"Key"</dt>
                <dd data-testid="key-says">{words::key(&access)}</dd>
            </div>
            <div class="fact">
                <dt>"Used by"</dt>
                <dd>{used}</dd>
            </div>
        </dl>
    }
    .into_any()
}

#[component]
fn Errors(state: ProviderState) -> impl IntoView {
    let errors = state.last_errors;
    if errors.is_empty() {
        return view! {
            <p class="quiet" data-testid="no-errors">
                "None. Calls and tests that it does not answer stand here."
            </p>
        }
        .into_any();
    }
    let provider = state.access.provider;
    let all = (errors.len() >= LAST_ERRORS).then(|| {
        let name = format!("All errors of {}", provider.label());
        view! {
            <a class="link provider-all" href=format!("/settings/{provider}")>
                {name}
            </a>
        }
    });
    view! {
        <ErrorList errors />
        {all}
    }
    .into_any()
}
