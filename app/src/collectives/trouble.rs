//! What is said where there is no text to read: that an agent waits, or why it
//! gave no answer and the way on.

use leptos::prelude::*;
use model::{Contribution, MemberState};

use super::answer::Answer;
use super::live_state::ColumnView;
use crate::labels::{Labelled, Tone, way_on};

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

/// Reads it from a contribution; `empty`: no text has come yet.
fn said(contribution: &Contribution, empty: bool) -> Said {
    let error = |otherwise: &str| {
        let error = contribution.error.clone();
        error.unwrap_or_else(|| otherwise.to_owned())
    };
    let (reason, way) = match contribution.status {
        MemberState::Pending => return Said::Quietly("Waits to be asked."),
        MemberState::Running if empty => return Said::Quietly("Asked, no text yet."),
        MemberState::Running => return Said::Nothing,
        MemberState::Completed if contribution.readable || contribution.content.is_none() => {
            return Said::Nothing;
        }
        MemberState::Completed => (
            "No recommendation could be read from this answer, so it counts in no group."
                .to_owned(),
            "",
        ),
        MemberState::Failed => (
            error("The model gave no answer."),
            way_on(contribution.error_type.as_deref()),
        ),
        MemberState::Blocked => (
            error("A governance policy does not allow this call."),
            "No model was called. A steward can change the hub's governance policies.",
        ),
        MemberState::Cancelled => (
            "The run was cancelled before this agent had answered.".to_owned(),
            "",
        ),
        MemberState::Unknown => (
            error("The server stopped during the call and cannot tell how it ended."),
            "What was reserved counts as spent. Start a new run to ask again.",
        ),
    };
    let tone = match contribution.status {
        // An answer that cannot be read is no good one.
        MemberState::Completed => Tone::Warn,
        other => other.tone(),
    };
    Said::Clearly { tone, reason, way }
}

/// Shows it, in place of a text or above it.
#[component]
pub fn Trouble(column: Memo<Option<ColumnView>>, answer: Memo<Answer>) -> impl IntoView {
    let empty = Memo::new(move |_| answer.with(Answer::is_empty));
    let words = Memo::new(move |_| {
        let empty = empty.get();
        column.with(|c| {
            c.as_ref()
                .map_or(Said::Nothing, |c| said(&c.contribution, empty))
        })
    });
    move || match words.get() {
        Said::Nothing => ().into_any(),
        Said::Quietly(text) => view! { <p class="quiet">{text}</p> }.into_any(),
        Said::Clearly { tone, reason, way } => view! {
            <div class="trouble" data-tone=tone.class()>
                <p>{reason}</p>
                {(!way.is_empty()).then(|| view! { <p class="quiet">{way}</p> })}
            </div>
        }
        .into_any(),
    }
}
