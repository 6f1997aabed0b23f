//! The capability manifest of a hub: the newest to write on, all to read.

use leptos::prelude::*;
use model::{CapabilityManifest, HubId, ManifestVersion};

use crate::components::{Field, Notice, Stamp, describe};
use crate::error::refusal;
use crate::labels::Tone;
use crate::server_fns::hubs::read_hub;
use crate::server_fns::manifests::PutManifest;

/// The text of a manifest as people read it.
fn pretty(manifest: &CapabilityManifest) -> String {
    format!("{:#}", manifest.manifest)
}

#[component]
pub fn Manifest(
    hub_id: HubId,
    manifest: Option<CapabilityManifest>,
    earlier: Option<CapabilityManifest>,
    versions: Vec<ManifestVersion>,
    may_change: bool,
    put: ServerAction<PutManifest>,
) -> impl IntoView {
    let newest = manifest.as_ref().map_or(0, |manifest| manifest.version);
    let shown = earlier.as_ref().map_or(newest, |manifest| manifest.version);
    view! {
        <section class="panel" aria-labelledby="manifest-title">
            <div class="panel-head">
                <h2 class="panel-title" id="manifest-title">
                    "Capability manifest"
                </h2>
                <span class="panel-note" data-testid="manifest-version">
                    {if newest == 0 { "not written yet".to_owned() } else { format!("version {newest}") }}
                </span>
            </div>
            <div class="form-beside">
                <div class="form-page">
                    {if let Some(earlier) = earlier {
                        view! { <Earlier hub_id manifest=earlier /> }.into_any()
                    } else if may_change {
                        view! { <Write hub_id manifest put /> }.into_any()
                    } else if let Some(manifest) = manifest {
                        view! { <pre class="manifest">{pretty(&manifest)}</pre> }.into_any()
                    } else {
                        view! { <p class="quiet">"An admin writes here what this hub can do, as a JSON object."</p> }
                            .into_any()
                    }}
                </div>
                <Versions hub_id versions shown />
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn Earlier(hub_id: HubId, manifest: CapabilityManifest) -> impl IntoView {
    view! {
        <p>
            {format!("Version {}. ", manifest.version)}
            <a class="link" href=format!("/hubs/{hub_id}")>
                "Back to the newest"
            </a>
        </p>
        <pre class="manifest" data-testid="earlier-manifest">{pretty(&manifest)}</pre>
    }
    .into_any()
}

#[component]
fn Versions(hub_id: HubId, versions: Vec<ManifestVersion>, shown: i32) -> impl IntoView {
    if versions.is_empty() {
        return ().into_any();
    }
    let rows = versions.into_iter().map(move |row| {
        let current = (row.version == shown).then_some("true");
        view! {
            <li class="rank">
                <a class="link" href=format!("/hubs/{hub_id}?version={}", row.version) aria-current=current>
                    {format!("Version {}", row.version)}
                </a>
                <span class="quiet">
                    {row.created_by.map(|name| format!("{name}, "))}
                    <Stamp at=row.created_at />
                </span>
            </li>
        }
    });
    view! {
        <div class="what-if">
            <h3 class="answer-label">"Versions"</h3>
            <ul class="ranking">{rows.collect_view()}</ul>
        </div>
    }
    .into_any()
}

#[component]
fn Write(
    hub_id: HubId,
    manifest: Option<CapabilityManifest>,
    put: ServerAction<PutManifest>,
) -> impl IntoView {
    let error = refusal(put.value());
    let at = Signal::derive(move || error.get().and_then(|e| e.field("manifest")));
    let first = manifest.as_ref().map_or(0, |manifest| manifest.version);
    let version = RwSignal::new(first);
    let theirs = RwSignal::new(None::<CapabilityManifest>);
    let read = Action::new(move |_: &()| async move {
        let now = read_hub(hub_id.to_string(), None).await;
        now.ok().and_then(|answer| answer.manifest)
    });
    Effect::new(move |_| {
        if error.get().is_some_and(|e| e.is("stale_version")) {
            read.dispatch(());
        }
    });
    Effect::new(move |_| theirs.set(read.value().get().flatten()));
    let text = manifest.as_ref().map_or_else(|| "{\n}".to_owned(), pretty);
    let busy = put.pending();
    let keep = move |saved: i32| {
        version.set(saved);
        put.clear();
        read.clear();
    };
    view! {
        {move || match theirs.get() {
            Some(theirs) => view! { <Stale theirs keep /> }.into_any(),
            None => view! { <NotWritten error /> }.into_any(),
        }}
        <ActionForm action=put>
            <div class="form">
                <input type="hidden" name="hub_id" value=hub_id.to_string() />
                <input type="hidden" name="version" value=first prop:value=move || version.get() />
                <Field id="manifest" label="What this hub can do" hint="A JSON object." error=at>
                    <textarea class="textarea mono manifest-text" id="manifest" name="manifest" rows="12"
                        spellcheck="false" aria-describedby=describe("manifest")>{text}</textarea>
                </Field>
                <div class="form-actions">
                    <button type="submit" class="btn btn-primary" data-testid="save-manifest"
                        disabled=move || busy.get()>
                        "Save as the next version"
                    </button>
                </div>
            </div>
        </ActionForm>
    }
    .into_any()
}

/// Why nothing was written, where the field does not say so.
#[component]
fn NotWritten(error: Signal<Option<crate::error::AppError>>) -> impl IntoView {
    move || {
        let error = error.get().filter(|error| error.errors.is_empty())?;
        Some(view! {
            <Notice tone=Tone::Bad title="The manifest was not saved">
                <p>{error.message}</p>
            </Notice>
        })
    }
}

/// What stands now, above the text that came too late.
#[component]
fn Stale(
    theirs: CapabilityManifest,
    keep: impl Fn(i32) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let version = theirs.version;
    let again = format!("/hubs/{}", theirs.hub_id);
    let who = theirs
        .created_by
        .clone()
        .unwrap_or_else(|| "Somebody".to_owned());
    view! {
        <Notice tone=Tone::Warn title=format!("{who} wrote version {version} meanwhile")>
            <p>"Your text is below, not saved. This is saved now:"</p>
            <pre class="manifest" data-testid="stale-manifest">{pretty(&theirs)}</pre>
            <div class="form-actions">
                <a class="btn btn-small" href=again rel="external">
                    "Take the saved one"
                </a>
                <button type="button" class="btn btn-small" on:click=move |_| keep(version)>
                    "Keep mine, save it next"
                </button>
            </div>
        </Notice>
    }
    .into_any()
}
