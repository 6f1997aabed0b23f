//! What the records suggest; a steward confirms it or sets it aside.

use leptos::html;
use leptos::prelude::*;
use model::{Caller, Role, Suggestion, SuggestionKind, SuggestionStatus};

use super::words;
use crate::agents::trust_says;
use crate::components::{Dialog, Notice, Refused, StatePill, close_dialog, open_dialog};
use crate::error::refusal;
use crate::labels::{Labelled, Tone};
use crate::server_fns::performance::{ConfirmSuggestion, DismissSuggestion};

/// Both actions; a page has them once, its suggestions come and go.
#[derive(Clone, Copy)]
pub struct Acts {
    pub confirm: ServerAction<ConfirmSuggestion>,
    pub dismiss: ServerAction<DismissSuggestion>,
}

impl Acts {
    pub fn new() -> Self {
        Self {
            confirm: ServerAction::new(),
            dismiss: ServerAction::new(),
        }
    }

    /// Another number after each that was sent.
    pub fn version(self) -> usize {
        self.confirm.version().get() + self.dismiss.version().get()
    }

    /// The last that was followed or set aside.
    fn done(self) -> Option<Suggestion> {
        let of = |value: Option<Result<Suggestion, _>>| value.and_then(Result::ok);
        let (confirmed, dismissed) = (
            of(self.confirm.value().get()),
            of(self.dismiss.value().get()),
        );
        match (confirmed, dismissed) {
            (Some(one), Some(other)) if other.decided_at > one.decided_at => Some(other),
            (Some(one), _) => Some(one),
            (None, other) => other,
        }
    }
}

/// What came of the last action. Above the suggestions, which are read anew.
#[component]
pub fn ActsNotice(acts: Acts) -> impl IntoView {
    let confirm = refusal(acts.confirm.value());
    let dismiss = refusal(acts.dismiss.value());
    move || {
        let refused = confirm.get().or_else(|| dismiss.get());
        match (refused, acts.done()) {
            (Some(error), _) => view! { <Refused error /> }.into_any(),
            (None, Some(done)) => view! { <Done done /> }.into_any(),
            (None, None) => ().into_any(),
        }
    }
}

#[component]
fn Done(done: Suggestion) -> impl IntoView {
    let agent = format!("/agents/{}", done.agent_registration_id);
    let name = done.agent_name.clone();
    if done.status == SuggestionStatus::Dismissed {
        return view! {
            <Notice tone=Tone::Neutral title="The suggestion was set aside">
                <p>{format!("The same is not suggested of {name} for 30 days, as long as the agent stays as it is.")}</p>
            </Notice>
        }
        .into_any();
    }
    let (says, to, word) = match (done.kind, done.to_level) {
        (SuggestionKind::Promotion | SuggestionKind::Demotion, Some(level)) => (
            format!("The trust of {name} is {} now.", level.label()),
            agent,
            "See the agent",
        ),
        _ => (
            format!(
                "{name} is asked before {} now.",
                done.over_agent_name.as_deref().unwrap_or("the other agent")
            ),
            "/routing".to_owned(),
            "See the routing",
        ),
    };
    view! {
        <div data-testid="suggestion-done">
            <Notice tone=Tone::Good title="Confirmed">
                <p>
                    {says} " The audit keeps the evidence. "
                    <a class="link" href=to>
                        {word}
                    </a>
                </p>
            </Notice>
        </div>
    }
    .into_any()
}

/// Those that are open.
#[component]
pub fn Suggestions(
    suggestions: Vec<Suggestion>,
    caller: Caller,
    acts: Acts,
    /// On the page of several agents each leads to its own.
    #[prop(optional)]
    links: bool,
) -> impl IntoView {
    let may = caller.may(Role::Steward);
    let rows = suggestions.into_iter().map(|suggestion| {
        view! { <One suggestion may acts links /> }
    });
    view! { <ul class="suggestions">{rows.collect_view()}</ul> }.into_any()
}

#[component]
fn One(suggestion: Suggestion, may: bool, acts: Acts, links: bool) -> impl IntoView {
    let kind = suggestion.kind;
    let evidence = words::evidence(&suggestion);
    let since = suggestion
        .evidence
        .since_version
        .map(|version| format!(", since version {version}"));
    let period = words::period(suggestion.evidence.period_end);
    let to = format!("/agents/{}/performance", suggestion.agent_registration_id);
    let link = links.then(|| view! { " "<a class="link" href=to>"All its numbers"</a> });
    view! {
        <li class="suggestion" data-testid="suggestion" data-kind=kind.as_str()>
            <p class="suggestion-head">
                <StatePill value=move || kind />
                <strong>{words::wants(&suggestion)}</strong>
            </p>
            <p data-testid="evidence">{evidence}</p>
            <p class="quiet">{period} {since} "." {link}</p>
            {if may {
                view! { <Decide suggestion acts /> }.into_any()
            } else {
                view! { <p class="quiet">"Nothing changes before a steward confirms it."</p> }.into_any()
            }}
        </li>
    }
    .into_any()
}

#[component]
fn Decide(suggestion: Suggestion, acts: Acts) -> impl IntoView {
    let id = suggestion.id.to_string();
    let comment = format!("why-{id}");
    let busy = move || acts.confirm.pending().get() || acts.dismiss.pending().get();
    let (plain, dismissed) = (id.clone(), id.clone());
    view! {
        <div class="suggestion-acts">
            <Confirm suggestion acts />
            <div class="without-script">
                <ActionForm action=acts.confirm>
                    <input type="hidden" name="id" value=plain />
                    <button type="submit" class="btn btn-primary btn-small">"Confirm"</button>
                </ActionForm>
            </div>
            <details class="dismiss">
                <summary class="btn btn-small" data-testid="dismiss">"Dismiss"</summary>
                <ActionForm action=acts.dismiss>
                    <div class="dismiss-body">
                        <input type="hidden" name="id" value=dismissed />
                        <label class="field-label" for=comment.clone()>
                            "Why" <span class="field-optional">"optional"</span>
                        </label>
                        <textarea class="input" id=comment name="comment" rows="2" maxlength="10000"></textarea>
                        <button type="submit" class="btn btn-small" data-testid="dismiss-send" disabled=busy>
                            "Set it aside"
                        </button>
                    </div>
                </ActionForm>
            </details>
        </div>
    }
    .into_any()
}

/// Asks before it changes the agent or its route.
#[component]
fn Confirm(suggestion: Suggestion, acts: Acts) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    let id = suggestion.id.to_string();
    let dialog_id = format!("confirm-{id}");
    let says = match suggestion.to_level {
        Some(level) => format!("{}: {}", level.label(), trust_says(level)),
        None => "The order of the route changes; both agents stay in it.".to_owned(),
    };
    let busy = move || acts.confirm.pending().get();
    view! {
        <button
            type="button"
            class="btn btn-primary btn-small needs-script"
            data-testid="confirm"
            on:click=move |_| open_dialog(dialog)
        >
            "Confirm"
        </button>
        <Dialog node=dialog id=dialog_id title=words::wants(&suggestion)>
            <p>{words::evidence(&suggestion)}</p>
            <p>{says}</p>
            <p class="quiet">"The audit keeps who confirmed it and what it rests on."</p>
            <ActionForm action=acts.confirm>
                <input type="hidden" name="id" value=id />
                <div class="dialog-actions">
                    <button type="button" class="btn" on:click=move |_| close_dialog(dialog)>
                        "Not now"
                    </button>
                    <button
                        type="submit"
                        class="btn btn-primary"
                        data-testid="confirm-send"
                        disabled=busy
                    >
                        "Confirm"
                    </button>
                </div>
            </ActionForm>
        </Dialog>
    }
    .into_any()
}
