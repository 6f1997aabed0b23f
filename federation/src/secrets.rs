//! Random secrets, and the hashes that are kept in their place.

use sha2::{Digest, Sha256};

use crate::canonical::hex;

/// 256 random bits in hex.
pub fn random() -> String {
    hex(&rand::random::<[u8; 32]>())
}

/// What the database keeps of a secret: SHA-256 in hex. Enough for secrets of
/// 256 random bits; passwords get argon2.
pub fn hash(secret: &str) -> String {
    hex(&Sha256::digest(secret.as_bytes()))
}
