//! Durable work: a row first, a task second.
//!
//! An instance claims an item with a lease, renews the lease while it works
//! and compares the fencing token in every transaction in which it writes. An
//! item whose lease has run out is claimed by whoever sees it first.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use model::{ActorKind, Caller, Outcome, Role, WorkId};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{Engine, Error, Result, StoreError, collectives, proposals, store::work::WorkItem};

/// A claim on a work item. Writes hold it; see [`crate::store::Tx::hold`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    pub work: WorkId,
    pub fencing_token: i64,
}

/// The items under way in this instance.
#[derive(Debug)]
pub struct Workers {
    places: Arc<Semaphore>,
    running: Mutex<HashMap<WorkId, Running>>,
}

#[derive(Debug)]
struct Running {
    subject: Uuid,
    fencing_token: i64,
    stop: CancellationToken,
}

impl Workers {
    pub(crate) fn new(places: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(places)),
            running: Mutex::default(),
        }
    }

    /// An entry of the same item is an earlier claim whose lease has lapsed:
    /// it is stopped.
    fn add(&self, item: &WorkItem, stop: CancellationToken) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let before = running.insert(
            item.id,
            Running {
                subject: item.subject_id,
                fencing_token: item.fencing_token,
                stop,
            },
        );
        if let Some(before) = before {
            before.stop.cancel();
        }
    }

    /// `false` where a later claim has taken the entry over.
    fn remove(&self, lease: Lease) -> bool {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let own = running
            .get(&lease.work)
            .is_some_and(|run| run.fencing_token == lease.fencing_token);
        if own {
            running.remove(&lease.work);
        }
        own
    }

    /// Stops what runs here although the database no longer says so.
    fn keep_only(&self, held: &HashMap<WorkId, i64>, asked: &HashMap<WorkId, i64>) {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        for (work, run) in running.iter() {
            let token = Some(&run.fencing_token);
            if asked.get(work) == token && held.get(work) != token {
                run.stop.cancel();
            }
        }
    }

    /// Whether an item for `subject` runs here.
    pub(crate) fn works_on(&self, subject: Uuid) -> bool {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.values().any(|run| run.subject == subject)
    }

    fn snapshot(&self) -> HashMap<WorkId, i64> {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running
            .iter()
            .map(|(id, run)| (*id, run.fencing_token))
            .collect()
    }
}

/// Starts claiming and renewing.
pub(crate) fn spawn(engine: &Engine) {
    let claiming = engine.clone();
    engine
        .tasks()
        .spawn(async move { claim_loop(claiming).await });
    let renewing = engine.clone();
    engine
        .tasks()
        .spawn(async move { renew_loop(renewing).await });
}

async fn claim_loop(engine: Engine) {
    let mut wake = engine.live().work_wake();
    loop {
        if engine.shutdown_token().is_cancelled() {
            return;
        }
        match claim_one(&engine).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "work could not be claimed"
                );
            }
        }
        tokio::select! {
            () = engine.shutdown_token().cancelled() => return,
            _ = wake.changed() => {}
            () = tokio::time::sleep(engine.settings().poll) => {}
        }
    }
}

/// Claims one item and starts it; `false` where there is none.
async fn claim_one(engine: &Engine) -> Result<bool> {
    let places = Arc::clone(&engine.workers().places);
    let place = tokio::select! {
        () = engine.shutdown_token().cancelled() => return Ok(false),
        place = places.acquire_owned() => place.map_err(|e| Error::Internal(e.to_string()))?,
    };
    let claimed = engine
        .store()
        .claim_work(engine.instance(), engine.settings().lease)
        .await?;
    let Some(item) = claimed else {
        return Ok(false);
    };
    let engine = engine.clone();
    let tasks = engine.tasks().clone();
    tasks.spawn(async move {
        run_item(engine, item).await;
        drop(place);
    });
    Ok(true)
}

/// Takes the item off the list when its work has ended, also by a panic: a
/// lease that is renewed for nothing would never run out.
struct UnderWay<'a> {
    engine: &'a Engine,
    item: &'a WorkItem,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        if self.engine.workers().remove(self.item.lease()) {
            self.engine.live().forget_texts(self.item.subject_id);
        }
    }
}

async fn run_item(engine: Engine, item: WorkItem) {
    let stop = engine.shutdown_token().child_token();
    engine.workers().add(&item, stop.clone());
    let under_way = UnderWay {
        engine: &engine,
        item: &item,
    };
    let work = async {
        match item.kind.as_str() {
            "collective_run" => collectives::run::run(&engine, &item).await,
            "invocation" => proposals::run::run(&engine, &item).await,
            other => Err(Error::Internal(format!("no worker for {other}"))),
        }
    };
    let ended = tokio::select! {
        // Dropping the work cancels its calls.
        () = stop.cancelled() => Ok(()),
        ended = work => ended,
    };
    drop(under_way);
    match ended {
        Ok(()) | Err(Error::Store(StoreError::LeaseLost)) => {}
        Err(error) => {
            // Nobody renews the lease any more: it runs out, and the item is
            // claimed again.
            tracing::error!(
                work = %item.id, kind = %item.kind, subject = %item.subject_id,
                error = &error as &dyn std::error::Error,
                "work stopped; it will be taken up again"
            );
        }
    }
}

async fn renew_loop(engine: Engine) {
    let mut wake = engine.live().work_wake();
    loop {
        tokio::select! {
            () = engine.shutdown_token().cancelled() => return,
            // A wake-up may tell of a cancellation.
            _ = wake.changed() => {}
            () = tokio::time::sleep(engine.settings().lease_renewal) => {}
        }
        let asked = engine.workers().snapshot();
        if asked.is_empty() {
            continue;
        }
        match renew(&engine, &asked).await {
            Ok(held) => engine.workers().keep_only(&held, &asked),
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "leases could not be renewed"
                );
            }
        }
    }
}

async fn renew(engine: &Engine, asked: &HashMap<WorkId, i64>) -> Result<HashMap<WorkId, i64>> {
    let items: Vec<WorkId> = asked.keys().copied().collect();
    let mut tx = engine.store().begin().await?;
    let held = tx
        .renew_work(engine.instance(), &items, engine.settings().lease)
        .await?;
    tx.commit().await?;
    Ok(held.into_iter().collect())
}

/// Calls that an earlier owner of the lease left open are `unknown`; what they
/// had reserved is spent.
pub(crate) async fn recover(engine: &Engine, item: &WorkItem) -> Result<()> {
    let mut tx = engine.store().begin().await?;
    tx.hold(item.lease()).await?;
    let why = "The server stopped during this call; what came of it is not known. It is asked again as a new attempt.";
    let cut = tx
        .close_started(item.id, Outcome::Unknown, "unknown", why)
        .await?;
    tx.commit().await?;
    if cut > 0 {
        tracing::info!(work = %item.id, cut, "resumed work; calls that were cut are unknown");
    }
    Ok(())
}

/// Who a receipt says asked: the one who started the work.
pub(crate) fn asked_by(item: &WorkItem) -> Caller {
    Caller {
        kind: item.asked_by_kind,
        id: item.asked_by_id,
        name: item.asked_by.clone(),
        role: match item.asked_by_kind {
            ActorKind::System | ActorKind::Command => Role::Admin,
            ActorKind::Person | ActorKind::Token => Role::Reviewer,
        },
    }
}

/// Names an instance in a lease.
pub type Instance = Uuid;
