//! People, their roles, and who asks.

use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{ActorKind, PersonId, Role, TokenId, validate};

/// Who asks, with what role. Every engine function that reads or changes a
/// hub's data takes one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    pub kind: ActorKind,
    /// The person's or the token's id.
    pub id: Option<Uuid>,
    /// As lists and the audit show it.
    pub name: String,
    pub role: Role,
}

impl Caller {
    /// The server itself, for recovery and schedules.
    pub fn system() -> Self {
        Self {
            kind: ActorKind::System,
            id: None,
            name: "system".to_owned(),
            role: Role::Admin,
        }
    }

    /// A command on the server's own command line.
    pub fn command() -> Self {
        Self {
            kind: ActorKind::Command,
            id: None,
            name: "command line".to_owned(),
            role: Role::Admin,
        }
    }

    /// Whether the caller's role includes `role`.
    pub fn may(&self, role: Role) -> bool {
        self.role >= role
    }
}

/// A person who may sign in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Person {
    pub id: PersonId,
    /// What the person signs in with: unique, case does not count.
    pub login: String,
    pub display_name: String,
    pub role: Role,
    pub is_active: bool,
    /// Whether the person can sign in by password.
    pub has_password: bool,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// An API token as lists show it; the token itself is shown once, when made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApiToken {
    pub id: TokenId,
    pub name: String,
    pub role: Role,
    pub created_at: DateTime<Utc>,
    pub last_used_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Validate)]
pub struct NewToken {
    #[garde(custom(validate::name))]
    pub name: String,
    #[garde(skip)]
    pub role: Role,
}

/// What a person gives when following a one-time link.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Validate)]
pub struct Welcome {
    /// The secret of the link.
    #[garde(skip)]
    pub token: String,
    #[garde(custom(validate::name))]
    pub display_name: String,
    /// What to sign in with later.
    #[garde(custom(validate::name))]
    pub login: String,
    /// Left out: sign in again by another one-time link.
    #[garde(custom(validate::maybe_password))]
    pub password: Option<String>,
}
