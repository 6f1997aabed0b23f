//! Which kind of error a provider's words and numbers mean.

use super::Fault;
use crate::bridge::BridgeErrorKind as Kind;

/// What of the request matters for that.
#[derive(Clone, Copy)]
pub(in crate::bridge) struct Ask {
    pub with_schema: bool,
}

/// Words and the status that they stand for, for errors that come without one.
const STATUS_WORDS: &[(u16, &[&str])] = &[
    (
        402,
        &[
            "insufficient_quota",
            "billing",
            "insufficient_credits",
            "payment_required",
        ],
    ),
    (
        401,
        &[
            "invalid_api_key",
            "authentication",
            "unauthenticated",
            "unauthorized",
        ],
    ),
    (403, &["permission", "forbidden"]),
    (404, &["model_not_found", "not_found"]),
    (
        429,
        &[
            "rate_limit",
            "resource_exhausted",
            "too_many_requests",
            "tokens_per_min",
        ],
    ),
    (408, &["timeout", "deadline_exceeded"]),
    (
        503,
        &["overloaded", "unavailable", "server_error", "internal"],
    ),
    (
        400,
        &[
            "invalid",
            "context_length",
            "content_filter",
            "content_policy",
            "bad_request",
        ],
    ),
];

const CONTENT_WORDS: &[&str] = &[
    "content policy",
    "content_policy",
    "content_filter",
    "moderation",
    "flagged",
    "safety",
    "guardrail",
];

const FORMAT_WORDS: &[&str] = &[
    "response_format",
    "json_schema",
    "response_schema",
    "responseschema",
    "responsejsonschema",
    "structured output",
    "json mode",
];

const KEY_WORDS: &[&str] = &[
    "invalid_api_key",
    "api_key_invalid",
    "api key not valid",
    "api key expired",
];

const NO_MODEL_WORDS: &[&str] = &[
    "not found",
    "not exist",
    "not a valid model",
    "unknown model",
    "invalid model",
    "no such model",
];

/// The kind of an answer with this HTTP status.
pub(super) fn of_status(status: u16, fault: &Fault, ask: Ask) -> Kind {
    match status {
        401 => Kind::Authentication,
        402 => Kind::OutOfCredit,
        403 if says(fault, CONTENT_WORDS) => Kind::Refused,
        403 => Kind::Authentication,
        404 if ask.with_schema && says(fault, FORMAT_WORDS) => Kind::FormatRefused,
        404 => Kind::ModelUnknown,
        408 => Kind::Timeout,
        429 if out_of_quota(fault) => Kind::OutOfCredit,
        429 => Kind::RateLimited,
        400 | 422 => of_bad_request(fault, ask),
        405..=499 => Kind::Refused,
        500.. => Kind::Unavailable,
        // A redirect or the like: not an answer of the protocol.
        _ => Kind::Malformed,
    }
}

/// The kind of an error object that came with no status of its own: by the
/// status in it, else by its words, else it is the provider's fault.
pub(super) fn of_code(fault: &Fault, ask: Ask) -> Kind {
    let known = STATUS_WORDS
        .iter()
        .find(|(_, words)| words.iter().any(|word| fault.words.contains(word)));
    match fault.status.or(known.map(|(status, _)| *status)) {
        Some(status) => of_status(status, fault, ask),
        None => Kind::Unavailable,
    }
}

fn of_bad_request(fault: &Fault, ask: Ask) -> Kind {
    if ask.with_schema && says(fault, FORMAT_WORDS) {
        return Kind::FormatRefused;
    }
    if says(fault, KEY_WORDS) {
        return Kind::Authentication;
    }
    if out_of_quota(fault) {
        return Kind::OutOfCredit;
    }
    let no_model = fault.words.contains("model_not_found")
        || (fault.all.contains("model") && says(fault, NO_MODEL_WORDS));
    if no_model {
        Kind::ModelUnknown
    } else {
        Kind::Refused
    }
}

fn out_of_quota(fault: &Fault) -> bool {
    [
        "insufficient_quota",
        "billing_hard_limit",
        "billing_not_active",
    ]
    .iter()
    .any(|word| fault.words.contains(word))
}

fn says(fault: &Fault, words: &[&str]) -> bool {
    words.iter().any(|word| fault.all.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const PLAIN: Ask = Ask { with_schema: false };
    const SCHEMA: Ask = Ask { with_schema: true };

    fn fault(error: Value) -> Fault {
        Fault::from_body(json!({ "error": error }).to_string().as_bytes())
    }

    #[test]
    fn statuses() {
        for (status, error, kind) in [
            (401, json!({"message": "no"}), Kind::Authentication),
            (402, json!({"message": "no"}), Kind::OutOfCredit),
            (403, json!({"message": "country"}), Kind::Authentication),
            (403, json!({"message": "input was flagged"}), Kind::Refused),
            (404, json!({"message": "no"}), Kind::ModelUnknown),
            (408, json!({"message": "no"}), Kind::Timeout),
            (409, json!({"message": "no"}), Kind::Refused),
            (413, json!({"message": "no"}), Kind::Refused),
            (429, json!({"message": "slow down"}), Kind::RateLimited),
            (
                429,
                json!({"message": "no", "code": "insufficient_quota"}),
                Kind::OutOfCredit,
            ),
            (
                429,
                json!({"message": "no", "type": "insufficient_quota"}),
                Kind::OutOfCredit,
            ),
            (500, json!({"message": "no"}), Kind::Unavailable),
            (504, json!({"message": "no"}), Kind::Unavailable),
            (529, json!({"message": "no"}), Kind::Unavailable),
            (302, json!({}), Kind::Malformed),
        ] {
            assert_eq!(
                of_status(status, &fault(error.clone()), PLAIN),
                kind,
                "{status} {error}"
            );
        }
    }

    #[test]
    fn bad_requests() {
        for (error, ask, kind) in [
            (
                json!({"message": "Invalid parameter: 'response_format'"}),
                SCHEMA,
                Kind::FormatRefused,
            ),
            (
                json!({"message": "Invalid parameter: 'response_format'"}),
                PLAIN,
                Kind::Refused,
            ),
            (
                json!({"message": "json_schema is not supported"}),
                SCHEMA,
                Kind::FormatRefused,
            ),
            (
                json!({"message": "no", "param": "response_format"}),
                SCHEMA,
                Kind::FormatRefused,
            ),
            (
                json!({"message": "API key not valid. Please pass one."}),
                PLAIN,
                Kind::Authentication,
            ),
            (
                json!({"message": "foo/bar is not a valid model ID"}),
                PLAIN,
                Kind::ModelUnknown,
            ),
            (
                json!({"message": "The model `x` does not exist"}),
                PLAIN,
                Kind::ModelUnknown,
            ),
            (
                json!({"message": "no", "code": "model_not_found"}),
                SCHEMA,
                Kind::ModelUnknown,
            ),
            (
                json!({"message": "too many tokens", "code": "context_length_exceeded"}),
                PLAIN,
                Kind::Refused,
            ),
        ] {
            assert_eq!(of_status(400, &fault(error.clone()), ask), kind, "{error}");
            assert_eq!(of_status(422, &fault(error.clone()), ask), kind, "{error}");
        }
    }

    #[test]
    fn errors_inside_an_answer() {
        for (error, kind) in [
            (json!({"code": 429, "message": "no"}), Kind::RateLimited),
            (json!({"code": 502, "message": "no"}), Kind::Unavailable),
            (json!({"code": "402", "message": "no"}), Kind::OutOfCredit),
            (
                json!({"code": "rate_limit_exceeded", "message": "no"}),
                Kind::RateLimited,
            ),
            (
                json!({"code": "insufficient_quota", "message": "no"}),
                Kind::OutOfCredit,
            ),
            (
                json!({"type": "overloaded_error", "message": "no"}),
                Kind::Unavailable,
            ),
            (
                json!({"type": "server_error", "message": "no"}),
                Kind::Unavailable,
            ),
            (
                json!({"code": null, "type": "invalid_request_error", "message": "no"}),
                Kind::Refused,
            ),
            (
                json!({"code": "context_length_exceeded", "message": "no"}),
                Kind::Refused,
            ),
            (
                json!({"code": "model_not_found", "message": "no"}),
                Kind::ModelUnknown,
            ),
            (json!({"message": "odd"}), Kind::Unavailable),
            (json!("odd"), Kind::Unavailable),
        ] {
            assert_eq!(of_code(&fault(error.clone()), PLAIN), kind, "{error}");
        }
    }
}
