//! Answers in columns, for the page of components.

use leptos::prelude::*;
use model::MemberState;

use super::answer::Answer;
use super::answer_view::AnswerView;
use crate::components::StatePill;

const WHOLE: &str = r#"{"recommendation": "Keep the button, rename it",
"rationale": "Two of three people looked for it under another name.",
"confidence": 0.82, "risks": ["Links in the manual name the old one"],
"evidence": ["Comment of 3 May", "Comment of 9 May"], "effort": "One day"}"#;

/// How many bytes of the answer each column has; all ASCII.
const STAGES: &[(usize, MemberState)] = &[
    (0, MemberState::Running),
    (62, MemberState::Running),
    (140, MemberState::Running),
    (WHOLE.len(), MemberState::Completed),
];

/// One answer at several moments, in full, so that its parts line up.
#[component]
pub fn AnswerSamples() -> impl IntoView {
    let columns = STAGES.iter().map(|(length, status)| {
        let status = *status;
        let answer = Answer::of_text(WHOLE.get(..*length).unwrap_or(WHOLE));
        view! {
            <article class="column" data-status=status.as_str()>
                <header class="column-head">
                    <div class="column-title">
                        <h3 class="column-name">"Careful reader"</h3>
                        <StatePill value=move || status />
                    </div>
                    <p class="column-model">"OpenAI · a-model"</p>
                </header>
                <div class="column-body">
                    <AnswerView answer=Signal::stored(answer) />
                </div>
                <footer class="column-foot">
                    <p class="used">"3.2 s · 812 tokens in · 204 tokens out"</p>
                </footer>
            </article>
        }
    });
    view! { <div class="columns columns-full">{columns.collect_view()}</div> }
}
