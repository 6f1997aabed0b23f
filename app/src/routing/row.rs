//! One policy: handle, agent, verdict, conditions, buttons.

use leptos::prelude::*;
use leptos::{ev, html};
use model::{ExplainedRoute, RouteVerdict, RoutingPolicyId};

use wasm_bindgen::JsCast;

use super::board::Actions;
use super::conditions::{Conditions, ConditionsForm};
use super::order::Order;
use crate::components::{Icon, Sign, TonePill};
use crate::labels::Labelled;

#[component]
pub fn Row(first: ExplainedRoute, order: Order, actions: Actions) -> impl IntoView {
    let id = first.policy.id;
    let row = Memo::new(move |_| {
        let now = order
            .rows
            .with(|rows| rows.iter().find(|row| row.policy.id == id).cloned());
        now.unwrap_or_else(|| first.clone())
    });
    let is_held = move || order.held.get() == Some(id);
    let verdict = move || row.with(|row| row.verdict);
    let on_over = move |event: ev::DragEvent| {
        if order.held.with_untracked(Option::is_some) {
            event.prevent_default();
            order.onto(id);
        }
    };
    view! {
        <li
            class="route"
            class:route-held=is_held
            data-testid="route"
            data-verdict=move || verdict().as_str()
            data-agent=move || row.with(|row| row.agent_name.clone())
            on:dragover=on_over
            on:drop=move |event| event.prevent_default()
        >
            {actions.may_edit.then(|| view! { <Handle id order /> })}
            <div class="route-body">
                <p class="route-title">
                    <span class="route-name">{move || row.with(|row| row.agent_name.clone())}</span>
                    <span class="route-model">
                        {move || row.with(|row| format!("{} · {}", row.provider.label(), row.model_name))}
                    </span>
                    {move || view! { <TonePill tone=verdict().tone() text=verdict().label() /> }}
                </p>
                {move || {
                    let (verdict, reason) = row.with(|row| (row.verdict, row.reason.clone()));
                    let is_plain = matches!(verdict, RouteVerdict::Chosen | RouteVerdict::LowerPriority);
                    (!is_plain).then(|| view! { <p class="route-reason">{reason}</p> })
                }}
                <Conditions row />
                {actions.may_edit.then(|| view! { <ConditionsForm row order actions /> })}
            </div>
            {actions.may_edit.then(|| view! { <Buttons row order actions /> })}
        </li>
    }
    .into_any()
}

fn handle_id(id: RoutingPolicyId) -> String {
    format!("handle-{id}")
}

/// Takes the row by mouse or by keyboard. No button: Firefox drags none.
#[component]
fn Handle(id: RoutingPolicyId, order: Order) -> impl IntoView {
    let node = NodeRef::<html::Span>::new();
    let label = move || {
        order.rows.with(|rows| {
            let place = rows.iter().position(|row| row.policy.id == id)?;
            let name = &rows.get(place)?.agent_name;
            Some(format!(
                "Move {name}, place {} of {}",
                place + 1,
                rows.len()
            ))
        })
    };
    let step = move |up: bool| {
        let moved = order.step(id, up);
        keep_focus(node);
        moved
    };
    let on_key = move |event: ev::KeyboardEvent| {
        if !order.whole() {
            return;
        }
        let is_held = order.held.get_untracked() == Some(id);
        let key = event.key();
        match key.as_str() {
            "ArrowUp" | "ArrowDown" if event.alt_key() || is_held => {
                event.prevent_default();
                if step(key == "ArrowUp") && !is_held {
                    order.save();
                }
            }
            " " | "Enter" => {
                event.prevent_default();
                if is_held {
                    order.held.set(None);
                    order.say(id, "is let go");
                    order.save();
                } else {
                    order.held.set(Some(id));
                    order.say(
                        id,
                        "is held; arrows move it, Space lets go, Escape puts it back",
                    );
                }
            }
            "Escape" if is_held => {
                event.prevent_default();
                order.held.set(None);
                order.restore();
                order.say_place(id);
                keep_focus(node);
            }
            _ => {}
        }
    };
    let on_start = move |event: ev::DragEvent| {
        if order.whole() {
            if let Some(data) = event.data_transfer() {
                // Firefox drags nothing that carries no data.
                let _ = data.set_data("text/plain", &id.to_string());
                data.set_effect_allowed("move");
            }
            order.held.set(Some(id));
        }
    };
    let on_end = move |_| {
        if order.held.get_untracked().is_some() {
            order.held.set(None);
            order.say_place(id);
            order.save();
        }
    };
    view! {
        <span
            class="route-handle needs-script"
            id=handle_id(id)
            role="button"
            tabindex="0"
            draggable="true"
            data-testid="route-handle"
            aria-label=label
            aria-pressed=move || (order.held.get() == Some(id)).to_string()
            aria-describedby="reorder-help"
            node_ref=node
            on:keydown=on_key
            on:dragstart=on_start
            on:dragend=on_end
        >
            <Icon sign=Sign::Grip />
        </span>
    }
    .into_any()
}

/// A node that moves loses the focus; it gets it back as soon as it stands at
/// its new place, before the next key.
fn keep_focus(node: NodeRef<html::Span>) {
    leptos::task::spawn_local(async move {
        leptos::task::tick().await;
        if let Some(node) = node.try_get_untracked().flatten() {
            // Fails only where the node is gone.
            let _ = node.focus();
        }
    });
}

#[component]
fn Buttons(row: Memo<ExplainedRoute>, order: Order, actions: Actions) -> impl IntoView {
    let id = row.with_untracked(|row| row.policy.id);
    let name = row.with_untracked(|row| row.agent_name.clone());
    let pending = actions.act.pending();
    let busy = move || pending.get() || order.saving.get();
    let version = move || row.with(|row| row.policy.version);
    let place = Memo::new(move |_| {
        order
            .rows
            .with(|rows| (rows.iter().position(|row| row.policy.id == id), rows.len()))
    });
    let is_on = move || row.with(|row| row.policy.is_active);
    // With scripts the page moves first and stores then.
    let move_it = move |event: ev::MouseEvent, up: bool| {
        if order.whole() {
            event.prevent_default();
            let button = event
                .current_target()
                .and_then(|t| t.dyn_into::<web_sys::HtmlElement>().ok());
            if order.step(id, up) {
                order.save();
            }
            request_animation_frame(move || {
                if let Some(button) = button {
                    // Fails only where the button is gone.
                    let _ = button.focus();
                }
            });
        }
    };
    let (up_label, down_label) = (format!("Move {name} up"), format!("Move {name} down"));
    let switch_label = format!("Use {name} for this task");
    view! {
        <ActionForm action=actions.act attr:class="route-buttons" on:submit=move |_| actions.act_on(order)>
            <input type="hidden" name="policy_id" value=id.to_string() />
            <input type="hidden" name="version" value=version />
            <button
                type="submit"
                class="switch"
                role="switch"
                name="act"
                value=move || if is_on() { "disable" } else { "enable" }
                aria-checked=move || is_on().to_string()
                aria-label=switch_label.clone()
                title=switch_label
                data-testid="route-switch"
                disabled=busy
            ></button>
            <button
                type="submit"
                class="btn btn-quiet btn-small btn-icon"
                name="act"
                value="up"
                aria-label=up_label
                disabled=move || place.get().0 == Some(0)
                on:click=move |event| move_it(event, true)
            >
                <Icon sign=Sign::Up />
            </button>
            <button
                type="submit"
                class="btn btn-quiet btn-small btn-icon"
                name="act"
                value="down"
                aria-label=down_label
                disabled=move || { let (at, count) = place.get(); at.is_some_and(|at| at + 1 == count) }
                on:click=move |event| move_it(event, false)
            >
                <Icon sign=Sign::Down />
            </button>
            <details class="ask" name="route-ask">
                <summary class="btn btn-quiet btn-small btn-icon" aria-label=format!("Delete the policy of {name}") data-testid="route-delete">
                    <Icon sign=Sign::Cross />
                </summary>
                <div class="ask-body">
                    <p>"Delete this policy? The agent stays; it is no longer asked for this task."</p>
                    <button
                        type="submit"
                        class="btn btn-danger btn-small"
                        name="act"
                        value="delete"
                        data-testid="route-delete-confirm"
                        disabled=busy
                    >
                        "Delete the policy"
                    </button>
                </div>
            </details>
        </ActionForm>
    }
    .into_any()
}
