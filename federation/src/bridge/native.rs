//! The bridge that speaks to the providers itself: OpenAI, OpenRouter and
//! Gemini in the OpenAI chat-completions protocol, `claude-code` by its command.
//!
//! One call is one exchange. Nothing here retries, and nothing is logged: what
//! happened is in the response or in the error.

mod chat;
mod sse;
mod stream;
mod wire;

use std::future::Future;
use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use model::{BridgeKind, BridgeState, BridgeStatus, Provider, ProviderAccess};

use super::access::{Access, BaseUrls};
use super::claude_code::ClaudeCode;
use super::endpoint::Endpoint;
use super::errors::Context;
use super::{Bridge, BridgeError, BridgeRequest, BridgeResponse, KeyRing, TextSink, late};
use chat::ChatRequest;
pub(crate) use chat::microusd;

/// Where the providers are and how long an exchange may take.
#[derive(Clone, Debug)]
pub struct NativeSettings {
    pub base_urls: BaseUrls,
    /// For name lookup, TCP and TLS. Passing it is a `Connection` error.
    pub connect_timeout: Duration,
    /// The longest silence inside a stream that has begun.
    pub idle_timeout: Duration,
    /// The whole exchange, from the first byte sent to the last one read.
    pub deadline: Duration,
    /// Bytes of text in one answer.
    pub max_answer_bytes: usize,
    /// The command of Claude Code: a name on the path, or a path.
    pub claude_command: PathBuf,
}

impl Default for NativeSettings {
    fn default() -> Self {
        Self {
            base_urls: BaseUrls::default(),
            connect_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(60),
            deadline: Duration::from_secs(300),
            max_answer_bytes: 4 * 1024 * 1024,
            claude_command: PathBuf::from("claude"),
        }
    }
}

/// Speaks to all four providers. See the module.
#[derive(Debug)]
pub struct NativeBridge {
    access: Access,
    clients: wire::Clients,
    claude: ClaudeCode,
    limits: Limits,
}

/// Bounds of one exchange.
#[derive(Clone, Copy, Debug)]
struct Limits {
    idle: Duration,
    deadline: Duration,
    max_answer_bytes: usize,
}

impl Limits {
    /// Bytes read for one JSON body: text may be escaped, six bytes for one.
    fn max_body_bytes(self) -> usize {
        self.max_answer_bytes
            .saturating_mul(6)
            .saturating_add(64 * 1024)
    }
}

impl NativeBridge {
    /// Makes the clients; opens no connection and reads no key.
    ///
    /// # Errors
    /// `BridgeError` where a base URL is no http or https URL.
    pub fn new(settings: NativeSettings, keys: KeyRing) -> Result<Self, BridgeError> {
        let limits = Limits {
            idle: settings.idle_timeout,
            deadline: settings.deadline,
            max_answer_bytes: settings.max_answer_bytes,
        };
        Ok(Self {
            access: Access::new(&settings.base_urls, keys)?,
            clients: wire::Clients::new(settings.connect_timeout),
            claude: ClaudeCode::new(settings.claude_command, settings.max_answer_bytes),
            limits,
        })
    }

    async fn whole(
        &self,
        endpoint: &Endpoint,
        request: &BridgeRequest,
    ) -> Result<BridgeResponse, BridgeError> {
        let key = self.access.key(request.provider)?;
        let context = Context::new(&endpoint.peer, key.as_ref(), request);
        let body = ChatRequest::new(endpoint, request, false);
        let response = self.clients.post(endpoint, &context, &body).await?;
        wire::read_answer(response, &context, self.limits).await
    }

    async fn pieces(
        &self,
        endpoint: &Endpoint,
        request: &BridgeRequest,
        text: TextSink<'_>,
    ) -> Result<BridgeResponse, BridgeError> {
        let key = self.access.key(request.provider)?;
        let context = Context::new(&endpoint.peer, key.as_ref(), request);
        let body = ChatRequest::new(endpoint, request, true);
        let response = self.clients.post(endpoint, &context, &body).await?;
        stream::read(response, &context, self.limits, text).await
    }

    async fn in_time<F>(
        &self,
        provider: Provider,
        exchange: F,
    ) -> Result<BridgeResponse, BridgeError>
    where
        F: Future<Output = Result<BridgeResponse, BridgeError>> + Send,
    {
        let deadline = self.limits.deadline;
        tokio::time::timeout(deadline, exchange)
            .await
            .unwrap_or_else(|_| Err(late(provider, deadline)))
    }
}

#[async_trait]
impl Bridge for NativeBridge {
    async fn answer(&self, request: &BridgeRequest) -> Result<BridgeResponse, BridgeError> {
        self.in_time(request.provider, async {
            match self.access.endpoint(request.provider) {
                Some(endpoint) => self.whole(endpoint, request).await,
                None => self.claude.ask(request).await,
            }
        })
        .await
    }

    async fn stream(
        &self,
        request: &BridgeRequest,
        text: TextSink<'_>,
    ) -> Result<BridgeResponse, BridgeError> {
        self.in_time(request.provider, async move {
            match self.access.endpoint(request.provider) {
                Some(endpoint) => self.pieces(endpoint, request, text).await,
                None => {
                    let response = self.claude.ask(request).await?;
                    if !response.content.is_empty() {
                        text(&response.content);
                    }
                    Ok(response)
                }
            }
        })
        .await
    }

    /// The command of Claude Code gives its text at the end.
    fn streams(&self, provider: Provider) -> bool {
        provider != Provider::ClaudeCode
    }

    async fn status(&self) -> BridgeStatus {
        BridgeStatus::new(BridgeKind::Native, BridgeState::Ready)
    }

    fn access(&self, provider: Provider) -> ProviderAccess {
        self.access.describe(provider)
    }
}
