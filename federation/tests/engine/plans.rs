//! How SQLite answers the questions that are asked all the time. The SQL is
//! read from the store's own source, so that it cannot drift.

use federation::{Store, store::Db};
use model::{AgentFilter, AgentSearch, AgentSort, HubId, SortOrder};
use sqlx::AssertSqlSafe;

const AGENT_WORK: &str = include_str!("../../src/store/agents/work.rs");
const BUDGET: &str = include_str!("../../src/store/budget.rs");
const COLLECTIVES: &str = include_str!("../../src/store/collectives.rs");
const DECISIONS: &str = include_str!("../../src/store/collectives/decisions.rs");
const DELEGATIONS: &str = include_str!("../../src/store/delegations.rs");
const DELEGATION_TREE: &str = include_str!("../../src/store/delegations/tree.rs");
const GOVERNANCE: &str = include_str!("../../src/store/governance.rs");
const GOVERNANCE_RECEIPTS: &str = include_str!("../../src/store/governance/receipts.rs");
const LIVE: &str = include_str!("../../src/store/live.rs");
const PEOPLE: &str = include_str!("../../src/store/people.rs");
const PERFORMANCE: &str = include_str!("../../src/store/performance.rs");
const SUGGESTIONS: &str = include_str!("../../src/store/performance/suggestions.rs");
const PRICES: &str = include_str!("../../src/store/prices.rs");
const PROPOSAL_RUNS: &str = include_str!("../../src/store/proposals/runs.rs");
const PROPOSAL_SOURCES: &str = include_str!("../../src/store/proposals/sources.rs");
const PROVIDERS: &str = include_str!("../../src/store/providers.rs");
const ROUTING: &str = include_str!("../../src/store/routing.rs");
const REVIEWS: &str = include_str!("../../src/store/reviews.rs");
const WIDGETS: &str = include_str!("../../src/store/widgets.rs");
const WIDGET_ROWS: &str = include_str!("../../src/store/widgets/rows.rs");
const TIMELINE: &str = include_str!("../../src/store/widgets/timeline.rs");
const CANDIDATES: &str = include_str!("../../src/store/candidates.rs");
const DECISION_RECORDS: &str = include_str!("../../src/store/decisions.rs");
const WORK: &str = include_str!("../../src/store/work.rs");

/// Each reads only the rows that it asks for: no step walks a whole table.
#[tokio::test]
async fn hot_queries_search() {
    let store = crate::common::sqlite().await;
    for (source, function) in [
        (LIVE, "last_event"),
        (LIVE, "events_after"),
        (LIVE, "tell"),
        (COLLECTIVES, "collective"),
        (COLLECTIVES, "contributions"),
        (COLLECTIVES, "collective_reviews"),
        (DELEGATIONS, "delegated_work"),
        (DELEGATIONS, "above"),
        (DELEGATIONS, "works_below"),
        (DELEGATIONS, "ids_above"),
        (DELEGATIONS, "open_delegations"),
        (DELEGATION_TREE, "delegation_links"),
        (DELEGATION_TREE, "spending_below"),
        (DELEGATION_TREE, "delegations_that_say"),
        (BUDGET, "lock_chain"),
        (BUDGET, "close_chain"),
        (GOVERNANCE, "speaking_policy"),
        (GOVERNANCE, "agent_names"),
        (GOVERNANCE_RECEIPTS, "calls_of_rule"),
        (GOVERNANCE_RECEIPTS, "calls_of_default"),
        (GOVERNANCE_RECEIPTS, "changed_by_rule"),
        (GOVERNANCE_RECEIPTS, "changed_by_default"),
        (GOVERNANCE_RECEIPTS, "blocked_calls"),
        (AGENT_WORK, "agent_routes"),
        (AGENT_WORK, "agent_governance"),
        (AGENT_WORK, "agent_work"),
        (AGENT_WORK, "agent_sums"),
        (AGENT_WORK, "agent_versions_before"),
        (AGENT_WORK, "call_of_account"),
        (AGENT_WORK, "close_adrift"),
        (AGENT_WORK, "asked_before"),
        (PERFORMANCE, "measured"),
        (PERFORMANCE, "middle_decision_times"),
        (PERFORMANCE, "calls_of"),
        (PERFORMANCE, "performance_records"),
        (PERFORMANCE, "performance_history"),
        (PERFORMANCE, "keep_performance"),
        (SUGGESTIONS, "refresh_suggestion"),
        (SUGGESTIONS, "withdraw_suggestion"),
        (SUGGESTIONS, "open_tasks"),
        (ROUTING, "active_routes"),
        (ROUTING, "all_routes"),
        (ROUTING, "route_order"),
        (PRICES, "model_price"),
        (PRICES, "price"),
        (PROVIDERS, "provider_test"),
        (PROVIDERS, "last_provider_test"),
        (PROVIDERS, "provider_errors"),
        (PROVIDERS, "close_adrift_tests"),
        (PEOPLE, "credentials"),
        (PEOPLE, "open_link"),
        (PEOPLE, "session_owner"),
        (PEOPLE, "api_token"),
        (DECISIONS, "decide_collective"),
        (DECISIONS, "take_key"),
        (WIDGETS, "widget_sources"),
        (WIDGET_ROWS, "widget"),
        (TIMELINE, "timeline"),
        (TIMELINE, "timeline_kinds"),
        (TIMELINE, "widget_summaries"),
        (CANDIDATES, "candidate"),
        (CANDIDATES, "duplicate_of"),
        (CANDIDATES, "duplicates"),
        (CANDIDATES, "decisions_on"),
        (DECISION_RECORDS, "decision_record"),
        (DECISION_RECORDS, "decision_implementations"),
        (PROPOSAL_RUNS, "proposal_run"),
        (PROPOSAL_RUNS, "round_instructions"),
        (PROPOSAL_RUNS, "proposal_answers"),
        (PROPOSAL_RUNS, "begin_proposal"),
        (PROPOSAL_RUNS, "used_in_round"),
        (PROPOSAL_RUNS, "grants_auto_apply"),
        (PROPOSAL_SOURCES, "widget_cluster"),
        (PROPOSAL_SOURCES, "newest_candidates"),
        (WORK, "requeue_work"),
        (WORK, "claim_work"),
        (WORK, "claim_sqlite"),
        (WORK, "open_work"),
        (WORK, "hold"),
        (WORK, "renew_work"),
        (WORK, "cancel_work"),
        (WORK, "release_work"),
    ] {
        for (sql, plan) in plans(&store, source, function).await {
            let walks: Vec<&String> = plan.iter().filter(|step| is_walk(step, &plan)).collect();
            assert!(walks.is_empty(), "{function}\n{sql}\n{plan:#?}");
        }
    }
}

/// A million proposals are counted from one index, in its order: nothing is
/// looked up in the table and nothing is sorted.
#[tokio::test]
async fn a_snapshot_is_counted_in_the_order_of_its_index() {
    let store = crate::common::sqlite().await;
    for (function, index) in [
        ("measured", "agent_proposals_measured"),
        ("middle_decision_times", "agent_proposals_decision_time"),
        ("calls_of", "agent_invocations_measured"),
    ] {
        for (sql, plan) in plans(&store, PERFORMANCE, function).await {
            let covering = format!("USING COVERING INDEX {index} ");
            assert!(plan[0].contains(&covering), "{sql}\n{plan:#?}");
            assert_eq!(plan.len(), 1, "{sql}\n{plan:#?}");
        }
    }
}

/// Lists with optional filters walk an index from the newest row and stop at
/// the limit; they sort nothing.
#[tokio::test]
async fn lists_walk_an_index_in_order() {
    let store = crate::common::sqlite().await;
    for (source, function) in [
        (COLLECTIVES, "collectives"),
        (GOVERNANCE, "governance_policies"),
        (PRICES, "model_prices"),
        (PRICES, "unpriced_models"),
        (ROUTING, "routing_policies"),
        (DECISIONS, "last_review"),
        (REVIEWS, "standing_decision"),
        (include_str!("../../src/store/agents.rs"), "agents"),
        (
            include_str!("../../src/store/interactions.rs"),
            "interaction_events",
        ),
        (
            include_str!("../../src/store/signals.rs"),
            "outcome_signals",
        ),
        (include_str!("../../src/store/audit.rs"), "audit_entries"),
        (
            include_str!("../../src/store/invocations.rs"),
            "invocations",
        ),
    ] {
        for (sql, plan) in plans(&store, source, function).await {
            let in_order = plan
                .iter()
                .all(|step| step.contains("USING") && step.contains("INDEX"));
            assert!(in_order, "{function}\n{sql}\n{plan:#?}");
        }
    }
}

/// The list of agents looks up receipts, proposals and reviews by an index,
/// whatever it is sorted by, and reads no other hub's agents.
#[tokio::test]
async fn the_list_of_agents_searches() {
    let store = crate::common::sqlite().await;
    let Db::Sqlite { read, .. } = store.db() else {
        panic!("not SQLite");
    };
    for sort in AgentSort::ALL.iter().copied() {
        for order in SortOrder::ALL.iter().copied() {
            let search = AgentSearch {
                filter: AgentFilter {
                    hub_id: Some(HubId(uuid::Uuid::nil())),
                    ..AgentFilter::default()
                },
                sort,
                order: Some(order),
                ..AgentSearch::default()
            };
            let sql = federation::store::agents::search::statement(&search);
            let steps: Vec<(i64, i64, i64, String)> =
                sqlx::query_as(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}")))
                    .fetch_all(read)
                    .await
                    .unwrap();
            let plan: Vec<String> = steps.into_iter().map(|step| step.3).collect();
            let walks: Vec<_> = plan.iter().filter(|step| is_walk(step, &plan)).collect();
            assert!(walks.is_empty(), "{sort} {order}\n{plan:#?}");
            let sorts = plan.iter().any(|step| step.contains("TEMP B-TREE"));
            assert_eq!(
                sorts,
                sort != AgentSort::Newest,
                "{sort} {order}\n{plan:#?}"
            );
        }
    }
}

/// The inbox walks the index of what waits, in a hub and in all of them.
#[tokio::test]
async fn the_inbox_searches() {
    let store = crate::common::sqlite().await;
    let Db::Sqlite { read, .. } = store.db() else {
        panic!("not SQLite");
    };
    for sort in model::InboxSort::ALL.iter().copied() {
        for in_hub in [true, false] {
            let sql = federation::store::inbox::statement(in_hub, sort);
            let steps: Vec<(i64, i64, i64, String)> =
                sqlx::query_as(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}")))
                    .fetch_all(read)
                    .await
                    .unwrap();
            let plan: Vec<String> = steps.into_iter().map(|step| step.3).collect();
            let of = |table: &str| {
                let searches = format!("SEARCH {table} USING ");
                let scans = format!("SCAN {table} USING ");
                plan.iter()
                    .any(|step| step.starts_with(&searches) || step.starts_with(&scans))
            };
            assert!(of("p") && of("c"), "{sort} {in_hub}\n{plan:#?}");
        }
    }
}

/// Lists of proposals and content walk the index of what is asked for with the
/// fewest rows, and sort no more than what hangs on one source.
#[tokio::test]
async fn lists_of_content_walk_the_index_of_what_is_asked_for() {
    use federation::store::{candidates, decisions, proposals, widgets};
    use model::{CandidateFilter, DecisionRecordFilter, ProposalFilter, WidgetFilter};

    let store = crate::common::sqlite().await;
    let id = uuid::Uuid::nil();
    let hub = Some(HubId(id));
    let (pending, agent) = (
        Some(model::ProposalStatus::Pending),
        Some(model::AgentId(id)),
    );
    let in_hub = || ProposalFilter {
        hub_id: hub,
        ..ProposalFilter::default()
    };
    let about = |kind: usize| ProposalFilter {
        source_widget_id: (kind == 0).then_some(model::WidgetId(id)),
        source_candidate_id: (kind == 1).then_some(model::CandidateId(id)),
        source_decision_id: (kind == 2).then_some(model::DecisionRecordId(id)),
        ..in_hub()
    };
    let of = |agent_registration_id, status| ProposalFilter {
        agent_registration_id,
        status,
        ..in_hub()
    };
    let all = ProposalFilter::default();
    let mut wanted = vec![
        (
            "p",
            "sqlite_autoindex_agent_proposals_1",
            proposals::list_statement(&all),
        ),
        (
            "p",
            "agent_proposals_hub",
            proposals::list_statement(&in_hub()),
        ),
        (
            "p",
            "agent_proposals_status",
            proposals::list_statement(&of(None, pending)),
        ),
        (
            "p",
            "agent_proposals_agent",
            proposals::list_statement(&of(agent, None)),
        ),
        (
            "p",
            "agent_proposals_agent_status",
            proposals::list_statement(&of(agent, pending)),
        ),
        (
            "p",
            "agent_proposals_widget",
            proposals::list_statement(&about(0)),
        ),
        (
            "p",
            "agent_proposals_candidate",
            proposals::list_statement(&about(1)),
        ),
        (
            "p",
            "agent_proposals_decision",
            proposals::list_statement(&about(2)),
        ),
    ];
    for (index, filter) in [
        (
            "sqlite_autoindex_requirement_candidates_1",
            CandidateFilter::default(),
        ),
        (
            "requirement_candidates_hub",
            CandidateFilter {
                hub_id: hub,
                ..CandidateFilter::default()
            },
        ),
        (
            "requirement_candidates_status",
            CandidateFilter {
                hub_id: hub,
                status: Some(model::CandidateStatus::Open),
                ..CandidateFilter::default()
            },
        ),
        (
            "requirement_candidates_widget",
            CandidateFilter {
                hub_id: hub,
                source_widget_id: Some(model::WidgetId(id)),
                ..CandidateFilter::default()
            },
        ),
    ] {
        wanted.push(("c", index, candidates::list_statement(&filter)));
    }
    for (index, filter) in [
        (
            "sqlite_autoindex_decision_records_1",
            DecisionRecordFilter::default(),
        ),
        (
            "decision_records_hub",
            DecisionRecordFilter {
                hub_id: hub,
                ..DecisionRecordFilter::default()
            },
        ),
        (
            "decision_records_status",
            DecisionRecordFilter {
                hub_id: hub,
                status: Some(model::DecisionRecordStatus::Proposed),
                ..DecisionRecordFilter::default()
            },
        ),
        (
            "decision_records_candidate",
            DecisionRecordFilter {
                requirement_candidate_id: Some(model::CandidateId(id)),
                ..DecisionRecordFilter::default()
            },
        ),
    ] {
        wanted.push((
            "decision_records",
            index,
            decisions::list_statement(&filter),
        ));
    }
    for (index, hub_id) in [("sqlite_autoindex_widgets_1", None), ("widgets_hub", hub)] {
        let filter = WidgetFilter {
            hub_id,
            ..WidgetFilter::default()
        };
        wanted.push(("w", index, widgets::rows::list_statement(&filter)));
    }
    for (table, index, sql) in wanted {
        let plan = plan_of(&store, sql).await;
        let search = format!("SEARCH {table} USING INDEX {index} ");
        assert!(
            plan.iter().any(|step| step.starts_with(&search)),
            "{search}\n{plan:#?}"
        );
        let walks: Vec<_> = plan.iter().filter(|step| is_walk(step, &plan)).collect();
        assert!(walks.is_empty(), "{index}\n{plan:#?}");
        let sorts = plan.iter().any(|step| step.contains("TEMP B-TREE"));
        let of_one_source = ["_widget", "_candidate", "_decision"];
        assert_eq!(
            sorts,
            of_one_source.iter().any(|end| index.ends_with(end)),
            "{index}\n{plan:#?}"
        );
    }
}

async fn plan_of(store: &Store, sql: &'static str) -> Vec<String> {
    let Db::Sqlite { read, .. } = store.db() else {
        panic!("not SQLite");
    };
    let steps: Vec<(i64, i64, i64, String)> =
        sqlx::query_as(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}")))
            .fetch_all(read)
            .await
            .unwrap();
    steps.into_iter().map(|step| step.3).collect()
}

/// But for what is no table: a constant, a subquery, a bound list.
fn is_walk(step: &str, plan: &[String]) -> bool {
    let Some(table) = step.strip_prefix("SCAN ") else {
        return false;
    };
    let is_subquery = |made: &String| {
        made.strip_prefix("CO-ROUTINE ")
            .or_else(|| made.strip_prefix("MATERIALIZE "))
            .is_some_and(|name| name == table)
    };
    table != "CONSTANT ROW" && !table.starts_with("json_each ") && !plan.iter().any(is_subquery)
}

async fn plans(store: &Store, source: &str, function: &str) -> Vec<(String, Vec<String>)> {
    let Db::Sqlite { read, .. } = store.db() else {
        panic!("not SQLite");
    };
    let mut plans = Vec::new();
    for sql in sql_of(source, function) {
        let steps: Vec<(i64, i64, i64, String)> =
            sqlx::query_as(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}")))
                .fetch_all(read)
                .await
                .unwrap_or_else(|e| panic!("{function}: {e}\n{sql}"));
        plans.push((sql, steps.into_iter().map(|step| step.3).collect()));
    }
    plans
}

/// The SQL of a function of the store, but for what only PostgreSQL knows.
fn sql_of(source: &str, function: &str) -> Vec<String> {
    let body = source
        .split_once(&format!("fn {function}("))
        .unwrap_or_else(|| panic!("{function} is not where it was"))
        .1;
    let body = body.split("\n    }\n").next().unwrap_or(body);
    let mut found = Vec::new();
    for text in body.split('"').skip(1).step_by(2) {
        let sql: Vec<&str> = text.split("\\\n").map(str::trim_start).collect();
        let sql = sql.concat();
        let of_postgres = ["SKIP LOCKED", "interval '", "ANY("]
            .iter()
            .any(|words| sql.contains(words));
        let verbs = ["SELECT ", "UPDATE ", "INSERT ", "DELETE ", "WITH "];
        if !of_postgres && verbs.iter().any(|verb| sql.starts_with(verb)) {
            found.push(sql);
        }
    }
    assert!(!found.is_empty(), "{function} has no SQL");
    found
}
