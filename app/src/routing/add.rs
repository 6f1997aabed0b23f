//! Adds an agent at the end of a task type.

use leptos::html;
use leptos::prelude::*;

use super::board::Actions;
use super::order::Order;
use super::term_fields::{TermField, TermFields, Terms, Texts};

#[component]
pub fn AddRouteForm(order: Order, task: String, actions: Actions) -> impl IntoView {
    let refusal = actions.refusal_of(task.clone());
    let error =
        Signal::derive(move || refusal.get().and_then(|e| e.field("agent_registration_id")));
    let pending = actions.add.pending();
    let id = format!("agent-{task}");
    let node = NodeRef::<html::Form>::new();
    let terms = Terms::new(Texts::default());
    let value = actions.add.value();
    let own = task.clone();
    Effect::new(move |_| {
        let added = value.with(|v| matches!(v, Some(Ok(table)) if table.task_type == own));
        if added && let Some(form) = node.get_untracked() {
            form.reset();
            terms.set(Texts::default());
        }
    });
    let sent = task.clone();
    let options = actions.agents.with_value(|agents| {
        let options = agents.iter().map(|agent| {
            let asleep = if agent.is_active { "" } else { ", not active" };
            view! {
                <option value=agent.id.to_string()>
                    {format!("{} ({}{asleep})", agent.name, agent.model_name)}
                </option>
            }
        });
        options.collect_view()
    });
    view! {
        <details class="route-add">
            <summary class="link-quiet" data-testid="route-add">"Add an agent"</summary>
            <ActionForm action=actions.add node_ref=node on:submit=move |_| actions.begin(&sent)>
                <input type="hidden" name="hub_id" value=order.hub.to_string() />
                <input type="hidden" name="task_type" value=task.clone() />
                <TermField id=id.clone() label="Agent" hint="It comes last; move it up afterwards." error>
                    <select class="select" id=id name="agent_registration_id" required>
                        <option value="">"Choose an agent"</option>
                        {options}
                    </select>
                </TermField>
                <TermFields key=task terms refusal />
                <div class="form-actions">
                    <button
                        type="submit"
                        class="btn btn-primary btn-small"
                        data-testid="route-add-send"
                        disabled=move || pending.get()
                    >
                        "Add"
                    </button>
                </div>
            </ActionForm>
        </details>
    }
    .into_any()
}
