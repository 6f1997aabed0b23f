//! Reads request bodies to their end, up to a limit.
//!
//! What is over the limit is read and thrown away: a client that still sends
//! would not see an answer. The handler then says 413, after 401 and 403.

use std::time::Duration;

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::Request,
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use http_body_util::BodyExt;

use crate::problem::Problem;

/// The longest body that is taken.
pub const BODY_MAX_BYTES: usize = 1024 * 1024;
/// How much of a body that is too long is read before the connection is given up.
const DRAIN_MAX_BYTES: usize = 64 * 1024 * 1024;
/// How long a client may take to send a body.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// Marks a request whose body was too long and is gone.
#[derive(Clone, Copy, Debug)]
pub struct TooLarge;

impl TooLarge {
    pub fn problem(self) -> Problem {
        Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            "The body is longer than 1 MiB.",
        )
    }
}

enum Read {
    Whole(Bytes),
    TooLarge,
    Broken,
}

/// Gives the handler a body that is in memory.
pub async fn limit(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let read = match tokio::time::timeout(READ_TIMEOUT, read(body)).await {
        Ok(read) => read,
        Err(_) => {
            return Problem::new(
                StatusCode::REQUEST_TIMEOUT,
                "timeout",
                "The body did not arrive in time.",
            )
            .into_response();
        }
    };
    let body = match read {
        Read::Whole(bytes) => Body::from(bytes),
        Read::TooLarge if parts.uri.path().starts_with("/api/") => {
            parts.extensions.insert(TooLarge);
            Body::empty()
        }
        Read::TooLarge => return TooLarge.problem().into_response(),
        Read::Broken => {
            return Problem::malformed("The body could not be read to its end.").into_response();
        }
    };
    next.run(Request::from_parts(parts, body)).await
}

async fn read(mut body: Body) -> Read {
    let mut kept = Vec::new();
    let mut seen = 0_usize;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            return Read::Broken;
        };
        let Some(data) = frame.data_ref() else {
            continue;
        };
        seen = seen.saturating_add(data.len());
        if seen <= BODY_MAX_BYTES {
            kept.extend_from_slice(data);
        } else {
            kept = Vec::new();
        }
        if seen > DRAIN_MAX_BYTES {
            break;
        }
    }
    if seen > BODY_MAX_BYTES {
        Read::TooLarge
    } else {
        Read::Whole(kept.into())
    }
}
