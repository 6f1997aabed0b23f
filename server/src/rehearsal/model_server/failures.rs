//! Models that fail in a known way, for tests and demonstrations: their names
//! say how.

use std::time::Duration;

use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use futures::stream;
use serde_json::json;

use super::{
    hash,
    pace::Pace,
    protocol::{self, Asked},
};

/// How much the model without measure says, in bytes.
const FLOOD_BYTES: usize = 24 * 1024 * 1024;
const FLOOD_PIECE_BYTES: usize = 64 * 1024;

/// What a model's name makes it do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Script {
    Answer,
    /// Answers after this many milliseconds, at whatever speed.
    After(u64),
    /// Answers ten times as slowly.
    Slow,
    /// Answers in prose, without an object.
    Prose,
    /// Breaks the connection half-way.
    Cut,
    Fail(Failure),
}

/// A failure that needs no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    Status(u16),
    /// Takes the request and never answers.
    Hang,
    /// A page of HTML, as from a proxy.
    Html,
    /// More text than anyone reads.
    Flood,
}

impl Script {
    /// `scripted/fail-…` and `scripted/ms-…`; every other model answers.
    pub fn of(model: &str) -> Self {
        let name = model.strip_prefix("scripted/").unwrap_or("");
        if let Some(ms) = name.strip_prefix("ms-").and_then(|ms| ms.parse().ok()) {
            return Self::After(ms);
        }
        match name.strip_prefix("fail-") {
            Some("401") => Self::Fail(Failure::Status(401)),
            Some("402") => Self::Fail(Failure::Status(402)),
            Some("429") => Self::Fail(Failure::Status(429)),
            Some("500") => Self::Fail(Failure::Status(500)),
            Some("hang") => Self::Fail(Failure::Hang),
            Some("html") => Self::Fail(Failure::Html),
            Some("megabyte") => Self::Fail(Failure::Flood),
            Some("cut") => Self::Cut,
            Some("no-json") => Self::Prose,
            Some("slow") => Self::Slow,
            _ => Self::Answer,
        }
    }

    pub fn failure(self) -> Option<Failure> {
        match self {
            Self::Fail(failure) => Some(failure),
            _ => None,
        }
    }

    pub fn is_cut(self) -> bool {
        self == Self::Cut
    }

    /// The text of the answer.
    pub fn text(self, answer: impl FnOnce() -> String) -> String {
        match self {
            Self::Prose => PROSE.to_owned(),
            Self::Fail(_) => String::new(),
            _ => answer(),
        }
    }

    pub fn pace(self, asked: &Asked, speed: f64) -> Pace {
        let seed = hash::of(&[&asked.model, asked.prompt()]);
        match self {
            Self::After(ms) => Pace::Exactly(Duration::from_millis(ms)),
            Self::Slow => Pace::Natural {
                speed: speed / 10.0,
                seed,
            },
            _ => Pace::Natural { speed, seed },
        }
    }
}

const PROSE: &str = "I would rather talk this through than fill in a form. There is something \
    to be said for both sides, and I would want to hear from the people at the desk first.";

impl Failure {
    pub async fn answer(self) -> Response {
        match self {
            Self::Status(status) => status_answer(status),
            Self::Hang => std::future::pending().await,
            Self::Html => Html("<!doctype html><html><body><h1>502 Bad Gateway</h1></body></html>")
                .into_response(),
            Self::Flood => flood(),
        }
    }
}

fn status_answer(status: u16) -> Response {
    let (code, message) = match status {
        401 => ("invalid_api_key", "Incorrect API key provided"),
        402 => ("insufficient_credits", "This account has no credit left"),
        429 => ("rate_limit_exceeded", "Too many requests"),
        _ => ("server_error", "The model is overloaded"),
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = protocol::error(status, code, message);
    if status == StatusCode::TOO_MANY_REQUESTS {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}

/// A stream that is well formed and goes on and on.
fn flood() -> Response {
    let chunk = json!({
        "id": "chatcmpl-flood", "object": "chat.completion.chunk", "model": "scripted/fail-megabyte",
        "choices": [{ "index": 0, "delta": { "content": "word ".repeat(FLOOD_PIECE_BYTES / 5) },
            "finish_reason": null }],
    });
    let line = Bytes::from(format!("data: {chunk}\n\n"));
    let lines =
        (0..FLOOD_BYTES / FLOOD_PIECE_BYTES).map(move |_| Ok::<_, std::io::Error>(line.clone()));
    let body = Body::from_stream(stream::iter(lines));
    ([(header::CONTENT_TYPE, "text/event-stream")], body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_how_a_model_fails() {
        assert_eq!(Script::of("scripted/careful"), Script::Answer);
        assert_eq!(Script::of("fail-401"), Script::Answer);
        assert_eq!(
            Script::of("scripted/fail-429"),
            Script::Fail(Failure::Status(429))
        );
        assert_eq!(Script::of("scripted/ms-700"), Script::After(700));
        assert_eq!(Script::of("scripted/ms-x"), Script::Answer);
    }
}
