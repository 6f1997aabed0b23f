//! Why a server function refused, as pages see it.

use leptos::prelude::{MappedSignal, Signal, With};
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use model::{FieldError, Refusal};
use serde::{Deserialize, Serialize};

use crate::wire::WireEncoding;

/// A refusal with a stable code to match on, a sentence for people and the
/// fields that are wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct AppError {
    pub code: String,
    pub message: String,
    #[serde(default)]
    pub errors: Vec<FieldError>,
}

impl AppError {
    /// Nobody is signed in.
    pub const NOT_SIGNED_IN: &'static str = "not_signed_in";
    /// What was decided on is no longer what stands there.
    pub const CONTENT_CHANGED: &'static str = "content_changed";
    /// Somebody else decided first.
    pub const ALREADY_DECIDED: &'static str = "already_decided";
    /// The server could not be reached.
    pub const UNREACHABLE: &'static str = "unreachable";
    /// The answer is none of this server's.
    pub const UNEXPECTED: &'static str = "unexpected_answer";

    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            errors: Vec::new(),
        }
    }

    /// The message for one field, if it has one.
    pub fn field(&self, name: &str) -> Option<String> {
        self.errors
            .iter()
            .find(|e| e.field == name)
            .map(|e| e.message.clone())
    }

    pub fn is(&self, code: &str) -> bool {
        self.code == code
    }

    /// Whether the same may work a moment later.
    pub fn may_pass(&self) -> bool {
        matches!(
            self.code.as_str(),
            Self::UNREACHABLE | Self::UNEXPECTED | "unavailable" | "internal" | "store"
        )
    }
}

impl From<Refusal> for AppError {
    fn from(refusal: Refusal) -> Self {
        Self {
            code: refusal.code,
            message: refusal.message,
            errors: refusal.errors,
        }
    }
}

impl FromServerFnError for AppError {
    type Encoder = WireEncoding;

    fn from_server_fn_error(value: ServerFnErrorErr) -> Self {
        match value {
            ServerFnErrorErr::Request(_) => Self::new(
                Self::UNREACHABLE,
                "The server cannot be reached. Check the connection and try again.",
            ),
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) => malformed(),
            // On the server it is the request that could not be read.
            ServerFnErrorErr::Deserialization(_) if cfg!(feature = "ssr") => malformed(),
            _ => Self::new(
                Self::UNEXPECTED,
                "The server gave an answer that this page cannot read. Reload the page and try again.",
            ),
        }
    }
}

/// The arguments could not be read: the client's doing, so the answer says so.
fn malformed() -> AppError {
    #[cfg(feature = "ssr")]
    crate::server_fns::request::status(axum::http::StatusCode::BAD_REQUEST);
    AppError::new(
        "malformed",
        "The form could not be read. Reload the page and try again.",
    )
}

/// Why a server action was refused last; `None` while nothing was.
pub fn refusal<T: Send + Sync + 'static>(
    value: MappedSignal<Option<Result<T, AppError>>>,
) -> Signal<Option<AppError>> {
    Signal::derive(move || value.with(|v| v.as_ref().and_then(|r| r.as_ref().err().cloned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_survives_the_wire() {
        let error = AppError {
            code: "invalid".to_owned(),
            message: "Two fields are wrong.".to_owned(),
            errors: vec![FieldError::new("title", "must not be empty")],
        };
        assert_eq!(AppError::de(error.ser()), error);
        assert_eq!(error.field("title").as_deref(), Some("must not be empty"));
        assert_eq!(error.field("prompt"), None);
    }
}
