//! Live events, as `text/event-stream`.

use std::{convert::Infallible, time::Duration};

use axum::{
    extract::{FromRef, State},
    http::{HeaderMap, StatusCode},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use federation::{
    Engine,
    live::{self, Follow},
};
use futures::StreamExt;
use model::{CollectiveId, HubId, LiveEvent, ProposalId};
use tokio_util::sync::CancellationToken;

use crate::{
    extract::{AtLeast, Auth, Id, LastEventId, Viewer},
    metrics::HttpMetrics,
    middleware::caller,
    problem::Problem,
    state::AppState,
};

/// How often a silent stream says that it is alive.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The right to a stream is looked at once in so many polls: 10 s where the
/// poll is the usual one.
const POLLS_PER_CHECK: u32 = 5;

/// Follow a collective proposal
///
/// Takes the session cookie too. Ends after the last `run.finished`; another
/// round goes on after it, and the stream then holds several.
#[utoipa::path(get, path = "/collective-proposals/{id}/events", tag = "live events",
    operation_id = "events",
    params(("Last-Event-ID" = Option<i64>, Header, description = "Go on after this event")),
    responses((status = 200, body = String, content_type = "text/event-stream"),
        (status = 204, description = "Nothing more can follow")))]
pub async fn collective(
    auth: Auth<Viewer>,
    Id(id): Id<CollectiveId>,
    LastEventId(after): LastEventId,
    State(engine): State<Engine>,
    State(streams): State<Streams>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let follow = live::subscribe_collective(&engine, &auth, id, after).await?;
    Ok(streams.answer(follow, headers))
}

/// Follow a proposal: its answer, round by round
///
/// Takes the session cookie too. Ends after the last `run.finished`; another
/// round goes on after it.
#[utoipa::path(get, path = "/proposals/{id}/events", tag = "live events",
    operation_id = "events",
    params(("Last-Event-ID" = Option<i64>, Header, description = "Go on after this event")),
    responses((status = 200, body = String, content_type = "text/event-stream"),
        (status = 204, description = "Nothing more can follow")))]
pub async fn proposal(
    auth: Auth<Viewer>,
    Id(id): Id<ProposalId>,
    LastEventId(after): LastEventId,
    State(engine): State<Engine>,
    State(streams): State<Streams>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let follow = live::subscribe_proposal(&engine, &auth, id, after).await?;
    Ok(streams.answer(follow, headers))
}

/// Follow a hub: what waits, what runs
///
/// Takes the session cookie too. Begins now, and has no end.
#[utoipa::path(get, path = "/hubs/{id}/events", tag = "live events", operation_id = "events",
    params(("Last-Event-ID" = Option<i64>, Header, description = "Go on after this event")),
    responses((status = 200, body = String, content_type = "text/event-stream"),
        (status = 204, description = "Nothing more can follow")))]
pub async fn hub(
    auth: Auth<Viewer>,
    Id(id): Id<HubId>,
    LastEventId(after): LastEventId,
    State(engine): State<Engine>,
    State(streams): State<Streams>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let follow = live::subscribe_hub(&engine, &auth, id, after).await?;
    Ok(streams.answer(follow, headers))
}

/// What keeps a stream open, and what ends it.
#[derive(Clone)]
pub struct Streams {
    engine: Engine,
    shutdown: CancellationToken,
    metrics: HttpMetrics,
}

impl FromRef<AppState> for Streams {
    fn from_ref(state: &AppState) -> Self {
        Self {
            engine: state.engine.clone(),
            shutdown: state.shutdown.clone(),
            metrics: state.metrics.clone(),
        }
    }
}

impl Streams {
    fn answer(self, follow: Follow, headers: HeaderMap) -> Response {
        let events = match follow {
            Follow::NothingMore => return StatusCode::NO_CONTENT.into_response(),
            Follow::Stream(events) => events,
        };
        let open = self.metrics.stream();
        let events = events
            .map(move |event| {
                // Counted until the client has gone.
                let _ = &open;
                Ok::<_, Infallible>(line(&event))
            })
            .take_until(Box::pin(self.end(headers)));
        let stream = Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE));
        // A proxy that buffers would hold the events back.
        ([("x-accel-buffering", "no")], stream).into_response()
    }

    /// Ends when the server is to stop, or when whoever follows may no longer
    /// read: signed out, made inactive, the token revoked.
    async fn end(self, headers: HeaderMap) {
        let pause = self.engine.settings().poll * POLLS_PER_CHECK;
        let look = async || {
            tokio::time::sleep(pause).await;
            caller::follows(&self.engine, &headers).await
        };
        while let Some(found) = self.shutdown.run_until_cancelled(look()).await {
            match found {
                Ok(Some(caller)) if caller.may(Viewer::ROLE) => {}
                Ok(_) => return,
                // A database that does not answer bars nobody.
                Err(error) => tracing::debug!(
                    error = &error as &dyn std::error::Error,
                    "the right to a stream could not be looked at"
                ),
            }
        }
    }
}

/// One event: its number where it is replayed, its name, one line of JSON.
fn line(event: &LiveEvent) -> Event {
    let line = Event::default()
        .event(&event.name)
        .data(event.data.to_string());
    match event.seq {
        Some(seq) => line.id(seq.to_string()),
        None => line,
    }
}
