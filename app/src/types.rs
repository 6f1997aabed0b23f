//! The registries of types: what policies may name.

use leptos::prelude::*;
use leptos_meta::Title;
use model::{Role, TypeInUse, TypeKind};

use crate::components::{Field, Notice, Refused, Skeleton, TonePill, describe};
use crate::error::{AppError, refusal};
use crate::format;
use crate::labels::{Labelled, Tone};
use crate::server_fns::types::{CreateType, RenameType, RetireType, TypesAnswer, list_types};

/// The actions of the page.
#[derive(Clone, Copy)]
struct Changes {
    create: ServerAction<CreateType>,
    rename: ServerAction<RenameType>,
    retire: ServerAction<RetireType>,
}

/// `/types`
#[component]
pub fn TypesPage() -> impl IntoView {
    let changes = Changes {
        create: ServerAction::new(),
        rename: ServerAction::new(),
        retire: ServerAction::new(),
    };
    let Changes {
        create,
        rename,
        retire,
    } = changes;
    // A refused change leaves what is typed as it is.
    let done = Memo::new(move |before: Option<&usize>| {
        let all = create.version().get() + rename.version().get() + retire.version().get();
        let refused = matches!(create.value().get(), Some(Err(_)))
            || matches!(rename.value().get(), Some(Err(_)))
            || matches!(retire.value().get(), Some(Err(_)));
        match before {
            Some(before) if refused => *before,
            _ => all,
        }
    });
    let list = Resource::new(move || done.get(), |_| list_types());
    view! {
        <Title text="Types" />
        <div class="page-head">
            <div>
                <h1 class="page-title">"Types"</h1>
                <p class="page-lead">
                    "Routing policies name a type of task, governance policies a type of artifact. A key stays as it is; its label may change."
                </p>
            </div>
        </div>
        <Refusals changes />
        <Transition fallback=|| view! { <Skeleton lines=8 /> }>
            {move || Suspend::new(async move {
                match list.await {
                    Ok(answer) => view! { <Types answer changes /> }.into_any(),
                    Err(error) => view! { <Refused error /> }.into_any(),
                }
            })}
        </Transition>
    }
    .into_any()
}

/// What was refused in a row.
#[component]
fn Refusals(changes: Changes) -> impl IntoView {
    let rename = changes.rename.value();
    let retire = changes.retire.value();
    move || {
        let renamed = rename.with(|v| v.as_ref().and_then(|r| r.as_ref().err().cloned()));
        let retired = retire.with(|v| v.as_ref().and_then(|r| r.as_ref().err().cloned()));
        let error = renamed.or(retired)?;
        Some(view! {
            <div class="notice-place">
                <Notice tone=Tone::Bad title="The type was not changed">
                    <p>{error.message}</p>
                </Notice>
            </div>
        })
    }
}

#[component]
fn Types(answer: TypesAnswer, changes: Changes) -> impl IntoView {
    let may_change = answer.caller.may(Role::Admin);
    let of = |kind: TypeKind| -> Vec<TypeInUse> {
        let types = answer.types.iter();
        types
            .filter(|t| t.registered.kind == kind)
            .cloned()
            .collect()
    };
    let tables = TypeKind::ALL
        .iter()
        .map(|kind| view! { <Registry kind=*kind types=of(*kind) may_change changes /> });
    view! {
        <div class="stack">
            {tables.collect_view()}
            {may_change.then(|| view! { <NewType changes /> })}
        </div>
    }
    .into_any()
}

#[component]
fn Registry(
    kind: TypeKind,
    types: Vec<TypeInUse>,
    may_change: bool,
    changes: Changes,
) -> impl IntoView {
    let title = match kind {
        TypeKind::TaskType => "Task types",
        TypeKind::ArtifactType => "Artifact types",
    };
    view! {
        <section class="card">
            <h2 class="card-title">{title}</h2>
            <table class="table types-table">
                <thead>
                    <tr>
                        <th scope="col">"Key"</th>
                        <th scope="col">"Label"</th>
                        <th scope="col">"Active policies"</th>
                        <th scope="col">"State"</th>
                    </tr>
                </thead>
                <tbody>
                    {types
                        .into_iter()
                        .map(|row| view! { <TypeRow row may_change changes /> })
                        .collect_view()}
                </tbody>
            </table>
        </section>
    }
    .into_any()
}

#[component]
fn TypeRow(row: TypeInUse, may_change: bool, changes: Changes) -> impl IntoView {
    let TypeInUse {
        registered,
        active_policies,
        built_in,
    } = row;
    let id = registered.id.to_string();
    let of_retire = id.clone();
    let data_key = registered.key.clone();
    let retired = registered.retired_at.is_some();
    let label_name = format!("Label of {}", registered.key);
    let label = if may_change {
        view! {
            <ActionForm action=changes.rename>
                <div class="inline-form">
                    <input type="hidden" name="id" value=id.clone() />
                    <input class="input" name="label" value=registered.label maxlength="200" required
                        aria-label=label_name />
                    <button type="submit" class="btn btn-small">"Rename"</button>
                </div>
            </ActionForm>
        }
        .into_any()
    } else {
        registered.label.into_any()
    };
    let state = if built_in {
        view! { <span class="quiet">"built in"</span> }.into_any()
    } else if may_change {
        view! { <Retire id=of_retire key=registered.key.clone() retired changes /> }.into_any()
    } else if retired {
        view! { <TonePill tone=Tone::Warn text="Retired" /> }.into_any()
    } else {
        view! { <TonePill tone=Tone::Good text="In use" /> }.into_any()
    };
    view! {
        <tr data-testid="type-row" data-key=data_key>
            <th scope="row">
                <code class="code">{registered.key}</code>
            </th>
            <td data-label="Label">{label}</td>
            <td data-label="Active policies">{format::count(active_policies)}</td>
            <td data-label="State">{state}</td>
        </tr>
    }
    .into_any()
}

#[component]
fn Retire(id: String, key: String, retired: bool, changes: Changes) -> impl IntoView {
    let (word, named) = if retired {
        ("Take back into use", format!("Take {key} back into use"))
    } else {
        ("Retire", format!("Retire {key}"))
    };
    view! {
        <ActionForm action=changes.retire>
            <div class="inline-form">
                <input type="hidden" name="id" value=id />
                <input type="hidden" name="is_retired" value=(!retired).to_string() />
                {retired.then(|| view! { <TonePill tone=Tone::Warn text="Retired" /> })}
                <button type="submit" class="btn btn-small" aria-label=named>
                    {word}
                </button>
            </div>
        </ActionForm>
    }
    .into_any()
}

#[component]
fn NewType(changes: Changes) -> impl IntoView {
    let error = refusal(changes.create.value());
    let at =
        move |field: &'static str| Signal::derive(move || error.get().and_then(|e| e.field(field)));
    let busy = changes.create.pending();
    let kinds = TypeKind::ALL.iter().map(|kind| {
        view! { <option value=kind.to_string()>{kind.label()}</option> }
    });
    view! {
        <section class="card">
            <h2 class="card-title">"New type"</h2>
            <NewRefusal error />
            <ActionForm action=changes.create>
                <div class="form type-form">
                    <Field id="kind" label="Kind" error=at("kind")>
                        <select class="select" id="kind" name="kind">
                            {kinds.collect_view()}
                        </select>
                    </Field>
                    <Field id="key" label="Key" hint="Lower-case words joined by _. It never changes." error=at("key")>
                        <input class="input mono" id="key" name="key" maxlength="64" required
                            autocapitalize="none" autocomplete="off" spellcheck="false"
                            aria-describedby=describe("key") />
                    </Field>
                    <Field id="label" label="Label" hint="What people read." error=at("label")>
                        <input class="input" id="label" name="label" maxlength="200" required
                            autocomplete="off" aria-describedby=describe("label") />
                    </Field>
                    <div class="form-actions">
                        <button type="submit" class="btn btn-primary" data-testid="add-type"
                            disabled=move || busy.get()>
                            "Register the type"
                        </button>
                    </div>
                </div>
            </ActionForm>
        </section>
    }
    .into_any()
}

/// Why the type was not made, where no field says so.
#[component]
fn NewRefusal(error: Signal<Option<AppError>>) -> impl IntoView {
    move || {
        let error = error.get().filter(|error| error.errors.is_empty())?;
        Some(view! {
            <div class="notice-place">
                <Notice tone=Tone::Bad title="The type was not registered">
                    <p>{error.message}</p>
                </Notice>
            </div>
        })
    }
}
