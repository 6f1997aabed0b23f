//! Headers with a meaning of their own.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, request::Parts},
};

use crate::problem::Problem;

/// `Idempotency-Key`, where the client sent one.
#[derive(Clone, Debug)]
pub struct IdempotencyKey(pub Option<String>);

/// `If-Match: VERSION`, where the client sent one.
#[derive(Clone, Copy, Debug)]
pub struct IfMatch(pub Option<i32>);

/// `Last-Event-ID`: the number of the last event that the client has.
#[derive(Clone, Copy, Debug)]
pub struct LastEventId(pub Option<i64>);

/// The text of a header; `None` where it was not sent.
fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<Result<&'a str, Problem>> {
    headers.get(name).map(|value| {
        value
            .to_str()
            .map(str::trim)
            .map_err(|_| Problem::malformed_field(name, "must be visible ASCII"))
    })
}

impl<S: Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(key) = text(&parts.headers, "Idempotency-Key").transpose()? else {
            return Ok(Self(None));
        };
        if key.is_empty() || key.len() > 255 {
            return Err(Problem::invalid(
                "Idempotency-Key",
                "must have 1 to 255 characters",
            ));
        }
        Ok(Self(Some(key.to_owned())))
    }
}

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(version) = text(&parts.headers, "If-Match").transpose()? else {
            return Ok(Self(None));
        };
        if version == "*" {
            return Ok(Self(None));
        }
        version
            .trim_matches('"')
            .parse()
            .map(|version| Self(Some(version)))
            .map_err(|_| Problem::malformed_field("If-Match", "must be a version number"))
    }
}

impl<S: Sync> FromRequestParts<S> for LastEventId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(id) = text(&parts.headers, "Last-Event-ID").transpose()? else {
            return Ok(Self(None));
        };
        let number = id.parse::<i64>().ok().filter(|number| *number >= 0);
        number.map(|number| Self(Some(number))).ok_or_else(|| {
            Problem::malformed_field("Last-Event-ID", "must be the number of an event")
        })
    }
}
