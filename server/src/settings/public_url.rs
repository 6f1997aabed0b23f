//! The URL at which people reach the server.

use anyhow::{Context, Result, bail};

/// `http://HOST[:PORT]` or `https://HOST[:PORT]`, without a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    origin: String,
}

impl PublicUrl {
    pub fn parse(text: &str) -> Result<Self> {
        let origin = text.trim().trim_end_matches('/').to_ascii_lowercase();
        let (scheme, host) = origin
            .split_once("://")
            .with_context(|| format!("INTER_HUB_PUBLIC_URL={text} must begin with https://"))?;
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
        if !matches!(scheme, "http" | "https") || host.is_empty() || !host.chars().all(plain) {
            bail!(
                "INTER_HUB_PUBLIC_URL={text} must be https://HOST or http://HOST, without a path"
            );
        }
        Ok(Self { origin })
    }

    /// As browsers send it in `Origin`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    pub fn is_tls(&self) -> bool {
        self.origin.starts_with("https://")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_origin_will_do() {
        let url = PublicUrl::parse("https://Hub.Example/").unwrap();
        assert_eq!(url.origin(), "https://hub.example");
        assert!(url.is_tls());
        assert!(!PublicUrl::parse("http://[::1]:80").unwrap().is_tls());
        for bad in [
            "hub.example",
            "ftp://x",
            "https://",
            "https://a/b",
            "https://u@a",
        ] {
            assert!(PublicUrl::parse(bad).is_err(), "{bad}");
        }
    }
}
