//! Live events, as `text/event-stream`.

use std::{convert::Infallible, time::Duration};

use axum::{
    extract::State,
    http::StatusCode,
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
    extract::{Auth, Id, LastEventId, Viewer},
    problem::Problem,
};

/// How often a silent stream says that it is alive.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

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
    State(shutdown): State<CancellationToken>,
) -> Result<Response, Problem> {
    let follow = live::subscribe_collective(&engine, &auth, id, after).await?;
    Ok(answer(follow, shutdown))
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
    State(shutdown): State<CancellationToken>,
) -> Result<Response, Problem> {
    let follow = live::subscribe_proposal(&engine, &auth, id, after).await?;
    Ok(answer(follow, shutdown))
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
    State(shutdown): State<CancellationToken>,
) -> Result<Response, Problem> {
    let follow = live::subscribe_hub(&engine, &auth, id, after).await?;
    Ok(answer(follow, shutdown))
}

fn answer(follow: Follow, shutdown: CancellationToken) -> Response {
    let events = match follow {
        Follow::NothingMore => return StatusCode::NO_CONTENT.into_response(),
        Follow::Stream(events) => events,
    };
    let events = events
        .map(|event| Ok::<_, Infallible>(line(&event)))
        .take_until(shutdown.cancelled_owned());
    let stream = Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE));
    // A proxy that buffers would hold the events back.
    ([("x-accel-buffering", "no")], stream).into_response()
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
