//! The editor of a revised text.

use leptos::prelude::*;
use model::{FieldError, Verdict};
use serde_json::Value;

use super::decisions::{Choice, Decisions};
use super::follow::Live;
use super::revision::{self, FieldKind, RevisionField};
use crate::format;

/// The form while it is being written.
#[derive(Clone, Copy)]
struct Draft {
    fields: StoredValue<Vec<(RevisionField, RwSignal<String>)>>,
    errors: RwSignal<Vec<FieldError>>,
    decisions: Decisions,
}

impl Draft {
    fn new(content: Option<&Value>, decisions: Decisions) -> Self {
        let fields = revision::fields_of(content).into_iter().map(|field| {
            let value = RwSignal::new(field.value.clone());
            (field, value)
        });
        Self {
            fields: StoredValue::new(fields.collect()),
            errors: RwSignal::new(Vec::new()),
            decisions,
        }
    }

    /// Decides on the written text, or says what is wrong with it.
    fn send(self) {
        let written: Vec<RevisionField> = self.fields.with_value(|fields| {
            let written = fields.iter().map(|(field, value)| RevisionField {
                value: value.get_untracked(),
                ..field.clone()
            });
            written.collect()
        });
        match revision::compose(&written) {
            Ok(content) => {
                self.errors.set(Vec::new());
                let choice = Choice {
                    revised_content: Some(content),
                    ..Choice::default()
                };
                self.decisions.decide(Verdict::Revised, choice);
            }
            Err(wrong) => self.errors.set(wrong),
        }
    }
}

/// One text area for each field; what it gives becomes the text that stands.
#[component]
pub fn Revise(
    live: Live,
    decisions: Decisions,
    content: Option<Value>,
    revising: RwSignal<bool>,
) -> impl IntoView {
    // Without a synthesis, the first readable answer is a beginning.
    let content = content.or_else(|| {
        live.state.with_untracked(|s| {
            let first = super::board::standing(s).into_iter().next();
            first.and_then(|c| c.content.clone())
        })
    });
    let draft = Draft::new(content.as_ref(), decisions);
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        let sends = event.key() == "Enter" && (event.ctrl_key() || event.meta_key());
        if sends && !decisions.pending.get_untracked() {
            event.prevent_default();
            draft.send();
        }
    };
    let inputs = draft.fields.get_value().into_iter();
    view! {
        <div class="revise" data-testid="revise-form" on:keydown=on_key>
            <h3 class="answer-label">"Your revision"</h3>
            <div class="form">
                {inputs
                    .map(|(field, value)| view! { <Input field value errors=draft.errors /> })
                    .collect_view()}
            </div>
            <Actions draft revising />
        </div>
    }
    .into_any()
}

#[component]
fn Actions(draft: Draft, revising: RwSignal<bool>) -> impl IntoView {
    view! {
        <div class="decision-actions">
            <button
                type="button"
                class="btn btn-primary"
                data-testid="save-revision"
                disabled=move || draft.decisions.pending.get()
                on:click=move |_| draft.send()
            >
                "Decide on this text"
            </button>
            <button type="button" class="btn" on:click=move |_| revising.set(false)>
                "Discard"
            </button>
            <span class="form-hint">
                <kbd class="kbd">"Ctrl"</kbd>
                <kbd class="kbd">"Enter"</kbd>
            </span>
        </div>
    }
    .into_any()
}

#[component]
fn Input(
    field: RevisionField,
    value: RwSignal<String>,
    errors: RwSignal<Vec<FieldError>>,
) -> impl IntoView {
    let id = format!("revise-{}", field.key);
    let error_id = format!("{id}-error");
    let (rows, hint) = match (field.kind, field.key.as_str()) {
        (FieldKind::Share, _) => (1, "A number from 0 to 1."),
        (FieldKind::Lines, _) => (4, "One entry a line."),
        (FieldKind::Json, _) => (6, "JSON."),
        (FieldKind::Text, "recommendation") => (2, "A short phrase."),
        (FieldKind::Text, _) => (6, ""),
    };
    let key = field.key.clone();
    let error = Memo::new(move |_| {
        errors.with(|all| {
            all.iter()
                .find(|e| e.field == key)
                .map(|e| e.message.clone())
        })
    });
    view! {
        <div class="field" class:field-wrong=move || error.get().is_some()>
            <label class="field-label" for=id.clone()>
                {format::words(&field.key)}
            </label>
            <textarea
                class="textarea"
                class:mono=field.kind == FieldKind::Json
                id=id
                name=field.key.clone()
                rows=rows.to_string()
                aria-describedby=error_id.clone()
                prop:value=move || value.get()
                on:input=move |event| value.set(event_target_value(&event))
            ></textarea>
            <p class="field-hint">{hint}</p>
            <p class="field-error" id=error_id role="alert">
                {move || error.get()}
            </p>
        </div>
    }
    .into_any()
}
