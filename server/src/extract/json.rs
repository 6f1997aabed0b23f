//! The JSON body of a request.

use axum::{
    body::to_bytes,
    extract::{FromRequest, Request},
    http::{HeaderMap, StatusCode, header},
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::nul;
use crate::{
    middleware::body::{BODY_MAX_BYTES, TooLarge},
    problem::Problem,
};

/// A JSON object, read into `T`. Says what is wrong with which field.
#[derive(Clone, Debug)]
pub struct Body<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        if request.extensions().get::<TooLarge>().is_some() {
            return Err(TooLarge.problem());
        }
        if !is_json(request.headers()) {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                "The body must be sent as application/json.",
            ));
        }
        let bytes = to_bytes(request.into_body(), BODY_MAX_BYTES)
            .await
            .map_err(|_| Problem::malformed("The body could not be read to its end."))?;
        read(&bytes).map(Self)
    }
}

/// As [`Body`]; nothing at all is the form with nothing filled in.
#[derive(Clone, Debug)]
pub struct OptionalBody<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Default> FromRequest<S> for OptionalBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if request.extensions().get::<TooLarge>().is_some() {
            return Err(TooLarge.problem());
        }
        let (parts, body) = request.into_parts();
        let bytes = to_bytes(body, BODY_MAX_BYTES)
            .await
            .map_err(|_| Problem::malformed("The body could not be read to its end."))?;
        if bytes.is_empty() {
            return Ok(Self(T::default()));
        }
        let whole = Request::from_parts(parts, bytes.into());
        Body::from_request(whole, state)
            .await
            .map(|Body(form)| Self(form))
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(kind) = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
    else {
        return false;
    };
    let kind = kind.split(';').next().unwrap_or("").trim();
    kind.eq_ignore_ascii_case("application/json")
        || (kind.len() > 5 && kind[kind.len().saturating_sub(5)..].eq_ignore_ascii_case("+json"))
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let value: Value = serde_json::from_slice(bytes)
        .map_err(|error| Problem::malformed(format!("The body is not valid JSON: {error}.")))?;
    if let Some(field) = nul::find(&value) {
        return Err(Problem::invalid(&field, "must not contain a NUL character"));
    }
    if !value.is_object() {
        return Err(Problem::invalid("", "the body must be a JSON object"));
    }
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        refuse(&path, &error.into_inner().to_string())
    })
}

/// Turns what serde says into what a client can act on.
fn refuse(path: &str, said: &str) -> Problem {
    let path = if path == "." { "" } else { path };
    if said.starts_with("UUID parsing failed")
        || (said.ends_with("expected a formatted UUID string") && !said.contains("type: null"))
    {
        return Problem::malformed_field(path, "must be a UUID");
    }
    if let Some(field) = quoted_after(said, "missing field `") {
        let dot = if path.is_empty() { "" } else { "." };
        return Problem::invalid(&format!("{path}{dot}{field}"), "is missing");
    }
    Problem::invalid(path, message(said))
}

fn quoted_after<'a>(said: &'a str, before: &str) -> Option<&'a str> {
    said.strip_prefix(before)?.strip_suffix('`')
}

fn message(said: &str) -> String {
    let text = if let Some(rest) = said.strip_prefix("unknown variant ") {
        match rest.split_once(", expected ") {
            Some((given, allowed)) => {
                let allowed = allowed.trim_start_matches("one of ");
                format!("{} is not one of {allowed}", shorten(given, 80))
            }
            None => said.to_owned(),
        }
    } else if let Some((given, wanted)) = said
        .strip_prefix("invalid type: ")
        .and_then(|rest| rest.rsplit_once(", expected "))
    {
        format!("must be {wanted}, not {}", shorten(given, 80))
    } else {
        said.to_owned()
    };
    shorten(&text, 400)
}

fn shorten(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    text.chars().take(max).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use model::{FieldError, NewAgent, NewHub};
    use serde_json::json;

    use super::*;

    fn agent(change: impl FnOnce(&mut Value)) -> Problem {
        let mut body = json!({
            "hub_id": "01890a5d-ac96-774b-bcce-b302099a8057",
            "name": "A", "slug": "a", "provider": "openai", "model_name": "m",
        });
        change(&mut body);
        read::<NewAgent>(body.to_string().as_bytes()).unwrap_err()
    }

    fn first(problem: &Problem) -> (u16, &str, &str) {
        let FieldError { field, message } = &problem.errors[0];
        (problem.status, field, message)
    }

    #[test]
    fn a_body_that_is_no_json_is_malformed() {
        for bad in ["", "{", "{\"a\":}", "\u{feff}{}", "{\"slug\":\"\\ud800\"}"] {
            assert_eq!(read::<NewHub>(bad.as_bytes()).unwrap_err().status, 400);
        }
        assert_eq!(
            read::<NewHub>(b"{\"slug\":\"\xff\"}").unwrap_err().status,
            400
        );
        assert_eq!(read::<NewHub>(b"[\"a\",\"b\"]").unwrap_err().status, 422);
    }

    #[test]
    fn an_error_names_its_field() {
        let missing = agent(|b| drop(b.as_object_mut().unwrap().remove("slug")));
        assert_eq!(first(&missing), (422, "slug", "is missing"));
        let word = agent(|b| b["provider"] = json!("acme"));
        let (status, field, message) = first(&word);
        assert_eq!((status, field), (422, "provider"));
        assert!(
            message.starts_with("`acme` is not one of `openrouter`"),
            "{message}"
        );
        let kind = agent(|b| b["capabilities"] = json!(["a", 5]));
        assert_eq!(
            first(&kind),
            (422, "capabilities[1]", "must be a string, not integer `5`")
        );
    }

    #[test]
    fn a_malformed_id_is_a_malformed_request() {
        for bad in [json!("nope"), json!(""), json!(7)] {
            let problem = agent(|b| b["hub_id"] = bad);
            assert_eq!(first(&problem), (400, "hub_id", "must be a UUID"));
        }
        let null = agent(|b| b["hub_id"] = Value::Null);
        assert_eq!(null.status, 422);
    }

    #[test]
    fn a_nul_is_refused_with_its_place() {
        let nul = agent(|b| b["capabilities"] = json!(["a", "b\0"]));
        assert_eq!(
            first(&nul),
            (422, "capabilities[1]", "must not contain a NUL character")
        );
    }

    #[test]
    fn what_was_sent_is_not_echoed_at_length() {
        let long = agent(|b| b["provider"] = json!("x".repeat(100_000)));
        assert!(long.errors[0].message.len() < 1_000);
    }
}
