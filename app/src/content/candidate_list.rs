//! The requirement candidates of a hub.

use leptos::prelude::*;
use leptos_meta::Title;
use model::{Caller, Candidate, CandidateStatus, Role};

use super::lists::{ListFrame, Listed, asked};
use crate::components::{Refused, Skeleton, Stamp, StatePill};
use crate::labels::options;
use crate::pages::NoHub;
use crate::proposals::AutoAppliedPlace;
use crate::server_fns::candidates::{CandidatesAnswer, list_candidates};
use crate::server_fns::content::ContentQuery;

/// `/candidates`
#[component]
pub fn CandidateListPage() -> impl IntoView {
    let asked = asked();
    let list = Resource::new(move || asked.get(), list_candidates);
    view! {
        <Title text="Requirement candidates" />
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
fn List(answer: CandidatesAnswer, asked: ContentQuery) -> impl IntoView {
    let CandidatesAnswer {
        hub,
        caller,
        page,
        widgets,
    } = answer;
    let may_add = caller.may(Role::Reviewer);
    let listed = Listed {
        path: "/candidates",
        title: "Requirement candidates",
        search: "Title or text",
        selects: vec![
            ("status", "Status", options(CandidateStatus::ALL)),
            ("widget", "Widget", widgets.clone()),
        ],
        add: may_add.then_some("New candidate"),
        none_yet: "No requirement candidate yet",
        advice: if may_add {
            "A candidate says what might be built. Write one, or have an agent draft one from what people said about a widget."
        } else {
            "A candidate says what might be built. Writing one needs the role reviewer; an admin can give it to you."
        },
        none_fits: "No candidate fits these filters",
    };
    let rows = (!page.items.is_empty())
        .then(|| view! { <Rows rows=page.items widgets caller /> }.into_any());
    view! { <ListFrame listed hub asked rows next=page.next_cursor /> }
}

#[component]
fn Rows(rows: Vec<Candidate>, widgets: Vec<(String, String)>, caller: Caller) -> impl IntoView {
    let rows = rows.into_iter().map(|row| {
        let widget = row.source_widget_id.map(|id| id.to_string());
        let widget = widgets.iter().find(|(id, _)| Some(id) == widget.as_ref());
        let widget = widget.map(|(_, title)| title.clone());
        view! { <CandidateLine row widget caller=caller.clone() /> }
    });
    view! {
        <section class="card">
            <ul class="rows">{rows.collect_view()}</ul>
        </section>
    }
    .into_any()
}

/// One candidate in a list, a link to its page.
#[component]
pub fn CandidateLine(row: Candidate, widget: Option<String>, caller: Caller) -> impl IntoView {
    let status = row.status;
    let auto_applied = row.source_proposal_id.filter(|_| row.auto_applied);
    view! {
        <li class="row" data-testid="candidate-row">
            <a class="row-title" href=format!("/candidates/{}", row.id)>
                {row.title}
            </a>
            <span class="row-pills">
                {auto_applied.map(|proposal| view! { <AutoAppliedPlace proposal caller /> })}
                <StatePill value=move || status />
            </span>
            <span class="row-who">
                {widget.map(|title| view! { <span>{title}</span> })}
                {row.created_by.map(|name| view! { <span>{name}</span> })}
                <Stamp at=row.created_at />
            </span>
        </li>
    }
    .into_any()
}
