//! How far an agent is trusted, and what that lets it do.

use leptos::prelude::*;
use model::TrustLevel;

use crate::labels::Labelled;

/// One of three levels, each with a sentence on what it lets an agent do.
#[component]
pub fn TrustField(value: RwSignal<String>, error: Signal<Option<String>>) -> impl IntoView {
    let levels = TrustLevel::ALL.iter().map(move |level| {
        let word = level.as_str();
        let id = format!("trust-{word}");
        let says = format!("{id}-says");
        view! {
            <div class="choice">
                <input
                    type="radio"
                    class="choice-mark"
                    id=id.clone()
                    name="trust_level"
                    value=word
                    checked=value.with_untracked(|now| now == word)
                    prop:checked=move || value.with(|now| now == word)
                    on:change=move |_| value.set(word.to_owned())
                    aria-describedby=says.clone()
                />
                <label class="choice-label" for=id>
                    {level.label()}
                </label>
                <p class="choice-says" id=says>
                    {trust_says(*level)}
                </p>
            </div>
        }
    });
    view! {
        <fieldset class="field choices" class:field-wrong=move || error.get().is_some()>
            <legend class="field-label">"Trust"</legend>
            {levels.collect_view()}
            <p class="field-error" role="alert">
                {move || error.get()}
            </p>
        </fieldset>
    }
    .into_any()
}

/// What each level of trust lets an agent do.
pub const fn trust_says(trust: TrustLevel) -> &'static str {
    match trust {
        TrustLevel::Advisory => {
            "Proposes. A person decides on everything before it changes anything."
        }
        TrustLevel::Elevated => {
            "Proposes, also where a routing policy asks for more than advisory. A person still decides on everything."
        }
        TrustLevel::Autonomous => {
            "Proposes, and may apply a result by itself, but only where a governance policy grants auto_apply; it is marked, and a person can undo it."
        }
    }
}
