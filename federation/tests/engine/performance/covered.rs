//! What a hub that decides first holds back.

use chrono::Duration;
use federation::{performance, store::Db};
use model::*;

use super::*;
use crate::{common::TestStore, support::*};

both_engines!(
    a_hub_that_decides_first_tells_no_confidence_of_what_waits,
    a_snapshot_from_before_tells_nothing_of_what_waits,
    a_record_from_elsewhere_tells_nothing_either,
);

async fn a_hub_that_decides_first_tells_no_confidence_of_what_waits(store: TestStore) {
    let engine = engine(&store, nothing());
    let (hub, agents) = hub_with(&engine, &["a"]).await;
    write(&store, &agents[0], &made(&store, "pending", Some(0.83))).await;
    let open = compute(&engine, &agents[0]).await;
    assert_eq!(open.mean_confidence, Some(0.83));
    decide_first(&engine, hub.id, true).await;
    let covered = compute(&engine, &agents[0]).await;
    assert_eq!(covered.mean_confidence, None);
    let told = serde_json::to_string(&covered).unwrap();
    assert!(!told.contains("0.83"), "{told}");
    write(&store, &agents[0], &made(&store, "rejected", Some(0.4))).await;
    assert_eq!(
        compute(&engine, &agents[0]).await.mean_confidence,
        Some(0.4)
    );
}

/// Runs a statement on either engine.
macro_rules! run {
    ($store:expr, $sql:literal $(, $value:expr)*) => {
        match $store.db() {
            Db::Sqlite { write, .. } => drop(sqlx::query($sql)$(.bind($value))*.execute(write).await.unwrap()),
            Db::Postgres(pool) => drop(sqlx::query($sql)$(.bind($value))*.execute(pool).await.unwrap()),
        }
    };
}

/// All that anybody can read of an agent's snapshots.
async fn told(engine: &Engine, agent: &Agent, record: &PerformanceRecord) -> String {
    let viewer = person("Vi", Role::Viewer);
    let page = PageRequest::default();
    let records = performance::records(engine, &viewer, agent.id, page)
        .await
        .unwrap();
    let report = performance::report(engine, &viewer, agent.id)
        .await
        .unwrap();
    let mut told = serde_json::to_string(&(records, report)).unwrap();
    for (record, chart) in [
        (None, PerformanceChart::History),
        (None, PerformanceChart::Breakdown),
        (Some(record.id), PerformanceChart::Breakdown),
    ] {
        let table = performance::table(engine, &viewer, agent.id, record, chart)
            .await
            .unwrap();
        told.push_str(&table.to_csv());
    }
    for task_type in [None, Some("requirement_draft".to_owned())] {
        let query = PerformanceQuery {
            task_type,
            sort: PerformanceSort::Confidence,
            ..PerformanceQuery::default()
        };
        let page = performance::compare(engine, &viewer, query.clone())
            .await
            .unwrap();
        let table = performance::comparison(engine, &viewer, query, ComparisonChart::Table)
            .await
            .unwrap();
        told.push_str(&serde_json::to_string(&page).unwrap());
        told.push_str(&table.to_csv());
    }
    told
}

async fn latest(engine: &Engine, agent: &Agent) -> PerformanceRecord {
    let report = performance::report(engine, &admin(), agent.id)
        .await
        .unwrap();
    let latest = report.latest.unwrap();
    // The line of the earlier ones says the same.
    let line = report.history.last().unwrap();
    assert_eq!(line.mean_confidence, latest.mean_confidence);
    latest
}

async fn a_snapshot_from_before_tells_nothing_of_what_waits(store: TestStore) {
    let engine = engine(&store, nothing());
    let (hub, agents) = hub_with(&engine, &["a"]).await;
    let agent = &agents[0];
    write(&store, agent, &made(&store, "pending", Some(0.8125))).await;
    let triage = Made {
        task_type: "triage",
        artifact_type: "duplicate_report",
        ..made(&store, "accepted", Some(0.4375))
    };
    write(&store, agent, &triage).await;
    let record = compute(&engine, agent).await;
    assert_eq!(record.mean_confidence, Some(0.625));
    let before = told(&engine, agent, &record).await;
    assert!(before.contains("0.8125") && before.contains("0.625"));

    decide_first(&engine, hub.id, true).await;
    let covered = told(&engine, agent, &record).await;
    assert!(!covered.contains("0.8125"), "{covered}");
    assert!(!covered.contains("0.625"), "{covered}");
    let measures = latest(&engine, agent).await.measures.unwrap();
    assert!(measures.total.is_held_back());
    // What is decided is no secret.
    let triage = measures.by_task_type.iter().find(|s| s.key == "triage");
    assert_eq!(triage.unwrap().mean_confidence, Some(0.4375));

    // It is held back, not lost.
    decide_first(&engine, hub.id, false).await;
    assert_eq!(told(&engine, agent, &record).await, before);
    decide_first(&engine, hub.id, true).await;
    // Asked once more, it still waits for a person.
    run!(
        store,
        "UPDATE agent_proposals SET status = 'running' WHERE status = 'pending'"
    );
    assert_eq!(latest(&engine, agent).await.mean_confidence, None);
    run!(
        store,
        "UPDATE agent_proposals SET status = 'rejected' WHERE status = 'running'"
    );
    let decided = latest(&engine, agent).await;
    assert_eq!(decided.mean_confidence, Some(0.625));

    // Counted under the rule, the mean is of what is decided, and is shown.
    write(&store, agent, &made(&store, "pending", Some(0.9375))).await;
    assert_eq!(latest(&engine, agent).await.mean_confidence, Some(0.625));
    compute(&engine, agent).await;
    assert_eq!(latest(&engine, agent).await.mean_confidence, Some(0.625));
    let now = told(&engine, agent, &record).await;
    assert!(!now.contains("0.9375"), "{now}");
}

async fn a_record_from_elsewhere_tells_nothing_either(store: TestStore) {
    let engine = engine(&store, nothing());
    let (hub, agents) = hub_with(&engine, &["a", "b"]).await;
    write(&store, &agents[0], &made(&store, "pending", Some(0.5))).await;
    let now = store.clock().now();
    let (start, end) = (now - Duration::days(20), now + Duration::days(10));
    for agent in &agents {
        run!(
            store,
            "INSERT INTO agent_performance_records (id, agent_registration_id, hub_id, period_start, period_end, \
             mean_confidence, computed_at) VALUES ($1, $2, $3, $4, $5, 0.75, $6)",
            store.clock().id::<PerformanceRecordId>(),
            agent.id,
            hub.id,
            start,
            end,
            now
        );
        assert_eq!(latest(&engine, agent).await.mean_confidence, Some(0.75));
    }
    decide_first(&engine, hub.id, true).await;
    assert_eq!(latest(&engine, &agents[0]).await.mean_confidence, None);
    // Nothing of this one waits.
    assert_eq!(
        latest(&engine, &agents[1]).await.mean_confidence,
        Some(0.75)
    );
}
