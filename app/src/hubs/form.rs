//! The form of a hub.

use leptos::prelude::*;
use leptos_meta::Title;
use model::{GovernanceDefault, Role};

use crate::components::{Field, Notice, Refused, Skeleton, describe};
use crate::error::{AppError, refusal};
use crate::labels::{Labelled, Tone};
use crate::layout::use_hub_slug;
use crate::server_fns::hubs::{CreateHub, read_frame};

/// `/hubs/new`
#[component]
pub fn NewHubPage() -> impl IntoView {
    let hub = use_hub_slug();
    let frame = Resource::new(move || hub.get(), read_frame);
    view! {
        <Title text="New hub" />
        <p class="crumbs">
            <a class="link" href="/hubs">
                "Hubs"
            </a>
        </p>
        <h1 class="page-title page-title-alone">"New hub"</h1>
        <Transition fallback=|| view! { <Skeleton lines=6 /> }>
            {move || Suspend::new(async move {
                match frame.await {
                    Ok(frame) if frame.caller.may(Role::Admin) => view! { <New /> }.into_any(),
                    Ok(_) => view! { <MayNot /> }.into_any(),
                    Err(error) => view! { <Refused error /> }.into_any(),
                }
            })}
        </Transition>
    }
    .into_any()
}

#[component]
fn MayNot() -> impl IntoView {
    view! {
        <Notice tone=Tone::Warn title="Your role does not allow this">
            <p>"Making hubs needs the role admin."</p>
        </Notice>
    }
}

/// What the fields begin with.
#[derive(Clone, Default)]
pub struct HubText {
    pub name: String,
    pub slug: String,
    pub description: String,
}

#[component]
fn New() -> impl IntoView {
    let create = ServerAction::<CreateHub>::new();
    let error = refusal(create.value());
    let busy = Signal::derive(move || create.pending().get());
    let default = RwSignal::new(GovernanceDefault::Permit);
    view! {
        <div class="form-page">
            <HubRefusal error />
            <ActionForm action=create>
                <div class="form">
                    <HubFields text=HubText::default() default error />
                    <SaveHub busy word="Make the hub" />
                </div>
            </ActionForm>
        </div>
    }
    .into_any()
}

/// Why the hub was not saved, where no field says so.
#[component]
pub fn HubRefusal(error: Signal<Option<AppError>>) -> impl IntoView {
    move || {
        let error = error.get()?;
        let text = if error.errors.is_empty() {
            error.message
        } else {
            "The form has fields that are wrong; each says what it wants.".to_owned()
        };
        Some(view! {
            <Notice tone=Tone::Bad title="The hub was not saved">
                <p>{text}</p>
            </Notice>
        })
    }
}

#[component]
pub fn SaveHub(busy: Signal<bool>, word: &'static str) -> impl IntoView {
    view! {
        <div class="form-actions">
            <button type="submit" class="btn btn-primary" data-testid="save-hub" disabled=move || busy.get()>
                {move || if busy.get() { "Saving …" } else { word }}
            </button>
            <a class="btn btn-quiet" href="/hubs">
                "Cancel"
            </a>
        </div>
    }
}

#[component]
pub fn HubFields(
    text: HubText,
    default: RwSignal<GovernanceDefault>,
    error: Signal<Option<AppError>>,
) -> impl IntoView {
    let at =
        move |field: &'static str| Signal::derive(move || error.get().and_then(|e| e.field(field)));
    view! {
        <Field id="name" label="Name" hint="At most 200 characters." error=at("name")>
            <input class="input" id="name" name="name" maxlength="200" required autocomplete="off"
                value=text.name aria-describedby=describe("name") />
        </Field>
        <Field
            id="slug"
            label="Slug"
            hint="Its name in addresses: lower-case words joined by hyphens. A change breaks old links."
            error=at("slug")
        >
            <input class="input mono" id="slug" name="slug" maxlength="64" required autocomplete="off"
                autocapitalize="none" spellcheck="false" value=text.slug aria-describedby=describe("slug") />
        </Field>
        <Field id="description" label="Description" error=at("description") optional=true>
            <textarea class="textarea" id="description" name="description" rows="3"
                aria-describedby=describe("description")>{text.description}</textarea>
        </Field>
        <DefaultField default error=at("governance_default") />
    }
    .into_any()
}

/// Permit or deny, each with what it means.
#[component]
fn DefaultField(
    default: RwSignal<GovernanceDefault>,
    #[prop(into)] error: Signal<Option<String>>,
) -> impl IntoView {
    let first = default.get_untracked();
    let options = GovernanceDefault::ALL.iter().map(|value| {
        let value = *value;
        let id = format!("default-{value}");
        let meaning = match value {
            GovernanceDefault::Permit => "Where no active policy speaks, an agent may act.",
            GovernanceDefault::Deny => "Where no active policy speaks, an agent is blocked.",
        };
        view! {
            <div class="box">
                <input type="radio" id=id.clone() name="governance_default" value=value.to_string()
                    checked=value == first prop:checked=move || default.get() == value
                    on:change=move |_| default.set(value) />
                <label class="box-label" for=id>{value.label()}</label>
                <span class="box-hint">{meaning}</span>
            </div>
        }
    });
    view! {
        <fieldset class="field boxes">
            <legend class="field-label">"Governance default"</legend>
            {options.collect_view()}
            <p class="field-error" role="alert">
                {move || error.get()}
            </p>
        </fieldset>
    }
    .into_any()
}
