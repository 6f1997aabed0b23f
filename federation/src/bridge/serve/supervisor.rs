//! Keeps the process: starts it, watches it, starts it again.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use tokio::time::{sleep, timeout};

use super::process::{self, Process, Running};
use super::{DRAIN_WITHIN, Shared, State};
use crate::bridge::{BridgeError, BridgeErrorKind, Fate};

/// A process that was ready for so long has shown that it works: the next wait
/// is the first one again.
const STEADY_AFTER: Duration = Duration::from_secs(30);
/// After so many starts in a row that failed, calls are told so at once.
const MOST_FAILED_STARTS: u32 = 3;
/// A process that leaves so many looks in a row unanswered is ended.
const MOST_MISSED: u32 = 2;

/// Runs until the bridge stops.
pub(super) async fn run(shared: Arc<Shared>) {
    let mut waits = waits(&shared);
    let mut failed_starts = 0;
    while !shared.stop.is_cancelled() {
        set(&shared, State::Starting);
        let started = tokio::select! {
            started = process::start(&shared.llm) => started,
            () = shared.stop.cancelled() => break,
        };
        let state = match started {
            Err(error) => {
                failed_starts += 1;
                not_started(error, failed_starts)
            }
            Ok((running, process)) => {
                failed_starts = 0;
                tracing::info!(process_id = process.id, "the bridge process is ready");
                set(&shared, State::Ready(Arc::clone(&process)));
                let Some(why) = watch(&shared, running, &process).await else {
                    break;
                };
                tracing::warn!(
                    process_id = process.id,
                    why,
                    "the bridge process is started again"
                );
                if process.ready_at.elapsed() >= STEADY_AFTER {
                    waits = self::waits(&shared);
                }
                State::Restarting(why)
            }
        };
        set(&shared, state);
        let longest = shared.llm.settings.longest_wait;
        let wait = waits.next().unwrap_or(longest).min(longest);
        tokio::select! {
            () = sleep(wait) => {}
            () = shared.stop.cancelled() => break,
        }
        shared.restarts.fetch_add(1, Ordering::Relaxed);
    }
    set(&shared, State::Stopped);
}

fn set(shared: &Shared, state: State) {
    shared.state.send_modify(|present| {
        // Calls go on hearing why it cannot be started while it is tried again.
        if !(matches!(present, State::Unusable(_)) && matches!(state, State::Starting)) {
            *present = state;
        }
    });
}

/// Calls wait for the next start, unless this one shows that none will do.
fn not_started(error: BridgeError, failed_starts: u32) -> State {
    tracing::error!(%error, "the bridge process could not be started");
    let hopeless = error.kind == BridgeErrorKind::ParseError || error.fate == Fate::Unsent;
    if hopeless || failed_starts >= MOST_FAILED_STARTS {
        State::Unusable(error.with_fate(Fate::Unsent))
    } else {
        State::Restarting(error.message)
    }
}

fn waits(shared: &Shared) -> impl Iterator<Item = Duration> + use<> {
    ExponentialBuilder::default()
        .with_min_delay(shared.llm.settings.first_wait)
        .with_max_delay(shared.llm.settings.longest_wait)
        .without_max_times()
        .with_jitter()
        .build()
}

/// Watches until the process ends, or is ended because it says nothing any
/// more, and tells why. `None` where the bridge stops: it was drained.
async fn watch(shared: &Shared, mut running: Running, process: &Process) -> Option<String> {
    tokio::select! {
        how = running.ended() => {
            let said = shared.llm.last_words(&process.last_words());
            Some(format!("it ended ({how}){said}."))
        }
        why = unwell(shared, process) => Some(why),
        () = shared.stop.cancelled() => {
            drain(shared, running, process).await;
            None
        }
    }
}

/// Looks at the process again and again; returns when it should be ended.
async fn unwell(shared: &Shared, process: &Process) -> String {
    let settings = &shared.llm.settings;
    let (mut missed, mut finished) = (0, 0);
    loop {
        sleep(settings.look_every).await;
        let health = timeout(settings.look_within, shared.http.health(process)).await;
        match health {
            Ok(Ok(health)) if health["callsUnderWay"].is_u64() => {
                missed = 0;
                let stuck = health["stuck"].as_u64().unwrap_or_default();
                if stuck >= settings.workers as u64 {
                    return format!("{stuck} of its calls do not end.");
                }
            }
            // Busy, not dead, as long as calls end.
            _ if shared.finished.load(Ordering::Relaxed) != finished => missed = 0,
            _ => missed += 1,
        }
        finished = shared.finished.load(Ordering::Relaxed);
        if missed >= MOST_MISSED {
            return format!("it did not say how it is, {missed} times in a row.");
        }
    }
}

/// Lets calls under way end, for a while; dropping `running` ends the rest.
async fn drain(shared: &Shared, mut running: Running, process: &Process) {
    let drained = timeout(DRAIN_WITHIN, async {
        // One that cannot be asked is ended.
        if shared.http.shutdown(process).await.is_ok() {
            running.ended().await;
        }
    });
    if drained.await.is_err() {
        tracing::warn!("calls of the bridge did not end in time and are dropped");
    }
}
