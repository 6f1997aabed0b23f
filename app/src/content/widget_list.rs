//! The widgets of a hub.

use leptos::prelude::*;
use leptos_meta::Title;
use model::{Role, WidgetRow};

use super::lists::{ListFrame, Listed, asked};
use crate::components::{Refused, Skeleton, Stamp};
use crate::format;
use crate::pages::NoHub;
use crate::server_fns::content::ContentQuery;
use crate::server_fns::widgets::{WidgetsAnswer, list_widgets};

/// `/widgets`
#[component]
pub fn WidgetListPage() -> impl IntoView {
    let asked = asked();
    let list = Resource::new(move || asked.get(), list_widgets);
    view! {
        <Title text="Widgets" />
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
fn List(answer: WidgetsAnswer, asked: ContentQuery) -> impl IntoView {
    let WidgetsAnswer { hub, caller, page } = answer;
    let may_add = caller.may(Role::Steward);
    let pair = |value: &str, text: &str| (value.to_owned(), text.to_owned());
    let listed = Listed {
        path: "/widgets",
        title: "Widgets",
        search: "Title, slug, description",
        selects: vec![(
            "open",
            "Candidates",
            vec![pair("true", "Some open"), pair("false", "None open")],
        )],
        add: may_add.then_some("New widget"),
        none_yet: "No widget yet",
        advice: if may_add {
            "A widget is a part of the product: a page, a mail, a button. Add one; what people say and do there then comes in by POST /api/v2/interaction-events."
        } else {
            "A widget is a part of the product. Adding one needs the role steward; an admin can give it to you."
        },
        none_fits: "No widget fits these filters",
    };
    let rows = (!page.items.is_empty()).then(|| view! { <Table rows=page.items /> }.into_any());
    view! { <ListFrame listed hub asked rows next=page.next_cursor /> }
}

/// On a phone each cell says its name (`data-label`).
#[component]
fn Table(rows: Vec<WidgetRow>) -> impl IntoView {
    let rows = rows.into_iter().map(|row| {
        let id = row.widget.id;
        view! {
            <tr data-testid="widget-row">
                <th scope="row">
                    <a class="row-link" href=format!("/widgets/{id}")>
                        {row.widget.title}
                    </a>
                    <span class="row-sub">{row.widget.slug}</span>
                </th>
                <td data-label="Events">{format::count(row.events)}</td>
                <td data-label="Last event">
                    {match row.last_event_at {
                        Some(at) => view! { <Stamp at /> }.into_any(),
                        None => view! { <span class="quiet">"none yet"</span> }.into_any(),
                    }}
                </td>
                <td data-label="Open candidates">{format::count(row.open_candidates)}</td>
            </tr>
        }
    });
    view! {
        <section class="card card-table">
            <table class="table table-rows">
                <thead>
                    <tr>
                        <th scope="col">"Widget"</th>
                        <th scope="col">"Events"</th>
                        <th scope="col">"Last event"</th>
                        <th scope="col">"Open candidates"</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </section>
    }
    .into_any()
}
