//! What survives: crashes, hand-overs, two instances, lost leases.

use std::{collections::HashSet, sync::Arc, time::Duration};

use crate::common::TestStore;
use crate::support::*;
use federation::{
    Engine, Error, StoreError, collectives, invocations,
    live::{Follow, subscribe_collective},
    store::Db,
};
use futures::StreamExt;
use model::*;
use tokio::sync::Semaphore;

both_engines!(
    a_killed_instance_loses_nothing,
    attempts_are_used_up_in_the_end,
    shutdown_hands_work_over,
    a_lost_lease_writes_nothing,
    one_item_is_claimed_once,
    many_runs_at_once_all_end,
    reservations_never_exceed_the_limit,
    a_follower_gets_every_event_once,
    a_late_follower_gets_the_text_so_far,
    a_follower_that_comes_back_in_mid_text_gets_it_whole,
    a_panic_in_a_run_is_not_the_end_of_it,
);

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

async fn join(thread: std::thread::JoinHandle<()>) {
    tokio::task::spawn_blocking(move || thread.join().unwrap())
        .await
        .unwrap();
}

/// An instance that works until two members have ended and one is under way.
async fn work_and_die(store: &TestStore, hub: HubId) -> CollectiveId {
    let url = store.url().to_owned();
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let died = doomed(async move {
        let own = federation::Store::connect(&url, federation::Clock::system())
            .await
            .unwrap();
        let bridge = ScriptBridge::new(|r, _| {
            if r.model == "c" {
                Plan::hang()
            } else {
                Plan::recommend("Ship")
            }
        });
        let engine = engine(&own, bridge);
        engine.start_workers();
        let id = collectives::start(&engine, &admin(), question(hub), None)
            .await
            .unwrap()
            .collective
            .id;
        until(|| async {
            let now = collectives::get(&engine, &admin(), id).await.unwrap();
            let done = now
                .contributions
                .iter()
                .filter(|c| c.status == MemberState::Completed)
                .count();
            (done == 2 && now.contributions[2].status == MemberState::Running).then_some(())
        })
        .await;
        sender.send(id).unwrap();
    });
    let id = receiver.await.unwrap();
    join(died).await;
    lapse(store).await;
    id
}

async fn a_killed_instance_loses_nothing(store: TestStore) {
    let bridge = ScriptBridge::new(|_, _| Plan::recommend("Ship"));
    let engine = engine(&store, Arc::clone(&bridge));
    let (hub, _) = hub_with(&engine, &["a", "b", "c"]).await;
    let id = work_and_die(&store, hub.id).await;
    let before = collectives::get(&engine, &admin(), id).await.unwrap();
    assert_eq!(before.collective.run_state, RunState::Running);
    let watched = tokio::spawn(follow(engine.clone(), id, None));
    engine.start_workers();
    let done = ended(&engine, id).await;
    assert_eq!(done.collective.run_state, RunState::Finished);
    assert_eq!(done.collective.consensus_status, ConsensusStatus::Consensus);
    // What was stored was not asked for again; what was cut was.
    assert_eq!(
        (
            bridge.calls_of("a"),
            bridge.calls_of("b"),
            bridge.calls_of("c")
        ),
        (1, 0, 1)
    );
    for (old, new) in before.contributions.iter().zip(&done.contributions).take(2) {
        assert_eq!(
            (old.id, &old.content, old.contributed_at),
            (new.id, &new.content, new.contributed_at)
        );
    }
    assert_eq!(done.contributions[2].attempt, 2);
    let receipts = receipts(&engine, hub.id).await;
    let cut: Vec<_> = receipts
        .iter()
        .filter(|r| r.outcome == Outcome::Unknown)
        .collect();
    assert_eq!(cut.len(), 1);
    assert_eq!(
        cut[0].agent_registration_id,
        Some(done.contributions[2].agent_registration_id)
    );
    assert_eq!(
        receipts
            .iter()
            .filter(|r| r.outcome == Outcome::Succeeded)
            .count(),
        4
    );
    let account = store
        .account("collective_proposal", id.0)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (account.reserved_tokens, account.spent_tokens),
        (0, 4 * 120 + cut[0].tokens_reserved)
    );
    let seen = watched.await.unwrap();
    assert_eq!(seen.last().unwrap().name, "run.finished");
    assert_eq!(stored_names(&store, id).await, names(&seen));
    engine.shutdown().await;
}

async fn receipts(engine: &Engine, hub: HubId) -> Vec<Invocation> {
    let filter = InvocationFilter {
        hub_id: Some(hub),
        ..InvocationFilter::default()
    };
    invocations::list(
        engine,
        &admin(),
        filter,
        PageRequest {
            limit: 200,
            after: None,
        },
    )
    .await
    .unwrap()
    .items
}

async fn attempts_are_used_up_in_the_end(store: TestStore) {
    let bridge = ScriptBridge::new(|_, _| Plan::recommend("Ship"));
    let settings = federation::EngineSettings {
        member_attempts: 1,
        ..settings()
    };
    let engine = Engine::builder((*store).clone(), bridge)
        .settings(settings)
        .build();
    let (hub, _) = hub_with(&engine, &["a", "b", "c"]).await;
    let id = work_and_die(&store, hub.id).await;
    engine.start_workers();
    let done = ended(&engine, id).await;
    assert_eq!(done.contributions[2].status, MemberState::Unknown);
    assert_eq!(done.collective.run_state, RunState::Finished);
    engine.shutdown().await;
}

async fn shutdown_hands_work_over(store: TestStore) {
    let first = engine(&store, ScriptBridge::new(|_, _| Plan::hang()));
    let (hub, _) = hub_with(&first, &["a", "b"]).await;
    first.start_workers();
    let id = collectives::start(&first, &admin(), question(hub.id), None)
        .await
        .unwrap()
        .collective
        .id;
    until(|| async {
        let now = collectives::get(&first, &admin(), id).await.unwrap();
        now.contributions
            .iter()
            .all(|c| c.status == MemberState::Running)
            .then_some(())
    })
    .await;
    first.shutdown().await;
    let second_store = store.another().await;
    // A lease as long as this would not run out within the test.
    let settings = federation::EngineSettings {
        lease: Duration::from_secs(600),
        ..settings()
    };
    let bridge = ScriptBridge::new(|_, _| Plan::recommend("Ship"));
    let second = Engine::builder(second_store, bridge)
        .settings(settings)
        .build();
    second.start_workers();
    let done = ended(&second, id).await;
    assert_eq!(done.collective.run_state, RunState::Finished);
    second.shutdown().await;
}

async fn a_lost_lease_writes_nothing(store: TestStore) {
    let engine = engine(&store, ScriptBridge::new(|_, _| Plan::recommend("Ship")));
    let (hub, _) = hub_with(&engine, &["a", "b"]).await;
    let id = collectives::start(&engine, &admin(), question(hub.id), None)
        .await
        .unwrap()
        .collective
        .id;
    let first = store
        .claim_work(store.clock().id(), Duration::ZERO)
        .await
        .unwrap()
        .unwrap();
    let second = until(|| async {
        store
            .claim_work(store.clock().id(), Duration::from_secs(60))
            .await
            .unwrap()
    })
    .await;
    assert_eq!((first.id, first.subject_id), (second.id, id.0));
    assert_eq!(second.fencing_token, first.fencing_token + 1);
    let mut tx = store.begin().await.unwrap();
    assert!(matches!(
        tx.hold(first.lease()).await,
        Err(StoreError::LeaseLost)
    ));
    tx.rollback().await.unwrap();
    let mut tx = store.begin().await.unwrap();
    tx.hold(second.lease()).await.unwrap();
    tx.rollback().await.unwrap();
    collectives::cancel(&engine, &admin(), id).await.unwrap();
    let mut tx = store.begin().await.unwrap();
    assert!(matches!(
        tx.hold(second.lease()).await,
        Err(StoreError::LeaseLost)
    ));
}

async fn one_item_is_claimed_once(store: TestStore) {
    let engine = engine(&store, ScriptBridge::new(|_, _| Plan::recommend("Ship")));
    let (hub, _) = hub_with(&engine, &["a", "b"]).await;
    for _ in 0..10 {
        collectives::start(&engine, &admin(), question(hub.id), None)
            .await
            .unwrap();
    }
    let other = store.another().await;
    let claims = (0..30).map(|n| {
        let store = if n % 2 == 0 {
            (*store).clone()
        } else {
            other.clone()
        };
        async move {
            store
                .claim_work(store.clock().id(), Duration::from_secs(60))
                .await
                .unwrap()
        }
    });
    let claimed: Vec<_> = futures::future::join_all(claims)
        .await
        .into_iter()
        .flatten()
        .map(|i| i.id)
        .collect();
    let different: HashSet<_> = claimed.iter().collect();
    assert_eq!((claimed.len(), different.len()), (10, 10));
}

async fn many_runs_at_once_all_end(store: TestStore) {
    let bridge = ScriptBridge::new(|_, _| Plan::recommend("Ship"));
    let engine = engine(&store, Arc::clone(&bridge));
    engine.start_workers();
    let (hub, _) = hub_with(&engine, &["a", "b", "c", "d", "e"]).await;
    let caller = admin();
    let starts = (0..100).map(|_| collectives::start(&engine, &caller, question(hub.id), None));
    let ids: Vec<_> = futures::future::join_all(starts)
        .await
        .into_iter()
        .map(|s| s.unwrap().collective.id)
        .collect();
    for id in ids {
        let done = tokio::time::timeout(
            Duration::from_secs(240),
            collectives::wait(&engine, &caller, id),
        )
        .await
        .unwrap()
        .unwrap();
        assert_eq!(done.collective.consensus_status, ConsensusStatus::Consensus);
        assert_eq!(
            done.contributions
                .iter()
                .filter(|c| c.status == MemberState::Completed)
                .count(),
            5
        );
    }
    assert_eq!(bridge.calls.load(std::sync::atomic::Ordering::SeqCst), 600);
    assert_eq!(store.open_work().await.unwrap(), 0);
    engine.shutdown().await;
}

async fn reservations_never_exceed_the_limit(store: TestStore) {
    let engine = engine(&store, ScriptBridge::new(|_, _| Plan::recommend("Ship")));
    let (hub, _) = hub_with(&engine, &[]).await;
    let subject = store.clock().id();
    let mut tx = store.begin().await.unwrap();
    let account = tx
        .insert_account(hub.id, "proposal", subject, 1_000)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let takes = (0..40).map(|_| {
        let store = (*store).clone();
        async move {
            let mut tx = store.begin().await.unwrap();
            let taken = tx.reserve(account, 70).await.unwrap();
            tx.commit().await.unwrap();
            taken
        }
    });
    let taken = futures::future::join_all(takes)
        .await
        .into_iter()
        .filter(|t| *t)
        .count();
    assert_eq!(taken, 14);
    let mut tx = store.begin().await.unwrap();
    tx.settle(account, 14 * 70, 14 * 70 + 50).await.unwrap();
    assert!(
        !tx.reserve(account, 1).await.unwrap(),
        "an overdraft closes the account"
    );
    tx.commit().await.unwrap();
    let now = store.account("proposal", subject).await.unwrap().unwrap();
    assert_eq!(
        (
            now.reserved_tokens,
            now.spent_tokens,
            now.overdraft_tokens,
            now.left()
        ),
        (0, 1_030, 50, 0)
    );
}

/// Follows to the end; without text.
async fn follow(engine: Engine, id: CollectiveId, after: Option<i64>) -> Vec<LiveEvent> {
    let mut seen = Vec::new();
    if let Follow::Stream(mut events) = subscribe_collective(&engine, &admin(), id, after)
        .await
        .unwrap()
    {
        while let Some(event) = events.next().await {
            if event.seq.is_some() {
                seen.push(event);
            }
        }
    }
    seen
}

fn names(events: &[LiveEvent]) -> Vec<(i64, String)> {
    events
        .iter()
        .map(|e| (e.seq.unwrap(), e.name.clone()))
        .collect()
}

async fn stored_names(store: &TestStore, id: CollectiveId) -> Vec<(i64, String)> {
    names(&store.events_after(id.0, 0, 1_000).await.unwrap())
}

async fn a_follower_gets_every_event_once(store: TestStore) {
    let gate = Arc::new(Semaphore::new(0));
    let held = Arc::clone(&gate);
    let engine = engine(
        &store,
        ScriptBridge::new(move |_, _| Plan::recommend("Ship").gated(&held)),
    );
    engine.start_workers();
    let (hub, _) = hub_with(&engine, &["a", "b", "c"]).await;
    let id = collectives::start(&engine, &admin(), question(hub.id), None)
        .await
        .unwrap()
        .collective
        .id;
    let steady = tokio::spawn(follow(engine.clone(), id, None));
    // Another instance follows as well, and comes back again and again.
    let other = crate::support::engine(
        &store.another().await,
        ScriptBridge::new(|_, _| Plan::hang()),
    );
    let coming_back = tokio::spawn(come_back(other.clone(), id));
    gate.add_permits(10_000);
    let done = ended(&engine, id).await;
    let steady = steady.await.unwrap();
    assert_eq!(names(&steady), stored_names(&store, id).await);
    assert_eq!(coming_back.await.unwrap(), stored_names(&store, id).await);
    let numbers: Vec<_> = steady.iter().map(|e| e.seq.unwrap()).collect();
    assert_eq!(
        numbers,
        (1..=i64::try_from(numbers.len()).unwrap()).collect::<Vec<_>>()
    );
    assert_eq!(steady[0].name, "run.started");
    for event in &steady {
        assert_eq!(event.data["collective_proposal_id"], serde_json::json!(id));
        assert!(event.data["at"].is_string());
    }
    let last = *numbers.last().unwrap();
    let after_all = subscribe_collective(&engine, &admin(), id, Some(last))
        .await
        .unwrap();
    assert!(matches!(after_all, Follow::NothingMore));
    assert_eq!(done.collective.run_state, RunState::Finished);
    other.shutdown().await;
    engine.shutdown().await;
}

/// Takes one event at a time and comes back after it.
async fn come_back(engine: Engine, id: CollectiveId) -> Vec<(i64, String)> {
    let mut seen = Vec::new();
    let mut after = None;
    while let Follow::Stream(mut events) = subscribe_collective(&engine, &admin(), id, after)
        .await
        .unwrap()
    {
        while let Some(event) = events.next().await {
            if let Some(seq) = event.seq {
                seen.push((seq, event.name));
                after = Some(seq);
                break;
            }
        }
    }
    seen
}

async fn a_late_follower_gets_the_text_so_far(store: TestStore) {
    let gate = Arc::new(Semaphore::new(6));
    let held = Arc::clone(&gate);
    let engine = engine(
        &store,
        ScriptBridge::new(move |r, _| {
            let plan = Plan::recommend("Ship — grüße");
            if is_synthesis(r) {
                plan
            } else {
                plan.gated(&held)
            }
        }),
    );
    engine.start_workers();
    let (hub, _) = hub_with(&engine, &["a", "b"]).await;
    let id = collectives::start(&engine, &admin(), question(hub.id), None)
        .await
        .unwrap()
        .collective
        .id;
    until(|| async { (gate.available_permits() == 0).then_some(()) }).await;
    let other = crate::support::engine(
        &store.another().await,
        ScriptBridge::new(|_, _| Plan::hang()),
    );
    if store.is_postgres() {
        // Another instance has the text from this one's notifications. It
        // claims nothing: all places are taken by nothing to do.
        other.start_workers();
        listens(&store, 2).await;
    }
    let follower = if store.is_postgres() {
        other.clone()
    } else {
        engine.clone()
    };
    let Follow::Stream(mut events) = subscribe_collective(&follower, &admin(), id, None)
        .await
        .unwrap()
    else {
        panic!("the run goes on");
    };
    let mut texts: std::collections::HashMap<ContributionId, String> =
        std::collections::HashMap::new();
    let mut opened = false;
    while let Some(event) = events.next().await {
        if let Some(RunEvent::ContributionDelta {
            contribution_id,
            offset,
            text,
            ..
        }) = RunEvent::read(&event.name, &event.data.to_string())
        {
            assert_eq!(event.seq, None);
            let known = texts.entry(contribution_id).or_default();
            if offset == 0 {
                known.clear();
            }
            assert_eq!(i64::try_from(known.chars().count()).unwrap(), offset);
            known.push_str(&text);
            if !opened {
                opened = true;
                gate.add_permits(10_000);
            }
        }
    }
    assert!(opened, "text came before the end");
    let done = ended(&engine, id).await;
    assert_eq!(done.collective.run_state, RunState::Finished);
    let whole = serde_json::to_string(done.contributions[0].content.as_ref().unwrap()).unwrap();
    for text in texts.values() {
        let read: serde_json::Value = match serde_json::from_str(text) {
            Ok(read) => read,
            // The last pieces may have been overtaken by the end.
            Err(_) => continue,
        };
        assert_eq!(serde_json::to_string(&read).unwrap(), whole);
    }
    other.shutdown().await;
    engine.shutdown().await;
}

async fn a_follower_that_comes_back_in_mid_text_gets_it_whole(store: TestStore) {
    let gate = Arc::new(Semaphore::new(8));
    let held = Arc::clone(&gate);
    let engine = engine(
        &store,
        ScriptBridge::new(move |_, _| Plan::recommend("Ship").gated(&held)),
    );
    engine.start_workers();
    let (hub, _) = hub_with(&engine, &["a", "b"]).await;
    let started = collectives::start(&engine, &admin(), question(hub.id), None)
        .await
        .unwrap();
    assert_eq!(started.collective.run_state, RunState::Queued);
    let id = started.collective.id;
    until(|| async {
        let now = collectives::get(&engine, &admin(), id).await.unwrap();
        let running = now
            .contributions
            .iter()
            .all(|c| c.status == MemberState::Running);
        (running && gate.available_permits() == 0).then_some(())
    })
    .await;
    let last = store
        .last_event("collective_proposal", id.0)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(last.name.as_deref(), Some("contribution.started"));
    let follow = subscribe_collective(&engine, &admin(), id, Some(last.seq))
        .await
        .unwrap();
    let Follow::Stream(mut events) = follow else {
        panic!("the run goes on");
    };
    let mut texts = std::collections::HashMap::new();
    while texts.is_empty() {
        let event = events.next().await.unwrap();
        let Some(RunEvent::ContributionDelta {
            contribution_id,
            offset,
            text,
            ..
        }) = RunEvent::read(&event.name, &event.data.to_string())
        else {
            panic!("text comes first, not {}", event.name);
        };
        assert_eq!(offset, 0);
        texts.insert(contribution_id, text);
    }
    assert!(texts.values().all(|text| text.starts_with('{')));
    gate.add_permits(10_000);
    ended(&engine, id).await;
    engine.shutdown().await;
}

/// Until so many instances hear of text: who listens too late hears of the
/// next piece only.
async fn listens(store: &TestStore, instances: i64) {
    const LISTENING: &str = "SELECT count(*) FROM pg_stat_activity \
         WHERE datname = current_database() AND query LIKE 'LISTEN%'";
    let Db::Postgres(pool) = store.db() else {
        return;
    };
    until(|| async {
        let now: i64 = sqlx::query_scalar(LISTENING).fetch_one(pool).await.unwrap();
        (now >= instances).then_some(())
    })
    .await;
}

async fn a_panic_in_a_run_is_not_the_end_of_it(store: TestStore) {
    let bridge = ScriptBridge::new(|r, nth| {
        assert!(nth > 0 || r.model != "a", "scripted panic");
        Plan::recommend("Ship")
    });
    // Nobody renews the lease of work that has panicked.
    let settings = federation::EngineSettings {
        lease: Duration::from_millis(1_500),
        member_attempts: 10,
        ..settings()
    };
    let engine = Engine::builder((*store).clone(), bridge)
        .settings(settings)
        .build();
    engine.start_workers();
    let (hub, _) = hub_with(&engine, &["a", "b"]).await;
    let done = run(&engine, &hub).await;
    assert_eq!(done.collective.consensus_status, ConsensusStatus::Consensus);
    assert!(done.contributions[0].attempt >= 2);
    engine.shutdown().await;
}

#[test]
fn errors_are_told_apart() {
    let lost: Error = StoreError::LeaseLost.into();
    assert_eq!(lost.code(), "store");
    assert!(!lost.refusal().message.contains("taken over"));
}
