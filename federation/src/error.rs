//! What the engine refuses, and why. Knows no HTTP.

use model::{Caller, FieldError, Refusal, Role};

use crate::StoreError;

/// Why the engine did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller's role is too low.
    #[error("this needs the role {needed} or higher")]
    NotAllowed { needed: Role },
    /// Nothing with that id. `field` names the field that carried the id,
    /// where it came in a body.
    #[error("there is no {what} with this id")]
    NotFound {
        what: &'static str,
        field: Option<&'static str>,
    },
    /// Values that are out of their set or range.
    #[error("{}", invalid_message(.0))]
    Invalid(Vec<FieldError>),
    /// The state of things does not allow it.
    #[error("{message}")]
    Conflict { code: &'static str, message: String },
    /// Signing in failed.
    #[error("{message}")]
    SignIn { message: String },
    /// Not now; later it may go.
    #[error("{message}")]
    Unavailable { message: String },
    #[error("the database could not do this")]
    Store(#[from] StoreError),
    /// What cannot be.
    #[error("internal error: {0}")]
    Internal(String),
}

fn invalid_message(errors: &[FieldError]) -> String {
    match errors {
        [one] => format!("{} {}", one.field, one.message),
        many => format!("{} fields are not valid", many.len()),
    }
}

impl Error {
    /// One wrong field.
    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError::new(field, message)])
    }

    pub(crate) fn not_found(what: &'static str) -> Self {
        Self::NotFound { what, field: None }
    }

    pub(crate) fn unknown(what: &'static str, field: &'static str) -> Self {
        Self::NotFound {
            what,
            field: Some(field),
        }
    }

    pub(crate) fn conflict(code: &'static str, message: impl Into<String>) -> Self {
        Self::Conflict {
            code,
            message: message.into(),
        }
    }

    /// A change of a version that is not the newest any more.
    pub(crate) fn stale(what: &str, version: i32) -> Self {
        Self::conflict(
            "stale_version",
            format!(
                "somebody changed this {what} meanwhile: it is at version {version}; load it again and repeat your change"
            ),
        )
    }

    /// Stable machine code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAllowed { .. } => "not_allowed",
            Self::NotFound { .. } => "not_found",
            Self::Invalid(_) => "invalid",
            Self::Conflict { code, .. } => code,
            Self::SignIn { .. } => "sign_in",
            Self::Unavailable { .. } => "unavailable",
            Self::Store(_) => "store",
            Self::Internal(_) => "internal",
        }
    }

    /// What may be shown: never the insides of the database.
    pub fn refusal(&self) -> Refusal {
        let message = match self {
            Self::Store(_) | Self::Internal(_) => {
                "Something went wrong on the server. Nothing was changed; please try again. The server's log has the cause.".to_owned()
            }
            other => sentence(&other.to_string()),
        };
        let errors = match self {
            Self::Invalid(errors) => errors.clone(),
            Self::NotFound {
                what,
                field: Some(field),
            } => vec![FieldError::new(
                *field,
                format!("there is no {what} with this id"),
            )],
            _ => Vec::new(),
        };
        Refusal {
            code: self.code().to_owned(),
            message,
            errors,
        }
    }
}

/// Begins with a capital, unless it begins with a field's name, and ends with
/// a full stop.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let names_field = text
        .split(' ')
        .next()
        .is_some_and(|word| word.contains('_'));
    let mut out: String = match chars.next() {
        Some(_) if names_field => text.to_owned(),
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => return String::new(),
    };
    if !out.ends_with(['.', '!', '?']) {
        out.push('.');
    }
    out
}

/// Refuses a caller whose role does not include `role`.
pub(crate) fn require(caller: &Caller, role: Role) -> Result<(), Error> {
    if caller.may(role) {
        Ok(())
    } else {
        Err(Error::NotAllowed { needed: role })
    }
}

/// Validates a form with the rules of `model`.
pub(crate) fn check<T: model::validate::Form>(form: &T) -> Result<(), Error> {
    model::validate::check(form).map_err(Error::Invalid)
}
