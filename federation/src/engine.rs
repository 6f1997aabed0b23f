//! What every engine function is given: store, bridge, settings and the
//! workers' strings.

use std::{collections::HashMap, sync::Arc, time::Duration};

use model::Provider;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use uuid::Uuid;

use crate::{Clock, Result, Store, bridge::Bridge, live::LiveHub, metrics::Metrics, work::Workers};

/// How the engine works. The defaults are the ones that the settings name.
#[derive(Clone, Debug)]
pub struct EngineSettings {
    /// Longest time for one model call with all its attempts.
    pub call_deadline: Duration,
    /// Attempts after the first, for what can be retried.
    pub max_retries: u32,
    /// Calls under way at once to one provider.
    pub per_provider: usize,
    /// How long a claim on work holds without renewal.
    pub lease: Duration,
    pub lease_renewal: Duration,
    /// How often work and events are looked for where no wake-up came.
    pub poll: Duration,
    /// Work items under way at once in this instance.
    pub max_work: usize,
    /// How often a member is asked when calls were cut, at the most.
    pub member_attempts: i32,
    /// Tokens for one collective proposal, input and output.
    pub budget_tokens: i64,
    /// Output tokens for one answer.
    pub max_tokens: u32,
    /// Fewest readable contributions that are judged.
    pub quorum: i64,
    /// How long a session lasts after it was last used.
    pub session_days: i64,
}

impl Default for EngineSettings {
    fn default() -> Self {
        Self {
            call_deadline: Duration::from_secs(120),
            max_retries: 3,
            per_provider: 32,
            lease: Duration::from_secs(10),
            lease_renewal: Duration::from_secs(3),
            poll: Duration::from_secs(2),
            max_work: 256,
            member_attempts: 3,
            budget_tokens: 100_000,
            max_tokens: crate::bridge::DEFAULT_MAX_TOKENS,
            quorum: 2,
            session_days: 30,
        }
    }
}

/// The engine. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    bridge: Arc<dyn Bridge>,
    settings: EngineSettings,
    instance: Uuid,
    providers: HashMap<Provider, Arc<Semaphore>>,
    /// The one place for a test of each provider.
    tests: HashMap<Provider, Arc<Semaphore>>,
    workers: Workers,
    metrics: Metrics,
    tasks: TaskTracker,
    shutdown: CancellationToken,
}

/// Collects what an [`Engine`] is made of.
pub struct EngineBuilder {
    store: Store,
    bridge: Arc<dyn Bridge>,
    settings: EngineSettings,
}

impl EngineBuilder {
    #[must_use]
    pub fn settings(mut self, settings: EngineSettings) -> Self {
        self.settings = settings;
        self
    }

    pub fn build(self) -> Engine {
        let providers = Provider::ALL
            .iter()
            .map(|p| {
                (
                    *p,
                    Arc::new(Semaphore::new(self.settings.per_provider.max(1))),
                )
            })
            .collect();
        let tests = Provider::ALL
            .iter()
            .map(|p| (*p, Arc::new(Semaphore::new(1))))
            .collect();
        let workers = Workers::new(self.settings.max_work.max(1));
        Engine {
            inner: Arc::new(Inner {
                instance: self.store.clock().id(),
                metrics: Metrics::new(self.store.clock().now()),
                store: self.store,
                bridge: self.bridge,
                settings: self.settings,
                providers,
                tests,
                workers,
                tasks: TaskTracker::new(),
                shutdown: CancellationToken::new(),
            }),
        }
    }
}

impl Engine {
    pub fn builder(store: Store, bridge: Arc<dyn Bridge>) -> EngineBuilder {
        EngineBuilder {
            store,
            bridge,
            settings: EngineSettings::default(),
        }
    }

    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    pub fn clock(&self) -> &Clock {
        self.inner.store.clock()
    }

    pub fn settings(&self) -> &EngineSettings {
        &self.inner.settings
    }

    /// Tells this process apart from others on the same database.
    pub fn instance(&self) -> Uuid {
        self.inner.instance
    }

    /// Cancelled when the engine is asked to stop.
    pub fn shutdown_token(&self) -> &CancellationToken {
        &self.inner.shutdown
    }

    pub(crate) fn bridge(&self) -> &Arc<dyn Bridge> {
        &self.inner.bridge
    }

    pub(crate) fn live(&self) -> &Arc<LiveHub> {
        self.inner.store.live()
    }

    pub(crate) fn workers(&self) -> &Workers {
        &self.inner.workers
    }

    pub(crate) fn tasks(&self) -> &TaskTracker {
        &self.inner.tasks
    }

    /// What is counted for operators.
    pub fn metrics(&self) -> &Metrics {
        &self.inner.metrics
    }

    /// Requests to `provider` that are under way here.
    pub(crate) fn calls_under_way(&self, provider: Provider) -> usize {
        let free = self.inner.providers.get(&provider);
        let free = free.map_or(0, |places| places.available_permits());
        self.settings().per_provider.max(1).saturating_sub(free)
    }

    /// The places for calls under way at `provider`.
    pub(crate) fn places(&self, provider: Provider) -> Option<Arc<Semaphore>> {
        self.inner.providers.get(&provider).cloned()
    }

    /// Held while `provider` is tested; `None` where it is being tested.
    pub(crate) fn test_place(&self, provider: Provider) -> Option<OwnedSemaphorePermit> {
        let place = self.inner.tests.get(&provider)?;
        Arc::clone(place).try_acquire_owned().ok()
    }

    /// Starts the background tasks: work, renewal of leases, notifications.
    pub fn start_workers(&self) {
        crate::work::spawn(self);
        crate::live::spawn(self);
        crate::agents::trial::spawn(self);
        crate::performance::spawn(self);
        // The tokenizer's tables take a moment; have them before a person waits.
        drop(tokio::task::spawn_blocking(|| {
            crate::tokens::count("ready")
        }));
    }

    /// Stops the background tasks and hands work under way to others: it is
    /// queued again, and the bridge is drained. Returns within 10 s.
    pub async fn shutdown(&self) {
        self.inner.shutdown.cancel();
        self.inner.tasks.close();
        if tokio::time::timeout(Duration::from_secs(5), self.inner.tasks.wait())
            .await
            .is_err()
        {
            tracing::warn!("some tasks did not stop in 5 s");
        }
        // What is not handed over in time is claimed when its lease runs out.
        // The bridge has no calls any more: they were dropped or have ended.
        let (handed_over, ()) = tokio::join!(
            tokio::time::timeout(Duration::from_secs(4), self.hand_over()),
            self.inner.bridge.shutdown()
        );
        if let Ok(Err(error)) = handed_over {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "work could not be handed over"
            );
        }
    }

    async fn hand_over(&self) -> Result<()> {
        let mut tx = self.store().begin().await?;
        tx.release_work(self.instance()).await?;
        tx.commit().await?;
        Ok(())
    }
}
