//! Requests that may be repeated: the same key with the same body starts
//! nothing twice and gives the first answer again. Keys are per caller and
//! path and are kept for 24 hours.

use model::Caller;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    Engine, Error, Result, canonical,
    store::{Tx, collectives::KeyRow},
};

/// A key under which a client may repeat a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idempotency {
    pub path: String,
    /// 1 to 255 characters.
    pub key: String,
}

/// What the key stands for; `None` where it is free.
///
/// # Errors
/// `idempotency_key_reused` where it came before with another body.
pub(crate) async fn known(
    engine: &Engine,
    caller: &Caller,
    key: &Idempotency,
    body: &impl Serialize,
) -> Result<Option<KeyRow>> {
    let length = key.key.chars().count();
    if !(1..=255).contains(&length) || key.key.contains('\0') {
        return Err(Error::invalid(
            "Idempotency-Key",
            "must have 1 to 255 characters",
        ));
    }
    let known = row(engine, caller, key).await?;
    let hash = body_hash(body)?;
    known.map(|known| same_body(known, &hash)).transpose()
}

/// As [`known`], whatever the body was.
pub(crate) async fn row(
    engine: &Engine,
    caller: &Caller,
    key: &Idempotency,
) -> Result<Option<KeyRow>> {
    let row = engine
        .store()
        .known_key(&owner(caller), &key.path, &key.key)
        .await?;
    Ok(row)
}

/// `None`: the key was free and now stands for `subject`. Otherwise what it
/// stands for.
pub(crate) async fn take(
    tx: &mut Tx,
    caller: &Caller,
    key: &Idempotency,
    body: &impl Serialize,
    subject: Uuid,
) -> Result<Option<KeyRow>> {
    let hash = body_hash(body)?;
    let known = tx
        .take_key(&owner(caller), &key.path, &key.key, &hash, subject)
        .await?;
    known.map(|known| same_body(known, &hash)).transpose()
}

/// Keeps the answer that a repetition gets.
pub(crate) async fn keep(
    tx: &mut Tx,
    caller: &Caller,
    key: &Idempotency,
    answer: &impl Serialize,
) -> Result<()> {
    let answer: Value = serde_json::to_value(answer).map_err(|e| Error::Internal(e.to_string()))?;
    tx.answer_key(&owner(caller), &key.path, &key.key, &answer)
        .await?;
    Ok(())
}

/// Keeps the answer of work that has started: where this fails, a repetition
/// gets the row as it stands.
pub(crate) async fn keep_soon(
    engine: &Engine,
    caller: &Caller,
    key: &Idempotency,
    answer: &impl Serialize,
) {
    let kept = async {
        let mut tx = engine.store().begin().await?;
        keep(&mut tx, caller, key, answer).await?;
        Ok::<_, Error>(tx.commit().await?)
    };
    if let Err(error) = kept.await {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "a first answer was not kept"
        );
    }
}

/// The answer that was kept; `None` where it is still on its way.
pub(crate) fn kept<T: DeserializeOwned>(known: &KeyRow) -> Result<Option<T>> {
    if known.answer.is_null() {
        return Ok(None);
    }
    serde_json::from_value(known.answer.clone())
        .map(Some)
        .map_err(|e| Error::Internal(format!("a kept answer cannot be read: {e}")))
}

fn owner(caller: &Caller) -> String {
    match caller.id {
        Some(id) => format!("{}:{id}", caller.kind),
        None => caller.kind.to_string(),
    }
}

fn body_hash(body: &impl Serialize) -> Result<String> {
    let body = serde_json::to_value(body).map_err(|e| Error::Internal(e.to_string()))?;
    Ok(canonical::hash(&body))
}

fn same_body(known: KeyRow, hash: &str) -> Result<KeyRow> {
    if known.body_hash == hash {
        return Ok(known);
    }
    Err(Error::conflict(
        "idempotency_key_reused",
        "this Idempotency-Key came before with another body; send a new key with a new request",
    ))
}
