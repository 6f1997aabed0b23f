//! Decisions without scripts: plain forms that lead to the proposal's page.

use leptos::prelude::*;
use model::{Proposal, Verdict};

use crate::components::Notice;
use crate::error::refusal;
use crate::labels::Tone;
use crate::server_fns::reviews::DecidePlainly;

/// What a button of the form sends, and what it says.
pub type Button = (&'static str, &'static str);

/// Accept and reject.
pub const DECIDE: [Button; 2] = [("accepted", "Accept"), ("rejected", "Reject")];
/// A report is accepted with a choice that needs scripts.
pub const REJECT: [Button; 1] = [("rejected", "Reject")];
pub const UNDO: [Button; 1] = [("undone", "Undo")];
/// The own judgement, before the agent's opinion is uncovered.
pub const JUDGE: [Button; 3] = [
    ("judge_accepted", "I would accept it"),
    ("judge_revised", "I would revise it"),
    ("judge_rejected", "I would reject it"),
];

/// Decides on what is shown; seen where scripts are off.
#[component]
pub fn PlainDecision(row: Proposal, buttons: &'static [Button]) -> impl IntoView {
    let decide = ServerAction::<DecidePlainly>::new();
    let error = refusal(decide.value());
    let undoes = buttons
        .iter()
        .any(|(word, _)| *word == Verdict::Undone.as_str());
    let hash = row.content_hash.filter(|_| !undoes);
    view! {
        <div class="without-script plain-decision">
            {move || {
                error
                    .get()
                    .map(|error| {
                        view! {
                            <Notice tone=Tone::Bad title="Your decision was not taken">
                                <p>{error.message}</p>
                            </Notice>
                        }
                    })
            }}
            <ActionForm action=decide>
                <input type="hidden" name="id" value=row.id.to_string() />
                <input type="hidden" name="content_hash" value=hash />
                <div class="field">
                    <label class="field-label" for="plain-comment">
                        "In a few words"
                        <span class="field-optional">"optional"</span>
                    </label>
                    <textarea class="textarea" id="plain-comment" name="comment" rows="2" maxlength="20000"></textarea>
                </div>
                <div class="decision-actions">
                    {buttons
                        .iter()
                        .map(|(word, text)| {
                            view! {
                                <button type="submit" class="btn" name="verdict" value=*word>
                                    {*text}
                                </button>
                            }
                        })
                        .collect_view()}
                </div>
            </ActionForm>
        </div>
    }
    .into_any()
}
