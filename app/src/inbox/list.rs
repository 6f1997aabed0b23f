//! The rows of the inbox.

use leptos::prelude::*;
use model::InboxItem;

use super::item::open_path;
use super::keys::row_id;
use super::state::State;
use crate::components::{Stamp, StatePill};
use crate::format;

#[component]
pub fn Rows(state: State) -> impl IntoView {
    view! {
        <ul class="inbox-list" aria-label="What waits" data-testid="inbox-list">
            <For each=move || state.rows.get() key=|row| row.id let:row>
                <Row state row />
            </For>
            {move || {
                state
                    .next
                    .get()
                    .is_some()
                    .then(|| {
                        view! {
                            <li>
                                <button type="button" class="btn btn-quiet btn-small needs-script"
                                    on:click=move |_| state.more()>
                                    "More"
                                </button>
                            </li>
                        }
                    })
            }}
        </ul>
    }
    .into_any()
}

#[component]
fn Row(state: State, row: InboxItem) -> impl IntoView {
    let id = row.id;
    let chosen = move || {
        state
            .is_chosen
            .with_value(|selector| selector.selected(&Some(id)))
            .then_some("true")
    };
    let on_click = move |event: leptos::ev::MouseEvent| {
        if event.ctrl_key() || event.meta_key() || event.shift_key() {
            return;
        }
        event.prevent_default();
        state.choose(id);
        state.open.set(true);
    };
    let ended = Memo::new(move |_| state.ended.with(|ended| ended.get(&id).copied()));
    let who = match row.agent_name.clone() {
        Some(agent) => agent,
        None => "several agents".to_owned(),
    };
    let sure = if row.covered {
        Some("covered".to_owned())
    } else {
        row.confidence
            .map(|share| format!("{} sure", format::percent(share)))
    };
    view! {
        <li>
            <a class="inbox-row" id=row_id(id) href=open_path(row.kind, id) aria-current=chosen
                data-testid="inbox-row" on:click=on_click>
                <span class="inbox-row-title">{row.title}</span>
                <span class="inbox-row-note">
                    <span>{who}</span>
                    {sure.map(|text| view! { <span>{text}</span> })}
                    {row
                        .consensus_status
                        .map(|status| view! { <StatePill value=move || status /> })}
                    <Stamp at=row.waiting_since />
                    {move || {
                        ended.get().map(|word| view! { <strong data-testid="row-ended">{word}</strong> })
                    }}
                </span>
            </a>
        </li>
    }
    .into_any()
}
