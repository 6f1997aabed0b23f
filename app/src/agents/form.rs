//! The form of an agent, new or to be changed.

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::{Provider, validate};

use super::draft::{FIELDS, nothing, shown, texts};
use super::trust::TrustField;
use crate::components::{Conflict, ConflictPanel, Draft, Field, Notice, TagInput, describe};
use crate::error::AppError;
use crate::format;
use crate::labels::{Labelled, Tone};
use crate::server_fns::agents::{AgentForm, SaveAgent, read_agent_form};

/// The stable code of a save on an old version.
const STALE: &str = "stale_version";

/// All fields, with what is wrong at each.
#[component]
pub fn Form(form: AgentForm) -> impl IntoView {
    let save = ServerAction::<SaveAgent>::new();
    let value = save.value();
    let refusal =
        Signal::derive(move || value.with(|v| v.as_ref().and_then(|r| r.as_ref().err().cloned())));
    let at = move |field: &'static str| {
        Signal::derive(move || refusal.get().and_then(|e| e.field(field)))
    };
    let begun = form.agent.as_ref().map_or_else(nothing, texts);
    let draft = Draft::new(FIELDS, begun.clone());
    let base = StoredValue::new(begun);
    let id = form.agent.as_ref().map(|agent| agent.id);
    let version = RwSignal::new(form.agent.as_ref().map(|agent| agent.version));
    let conflict = RwSignal::new(None::<Conflict>);
    let unread = RwSignal::new(None::<AppError>);
    Effect::new(move |_| {
        if !refusal.get().is_some_and(|error| error.is(STALE)) {
            return;
        }
        let yours = draft.texts();
        spawn_local(async move {
            match read_agent_form(None, id).await {
                Ok(now) => {
                    let Some(theirs) = now.and_then(|now| now.agent) else {
                        return;
                    };
                    let met = base.with_value(|base| {
                        Conflict::new(base, theirs.version, texts(&theirs), yours)
                    });
                    met.settle(draft);
                    version.set(Some(met.version));
                    base.set_value(met.theirs.clone());
                    conflict.set(Some(met));
                }
                Err(error) => unread.set(Some(error)),
            }
        });
    });
    let busy =
        Signal::derive(move || save.pending().get() || value.with(|v| matches!(v, Some(Ok(_)))));
    let node = NodeRef::<html::Form>::new();
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
    let in_words = Callback::new(|(field, text): (&str, String)| shown(field, &text));
    let is_new = id.is_none();
    let back = match id {
        Some(id) => format!("/agents/{id}"),
        None => format!("/agents?hub={}", form.hub.slug),
    };
    view! {
        <div class="form-page" on:keydown=on_key>
            {move || match conflict.get() {
                Some(conflict) => view! { <ConflictPanel conflict draft shown=in_words /> }.into_any(),
                None => {
                    refusal
                        .get()
                        .map(|error| view! { <SaveRefusal error=unread.get().unwrap_or(error) /> })
                        .into_any()
                }
            }}
            <ActionForm action=save node_ref=node>
                <div class="form">
                    {id.map(|id| view! { <input type="hidden" name="id" value=id.to_string() /> })}
                    {(!is_new)
                        .then(|| {
                            let shown = move || version.get().unwrap_or(0).to_string();
                            view! {
                                <input
                                    type="hidden"
                                    name="version"
                                    value=version.get_untracked().unwrap_or(0).to_string()
                                    prop:value=shown
                                />
                            }
                        })}
                    <div class="form-pair">
                        <NameField draft error=at("name") suggest=is_new />
                        <SlugField draft error=at("slug") />
                    </div>
                    <HubField form=form.clone() error=at("hub_id") />
                    <DescriptionField draft error=at("description") />
                    <div class="form-pair">
                        <ProviderField draft error=at("provider") />
                        <ModelField draft error=at("model_name") />
                    </div>
                    <TrustField value=draft.of("trust_level") error=at("trust_level") />
                    <Field
                        id="capabilities"
                        label="Capabilities"
                        hint="What routing policies may ask for. Enter or a comma adds one, Backspace takes the last away."
                        error=at("capabilities")
                        optional=true
                    >
                        <TagInput id="capabilities" value=draft.of("capabilities") />
                    </Field>
                    <PromptField draft error=at("system_prompt") />
                    <div class="form-actions">
                        <button
                            type="submit"
                            class="btn btn-primary"
                            data-testid="save-agent"
                            disabled=move || busy.get()
                        >
                            {move || {
                                if busy.get() {
                                    "Saving …".to_owned()
                                } else if is_new {
                                    "Register agent".to_owned()
                                } else {
                                    format!("Save as version {}", version.get().unwrap_or(0) + 1)
                                }
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
                </div>
            </ActionForm>
        </div>
    }
    .into_any()
}

#[component]
fn SaveRefusal(error: AppError) -> impl IntoView {
    let text = if error.errors.is_empty() {
        error.message
    } else {
        "The form has fields that are wrong; each says what it wants.".to_owned()
    };
    view! {
        <Notice tone=Tone::Bad title="The agent has not been saved">
            <p>{text}</p>
        </Notice>
    }
}

/// A field of one line.
#[component]
fn Line(
    id: &'static str,
    value: RwSignal<String>,
    max: usize,
    #[prop(optional, into)] typed: Option<Callback<()>>,
) -> impl IntoView {
    let initial = value.get_untracked();
    view! {
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
    }
    .into_any()
}

#[component]
fn NameField(draft: Draft, error: Signal<Option<String>>, suggest: bool) -> impl IntoView {
    let (name, slug) = (draft.of("name"), draft.of("slug"));
    let last = StoredValue::new(String::new());
    // Follows the name until somebody has written a slug.
    let typed = Callback::new(move |()| {
        if suggest && slug.with_untracked(|slug| last.with_value(|last| slug == last)) {
            let new = name.with_untracked(|name| validate::suggest_slug(name));
            last.set_value(new.clone());
            slug.set(new);
        }
    });
    view! {
        <Field id="name" label="Name" error=error>
            <Line id="name" value=name max=validate::NAME_MAX typed />
        </Field>
    }
    .into_any()
}

#[component]
fn SlugField(draft: Draft, error: Signal<Option<String>>) -> impl IntoView {
    view! {
        <Field id="slug" label="Slug" hint="Lower-case words joined by hyphens." error=error>
            <Line id="slug" value=draft.of("slug") max=validate::SLUG_MAX />
        </Field>
    }
    .into_any()
}

/// An agent stays in the hub in which it was registered.
#[component]
fn HubField(form: AgentForm, error: Signal<Option<String>>) -> impl IntoView {
    let current = form.hub.id;
    if form.agent.is_some() {
        return view! {
            <input type="hidden" name="hub_id" value=current.to_string() />
            <p class="quiet">{format!("Belongs to the hub {}.", form.hub.name)}</p>
        }
        .into_any();
    }
    let options = form.hubs.into_iter().map(move |hub| {
        view! {
            <option value=hub.id.to_string() selected=hub.id == current>
                {hub.name}
            </option>
        }
    });
    view! {
        <Field id="hub_id" label="Hub" hint="It cannot be moved later." error=error>
            <select class="select" id="hub_id" name="hub_id" aria-describedby=describe("hub_id")>
                {options.collect_view()}
            </select>
        </Field>
    }
    .into_any()
}

#[component]
fn DescriptionField(draft: Draft, error: Signal<Option<String>>) -> impl IntoView {
    let value = draft.of("description");
    let initial = value.get_untracked();
    view! {
        <Field
            id="description"
            label="Description"
            hint="For people; the model does not see it."
            error=error
            optional=true
        >
            <textarea
                class="textarea"
                id="description"
                name="description"
                rows="2"
                prop:value=move || value.get()
                on:input=move |event| value.set(event_target_value(&event))
                aria-describedby=describe("description")
            >
                {initial}
            </textarea>
        </Field>
    }
    .into_any()
}

#[component]
fn ProviderField(draft: Draft, error: Signal<Option<String>>) -> impl IntoView {
    let value = draft.of("provider");
    let chosen = value.get_untracked();
    let options = Provider::ALL.iter().map(move |provider| {
        view! {
            <option value=provider.as_str() selected=provider.as_str() == chosen>
                {provider.label()}
            </option>
        }
    });
    view! {
        <Field id="provider" label="Provider" error=error>
            <select
                class="select"
                id="provider"
                name="provider"
                prop:value=move || value.get()
                on:change=move |event| value.set(event_target_value(&event))
                aria-describedby=describe("provider")
            >
                {options.collect_view()}
            </select>
        </Field>
    }
    .into_any()
}

/// How a provider writes the names of its models.
fn example(provider: &str) -> &'static str {
    match provider.parse() {
        Ok(Provider::Openrouter) => "As OpenRouter names it: vendor/model.",
        Ok(Provider::Gemini) => "As Gemini names it, as in gemini-2.5-pro.",
        Ok(Provider::ClaudeCode) => "As the command claude takes it, as in sonnet.",
        Ok(Provider::Openai) | Err(_) => "As the provider names it, as in gpt-4o.",
    }
}

#[component]
fn ModelField(draft: Draft, error: Signal<Option<String>>) -> impl IntoView {
    let provider = draft.of("provider");
    view! {
        <Field id="model_name" label="Model" error=error>
            <Line id="model_name" value=draft.of("model_name") max=validate::NAME_MAX />
            <p class="field-hint">{move || provider.with(|word| example(word))}</p>
        </Field>
    }
    .into_any()
}

#[component]
fn PromptField(draft: Draft, error: Signal<Option<String>>) -> impl IntoView {
    let value = draft.of("system_prompt");
    let initial = value.get_untracked();
    let max = i64::try_from(validate::PROMPT_MAX).unwrap_or(i64::MAX);
    let length = Memo::new(move |_| {
        value.with(|text| i64::try_from(text.chars().count()).unwrap_or(i64::MAX))
    });
    view! {
        <Field
            id="system_prompt"
            label="System prompt"
            hint="Who the agent is and how it answers; it goes before each question."
            error=error
            optional=true
        >
            <textarea
                class="textarea mono system-prompt"
                id="system_prompt"
                name="system_prompt"
                rows="8"
                prop:value=move || value.get()
                on:input=move |event| value.set(event_target_value(&event))
                aria-describedby=describe("system_prompt")
            >
                {initial}
            </textarea>
            <p class="field-count" class:field-count-over=move || { length.get() > max }>
                {move || format!("{} of {} characters", format::count(length.get()), format::count(max))}
            </p>
        </Field>
    }
    .into_any()
}
