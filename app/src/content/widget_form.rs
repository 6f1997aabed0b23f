//! The form of a widget, new or to be changed.

use leptos::html;
use leptos::prelude::*;
use leptos_meta::Title;
use model::{Role, Widget, WidgetId, validate};

use super::form::{
    Around, FormHead, LineField, Now, Saving, Send, TextField, Which, may_not, refusal_of,
};
use super::show::{Crumbs, not_there, path_id};
use crate::components::{Fields, Refused, Skeleton, Texts};
use crate::error::AppError;
use crate::layout::use_hub_slug;
use crate::pages::NoHub;
use crate::server_fns::widgets::{SaveWidget, WidgetForm, read_widget_form};

const FIELDS: Fields = &[
    ("title", "Title"),
    ("slug", "Slug"),
    ("description", "Description"),
];

fn texts(widget: &Widget) -> Texts {
    vec![
        widget.title.clone(),
        widget.slug.clone(),
        widget.description.clone().unwrap_or_default(),
    ]
}

/// `/widgets/new`
#[component]
pub fn NewWidgetPage() -> impl IntoView {
    let hub = use_hub_slug();
    let form = Resource::new(move || hub.get(), |hub| read_widget_form(hub, None));
    view! {
        <Title text="New widget" />
        <FormPage form />
    }
    .into_any()
}

/// `/widgets/:id/edit`
#[component]
pub fn EditWidgetPage() -> impl IntoView {
    let id = path_id::<WidgetId>();
    let form = Resource::new(
        move || id.get(),
        |id| async move {
            match id {
                Some(id) => read_widget_form(None, Some(id)).await,
                None => Err(not_there("widget")),
            }
        },
    );
    view! {
        <Title text="Edit widget" />
        <FormPage form />
    }
    .into_any()
}

#[component]
fn FormPage(form: Resource<Result<Option<WidgetForm>, AppError>>) -> impl IntoView {
    view! {
        <Transition fallback=|| view! { <Skeleton lines=8 /> }>
            {move || Suspend::new(async move {
                match form.await {
                    Ok(Some(form)) => {
                        may_not(&form.caller, Role::Steward, "Widgets")
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

#[component]
fn Form(form: WidgetForm) -> impl IntoView {
    let WidgetForm { hub, widget, .. } = form;
    let save = ServerAction::<SaveWidget>::new();
    let value = save.value();
    let id = widget.as_ref().map(|widget| widget.id);
    let read = move || -> Now {
        Box::pin(async move {
            let now = read_widget_form(None, id).await?;
            let widget = now.and_then(|now| now.widget);
            Ok(widget.map(|widget| (widget.version, texts(&widget))))
        })
    };
    let version = widget.as_ref().map(|widget| widget.version);
    let begun = widget.as_ref().map(texts).unwrap_or_default();
    let saving = Saving::new(FIELDS, version, begun, refusal_of(value), read);
    let busy =
        Signal::derive(move || save.pending().get() || value.with(|v| matches!(v, Some(Ok(_)))));
    let node = NodeRef::<html::Form>::new();
    let typed = suggest(saving, id.is_none());
    let (title, lead) = match &widget {
        Some(widget) => (
            format!("Edit {}", widget.title),
            format!("This is version {}.", widget.version),
        ),
        None => (
            "New widget".to_owned(),
            "A part of the product that people can speak about.".to_owned(),
        ),
    };
    let back = match id {
        Some(id) => format!("/widgets/{id}"),
        None => format!("/widgets?hub={}", hub.slug),
    };
    let shown = Callback::new(|(_, text)| text);
    view! {
        <Crumbs list="/widgets" name="Widgets" hub=hub.slug />
        <FormHead title lead />
        <Around saving shown busy node>
            <ActionForm action=save node_ref=node>
                <div class="form">
                    <Which id=id.map(|id| id.to_string()) hub=hub.id saving />
                    <LineField saving id="title" label="Title" typed />
                    <LineField
                        saving
                        id="slug"
                        label="Slug"
                        hint="Lower-case words joined by hyphens; one of its kind in the hub."
                        max=validate::SLUG_MAX
                    />
                    <TextField
                        saving
                        id="description"
                        label="Description"
                        hint="What it is for; agents read it too."
                        rows=5
                        optional=true
                    />
                    <Send saving busy add="Add widget" back />
                </div>
            </ActionForm>
        </Around>
    }
    .into_any()
}

/// The slug follows the title until somebody has written one.
fn suggest(saving: Saving, is_new: bool) -> Callback<()> {
    let (title, slug) = (saving.draft.of("title"), saving.draft.of("slug"));
    let last = StoredValue::new(String::new());
    Callback::new(move |()| {
        if is_new && slug.with_untracked(|slug| last.with_value(|last| slug == last)) {
            let new = title.with_untracked(|title| validate::suggest_slug(title));
            last.set_value(new.clone());
            slug.set(new);
        }
    })
}
