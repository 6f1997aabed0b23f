//! The form of a decision record, new or to be changed.

use leptos::html;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::{CandidateId, DecisionRecord, DecisionRecordId, DecisionRecordStatus, Role};

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
use crate::server_fns::decisions::{DecisionForm, SaveDecision, read_decision_form};

const FIELDS: Fields = &[
    ("title", "Title"),
    ("context", "Context"),
    ("decision", "Decision"),
    ("status", "Status"),
];

fn texts(record: &DecisionRecord) -> Texts {
    vec![
        record.title.clone(),
        record.context.clone(),
        record.decision.clone(),
        record.status.to_string(),
    ]
}

/// `/decisions/new`, on a candidate where the address names one
#[component]
pub fn NewDecisionPage() -> impl IntoView {
    let hub = use_hub_slug();
    let query = use_query_map();
    let candidate = Memo::new(move |_| {
        let id = query.with(|query| query.get("candidate"));
        id.and_then(|id| id.parse::<CandidateId>().ok())
    });
    let form = Resource::new(
        move || (hub.get(), candidate.get()),
        |(hub, candidate)| read_decision_form(hub, None, candidate),
    );
    view! {
        <Title text="New decision" />
        <FormPage form />
    }
    .into_any()
}

/// `/decisions/:id/edit`
#[component]
pub fn EditDecisionPage() -> impl IntoView {
    let id = path_id::<DecisionRecordId>();
    let form = Resource::new(
        move || id.get(),
        |id| async move {
            match id {
                Some(id) => read_decision_form(None, Some(id), None).await,
                None => Err(not_there("decision record")),
            }
        },
    );
    view! {
        <Title text="Edit decision" />
        <FormPage form />
    }
    .into_any()
}

#[component]
fn FormPage(form: Resource<Result<Option<DecisionForm>, AppError>>) -> impl IntoView {
    view! {
        <Transition fallback=|| view! { <Skeleton lines=8 /> }>
            {move || Suspend::new(async move {
                match form.await {
                    Ok(Some(form)) => {
                        may_not(&form.caller, Role::Reviewer, "Decision records")
                            .unwrap_or_else(|| view! { <Form form /> }.into_any())
                    }
                    Ok(None) => view! { <NoHub /> }.into_any(),
                    Err(error) => view! { <Refused error /> }.into_any(),
                }
            })}
        </Transition>
    }
    .into_any()
}

/// What a new one begins with: the candidate's own text is the context.
fn nothing(form: &DecisionForm) -> Texts {
    let candidate = form.candidate.as_ref();
    vec![
        candidate.map(|c| c.title.clone()).unwrap_or_default(),
        candidate.map(|c| c.body.clone()).unwrap_or_default(),
        String::new(),
        DecisionRecordStatus::Proposed.to_string(),
    ]
}

#[component]
fn Form(form: DecisionForm) -> impl IntoView {
    let save = ServerAction::<SaveDecision>::new();
    let value = save.value();
    let id = form.record.as_ref().map(|record| record.id);
    let read = move || -> Now {
        Box::pin(async move {
            let now = read_decision_form(None, id, None).await?;
            let record = now.and_then(|now| now.record);
            Ok(record.map(|record| (record.version, texts(&record))))
        })
    };
    let begun = form.record.as_ref().map(texts);
    let begun = begun.unwrap_or_else(|| nothing(&form));
    let version = form.record.as_ref().map(|record| record.version);
    let saving = Saving::new(FIELDS, version, begun, refusal_of(value), read);
    let busy =
        Signal::derive(move || save.pending().get() || value.with(|v| matches!(v, Some(Ok(_)))));
    let node = NodeRef::<html::Form>::new();
    let DecisionForm {
        hub,
        record,
        candidate,
        ..
    } = form;
    let (title, lead) = match &record {
        Some(record) => (
            format!("Edit {}", record.title),
            format!("This is version {}.", record.version),
        ),
        None => (
            "New decision".to_owned(),
            "What was decided, and why: for those who ask in a year.".to_owned(),
        ),
    };
    let of = candidate.as_ref().map(|candidate| candidate.id);
    let back = match (id, of) {
        (Some(id), _) => format!("/decisions/{id}"),
        (None, Some(of)) => format!("/candidates/{of}"),
        (None, None) => format!("/decisions?hub={}", hub.slug),
    };
    let shown = Callback::new(|(field, text): (&'static str, String)| {
        match text.parse::<DecisionRecordStatus>() {
            Ok(status) if field == "status" => status.label().to_owned(),
            _ => text,
        }
    });
    view! {
        <Crumbs list="/decisions" name="Decision records" hub=hub.slug />
        <FormHead title lead />
        {candidate
            .map(|candidate| {
                view! {
                    <p class="hub-default" data-testid="decides-on">
                        <span class="hub-default-name">"Decides on"</span>
                        <a class="link" href=format!("/candidates/{}", candidate.id)>
                            {candidate.title}
                        </a>
                    </p>
                }
            })}
        <Around saving shown busy node>
            <ActionForm action=save node_ref=node>
                <div class="form">
                    <Which id=id.map(|id| id.to_string()) hub=hub.id saving />
                    {of
                        .map(|of| {
                            view! {
                                <input
                                    type="hidden"
                                    name="requirement_candidate_id"
                                    value=of.to_string()
                                />
                            }
                        })}
                    <LineField saving id="title" label="Title" />
                    <TextField
                        saving
                        id="context"
                        label="Context"
                        hint="What was known when it was decided."
                        rows=6
                    />
                    <TextField
                        saving
                        id="decision"
                        label="Decision"
                        hint="What is done, and what is not."
                        rows=6
                    />
                    <SelectField
                        saving
                        id="status"
                        label="Status"
                        options=options(DecisionRecordStatus::ALL)
                    />
                    <Send saving busy add="Record decision" back />
                </div>
            </ActionForm>
        </Around>
    }
    .into_any()
}
