//! One process of `scripts/llm_bridge.py` for each call. Dropping a call ends
//! its process and what that has started; so does the death of the server,
//! since the script notices that nobody reads its answer.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use async_trait::async_trait;
use model::{BridgeKind, BridgeState, BridgeStatus, Provider, ProviderAccess};
use serde_json::Value;

use super::llm_connect::{LlmConnect, LlmConnectSettings, failed};
use super::process::{self, Group, Tail};
use super::{Bridge, BridgeError, BridgeRequest, BridgeResponse, Fate, KeyRing, TextSink, late};

/// How long the look at the library may take.
const CHECK_WITHIN: Duration = Duration::from_secs(10);

/// Starts the script for each call. See the module.
#[derive(Debug)]
pub struct SubprocessBridge {
    llm: LlmConnect,
}

/// What a process left behind.
struct Left {
    stdout: Vec<u8>,
    stderr: String,
    status: ExitStatus,
}

impl SubprocessBridge {
    /// Starts nothing and reads no key.
    ///
    /// # Errors
    /// `BridgeError` where a base URL is no http or https URL.
    pub fn new(settings: LlmConnectSettings, keys: KeyRing) -> Result<Self, BridgeError> {
        Ok(Self {
            llm: LlmConnect::new(settings, keys)?,
        })
    }

    async fn call(&self, request: &BridgeRequest) -> Result<BridgeResponse, BridgeError> {
        let key = self.llm.key(request.provider)?;
        let wire = self
            .llm
            .wire(request, key.as_ref(), self.llm.settings.deadline);
        let said = self.run(&[], &wire.to_string()).await?;
        self.llm.read(request, key.as_ref(), said)
    }

    /// One run of the script, from its input to the JSON that it printed.
    async fn run(&self, arguments: &[&str], input: &str) -> Result<Value, BridgeError> {
        let left = self.process(arguments, input).await?;
        if left.stdout.trim_ascii().is_empty() {
            let how = process::ending(left.status);
            let said = self.llm.last_words(&left.stderr);
            return Err(failed(&format!(
                "The bridge process ended without an answer ({how}){said}. Ask again; where it happens again, look at llm-connect."
            ))
            .with_fate(Fate::Unheard));
        }
        serde_json::from_slice(&left.stdout).map_err(|_| self.llm.no_json(&left.stdout))
    }

    async fn process(&self, arguments: &[&str], input: &str) -> Result<Left, BridgeError> {
        let mut child = self
            .llm
            .command()
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| self.llm.not_started(&error))?;
        let mut group = Group::of(&child);
        let (stdin, stdout, stderr) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let broke = |error: std::io::Error| {
            failed(&format!(
                "The bridge process broke off ({error}). Ask again."
            ))
        };
        let limit = self.llm.max_reply_bytes() as u64;
        let stderr = Tail::of(stderr);
        let (stdout, (), status) = tokio::try_join!(
            async {
                let bytes = process::read_up_to(stdout, limit).await.map_err(broke)?;
                bytes.ok_or_else(|| self.llm.too_large())
            },
            async {
                process::feed(stdin, input.as_bytes()).await;
                Ok(())
            },
            async { child.wait().await.map_err(broke) },
        )?;
        // What a library has left running would keep standard error open.
        group.end();
        Ok(Left {
            stdout,
            stderr: stderr.text().await,
            status,
        })
    }
}

#[async_trait]
impl Bridge for SubprocessBridge {
    async fn answer(&self, request: &BridgeRequest) -> Result<BridgeResponse, BridgeError> {
        let deadline = self.llm.settings.deadline;
        tokio::time::timeout(deadline, self.call(request))
            .await
            .unwrap_or_else(|_| Err(late(request.provider, deadline).with_fate(Fate::Unheard)))
    }

    fn streams(&self, _provider: Provider) -> bool {
        false
    }

    /// llm-connect has no streaming: the text comes as one piece.
    async fn stream(
        &self,
        request: &BridgeRequest,
        text: TextSink<'_>,
    ) -> Result<BridgeResponse, BridgeError> {
        let response = self.answer(request).await?;
        if !response.content.is_empty() {
            text(&response.content);
        }
        Ok(response)
    }

    /// Runs the script once, to see whether it finds llm-connect.
    async fn status(&self) -> BridgeStatus {
        let checked = tokio::time::timeout(CHECK_WITHIN, self.run(&["--check"], "")).await;
        let problem = match checked {
            Ok(Ok(said)) if said.get("error").is_none() => {
                let mut status = BridgeStatus::new(BridgeKind::Subprocess, BridgeState::Ready);
                status.detail = super::llm_connect::detail(&said);
                return status;
            }
            Ok(Ok(said)) => self
                .llm
                .tidy_long(said["error"].as_str().unwrap_or_default()),
            Ok(Err(error)) => error.message,
            Err(_) => format!(
                "The bridge process did not say within {} s whether llm-connect is there.",
                CHECK_WITHIN.as_secs()
            ),
        };
        let mut status = BridgeStatus::new(BridgeKind::Subprocess, BridgeState::Unusable);
        status.problem = Some(problem);
        status
    }

    fn access(&self, provider: Provider) -> ProviderAccess {
        self.llm.describe(provider)
    }
}
