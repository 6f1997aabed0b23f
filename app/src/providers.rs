//! The settings of an instance as an admin sees them: the bridge, and whether
//! the providers can be reached.

mod bridge;
mod card;
mod errors;
mod test;
mod words;

use leptos::prelude::*;
use leptos_meta::Title;

use self::bridge::BridgeCard;
use self::card::ProviderCard;
pub use self::errors::ProviderErrorsPage;
use crate::components::{Notice, Refused, Skeleton};
use crate::error::{AppError, refusal};
use crate::labels::Tone;
use crate::server_fns::providers::{SettingsAnswer, TestProvider, read_settings};
use crate::site::use_site;

/// `/settings`
#[component]
pub fn SettingsPage() -> impl IntoView {
    let settings = Resource::new(|| (), |()| read_settings());
    // Each provider has an action of its own; this one only says what was
    // refused without scripts.
    let plain = refusal(ServerAction::<TestProvider>::new().value());
    view! {
        <Title text="Settings" />
        <div class="page-head">
            <div>
                <h1 class="page-title">"Settings"</h1>
                <p class="page-lead">
                    "How this instance reaches the models. Bridge and keys are its own; tests and errors are those of all instances."
                </p>
            </div>
        </div>
        <NotTested error=plain />
        <Transition fallback=|| view! { <Skeleton lines=10 /> }>
            {move || Suspend::new(async move {
                match settings.await {
                    Ok(answer) => view! { <Settings answer /> }.into_any(),
                    Err(error) => view! { <Refused error /> }.into_any(),
                }
            })}
        </Transition>
    }
    .into_any()
}

/// Why a test was not made that a form without scripts asked for.
#[component]
fn NotTested(error: Signal<Option<AppError>>) -> impl IntoView {
    move || {
        let error = error.get()?;
        Some(view! {
            <div class="notice-place">
                <Notice tone=Tone::Bad title="The provider was not tested">
                    <p>{error.message}</p>
                </Notice>
            </div>
        })
    }
}

#[component]
fn Settings(answer: SettingsAnswer) -> impl IntoView {
    let bridge = RwSignal::new(answer.bridge);
    let rehearsal = use_site().rehearsal;
    let cards = answer
        .providers
        .into_iter()
        .map(|state| view! { <ProviderCard state bridge rehearsal /> });
    view! {
        <div class="stack">
            {rehearsal
                .then(|| {
                    view! {
                        <Notice tone=Tone::Warn title="This is a rehearsal">
                            <p>
                                "Scripted models stand in the place of the providers: no key is looked at, and no test costs anything."
                            </p>
                        </Notice>
                    }
                })}
            <BridgeCard bridge />
            {cards.collect_view()}
        </div>
    }
    .into_any()
}
