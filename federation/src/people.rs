//! Signing in, sessions, tokens.

mod password;

use chrono::{DateTime, Duration, Utc};
use model::{ActorKind, ApiToken, Caller, FieldError, NewToken, Person, Role, TokenId, Welcome};
use serde_json::json;

use crate::{
    Engine, Error, Result, StoreError,
    error::{check, require},
    secrets,
    store::people::{Link, SessionOwner},
};

/// How long a one-time link is good.
const LINK_HOURS: i64 = 24;
/// A session or token is marked as used at most this often.
const TOUCH_EVERY: Duration = Duration::minutes(5);

/// A person who has just signed in, and the secret for the cookie.
#[derive(Clone, Debug)]
pub struct SignedIn {
    pub person: Person,
    pub session_token: String,
    pub expires_at: DateTime<Utc>,
}

/// The secret of a one-time link that makes the admin, where no admin can
/// sign in by password yet; `None` where one can.
pub async fn first_link(engine: &Engine) -> Result<Option<String>> {
    if engine.store().admins_with_password().await? > 0 {
        return Ok(None);
    }
    admin_link(engine, &Caller::system()).await.map(Some)
}

/// The secret of a fresh one-time link that signs in as an admin.
pub async fn admin_link(engine: &Engine, caller: &Caller) -> Result<String> {
    require(caller, Role::Admin)?;
    let secret = secrets::random();
    let expires_at = engine.clock().now() + Duration::hours(LINK_HOURS);
    let mut tx = engine.store().begin().await?;
    let id = tx
        .insert_link(&secrets::hash(&secret), Role::Admin, expires_at)
        .await?;
    tx.audit(
        caller,
        "sign_in_link.created",
        None,
        "sign_in_link",
        id,
        json!({ "role": Role::Admin }),
    )
    .await?;
    tx.commit().await?;
    Ok(secret)
}

/// Whether a link can still be used.
pub async fn link_valid(engine: &Engine, token: &str) -> Result<bool> {
    Ok(engine
        .store()
        .open_link(&secrets::hash(token))
        .await?
        .is_some())
}

fn used_up() -> Error {
    Error::SignIn {
        message: "This link was used already or has expired. Make a new one on the server with `inter-hub admin link`.".to_owned(),
    }
}

/// Uses up a one-time link. The login of an existing person is taken over by
/// that person only: the link proves access to the server itself.
pub async fn welcome(engine: &Engine, form: Welcome) -> Result<SignedIn> {
    check(&form)?;
    let link = engine
        .store()
        .open_link(&secrets::hash(&form.token))
        .await?
        .ok_or_else(used_up)?;
    let login = form.login.trim().to_lowercase();
    let password_hash = match form.password.filter(|p| !p.is_empty()) {
        Some(password) => Some(password::hash(password).await?),
        None => None,
    };
    let known = engine.store().credentials(&login).await?;
    let mut tx = engine.store().begin().await?;
    let id = match known {
        Some(known) => {
            tx.update_person(
                known.id,
                form.display_name.trim(),
                link.role,
                password_hash.as_deref(),
            )
            .await?;
            if password_hash.is_some() {
                // Whoever held the old password is signed out.
                tx.delete_sessions(known.id).await?;
            }
            known.id
        }
        None => {
            insert(
                engine,
                &mut tx,
                &link,
                &login,
                form.display_name.trim(),
                password_hash.as_deref(),
            )
            .await?
        }
    };
    if !tx.use_link(link.id, id).await? {
        return Err(used_up());
    }
    let caller = Caller {
        kind: ActorKind::Person,
        id: Some(id.0),
        name: form.display_name.trim().to_owned(),
        role: link.role,
    };
    tx.audit(
        &caller,
        "person.welcomed",
        None,
        "person",
        id.0,
        json!({ "role": link.role }),
    )
    .await?;
    let (session_token, expires_at) = open_session(engine, &mut tx, id).await?;
    tx.commit().await?;
    signed_in(engine, id, session_token, expires_at).await
}

async fn insert(
    engine: &Engine,
    tx: &mut crate::store::Tx,
    link: &Link,
    login: &str,
    display_name: &str,
    password_hash: Option<&str>,
) -> Result<model::PersonId> {
    let now = engine.clock().now();
    let person = Person {
        id: engine.clock().id(),
        login: login.to_owned(),
        display_name: display_name.to_owned(),
        role: link.role,
        is_active: true,
        has_password: password_hash.is_some(),
        created_at: now,
        updated_at: now,
    };
    tx.insert_person(&person, password_hash)
        .await
        .map_err(|e: StoreError| {
            if e.is_unique_violation() {
                Error::conflict(
                    "login_taken",
                    "somebody has just taken this login; choose another one",
                )
            } else {
                e.into()
            }
        })?;
    Ok(person.id)
}

async fn open_session(
    engine: &Engine,
    tx: &mut crate::store::Tx,
    person: model::PersonId,
) -> Result<(String, DateTime<Utc>)> {
    let token = secrets::random();
    let expires_at = engine.clock().now() + Duration::days(engine.settings().session_days);
    tx.insert_session(person, &secrets::hash(&token), expires_at)
        .await?;
    Ok((token, expires_at))
}

async fn signed_in(
    engine: &Engine,
    id: model::PersonId,
    session_token: String,
    expires_at: DateTime<Utc>,
) -> Result<SignedIn> {
    let person = engine
        .store()
        .person(id)
        .await?
        .ok_or_else(|| Error::not_found("person"))?;
    Ok(SignedIn {
        person,
        session_token,
        expires_at,
    })
}

/// Signs in by password. The answer to an unknown login takes as long as the
/// one to a wrong password.
pub async fn sign_in(engine: &Engine, login: &str, password: &str) -> Result<SignedIn> {
    let mut missing = Vec::new();
    if login.trim().is_empty() {
        missing.push(FieldError::new("login", "must not be empty"));
    }
    if password.is_empty() {
        missing.push(FieldError::new("password", "must not be empty"));
    }
    if !missing.is_empty() {
        return Err(Error::Invalid(missing));
    }
    let known = engine
        .store()
        .credentials(&login.trim().to_lowercase())
        .await?;
    let (id, hash) = match known {
        Some(known) if known.is_active => (Some(known.id), known.password_hash),
        _ => (None, None),
    };
    let fits = password::fits(password.to_owned(), hash).await?;
    let Some(id) = id.filter(|_| fits) else {
        return Err(Error::SignIn {
            message: "Login and password do not fit. Check both; an admin can make a one-time link on the server with `inter-hub admin link`.".to_owned(),
        });
    };
    let mut tx = engine.store().begin().await?;
    let (session_token, expires_at) = open_session(engine, &mut tx, id).await?;
    tx.commit().await?;
    signed_in(engine, id, session_token, expires_at).await
}

pub async fn sign_out(engine: &Engine, session_token: &str) -> Result<()> {
    let mut tx = engine.store().begin().await?;
    tx.delete_session(&secrets::hash(session_token)).await?;
    tx.commit().await?;
    Ok(())
}

/// Who a session belongs to; `None` where it is unknown or has expired. It
/// lasts longer by being used.
pub async fn by_session(engine: &Engine, session_token: &str) -> Result<Option<Caller>> {
    let Some(owner) = owner(engine, session_token).await? else {
        return Ok(None);
    };
    let now = engine.clock().now();
    if now - owner.last_seen_at > TOUCH_EVERY {
        let mut tx = engine.store().begin().await?;
        let expires_at = now + Duration::days(engine.settings().session_days);
        tx.touch_session(owner.session_id, expires_at).await?;
        tx.commit().await?;
    }
    Ok(Some(person(owner)))
}

/// The same without using it.
pub async fn whose_session(engine: &Engine, session_token: &str) -> Result<Option<Caller>> {
    Ok(owner(engine, session_token).await?.map(person))
}

async fn owner(engine: &Engine, session_token: &str) -> Result<Option<SessionOwner>> {
    let hash = secrets::hash(session_token);
    Ok(engine.store().session_owner(&hash).await?)
}

fn person(owner: SessionOwner) -> Caller {
    Caller {
        kind: ActorKind::Person,
        id: Some(owner.person_id.0),
        name: owner.display_name,
        role: owner.role,
    }
}

/// Who an API token stands for; `None` where it is unknown or was revoked.
pub async fn by_api_token(engine: &Engine, token: &str) -> Result<Option<Caller>> {
    let Some(found) = engine.store().api_token(&secrets::hash(token)).await? else {
        return Ok(None);
    };
    let now = engine.clock().now();
    if found.last_used_at.is_none_or(|at| now - at > TOUCH_EVERY) {
        let mut tx = engine.store().begin().await?;
        tx.touch_api_token(found.id).await?;
        tx.commit().await?;
    }
    Ok(Some(program(found)))
}

/// The same without using it.
pub async fn whose_api_token(engine: &Engine, token: &str) -> Result<Option<Caller>> {
    let found = engine.store().api_token(&secrets::hash(token)).await?;
    Ok(found.map(program))
}

fn program(token: ApiToken) -> Caller {
    Caller {
        kind: ActorKind::Token,
        id: Some(token.id.0),
        name: token.name,
        role: token.role,
    }
}

/// A new API token: its row, and the secret that is shown this once.
pub async fn create_token(
    engine: &Engine,
    caller: &Caller,
    new: NewToken,
) -> Result<(ApiToken, String)> {
    require(caller, Role::Admin)?;
    check(&new)?;
    let secret = format!("ih_{}", secrets::random());
    let token = ApiToken {
        id: engine.clock().id(),
        name: new.name.trim().to_owned(),
        role: new.role,
        created_at: engine.clock().now(),
        last_used_at: None,
        revoked_at: None,
    };
    let mut tx = engine.store().begin().await?;
    tx.insert_api_token(&token, &secrets::hash(&secret)).await?;
    let detail = json!({ "name": token.name, "role": token.role });
    tx.audit(
        caller,
        "api_token.created",
        None,
        "api_token",
        token.id.0,
        detail,
    )
    .await?;
    tx.commit().await?;
    Ok((token, secret))
}

/// All tokens, also revoked ones, newest first.
pub async fn list_tokens(engine: &Engine, caller: &Caller) -> Result<Vec<ApiToken>> {
    require(caller, Role::Admin)?;
    Ok(engine.store().api_tokens().await?)
}

pub async fn revoke_token(engine: &Engine, caller: &Caller, id: TokenId) -> Result<()> {
    require(caller, Role::Admin)?;
    let mut tx = engine.store().begin().await?;
    tx.revoke_api_token(id)
        .await?
        .ok_or_else(|| Error::not_found("API token"))?;
    tx.audit(
        caller,
        "api_token.revoked",
        None,
        "api_token",
        id.0,
        json!({}),
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Everybody who may sign in, by name.
pub async fn list_people(engine: &Engine, caller: &Caller) -> Result<Vec<Person>> {
    require(caller, Role::Admin)?;
    Ok(engine.store().people().await?)
}
