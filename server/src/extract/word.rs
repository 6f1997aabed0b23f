//! A word of a closed set in a path.

use std::str::FromStr;

use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::{StatusCode, request::Parts},
};
use model::UnknownWord;

use crate::problem::Problem;

/// The first part of the path that is left open; 404 where it is no word of
/// the set.
#[derive(Clone, Copy, Debug)]
pub struct Word<T>(pub T);

impl<S: Send + Sync, T: FromStr<Err = UnknownWord>> FromRequestParts<S> for Word<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let params = RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(|_| Problem::malformed("The path cannot be read."))?;
        let word = params.iter().next().map_or("", |(_, word)| word);
        word.parse().map(Self).map_err(|unknown: UnknownWord| {
            Problem::new(StatusCode::NOT_FOUND, "not_found", format!("{unknown}."))
        })
    }
}
