//! Whether the next agent is asked where a provider is down.

use leptos::prelude::*;
use model::{Caller, Hub, Role};

use crate::components::{Notice, TonePill};
use crate::labels::Tone;
use crate::server_fns::routing::SetRoutingFallback;

#[component]
pub fn FallbackCard(hub: Hub, caller: Caller, changes: RwSignal<u32>) -> impl IntoView {
    let set = ServerAction::<SetRoutingFallback>::new();
    let value = set.value();
    let before = hub.routing_fallback;
    let is_on = move || {
        value
            .with(|v| v.as_ref().and_then(|r| r.as_ref().ok()).copied())
            .unwrap_or(before)
    };
    let refusal = move || value.with(|v| v.as_ref().and_then(|r| r.as_ref().err().cloned()));
    Effect::new(move |_| {
        if value.with(|v| matches!(v, Some(Ok(_)))) {
            changes.update(|n| *n = n.wrapping_add(1));
        }
    });
    let pending = set.pending();
    let may = caller.may(Role::Admin);
    let state = move || {
        if is_on() {
            (Tone::Good, "On")
        } else {
            (Tone::Neutral, "Off")
        }
    };
    view! {
        <section class="card" aria-labelledby="fallback" data-testid="fallback">
            <div class="card-head">
                <h2 class="card-title" id="fallback">"Where a provider fails"</h2>
                {move || view! { <TonePill tone=state().0 text=state().1 /> }}
            </div>
            <p class="quiet">
                "Where it is on and the provider of the chosen agent is down, does not answer in time or is out of credit, the next agent that fits is asked, at most five in all. Each one passes governance; a blocked one ends the call. The receipt names everyone who was tried, with the reason. In a collective proposal each agent answers for itself."
            </p>
            {move || refusal().map(|error| view! { <Notice tone=Tone::Bad><p>{error.message}</p></Notice> })}
            {if may {
                view! {
                    <ActionForm action=set>
                        <input type="hidden" name="hub_id" value=hub.id.to_string() />
                        <button
                            type="submit"
                            class="btn btn-small"
                            name="on"
                            value=move || (!is_on()).to_string()
                            data-testid="fallback-switch"
                            disabled=move || pending.get()
                        >
                            {move || if is_on() { "Ask nobody else" } else { "Ask the next one" }}
                        </button>
                    </ActionForm>
                }
                    .into_any()
            } else {
                view! { <p class="quiet">"An admin can change it."</p> }.into_any()
            }}
        </section>
    }
    .into_any()
}
