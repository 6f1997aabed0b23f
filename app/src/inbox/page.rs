//! `/inbox`

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::filters::{Filters, asked};
use super::item::Item;
use super::keys::follow_keys;
use super::list::Rows;
use super::state::{CHUNK, State};
use crate::address::word;
use crate::components::{EmptyState, Refused, Skeleton};
use crate::events::on_hub_change;
use crate::format;
use crate::layout::use_hub_slug;
use crate::server_fns::reviews::{InboxQuery, InboxView, open_inbox};

#[component]
pub fn InboxPage() -> impl IntoView {
    let hub = use_hub_slug();
    let params = use_query_map();
    let query = Memo::new(move |_| params.with(|params| asked(params, hub.get())));
    // The item is read with the list; what is chosen later is read by itself.
    let item = move || params.with_untracked(|params| word(params.get("item")));
    let answer = Resource::new(
        move || query.get(),
        move |query| {
            let item = item().and_then(|id| id.parse().ok());
            open_inbox(query, CHUNK, item)
        },
    );
    view! {
        <Title text="Inbox" />
        <div class="page-head">
            <h1 class="page-title">"Inbox"</h1>
        </div>
        <Transition fallback=|| view! { <Skeleton lines=8 /> }>
            {move || Suspend::new(async move {
                match answer.await {
                    Ok(Some(answer)) => {
                        let query = query.get_untracked();
                        let named = item().is_some();
                        view! { <Inbox answer query named /> }.into_any()
                    }
                    Ok(None) => view! {
                        <EmptyState title="There is no hub yet">
                            <p>"Make the first one, then ask agents on its widgets."</p>
                        </EmptyState>
                    }
                    .into_any(),
                    Err(error) => view! { <Refused error /> }.into_any(),
                }
            })}
        </Transition>
    }
    .into_any()
}

#[component]
fn Inbox(answer: InboxView, query: InboxQuery, named: bool) -> impl IntoView {
    let InboxView {
        inbox: answer,
        shown,
    } = answer;
    let state = State::new(query.clone(), &answer, named);
    state.show_first(shown);
    let hub = answer.hub.id;
    let counts = answer.page.counts;
    let slug = answer.hub.slug.clone();
    on_hub_change(Signal::stored(Some(hub)), move || state.refresh());
    follow_keys(state);
    let empty =
        Memo::new(move |_| state.rows.with(Vec::is_empty) && state.shown.with(Option::is_none));
    let lead = format!(
        "{} and {} wait for a person.",
        format::counted(counts.proposals, "proposal", "proposals"),
        format::counted(
            counts.collective_proposals,
            "collective proposal",
            "collective proposals"
        ),
    );
    view! {
        <p class="page-lead inbox-lead">{lead}</p>
        <Filters asked=query task_types=answer.task_types agents=answer.agents />
        {move || {
            if empty.get() {
                let widgets = format!("/widgets?hub={slug}");
                view! {
                    <EmptyState title="Nothing waits for you">
                        <p>
                            "What agents propose comes here. Ask one on "
                            <a class="link" href=widgets>"a widget"</a>
                            ", or take the filters away."
                        </p>
                    </EmptyState>
                }
                    .into_any()
            } else {
                view! {
                    <div class="inbox" class:inbox-open=move || state.open.get()>
                        <Rows state />
                        <Item state />
                    </div>
                }
                    .into_any()
            }
        }}
    }
    .into_any()
}
