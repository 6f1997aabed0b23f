//! A server that dies right after any transaction of a run: another one brings
//! the run to its end, and nothing is there twice.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use federation::{Clock, CommitWatch, Engine, EngineSettings, Store, collectives};
use futures::future::BoxFuture;
use model::*;
use tokio::sync::Notify;

use super::*;
use crate::{common::TestStore, support::*};

both_engines!(
    who_is_asked_after_a_death_reads_every_other_answer,
    death_after_every_transaction_of_reviews,
    death_after_every_transaction_of_revisions
);

/// Lets so many transactions pass, and none after.
#[derive(Debug)]
struct Death {
    passed: AtomicUsize,
    committed: AtomicUsize,
    at: usize,
    came: Notify,
}

impl Death {
    fn after(at: usize) -> Arc<Self> {
        Arc::new(Self {
            passed: AtomicUsize::new(0),
            committed: AtomicUsize::new(0),
            at,
            came: Notify::new(),
        })
    }
}

impl CommitWatch for Death {
    fn before(&self) -> BoxFuture<'_, ()> {
        let n = self.passed.fetch_add(1, Ordering::SeqCst);
        if n < self.at {
            Box::pin(std::future::ready(()))
        } else {
            Box::pin(std::future::pending())
        }
    }

    fn after(&self) {
        if self.committed.fetch_add(1, Ordering::SeqCst) + 1 == self.at {
            self.came.notify_one();
        }
    }
}

/// Who does not give up on a call that was cut, and renews no lease: a renewal
/// is a transaction too.
fn quick(store: &Store) -> Engine {
    let settings = EngineSettings {
        lease: Duration::from_secs(300),
        lease_renewal: Duration::from_secs(300),
        member_attempts: 10,
        ..settings()
    };
    Engine::builder(store.clone(), script())
        .settings(settings)
        .build()
}

fn script() -> Arc<ScriptBridge> {
    ScriptBridge::new(|r, _| match task(r) {
        "contribution" if r.model == "a" => {
            Plan::recommend("Rewrite the welcome mail from scratch")
        }
        "contribution" => Plan::recommend("Compose a wholly fresh greeting message"),
        _ => usual(r),
    })
}

/// Works on the run until its `at`th transaction, then dies: its runtime is
/// dropped with all that it was doing. `false` where the run ended before.
async fn work_and_die(url: &str, id: CollectiveId, at: usize) -> bool {
    let url = url.to_owned();
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let died = runtime.block_on(async move {
            let own = Store::connect(&url, Clock::system()).await.unwrap();
            let reader = own.clone();
            let death = Death::after(at);
            let watched = own.watched(Arc::clone(&death) as Arc<dyn CommitWatch>);
            let engine = quick(&watched);
            engine.start_workers();
            let ended = until(|| async {
                let now = reader.collective(id).await.unwrap().unwrap();
                now.run_state.is_final().then_some(())
            });
            tokio::select! {
                () = death.came.notified() => true,
                () = ended => false,
            }
        });
        runtime.shutdown_background();
        died
    });
    tokio::task::spawn_blocking(move || thread.join().unwrap())
        .await
        .unwrap()
}

async fn death_after_every_transaction_of_reviews(store: TestStore) {
    dies_everywhere(&store, RoundPlan::AnswerThenReview).await;
}

async fn death_after_every_transaction_of_revisions(store: TestStore) {
    dies_everywhere(&store, RoundPlan::AnswerThenRevise).await;
}

async fn dies_everywhere(store: &TestStore, plan: RoundPlan) {
    let survivor = quick(store);
    let (hub, _) = hub_with(&survivor, &["a", "b"]).await;
    add_judge(&survivor, &hub, "judge").await;
    let mut deaths = 0;
    for at in 1.. {
        // Nobody works on it but the one that dies.
        let id = start(&survivor, &hub, plan).await;
        let died = work_and_die(store.url(), id, at).await;
        lapse(store).await;
        let another = quick(&store.another().await);
        another.start_workers();
        let done = ended(&another, id).await;
        another.shutdown().await;
        is_whole(store, &done, plan).await;
        if !died {
            break;
        }
        deaths += 1;
    }
    // Starting, two rounds of two, a judgement, the synthesis and the end take
    // more than twenty transactions.
    assert!(deaths > 20, "{deaths}");
    survivor.shutdown().await;
}

async fn is_whole(store: &TestStore, done: &CollectiveDetail, plan: RoundPlan) {
    let run = &done.collective;
    assert_eq!(run.run_state, RunState::Finished);
    assert_eq!(run.synthesis_state, SynthesisState::Completed);
    // Revisions recommend the model's name: two different ones.
    assert_eq!(done.contributions.len(), 4);
    let places: HashSet<_> = done
        .contributions
        .iter()
        .map(|c| (c.round, c.agent_registration_id))
        .collect();
    assert_eq!(places.len(), 4);
    for one in &done.contributions {
        assert_eq!(one.status, MemberState::Completed, "{:?}", one.error);
        assert!(one.readable && one.contributed_at.is_some());
    }
    if plan == RoundPlan::AnswerThenReview {
        assert_eq!(run.consensus_status, ConsensusStatus::Consensus);
        assert_eq!(consensus(done).pairs.len(), 1);
    }
    let events = store.events_after(run.id.0, 0, 1_000).await.unwrap();
    let count = |name: &str| events.iter().filter(|e| e.name == name).count();
    for (name, times) in [
        ("run.started", 1),
        ("round.started", 1),
        ("round.finished", 1),
        ("contribution.completed", 4),
        ("synthesis.completed", 1),
        ("run.finished", 1),
    ] {
        assert_eq!(count(name), times, "{name}");
    }
    let account = store
        .account("collective_proposal", run.id.0)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(account.reserved_tokens, 0);
}

async fn who_is_asked_after_a_death_reads_every_other_answer(store: TestStore) {
    let survivor = quick(&store);
    let (hub, _) = hub_with(&survivor, &["a", "b"]).await;
    let id = start(&survivor, &hub, RoundPlan::AnswerThenRevise).await;
    // It dies when the one has revised, and the other is being asked.
    let url = store.url().to_owned();
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async move {
            let own = Store::connect(&url, Clock::system()).await.unwrap();
            let bridge = ScriptBridge::new(|r, _| match (task(r), r.model.as_str()) {
                ("collective_revision", "b") => Plan::hang(),
                _ => usual(r),
            });
            let engine = engine(&own, bridge);
            engine.start_workers();
            until(|| async {
                let now = collectives::get(&engine, &admin(), id).await.unwrap();
                let second = of_round(&now, 2);
                let revised = second.first().is_some_and(|c| c.readable);
                (revised && second[1].status == MemberState::Running).then_some(())
            })
            .await;
        });
        runtime.shutdown_background();
    });
    tokio::task::spawn_blocking(move || thread.join().unwrap())
        .await
        .unwrap();
    lapse(&store).await;
    let bridge = ScriptBridge::new(|r, _| usual(r));
    let heir = engine(&store, Arc::clone(&bridge));
    heir.start_workers();
    ended(&heir, id).await;
    let asked = bridge.requests.lock().unwrap().clone();
    let revisions: Vec<_> = asked
        .iter()
        .filter(|r| task(r) == "collective_revision")
        .collect();
    assert_eq!(revisions.len(), 1);
    assert_eq!(letters(&revisions[0].prompt), ["A"]);
    let other = revisions[0].prompt.split("<answer label").nth(1).unwrap();
    assert!(other.contains("\"recommendation\": \"a\""), "{other}");
    heir.shutdown().await;
    survivor.shutdown().await;
}
