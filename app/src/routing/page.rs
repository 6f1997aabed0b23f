//! `/routing`

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::board::Board;
use crate::components::{Refused, Skeleton};
use crate::layout::use_hub_slug;
use crate::pages::NoHub;
use crate::server_fns::routing::{explain_route, read_routing};

/// `/routing`
#[component]
pub fn RoutingPage() -> impl IntoView {
    let hub = use_hub_slug();
    let query = use_query_map();
    let asked = move || query.with(|query| (query.get("task"), query.get("artifact")));
    let changes = RwSignal::new(0);
    let explained = Resource::new(
        move || (hub.get(), asked(), changes.get()),
        |(hub, (task, artifact), _)| explain_route(hub, task, artifact),
    );
    let routing = Resource::new(move || hub.get(), read_routing);
    view! {
        <Title text="Routing" />
        <Transition fallback=|| view! { <Skeleton lines=8 /> }>
            {move || Suspend::new(async move {
                match routing.await {
                    Ok(Some(answer)) => view! { <Board answer explained changes /> }.into_any(),
                    Ok(None) => view! { <NoHub /> }.into_any(),
                    Err(error) => view! { <Refused error /> }.into_any(),
                }
            })}
        </Transition>
    }
    .into_any()
}
