//! Canonical JSON (RFC 8785) and its hash: what a decision is bound to.

use serde_json::Value;
use sha2::{Digest, Sha256};

/// SHA-256 over the canonical JSON of `value`, in lower-case hex.
pub fn hash(value: &Value) -> String {
    // Serialising a `Value` fails only for keys that are no strings, which
    // a `Value` cannot have.
    let canonical = serde_json_canonicalizer::to_vec(value).unwrap_or_default();
    hex(&Sha256::digest(&canonical))
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
            let _ = write!(out, "{byte:02x}");
            out
        })
}

/// Takes out NUL characters, which PostgreSQL's JSONB refuses, everywhere in
/// `value`, keys included.
pub fn strip_nul(value: Value) -> Value {
    match value {
        Value::String(text) if text.contains('\0') => Value::String(text.replace('\0', "")),
        Value::Array(items) => Value::Array(items.into_iter().map(strip_nul).collect()),
        Value::Object(map) => Value::Object(
            map.into_iter()
                .map(|(key, value)| (key.replace('\0', ""), strip_nul(value)))
                .collect(),
        ),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn the_order_of_keys_does_not_matter() {
        let a = hash(&json!({"b": 1, "a": [1, 2.5, "ü"]}));
        let b = hash(&json!({"a": [1, 2.5, "ü"], "b": 1}));
        assert_eq!(a, b);
        assert_ne!(a, hash(&json!({"a": [1, 2.5, "u"], "b": 1})));
        // sha256 of `{}`
        assert_eq!(
            hash(&json!({})),
            "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
        );
    }

    proptest! {
        #[test]
        fn no_nul_is_left(key in ".*", text in ".*") {
            let value = json!({ format!("{key}\0"): [format!("\0{text}\0")] });
            let stripped = strip_nul(value).to_string();
            prop_assert!(!stripped.contains("\\u0000"));
        }
    }
}
