//! Where the providers are and which keys there are for them. All bridges that
//! need keys share it, so that a key is missing in one of them exactly where it
//! is missing in the others.

use model::{KeySource, Provider, ProviderAccess};
use secrecy::{ExposeSecret, SecretString};

use super::endpoint::{Endpoint, Peer, base_env};
use super::keys::{file_name, key_env};
use super::text;
use super::{BridgeError, KeyRing};

/// Other servers in the providers' places; `None` or empty is the provider's own.
#[derive(Clone, Debug, Default)]
pub struct BaseUrls {
    pub openai: Option<String>,
    pub openrouter: Option<String>,
    pub gemini: Option<String>,
}

impl BaseUrls {
    /// One server in the place of all three.
    pub fn all(base: &str) -> Self {
        Self {
            openai: Some(base.to_owned()),
            openrouter: Some(base.to_owned()),
            gemini: Some(base.to_owned()),
        }
    }
}

/// Addresses and keys of all providers.
#[derive(Debug)]
pub(super) struct Access {
    keys: KeyRing,
    endpoints: Vec<Endpoint>,
    claude_code: Peer,
}

impl Access {
    /// Reads no key.
    ///
    /// # Errors
    /// `BridgeError` where a base URL is no http or https URL.
    pub fn new(base_urls: &BaseUrls, keys: KeyRing) -> Result<Self, BridgeError> {
        let endpoint = |provider, base: &Option<String>| Endpoint::new(provider, base.as_deref());
        Ok(Self {
            keys,
            endpoints: vec![
                endpoint(Provider::Openai, &base_urls.openai)?,
                endpoint(Provider::Openrouter, &base_urls.openrouter)?,
                endpoint(Provider::Gemini, &base_urls.gemini)?,
            ],
            claude_code: Peer {
                provider: Provider::ClaudeCode,
                in_place: None,
            },
        })
    }

    /// The provider's address; `None` for `claude-code`, which is a command.
    pub fn endpoint(&self, provider: Provider) -> Option<&Endpoint> {
        self.endpoints
            .iter()
            .find(|endpoint| endpoint.peer.provider == provider)
    }

    /// Who is asked, as errors name it.
    pub fn peer(&self, provider: Provider) -> &Peer {
        self.endpoint(provider)
            .map_or(&self.claude_code, |endpoint| &endpoint.peer)
    }

    /// The key for a call. A server in the provider's place needs none, but is
    /// given one that is there; `claude-code` signs in by itself.
    ///
    /// # Errors
    /// `MissingKey`.
    pub fn key(&self, provider: Provider) -> Result<Option<SecretString>, BridgeError> {
        if self.needs_key(provider) {
            self.keys.require(provider).map(Some)
        } else {
            self.keys.find(provider)
        }
    }

    fn needs_key(&self, provider: Provider) -> bool {
        self.endpoint(provider)
            .is_some_and(|endpoint| !endpoint.peer.is_custom())
    }

    /// The variables and addresses that take a provider's place, as a helper
    /// process reads them: `OPENAI_BASE_URL` and its like.
    pub fn base_urls(&self) -> impl Iterator<Item = (&'static str, Option<&str>)> {
        self.endpoints
            .iter()
            .map(|endpoint| (base_env(endpoint.peer.provider), endpoint.base.as_deref()))
    }

    /// Foreign text without any provider's key, and without what signs in to an
    /// address.
    pub fn without_keys(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for provider in Provider::ALL {
            let key = self.keys.find(*provider).ok().flatten();
            text = text::without_keys(&text, key.as_ref().map(|key| key.expose_secret()));
            let password = self
                .endpoint(*provider)
                .and_then(|endpoint| endpoint.url.password());
            text = text::without_keys(&text, password);
        }
        text
    }

    /// What people may know of a provider: never the key.
    pub fn describe(&self, provider: Provider) -> ProviderAccess {
        let (key, problem) = match self.keys.source(provider) {
            Ok(Some(source)) => (source, None),
            Ok(None) if self.needs_key(provider) => {
                let missing = self.keys.require(provider).err();
                (KeySource::Missing, missing.map(|error| error.message))
            }
            Ok(None) => (KeySource::NotNeeded, None),
            Err(error) => (KeySource::Unreadable, Some(error.message)),
        };
        ProviderAccess {
            provider,
            key,
            problem,
            key_variable: key_env(provider).map(str::to_owned),
            key_file: key_env(provider).map(|_| file_name(provider)),
            in_place: self.peer(provider).in_place.clone(),
        }
    }
}
