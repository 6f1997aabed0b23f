//! The OpenAI chat-completions protocol: what is sent and what comes back.

mod answer;
mod usage;

use model::Provider;
use serde::Serialize;

use crate::bridge::BridgeRequest;
use crate::bridge::endpoint::Endpoint;

pub(super) use answer::Answer;
pub(super) use usage::Usage;
pub(crate) use usage::microusd;

/// The body of a request to `BASE/chat/completions`.
#[derive(Serialize)]
pub(super) struct ChatRequest<'a> {
    model: &'a str,
    messages: Vec<Message<'a>>,
    /// OpenAI itself; it covers hidden reasoning as well.
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
    /// All others.
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f32>,
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_options: Option<StreamOptions>,
    /// OpenRouter tells the cost when it is asked to.
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Include>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_format: Option<ResponseFormat<'a>>,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: &'a str,
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

#[derive(Serialize)]
struct Include {
    include: bool,
}

#[derive(Serialize)]
struct ResponseFormat<'a> {
    r#type: &'static str,
    json_schema: JsonSchema<'a>,
}

#[derive(Serialize)]
struct JsonSchema<'a> {
    name: &'static str,
    schema: &'a serde_json::Value,
}

impl<'a> ChatRequest<'a> {
    pub fn new(endpoint: &Endpoint, request: &'a BridgeRequest, stream: bool) -> Self {
        let openai_itself =
            endpoint.peer.provider == Provider::Openai && !endpoint.peer.is_custom();
        let limit = Some(request.max_tokens);
        Self {
            model: &request.model,
            messages: messages(request),
            max_completion_tokens: limit.filter(|_| openai_itself),
            max_tokens: limit.filter(|_| !openai_itself),
            temperature: Some(request.temperature)
                .filter(|_| !(openai_itself && has_fixed_temperature(&request.model))),
            stream,
            stream_options: stream.then_some(StreamOptions {
                include_usage: true,
            }),
            usage: (endpoint.peer.provider == Provider::Openrouter)
                .then_some(Include { include: true }),
            response_format: request
                .response_schema
                .as_ref()
                .map(|schema| ResponseFormat {
                    r#type: "json_schema",
                    json_schema: JsonSchema {
                        name: "answer",
                        schema,
                    },
                }),
        }
    }
}

fn messages(request: &BridgeRequest) -> Vec<Message<'_>> {
    let system = request
        .system_prompt
        .as_deref()
        .filter(|prompt| !prompt.is_empty());
    system
        .map(|content| Message {
            role: "system",
            content,
        })
        .into_iter()
        .chain([Message {
            role: "user",
            content: &request.prompt,
        }])
        .collect()
}

/// OpenAI's reasoning models refuse every temperature but their own.
fn has_fixed_temperature(model: &str) -> bool {
    let mut letters = model.chars();
    let o_series =
        letters.next() == Some('o') && letters.next().is_some_and(|c| c.is_ascii_digit());
    o_series || model.starts_with("gpt-5")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn body(
        provider: Provider,
        base: Option<&str>,
        request: &BridgeRequest,
        stream: bool,
    ) -> Value {
        let endpoint = Endpoint::new(provider, base).unwrap();
        let text = serde_json::to_string(&ChatRequest::new(&endpoint, request, stream)).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn a_plain_request() {
        let request = BridgeRequest::new(Provider::Gemini, "gemini-2.5-flash", "hello");
        assert_eq!(
            body(Provider::Gemini, None, &request, false),
            json!({
                "model": "gemini-2.5-flash",
                "messages": [{"role": "user", "content": "hello"}],
                "max_tokens": 2000, "temperature": 0.7, "stream": false,
            })
        );
    }

    #[test]
    fn a_full_request() {
        let mut request = BridgeRequest::new(Provider::Openrouter, "m", "p");
        request.system_prompt = Some("s".into());
        request.response_schema = Some(json!({"type": "object"}));
        let body = body(Provider::Openrouter, None, &request, true);
        assert_eq!(
            body["messages"][0],
            json!({"role": "system", "content": "s"})
        );
        assert_eq!(body["stream_options"], json!({"include_usage": true}));
        assert_eq!(body["usage"], json!({"include": true}));
        assert_eq!(
            body["response_format"],
            json!({"type": "json_schema", "json_schema": {"name": "answer", "schema": {"type": "object"}}})
        );
    }

    #[test]
    fn only_openai_itself_takes_max_completion_tokens() {
        let request = BridgeRequest::new(Provider::Openai, "gpt-4.1", "p");
        let own = body(Provider::Openai, None, &request, false);
        assert_eq!(
            (
                own["max_completion_tokens"].as_u64(),
                own["max_tokens"].as_u64()
            ),
            (Some(2000), None)
        );
        let other = body(
            Provider::Openai,
            Some("http://localhost:1/v1"),
            &request,
            false,
        );
        assert_eq!(
            (
                other["max_completion_tokens"].as_u64(),
                other["max_tokens"].as_u64()
            ),
            (None, Some(2000))
        );
        assert!(own.get("usage").is_none());
    }

    #[test]
    fn reasoning_models_of_openai_get_no_temperature() {
        for (model, base, sent) in [
            ("gpt-5-mini", None, false),
            ("o3", None, false),
            ("gpt-4.1", None, true),
            ("omni", None, true),
            ("gpt-5-mini", Some("http://localhost:1"), true),
        ] {
            let request = BridgeRequest::new(Provider::Openai, model, "p");
            let body = body(Provider::Openai, base, &request, false);
            assert_eq!(body.get("temperature").is_some(), sent, "{model} {base:?}");
        }
    }
}
