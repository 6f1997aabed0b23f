//! The decision records of a hub.

use leptos::prelude::*;
use leptos_meta::Title;
use model::{DecisionRecord, DecisionRecordStatus, Role};

use super::lists::{ListFrame, Listed, asked};
use crate::components::{Refused, Skeleton, Stamp, StatePill};
use crate::labels::options;
use crate::pages::NoHub;
use crate::server_fns::content::ContentQuery;
use crate::server_fns::decisions::{DecisionsAnswer, list_decisions};

/// `/decisions`
#[component]
pub fn DecisionListPage() -> impl IntoView {
    let asked = asked();
    let list = Resource::new(move || asked.get(), list_decisions);
    view! {
        <Title text="Decision records" />
        <Transition fallback=|| view! { <Skeleton lines=8 /> }>
            {move || Suspend::new(async move {
                match list.await {
                    Ok(Some(answer)) => {
                        view! { <List answer asked=asked.get_untracked() /> }.into_any()
                    }
                    Ok(None) => view! { <NoHub /> }.into_any(),
                    Err(error) => view! { <Refused error /> }.into_any(),
                }
            })}
        </Transition>
    }
    .into_any()
}

#[component]
fn List(answer: DecisionsAnswer, asked: ContentQuery) -> impl IntoView {
    let DecisionsAnswer { hub, caller, page } = answer;
    let may_add = caller.may(Role::Reviewer);
    let listed = Listed {
        path: "/decisions",
        title: "Decision records",
        search: "Title, context, decision",
        selects: vec![("status", "Status", options(DecisionRecordStatus::ALL))],
        add: may_add.then_some("New decision"),
        none_yet: "No decision record yet",
        advice: if may_add {
            "A decision record says what was decided and why. Write one, or open a requirement candidate and record the decision on it."
        } else {
            "A decision record says what was decided and why. Writing one needs the role reviewer; an admin can give it to you."
        },
        none_fits: "No decision record fits these filters",
    };
    let rows = (!page.items.is_empty()).then(|| view! { <Rows rows=page.items /> }.into_any());
    view! { <ListFrame listed hub asked rows next=page.next_cursor /> }
}

#[component]
fn Rows(rows: Vec<DecisionRecord>) -> impl IntoView {
    let rows = rows.into_iter().map(|row| {
        let status = row.status;
        view! {
            <li class="row" data-testid="decision-row">
                <a class="row-title" href=format!("/decisions/{}", row.id)>
                    {row.title}
                </a>
                <span class="row-pills">
                    <StatePill value=move || status />
                </span>
                <span class="row-who">
                    {row.created_by.map(|name| view! { <span>{name}</span> })}
                    <Stamp at=row.created_at />
                </span>
            </li>
        }
    });
    view! {
        <section class="card">
            <ul class="rows">{rows.collect_view()}</ul>
        </section>
    }
    .into_any()
}
