//! Where provider keys come from: the environment, then a key file. A key is
//! looked up for each call and is kept nowhere else.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use model::{KeySource, Provider};
use secrecy::{ExposeSecret, SecretString};

use super::{BridgeError, BridgeErrorKind};

type Lookup = Arc<dyn Fn(&str) -> Option<SecretString> + Send + Sync>;

/// Finds the key of a provider. Cheap to clone; shows no key when printed.
#[derive(Clone)]
pub struct KeyRing {
    lookup: Lookup,
    key_dir: Option<PathBuf>,
}

impl KeyRing {
    /// Environment variables first, then `KEY_DIR/openai.key` and its like.
    pub fn from_env(key_dir: PathBuf) -> Self {
        Self::with_lookup(key_dir, |name| std::env::var(name).ok())
    }

    /// As [`KeyRing::from_env`], with another source for the variables.
    pub fn with_lookup(
        key_dir: PathBuf,
        variable: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        Self {
            lookup: Arc::new(move |name| variable(name).map(SecretString::from)),
            key_dir: Some(key_dir),
        }
    }

    /// Just these keys: no environment, no files.
    pub fn fixed<K: Into<String>>(keys: impl IntoIterator<Item = (Provider, K)>) -> Self {
        let keys: HashMap<&'static str, SecretString> = keys
            .into_iter()
            .filter_map(|(provider, key)| {
                Some((key_env(provider)?, SecretString::from(key.into())))
            })
            .collect();
        Self {
            lookup: Arc::new(move |name| keys.get(name).cloned()),
            key_dir: None,
        }
    }

    /// The provider's key, without white space around it. `None` where there
    /// is none, as for `claude-code`, which signs in by itself.
    ///
    /// # Errors
    /// `MissingKey` where a key file exists but cannot be read.
    pub fn find(&self, provider: Provider) -> Result<Option<SecretString>, BridgeError> {
        let Some(name) = key_env(provider) else {
            return Ok(None);
        };
        match (self.lookup)(name).and_then(trimmed) {
            Some(key) => Ok(Some(key)),
            None => self.in_file(provider),
        }
    }

    /// The provider's key.
    ///
    /// # Errors
    /// `MissingKey`, naming both places where the key may stand.
    pub fn require(&self, provider: Provider) -> Result<SecretString, BridgeError> {
        self.find(provider)?.ok_or_else(|| self.missing(provider))
    }

    /// Where the provider's key stands; `None` where there is none.
    ///
    /// # Errors
    /// As [`KeyRing::find`].
    pub fn source(&self, provider: Provider) -> Result<Option<KeySource>, BridgeError> {
        let in_environment = key_env(provider).and_then(|name| (self.lookup)(name));
        if in_environment.and_then(trimmed).is_some() {
            return Ok(Some(KeySource::Environment));
        }
        Ok(self.find(provider)?.map(|_| KeySource::File))
    }

    /// Whether a key is there. Always false for `claude-code`.
    pub fn has_key(&self, provider: Provider) -> bool {
        matches!(self.find(provider), Ok(Some(_)))
    }

    fn in_file(&self, provider: Provider) -> Result<Option<SecretString>, BridgeError> {
        let Some(path) = self.file(provider) else {
            return Ok(None);
        };
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(trimmed(SecretString::from(text))),
            Err(error) if is_absence(&error) => Ok(None),
            Err(error) => Err(BridgeError::new(
                BridgeErrorKind::MissingKey,
                format!(
                    "The key file {} of {} cannot be read ({}). Make it readable to the server.",
                    path.display(),
                    label(provider),
                    error.kind(),
                ),
            )),
        }
    }

    fn file(&self, provider: Provider) -> Option<PathBuf> {
        self.key_dir
            .as_ref()
            .map(|dir| dir.join(file_name(provider)))
    }

    fn missing(&self, provider: Provider) -> BridgeError {
        let file = self
            .file(provider)
            .unwrap_or_else(|| Path::new("KEY_DIR").join(file_name(provider)));
        let name = label(provider);
        let message = match key_env(provider) {
            Some(variable) => format!(
                "There is no key for {name}. Set {variable}, or put the key into {}.",
                file.display()
            ),
            None => format!("{name} takes no key: it signs in by itself."),
        };
        BridgeError::new(BridgeErrorKind::MissingKey, message)
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRing")
            .field("key_dir", &self.key_dir)
            .finish_non_exhaustive()
    }
}

/// The variable with the provider's key.
pub(crate) const fn key_env(provider: Provider) -> Option<&'static str> {
    match provider {
        Provider::Openai => Some("OPENAI_API_KEY"),
        Provider::Openrouter => Some("OPENROUTER_API_KEY"),
        Provider::Gemini => Some("GEMINI_API_KEY"),
        Provider::ClaudeCode => None,
    }
}

/// The provider's name for people.
pub(crate) const fn label(provider: Provider) -> &'static str {
    match provider {
        Provider::Openai => "OpenAI",
        Provider::Openrouter => "OpenRouter",
        Provider::Gemini => "Gemini",
        Provider::ClaudeCode => "claude-code",
    }
}

/// The name of the provider's key file.
pub(crate) fn file_name(provider: Provider) -> String {
    format!("{provider}.key")
}

fn is_absence(error: &std::io::Error) -> bool {
    matches!(
        error.kind(),
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
    )
}

fn trimmed(key: SecretString) -> Option<SecretString> {
    let text = key.expose_secret().trim_start_matches('\u{feff}').trim();
    (!text.is_empty()).then(|| SecretString::from(text))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn shown(key: Option<SecretString>) -> Option<String> {
        key.map(|key| key.expose_secret().to_owned())
    }

    #[test]
    fn the_environment_comes_before_the_file() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("openai.key"), "from-file\n").unwrap();
        std::fs::write(dir.path().join("gemini.key"), "  gem-file \r\n").unwrap();
        let ring = KeyRing::with_lookup(dir.path().to_owned(), |name| match name {
            "OPENAI_API_KEY" => Some(" from-env ".to_owned()),
            "GEMINI_API_KEY" => Some("  ".to_owned()),
            _ => None,
        });
        assert_eq!(
            shown(ring.find(Provider::Openai).unwrap()).unwrap(),
            "from-env"
        );
        assert_eq!(
            shown(ring.find(Provider::Gemini).unwrap()).unwrap(),
            "gem-file"
        );
        assert!(!ring.has_key(Provider::Openrouter));
    }

    #[test]
    fn a_key_written_later_is_found() {
        let dir = tempfile::tempdir().unwrap();
        let ring = KeyRing::with_lookup(dir.path().join("keys"), |_| None);
        assert!(!ring.has_key(Provider::Openai));
        std::fs::create_dir(dir.path().join("keys")).unwrap();
        std::fs::write(dir.path().join("keys/openai.key"), "late").unwrap();
        assert!(ring.has_key(Provider::Openai));
    }

    #[test]
    fn a_missing_key_names_both_places() {
        let ring = KeyRing::with_lookup(PathBuf::from("/nowhere/keys"), |_| None);
        let error = ring.require(Provider::Openrouter).unwrap_err();
        assert_eq!(error.kind, BridgeErrorKind::MissingKey);
        assert!(error.message.contains("OPENROUTER_API_KEY"), "{error}");
        assert!(
            error.message.contains("/nowhere/keys/openrouter.key"),
            "{error}"
        );
    }

    #[test]
    fn a_file_that_cannot_be_read_is_said() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("openai.key")).unwrap();
        let ring = KeyRing::with_lookup(dir.path().to_owned(), |_| None);
        let error = ring.find(Provider::Openai).unwrap_err();
        assert_eq!(error.kind, BridgeErrorKind::MissingKey);
        assert!(error.message.contains("openai.key"), "{error}");
    }

    #[test]
    fn claude_code_has_no_key_and_debug_shows_none() {
        let ring = KeyRing::fixed([
            (Provider::Openai, "sk-secret-1234"),
            (Provider::ClaudeCode, "x"),
        ]);
        assert!(ring.has_key(Provider::Openai));
        assert!(!ring.has_key(Provider::ClaudeCode));
        assert!(!format!("{ring:?}").contains("secret"));
    }
}
