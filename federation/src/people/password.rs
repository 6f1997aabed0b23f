//! Passwords: argon2id with its default costs, off the async threads.

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};

use tokio::sync::Semaphore;

use crate::{Error, Result};

/// A hash of no one's password, to spend the same time on unknown logins.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$\
                      6Zr9pHXXaqLGF0cHhDVO6LcNvGuMrSK1hMIfhLKbYzE";

pub(super) async fn hash(password: String) -> Result<String> {
    run(move || {
        Argon2::default()
            .hash_password(password.as_bytes())
            .map(|hash| hash.to_string())
            .map_err(|e| Error::Internal(format!("the password could not be hashed: {e}")))
    })
    .await
}

/// Whether the password fits; never where there is no hash.
pub(super) async fn fits(password: String, hash: Option<String>) -> Result<bool> {
    run(move || {
        let text = hash.as_deref().unwrap_or(NOBODY);
        let parsed = PasswordHash::new(text)
            .map_err(|e| Error::Internal(format!("a stored password hash is broken: {e}")))?;
        let fits = Argon2::default()
            .verify_password(password.as_bytes(), &parsed)
            .is_ok();
        Ok(fits && hash.is_some())
    })
    .await
}

/// Hashes at once: each takes 19 MiB and a core.
static PLACES: Semaphore = Semaphore::const_new(4);

async fn run<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let _place = PLACES
        .acquire()
        .await
        .map_err(|e| Error::Internal(e.to_string()))?;
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|e| Error::Internal(e.to_string()))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_fits_its_own_hash_only() {
        let own = hash("correct horse battery".to_owned()).await.unwrap();
        assert!(
            fits("correct horse battery".to_owned(), Some(own.clone()))
                .await
                .unwrap()
        );
        assert!(!fits("correct horse".to_owned(), Some(own)).await.unwrap());
        assert!(!fits("anything".to_owned(), None).await.unwrap());
    }
}
