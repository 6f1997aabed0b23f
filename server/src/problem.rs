//! Where errors become HTTP: the one place that maps a refusal to a status.
//!
//! Every error of the server is `application/problem+json` (RFC 9457).

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use federation::Error;
use model::FieldError;
use serde::Serialize;

/// The content type of a problem.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// Why a request was refused.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// Names the kind of problem; stable.
    #[serde(rename = "type")]
    #[schema(example = "urn:inter-hub:problem:no_route")]
    pub kind: String,
    /// The status in words.
    pub title: &'static str,
    pub status: u16,
    /// What happened and the way on, for people.
    pub detail: String,
    /// The end of `type`, for programs.
    pub code: String,
    /// The fields that are wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

impl Problem {
    pub fn new(status: StatusCode, code: &str, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("urn:inter-hub:problem:{code}"),
            title: status.canonical_reason().unwrap_or("Request refused"),
            status: status.as_u16(),
            detail: detail.into(),
            code: code.to_owned(),
            errors: Vec::new(),
        }
    }

    /// The same with the fields that are wrong.
    pub fn with_errors(mut self, errors: Vec<FieldError>) -> Self {
        self.errors = errors;
        self
    }

    /// 400: the request cannot be read at all.
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed", detail)
    }

    /// 400: `field` is not in the form that it must have.
    pub fn malformed_field(field: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self::malformed(format!("{field} {message}."))
            .with_errors(vec![FieldError::new(field, message)])
    }

    /// 422: `field` is out of its set or range.
    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        Error::invalid(field, message).into()
    }

    pub fn unauthenticated() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthenticated",
            "Send `Authorization: Bearer` with a valid API token.",
        )
    }

    pub fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Something went wrong on the server. Its log has the cause.",
        )
    }

    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

/// The status of an engine error.
fn status_of(error: &Error) -> StatusCode {
    match error {
        Error::NotAllowed { .. } => StatusCode::FORBIDDEN,
        Error::NotFound { .. } => StatusCode::NOT_FOUND,
        Error::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Error::Conflict { .. } => StatusCode::CONFLICT,
        Error::SignIn { .. } => StatusCode::UNAUTHORIZED,
        Error::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
        Error::Store(cause) if cause.is_unavailable() => StatusCode::SERVICE_UNAVAILABLE,
        Error::Store(_) | Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Writes an error with all its sources to the log.
pub fn log_chain(what: &str, error: &dyn std::error::Error) {
    let mut chain = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        chain.push_str(": ");
        chain.push_str(&cause.to_string());
        source = cause.source();
    }
    tracing::error!(error = chain, "{what}");
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        if matches!(error, Error::Store(_) | Error::Internal(_)) {
            log_chain("a request failed", &error);
        }
        let refusal = error.refusal();
        Self::new(status_of(&error), &refusal.code, refusal.message).with_errors(refusal.errors)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status_code();
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"inter-hub\""),
            );
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use model::Role;

    use super::*;

    #[test]
    fn an_engine_error_keeps_its_code_and_its_fields() {
        let problem = Problem::from(Error::invalid("slug", "must be a slug"));
        assert_eq!((problem.status, problem.code.as_str()), (422, "invalid"));
        assert_eq!(problem.errors, [FieldError::new("slug", "must be a slug")]);
        let conflict = Problem::from(Error::Conflict {
            code: "no_route",
            message: "nobody is routed".to_owned(),
        });
        assert_eq!(conflict.status, 409);
        assert_eq!(conflict.kind, "urn:inter-hub:problem:no_route");
    }

    #[test]
    fn the_insides_of_the_server_are_not_told() {
        let problem = Problem::from(Error::Internal("secret".to_owned()));
        assert_eq!(problem.status, 500);
        assert!(!problem.detail.contains("secret"));
        let refused = Problem::from(Error::NotAllowed {
            needed: Role::Steward,
        });
        assert_eq!(refused.status, 403);
    }
}
