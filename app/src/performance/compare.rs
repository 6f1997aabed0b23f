//! Agents beside each other.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::{
    ComparisonChart, Hub, PerformancePage, PerformanceRow, PerformanceSort, SortOrder,
    comparison_table,
};

use super::filters::{Filters, files, from, page_address, sorted, sorted_by};
use super::row::Row;
use super::suggestions::{Acts, ActsNotice, Suggestions};
use super::table::Numbers;
use super::trends::Trends;
use crate::address::word;
use crate::components::{EmptyState, PageLinks, Refused, Skeleton};
use crate::format;
use crate::labels::Labelled;
use crate::layout::use_hub_slug;
use crate::pages::NoHub;
use crate::server_fns::performance::{CompareQuery, Comparison, compare_performance};

/// `/performance`
#[component]
pub fn ComparisonPage() -> impl IntoView {
    let hub = use_hub_slug();
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        query.with(|query| CompareQuery {
            hub: hub.get(),
            hubs: word(query.get("hubs")),
            task: word(query.get("task")),
            sort: word(query.get("sort")),
            order: word(query.get("order")),
            cursor: word(query.get("cursor")),
        })
    });
    let acts = Acts::new();
    let shown = Resource::new(
        move || (asked.get(), acts.version()),
        |(query, _)| compare_performance(query),
    );
    view! {
        <Title text="Performance" />
        <Transition fallback=|| view! { <Skeleton lines=8 /> }>
            {move || Suspend::new(async move {
                match shown.await {
                    Ok(Some(answer)) => {
                        view! { <Show answer asked=asked.get_untracked() acts /> }.into_any()
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
fn Show(answer: Comparison, asked: CompareQuery, acts: Acts) -> impl IntoView {
    let Comparison {
        hub,
        hubs,
        caller,
        task_types,
        page,
        suggestions,
    } = answer;
    let all_hubs = asked.hubs.as_deref() == Some("all");
    let lead = if all_hubs {
        "All hubs".to_owned()
    } else {
        hub.name
    };
    let asked = CompareQuery {
        hub: Some(hub.slug),
        ..asked
    };
    let PerformancePage {
        items: rows,
        next_cursor,
        total,
    } = page;
    let shown = rows.len();
    let to = |cursor: Option<String>| page_address(&from(&asked, cursor));
    let first = asked.cursor.is_some().then(|| to(None));
    let next = next_cursor.map(|cursor| to(Some(cursor)));
    let more = suggestions.next_cursor.is_some();
    let suggestions = suggestions.items;
    let open = (!suggestions.is_empty()).then(|| {
        view! {
            <section class="card" data-testid="open-suggestions">
                <h2 class="card-title">"Suggested"</h2>
                <Suggestions suggestions caller acts links=true />
                {more
                    .then(|| {
                        view! { <p class="quiet">"There are older ones; they come up as these are decided."</p> }
                    })}
            </section>
        }
    });
    view! {
        <div class="page-head">
            <div>
                <h1 class="page-title">"Performance"</h1>
                <p class="page-lead">
                    {format!("{lead} · active agents, each by its latest snapshot of 30 days")}
                </p>
            </div>
        </div>
        <div class="stack">
            <ActsNotice acts />
            {open}
            <Filters asked=asked.clone() one_hub=hubs.len() < 2 task_types />
            {if rows.is_empty() {
                view! { <NoAgents asked /> }.into_any()
            } else {
                view! {
                    <Shown shown total />
                    <Table rows=rows.clone() hubs all_hubs asked=asked.clone() />
                    <Whole rows=rows.clone() asked=asked.clone() />
                    <Trends rows asked />
                }
                    .into_any()
            }}
            <PageLinks newest=first older=next first="First page" next="Next page" />
        </div>
    }
    .into_any()
}

/// How many there are, where they are not all on this page.
#[component]
fn Shown(shown: usize, total: i64) -> impl IntoView {
    let shown = i64::try_from(shown).unwrap_or(total);
    (shown < total).then(|| {
        let total = format::counted(total, "agent", "agents");
        let says = format!(
            "This page shows {} of {total}, charts too. The files hold all of them.",
            format::count(shown)
        );
        view! {
            <p class="quiet" data-testid="agents-shown">
                {says}
            </p>
        }
    })
}

#[component]
fn NoAgents(asked: CompareQuery) -> impl IntoView {
    if asked.cursor.is_some() {
        return view! {
            <section class="card">
                <EmptyState title="No agent is left for this page">
                    <p>"The first page has those that are there."</p>
                </EmptyState>
            </section>
        }
        .into_any();
    }
    let hub = asked.hub.unwrap_or_default();
    view! {
        <section class="card">
            <EmptyState title="No active agent here">
                <p>
                    "Each active agent has a row here, once it is registered. "
                    <a class="link" href=format!("/agents?hub={hub}")>
                        "Go to the agents"
                    </a>
                </p>
            </EmptyState>
        </section>
    }
    .into_any()
}

/// All columns, and the files.
#[component]
fn Whole(rows: Vec<PerformanceRow>, asked: CompareQuery) -> impl IntoView {
    let chart = ComparisonChart::Table;
    let (table, files) = (comparison_table(chart, &rows), Some(files(&asked, chart)));
    view! { <Numbers caption="The comparison of agents" table files /> }
}

#[component]
fn Table(
    rows: Vec<PerformanceRow>,
    hubs: Vec<Hub>,
    all_hubs: bool,
    asked: CompareQuery,
) -> impl IntoView {
    let hub_name = |row: &PerformanceRow| {
        let hub = hubs.iter().find(|hub| hub.id == row.hub_id);
        all_hubs.then(|| hub.map(|hub| hub.name.clone()).unwrap_or_default())
    };
    let rows = rows
        .into_iter()
        .map(|row| {
            let hub = hub_name(&row);
            view! { <Row row hub /> }
        })
        .collect_view();
    let mut heads = PerformanceSort::ALL
        .iter()
        .map(|sort| head(*sort, &asked))
        .collect::<Vec<_>>()
        .into_iter();
    view! {
        <section class="card card-table">
            <div class="table-scroll" role="region" aria-label="Agents beside each other" tabindex="0">
            <table class="table table-rows numbers-rows">
                <thead>
                    <tr>
                        {heads.next()}
                        {all_hubs.then(|| view! { <th scope="col">"Hub"</th> })}
                        {heads.collect_view()}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
            </div>
        </section>
    }
    .into_any()
}

/// A column's name; it sorts, and turns the order where it does already.
fn head(sort: PerformanceSort, asked: &CompareQuery) -> AnyView {
    let (now, order) = sorted(asked);
    let (aria, arrow) = match (now == sort, order) {
        (false, _) => (None, ""),
        (true, SortOrder::Asc) => (Some("ascending"), "↑"),
        (true, SortOrder::Desc) => (Some("descending"), "↓"),
    };
    view! {
        <th scope="col" aria-sort=aria>
            <a class="sort" href=page_address(&sorted_by(asked, sort))>
                {sort.label()}
                <span class="sort-arrow" aria-hidden="true">
                    {arrow}
                </span>
            </a>
        </th>
    }
    .into_any()
}
