//! The call itself: a place at the provider, the attempts, the waits between.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use model::Attempt;
use tokio::time::{Instant, timeout_at};

use crate::{
    Engine,
    bridge::{BridgeError, BridgeErrorKind, BridgeRequest, BridgeResponse, Fate, TextSink},
};

/// A provider that asks to wait longer than this is not waited for.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// What came of all attempts.
pub(super) struct Called {
    pub attempts: Vec<Attempt>,
    pub result: Result<BridgeResponse, BridgeError>,
    /// Bytes of text that came, also where the call failed in the end.
    pub text_bytes: usize,
}

/// Calls, and again where that may help: only before the first text, only for
/// what can be retried, only within the deadline of calls.
pub(super) async fn call(engine: &Engine, request: &BridgeRequest, text: TextSink<'_>) -> Called {
    call_within(engine, request, engine.settings().call_deadline, text).await
}

/// The same with a time limit of its own.
pub(super) async fn call_within(
    engine: &Engine,
    request: &BridgeRequest,
    limit: Duration,
    text: TextSink<'_>,
) -> Called {
    let settings = engine.settings();
    let time = Time {
        limit,
        deadline: Instant::now() + limit,
    };
    let deadline = time.deadline;
    let mut request = request.clone();
    let mut attempts = Vec::new();
    let mut waits = ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(250))
        .with_max_delay(Duration::from_secs(8))
        .with_max_times(usize::try_from(settings.max_retries).unwrap_or(usize::MAX))
        .with_jitter()
        .build();
    let mut text_bytes = 0;
    loop {
        let (mut attempt, result) = exchange(engine, &request, time, text, &mut text_bytes).await;
        let error = match result {
            Ok(response) => {
                attempts.push(attempt);
                return Called {
                    attempts,
                    result: Ok(response),
                    text_bytes,
                };
            }
            Err(error) => error,
        };
        if error.kind == BridgeErrorKind::FormatRefused && request.response_schema.take().is_some()
        {
            attempts.push(attempt);
            continue;
        }
        let wait = if error.kind.is_retryable() && text_bytes == 0 {
            waits.next().map(|wait| error.retry_after.unwrap_or(wait))
        } else {
            None
        };
        match wait.filter(|w| *w <= LONGEST_WAIT && Instant::now() + *w < deadline) {
            Some(wait) => {
                attempt.waited_ms = Some(millis(wait));
                attempts.push(attempt);
                tokio::time::sleep(wait).await;
            }
            None => {
                attempts.push(attempt);
                return Called {
                    attempts,
                    result: Err(error),
                    text_bytes,
                };
            }
        }
    }
}

/// How long a call may take, and until when that is.
#[derive(Clone, Copy)]
struct Time {
    limit: Duration,
    deadline: Instant,
}

async fn exchange(
    engine: &Engine,
    request: &BridgeRequest,
    time: Time,
    text: TextSink<'_>,
    text_bytes: &mut usize,
) -> (Attempt, Result<BridgeResponse, BridgeError>) {
    let place = match engine.places(request.provider) {
        Some(places) => timeout_at(time.deadline, places.acquire_owned())
            .await
            .ok()
            .and_then(Result::ok),
        None => None,
    };
    let begun = Instant::now();
    let mut first_token = None;
    let mut sink = |piece: &str| {
        if !piece.is_empty() {
            first_token.get_or_insert_with(|| begun.elapsed());
            *text_bytes += piece.len();
            if piece.contains('\0') {
                text(&piece.replace('\0', ""));
            } else {
                text(piece);
            }
        }
    };
    // A text that comes in one piece was not seen when the time is over.
    let unseen = if engine.bridge().streams(request.provider) {
        Fate::Seen
    } else {
        Fate::Unheard
    };
    let result = if place.is_none() {
        Err(BridgeError::new(
            BridgeErrorKind::Timeout,
            format!(
                "No place for a call to {} became free within the deadline. Try again later.",
                request.provider
            ),
        )
        .with_fate(Fate::Unsent))
    } else {
        timeout_at(time.deadline, engine.bridge().stream(request, &mut sink))
            .await
            .unwrap_or_else(|_| {
                Err(BridgeError::new(
                    BridgeErrorKind::Timeout,
                    format!(
                        "{} did not finish its answer within {} s. Try again, or ask for less.",
                        request.provider,
                        time.limit.as_secs()
                    ),
                )
                .with_fate(unseen))
            })
    };
    drop(place);
    let attempt = note(request, &result, begun.elapsed(), first_token);
    let was_sent = result.as_ref().err().map(|error| error.fate) != Some(Fate::Unsent);
    engine.metrics().attempted(&attempt, was_sent);
    (attempt, result)
}

fn note(
    request: &BridgeRequest,
    result: &Result<BridgeResponse, BridgeError>,
    took: Duration,
    first_token: Option<Duration>,
) -> Attempt {
    let error = result.as_ref().err();
    let response = result.as_ref().ok();
    Attempt {
        provider: request.provider,
        model: request.model.clone(),
        http_status: response
            .and_then(|r| r.http_status)
            .or(error.and_then(|e| e.http_status)),
        error_type: error.map(|e| e.kind.code().to_owned()),
        error: error.map(|e| e.message.replace('\0', "")),
        duration_ms: millis(took),
        first_token_ms: first_token.map(millis),
        tokens_in: response
            .and_then(|r| r.tokens_in)
            .or(error.and_then(|e| e.tokens_in)),
        tokens_out: response
            .and_then(|r| r.tokens_out)
            .or(error.and_then(|e| e.tokens_out)),
        waited_ms: None,
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
