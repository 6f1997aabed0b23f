//! What a provider says about a failure, in any of the shapes in use.

use std::time::Duration;

use serde_json::Value;

use super::super::retry_after;

/// An error object, read leniently. Empty where the provider said nothing.
#[derive(Debug, Default, PartialEq)]
pub(in crate::bridge) struct Fault {
    /// A status number inside the object (OpenRouter and Gemini give one).
    pub status: Option<u16>,
    /// Code, type and status words, in lower case, separated by spaces.
    pub words: String,
    pub message: String,
    /// All of the object in lower case, to look for words in.
    pub all: String,
    pub retry_after: Option<Duration>,
}

impl Fault {
    /// From the body of an answer that is no success.
    pub fn from_body(body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body);
        let trimmed = text.trim();
        if let Some(fault) = serde_json::from_str::<Value>(trimmed)
            .ok()
            .as_ref()
            .and_then(Self::anywhere)
        {
            return fault;
        }
        let page = trimmed.starts_with('<');
        let message = if page { "an HTML page" } else { trimmed }.to_owned();
        Self {
            all: trimmed.to_lowercase(),
            message,
            ..Self::default()
        }
    }

    /// From an answer that looks like a success; `None` where there is no error.
    pub fn inside(value: &Value) -> Option<Self> {
        let value = first(value);
        let choice = &value["choices"][0];
        [&value["error"], &choice["error"]]
            .into_iter()
            .find(|error| is_something(error))
            .map(Self::from_error)
            .or_else(|| {
                (choice["finish_reason"] == "error").then(|| Self {
                    message: "the model stopped with an error".to_owned(),
                    ..Self::default()
                })
            })
    }

    /// An error object, wherever error bodies have it.
    pub fn anywhere(value: &Value) -> Option<Self> {
        let value = first(value);
        if is_something(&value["error"]) {
            return Some(Self::from_error(&value["error"]));
        }
        ["message", "detail"]
            .iter()
            .any(|name| is_something(&value[*name]))
            .then(|| Self::from_error(value))
    }

    fn from_error(error: &Value) -> Self {
        let words: Vec<String> = ["code", "type", "status"]
            .iter()
            .filter_map(|name| error[*name].as_str())
            .map(str::to_lowercase)
            .collect();
        Self {
            status: status_in(error),
            words: words.join(" "),
            message: message_in(error),
            all: error.to_string().to_lowercase(),
            retry_after: retry_delay(error),
        }
    }
}

/// Gemini wraps its error objects into a list of one.
fn first(value: &Value) -> &Value {
    value
        .as_array()
        .and_then(|list| list.first())
        .unwrap_or(value)
}

fn is_something(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Object(object) => !object.is_empty(),
        _ => true,
    }
}

fn status_in(error: &Value) -> Option<u16> {
    let code = &error["code"];
    let number = code.as_u64().or_else(|| code.as_str()?.parse().ok())?;
    u16::try_from(number)
        .ok()
        .filter(|status| (400..600).contains(status))
}

fn message_in(error: &Value) -> String {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Null => None,
        other => Some(other.to_string()),
    };
    let own = text(&error["message"])
        .or_else(|| text(&error["detail"]))
        .or_else(|| error.as_str().map(str::to_owned))
        .unwrap_or_default();
    // OpenRouter says "Provider returned error" and puts the reason here.
    match error["metadata"]["raw"].as_str() {
        Some(raw) if !raw.is_empty() => format!("{own} ({raw})"),
        _ => own,
    }
}

fn retry_delay(error: &Value) -> Option<Duration> {
    let details = error["details"].as_array()?;
    details
        .iter()
        .find_map(|detail| retry_after::from_proto(detail["retryDelay"].as_str()?))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_providers_shape_is_read() {
        for (body, status, message) in [
            (
                json!({"error": {"message": "m", "type": "t", "code": "c"}}),
                None,
                "m",
            ),
            (
                json!({"error": {"code": 402, "message": "m"}}),
                Some(402),
                "m",
            ),
            (
                json!([{"error": {"code": 400, "message": "m", "status": "INVALID_ARGUMENT"}}]),
                Some(400),
                "m",
            ),
            (json!({"error": "m"}), None, "m"),
            (
                json!({"object": "error", "message": "m", "code": 404}),
                Some(404),
                "m",
            ),
            (json!({"detail": "m"}), None, "m"),
        ] {
            let fault = Fault::from_body(body.to_string().as_bytes());
            assert_eq!(
                (fault.status, fault.message.as_str()),
                (status, message),
                "{body}"
            );
        }
    }

    #[test]
    fn the_reason_behind_openrouter_is_kept() {
        let error = json!({"error": {"code": 502, "message": "Provider returned error", "metadata": {"raw": "why"}}});
        assert_eq!(
            Fault::inside(&error).unwrap().message,
            "Provider returned error (why)"
        );
    }

    #[test]
    fn gemini_says_how_long_to_wait() {
        let body = json!([{"error": {"code": 429, "message": "m", "details": [
            {"@type": "type.googleapis.com/google.rpc.QuotaFailure"},
            {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34s"},
        ]}}]);
        assert_eq!(
            Fault::anywhere(&body).unwrap().retry_after,
            Some(Duration::from_secs(34))
        );
    }

    #[test]
    fn an_answer_without_error_has_no_fault() {
        for body in [
            json!({"choices": [{"message": {}}]}),
            json!({"error": null, "choices": []}),
            json!({}),
        ] {
            assert_eq!(Fault::inside(&body), None, "{body}");
        }
        assert!(Fault::inside(&json!({"choices": [{"finish_reason": "error"}]})).is_some());
    }

    #[test]
    fn pages_and_plain_text() {
        assert_eq!(
            Fault::from_body(b" <!DOCTYPE html><p>x").message,
            "an HTML page"
        );
        assert_eq!(
            Fault::from_body(b"upstream down\n").message,
            "upstream down"
        );
        assert_eq!(Fault::from_body(b"").message, "");
    }
}
