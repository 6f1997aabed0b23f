//! An answer as it is put together, from one body or from many events.

use serde_json::Value;

use super::Usage;
use crate::bridge::errors::{Context, Fault};
use crate::bridge::{BridgeError, BridgeErrorKind, BridgeResponse};

#[derive(Debug)]
pub(in crate::bridge::native) struct Answer {
    content: String,
    /// A model's own words for refusing, apart from the content.
    refusal: String,
    model: Option<String>,
    finish_reason: Option<String>,
    usage: Usage,
    /// A choice has come, be it an empty one.
    has_choice: bool,
    http_status: u16,
    max_bytes: usize,
}

impl Answer {
    /// An empty one. `max_bytes` bounds the text.
    pub fn new(http_status: u16, max_bytes: usize) -> Self {
        Self {
            content: String::new(),
            refusal: String::new(),
            model: None,
            finish_reason: None,
            usage: Usage::default(),
            has_choice: false,
            http_status,
            max_bytes,
        }
    }

    /// Adds a whole answer (`part` is `message`) or an event (`delta`), and
    /// gives the text that came with it.
    ///
    /// # Errors
    /// What an error object in it means; `TooLarge`.
    pub fn add(
        &mut self,
        value: &Value,
        part: &str,
        context: &Context<'_>,
    ) -> Result<String, BridgeError> {
        self.usage = Usage::read(&value["usage"]).unwrap_or(self.usage);
        if let Some(fault) = Fault::inside(value) {
            return Err(self.failed(context.fault_inside(&fault)));
        }
        if let Some(model) = value["model"].as_str().filter(|model| !model.is_empty()) {
            self.model = Some(model.to_owned());
        }
        let choice = &value["choices"][0];
        self.has_choice |= choice.is_object();
        if let Some(reason) = choice["finish_reason"].as_str() {
            self.finish_reason = Some(reason.to_owned());
        }
        let piece = text_of(&choice[part]["content"]);
        let refusal = choice[part]["refusal"].as_str().unwrap_or_default();
        if self.content.len() + self.refusal.len() + piece.len() + refusal.len() > self.max_bytes {
            let what = format!(
                "sent more than the {} bytes that are read of one answer",
                self.max_bytes
            );
            return Err(self.failed(context.error(BridgeErrorKind::TooLarge, &what)));
        }
        self.content.push_str(&piece);
        self.refusal.push_str(refusal);
        Ok(piece)
    }

    /// The response, once all of it has come.
    ///
    /// # Errors
    /// `Refused` where the model or a filter gave no content but a refusal;
    /// `Malformed` where nothing in it was an answer at all.
    pub fn finish(self, context: &Context<'_>) -> Result<BridgeResponse, BridgeError> {
        if !self.has_choice {
            return Err(
                self.failed(context.error(BridgeErrorKind::Malformed, "ended without any answer"))
            );
        }
        let filtered = self.finish_reason.as_deref() == Some("content_filter");
        if self.content.is_empty() && (filtered || !self.refusal.is_empty()) {
            let what = if filtered {
                "filtered the answer away"
            } else {
                "answered with a refusal"
            };
            return Err(self.failed(context.error_saying(
                BridgeErrorKind::Refused,
                what,
                &self.refusal,
            )));
        }
        Ok(BridgeResponse {
            content: self.content,
            model: self.model.unwrap_or_else(|| context.request.model.clone()),
            tokens_in: self.usage.tokens_in,
            tokens_out: self.usage.tokens_out,
            finish_reason: self.finish_reason,
            cost_microusd: self.usage.cost_microusd,
            http_status: Some(self.http_status),
        })
    }

    /// The error with the status and the tokens known so far.
    pub fn failed(&self, mut error: BridgeError) -> BridgeError {
        error.http_status = Some(self.http_status);
        self.usage.note_on(&mut error);
        error
    }
}

/// Content is a text, or a list of parts of which some are text.
fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts
            .iter()
            .filter_map(|part| part["text"].as_str())
            .collect(),
        _ => String::new(),
    }
}
