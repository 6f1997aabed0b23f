//! A save that came too late: both texts, and which one shall stand.

use leptos::prelude::*;
use model::{Action, GovernancePolicy};

use crate::components::{Notice, Stamp};
use crate::labels::{Labelled, Tone};

/// What a policy lets do, in a line.
pub fn in_words(actions: &[Action], is_active: bool) -> String {
    let words: Vec<&str> = actions.iter().map(|action| action.label()).collect();
    let words = if words.is_empty() {
        "nothing allowed".to_owned()
    } else {
        words.join(", ")
    };
    let state = if is_active { "active" } else { "switched off" };
    format!("{words}; {state}")
}

/// Yours and theirs, side by side.
#[component]
pub fn Stale(
    theirs: GovernancePolicy,
    actions: RwSignal<Vec<Action>>,
    is_active: RwSignal<bool>,
    /// Takes what stands now into the form, or keeps the form on top of it.
    settled: Callback<bool>,
) -> impl IntoView {
    let mine = move || in_words(&actions.get(), is_active.get());
    let saved = in_words(&theirs.allowed_actions, theirs.is_active);
    view! {
        <Notice tone=Tone::Warn title="Somebody changed this policy meanwhile">
            <div class="both" data-testid="stale">
                <div>
                    <h3 class="answer-label">"Yours, not saved"</h3>
                    <p data-testid="stale-mine">{mine}</p>
                </div>
                <div>
                    <h3 class="answer-label">{format!("Saved, version {}", theirs.version)}</h3>
                    <p data-testid="stale-theirs">{saved}</p>
                    <p class="quiet">
                        <Stamp at=theirs.updated_at />
                    </p>
                </div>
            </div>
            <div class="form-actions">
                <button type="button" class="btn btn-small" on:click=move |_| settled.run(true)>
                    "Take the saved one"
                </button>
                <button type="button" class="btn btn-small" on:click=move |_| settled.run(false)>
                    "Keep mine, save it next"
                </button>
            </div>
        </Notice>
    }
    .into_any()
}
