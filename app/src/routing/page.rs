//! `/routing`

use leptos::prelude::*;
use leptos_meta::Title;

use super::board::Board;
use crate::components::{Refused, Skeleton};
use crate::layout::use_hub_slug;
use crate::pages::NoHub;
use crate::server_fns::routing::read_routing;

/// `/routing`
#[component]
pub fn RoutingPage() -> impl IntoView {
    let hub = use_hub_slug();
    let routing = Resource::new(move || hub.get(), read_routing);
    view! {
        <Title text="Routing" />
        <Transition fallback=|| view! { <Skeleton lines=8 /> }>
            {move || Suspend::new(async move {
                match routing.await {
                    Ok(Some(answer)) => view! { <Board answer /> }.into_any(),
                    Ok(None) => view! { <NoHub /> }.into_any(),
                    Err(error) => view! { <Refused error /> }.into_any(),
                }
            })}
        </Transition>
    }
    .into_any()
}
