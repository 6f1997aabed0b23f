//! One task type: its policies in the order of preference.

use leptos::prelude::*;

use super::add::AddRouteForm;
use super::board::Actions;
use super::order::{ORDER_CHANGED, Order};
use super::row::Row;
use crate::components::{EmptyState, Notice, STALE};
use crate::error::AppError;
use crate::labels::Tone;

/// Title and text of what was refused. Where somebody was faster, the rows say
/// by now what stands.
fn told(error: AppError) -> (&'static str, String) {
    match error.code.as_str() {
        ORDER_CHANGED => (
            "The order on the server is another one",
            format!("{} Below is the order that stands now.", error.message),
        ),
        STALE => (
            "Somebody changed this policy meanwhile",
            "Nothing was changed here. Below is what stands now; repeat your change if you still want it.".to_owned(),
        ),
        "not_found" => (
            "Somebody deleted this policy meanwhile",
            "Below are those that there are.".to_owned(),
        ),
        _ => ("Nothing was changed", error.message),
    }
}

#[component]
pub fn Group(label: String, order: Order, actions: Actions) -> impl IntoView {
    let task = order.task_type.get_value();
    let heading = format!("task-{task}");
    let (labelled_by, key, shown) = (heading.clone(), task.clone(), task.clone());
    let form = actions
        .may_edit
        .then(|| view! { <AddRouteForm order task actions /> });
    let rows = order.rows;
    let is_empty = Memo::new(move |_| rows.with(Vec::is_empty));
    view! {
        <section class="card" aria-labelledby=labelled_by data-testid="route-group" data-task=key>
            <div class="card-head">
                <h2 class="card-title" id=heading>{label}</h2>
                <code class="code">{shown}</code>
            </div>
            {move || order.refusal.get().map(|error| {
                let (title, text) = told(error);
                view! { <Notice tone=Tone::Warn title><p>{text}</p></Notice> }
            })}
            <ol class="routes">
                <For each=move || rows.get() key=|row| row.policy.id let:row>
                    <Row first=row order actions />
                </For>
            </ol>
            <Show when=move || is_empty.get()>
                <EmptyState title="Nobody answers this task">
                    <p>
                        {if actions.may_edit {
                            "Add an agent below; the first one is asked first."
                        } else {
                            "A steward can add an agent here."
                        }}
                    </p>
                </EmptyState>
            </Show>
            <Show when=move || !order.whole()>
                <p class="quiet">
                    {move || format!(
                        "The first {} of {} are shown. So long a list is put into order by the API.",
                        rows.with(Vec::len),
                        order.count.get(),
                    )}
                </p>
            </Show>
            {form}
        </section>
    }
    .into_any()
}
