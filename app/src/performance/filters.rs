//! The comparison's filters, its order and its address.

use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use model::{ComparisonChart, PerformanceSort, RegisteredType, SortOrder};

use super::table::Files;
use crate::address::{address, changed};
use crate::labels::options;
use crate::server_fns::performance::CompareQuery;

/// The words of the address after the path.
fn words(query: &CompareQuery) -> [(&'static str, &Option<String>); 6] {
    [
        ("hub", &query.hub),
        ("hubs", &query.hubs),
        ("task", &query.task),
        ("sort", &query.sort),
        ("order", &query.order),
        ("cursor", &query.cursor),
    ]
}

/// The address of a comparison.
pub fn page_address(query: &CompareQuery) -> String {
    address("/performance", &words(query))
}

/// Where the numbers of a chart are as files: those of all pages.
pub fn files(query: &CompareQuery, chart: ComparisonChart) -> Files {
    let path = match chart {
        ComparisonChart::Table => "/performance".to_owned(),
        ComparisonChart::Trends => format!("/performance/{chart}"),
    };
    let whole = from(query, None);
    let file = |kind: &str| address(&format!("{path}.{kind}"), &words(&whole));
    Files {
        csv: file("csv"),
        json: file("json"),
    }
}

/// The same comparison from another place on; `None`: from its beginning.
pub fn from(query: &CompareQuery, cursor: Option<String>) -> CompareQuery {
    CompareQuery {
        cursor,
        ..query.clone()
    }
}

/// The order that one looks for first: the best on top, as far as one end is
/// the better one.
const fn usual_order(sort: PerformanceSort) -> SortOrder {
    match sort {
        PerformanceSort::Name
        | PerformanceSort::Brier
        | PerformanceSort::Cost
        | PerformanceSort::Time => SortOrder::Asc,
        PerformanceSort::Generated
        | PerformanceSort::Acceptance
        | PerformanceSort::Confidence
        | PerformanceSort::Calibration
        | PerformanceSort::Change => SortOrder::Desc,
    }
}

/// What the table is sorted by, and in which direction.
pub fn sorted(query: &CompareQuery) -> (PerformanceSort, SortOrder) {
    let sort = query.sort.as_deref().and_then(|word| word.parse().ok());
    let sort = sort.unwrap_or(PerformanceSort::Name);
    let order = query.order.as_deref().and_then(|word| word.parse().ok());
    (sort, order.unwrap_or(usual_order(sort)))
}

/// The same table sorted by `sort`; where it is already, the other way round.
pub fn sorted_by(query: &CompareQuery, sort: PerformanceSort) -> CompareQuery {
    let (now, order) = sorted(query);
    let turned = match order {
        SortOrder::Asc => SortOrder::Desc,
        SortOrder::Desc => SortOrder::Asc,
    };
    let order = (now == sort && turned != usual_order(sort)).then(|| turned.to_string());
    CompareQuery {
        sort: (sort != PerformanceSort::Name).then(|| sort.to_string()),
        order,
        ..from(query, None)
    }
}

fn set(query: &mut CompareQuery, name: &str, value: Option<String>) {
    query.cursor = None;
    match name {
        "hubs" => query.hubs = value,
        "task" => query.task = value,
        "sort" => {
            query.sort = value;
            query.order = None;
        }
        _ => {}
    }
}

/// Each change leads to the comparison that it asks for.
#[component]
pub fn Filters(
    asked: CompareQuery,
    one_hub: bool,
    task_types: Vec<RegisteredType>,
) -> impl IntoView {
    let navigate = use_navigate();
    let wanted = asked.clone();
    let on_change = move |event: leptos::ev::Event| {
        if let Some((name, value)) = changed(&event) {
            let mut wanted = wanted.clone();
            set(&mut wanted, &name, value);
            navigate(&page_address(&wanted), Default::default());
        }
    };
    let hubs = vec![("all".to_owned(), "All hubs".to_owned())];
    let tasks = task_types
        .into_iter()
        .map(|kind| (kind.key, kind.label))
        .collect();
    let (sort, _) = sorted(&asked);
    // Nothing is what an address without a word means: the first one.
    let sorts = options(PerformanceSort::ALL).into_iter().skip(1).collect();
    let sort = (sort != PerformanceSort::Name).then(|| sort.to_string());
    view! {
        <form class="filters" method="get" action="/performance" on:change=on_change aria-label="Filters">
            {asked.hub.map(|hub| view! { <input type="hidden" name="hub" value=hub /> })}
            {(!one_hub).then(|| choice("hubs", "Hub", "This hub", hubs, asked.hubs, "filter"))}
            {choice("task", "Task", "All tasks", tasks, asked.task, "filter")}
            {choice("sort", "Sorted by", "Agent", sorts, sort, "filter filter-sort")}
            <button type="submit" class="btn btn-small without-script">
                "Show"
            </button>
        </form>
    }
    .into_any()
}

fn choice(
    name: &'static str,
    label: &'static str,
    all: &'static str,
    values: Vec<(String, String)>,
    now: Option<String>,
    class: &'static str,
) -> AnyView {
    let id = format!("filter-{name}");
    let values = values.into_iter().map(|(value, label)| {
        let selected = now.as_deref() == Some(value.as_str());
        view! {
            <option value=value selected=selected>
                {label}
            </option>
        }
    });
    view! {
        <div class=class>
            <label class="filter-label" for=id.clone()>
                {label}
            </label>
            <select class="select select-small" id=id name=name>
                <option value="">{all}</option>
                {values.collect_view()}
            </select>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_carries_what_is_asked() {
        let query = CompareQuery {
            hub: Some("main".to_owned()),
            task: Some("triage".to_owned()),
            cursor: Some("name__1_61".to_owned()),
            ..CompareQuery::default()
        };
        assert_eq!(
            page_address(&query),
            "/performance?hub=main&task=triage&cursor=name__1_61"
        );
        // A file has all pages.
        assert_eq!(
            files(&query, ComparisonChart::Table).csv,
            "/performance.csv?hub=main&task=triage"
        );
        assert_eq!(
            files(&query, ComparisonChart::Trends).json,
            "/performance/trends.json?hub=main&task=triage"
        );
    }

    #[test]
    fn a_second_click_turns_the_order_and_a_third_turns_it_back() {
        let query = CompareQuery::default();
        assert_eq!(sorted(&query), (PerformanceSort::Name, SortOrder::Asc));
        let first = sorted_by(&query, PerformanceSort::Acceptance);
        assert_eq!(
            sorted(&first),
            (PerformanceSort::Acceptance, SortOrder::Desc)
        );
        let second = sorted_by(&first, PerformanceSort::Acceptance);
        assert_eq!(
            sorted(&second),
            (PerformanceSort::Acceptance, SortOrder::Asc)
        );
        assert_eq!(sorted_by(&second, PerformanceSort::Acceptance), first);
    }

    #[test]
    fn each_filter_is_set_and_another_order_begins_anew() {
        let mut query = CompareQuery {
            order: Some("asc".to_owned()),
            cursor: Some("name__1_61".to_owned()),
            ..CompareQuery::default()
        };
        assert_eq!(sorted_by(&query, PerformanceSort::Cost).cursor, None);
        for name in ["hubs", "task", "sort"] {
            set(&mut query, name, Some("cost".to_owned()));
        }
        assert_eq!(query.hubs, query.task);
        assert_eq!((query.sort.as_deref(), query.order), (Some("cost"), None));
        assert_eq!(query.cursor, None);
    }
}
