//! The dashboard counts what was blocked in the last 7 days of UTC.

use chrono::{DateTime, Duration, Utc};
use federation::{Clock, governance, hubs};
use model::*;

use super::policies::nothing;
use super::receipts::{blocked, receipt, write};
use crate::support::*;

fn noon() -> DateTime<Utc> {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

#[tokio::test]
async fn sqlite_counts_days() {
    let store = crate::common::sqlite_at(Clock::fixed(noon())).await;
    days_are_counted(&store).await;
}

#[tokio::test]
async fn postgres_counts_days() {
    if let Some(store) = crate::common::postgres_at(Clock::fixed(noon())).await {
        days_are_counted(&store).await;
    }
}

async fn days_are_counted(store: &crate::common::TestStore) {
    let engine = engine(store, nothing());
    let (hub, agents) = hub_with(&engine, &["a", "b"]).await;
    let quiet = NewHub {
        slug: "quiet".to_owned(),
        name: "A quiet one".to_owned(),
        description: None,
        governance_default: None,
    };
    hubs::create(&engine, &admin(), quiet).await.unwrap();
    let midnight: DateTime<Utc> = "2026-03-01T00:00:00Z".parse().unwrap();
    let first = midnight - Duration::days(6);
    let at = |at, agent: usize| blocked(receipt(&engine, &agents[agent], at));
    let mut other_type = at(midnight, 1);
    other_type.artifact_type = "duplicate_report".to_owned();
    let all = [
        // The first moment that counts, and the last one that does not.
        at(first, 0),
        at(first - Duration::microseconds(1), 0),
        at(midnight - Duration::microseconds(1), 0),
        at(midnight, 1),
        other_type,
        at(noon(), 1),
        // Not blocked.
        receipt(&engine, &agents[0], noon()),
    ];
    write(&engine, &all).await;
    let shown = governance::dashboard(&engine, &person("Vi", Role::Viewer))
        .await
        .unwrap();
    let names: Vec<_> = shown.hubs.iter().map(|h| h.name.as_str()).collect();
    assert_eq!(names, ["Shop", "A quiet one"]);
    let days: Vec<_> = shown.hubs[0]
        .days
        .iter()
        .map(|d| (d.date.to_string(), d.blocked))
        .collect();
    let day = |day: &str, n| (day.to_owned(), n);
    assert_eq!(
        days,
        [
            day("2026-02-23", 1),
            day("2026-02-24", 0),
            day("2026-02-25", 0),
            day("2026-02-26", 0),
            day("2026-02-27", 0),
            day("2026-02-28", 1),
            day("2026-03-01", 3),
        ]
    );
    assert_eq!(shown.hubs[0].blocked_last_7_days, 5);
    let by_agent: Vec<_> = shown.hubs[0]
        .by_agent
        .iter()
        .map(|b| (b.agent_registration_id, b.blocked))
        .collect();
    assert_eq!(by_agent, [(agents[1].id, 3), (agents[0].id, 2)]);
    let by_type: Vec<_> = shown.hubs[0]
        .by_artifact_type
        .iter()
        .map(|b| (b.artifact_type.as_str(), b.blocked))
        .collect();
    assert_eq!(by_type, [("widget_summary", 4), ("duplicate_report", 1)]);
    assert_eq!(shown.hubs[1].blocked_last_7_days, 0);
    assert_eq!(shown.hubs[1].days.len(), 7);
    // The overview counts the same days.
    let counts = hubs::counts(&engine, &admin(), hub.id).await.unwrap();
    assert_eq!(counts.blocked_last_7_days, 5);
    // Each number leads to its receipts.
    let filter = InvocationFilter {
        hub_id: Some(hub.id),
        agent_registration_id: Some(agents[1].id),
        artifact_type: Some("widget_summary".to_owned()),
        outcome: Some(Outcome::Blocked),
        since: Some(midnight),
        until: None,
    };
    let found =
        federation::invocations::list(&engine, &admin(), filter, PageRequest::default()).await;
    assert_eq!(found.unwrap().items.len(), 2);
}
