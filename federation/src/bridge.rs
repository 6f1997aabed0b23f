//! The one seam to the models: a request, a response or a typed error.
//!
//! Only `invocation.rs` may call a [`Bridge`]. One call of a bridge is one
//! exchange with a provider: it never retries by itself, so that every attempt
//! stands on the receipt.

mod access;
pub mod claude_code;
mod endpoint;
mod errors;
pub mod keys;
pub mod llm_connect;
pub mod native;
mod process;
mod retry_after;
pub mod serve;
pub mod subprocess;
pub(crate) mod text;

use std::time::Duration;

use async_trait::async_trait;
use model::{BridgeStatus, Provider, ProviderAccess};
use serde::{Deserialize, Serialize};

pub use access::BaseUrls;
pub use keys::KeyRing;
pub use llm_connect::LlmConnectSettings;
pub use native::NativeBridge;
pub use serve::ServeBridge;
pub use subprocess::SubprocessBridge;

/// Output tokens asked for where the caller names no number.
pub const DEFAULT_MAX_TOKENS: u32 = 2_000;
/// Sampling temperature where the caller names none.
pub const DEFAULT_TEMPERATURE: f32 = 0.7;

/// What a model is asked. Keys are not in it: they are resolved at the call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BridgeRequest {
    pub provider: Provider,
    pub model: String,
    pub system_prompt: Option<String>,
    pub prompt: String,
    /// Output tokens at the most.
    pub max_tokens: u32,
    /// 0 to 2.
    pub temperature: f32,
    /// JSON schema the answer is asked to follow, where the provider takes one.
    pub response_schema: Option<serde_json::Value>,
}

impl BridgeRequest {
    /// A request with the defaults for tokens and temperature.
    pub fn new(provider: Provider, model: impl Into<String>, prompt: impl Into<String>) -> Self {
        Self {
            provider,
            model: model.into(),
            system_prompt: None,
            prompt: prompt.into(),
            max_tokens: DEFAULT_MAX_TOKENS,
            temperature: DEFAULT_TEMPERATURE,
            response_schema: None,
        }
    }
}

/// What a model answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BridgeResponse {
    pub content: String,
    /// The model that the provider says answered.
    pub model: String,
    /// As the provider counted them; `None` where it did not say.
    pub tokens_in: Option<i64>,
    pub tokens_out: Option<i64>,
    pub finish_reason: Option<String>,
    /// Cost in micro US dollars as the provider reports it (OpenRouter does).
    #[serde(default)]
    pub cost_microusd: Option<i64>,
    /// HTTP status of the exchange; `None` where the bridge is no HTTP client.
    #[serde(default)]
    pub http_status: Option<u16>,
}

impl BridgeResponse {
    /// The model stopped because its limit of tokens was reached.
    pub fn was_cut(&self) -> bool {
        self.finish_reason.as_deref() == Some("length")
    }
}

/// What went wrong, as a closed set with stable codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BridgeErrorKind {
    MissingKey,
    Authentication,
    OutOfCredit,
    RateLimited,
    ModelUnknown,
    /// The provider refused the answer's format (JSON schema); ask without.
    FormatRefused,
    /// The provider refused the request (content rules, bad parameters).
    Refused,
    /// 5xx and the like: the provider's own fault.
    Unavailable,
    /// No connection, or it broke before an answer began.
    Connection,
    Timeout,
    /// A stream that ended without its end mark.
    CutOff,
    /// Bytes that are not the protocol (HTML, a broken event).
    Malformed,
    /// More bytes than are read from one answer.
    TooLarge,
    BudgetExceeded,
    /// A helper process printed something that is no JSON.
    ParseError,
    /// A helper process failed without an answer.
    BridgeError,
    Cancelled,
}

impl BridgeErrorKind {
    /// The stable machine code, as it stands on receipts and in the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::MissingKey => "missing_key",
            Self::Authentication => "authentication",
            Self::OutOfCredit => "out_of_credit",
            Self::RateLimited => "rate_limited",
            Self::ModelUnknown => "model_unknown",
            Self::FormatRefused => "format_refused",
            Self::Refused => "refused",
            Self::Unavailable => "unavailable",
            Self::Connection => "connection",
            Self::Timeout => "timeout",
            Self::CutOff => "cut_off",
            Self::Malformed => "malformed",
            Self::TooLarge => "too_large",
            Self::BudgetExceeded => "budget_exceeded",
            Self::ParseError => "parse_error",
            Self::BridgeError => "bridge_error",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether the same request may succeed when it is sent again.
    pub const fn is_retryable(self) -> bool {
        matches!(
            self,
            Self::RateLimited | Self::Unavailable | Self::Connection
        )
    }
}

/// A failed exchange. `message` is for people: what happened and what to do.
/// It never carries a key.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct BridgeError {
    pub kind: BridgeErrorKind,
    pub message: String,
    pub http_status: Option<u16>,
    /// How long the provider asks to wait.
    pub retry_after: Option<Duration>,
    /// Tokens the provider reported in spite of the failure.
    pub tokens_in: Option<i64>,
    pub tokens_out: Option<i64>,
    pub fate: Fate,
}

/// What became of a request that failed. Where nothing was reported, it decides
/// what counts as spent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fate {
    /// As the kind and the text that was seen tell.
    #[default]
    Seen,
    /// Nothing was sent.
    Unsent,
    /// It was sent; how much of an answer there was, nobody could see.
    Unheard,
}

impl BridgeError {
    pub fn new(kind: BridgeErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            http_status: None,
            retry_after: None,
            tokens_in: None,
            tokens_out: None,
            fate: Fate::Seen,
        }
    }

    #[must_use]
    pub fn with_fate(mut self, fate: Fate) -> Self {
        self.fate = fate;
        self
    }
}

/// Receives the text of a streamed answer, piece by piece, in order.
pub type TextSink<'a> = &'a mut (dyn FnMut(&str) + Send);

/// One exchange with a model. Dropping the future cancels the exchange: the
/// connection is closed, a child process is ended.
#[async_trait]
pub trait Bridge: Send + Sync + 'static {
    /// The whole answer at once.
    async fn answer(&self, request: &BridgeRequest) -> Result<BridgeResponse, BridgeError>;

    /// The answer as it comes. The response's `content` is the concatenation
    /// of all pieces that `text` was given.
    async fn stream(
        &self,
        request: &BridgeRequest,
        text: TextSink<'_>,
    ) -> Result<BridgeResponse, BridgeError>;

    /// Whether text comes while it is made. Where it does not, nobody can say
    /// how much of an answer there was when a call ran out of time.
    fn streams(&self, _provider: Provider) -> bool {
        true
    }

    /// How the bridge itself is. Calls no model.
    async fn status(&self) -> BridgeStatus;

    /// Where a provider is reached and whether there is a key; never the key.
    fn access(&self, provider: Provider) -> ProviderAccess;

    /// Ends what the bridge runs beside this process, within a few seconds.
    /// Calls under way may end first; new ones are refused.
    async fn shutdown(&self) {}
}

/// The error of an exchange that took longer than it may.
pub(crate) fn late(provider: Provider, deadline: Duration) -> BridgeError {
    BridgeError::new(
        BridgeErrorKind::Timeout,
        format!(
            "{} did not finish within {} s. Ask again later, or raise the time limit.",
            keys::label(provider),
            deadline.as_secs_f64()
        ),
    )
}
