//! What operators are told of work, whichever database keeps it.

use std::time::Duration;

use federation::{collectives, metrics};

use crate::common::TestStore;
use crate::support::*;

both_engines!(
    work_that_waits_is_told_from_work_under_way,
    a_database_that_is_gone_is_told,
);

fn value(text: &str, series: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(series));
    line.unwrap_or_else(|| panic!("no {series} in {text}"))
        .trim()
        .parse()
        .unwrap()
}

const QUEUED: &str = r#"inter_hub_work_items{kind="collective_run",state="queued"}"#;
const RUNNING: &str = r#"inter_hub_work_items{kind="collective_run",state="running"}"#;
const OLDEST: &str = "inter_hub_work_oldest_queued_seconds";

async fn work_that_waits_is_told_from_work_under_way(store: TestStore) {
    let engine = engine(&store, ScriptBridge::new(|_, _| Plan::recommend("Ship")));
    let (hub, _) = hub_with(&engine, &["a", "b"]).await;
    let counts = async || {
        let text = metrics::text(&engine).await.unwrap();
        (value(&text, QUEUED), value(&text, RUNNING))
    };
    assert_eq!(counts().await, (0.0, 0.0));
    for _ in 0..2 {
        collectives::start(&engine, &admin(), question(hub.id), None)
            .await
            .unwrap();
    }
    assert_eq!(counts().await, (2.0, 0.0));
    let claim = |lease| store.claim_work(store.clock().id(), lease);
    claim(Duration::from_secs(600)).await.unwrap().unwrap();
    assert_eq!(counts().await, (1.0, 1.0));
    // One that was left behind waits like one that was never begun.
    lapse(&store).await;
    assert_eq!(counts().await, (2.0, 0.0));
    let text = metrics::text(&engine).await.unwrap();
    assert!(value(&text, OLDEST) > 1e6, "{text}");
}

async fn a_database_that_is_gone_is_told(store: TestStore) {
    let engine = engine(&store, ScriptBridge::new(|_, _| Plan::recommend("Ship")));
    let up = async || {
        value(
            &metrics::text(&engine).await.unwrap(),
            "inter_hub_database_up",
        )
    };
    assert_eq!(up().await, 1.0);
    store.close().await;
    assert_eq!(up().await, 0.0);
}
