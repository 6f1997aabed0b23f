//! The mark of what a policy accepted without a person, and the one action that
//! takes it back.

use leptos::prelude::*;
use model::{Caller, ProposalId, Role};

use crate::components::TonePill;
use crate::error::refusal;
use crate::labels::Tone;
use crate::server_fns::reviews::UndoAutoApplied;

/// Marks what no person has decided.
#[component]
pub fn AutoApplied() -> impl IntoView {
    view! { <TonePill tone=Tone::Warn text="Applied by policy" /> }
}

/// The mark, and for reviewers the way back: the proposal waits again, and its
/// page is shown.
#[component]
pub fn AutoAppliedPlace(proposal: ProposalId, caller: Caller) -> impl IntoView {
    let undo = ServerAction::<UndoAutoApplied>::new();
    let error = refusal(undo.value());
    let pending = undo.pending();
    let may = caller.may(Role::Reviewer);
    view! {
        <span class="auto-applied" data-testid="auto-applied">
            <AutoApplied />
            {may
                .then(|| {
                    view! {
                        <ActionForm action=undo>
                            <input type="hidden" name="id" value=proposal.to_string() />
                            <button
                                type="submit"
                                class="btn btn-small"
                                data-testid="undo-auto-applied"
                                disabled=move || pending.get()
                            >
                                "Undo"
                            </button>
                        </ActionForm>
                    }
                })}
            {move || {
                error
                    .get()
                    .map(|error| {
                        view! {
                            <span class="field-error" role="alert">
                                {error.message}
                            </span>
                        }
                    })
            }}
        </span>
    }
    .into_any()
}
