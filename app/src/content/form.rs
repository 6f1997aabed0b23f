//! What the forms of content have in common: saving, a save on an old version,
//! the fields.

use std::future::Future;
use std::pin::Pin;

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::{Caller, Role, validate};

use crate::components::{
    Conflict, ConflictPanel, Draft, Field, Fields, Notice, Shown, Texts, describe,
};
use crate::error::AppError;
use crate::format;
use crate::labels::{Labelled, Tone};

/// The stable code of a save on an old version.
const STALE: &str = "stale_version";

/// What stands in the database now: version and texts.
pub type Now = Pin<Box<dyn Future<Output = Result<Option<(i32, Texts)>, AppError>>>>;

/// A form under way.
#[derive(Clone, Copy)]
pub struct Saving {
    pub draft: Draft,
    pub refusal: Signal<Option<AppError>>,
    /// The version that a save changes; `None` of something new.
    pub version: RwSignal<Option<i32>>,
    conflict: RwSignal<Option<Conflict>>,
    unread: RwSignal<Option<AppError>>,
}

impl Saving {
    /// `read` reads what was saved meanwhile, when a save came too late.
    pub fn new(
        fields: Fields,
        version: Option<i32>,
        begun: Texts,
        refusal: Signal<Option<AppError>>,
        read: impl Fn() -> Now + 'static,
    ) -> Self {
        let saving = Self {
            draft: Draft::new(fields, begun.clone()),
            refusal,
            version: RwSignal::new(version),
            conflict: RwSignal::new(None),
            unread: RwSignal::new(None),
        };
        let base = StoredValue::new(begun);
        Effect::new(move |_| {
            if !refusal.get().is_some_and(|error| error.is(STALE)) {
                return;
            }
            let yours = saving.draft.texts();
            let now = read();
            spawn_local(async move {
                match now.await {
                    Ok(Some((version, theirs))) => saving.meet(base, version, theirs, yours),
                    Ok(None) => {}
                    Err(error) => saving.unread.set(Some(error)),
                }
            });
        });
        saving
    }

    fn meet(self, base: StoredValue<Texts>, version: i32, theirs: Texts, yours: Texts) {
        let met = base.with_value(|base| Conflict::new(base, version, theirs.clone(), yours));
        met.settle(self.draft);
        self.version.set(Some(version));
        base.set_value(theirs);
        self.conflict.set(Some(met));
    }

    /// What is wrong with a field.
    pub fn error(self, field: &'static str) -> Signal<Option<String>> {
        let refusal = self.refusal;
        Signal::derive(move || refusal.get().and_then(|error| error.field(field)))
    }
}

/// The refusal of an action.
pub fn refusal_of<T: Clone + Send + Sync + 'static>(
    value: MappedSignal<Option<Result<T, AppError>>>,
) -> Signal<Option<AppError>> {
    Signal::derive(move || value.with(|v| v.as_ref().and_then(|r| r.as_ref().err().cloned())))
}

/// Both texts or the refusal, then the form; Ctrl and Enter send it.
#[component]
pub fn Around(
    saving: Saving,
    shown: Shown,
    busy: Signal<bool>,
    node: NodeRef<html::Form>,
    children: Children,
) -> impl IntoView {
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Enter"
            && (event.ctrl_key() || event.meta_key())
            && !busy.get_untracked()
            && let Some(form) = node.get_untracked()
        {
            event.prevent_default();
            // Refused only where the browser finds a field wrong; it says so.
            let _ = form.request_submit();
        }
    };
    let said = move || match saving.conflict.get() {
        Some(conflict) => view! { <ConflictPanel conflict draft=saving.draft shown /> }.into_any(),
        None => {
            let error = saving.unread.get().or(saving.refusal.get());
            error.map(|error| view! { <NotSaved error /> }).into_any()
        }
    };
    view! {
        <div class="form-page" on:keydown=on_key>
            {said}
            {children()}
        </div>
    }
    .into_any()
}

#[component]
fn NotSaved(error: AppError) -> impl IntoView {
    let text = if error.errors.is_empty() {
        error.message
    } else {
        "The form has fields that are wrong; each says what it wants.".to_owned()
    };
    view! {
        <Notice tone=Tone::Bad title="This has not been saved">
            <p>{text}</p>
        </Notice>
    }
}

/// Which row is changed, and on which version; nothing of a new one.
#[component]
pub fn Which(id: Option<String>, hub: model::HubId, saving: Saving) -> impl IntoView {
    let version = saving.version;
    let now = move || version.get().unwrap_or(0).to_string();
    view! {
        <input type="hidden" name="hub_id" value=hub.to_string() />
        {id
            .map(|id| {
                view! {
                    <input type="hidden" name="id" value=id />
                    <input
                        type="hidden"
                        name="version"
                        value=version.get_untracked().unwrap_or(0).to_string()
                        prop:value=now
                    />
                }
            })}
    }
    .into_any()
}

/// The buttons.
#[component]
pub fn Send(saving: Saving, busy: Signal<bool>, add: &'static str, back: String) -> impl IntoView {
    view! {
        <div class="form-actions">
            <button
                type="submit"
                class="btn btn-primary"
                data-testid="save"
                disabled=move || busy.get()
            >
                {move || match (busy.get(), saving.version.get()) {
                    (true, _) => "Saving …".to_owned(),
                    (false, Some(version)) => format!("Save as version {}", version + 1),
                    (false, None) => add.to_owned(),
                }}
            </button>
            <a class="btn" href=back>
                "Cancel"
            </a>
            <span class="form-hint needs-script">
                <kbd class="kbd">"Ctrl"</kbd>
                <kbd class="kbd">"Enter"</kbd>
            </span>
        </div>
    }
    .into_any()
}

/// A field of one line.
#[component]
pub fn LineField(
    saving: Saving,
    id: &'static str,
    label: &'static str,
    #[prop(optional)] hint: &'static str,
    #[prop(default = validate::NAME_MAX)] max: usize,
    #[prop(optional, into)] typed: Option<Callback<()>>,
) -> impl IntoView {
    let value = saving.draft.of(id);
    let initial = value.get_untracked();
    view! {
        <Field id=id label=label hint=hint error=saving.error(id)>
            <input
                class="input"
                id=id
                name=id
                maxlength=max.to_string()
                required
                autocomplete="off"
                value=initial
                prop:value=move || value.get()
                on:input=move |event| {
                    value.set(event_target_value(&event));
                    if let Some(typed) = typed {
                        typed.run(());
                    }
                }
                aria-describedby=describe(id)
            />
        </Field>
    }
    .into_any()
}

/// A field of many lines, with what is left of it.
#[component]
pub fn TextField(
    saving: Saving,
    id: &'static str,
    label: &'static str,
    #[prop(optional)] hint: &'static str,
    #[prop(default = 8)] rows: u32,
    #[prop(optional)] optional: bool,
) -> impl IntoView {
    let value = saving.draft.of(id);
    let initial = value.get_untracked();
    let max = i64::try_from(validate::TEXT_MAX).unwrap_or(i64::MAX);
    let length = Memo::new(move |_| {
        value.with(|text| i64::try_from(text.chars().count()).unwrap_or(i64::MAX))
    });
    let count = move || {
        format!(
            "{} of {} characters",
            format::count(length.get()),
            format::count(max)
        )
    };
    view! {
        <Field id=id label=label hint=hint error=saving.error(id) optional=optional>
            <textarea
                class="textarea"
                id=id
                name=id
                rows=rows.to_string()
                required=!optional
                prop:value=move || value.get()
                on:input=move |event| value.set(event_target_value(&event))
                aria-describedby=describe(id)
            >
                {initial}
            </textarea>
            <p class="field-count" class:field-count-over=move || { length.get() > max }>
                {count}
            </p>
        </Field>
    }
    .into_any()
}

/// A select; with `none` it may be left empty.
#[component]
pub fn SelectField(
    saving: Saving,
    id: &'static str,
    label: &'static str,
    #[prop(optional)] hint: &'static str,
    options: Vec<(String, String)>,
    #[prop(optional)] none: Option<&'static str>,
) -> impl IntoView {
    let value = saving.draft.of(id);
    let chosen = value.get_untracked();
    let options = options.into_iter().map(|(word, text)| {
        let selected = word == chosen;
        view! {
            <option value=word selected=selected>
                {text}
            </option>
        }
    });
    let options = options.collect_view();
    view! {
        <Field id=id label=label hint=hint error=saving.error(id) optional=none.is_some()>
            <select
                class="select"
                id=id
                name=id
                prop:value=move || value.get()
                on:change=move |event| value.set(event_target_value(&event))
                aria-describedby=describe(id)
            >
                {none.map(|text| view! { <option value="">{text}</option> })}
                {options}
            </select>
        </Field>
    }
    .into_any()
}

/// Whether the caller may save; else who may.
pub fn may_not(caller: &Caller, needed: Role, what: &'static str) -> Option<AnyView> {
    (!caller.may(needed)).then(|| {
        view! {
            <h1 class="page-title">{what}</h1>
            <Notice tone=Tone::Warn title="Your role does not allow this">
                <p>{format!("This needs the role {}. An admin can give it to you.", needed.label())}</p>
            </Notice>
        }
        .into_any()
    })
}

/// Title and a sentence above a form.
#[component]
pub fn FormHead(#[prop(into)] title: String, #[prop(into)] lead: String) -> impl IntoView {
    view! {
        <div class="page-head">
            <div>
                <h1 class="page-title">{title}</h1>
                <p class="page-lead">{lead}</p>
            </div>
        </div>
    }
    .into_any()
}
