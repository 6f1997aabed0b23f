//! People, sessions, one-time links, API tokens.

use chrono::{DateTime, Utc};
use model::{ApiToken, Person, PersonId, Role, SessionId, TokenId};
use sqlx::FromRow;

use super::{Result, Store, Tx, on_db, on_tx};

const PERSON: &str = "SELECT id, login, display_name, role, is_active, password_hash IS NOT NULL AS has_password, \
     created_at, updated_at FROM people WHERE id = $1";

/// A person with the hash to check a password against.
#[derive(FromRow)]
pub struct Credentials {
    pub id: PersonId,
    pub password_hash: Option<String>,
    pub is_active: bool,
}

/// A one-time link that is still good.
#[derive(FromRow)]
pub struct Link {
    pub id: uuid::Uuid,
    pub role: Role,
    pub person_id: Option<PersonId>,
}

/// Whom a session belongs to.
#[derive(FromRow)]
pub struct SessionOwner {
    pub session_id: SessionId,
    pub person_id: PersonId,
    pub display_name: String,
    pub role: Role,
    pub last_seen_at: DateTime<Utc>,
}

impl Store {
    pub async fn person(&self, id: PersonId) -> Result<Option<Person>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, Person>(PERSON)
            .bind(id)
            .fetch_optional(pool)
            .await?))
    }

    /// By name.
    pub async fn people(&self) -> Result<Vec<Person>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, Person>(
            "SELECT id, login, display_name, role, is_active, password_hash IS NOT NULL AS has_password, \
             created_at, updated_at FROM people ORDER BY display_name, id",
        )
        .fetch_all(pool)
        .await?))
    }

    /// `login` in lower case.
    pub async fn credentials(&self, login: &str) -> Result<Option<Credentials>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, Credentials>(
            "SELECT id, password_hash, is_active FROM people WHERE login = $1",
        )
        .bind(login)
        .fetch_optional(pool)
        .await?))
    }

    /// Admins who can sign in by password.
    pub async fn admins_with_password(&self) -> Result<i64> {
        Ok(on_db!(self, pool => sqlx::query_scalar(
            "SELECT count(*) FROM people WHERE role = 'admin' AND is_active AND password_hash IS NOT NULL",
        )
        .fetch_one(pool)
        .await?))
    }

    /// The link of that secret's hash, where it is neither used nor expired.
    pub async fn open_link(&self, token_hash: &str) -> Result<Option<Link>> {
        let now = self.clock().now();
        Ok(on_db!(self, pool => sqlx::query_as::<_, Link>(
            "SELECT id, role, person_id FROM sign_in_links WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2",
        )
        .bind(token_hash)
        .bind(now)
        .fetch_optional(pool)
        .await?))
    }

    pub async fn session_owner(&self, token_hash: &str) -> Result<Option<SessionOwner>> {
        let now = self.clock().now();
        Ok(on_db!(self, pool => sqlx::query_as::<_, SessionOwner>(
            "SELECT s.id AS session_id, p.id AS person_id, p.display_name AS display_name, p.role AS role, \
             s.last_seen_at AS last_seen_at FROM sessions s JOIN people p ON p.id = s.person_id \
             WHERE s.token_hash = $1 AND s.expires_at > $2 AND p.is_active",
        )
        .bind(token_hash)
        .bind(now)
        .fetch_optional(pool)
        .await?))
    }

    /// Newest first.
    pub async fn api_tokens(&self) -> Result<Vec<ApiToken>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, ApiToken>(
            "SELECT id, name, role, created_at, last_used_at, revoked_at FROM api_tokens ORDER BY id DESC",
        )
        .fetch_all(pool)
        .await?))
    }

    /// The token of that secret's hash, where it was not revoked.
    pub async fn api_token(&self, token_hash: &str) -> Result<Option<ApiToken>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, ApiToken>(
            "SELECT id, name, role, created_at, last_used_at, revoked_at FROM api_tokens \
             WHERE token_hash = $1 AND revoked_at IS NULL",
        )
        .bind(token_hash)
        .fetch_optional(pool)
        .await?))
    }
}

impl Tx {
    pub async fn insert_person(
        &mut self,
        person: &Person,
        password_hash: Option<&str>,
    ) -> Result<()> {
        on_tx!(self, c => sqlx::query(
            "INSERT INTO people (id, login, display_name, role, password_hash, is_active, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(person.id)
        .bind(&person.login)
        .bind(&person.display_name)
        .bind(person.role)
        .bind(password_hash)
        .bind(person.is_active)
        .bind(person.created_at)
        .bind(person.updated_at)
        .execute(c)
        .await?
        .rows_affected());
        Ok(())
    }

    /// Sets name and role, and the password where one is given.
    pub async fn update_person(
        &mut self,
        id: PersonId,
        display_name: &str,
        role: Role,
        password_hash: Option<&str>,
    ) -> Result<()> {
        let now = self.clock().now();
        on_tx!(self, c => sqlx::query(
            "UPDATE people SET display_name = $2, role = $3, password_hash = coalesce($4, password_hash), \
             is_active = TRUE, updated_at = $5 WHERE id = $1",
        )
        .bind(id)
        .bind(display_name)
        .bind(role)
        .bind(password_hash)
        .bind(now)
        .execute(c)
        .await?
        .rows_affected());
        Ok(())
    }

    pub async fn insert_link(
        &mut self,
        token_hash: &str,
        role: Role,
        expires_at: DateTime<Utc>,
    ) -> Result<uuid::Uuid> {
        let id: uuid::Uuid = self.clock().id();
        let now = self.clock().now();
        on_tx!(self, c => sqlx::query(
            "INSERT INTO sign_in_links (id, token_hash, role, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(id)
        .bind(token_hash)
        .bind(role)
        .bind(now)
        .bind(expires_at)
        .execute(c)
        .await?
        .rows_affected());
        Ok(id)
    }

    /// `false` where somebody else has used the link meanwhile.
    pub async fn use_link(&mut self, id: uuid::Uuid, person: PersonId) -> Result<bool> {
        let now = self.clock().now();
        Ok(on_tx!(self, c => sqlx::query(
            "UPDATE sign_in_links SET used_at = $2, person_id = $3 WHERE id = $1 AND used_at IS NULL",
        )
        .bind(id)
        .bind(now)
        .bind(person)
        .execute(c)
        .await?
        .rows_affected())
            == 1)
    }

    pub async fn insert_session(
        &mut self,
        person: PersonId,
        token_hash: &str,
        expires_at: DateTime<Utc>,
    ) -> Result<()> {
        let id: SessionId = self.clock().id();
        let now = self.clock().now();
        on_tx!(self, c => sqlx::query(
            "INSERT INTO sessions (id, person_id, token_hash, created_at, last_seen_at, expires_at) \
             VALUES ($1, $2, $3, $4, $4, $5)",
        )
        .bind(id)
        .bind(person)
        .bind(token_hash)
        .bind(now)
        .bind(expires_at)
        .execute(c)
        .await?
        .rows_affected());
        on_tx!(self, c => sqlx::query("DELETE FROM sessions WHERE expires_at < $1")
            .bind(now)
            .execute(c)
            .await?
        .rows_affected());
        Ok(())
    }

    /// Ends all sessions of a person.
    pub async fn delete_sessions(&mut self, person: PersonId) -> Result<u64> {
        Ok(
            on_tx!(self, c => sqlx::query("DELETE FROM sessions WHERE person_id = $1")
            .bind(person)
            .execute(c)
            .await?
            .rows_affected()),
        )
    }

    pub async fn touch_session(&mut self, id: SessionId, expires_at: DateTime<Utc>) -> Result<()> {
        let now = self.clock().now();
        on_tx!(self, c => sqlx::query("UPDATE sessions SET last_seen_at = $2, expires_at = $3 WHERE id = $1")
            .bind(id)
            .bind(now)
            .bind(expires_at)
            .execute(c)
            .await?
        .rows_affected());
        Ok(())
    }

    pub async fn delete_session(&mut self, token_hash: &str) -> Result<u64> {
        Ok(
            on_tx!(self, c => sqlx::query("DELETE FROM sessions WHERE token_hash = $1")
            .bind(token_hash)
            .execute(c)
            .await?
            .rows_affected()),
        )
    }

    pub async fn insert_api_token(&mut self, token: &ApiToken, token_hash: &str) -> Result<()> {
        on_tx!(self, c => sqlx::query(
            "INSERT INTO api_tokens (id, name, role, token_hash, created_at) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(token.id)
        .bind(&token.name)
        .bind(token.role)
        .bind(token_hash)
        .bind(token.created_at)
        .execute(c)
        .await?
        .rows_affected());
        Ok(())
    }

    pub async fn touch_api_token(&mut self, id: TokenId) -> Result<()> {
        let now = self.clock().now();
        on_tx!(self, c => sqlx::query("UPDATE api_tokens SET last_used_at = $2 WHERE id = $1")
            .bind(id)
            .bind(now)
            .execute(c)
            .await?
        .rows_affected());
        Ok(())
    }

    /// The revoked token; `None` where there is none that still works.
    pub async fn revoke_api_token(&mut self, id: TokenId) -> Result<Option<ApiToken>> {
        let now = self.clock().now();
        Ok(on_tx!(self, c => sqlx::query_as::<_, ApiToken>(
            "UPDATE api_tokens SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL \
             RETURNING id, name, role, created_at, last_used_at, revoked_at",
        )
        .bind(id)
        .bind(now)
        .fetch_optional(c)
        .await?))
    }
}
