//! Agents beside each other.

use federation::{agents, performance};
use model::*;

use super::*;
use crate::{common::TestStore, support::*};

both_engines!(
    agents_are_compared,
    a_comparison_comes_in_pages,
    who_is_counted_between_two_pages_disturbs_nobody_else,
    a_chart_of_agents_is_a_table_of_all,
);

async fn compared(engine: &Engine, query: PerformanceQuery) -> PerformancePage {
    performance::compare(engine, &person("Vi", Role::Viewer), query)
        .await
        .unwrap()
}

/// The pages from `query` on.
async fn pages(engine: &Engine, mut query: PerformanceQuery) -> Vec<PerformancePage> {
    let mut all = Vec::new();
    loop {
        let page = compared(engine, query.clone()).await;
        let next = page.next_cursor.clone();
        all.push(page);
        let Some(cursor) = next else { return all };
        query.after = PerformanceCursor::parse(query.sort, &cursor);
        assert!(query.after.is_some(), "{cursor}");
    }
}

fn ids(pages: &[PerformancePage]) -> Vec<AgentId> {
    let rows = pages.iter().flat_map(|page| &page.items);
    rows.map(|row| row.agent_registration_id).collect()
}

/// Agents that are equal in much, so that names and ids have to decide; every
/// third was never counted.
async fn crowd(store: &TestStore, engine: &Engine) -> (Hub, Vec<Agent>) {
    let (hub, _) = hub_with(engine, &[]).await;
    let mut all = Vec::new();
    for n in 0..8_i32 {
        let mut new = new_agent(hub.id, &format!("crowd-{n}"), "m");
        new.name = ["Zoe", "ada", "Ärzte & Co", "Ada", "ada"][n as usize % 5].to_owned();
        let agent = agents::create(engine, &admin(), new).await.unwrap();
        if n % 3 != 0 {
            record(store, &agent, n % 4, n % 2).await;
            compute(engine, &agent).await;
        }
        all.push(agent);
    }
    (hub, all)
}

async fn agents_are_compared(store: TestStore) {
    let engine = engine(&store, nothing());
    let (hub, agents) = hub_with(&engine, &["a", "b", "c"]).await;
    record(&store, &agents[0], 3, 1).await;
    record(&store, &agents[1], 4, 0).await;
    let triage = Made {
        task_type: "triage",
        ..made(&store, "rejected", None)
    };
    write(&store, &agents[1], &triage).await;
    for agent in &agents[..2] {
        compute(&engine, agent).await;
    }
    let query = PerformanceQuery {
        hub_id: Some(hub.id),
        sort: PerformanceSort::Acceptance,
        order: SortOrder::Desc,
        ..PerformanceQuery::default()
    };
    let names = |rows: &[PerformanceRow]| -> Vec<String> {
        rows.iter().map(|row| row.agent_name.clone()).collect()
    };
    let rows = compared(&engine, query.clone()).await.items;
    // The one that was never counted comes last, in either direction.
    assert_eq!(names(&rows), ["The agent-1", "The agent-0", "The agent-2"]);
    assert_eq!(rows[0].trend.len(), 1);
    assert_eq!((rows[2].slice.clone(), rows[2].period_end), (None, None));
    let turned = PerformanceQuery {
        order: SortOrder::Asc,
        ..query.clone()
    };
    let rows = compared(&engine, turned).await.items;
    assert_eq!(names(&rows), ["The agent-0", "The agent-1", "The agent-2"]);
    let triage = PerformanceQuery {
        task_type: Some("triage".to_owned()),
        ..query.clone()
    };
    let rows = compared(&engine, triage).await.items;
    assert_eq!(rows[0].slice.as_ref().unwrap().rejected, 1);
    assert_eq!(rows[1].slice, None);
    let unknown = PerformanceQuery {
        task_type: Some("nonsense".to_owned()),
        ..query
    };
    let refused = performance::compare(&engine, &admin(), unknown)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), "invalid");
    let table = comparison_table(ComparisonChart::Table, &rows);
    assert!(table.to_csv().lines().count() == 4);
}

async fn a_comparison_comes_in_pages(store: TestStore) {
    let engine = engine(&store, nothing());
    let (hub, agents) = crowd(&store, &engine).await;
    for sort in PerformanceSort::ALL.iter().copied() {
        for order in SortOrder::ALL.iter().copied() {
            let query = PerformanceQuery {
                hub_id: Some(hub.id),
                sort,
                order,
                ..PerformanceQuery::default()
            };
            let whole = pages(&engine, query.clone()).await;
            assert_eq!((whole.len(), whole[0].total), (1, 8), "{sort} {order}");
            for limit in [1, 3, 8] {
                let query = PerformanceQuery {
                    limit,
                    ..query.clone()
                };
                let cut = pages(&engine, query).await;
                let what = format!("{sort} {order} by {limit}");
                assert_eq!(ids(&cut), ids(&whole), "{what}");
                assert_eq!(cut.len(), agents.len().div_ceil(limit as usize), "{what}");
                assert!(cut.iter().all(|page| page.total == 8), "{what}");
            }
        }
    }
}

async fn who_is_counted_between_two_pages_disturbs_nobody_else(store: TestStore) {
    let engine = engine(&store, nothing());
    let (hub, agents) = crowd(&store, &engine).await;
    let query = PerformanceQuery {
        hub_id: Some(hub.id),
        sort: PerformanceSort::Acceptance,
        order: SortOrder::Desc,
        limit: 2,
        ..PerformanceQuery::default()
    };
    let first = compared(&engine, query.clone()).await;
    let moved = first.items[1].agent_registration_id;
    let agent = agents.iter().find(|agent| agent.id == moved).unwrap();
    // From one of the best to the worst.
    record(&store, agent, 0, 50).await;
    compute(&engine, agent).await;
    let cursor = first.next_cursor.clone().unwrap();
    let after = PerformanceCursor::parse(query.sort, &cursor);
    assert!(after.is_some());
    let rest = pages(&engine, PerformanceQuery { after, ..query }).await;
    let mut seen = ids(&[vec![first], rest].concat());
    seen.retain(|id| *id != moved);
    seen.sort();
    let mut others: Vec<AgentId> = agents.iter().map(|agent| agent.id).collect();
    others.retain(|id| *id != moved);
    others.sort();
    assert_eq!(seen, others);
}

async fn a_chart_of_agents_is_a_table_of_all(store: TestStore) {
    let engine = engine(&store, nothing());
    let (hub, agents) = hub_with(&engine, &["a", "b", "c"]).await;
    record(&store, &agents[0], 3, 1).await;
    // Counted, and nothing to draw.
    write(&store, &agents[1], &made(&store, "pending", None)).await;
    for agent in &agents[..2] {
        compute(&engine, agent).await;
    }
    let query = PerformanceQuery {
        hub_id: Some(hub.id),
        // A file is of no page.
        limit: 1,
        ..PerformanceQuery::default()
    };
    let viewer = person("Vi", Role::Viewer);
    let of = async |chart| {
        performance::comparison(&engine, &viewer, query.clone(), chart)
            .await
            .unwrap()
    };
    assert_eq!(of(ComparisonChart::Table).await.rows.len(), 3);
    let trends = of(ComparisonChart::Trends).await;
    let end = store.clock().now().date_naive() + chrono::Days::new(1);
    assert_eq!(
        trends.to_csv(),
        format!(
            "agent id,agent,period end (UTC),decided,accepted of decided\r\n{},The agent-0,{end},4,0.75\r\n",
            agents[0].id
        )
    );
}
