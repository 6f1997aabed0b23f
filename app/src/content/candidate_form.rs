//! The form of a requirement candidate, new or to be changed.

use leptos::html;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::{Candidate, CandidateId, CandidateStatus, Role};

use super::form::{
    Around, FormHead, LineField, Now, Saving, SelectField, Send, TextField, Which, may_not,
    refusal_of,
};
use super::show::{Crumbs, not_there, path_id};
use crate::components::{Fields, Refused, Skeleton, Texts};
use crate::error::AppError;
use crate::labels::Labelled;
use crate::labels::options;
use crate::layout::use_hub_slug;
use crate::pages::NoHub;
use crate::server_fns::candidates::{CandidateForm, SaveCandidate, read_candidate_form};

const FIELDS: Fields = &[
    ("title", "Title"),
    ("body", "Text"),
    ("status", "Status"),
    ("source_widget_id", "Widget"),
];

fn texts(candidate: &Candidate) -> Texts {
    let widget = candidate.source_widget_id.map(|id| id.to_string());
    vec![
        candidate.title.clone(),
        candidate.body.clone(),
        candidate.status.to_string(),
        widget.unwrap_or_default(),
    ]
}

/// `/candidates/new`
#[component]
pub fn NewCandidatePage() -> impl IntoView {
    let hub = use_hub_slug();
    let form = Resource::new(move || hub.get(), |hub| read_candidate_form(hub, None));
    view! {
        <Title text="New candidate" />
        <FormPage form />
    }
    .into_any()
}

/// `/candidates/:id/edit`
#[component]
pub fn EditCandidatePage() -> impl IntoView {
    let id = path_id::<CandidateId>();
    let form = Resource::new(
        move || id.get(),
        |id| async move {
            match id {
                Some(id) => read_candidate_form(None, Some(id)).await,
                None => Err(not_there("requirement candidate")),
            }
        },
    );
    view! {
        <Title text="Edit candidate" />
        <FormPage form />
    }
    .into_any()
}

#[component]
fn FormPage(form: Resource<Result<Option<CandidateForm>, AppError>>) -> impl IntoView {
    let query = use_query_map();
    view! {
        <Transition fallback=|| view! { <Skeleton lines=8 /> }>
            {move || Suspend::new(async move {
                match form.await {
                    Ok(Some(form)) => {
                        let about = query.with_untracked(|query| query.get("widget"));
                        may_not(&form.caller, Role::Reviewer, "Requirement candidates")
                            .unwrap_or_else(|| view! { <Form form about /> }.into_any())
                    }
                    Ok(None) => view! { <NoHub /> }.into_any(),
                    Err(error) => view! { <Refused error /> }.into_any(),
                }
            })}
        </Transition>
    }
    .into_any()
}

/// What a new one begins with: about the widget that the address names.
fn nothing(about: Option<String>) -> Texts {
    vec![
        String::new(),
        String::new(),
        CandidateStatus::Open.to_string(),
        about.unwrap_or_default(),
    ]
}

/// The states that a person may set: a duplicate stays one until the
/// acceptance that made it so is undone.
fn states(now: Option<CandidateStatus>) -> Vec<(String, String)> {
    let is_duplicate = now == Some(CandidateStatus::Duplicate);
    let all: Vec<CandidateStatus> = CandidateStatus::ALL
        .iter()
        .copied()
        .filter(|status| (*status == CandidateStatus::Duplicate) == is_duplicate)
        .collect();
    options(&all)
}

#[component]
fn Form(form: CandidateForm, about: Option<String>) -> impl IntoView {
    let CandidateForm {
        hub,
        candidate,
        widgets,
        ..
    } = form;
    let save = ServerAction::<SaveCandidate>::new();
    let value = save.value();
    let id = candidate.as_ref().map(|candidate| candidate.id);
    let read = move || -> Now {
        Box::pin(async move {
            let now = read_candidate_form(None, id).await?;
            let candidate = now.and_then(|now| now.candidate);
            Ok(candidate.map(|candidate| (candidate.version, texts(&candidate))))
        })
    };
    let about = about.filter(|about| widgets.iter().any(|(id, _)| id == about));
    let begun = candidate.as_ref().map(texts);
    let begun = begun.unwrap_or_else(|| nothing(about));
    let version = candidate.as_ref().map(|candidate| candidate.version);
    let status = candidate.as_ref().map(|candidate| candidate.status);
    let saving = Saving::new(FIELDS, version, begun, refusal_of(value), read);
    let busy =
        Signal::derive(move || save.pending().get() || value.with(|v| matches!(v, Some(Ok(_)))));
    let node = NodeRef::<html::Form>::new();
    let (title, lead) = match &candidate {
        Some(candidate) => (
            format!("Edit {}", candidate.title),
            format!("This is version {}.", candidate.version),
        ),
        None => (
            "New candidate".to_owned(),
            "Something that might be built. What is decided on it is recorded apart.".to_owned(),
        ),
    };
    let back = match id {
        Some(id) => format!("/candidates/{id}"),
        None => format!("/candidates?hub={}", hub.slug),
    };
    let names = widgets.clone();
    let shown = Callback::new(move |(field, text): (&'static str, String)| match field {
        "status" => match text.parse::<CandidateStatus>() {
            Ok(status) => status.label().to_owned(),
            Err(_) => text,
        },
        "source_widget_id" => {
            let found = names.iter().find(|(id, _)| *id == text);
            found.map_or(text.clone(), |(_, title)| title.clone())
        }
        _ => text,
    });
    view! {
        <Crumbs list="/candidates" name="Requirement candidates" hub=hub.slug />
        <FormHead title lead />
        <Around saving shown busy node>
            <ActionForm action=save node_ref=node>
                <div class="form">
                    <Which id=id.map(|id| id.to_string()) hub=hub.id saving />
                    <LineField saving id="title" label="Title" />
                    <TextField
                        saving
                        id="body"
                        label="Text"
                        hint="What is wanted, for whom, and how one would see that it is there."
                        rows=10
                    />
                    <div class="form-pair">
                        <SelectField saving id="status" label="Status" options=states(status) />
                        <SelectField
                            saving
                            id="source_widget_id"
                            label="Widget"
                            options=widgets
                            none="No widget"
                        />
                    </div>
                    <Send saving busy add="Add candidate" back />
                </div>
            </ActionForm>
        </Around>
    }
    .into_any()
}
