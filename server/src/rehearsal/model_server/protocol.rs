//! The chat-completions protocol, as far as the scripted models speak it.

use std::{convert::identity, time::Duration};

use axum::{
    Json,
    body::{Body, Bytes},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use futures::{StreamExt, stream};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{hash, pace};

/// A request. What a scripted model does not look at is left out.
#[derive(Debug, Deserialize)]
pub struct Asked {
    pub model: String,
    pub messages: Vec<Message>,
    #[serde(default)]
    pub stream: bool,
    #[serde(default, alias = "max_completion_tokens")]
    max_tokens: Option<u64>,
}

#[derive(Debug, Deserialize)]
pub struct Message {
    pub role: String,
    pub content: String,
}

impl Asked {
    /// What the user said last.
    pub fn prompt(&self) -> &str {
        self.messages
            .iter()
            .rev()
            .find(|message| message.role == "user")
            .map_or("", |message| &message.content)
    }
}

/// An answer with the time that each of its pieces takes.
pub struct Reply {
    id: String,
    model: String,
    pieces: Vec<(Duration, String)>,
    finish_reason: &'static str,
    pub tokens_in: u64,
}

impl Reply {
    /// Cuts `text` into pieces of about a token; stops at the asked limit.
    pub fn new(asked: &Asked, text: &str, pace: pace::Pace) -> Self {
        let mut words = pace::pieces(text);
        let limit = asked
            .max_tokens
            .and_then(|limit| usize::try_from(limit).ok());
        let finish_reason = match limit {
            Some(limit) if words.len() > limit => {
                words.truncate(limit);
                "length"
            }
            _ => "stop",
        };
        let characters: usize = asked.messages.iter().map(|m| m.content.len()).sum();
        Self {
            id: format!(
                "chatcmpl-{:016x}",
                hash::of(&[&asked.model, asked.prompt()])
            ),
            model: asked.model.clone(),
            pieces: pace.spread(words),
            finish_reason,
            tokens_in: u64::try_from(characters / 4).unwrap_or(0).max(1),
        }
    }

    pub fn tokens_out(&self) -> u64 {
        u64::try_from(self.pieces.len()).unwrap_or(0)
    }

    fn usage(&self) -> Value {
        let out = self.tokens_out();
        json!({
            "prompt_tokens": self.tokens_in,
            "completion_tokens": out,
            "total_tokens": self.tokens_in.saturating_add(out),
        })
    }

    fn chunk(&self, delta: &Value, finish_reason: Option<&str>) -> String {
        let choice = json!({ "index": 0, "delta": delta, "finish_reason": finish_reason });
        self.line(&json!([choice]), &Value::Null)
    }

    fn line(&self, choices: &Value, usage: &Value) -> String {
        let chunk = json!({
            "id": self.id, "object": "chat.completion.chunk", "model": self.model,
            "choices": choices, "usage": usage,
        });
        format!("data: {chunk}\n\n")
    }

    /// The pieces as they come; where it is `cut`, the connection breaks
    /// half-way.
    pub fn stream(self, cut: bool) -> Response {
        let mut lines = vec![(
            Duration::ZERO,
            self.chunk(&json!({ "role": "assistant", "content": "" }), None),
        )];
        for (wait, text) in &self.pieces {
            lines.push((*wait, self.chunk(&json!({ "content": text }), None)));
        }
        if cut {
            lines.truncate(lines.len().div_ceil(2));
        } else {
            let end = self.chunk(&json!({}), Some(self.finish_reason));
            let usage = self.line(&json!([]), &self.usage());
            lines.push((Duration::ZERO, format!("{end}{usage}data: [DONE]\n\n")));
        }
        // Each piece has its moment, counted from the beginning: waits one by
        // one would add up the timer's own lateness.
        let begun = tokio::time::Instant::now();
        let lines = lines.into_iter().scan(begun, |moment, (wait, line)| {
            *moment += wait;
            Some((*moment, line))
        });
        let body = stream::iter(lines).then(|(moment, line)| async move {
            tokio::time::sleep_until(moment).await;
            Ok(Bytes::from(line))
        });
        let broken = stream::iter(cut.then(|| Err(std::io::Error::other("cut"))));
        let body = Body::from_stream(body.chain(broken).map(identity::<std::io::Result<Bytes>>));
        ([(header::CONTENT_TYPE, "text/event-stream")], body).into_response()
    }

    /// All at once, when its time has come.
    pub async fn whole(self, cut: bool) -> Response {
        let wait = self.pieces.iter().map(|(wait, _)| *wait).sum();
        tokio::time::sleep(wait).await;
        let content: String = self.pieces.iter().map(|(_, text)| text.as_str()).collect();
        let answer = json!({
            "id": self.id, "object": "chat.completion", "model": self.model,
            "choices": [{
                "index": 0,
                "message": { "role": "assistant", "content": content },
                "finish_reason": self.finish_reason,
            }],
            "usage": self.usage(),
        });
        if !cut {
            return Json(answer).into_response();
        }
        let mut half = answer.to_string();
        half.truncate(half.len() / 4);
        let parts = [Ok(Bytes::from(half)), Err(std::io::Error::other("cut"))];
        let body = Body::from_stream(stream::iter(parts));
        ([(header::CONTENT_TYPE, "application/json")], body).into_response()
    }
}

/// An error as providers send it.
pub fn error(status: StatusCode, code: &str, message: &str) -> Response {
    let body = json!({ "error": { "message": message, "type": code, "code": code } });
    (status, Json(body)).into_response()
}
