//! The id in a path.

use std::str::FromStr;

use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::request::Parts,
};

use crate::problem::Problem;

/// The `{id}` of the path; 400 where it is no UUID.
#[derive(Clone, Copy, Debug)]
pub struct Id<T>(pub T);

impl<S: Send + Sync, T: FromStr> FromRequestParts<S> for Id<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let refused = || Problem::malformed_field("id", "in the path must be a UUID");
        let params = RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(|_| refused())?;
        params
            .iter()
            .find(|(name, _)| *name == "id")
            .and_then(|(_, text)| text.parse().ok())
            .map(Self)
            .ok_or_else(refused)
    }
}
