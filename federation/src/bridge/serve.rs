//! One long-lived process of `scripts/llm_bridge.py --serve` for all calls:
//! JSON-RPC over HTTP on loopback. It is started by the first call, watched,
//! started again with growing waits when it ends, and drained at shutdown.
//!
//! A call that finds the process starting waits for it, until its own
//! deadline. A call whose process dies is a `Connection` error: the gate may
//! send it again.

mod process;
mod rpc;
mod supervisor;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use model::{BridgeKind, BridgeState, BridgeStatus, Provider, ProviderAccess};
use tokio::sync::{OnceCell, Semaphore, watch};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::llm_connect::{LlmConnect, LlmConnectSettings};
use super::{
    Bridge, BridgeError, BridgeErrorKind, BridgeRequest, BridgeResponse, Fate, KeyRing, TextSink,
    late,
};
use process::Process;

/// How long a look at the bridge waits for a process that is starting.
const LOOK_WITHIN: Duration = Duration::from_secs(3);
/// What the process is given beyond a call's deadline to say that it is over.
const GRACE: Duration = Duration::from_secs(1);
/// With less time left a call is not begun.
const LEAST: Duration = Duration::from_millis(5);
/// How long calls under way may take when the server stops.
const DRAIN_WITHIN: Duration = Duration::from_secs(2);

/// Keeps one process of the script. See the module.
#[derive(Debug)]
pub struct ServeBridge {
    shared: Arc<Shared>,
    supervisor: OnceCell<()>,
    tasks: TaskTracker,
}

/// What calls and supervisor share.
#[derive(Debug)]
struct Shared {
    llm: LlmConnect,
    http: rpc::Http,
    /// Calls that the process has in hand.
    places: Semaphore,
    state: watch::Sender<State>,
    restarts: AtomicU32,
    /// Calls that the process has ended, whichever way.
    finished: AtomicU32,
    stop: CancellationToken,
}

/// How the process is.
#[derive(Clone, Debug)]
enum State {
    NotStarted,
    Starting,
    Ready(Arc<Process>),
    /// It has ended, for this reason, and is started again.
    Restarting(String),
    /// It cannot be started; calls are told so at once.
    Unusable(BridgeError),
    Stopped,
}

impl ServeBridge {
    /// Starts nothing and reads no key.
    ///
    /// # Errors
    /// `BridgeError` where a base URL is no http or https URL.
    pub fn new(settings: LlmConnectSettings, keys: KeyRing) -> Result<Self, BridgeError> {
        let workers = settings.workers.max(1);
        Ok(Self {
            shared: Arc::new(Shared {
                http: rpc::Http::new(workers)?,
                llm: LlmConnect::new(settings, keys)?,
                places: Semaphore::new(workers),
                state: watch::Sender::new(State::NotStarted),
                restarts: AtomicU32::new(0),
                finished: AtomicU32::new(0),
                stop: CancellationToken::new(),
            }),
            supervisor: OnceCell::new(),
            tasks: TaskTracker::new(),
        })
    }

    /// Starts the supervisor with the first call; it lives until the bridge
    /// is shut down or dropped.
    async fn wanted(&self) {
        self.supervisor
            .get_or_init(|| async {
                self.tasks.spawn(supervisor::run(Arc::clone(&self.shared)));
            })
            .await;
    }

    async fn call(
        &self,
        request: &BridgeRequest,
        deadline: Instant,
    ) -> Result<BridgeResponse, BridgeError> {
        let llm = &self.shared.llm;
        let key = llm.key(request.provider)?;
        self.wanted().await;
        let _place = self.shared.places.acquire().await;
        let process = self.shared.ready().await?;
        let left = deadline.saturating_duration_since(Instant::now());
        if left < LEAST {
            return Err(self.shared.late(request.provider));
        }
        let wire = llm.wire(request, key.as_ref(), left);
        let reply = self
            .shared
            .http
            .call(&process, "execute", wire, llm.max_reply_bytes());
        match timeout(left + GRACE, reply).await {
            Ok(Ok(said)) => {
                self.shared.finished.fetch_add(1, Ordering::Relaxed);
                llm.read(request, key.as_ref(), said)
            }
            Ok(Err(fault)) => {
                if fault.is_broken() {
                    self.shared.has_ended(&process).await;
                }
                Err(fault.of_call(llm, &process))
            }
            Err(_) => Err(late(request.provider, llm.settings.deadline).with_fate(Fate::Unheard)),
        }
    }
}

impl Shared {
    /// The process, as soon as it is ready.
    async fn ready(&self) -> Result<Arc<Process>, BridgeError> {
        let mut state = self.state.subscribe();
        let mut suspect = None;
        loop {
            match &*state.borrow_and_update() {
                State::Ready(process) if !process.is_suspect() => {
                    return Ok(Arc::clone(process));
                }
                State::Ready(process) => suspect = Some(Arc::clone(process)),
                State::Unusable(error) => return Err(error.clone()),
                State::Stopped => return Err(stopping()),
                State::NotStarted | State::Starting | State::Restarting(_) => {}
            }
            // A call that found its connection broken looks whether it has ended,
            // and says so.
            tokio::select! {
                changed = state.changed() => if changed.is_err() {
                    return Err(stopping());
                },
                () = trusted(suspect.take()) => {}
            }
        }
    }

    /// Waits until a process whose connection broke is told to have ended, so
    /// that the next call goes to the next one.
    async fn has_ended(&self, process: &Process) {
        process.suspect();
        let mut state = self.state.subscribe();
        let other = |state: &State| !matches!(state, State::Ready(now) if now.id == process.id);
        if timeout(LOOK_WITHIN, state.wait_for(other)).await.is_err() {
            // It goes on after all.
            process.trust();
        }
    }

    /// The error of a call whose time was over: why nobody answered it.
    fn late(&self, provider: Provider) -> BridgeError {
        let mut error = late(provider, self.llm.settings.deadline).with_fate(Fate::Unsent);
        if let State::Restarting(why) = &*self.state.borrow() {
            error.message = format!(
                "{} The bridge process is being restarted: {why}",
                error.message
            );
        }
        error
    }
}

/// Waits until a process that was suspect is trusted again.
async fn trusted(suspect: Option<Arc<Process>>) {
    match suspect {
        Some(process) => process.trusted().await,
        None => std::future::pending().await,
    }
}

fn stopping() -> BridgeError {
    BridgeError::new(
        BridgeErrorKind::Connection,
        "The bridge is stopping with the server. Ask again when it is back.",
    )
    .with_fate(Fate::Unsent)
}

#[async_trait]
impl Bridge for ServeBridge {
    async fn answer(&self, request: &BridgeRequest) -> Result<BridgeResponse, BridgeError> {
        let deadline = Instant::now() + self.shared.llm.settings.deadline;
        // The process itself says when a call's time is over; this holds where
        // there is none that could.
        timeout_at(deadline + GRACE + GRACE, self.call(request, deadline))
            .await
            .unwrap_or_else(|_| Err(self.shared.late(request.provider)))
    }

    fn streams(&self, _provider: Provider) -> bool {
        false
    }

    /// llm-connect has no streaming: the text comes as one piece.
    async fn stream(
        &self,
        request: &BridgeRequest,
        text: TextSink<'_>,
    ) -> Result<BridgeResponse, BridgeError> {
        let response = self.answer(request).await?;
        if !response.content.is_empty() {
            text(&response.content);
        }
        Ok(response)
    }

    /// Starts the process where it does not run yet: who looks wants to know.
    async fn status(&self) -> BridgeStatus {
        self.wanted().await;
        let ready = timeout(LOOK_WITHIN, self.shared.ready()).await;
        let mut status = self.shared.told();
        if let Ok(Ok(process)) = ready {
            self.shared.ask(&process, &mut status).await;
        }
        status
    }

    fn access(&self, provider: Provider) -> ProviderAccess {
        self.shared.llm.describe(provider)
    }

    async fn shutdown(&self) {
        self.shared.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl Shared {
    /// What is known without asking the process.
    fn told(&self) -> BridgeStatus {
        let (state, problem) = match &*self.state.borrow() {
            State::NotStarted => (BridgeState::NotStarted, None),
            State::Starting => (BridgeState::Starting, None),
            State::Ready(_) => (BridgeState::Ready, None),
            State::Restarting(why) => (BridgeState::Restarting, Some(why.clone())),
            State::Unusable(error) => (BridgeState::Unusable, Some(error.message.clone())),
            State::Stopped => (BridgeState::Stopped, None),
        };
        let mut status = BridgeStatus::new(BridgeKind::Serve, state);
        status.problem = problem;
        status.restarts = self.restarts.load(Ordering::Relaxed);
        status
    }

    /// What the process says of itself.
    async fn ask(&self, process: &Process, status: &mut BridgeStatus) {
        status.process_id = Some(process.id);
        let seconds = process.ready_at.elapsed().as_secs();
        status.ready_for_seconds = i64::try_from(seconds).ok();
        match timeout(LOOK_WITHIN, self.http.health(process)).await {
            Ok(Ok(health)) => {
                status.detail = super::llm_connect::detail(&health);
                status.calls_under_way = health["callsUnderWay"]
                    .as_u64()
                    .and_then(|calls| u32::try_from(calls).ok());
                if let Some(problem) = health["problem"].as_str() {
                    status.state = BridgeState::Unusable;
                    status.problem = Some(self.llm.tidy_long(problem));
                }
            }
            Ok(Err(_)) | Err(_) => {
                status.problem =
                    Some("The bridge process does not say how it is. It is started again where that goes on.".to_owned());
            }
        }
    }
}

impl Drop for ServeBridge {
    fn drop(&mut self) {
        self.shared.stop.cancel();
    }
}
