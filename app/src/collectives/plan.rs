//! Which rounds a run is started with.

use leptos::prelude::*;
use model::RoundPlan;

use crate::labels::Labelled;

/// What each plan of rounds means, in a sentence.
const fn plan_words(plan: RoundPlan) -> &'static str {
    match plan {
        RoundPlan::Answer => "Each agent answers once, without seeing the others. The quickest.",
        RoundPlan::AnswerThenReview => {
            "Then each scores and criticises the others' answers, not knowing whose they are; the synthesis is written after that."
        }
        RoundPlan::AnswerThenRevise => {
            "Then each reads the others' answers and may change its own; the changed answers count."
        }
    }
}

/// Three cards, one for each plan.
#[component]
pub fn Rounds(
    rounds: RwSignal<String>,
    #[prop(into)] error: Signal<Option<String>>,
) -> impl IntoView {
    let cards = RoundPlan::ALL.iter().map(|plan| {
        let value = plan.to_string();
        let first = *plan == RoundPlan::default();
        let id = format!("rounds-{value}");
        let hint = format!("{id}-hint");
        let on_change = {
            let value = value.clone();
            move |_| rounds.set(value.clone())
        };
        view! {
            <label class="plan" for=id.clone()>
                <input
                    type="radio"
                    id=id.clone()
                    name="rounds_planned"
                    value=value
                    checked=first
                    aria-describedby=hint.clone()
                    on:change=on_change
                />
                <span class="plan-name">{plan.label()}</span>
                <span class="plan-words" id=hint>
                    {plan_words(*plan)}
                </span>
            </label>
        }
    });
    view! {
        <fieldset class="plans" data-testid="plans">
            <legend class="field-label">"Rounds"</legend>
            <div class="plans-cards">{cards.collect_view()}</div>
            <p class="field-error" role="alert">
                {move || error.get().map(crate::components::sentence)}
            </p>
        </fieldset>
    }
    .into_any()
}
