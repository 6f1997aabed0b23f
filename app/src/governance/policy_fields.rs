//! The fields of a policy's form.

use leptos::prelude::*;
use model::Action;

use crate::components::{Field, describe};
use crate::labels::Labelled;

/// What an action lets an agent do, in a sentence.
pub const fn meaning(action: Action) -> &'static str {
    match action {
        Action::Read => "It may read such an artifact.",
        Action::Propose => "It may propose one; a person decides.",
        Action::Delegate => "It may hand a part of that work to another agent.",
        Action::AutoApply => {
            "What it proposes may be applied at once, where the agent is autonomous. A person can undo it."
        }
    }
}

/// One checkbox for each action; `chosen` holds them in the order of the set.
#[component]
pub fn ActionBoxes(
    chosen: RwSignal<Vec<Action>>,
    #[prop(into)] error: Signal<Option<String>>,
    #[prop(optional)] disabled: bool,
) -> impl IntoView {
    let boxes = Action::ALL
        .iter()
        .map(|action| view! { <ActionBox action=*action chosen disabled /> });
    view! {
        <fieldset class="field boxes" aria-describedby="allowed_actions-error">
            <legend class="field-label">"Allowed actions"</legend>
            {boxes.collect_view()}
            <p class="field-hint" aria-live="polite">
                {move || {
                    chosen
                        .with(Vec::is_empty)
                        .then_some("Nothing is checked: the agent may do nothing with such artifacts.")
                }}
            </p>
            <p class="field-error" id="allowed_actions-error" role="alert">
                {move || error.get()}
            </p>
        </fieldset>
    }
    .into_any()
}

#[component]
fn ActionBox(action: Action, chosen: RwSignal<Vec<Action>>, disabled: bool) -> impl IntoView {
    let id = format!("action-{action}");
    let hint = format!("{id}-hint");
    let checked = move || chosen.with(|all| all.contains(&action));
    let first = chosen.with_untracked(|all| all.contains(&action));
    let on_change = move |event| {
        let on = event_target_checked(&event);
        chosen.update(|all| {
            all.retain(|other| *other != action);
            if on {
                all.push(action);
                all.sort_unstable();
            }
        });
    };
    view! {
        <div class="box">
            <input
                type="checkbox"
                id=id.clone()
                name="allowed_actions[]"
                value=action.to_string()
                checked=first
                prop:checked=checked
                disabled=disabled
                aria-describedby=hint.clone()
                on:change=on_change
            />
            <label class="box-label" for=id>
                {action.label()}
            </label>
            <span class="box-hint" id=hint>
                {meaning(action)}
            </span>
        </div>
    }
    .into_any()
}

/// A select of a form; the first option is no answer.
#[component]
pub fn SelectField(
    id: &'static str,
    label: &'static str,
    hint: &'static str,
    any: &'static str,
    options: Vec<(String, String)>,
    value: RwSignal<String>,
    #[prop(into)] error: Signal<Option<String>>,
) -> impl IntoView {
    let first = value.get_untracked();
    let none = first.is_empty();
    let options = options.into_iter().map(move |(key, text)| {
        let selected = key == first;
        view! {
            <option value=key selected=selected>
                {text}
            </option>
        }
    });
    view! {
        <Field id=id label=label hint=hint error=error>
            <select
                class="select"
                id=id
                name=id
                required
                aria-describedby=describe(id)
                on:change=move |event| value.set(event_target_value(&event))
            >
                <option value="" selected=none>
                    {any}
                </option>
                {options.collect_view()}
            </select>
        </Field>
    }
    .into_any()
}
