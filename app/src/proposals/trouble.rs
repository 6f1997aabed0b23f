//! What is said where there is no answer to read, or where it is not what it
//! should be: why, and the way on.

use leptos::prelude::*;
use model::{Proposal, ProposalStatus};

use super::follow::Live;
use crate::labels::{Labelled, Tone, way_to_ask_again};

/// What there is to say.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Said {
    Nothing,
    /// In passing.
    Quietly(&'static str),
    /// The reason, and the way on where there is one.
    Clearly {
        tone: Tone,
        reason: String,
        way: &'static str,
    },
}

fn said(proposal: &Proposal, empty: bool, held_back: bool) -> Said {
    let status = proposal.status;
    let error = proposal.error.clone();
    let (tone, reason, way) = match status {
        ProposalStatus::Queued if proposal.content.is_some() => {
            return Said::Quietly("Another answer is asked for. This one stands until it is here.");
        }
        ProposalStatus::Queued => return Said::Quietly("Waits to be asked."),
        ProposalStatus::Running if proposal.content.is_some() => {
            return Said::Quietly("Another answer is being written. The one before is kept.");
        }
        ProposalStatus::Running if empty && held_back => {
            return Said::Quietly(
                "The agent is writing. This hub decides first: the text is held back until it is whole, so that reviewers can say what they think before they read the agent's opinion.",
            );
        }
        ProposalStatus::Running if empty => return Said::Quietly("Asked, no text yet."),
        ProposalStatus::Running => return Said::Nothing,
        ProposalStatus::BlockedByPolicy => (
            status.tone(),
            error.unwrap_or_else(|| "A governance policy does not allow this call.".to_owned()),
            "No model was called. A steward can change the hub's governance policies, or route another agent.",
        ),
        ProposalStatus::Failed => (
            status.tone(),
            error.unwrap_or_else(|| "The model gave no answer.".to_owned()),
            way_to_ask_again(proposal.error_type.as_deref()),
        ),
        ProposalStatus::Cancelled => (
            status.tone(),
            error.unwrap_or_else(|| "The work was cancelled.".to_owned()),
            "Ask again when you like. What was reserved counts as spent.",
        ),
        ProposalStatus::Unknown => (
            status.tone(),
            error.unwrap_or_else(|| "The server stopped during the call.".to_owned()),
            "What was reserved counts as spent. Ask again.",
        ),
        ProposalStatus::Pending if error.is_some() => (
            Tone::Warn,
            format!(
                "Another answer was asked for and did not come. {}",
                error.unwrap_or_default()
            ),
            "The answer below is the one before; it can be decided on.",
        ),
        ProposalStatus::Pending if !proposal.readable => (
            Tone::Warn,
            "The agent was asked twice and gave no answer in the form that it was asked for. Its text is kept as it is.".to_owned(),
            "Revise it into a text of your own, ask for another answer, or reject it.",
        ),
        ProposalStatus::Pending
        | ProposalStatus::Accepted
        | ProposalStatus::Rejected
        | ProposalStatus::Revised => return Said::Nothing,
    };
    let delegated = proposal.delegation_id.is_some() && proposal.content.is_none();
    let way = if delegated {
        way_to_delegate(proposal)
    } else {
        way
    };
    Said::Clearly { tone, reason, way }
}

/// A subtask that failed is handed on again from above: what it had left went
/// back.
fn way_to_delegate(proposal: &Proposal) -> &'static str {
    match proposal.status {
        ProposalStatus::BlockedByPolicy => {
            "No model was called. A steward can change the hub's governance policies, or another agent can be asked from the proposal above."
        }
        _ if proposal.error_type.as_deref() == Some("budget_exceeded") => {
            "Delegate it again from the proposal above, with more tokens."
        }
        _ => {
            "Delegate it again from the proposal above; what was not spent went back up the chain."
        }
    }
}

/// Shows it, above the text or in its place. `held_back`: the hub decides
/// first, so no text comes while it is written.
#[component]
pub fn Trouble(live: Live, held_back: bool) -> impl IntoView {
    let words = Memo::new(move |_| {
        live.state
            .with(|state| said(&state.proposal, state.answer().is_empty(), held_back))
    });
    move || match words.get() {
        Said::Nothing => ().into_any(),
        Said::Quietly(text) => view! { <p class="quiet">{text}</p> }.into_any(),
        Said::Clearly { tone, reason, way } => view! {
            <div class="trouble" data-tone=tone.class() data-testid="trouble">
                <p>{reason}</p>
                {(!way.is_empty()).then(|| view! { <p class="quiet">{way}</p> })}
            </div>
        }
        .into_any(),
    }
}
