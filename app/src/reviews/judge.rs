//! Decide first: the own judgement, where the agent's opinion would stand.

use leptos::prelude::*;
use model::Judgement;

use super::desk::Desk;
use super::plain::{JUDGE, PlainDecision};

/// What would you do? Asked before the agent's opinion is uncovered.
#[component]
pub fn JudgeForm(desk: Desk) -> impl IntoView {
    let why = RwSignal::new(String::new());
    let may = desk.may();
    let choices = [
        (Judgement::Accepted, "I would accept it"),
        (Judgement::Revised, "I would revise it"),
        (Judgement::Rejected, "I would reject it"),
    ];
    view! {
        <div class="judge" data-testid="judge">
            <p>
                "This hub decides first: the agent's recommendation and confidence are covered until you have said what you think."
            </p>
            {may
                .then(|| {
                    view! {
                        <PlainDecision row=desk.proposal() buttons=&JUDGE />
                        <div class="field needs-script">
                            <label class="field-label" for="judge-why">
                                "Why"
                                <span class="field-optional">"optional"</span>
                            </label>
                            <textarea class="textarea" id="judge-why" rows="2" maxlength="20000"
                                on:input=move |event| why.set(event_target_value(&event))></textarea>
                        </div>
                        <div class="decision-actions needs-script">
                            {choices
                                .into_iter()
                                .map(|(verdict, text)| {
                                    view! {
                                        <button type="button" class="btn" data-judgement=verdict.as_str()
                                            disabled=move || desk.pending.get()
                                            on:click=move |_| desk.judge(verdict, why.get_untracked())>
                                            {text}
                                        </button>
                                    }
                                })
                                .collect_view()}
                        </div>
                    }
                })}
        </div>
    }
    .into_any()
}
