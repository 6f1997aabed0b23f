//! Handing on a subtask: to whom, what, and with how many tokens.

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::{Delegation, ProposalId, Receiver, Role, TOKEN_BUDGET_DEFAULT};

use crate::components::{Field, Refused, describe, sentence};
use crate::error::refusal;
use crate::format;
use crate::labels::Labelled;
use crate::server_fns::delegations::{Delegate, DelegateForm, read_delegate_form};

/// Refusals that are about the agent.
const OF_AGENT: &[&str] = &[
    "agent_inactive",
    "own_ancestor",
    "trust_above_ancestors",
    "limit_not_enforceable",
];

/// The form, or why nothing can be delegated.
#[component]
pub fn DelegateBox(
    id: ProposalId,
    may: bool,
    first: DelegateForm,
    /// What is offered may have changed.
    changes: Signal<()>,
    started: Callback<Delegation>,
) -> impl IntoView {
    let form = RwSignal::new(first);
    let read = move || {
        spawn_local(async move {
            if let Ok(now) = read_delegate_form(id).await {
                form.try_set(now);
            }
        });
    };
    Effect::new(move |before: Option<()>| {
        changes.get();
        // What the server rendered is of this moment.
        if before.is_some() {
            read();
        }
    });
    let refused = Memo::new(move |_| form.with(|form| form.options.refused.clone()));
    move || match refused.get() {
        _ if !may => ().into_any(),
        Some(why) => view! {
            <p class="quiet delegate-refused" data-testid="delegate-refused">
                {format!("Nothing can be delegated from here: {}", lower(&why))}
            </p>
        }
        .into_any(),
        None => view! { <Asked id form started /> }.into_any(),
    }
}

/// A sentence after a colon.
fn lower(text: &str) -> String {
    let mut chars = text.chars();
    let second = text.chars().nth(1);
    match chars.next() {
        // A name stays as it is.
        Some(first) if second.is_some_and(char::is_lowercase) && text.starts_with("This ") => {
            first.to_lowercase().chain(chars).collect()
        }
        _ => text.to_owned(),
    }
}

#[component]
fn Asked(
    id: ProposalId,
    form: RwSignal<DelegateForm>,
    started: Callback<Delegation>,
) -> impl IntoView {
    let send = ServerAction::<Delegate>::new();
    let pending = send.pending();
    let error = refusal(send.value());
    let scope = NodeRef::<leptos::html::Textarea>::new();
    let open = NodeRef::<leptos::html::Details>::new();
    Effect::new(move |_| {
        if let Some(Ok(new)) = send.value().get() {
            if let Some(scope) = scope.get_untracked() {
                scope.set_value("");
            }
            if let Some(open) = open.get_untracked() {
                // Fails only where it is not there.
                let _ = open.remove_attribute("open");
            }
            started.run(new);
        }
    });
    let of_scope = Signal::derive(move || error.get().and_then(|e| e.field("scope")));
    let of_budget = Signal::derive(move || {
        let error = error.get()?;
        let own = error.is("budget_exceeded").then(|| error.message.clone());
        error.field("token_budget").or(own)
    });
    let of_agent = Signal::derive(move || {
        let error = error.get()?;
        let own = OF_AGENT
            .contains(&error.code.as_str())
            .then(|| error.message.clone());
        error.field("receiving_agent_id").or(own)
    });
    let elsewhere = move || {
        let placed = of_scope
            .get()
            .or(of_budget.get())
            .or(of_agent.get())
            .is_some();
        error.get().filter(|_| !placed)
    };
    let first_key = form.with_untracked(|form| form.idempotency_key.clone());
    view! {
        <details class="delegate" node_ref=open open=move || error.get().is_some()>
            <summary class="btn btn-small" data-testid="delegate-open">"Delegate a subtask"</summary>
            <ActionForm action=send>
                <div class="form delegate-form" data-testid="delegate-form">
                    <input type="hidden" name="id" value=id.to_string() />
                    <input type="hidden" name="idempotency_key" value=first_key
                        prop:value=move || form.with(|form| form.idempotency_key.clone()) />
                    <Agents form error=of_agent />
                    <div class="delegate-rest">
                        <Field id="scope" label="Subtask" hint="What this agent is to do, and no more. It sees this answer and the source." error=of_scope>
                            <textarea class="textarea" id="scope" name="scope" rows="4" required
                                node_ref=scope aria-describedby=describe("scope")></textarea>
                        </Field>
                        <Budget form error=of_budget />
                        <div class="form-actions">
                            <button type="submit" class="btn btn-primary" data-testid="delegate-send"
                                disabled=move || pending.get()>
                                {move || if pending.get() { "Delegating …" } else { "Delegate" }}
                            </button>
                        </div>
                        {move || elsewhere().map(|error| view! { <Refused error /> })}
                    </div>
                </div>
            </ActionForm>
        </details>
    }
    .into_any()
}

#[component]
fn Budget(form: RwSignal<DelegateForm>, error: Signal<Option<String>>) -> impl IntoView {
    let said = move || {
        form.with(|form| {
            let options = &form.options;
            format!(
                "{} of {} are left here. The question itself takes about {}; the rest is for the answer and for what it hands on. {} may follow.",
                format::count(options.left_tokens),
                format::counted(options.limit_tokens, "token", "tokens"),
                format::count(options.question_tokens),
                format::counted(i64::from(options.levels_left), "level", "levels"),
            )
        })
    };
    view! {
        <div class="field" class:field-wrong=move || error.get().is_some()>
            <label class="field-label" for="token_budget">"Token budget"</label>
            <input class="input delegate-budget" id="token_budget" name="token_budget" type="number"
                inputmode="numeric" step="1" min="1" required value=TOKEN_BUDGET_DEFAULT.to_string()
                aria-describedby=describe("token_budget") />
            <p class="field-hint" id="token_budget-hint" data-testid="delegate-left">{said}</p>
            <p class="field-error" id="token_budget-error" role="alert">
                {move || error.get().map(sentence)}
            </p>
        </div>
    }
    .into_any()
}

/// All agents of the hub; those that may not be asked with the reason.
#[component]
fn Agents(form: RwSignal<DelegateForm>, error: Signal<Option<String>>) -> impl IntoView {
    let agents = Memo::new(move |_| form.with(|form| form.options.agents.clone()));
    let nobody = Memo::new(move |_| agents.with(|all| all.iter().all(|one| one.refused.is_some())));
    view! {
        <fieldset class="field receivers" class:field-wrong=move || error.get().is_some()
            aria-describedby="receiver-error">
            <legend class="field-label">"Receiving agent"</legend>
            <div class="receivers-list">
                {move || agents.get().into_iter().map(receiver).collect_view()}
            </div>
            {move || {
                nobody
                    .get()
                    .then(|| {
                        view! {
                            <p class="field-hint" data-testid="no-receiver">
                                "No other agent of this hub may be asked here. A steward can register one that is trusted no more than those above."
                            </p>
                        }
                    })
            }}
            <p class="field-error" id="receiver-error" role="alert">
                {move || error.get().map(sentence)}
            </p>
        </fieldset>
    }
    .into_any()
}

fn receiver(one: Receiver) -> AnyView {
    let field = format!("receiver-{}", one.id);
    let hint = format!("{field}-hint");
    let may = one.refused.is_none();
    let name = one.name.clone();
    let model = format!(
        "{} · {} · {}",
        one.provider.label(),
        one.model_name,
        one.trust_level.label()
    );
    view! {
        <div class="receiver" class:receiver-refused=!may data-testid="receiver" data-agent=name>
            <input type="radio" id=field.clone() name="receiving_agent_id" value=one.id.to_string()
                disabled=!may required=may aria-describedby=hint.clone() />
            <label class="box-label" for=field>{one.name}</label>
            <span class="box-hint" id=hint>
                {model}
                {one.refused.map(|why| view! { <span class="receiver-why">{why}</span> })}
            </span>
        </div>
    }
    .into_any()
}

/// Whoever looks may delegate.
pub fn may_delegate(caller: &model::Caller) -> bool {
    caller.may(Role::Reviewer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_goes_on_after_a_colon() {
        assert_eq!(lower("This proposal ended."), "this proposal ended.");
        assert_eq!(lower("Lantern allows 2."), "Lantern allows 2.");
        assert_eq!(lower(""), "");
    }
}
