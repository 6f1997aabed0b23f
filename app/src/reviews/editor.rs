//! The editor of a revision: a field for each part of the artifact.

use leptos::prelude::*;
use model::{Part, PartKind, Verdict, list_of, parts, text_of, with_stand_ins};
use serde_json::{Map, Value};

use super::desk::{Desk, Mode};
use super::difference::Difference;

/// Fields, the difference as it grows, and what to do with it.
#[component]
pub fn Editor(desk: Desk) -> impl IntoView {
    let proposal = desk.proposal();
    let of = proposal.artifact_type.clone();
    let shown = proposal.content.unwrap_or(Value::Null);
    let draft = RwSignal::new(match with_stand_ins(&of, &shown) {
        Value::Object(fields) => fields,
        _ => Map::new(),
    });
    let fields = parts(&of)
        .iter()
        .enumerate()
        .map(|(place, part)| view! { <PartField desk draft part first=place == 0 /> })
        .collect_view();
    let save = move || desk.decide(Verdict::Revised, Some(Value::Object(draft.get_untracked())));
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
            event.prevent_default();
            save();
        } else if event.key() == "Escape" {
            desk.mode.set(Mode::Reading);
        }
    };
    view! {
        <div class="review-editor" data-testid="editor" on:keydown=on_key>
            {fields}
            <p class="answer-label">"What you change"</p>
            {move || {
                let new = Value::Object(draft.get());
                view! {
                    <Difference artifact_type=of.clone() old=shown.clone() new label="What you change" />
                }
            }}
            <div class="decision-actions">
                <button type="button" class="btn btn-primary" data-testid="save-revision"
                    disabled=move || desk.pending.get() on:click=move |_| save()>
                    "Accept my text"
                </button>
                <button type="button" class="btn btn-quiet"
                    on:click=move |_| desk.mode.set(Mode::Reading)>
                    "Cancel"
                </button>
            </div>
        </div>
    }
    .into_any()
}

#[component]
fn PartField(
    desk: Desk,
    draft: RwSignal<Map<String, Value>>,
    part: &'static Part,
    first: bool,
) -> impl IntoView {
    let begin = draft.with_untracked(|fields| match part.kind {
        PartKind::List => list_of(fields, part.name).join("\n"),
        PartKind::Line | PartKind::Text => {
            text_of(fields, part.name).unwrap_or_default().to_owned()
        }
    });
    let write = move |text: String| {
        let value = match part.kind {
            PartKind::List => text
                .lines()
                .map(str::trim)
                .filter(|line| !line.is_empty())
                .map(|line| Value::String(line.to_owned()))
                .collect::<Vec<_>>()
                .into(),
            PartKind::Line | PartKind::Text => Value::String(text),
        };
        draft.update(|fields| drop(fields.insert(part.name.to_owned(), value)));
    };
    let error = move || {
        let name = format!("revised_content.{}", part.name);
        desk.refusal.get().and_then(|error| error.field(&name))
    };
    let id = format!("revise-{}", part.name);
    let control = if part.kind == PartKind::Line {
        view! {
            <input class="input" id=id.clone() value=begin autofocus=first
                on:input=move |event| write(event_target_value(&event)) />
        }
        .into_any()
    } else {
        let rows = if part.kind == PartKind::List {
            "4"
        } else {
            "6"
        };
        view! {
            <textarea class="textarea" id=id.clone() rows=rows autofocus=first
                on:input=move |event| write(event_target_value(&event))>
                {begin}
            </textarea>
        }
        .into_any()
    };
    let focused = id.clone();
    if first {
        Effect::new(move |_| {
            let id = focused.clone();
            request_animation_frame(move || super::actions::focus(&id));
        });
    }
    view! {
        <div class="field" class:field-wrong=move || error().is_some()>
            <label class="field-label" for=id>
                {part.label}
                {(part.kind == PartKind::List)
                    .then(|| view! { <span class="field-optional">"one a line"</span> })}
            </label>
            {control}
            <p class="field-error" role="alert">{error}</p>
        </div>
    }
    .into_any()
}
