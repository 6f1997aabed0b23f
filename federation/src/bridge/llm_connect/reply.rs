//! What the script says of a call: an answer, or an error in the kinds that
//! all bridges share.

use serde::Deserialize;
use serde_json::Value;

use super::LlmConnectSettings;
use crate::bridge::errors::{Context, Fault};
use crate::bridge::{
    BridgeError, BridgeErrorKind as Kind, BridgeResponse, Fate, late, retry_after,
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answered {
    content: String,
    model: String,
    tokens_in: Option<i64>,
    tokens_out: Option<i64>,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Said {
    error: String,
    error_type: String,
    /// Names of the exception's classes and of its causes', the nearest first.
    /// `None` where the error is the script's own.
    error_names: Option<Vec<String>>,
    http_status: Option<u16>,
    /// As the provider said it: seconds or a date.
    retry_after: Option<String>,
}

pub(super) fn read(
    context: &Context<'_>,
    said: Value,
    settings: &LlmConnectSettings,
) -> Result<BridgeResponse, BridgeError> {
    if said.get("error").is_some() {
        return Err(match serde_json::from_value::<Said>(said) {
            Ok(said) => error(context, &said, settings),
            Err(wrong) => no_reply(&wrong),
        });
    }
    let answered: Answered = serde_json::from_value(said).map_err(|wrong| no_reply(&wrong))?;
    if answered.content.len() > settings.max_answer_bytes {
        return Err(too_large(context, settings));
    }
    if answered.content.is_empty() && answered.finish_reason.as_deref() == Some("content_filter") {
        return Err(context.error(Kind::Refused, "filtered the answer away"));
    }
    Ok(BridgeResponse {
        content: answered.content,
        model: answered.model,
        tokens_in: answered.tokens_in,
        tokens_out: answered.tokens_out,
        finish_reason: answered.finish_reason,
        cost_microusd: None,
        http_status: None,
    })
}

fn no_reply(wrong: &serde_json::Error) -> BridgeError {
    BridgeError::new(
        Kind::ParseError,
        format!(
            "The bridge process gave JSON that is no answer ({wrong}). Check that the script is the one of this version."
        ),
    )
}

fn too_large(context: &Context<'_>, settings: &LlmConnectSettings) -> BridgeError {
    let what = format!(
        "sent more than the {} bytes that are read of one answer",
        settings.max_answer_bytes
    );
    context.error(Kind::TooLarge, &what)
}

fn error(context: &Context<'_>, said: &Said, settings: &LlmConnectSettings) -> BridgeError {
    match &said.error_names {
        None => own_error(context, said, settings),
        Some(names) => foreign_error(context, said, names),
    }
}

/// The script's own words, which say what to do.
fn own_error(context: &Context<'_>, said: &Said, settings: &LlmConnectSettings) -> BridgeError {
    let whole = |kind| BridgeError::new(kind, context.without_key(&said.error));
    match said.error_type.as_str() {
        "ParseError" => whole(Kind::ParseError).with_fate(Fate::Unheard),
        "BridgeStopping" => context
            .error(Kind::Connection, "was not asked: the bridge is stopping")
            .with_fate(Fate::Unsent),
        "Timeout" => late(context.peer.provider, settings.deadline).with_fate(Fate::Unheard),
        "TooLarge" => too_large(context, settings).with_fate(Fate::Unheard),
        // The library is missing, or the request is none.
        _ => whole(Kind::BridgeError).with_fate(Fate::Unsent),
    }
}

/// An exception of the library.
fn foreign_error(context: &Context<'_>, said: &Said, names: &[String]) -> BridgeError {
    let mut fault = Fault::from_body(said.error.as_bytes());
    if fault.words.is_empty() {
        // Libraries put the provider's words into a sentence of their own.
        fault.words.clone_from(&fault.all);
    }
    let wait = said.retry_after.as_deref().and_then(retry_after::from_text);
    if let Some(status) = said.http_status {
        return context.refusal(status, &fault, wait);
    }
    let kind = names
        .iter()
        .find_map(|name| kind_of(name))
        .unwrap_or(Kind::BridgeError);
    let mut error = context.named(kind, &fault.message);
    error.retry_after = wait;
    // Whether it was sent, and how far it came, the library does not tell.
    if matches!(kind, Kind::Timeout | Kind::CutOff) {
        error.fate = Fate::Unheard;
    }
    error
}

/// Words in the names of exceptions, as libraries choose them.
const NAMES: &[(&str, Kind)] = &[
    ("budgetexceeded", Kind::BudgetExceeded),
    ("authentication", Kind::Authentication),
    ("unauthorized", Kind::Authentication),
    ("permissiondenied", Kind::Authentication),
    ("apikey", Kind::Authentication),
    ("quota", Kind::OutOfCredit),
    ("billing", Kind::OutOfCredit),
    ("credit", Kind::OutOfCredit),
    ("ratelimit", Kind::RateLimited),
    ("toomanyrequests", Kind::RateLimited),
    ("connecttimeout", Kind::Connection),
    ("connecterror", Kind::Connection),
    ("protocolerror", Kind::Connection),
    ("sslerror", Kind::Connection),
    ("timeout", Kind::Timeout),
    ("incompleteread", Kind::CutOff),
    ("jsondecode", Kind::Malformed),
    ("modelnotfound", Kind::ModelUnknown),
    ("unknownmodel", Kind::ModelUnknown),
    ("contentfilter", Kind::Refused),
    ("contentpolicy", Kind::Refused),
    ("badrequest", Kind::Refused),
    ("connection", Kind::Connection),
    ("disconnected", Kind::Connection),
    ("gaierror", Kind::Connection),
    ("urlerror", Kind::Connection),
    ("unavailable", Kind::Unavailable),
    ("overloaded", Kind::Unavailable),
    ("servererror", Kind::Unavailable),
];

fn kind_of(name: &str) -> Option<Kind> {
    let name = name.to_lowercase().replace('_', "");
    NAMES
        .iter()
        .find(|(word, _)| name.contains(word))
        .map(|(_, kind)| *kind)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use model::Provider;
    use serde_json::json;

    use super::*;
    use crate::bridge::BridgeRequest;
    use crate::bridge::endpoint::Peer;

    fn told(said: Value) -> BridgeError {
        let peer = Peer {
            provider: Provider::Openai,
            in_place: None,
        };
        let request = BridgeRequest::new(Provider::Openai, "m", "p");
        let context = Context::new(&peer, None, &request);
        read(&context, said, &LlmConnectSettings::default()).unwrap_err()
    }

    #[test]
    fn a_status_tells_the_kind_as_it_does_for_the_native_bridge() {
        for (status, kind) in [
            (401, Kind::Authentication),
            (402, Kind::OutOfCredit),
            (404, Kind::ModelUnknown),
            (429, Kind::RateLimited),
            (503, Kind::Unavailable),
        ] {
            let error = told(
                json!({"error": "no", "errorType": "LLMError", "errorNames": ["LLMError"], "httpStatus": status, "retryAfter": "7"}),
            );
            assert_eq!((error.kind, error.http_status), (kind, Some(status)));
            assert_eq!(error.retry_after, Some(std::time::Duration::from_secs(7)));
        }
    }

    #[test]
    fn else_the_nearest_name_does() {
        for (names, kind) in [
            (
                &["LLMBudgetExceededError", "LLMError"][..],
                Kind::BudgetExceeded,
            ),
            (
                &["Throttled", "RateLimitError", "LLMError"],
                Kind::RateLimited,
            ),
            (&["LLMError", "ReadTimeout"], Kind::Timeout),
            (
                &["LLMError", "ConnectionRefusedError", "ConnectionError"],
                Kind::Connection,
            ),
            (&["LLMError", "ConnectTimeout"], Kind::Connection),
            (&["LLMError", "InvalidAPIKey"], Kind::Authentication),
            (&["LLMError"], Kind::BridgeError),
        ] {
            let error = told(json!({"error": "no", "errorType": names[0], "errorNames": names}));
            assert_eq!(error.kind, kind, "{names:?}");
            assert!(
                error.message.contains("OpenAI") && error.message.contains("no"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_librarys_class_is_not_taken_for_the_scripts_own_word() {
        let said = json!({"error": "slow", "errorType": "RequestError", "errorNames": ["RequestError", "LLMError"], "httpStatus": 429});
        assert_eq!(told(said).kind, Kind::RateLimited);
        let said = json!({"error": "maxTokens must be a number", "errorType": "RequestError"});
        assert_eq!(told(said).kind, Kind::BridgeError);
    }

    #[test]
    fn a_providers_words_count_inside_a_sentence_too() {
        let said = json!({"error": "Error code: 429 - {'error': {'code': 'insufficient_quota'}}", "errorType": "RateLimitError",
            "errorNames": ["RateLimitError", "LLMError"], "httpStatus": 429});
        assert_eq!(told(said).kind, Kind::OutOfCredit);
    }

    #[test]
    fn what_is_no_answer_is_told() {
        for said in [
            json!({"content": 3}),
            json!({"error": true}),
            json!([]),
            json!(null),
        ] {
            assert_eq!(told(said).kind, Kind::ParseError);
        }
    }
}
