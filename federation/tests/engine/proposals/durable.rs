//! What survives: crashes, hand-overs, followers that come and go.

use std::{collections::HashSet, sync::Arc};

use federation::{
    Engine, invocations,
    live::{Follow, subscribe_proposal},
    proposals,
};
use futures::StreamExt;
use model::*;
use serde_json::json;
use tokio::sync::Semaphore;

use crate::{common::TestStore, point::*, support::*};

both_engines!(
    a_killed_instance_loses_nothing,
    attempts_are_used_up_in_the_end,
    shutdown_hands_work_over,
    a_worker_that_lost_its_lease_stores_nothing,
    a_follower_gets_every_event_once_and_the_text_whole,
    a_late_follower_gets_the_text_so_far,
    many_at_once_all_end,
    the_hub_is_told,
);

const POINT: InvocationPoint = InvocationPoint::DraftRequirement;

/// Runs `work` in a runtime that is then killed: no task gets a last word.
fn doomed<F: Future<Output = ()> + Send + 'static>(work: F) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(work);
        runtime.shutdown_background();
    })
}

/// An instance that dies while the agent is asked.
async fn die_in_mid_call(store: &TestStore, id: ProposalId) {
    let url = store.url().to_owned();
    let died = doomed(async move {
        let own = federation::Store::connect(&url, federation::Clock::system())
            .await
            .unwrap();
        let engine = engine(&own, ScriptBridge::new(|_, _| Plan::hang()));
        let before = engine.store().proposal_run(id).await.unwrap().attempt;
        engine.start_workers();
        until(|| async {
            let now = engine.store().proposal_run(id).await.unwrap().attempt;
            (now > before).then_some(())
        })
        .await;
    });
    tokio::task::spawn_blocking(move || died.join().unwrap())
        .await
        .unwrap();
    lapse(store).await;
}

async fn receipts(engine: &Engine) -> Vec<Invocation> {
    let filter = InvocationFilter::default();
    let page = PageRequest::default();
    invocations::list(engine, &admin(), filter, page)
        .await
        .unwrap()
        .items
}

async fn follow(engine: Engine, id: ProposalId, after: Option<i64>) -> Vec<LiveEvent> {
    match subscribe_proposal(&engine, &admin(), id, after)
        .await
        .unwrap()
    {
        Follow::NothingMore => Vec::new(),
        Follow::Stream(events) => tokio::time::timeout(PATIENCE, events.collect())
            .await
            .expect("the stream ends"),
    }
}

fn stored(events: &[LiveEvent]) -> Vec<(i64, String)> {
    events
        .iter()
        .filter_map(|event| Some((event.seq?, event.name.clone())))
        .collect()
}

async fn a_killed_instance_loses_nothing(store: TestStore) {
    let bridge = obliging();
    let engine = engine(&store, Arc::clone(&bridge));
    let place = place(&engine, "m").await;
    let id = place.start(&engine, POINT).await.id;
    die_in_mid_call(&store, id).await;
    let before = proposals::get(&engine, &admin(), id).await.unwrap();
    assert_eq!(before.status, ProposalStatus::Running);
    let watched = tokio::spawn(follow(engine.clone(), id, None));
    engine.start_workers();
    let done = answered(&engine, id).await;
    assert_eq!(done.status, ProposalStatus::Pending);
    assert_ne!(done.invocation_id, before.invocation_id);
    let receipts = receipts(&engine).await;
    let outcomes: Vec<_> = receipts.iter().map(|r| r.outcome).collect();
    assert_eq!(outcomes, [Outcome::Succeeded, Outcome::Unknown]);
    let account = store.account("proposal", id.0).await.unwrap().unwrap();
    assert_eq!(
        (account.reserved_tokens, account.spent_tokens),
        (0, 120 + receipts[1].tokens_reserved)
    );
    let seen = stored(&watched.await.unwrap());
    let names: Vec<_> = seen.iter().map(|(_, name)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "run.started",
            "answer.started",
            "answer.started",
            "answer.completed",
            "run.finished"
        ]
    );
    let answers = proposals::answers(&engine, &admin(), id).await.unwrap();
    assert_eq!(answers.len(), 1);
    engine.shutdown().await;
}

async fn attempts_are_used_up_in_the_end(store: TestStore) {
    let bridge = obliging();
    let engine = engine(&store, Arc::clone(&bridge));
    let place = place(&engine, "m").await;
    let id = place.start(&engine, POINT).await.id;
    for _ in 0..engine.settings().member_attempts {
        die_in_mid_call(&store, id).await;
    }
    engine.start_workers();
    let done = answered(&engine, id).await;
    assert_eq!(done.status, ProposalStatus::Unknown);
    assert_eq!(done.error_type.as_deref(), Some("unknown"));
    assert!(done.error.unwrap().contains("3 attempts"));
    assert_eq!(done.content, None);
    assert_eq!(bridge.calls_of("m"), 0);
    assert!(
        receipts(&engine)
            .await
            .iter()
            .all(|r| r.outcome == Outcome::Unknown)
    );
    assert_eq!(store.open_work().await.unwrap(), 0);
    engine.shutdown().await;
}

async fn shutdown_hands_work_over(store: TestStore) {
    let first = engine(&store, ScriptBridge::new(|_, _| Plan::hang()));
    let place = place(&first, "m").await;
    first.start_workers();
    let id = place.start(&first, POINT).await.id;
    until(|| async {
        let now = proposals::get(&first, &admin(), id).await.unwrap();
        (now.status == ProposalStatus::Running && now.invocation_id.is_some()).then_some(())
    })
    .await;
    first.shutdown().await;
    let other = store.another().await;
    let second = engine(&other, obliging());
    second.start_workers();
    assert_eq!(answered(&second, id).await.status, ProposalStatus::Pending);
    second.shutdown().await;
}

async fn a_worker_that_lost_its_lease_stores_nothing(store: TestStore) {
    let gate = Arc::new(Semaphore::new(0));
    let held = Arc::clone(&gate);
    let bridge = ScriptBridge::new(move |request, _| {
        Plan::text(&answer_of(point_of(&request.prompt)).to_string()).gated(&held)
    });
    let engine = engine(&store, bridge);
    let place = place(&engine, "m").await;
    engine.start_workers();
    let id = place.start(&engine, POINT).await.id;
    until(|| async {
        let now = proposals::get(&engine, &admin(), id).await.unwrap();
        now.invocation_id
    })
    .await;
    // Another instance cancels; this one only hears of it.
    let other = store.another().await;
    let elsewhere = crate::support::engine(&other, obliging());
    proposals::cancel(&elsewhere, &admin(), id).await.unwrap();
    gate.add_permits(1_000);
    until(|| async { (!works(&engine).await).then_some(()) }).await;
    let now = proposals::get(&engine, &admin(), id).await.unwrap();
    assert_eq!(now.status, ProposalStatus::Cancelled);
    assert_eq!(now.content, None);
    engine.shutdown().await;
    elsewhere.shutdown().await;
}

async fn works(engine: &Engine) -> bool {
    receipts(engine)
        .await
        .iter()
        .any(|receipt| receipt.outcome == Outcome::Started)
}

async fn a_follower_gets_every_event_once_and_the_text_whole(store: TestStore) {
    let engine = engine(&store, obliging());
    let place = place(&engine, "m").await;
    let id = place.start(&engine, POINT).await.id;
    let watched = tokio::spawn(follow(engine.clone(), id, None));
    engine.start_workers();
    answered(&engine, id).await;
    let seen = watched.await.unwrap();
    let all = stored(&seen);
    let names: Vec<_> = all.iter().map(|(_, name)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "run.started",
            "answer.started",
            "answer.completed",
            "run.finished"
        ]
    );
    let numbers: HashSet<_> = all.iter().map(|(seq, _)| *seq).collect();
    assert_eq!(numbers.len(), all.len());
    for event in &seen {
        assert_eq!(event.data["proposal_id"], json!(id));
        assert!(event.data["at"].is_string(), "{event:?}");
    }
    let mut text = String::new();
    for delta in seen.iter().filter(|event| event.name == "answer.delta") {
        assert_eq!(delta.data["offset"], json!(text.chars().count()));
        assert_eq!(delta.data["attempt"], json!(1));
        text.push_str(delta.data["text"].as_str().unwrap());
    }
    // What comes last may be told by the stored answer alone.
    assert!(answer_of(POINT).to_string().starts_with(&text));
    // Each number can be gone on from.
    for (seq, _) in &all {
        let rest = stored(&follow(engine.clone(), id, Some(*seq)).await);
        let wanted: Vec<_> = all.iter().filter(|(n, _)| n > seq).cloned().collect();
        assert_eq!(rest, wanted, "after {seq}");
    }
    let negative = subscribe_proposal(&engine, &admin(), id, Some(-1)).await;
    assert!(negative.is_err());
    // A hub is no proposal.
    let hub = ProposalId(place.hub.id.0);
    assert!(
        subscribe_proposal(&engine, &admin(), hub, None)
            .await
            .is_err()
    );
    engine.shutdown().await;
}

async fn a_late_follower_gets_the_text_so_far(store: TestStore) {
    let gate = Arc::new(Semaphore::new(0));
    let held = Arc::clone(&gate);
    let bridge = ScriptBridge::new(move |request, _| {
        Plan::text(&answer_of(point_of(&request.prompt)).to_string()).gated(&held)
    });
    let engine = engine(&store, bridge);
    let place = place(&engine, "m").await;
    engine.start_workers();
    let id = place.start(&engine, POINT).await.id;
    gate.add_permits(3);
    until(|| async { (gate.available_permits() == 0).then_some(()) }).await;
    let Follow::Stream(mut events) = subscribe_proposal(&engine, &admin(), id, None)
        .await
        .unwrap()
    else {
        panic!("there is more");
    };
    let mut text = String::new();
    let first = async {
        while text.chars().count() < 14 {
            let event = events.next().await.unwrap();
            if event.name == "answer.delta" {
                if text.is_empty() {
                    assert_eq!(event.data["offset"], json!(0));
                }
                text.push_str(event.data["text"].as_str().unwrap());
            }
        }
    };
    tokio::time::timeout(PATIENCE, first).await.unwrap();
    assert!(answer_of(POINT).to_string().starts_with(&text));
    gate.add_permits(1_000);
    answered(&engine, id).await;
    engine.shutdown().await;
}

async fn many_at_once_all_end(store: TestStore) {
    let one = engine(&store, obliging());
    let place = place(&one, "m").await;
    let other = store.another().await;
    let two = engine(&other, obliging());
    let mut ids = Vec::new();
    for n in 0..24 {
        ids.push(place.start(&one, POINTS[n % 4]).await.id);
    }
    one.start_workers();
    if store.is_postgres() {
        two.start_workers();
    }
    for id in ids {
        assert_eq!(answered(&one, id).await.status, ProposalStatus::Pending);
        let answers = proposals::answers(&one, &admin(), id).await.unwrap();
        assert_eq!(answers.len(), 1);
    }
    assert_eq!(receipts(&one).await.len(), 24);
    one.shutdown().await;
    two.shutdown().await;
}

async fn the_hub_is_told(store: TestStore) {
    let engine = engine(&store, obliging());
    engine.start_workers();
    let place = place(&engine, "m").await;
    let id = place.ask(&engine, POINT).await.id;
    let events = store.events_after(place.hub.id.0, 0, 100).await.unwrap();
    let states: Vec<_> = events
        .iter()
        .filter(|event| event.data["subject_id"] == json!(id))
        .map(|event| {
            assert_eq!(event.data["subject_kind"], "proposal");
            event.data["state"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(states, ["queued", "running", "pending"]);
    let actions: Vec<_> = federation::audit::list(
        &engine,
        &admin(),
        AuditFilter {
            subject_id: Some(id.0),
            ..AuditFilter::default()
        },
        PageRequest::default(),
    )
    .await
    .unwrap()
    .items
    .into_iter()
    .map(|entry| entry.action)
    .collect();
    assert_eq!(actions, ["proposal.started"]);
    engine.shutdown().await;
}
