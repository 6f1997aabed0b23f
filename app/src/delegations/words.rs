//! What is said of a delegation in more than one place.

use leptos::prelude::*;
use model::{Delegation, DelegationStatus, StepUp};

use super::tree::Standing;
use crate::components::TonePill;
use crate::format;
use crate::labels::{Labelled, Tone};

impl Labelled for Standing {
    fn label(self) -> &'static str {
        match self {
            Self::Queued => "Queued",
            Self::Running => "Running",
            Self::ToReview => "To review",
            Self::Accepted => "Accepted",
            Self::Revised => "Revised",
            Self::Rejected => "Rejected",
            Self::Failed => "Failed",
            Self::Blocked => "Blocked",
            Self::Cancelled => "Cancelled",
            Self::Unknown => "Unknown",
        }
    }
    fn tone(self) -> Tone {
        match self {
            Self::Queued | Self::Cancelled => Tone::Neutral,
            Self::Running => Tone::Active,
            Self::ToReview | Self::Blocked | Self::Unknown => Tone::Warn,
            Self::Accepted | Self::Revised => Tone::Good,
            Self::Rejected | Self::Failed => Tone::Bad,
        }
    }
}

/// Where a delegation and its result stand.
pub fn standing(delegation: &Delegation) -> Standing {
    Standing::of(delegation.status, delegation.result_status)
}

pub fn standing_pill(standing: Standing) -> AnyView {
    view! { <TonePill tone=standing.tone() text=standing.label() /> }.into_any()
}

/// `312 of 1,000 tokens used`.
pub fn used_of(used: i64, budget: i64) -> String {
    format!(
        "{} of {} used",
        format::count(used),
        format::counted(budget, "token", "tokens")
    )
}

/// What became of what was not used.
pub fn rest(delegation: &Delegation) -> String {
    let left = format::counted(delegation.tokens_left, "token", "tokens");
    if delegation.closed {
        "Closed: what was left went back up the chain.".to_owned()
    } else if delegation.status == DelegationStatus::Pending {
        format!("{left} may still be used or handed on.")
    } else {
        format!("{left} may still be handed on, or given back.")
    }
}

/// What a person can do where a delegation gave no answer.
pub fn way_on(delegation: &Delegation) -> Option<&'static str> {
    if !matches!(
        delegation.status,
        DelegationStatus::Failed | DelegationStatus::Cancelled
    ) {
        return None;
    }
    Some(match delegation.error_type.as_deref().unwrap_or_default() {
        "budget_exceeded" => "Delegate it again with more tokens, or in fewer words.",
        "blocked_by_policy" | "governance_blocked" => {
            "No model was called. A steward can change the hub's governance policies."
        }
        "agent_inactive" => "Delegate it to another agent.",
        "missing_key" | "authentication" | "out_of_credit" | "model_unknown" => {
            "Correct the agent or its provider's key, or delegate it to another agent."
        }
        _ => "Delegate it again; what was not spent went back up the chain.",
    })
}

/// The way down to a result: from the root, the nearest last.
#[component]
pub fn WayDown(
    /// The nearest first.
    way: Vec<StepUp>,
) -> impl IntoView {
    let steps = way.into_iter().rev().map(|step| {
        let agent = step.agent_name;
        view! {
            <li class="way-step">
                <a class="link" href=format!("/proposals/{}", step.proposal_id)>
                    {step.title}
                </a>
                {agent.map(|name| view! { <span class="quiet">{name}</span> })}
            </li>
        }
    });
    view! { <ol class="way">{steps.collect_view()}</ol> }.into_any()
}
