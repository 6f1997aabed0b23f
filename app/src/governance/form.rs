//! The form of a policy, with what it would have changed.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};
use model::{Action, Role, WhatIf};

use super::WhatIfPanel;
use super::list::agent_options;
use super::policy_fields::{ActionBoxes, SelectField};
use crate::address::word;
use crate::components::{BothTexts, FieldTexts, Notice, Refused, STALE, Skeleton, TwoTexts};
use crate::error::{AppError, refusal};
use crate::labels::{Labelled, Tone};
use crate::layout::use_hub_slug;
use crate::pages::NoHub;
use crate::server_fns::governance::{
    CreatePolicy, PolicyForm, PolicyQuery, UpdatePolicy, read_policy, read_policy_form,
};

/// `/governance/new`
#[component]
pub fn NewPolicyPage() -> impl IntoView {
    form_page(None)
}

/// `/governance/:id/edit`
#[component]
pub fn EditPolicyPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id")));
    form_page(Some(id))
}

fn form_page(id: Option<Memo<Option<String>>>) -> AnyView {
    let hub = use_hub_slug();
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        query.with(|query| PolicyQuery {
            // A policy knows its hub.
            hub: if id.is_none() { hub.get() } else { None },
            id: id.map(|id| id.get().unwrap_or_default()),
            agent: word(query.get("agent_registration_id")),
            artifact: word(query.get("artifact_type")),
            // Without scripts the form comes back by the address.
            actions: query
                .get("preview")
                .map(|_| query.get_all("allowed_actions[]").unwrap_or_default()),
            active: query.get("is_active").is_some(),
        })
    });
    let form = Resource::new(move || asked.get(), read_policy_form);
    let title = if id.is_some() { "Policy" } else { "New policy" };
    view! {
        <Title text=title />
        <Transition fallback=|| view! { <Skeleton lines=8 /> }>
            {move || Suspend::new(async move {
                let query = asked.get_untracked();
                match form.await {
                    Ok(Some(form)) if form.policy.is_some() => {
                        view! { <Edit form query /> }.into_any()
                    }
                    Ok(Some(form)) if form.caller.may(Role::Steward) => {
                        view! { <New form query /> }.into_any()
                    }
                    Ok(Some(_)) => view! { <MayNot /> }.into_any(),
                    Ok(None) => view! { <NoHub /> }.into_any(),
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
        <h1 class="page-title">"New policy"</h1>
        <Notice tone=Tone::Warn title="Your role does not allow this">
            <p>"Making policies needs the role steward. An admin can give it to you."</p>
        </Notice>
    }
}

fn read_actions(words: &[String]) -> Vec<Action> {
    let mut actions: Vec<Action> = words.iter().filter_map(|word| word.parse().ok()).collect();
    actions.sort_unstable();
    actions.dedup();
    actions
}

#[component]
fn Head(title: String, hub: String, slug: String) -> impl IntoView {
    view! {
        <p class="crumbs">
            <a class="link" href=format!("/governance?hub={slug}")>
                "Governance"
            </a>
        </p>
        <div class="page-head">
            <div>
                <h1 class="page-title">{title}</h1>
                <p class="page-lead">{hub}</p>
            </div>
        </div>
    }
    .into_any()
}

/// Says why nothing was saved, where no field does.
#[component]
fn NotSaved(error: Signal<Option<AppError>>) -> impl IntoView {
    move || {
        let error = error.get()?;
        let text = if error.errors.is_empty() {
            error.message
        } else {
            "The form has fields that are wrong; each says what it wants.".to_owned()
        };
        Some(view! {
            <Notice tone=Tone::Bad title="The policy was not saved">
                <p>{text}</p>
            </Notice>
        })
    }
}

#[component]
fn Buttons(busy: Signal<bool>, action: String, slug: String) -> impl IntoView {
    view! {
        <div class="form-actions">
            <button type="submit" class="btn btn-primary" data-testid="save-policy" disabled=move || busy.get()>
                {move || if busy.get() { "Saving …" } else { "Save" }}
            </button>
            <button
                type="submit"
                class="btn without-script"
                formmethod="get"
                formaction=action
                name="preview"
                value="1"
            >
                "What if"
            </button>
            <a class="btn btn-quiet" href=format!("/governance?hub={slug}")>
                "Cancel"
            </a>
        </div>
    }
    .into_any()
}

#[component]
fn New(form: PolicyForm, query: PolicyQuery) -> impl IntoView {
    let create = ServerAction::<CreatePolicy>::new();
    let error = refusal(create.value());
    let at =
        move |field: &'static str| Signal::derive(move || error.get().and_then(|e| e.field(field)));
    let agent = RwSignal::new(query.agent.unwrap_or_default());
    let kind = RwSignal::new(query.artifact.unwrap_or_default());
    let first = query
        .actions
        .map_or_else(|| vec![Action::Read], |words| read_actions(&words));
    let actions = RwSignal::new(first);
    let hub_id = form.hub.id;
    let asked = Memo::new(move |_| {
        Some(WhatIf {
            hub_id,
            agent_registration_id: Some(agent.with(|id| id.parse().ok())?),
            artifact_type: Some(kind.get()).filter(|kind| !kind.is_empty()),
            allowed_actions: Some(actions.get()),
            is_active: Some(true),
            policy_id: None,
            governance_default: None,
        })
        .filter(|asked| asked.artifact_type.is_some())
    });
    let busy = Signal::derive(move || create.pending().get());
    let slug = form.hub.slug.clone();
    view! {
        <Head title="New policy".to_owned() hub=form.hub.name slug=slug.clone() />
        <div class="form-beside">
            <div class="form-page">
                <NotSaved error />
                <ActionForm action=create>
                    <div class="form">
                        <input type="hidden" name="hub_id" value=hub_id.to_string() />
                        <input type="hidden" name="hub" value=slug.clone() />
                        <SelectField
                            id="agent_registration_id"
                            label="Agent"
                            hint=""
                            any="Choose an agent"
                            options=agent_options(&form.choices)
                            value=agent
                            error=at("agent_registration_id")
                        />
                        <SelectField
                            id="artifact_type"
                            label="Artifact type"
                            hint="What the agent's work is about."
                            any="Choose a type"
                            options=form.choices.artifact_types
                            value=kind
                            error=at("artifact_type")
                        />
                        <ActionBoxes chosen=actions error=at("allowed_actions") />
                        <Buttons busy action="/governance/new".to_owned() slug />
                    </div>
                </ActionForm>
            </div>
            <WhatIfPanel asked first=form.what_if />
        </div>
    }
    .into_any()
}

#[component]
fn Edit(form: PolicyForm, query: PolicyQuery) -> impl IntoView {
    let Some(policy) = form.policy else {
        return ().into_any();
    };
    let may_change = form.caller.may(Role::Steward);
    let kind = form.choices.label(&policy.artifact_type);
    let named = form
        .choices
        .agents
        .iter()
        .find(|a| a.id == policy.agent_registration_id);
    let agent = named.map_or_else(String::new, |agent| agent.name.clone());
    use_hub_slug().is_about(form.hub.slug.clone());
    let filled = query.actions.is_some();
    let first = match query.actions {
        Some(words) => read_actions(&words),
        None => policy.allowed_actions.clone(),
    };
    let actions = RwSignal::new(first);
    let is_active = RwSignal::new(if filled {
        query.active
    } else {
        policy.is_active
    });
    let standing = policy.clone();
    let asked = Memo::new(move |_| {
        Some(WhatIf {
            hub_id: standing.hub_id,
            agent_registration_id: Some(standing.agent_registration_id),
            artifact_type: Some(standing.artifact_type.clone()),
            allowed_actions: Some(actions.get()),
            is_active: Some(is_active.get()),
            policy_id: Some(standing.id),
            governance_default: None,
        })
    });
    view! {
        <Head title=format!("{agent}: {kind}") hub=form.hub.name slug=form.hub.slug.clone() />
        <div class="form-beside">
            <div class="form-page">
                {if may_change {
                    view! { <EditForm policy actions is_active slug=form.hub.slug /> }.into_any()
                } else {
                    view! {
                        <div class="form">
                            <ActionBoxes chosen=actions error=Signal::derive(|| None::<String>) disabled=true />
                            <p class="quiet">"Changing policies needs the role steward."</p>
                        </div>
                    }
                        .into_any()
                }}
            </div>
            <WhatIfPanel asked first=form.what_if />
        </div>
    }
    .into_any()
}

/// What was checked here meets what somebody else saved; both began with `base`.
fn meet(
    base: &model::GovernancePolicy,
    theirs: &model::GovernancePolicy,
    actions: RwSignal<Vec<Action>>,
    is_active: RwSignal<bool>,
) -> TwoTexts {
    let allowed = FieldTexts::of(
        ("allowed_actions", "Allowed actions"),
        [
            &base.allowed_actions,
            &theirs.allowed_actions,
            &actions.get_untracked(),
        ],
        actions,
        |actions| {
            let words: Vec<&str> = actions.iter().map(|action| action.label()).collect();
            if words.is_empty() {
                "Nothing".to_owned()
            } else {
                words.join(", ")
            }
        },
    );
    let state = FieldTexts::of(
        ("is_active", "State"),
        [
            &base.is_active,
            &theirs.is_active,
            &is_active.get_untracked(),
        ],
        is_active,
        |on| if *on { "Active" } else { "Switched off" }.to_owned(),
    );
    TwoTexts {
        version: theirs.version,
        fields: [allowed, state].into_iter().flatten().collect(),
    }
    .settled()
}

#[component]
fn EditForm(
    policy: model::GovernancePolicy,
    actions: RwSignal<Vec<Action>>,
    is_active: RwSignal<bool>,
    slug: String,
) -> impl IntoView {
    let id = policy.id;
    let update = ServerAction::<UpdatePolicy>::new();
    let error = refusal(update.value());
    let at =
        move |field: &'static str| Signal::derive(move || error.get().and_then(|e| e.field(field)));
    let version = RwSignal::new(policy.version);
    let base = StoredValue::new(policy.clone());
    let conflict = RwSignal::new(None::<TwoTexts>);
    let read =
        leptos::prelude::Action::new(move |_: &()| async move { read_policy(id).await.ok() });
    Effect::new(move |_| {
        if error.get().is_some_and(|e| e.is(STALE)) {
            read.dispatch(());
        }
    });
    Effect::new(move |_| {
        if let Some(theirs) = read.value().get().flatten() {
            let met = base.with_value(|base| meet(base, &theirs, actions, is_active));
            version.set(met.version);
            base.set_value(theirs);
            conflict.set(Some(met));
        }
    });
    let busy = Signal::derive(move || update.pending().get());
    let active_first = is_active.get_untracked();
    view! {
        {move || match conflict.get() {
            Some(texts) => view! { <BothTexts texts /> }.into_any(),
            None => view! { <NotSaved error /> }.into_any(),
        }}
        <ActionForm action=update>
            <div class="form">
                <input type="hidden" name="id" value=id.to_string() />
                <input type="hidden" name="version" value=policy.version prop:value=move || version.get() />
                <ActionBoxes chosen=actions error=at("allowed_actions") />
                <div class="box">
                    <input
                        type="checkbox"
                        id="is_active"
                        name="is_active"
                        value="true"
                        checked=active_first
                        prop:checked=move || is_active.get()
                        on:change=move |event| is_active.set(event_target_checked(&event))
                    />
                    <label class="box-label" for="is_active">
                        "Active"
                    </label>
                    <span class="box-hint">"Where it is switched off, the hub's default speaks."</span>
                </div>
                <Buttons busy action=format!("/governance/{id}/edit") slug />
            </div>
        </ActionForm>
        <p class="quiet">
            {move || format!("Version {}", version.get())}
        </p>
    }
    .into_any()
}
