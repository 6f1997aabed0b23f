//! The pages of the form.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use model::{AgentId, Role};

use super::form::Form;
use crate::components::{Notice, Refused, Skeleton};
use crate::error::AppError;
use crate::labels::Tone;
use crate::layout::use_hub_slug;
use crate::pages::NoHub;
use crate::server_fns::agents::{AgentForm, read_agent_form};

type FormResource = Resource<Result<Option<AgentForm>, AppError>>;

/// `/agents/new`
#[component]
pub fn NewAgentPage() -> impl IntoView {
    let hub = use_hub_slug();
    let form: FormResource = Resource::new(move || hub.get(), |hub| read_agent_form(hub, None));
    view! {
        <Title text="New agent" />
        <FormPage form />
    }
    .into_any()
}

/// `/agents/:id/edit`
#[component]
pub fn EditAgentPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| {
        let id = params.with(|params| params.get("id"));
        id.and_then(|id| id.parse::<AgentId>().ok())
    });
    let form: FormResource = Resource::new(
        move || id.get(),
        |id| async move {
            match id {
                Some(id) => read_agent_form(None, Some(id)).await,
                None => Err(not_there()),
            }
        },
    );
    view! {
        <Title text="Edit agent" />
        <FormPage form />
    }
    .into_any()
}

/// The address names no agent.
pub fn not_there() -> AppError {
    AppError::new("not_found", "There is no agent with this id.")
}

#[component]
fn FormPage(form: FormResource) -> impl IntoView {
    view! {
        <Transition fallback=|| view! { <Skeleton lines=8 /> }>
            {move || Suspend::new(async move {
                match form.await {
                    Ok(Some(form)) if form.caller.may(Role::Steward) => {
                        view! { <Headed form /> }.into_any()
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
fn Headed(form: AgentForm) -> impl IntoView {
    let title = match &form.agent {
        Some(agent) => format!("Edit {}", agent.name),
        None => "New agent".to_owned(),
    };
    if form.agent.is_some() {
        use_hub_slug().is_about(form.hub.slug.clone());
    }
    let lead = match &form.agent {
        Some(agent) => format!(
            "This is version {}. Saving makes a new one; earlier ones stay readable.",
            agent.version
        ),
        None => "A model with a character. It is asked when a routing policy names it.".to_owned(),
    };
    view! {
        <nav class="crumbs" aria-label="Where this is">
            <a class="link" href=format!("/agents?hub={}", form.hub.slug)>
                "Agents"
            </a>
            {form
                .agent
                .as_ref()
                .map(|agent| {
                    view! {
                        <span aria-hidden="true">"/"</span>
                        <a class="link" href=format!("/agents/{}", agent.id)>
                            {agent.name.clone()}
                        </a>
                    }
                })}
        </nav>
        <div class="page-head">
            <div>
                <h1 class="page-title">{title}</h1>
                <p class="page-lead">{lead}</p>
            </div>
        </div>
        <Form form />
    }
    .into_any()
}

#[component]
fn MayNot() -> impl IntoView {
    view! {
        <h1 class="page-title">"Agents"</h1>
        <Notice tone=Tone::Warn title="Your role does not allow this">
            <p>"Registering and changing agents needs the role steward. An admin can give it to you."</p>
        </Notice>
    }
}
