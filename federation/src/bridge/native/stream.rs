//! Reads a streamed answer.

use reqwest::Response;
use serde_json::Value;

use super::chat::Answer;
use super::sse::{Broken, Decoder};
use super::{Limits, wire};
use crate::bridge::errors::{Context, Fault};
use crate::bridge::{BridgeError, BridgeErrorKind, BridgeResponse, TextSink};

/// The mark at the end of every stream. One without it is cut off.
const END: &str = "[DONE]";

/// Gives each piece of text to `text` and returns the whole.
///
/// # Errors
/// `Timeout` after too long a silence, `CutOff` where the end mark is missing,
/// `Malformed` for what is no event stream, `TooLarge`, and what an error
/// object in the stream means.
pub(super) async fn read(
    mut response: Response,
    context: &Context<'_>,
    limits: Limits,
    text: TextSink<'_>,
) -> Result<BridgeResponse, BridgeError> {
    let sort = wire::Sort::of(&response);
    if sort == wire::Sort::Json {
        // The server does not stream; what it sends says where it ends.
        let whole = wire::read_answer(response, context, limits).await?;
        if !whole.content.is_empty() {
            text(&whole.content);
        }
        return Ok(whole);
    }
    let answer = Answer::new(response.status().as_u16(), limits.max_answer_bytes);
    let mut reader = Reader {
        answer,
        context,
        events: 0,
    };
    if sort == wire::Sort::Page {
        return Err(reader.malformed("answered with an HTML page", ""));
    }
    // Beside the text, an event has some hundred bytes of wrapping.
    let mut decoder = Decoder::new(limits.max_answer_bytes.saturating_add(64 * 1024));
    while let Some(bytes) = next_bytes(&mut response, &reader, limits).await? {
        let events = decoder
            .push(&bytes)
            .map_err(|broken| reader.broken(&broken))?;
        for event in events {
            if reader.take(&event, text)? {
                return reader.answer.finish(context);
            }
        }
    }
    let last = decoder.finish().map_err(|broken| reader.broken(&broken))?;
    if last.is_some_and(|event| event.trim() == END) {
        return reader.answer.finish(context);
    }
    Err(reader.ended(sort))
}

async fn next_bytes(
    response: &mut Response,
    reader: &Reader<'_>,
    limits: Limits,
) -> Result<Option<impl std::ops::Deref<Target = [u8]> + use<>>, BridgeError> {
    match tokio::time::timeout(limits.idle, response.chunk()).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) => Err(reader
            .answer
            .failed(wire::body_error(reader.context, error))),
        Err(_) => {
            let what = format!("sent nothing more for {} s", limits.idle.as_secs_f64());
            Err(reader
                .answer
                .failed(reader.context.error(BridgeErrorKind::Timeout, &what)))
        }
    }
}

struct Reader<'a> {
    answer: Answer,
    context: &'a Context<'a>,
    events: usize,
}

impl Reader<'_> {
    /// Takes one event; true for the end mark.
    fn take(
        &mut self,
        event: &str,
        text: &mut (dyn FnMut(&str) + Send),
    ) -> Result<bool, BridgeError> {
        let event = event.trim();
        self.events += 1;
        if event == END {
            return Ok(true);
        }
        if event.is_empty() {
            return Ok(false);
        }
        let value: Value = serde_json::from_str(event)
            .map_err(|_| self.malformed("sent an event that is no JSON", event))?;
        if value.get("choices").is_none() && Fault::inside(&value).is_none() {
            // Some servers send their error object bare.
            if let Some(fault) = Fault::anywhere(&value) {
                return Err(self.answer.failed(self.context.fault_inside(&fault)));
            }
        }
        let piece = self.answer.add(&value, "delta", self.context)?;
        if !piece.is_empty() {
            text(&piece);
        }
        Ok(false)
    }

    fn broken(&self, broken: &Broken) -> BridgeError {
        match broken {
            Broken::NotUtf8 => self.malformed("sent bytes that are no text", ""),
            Broken::TooLong => self.answer.failed(self.context.error(
                BridgeErrorKind::TooLarge,
                "sent an event longer than any answer may be",
            )),
        }
    }

    fn ended(&self, sort: wire::Sort) -> BridgeError {
        if self.events == 0 && sort != wire::Sort::Events {
            return self.malformed("sent no event stream", "");
        }
        let what = "ended its stream without the end mark";
        self.answer
            .failed(self.context.error(BridgeErrorKind::CutOff, what))
    }

    fn malformed(&self, what: &str, said: &str) -> BridgeError {
        self.answer.failed(
            self.context
                .error_saying(BridgeErrorKind::Malformed, what, said),
        )
    }
}
