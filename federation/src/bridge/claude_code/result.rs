//! Reads the JSON object that Claude Code prints.

use serde_json::Value;

use super::process::Output;
use crate::bridge::native::microusd;
use crate::bridge::text::tidy;
use crate::bridge::{BridgeError, BridgeErrorKind as Kind, BridgeRequest, BridgeResponse};

/// Words of a failed result and what they mean; the first that fits counts.
const MEANINGS: &[(&[&str], Kind)] = &[
    (
        &[
            "credit balance",
            "usage limit",
            "hit your limit",
            "limit reached",
        ],
        Kind::OutOfCredit,
    ),
    (
        &[
            "api key",
            "/login",
            "log in",
            "logged in",
            "oauth",
            "authentication",
            "unauthorized",
        ],
        Kind::Authentication,
    ),
    (&["rate limit", "rate_limit"], Kind::RateLimited),
    (
        &[
            "selected model",
            "model_not_found",
            "not_found_error",
            "invalid model",
        ],
        Kind::ModelUnknown,
    ),
    (&["output token maximum"], Kind::TooLarge),
    (
        &[
            "overloaded",
            "internal server error",
            "api_error",
            "connection error",
        ],
        Kind::Unavailable,
    ),
    (&["timed out", "timeout"], Kind::Timeout),
    (
        &["prompt is too long", "invalid_request", "usage policy"],
        Kind::Refused,
    ),
];

/// The answer in the output.
pub(super) fn read(
    output: &Output,
    request: &BridgeRequest,
) -> Result<BridgeResponse, BridgeError> {
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stdout = stdout.trim();
    if stdout.is_empty() {
        return Err(without_answer(output));
    }
    let printed: Value =
        serde_json::from_str(stdout).map_err(|_| no_result("something that is no JSON", stdout))?;
    let result = result_in(&printed).ok_or_else(|| no_result("JSON that is no result", stdout))?;
    let tokens = Tokens::read(result);
    let failed =
        result["is_error"] == true || !matches!(result["subtype"].as_str(), None | Some("success"));
    if failed || output.code != Some(0) {
        return Err(tokens.note_on(reported(result, output)));
    }
    let content = result["result"]
        .as_str()
        .ok_or_else(|| no_result("a result without text", stdout))?;
    Ok(BridgeResponse {
        content: content.to_owned(),
        model: model_of(result, request),
        tokens_in: tokens.input,
        tokens_out: tokens.output,
        finish_reason: Some(finish_reason(result)),
        cost_microusd: result["total_cost_usd"].as_f64().and_then(microusd),
        http_status: None,
    })
}

/// The object itself; with verbose settings it is the last of a list of events.
fn result_in(printed: &Value) -> Option<&Value> {
    let is_result = |value: &&Value| {
        value["type"] == "result"
            || value.get("result").is_some()
            || value.get("is_error").is_some()
    };
    match printed {
        Value::Array(events) => events.iter().rev().find(|event| event["type"] == "result"),
        other => Some(other).filter(is_result),
    }
}

#[derive(Clone, Copy)]
struct Tokens {
    input: Option<i64>,
    output: Option<i64>,
}

impl Tokens {
    /// Input counts what was read from and written to the prompt cache, too.
    fn read(result: &Value) -> Self {
        let usage = &result["usage"];
        let count = |name: &str| {
            usage[name]
                .as_i64()
                .filter(|count| (0..=1_000_000_000).contains(count))
        };
        let input = [
            "input_tokens",
            "cache_creation_input_tokens",
            "cache_read_input_tokens",
        ]
        .iter()
        .filter_map(|name| count(name))
        .reduce(i64::saturating_add);
        Self {
            input,
            output: count("output_tokens"),
        }
    }

    fn note_on(self, mut error: BridgeError) -> BridgeError {
        error.tokens_in = self.input;
        error.tokens_out = self.output;
        error
    }
}

/// The model that wrote most of the answer; small side jobs use others.
fn model_of(result: &Value, request: &BridgeRequest) -> String {
    result["modelUsage"]
        .as_object()
        .and_then(|models| {
            models
                .iter()
                .max_by_key(|(_, usage)| usage["outputTokens"].as_i64())
        })
        .map_or_else(|| request.model.clone(), |(name, _)| name.clone())
}

/// In the words of the other providers.
fn finish_reason(result: &Value) -> String {
    match result["stop_reason"].as_str() {
        None | Some("end_turn" | "stop_sequence") => "stop",
        Some("max_tokens") => "length",
        Some(other) => other,
    }
    .to_owned()
}

/// The error that the result itself reports.
fn reported(result: &Value, output: &Output) -> BridgeError {
    let said = match (result["result"].as_str(), &result["errors"]) {
        (Some(text), _) if !text.is_empty() => text.to_owned(),
        (_, Value::Array(errors)) if !errors.is_empty() => errors
            .iter()
            .filter_map(Value::as_str)
            .collect::<Vec<_>>()
            .join("; "),
        _ if !output.stderr.trim().is_empty() => output.stderr.clone(),
        _ => result["subtype"].as_str().unwrap_or_default().to_owned(),
    };
    let kind = kind_of(result, &said.to_lowercase());
    let advice = match kind {
        Kind::Authentication => "Sign in with `claude`, as the user that runs the server.",
        Kind::OutOfCredit => {
            "Wait until the limit is lifted, add credit, or route to another agent."
        }
        Kind::ModelUnknown => "Check the agent's model name.",
        Kind::TooLarge => "Raise the token limit, or ask for a shorter answer.",
        Kind::Refused => "Change what is asked; the same request is refused again.",
        _ => "Ask again later.",
    };
    let said = tidy(&said, None);
    let said = if said.is_empty() {
        output.ending()
    } else {
        said
    };
    BridgeError::new(
        kind,
        format!(
            "claude-code failed: {}. {advice}",
            said.trim_end_matches('.')
        ),
    )
}

fn kind_of(result: &Value, said: &str) -> Kind {
    let by_words = || {
        let fits = |(words, _): &&(&[&str], Kind)| words.iter().any(|word| said.contains(word));
        MEANINGS.iter().find(fits).map(|(_, kind)| *kind)
    };
    // Its words tell an empty account from a bad request, the status does not.
    by_words()
        .or_else(|| by_status(status_in(result, said)?))
        .unwrap_or(Kind::BridgeError)
}

fn status_in(result: &Value, said: &str) -> Option<u64> {
    let named = result["api_error_status"].as_u64();
    named.or_else(|| {
        let after = said.split_once("api error: ")?.1;
        after
            .split(|c: char| !c.is_ascii_digit())
            .next()?
            .parse()
            .ok()
    })
}

fn by_status(status: u64) -> Option<Kind> {
    Some(match status {
        401 | 403 => Kind::Authentication,
        402 => Kind::OutOfCredit,
        404 => Kind::ModelUnknown,
        408 => Kind::Timeout,
        429 => Kind::RateLimited,
        400..=499 => Kind::Refused,
        500..=599 => Kind::Unavailable,
        _ => return None,
    })
}

fn without_answer(output: &Output) -> BridgeError {
    let said = tidy(&output.stderr, None);
    let said = if said.is_empty() {
        "it said nothing".to_owned()
    } else {
        said
    };
    BridgeError::new(
        Kind::BridgeError,
        format!(
            "claude-code ended without an answer ({}): {}. Run `claude --print` by hand to see what is wrong.",
            output.ending(),
            said.trim_end_matches('.')
        ),
    )
}

fn no_result(what: &str, printed: &str) -> BridgeError {
    BridgeError::new(
        Kind::ParseError,
        format!(
            "claude-code printed {what}: {}. Check the version of Claude Code.",
            tidy(printed, None)
        ),
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use model::Provider;
    use serde_json::json;

    fn request() -> BridgeRequest {
        BridgeRequest::new(Provider::ClaudeCode, "sonnet", "hello")
    }

    fn output(printed: &Value, code: i32) -> Output {
        Output {
            stdout: printed.to_string().into_bytes(),
            stderr: String::new(),
            code: Some(code),
        }
    }

    fn kind(result: &str, status: Option<u16>) -> Kind {
        let printed = json!({"type": "result", "is_error": true, "result": result, "api_error_status": status});
        read(&output(&printed, 1), &request()).unwrap_err().kind
    }

    #[test]
    fn a_list_of_events_is_read_as_well() {
        let result = json!({"type": "result", "subtype": "success", "is_error": false, "result": "hi",
            "stop_reason": "max_tokens", "modelUsage": {
                "small": {"outputTokens": 2}, "large": {"outputTokens": 9}}});
        let response = read(&output(&json!([{"type": "system"}, result]), 0), &request()).unwrap();
        assert_eq!(
            (response.content.as_str(), response.model.as_str()),
            ("hi", "large")
        );
        assert_eq!(response.finish_reason.as_deref(), Some("length"));
    }

    #[test]
    fn what_failures_mean() {
        for (said, status, expected) in [
            ("Credit balance is too low", None, Kind::OutOfCredit),
            (
                "Claude AI usage limit reached|1749924000",
                None,
                Kind::OutOfCredit,
            ),
            (
                "Invalid API key · Please run /login",
                None,
                Kind::Authentication,
            ),
            (
                "There's an issue with the selected model (x). It may not exist",
                None,
                Kind::ModelUnknown,
            ),
            (
                "API Error: 529 {\"type\":\"error\"}",
                None,
                Kind::Unavailable,
            ),
            ("API Error: 429 slow down", None, Kind::RateLimited),
            ("API Error: Request timed out.", None, Kind::Timeout),
            (
                "Claude's response exceeded the 10 output token maximum",
                None,
                Kind::TooLarge,
            ),
            ("Prompt is too long", None, Kind::Refused),
            ("odd", Some(404), Kind::ModelUnknown),
            ("odd", None, Kind::BridgeError),
        ] {
            assert_eq!(kind(said, status), expected, "{said}");
        }
    }

    #[test]
    fn an_answer_of_a_failed_process_is_none() {
        let printed = json!({"type": "result", "is_error": false, "result": "hi"});
        assert_eq!(
            read(&output(&printed, 3), &request()).unwrap_err().kind,
            Kind::BridgeError
        );
    }

    #[test]
    fn json_that_is_no_result_is_a_parse_error() {
        for printed in [
            json!({"a": 1}),
            json!([]),
            json!("text"),
            json!({"is_error": false}),
        ] {
            assert_eq!(
                read(&output(&printed, 0), &request()).unwrap_err().kind,
                Kind::ParseError,
                "{printed}"
            );
        }
    }
}
