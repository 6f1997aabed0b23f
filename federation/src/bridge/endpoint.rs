//! Where a provider's chat completions are.

use model::Provider;
use reqwest::Url;

use crate::bridge::keys::label;
use crate::bridge::{BridgeError, BridgeErrorKind};

/// Who is asked, as people and errors see it.
#[derive(Clone, Debug)]
pub(super) struct Peer {
    pub provider: Provider,
    /// Host and port of a server in the provider's place; `None` is the
    /// provider itself.
    pub in_place: Option<String>,
}

impl Peer {
    /// Not the provider's own base: another server that speaks its protocol.
    pub fn is_custom(&self) -> bool {
        self.in_place.is_some()
    }

    /// Who is asked, in words for people.
    pub fn who(&self) -> String {
        let name = label(self.provider);
        match &self.in_place {
            Some(place) => format!("{name} at {place}"),
            None => name.to_owned(),
        }
    }

    /// The variable that holds the base URL.
    pub fn base_env(&self) -> &'static str {
        base_env(self.provider)
    }
}

/// The address of one provider.
#[derive(Debug)]
pub(super) struct Endpoint {
    pub peer: Peer,
    /// The base as it was given, without a slash at its end; `None` is the
    /// provider's own.
    pub base: Option<String>,
    /// `BASE/chat/completions`.
    pub url: Url,
    /// Plain HTTP on this machine: neither proxy nor certificates are needed.
    pub local: bool,
}

impl Endpoint {
    /// `base` may end in a slash or not; `None` and empty are the default.
    pub fn new(provider: Provider, base: Option<&str>) -> Result<Self, BridgeError> {
        let default = default_base(provider);
        let base = base
            .map(|base| base.trim().trim_end_matches('/'))
            .filter(|base| !base.is_empty());
        let url = completions(base.unwrap_or(default)).ok_or_else(|| {
            BridgeError::new(
                BridgeErrorKind::BridgeError,
                format!(
                    "{} is no http or https address. Give one like {default}.",
                    base_env(provider)
                ),
            )
        })?;
        let custom = Some(&url) != completions(default).as_ref();
        let local = url.scheme() == "http" && is_loopback(&url);
        Ok(Self {
            peer: Peer {
                provider,
                in_place: custom.then(|| place(&url)),
            },
            base: base.filter(|_| custom).map(str::to_owned),
            url,
            local,
        })
    }
}

fn place(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

const fn default_base(provider: Provider) -> &'static str {
    match provider {
        Provider::Openai => "https://api.openai.com/v1",
        Provider::Openrouter => "https://openrouter.ai/api/v1",
        Provider::Gemini => "https://generativelanguage.googleapis.com/v1beta/openai",
        Provider::ClaudeCode => "",
    }
}

pub(super) const fn base_env(provider: Provider) -> &'static str {
    match provider {
        Provider::Openai => "OPENAI_BASE_URL",
        Provider::Openrouter => "OPENROUTER_BASE_URL",
        Provider::Gemini => "GEMINI_BASE_URL",
        Provider::ClaudeCode => "",
    }
}

fn completions(base: &str) -> Option<Url> {
    let mut url = Url::parse(base).ok()?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
        return None;
    }
    url.set_fragment(None);
    url.path_segments_mut()
        .ok()?
        .pop_if_empty()
        .extend(["chat", "completions"]);
    Some(url)
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn url(provider: Provider, base: Option<&str>) -> (String, bool) {
        let endpoint = Endpoint::new(provider, base).unwrap();
        (endpoint.url.to_string(), endpoint.peer.is_custom())
    }

    #[test]
    fn the_defaults_are_the_providers_own() {
        let expected = "https://api.openai.com/v1/chat/completions".to_owned();
        for base in [None, Some(""), Some(" https://api.openai.com/v1/ ")] {
            assert_eq!(
                url(Provider::Openai, base),
                (expected.clone(), false),
                "{base:?}"
            );
        }
        assert_eq!(
            url(Provider::Openrouter, None).0,
            "https://openrouter.ai/api/v1/chat/completions"
        );
        assert_eq!(
            url(Provider::Gemini, None).0,
            "https://generativelanguage.googleapis.com/v1beta/openai/chat/completions"
        );
    }

    #[test]
    fn a_trailing_slash_means_nothing_and_a_query_stays() {
        for base in [
            "http://localhost:11434/v1",
            "http://localhost:11434/v1/",
            "http://localhost:11434/v1//",
        ] {
            let expected = (
                "http://localhost:11434/v1/chat/completions".to_owned(),
                true,
            );
            assert_eq!(url(Provider::Openai, Some(base)), expected);
        }
        assert_eq!(
            url(Provider::Gemini, Some("http://h")).0,
            "http://h/chat/completions"
        );
        assert_eq!(
            url(Provider::Gemini, Some("http://h/v1?a=b")).0,
            "http://h/v1/chat/completions?a=b"
        );
    }

    #[test]
    fn only_http_addresses_are_taken() {
        for base in ["localhost:8080", "ftp://host", "no address", "https://"] {
            let error = Endpoint::new(Provider::Openai, Some(base)).unwrap_err();
            assert!(error.message.contains("OPENAI_BASE_URL"), "{base}: {error}");
        }
    }

    #[test]
    fn loopback_is_known() {
        for (base, local) in [
            ("http://127.0.0.1:9/v1", true),
            ("http://[::1]:9/v1", true),
            ("http://localhost/v1", true),
            ("https://localhost/v1", false),
            ("http://10.0.0.1/v1", false),
        ] {
            assert_eq!(
                Endpoint::new(Provider::Openai, Some(base)).unwrap().local,
                local,
                "{base}"
            );
        }
    }

    #[test]
    fn sign_in_data_in_an_address_is_not_shown() {
        let endpoint = Endpoint::new(Provider::Openai, Some("http://me:pass@host:81/v1")).unwrap();
        assert_eq!(endpoint.peer.who(), "OpenAI at host:81");
    }
}
