//! What the two bridges over `scripts/llm_bridge.py` share: the command, the
//! request as it goes over the wire, the answer as it comes back.
//! docs/llm-connect.md describes the wire.

mod reply;

use std::path::PathBuf;
use std::time::Duration;

use model::{Provider, ProviderAccess};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::Value;
use tokio::process::Command;

use super::access::{Access, BaseUrls};
use super::errors::Context;
use super::process::lead_a_group;
use super::text;
use super::{BridgeError, BridgeErrorKind, BridgeRequest, BridgeResponse, Fate, KeyRing};

/// Bytes looked at of what is no JSON. Far more than a message keeps, so that a
/// key is not cut in two before it is taken out.
const MAX_QUOTED_BYTES: usize = 64 * 1024;

/// How llm-connect is reached.
#[derive(Clone, Debug)]
pub struct LlmConnectSettings {
    /// The interpreter: a name on the path, or a path.
    pub python: PathBuf,
    /// `scripts/llm_bridge.py`.
    pub script: PathBuf,
    /// The folder of llm-connect; `None` leaves it to the script.
    pub library: Option<PathBuf>,
    pub base_urls: BaseUrls,
    /// The whole exchange, the start of a process included.
    pub deadline: Duration,
    /// Bytes of text in one answer.
    pub max_answer_bytes: usize,
    /// Calls that the serve mode has in hand at once.
    pub workers: usize,
    /// How long a process of the serve mode may take until it is ready.
    pub start_within: Duration,
    /// The first wait before a process that has ended is started again; it
    /// doubles up to [`LlmConnectSettings::longest_wait`].
    pub first_wait: Duration,
    pub longest_wait: Duration,
    /// How often a process of the serve mode is asked for its health.
    pub look_every: Duration,
    /// How long it may take to say so, while no call ends meanwhile.
    pub look_within: Duration,
}

impl Default for LlmConnectSettings {
    fn default() -> Self {
        Self {
            python: PathBuf::from("python3"),
            script: PathBuf::from("scripts/llm_bridge.py"),
            library: None,
            base_urls: BaseUrls::default(),
            deadline: Duration::from_secs(300),
            max_answer_bytes: 4 * 1024 * 1024,
            workers: 128,
            start_within: Duration::from_secs(30),
            first_wait: Duration::from_millis(200),
            longest_wait: Duration::from_secs(30),
            look_every: Duration::from_secs(5),
            look_within: Duration::from_secs(20),
        }
    }
}

/// The seam to the script.
#[derive(Debug)]
pub(super) struct LlmConnect {
    pub settings: LlmConnectSettings,
    access: Access,
}

/// One request, on its way.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    provider: Provider,
    model: &'a str,
    system_prompt: Option<&'a str>,
    prompt: &'a str,
    max_tokens: u32,
    temperature: f64,
    #[serde(rename = "api_key")]
    api_key: Option<&'a str>,
    deadline_seconds: f64,
    max_answer_bytes: usize,
}

impl LlmConnect {
    /// # Errors
    /// `BridgeError` where a base URL is no http or https URL.
    pub fn new(settings: LlmConnectSettings, keys: KeyRing) -> Result<Self, BridgeError> {
        Ok(Self {
            access: Access::new(&settings.base_urls, keys)?,
            settings,
        })
    }

    pub fn describe(&self, provider: Provider) -> ProviderAccess {
        self.access.describe(provider)
    }

    /// # Errors
    /// `MissingKey`.
    pub fn key(&self, provider: Provider) -> Result<Option<SecretString>, BridgeError> {
        self.access.key(provider)
    }

    /// The request as JSON; it holds the key. llm-connect takes no schema of
    /// the answer: the prompt asks for it in words.
    pub fn wire(
        &self,
        request: &BridgeRequest,
        key: Option<&SecretString>,
        within: Duration,
    ) -> Value {
        let wire = Wire {
            provider: request.provider,
            model: &request.model,
            system_prompt: request.system_prompt.as_deref(),
            prompt: &request.prompt,
            max_tokens: request.max_tokens,
            // Without the tail that a short float gets as a long one.
            temperature: f64::from((request.temperature * 1_000.0).round()) / 1_000.0,
            api_key: key.map(|key| key.expose_secret()),
            deadline_seconds: within.as_secs_f64(),
            max_answer_bytes: self.settings.max_answer_bytes,
        };
        serde_json::to_value(wire).unwrap_or_default()
    }

    /// Bytes read of one reply: text may be escaped, twelve bytes for the four
    /// of a character outside the first plane, six for one of a control character.
    pub fn max_reply_bytes(&self) -> usize {
        self.settings
            .max_answer_bytes
            .saturating_mul(6)
            .saturating_add(64 * 1024)
    }

    /// What the script says of a call, an answer or an error.
    ///
    /// # Errors
    /// The error it tells, in the kinds of all bridges; `ParseError`, `TooLarge`.
    pub fn read(
        &self,
        request: &BridgeRequest,
        key: Option<&SecretString>,
        said: Value,
    ) -> Result<BridgeResponse, BridgeError> {
        let context = Context::new(self.access.peer(request.provider), key, request);
        reply::read(&context, said, &self.settings)
    }

    /// The script with its environment, leading a group of its own.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.settings.python);
        command.arg(&self.settings.script);
        for (name, base) in self.access.base_urls() {
            match base {
                Some(base) => command.env(name, base),
                // The key belongs to the provider itself.
                None => command.env_remove(name),
            };
        }
        if let Some(library) = &self.settings.library {
            command.env("LLM_CONNECT_PATH", library);
        }
        lead_a_group(&mut command);
        command
    }

    /// The script could not be started at all.
    pub fn not_started(&self, error: &std::io::Error) -> BridgeError {
        let python = text::tidy(&self.settings.python.display().to_string(), None);
        failed(&format!(
            "The bridge process could not be started as {python} ({error}). Install Python 3.10 or later, or set INTER_HUB_PYTHON to its command."
        ))
        .with_fate(Fate::Unsent)
    }

    /// The error for bytes that are no JSON.
    pub fn no_json(&self, bytes: &[u8]) -> BridgeError {
        let start = String::from_utf8_lossy(&bytes[..bytes.len().min(MAX_QUOTED_BYTES)]);
        let said = self.tidy(&start);
        BridgeError::new(
            BridgeErrorKind::ParseError,
            format!(
                "The bridge process printed something that is no JSON: {said}. Check that {} is the script of this version.",
                self.settings.script.display()
            ),
        )
    }

    pub fn too_large(&self) -> BridgeError {
        BridgeError::new(
            BridgeErrorKind::TooLarge,
            format!(
                "The bridge process sent more than the {} bytes that are read of one answer. Ask for a shorter answer.",
                self.settings.max_answer_bytes
            ),
        )
        .with_fate(Fate::Unheard)
    }

    /// Foreign text as one short line without any key.
    pub fn tidy(&self, text: &str) -> String {
        text::tidy(&self.access.without_keys(text), None)
    }

    /// The script's own words, whole, without any key.
    pub fn tidy_long(&self, text: &str) -> String {
        self.access.without_keys(text)
    }

    /// What a process has said on standard error, fit for a message.
    pub fn last_words(&self, stderr: &str) -> String {
        let said = stderr
            .lines()
            .rev()
            .find(|line| !line.trim().is_empty())
            .unwrap_or_default();
        let said = self.tidy(said);
        if said.is_empty() {
            String::new()
        } else {
            format!(": {}", said.trim_end_matches('.'))
        }
    }
}

/// An error of the bridge itself.
pub(super) fn failed(message: &str) -> BridgeError {
    BridgeError::new(BridgeErrorKind::BridgeError, message)
}

/// What runs, from what the script says of itself.
pub(super) fn detail(said: &Value) -> Option<String> {
    let library = said["library"].as_str()?;
    let python = said["python"].as_str()?;
    Some(format!("llm-connect in {library}, Python {python}"))
}
