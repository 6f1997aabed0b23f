//! JSON-RPC 2.0 over HTTP to the process.

use std::time::Duration;

use reqwest::{Client, Response, StatusCode};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::process::Process;
use crate::bridge::llm_connect::{LlmConnect, failed};
use crate::bridge::{BridgeError, BridgeErrorKind, Fate};

/// Bytes read of what the process says of itself.
const MAX_HEALTH_BYTES: usize = 64 * 1024;

/// The connections to the process. They are kept open between calls.
#[derive(Debug)]
pub(super) struct Http {
    client: Client,
}

/// A call that has no reply.
#[derive(Debug)]
pub(super) enum Fault {
    /// The connection broke, or there was none.
    Broken,
    TooLarge,
    /// Not the protocol: the first bytes of what came.
    NoJson(Vec<u8>),
    /// HTTP refused it.
    Status(StatusCode),
}

impl Http {
    /// # Errors
    /// `BridgeError` where this machine allows no HTTP client.
    pub fn new(connections: usize) -> Result<Self, BridgeError> {
        // Fails where the process has a provider already; that one serves.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .connect_timeout(Duration::from_secs(5))
            .pool_max_idle_per_host(connections)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .http1_only()
            .no_proxy()
            .tls_certs_only([])
            .build()
            .map_err(|error| {
                failed(&format!(
                    "The bridge process cannot be called from here ({error})."
                ))
            })?;
        Ok(Self { client })
    }

    /// What the process answers, or the error object that it tells.
    pub async fn call(
        &self,
        process: &Process,
        method: &str,
        params: Value,
        limit: usize,
    ) -> Result<Value, Fault> {
        let request = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let response = self
            .client
            .post(&process.url)
            .bearer_auth(process.secret.expose_secret())
            .json(&request)
            .send()
            .await
            .map_err(|_| Fault::Broken)?;
        if response.status() != StatusCode::OK {
            return Err(Fault::Status(response.status()));
        }
        let body = read(response, limit).await?;
        let reply = serde_json::from_slice(&body).ok().and_then(said);
        reply.ok_or(Fault::NoJson(body))
    }

    /// What the process says of itself.
    pub async fn health(&self, process: &Process) -> Result<Value, Fault> {
        self.call(process, "health", json!({}), MAX_HEALTH_BYTES)
            .await
    }

    /// Asks the process to take no more calls and to end after the last one.
    pub async fn shutdown(&self, process: &Process) -> Result<Value, Fault> {
        self.call(process, "shutdown", json!({}), MAX_HEALTH_BYTES)
            .await
    }
}

/// The result, or what an error object tells; `None` where it is neither.
fn said(mut reply: Value) -> Option<Value> {
    if let Some(result) = reply.get_mut("result").filter(|result| result.is_object()) {
        return Some(result.take());
    }
    let error = reply.get_mut("error")?;
    if let Some(data) = error.get_mut("data").filter(|data| data.is_object()) {
        return Some(data.take());
    }
    let message = error.get("message")?.as_str()?;
    Some(json!({"error": message, "errorType": "RequestError"}))
}

async fn read(mut response: Response, limit: usize) -> Result<Vec<u8>, Fault> {
    let mut body = Vec::new();
    while let Some(bytes) = response.chunk().await.map_err(|_| Fault::Broken)? {
        if body.len() + bytes.len() > limit {
            return Err(Fault::TooLarge);
        }
        body.extend_from_slice(&bytes);
    }
    Ok(body)
}

impl Fault {
    pub const fn is_broken(&self) -> bool {
        matches!(self, Self::Broken)
    }

    /// The error of a call that met it.
    pub fn of_call(self, llm: &LlmConnect, process: &Process) -> BridgeError {
        match self {
            Self::Broken => {
                let said = llm.last_words(&process.last_words());
                BridgeError::new(
                    BridgeErrorKind::Connection,
                    format!(
                        "The bridge process broke off during the call{said}. Ask again; a process that has ended is started again."
                    ),
                )
                .with_fate(Fate::Unheard)
            }
            Self::TooLarge => llm.too_large(),
            Self::NoJson(bytes) => llm.no_json(&bytes),
            Self::Status(status) => failed(&format!(
                "The bridge process refused the call (HTTP {}). Check that the script is the one of this version.",
                status.as_u16()
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_reply_is_told_apart() {
        assert_eq!(said(json!({"result": {"a": 1}})), Some(json!({"a": 1})));
        assert_eq!(
            said(json!({"error": {"code": 1, "message": "m", "data": {"error": "e"}}})),
            Some(json!({"error": "e"}))
        );
        let plain = said(json!({"error": {"code": 1, "message": "m"}}));
        assert_eq!(
            plain,
            Some(json!({"error": "m", "errorType": "RequestError"}))
        );
        for foreign in [
            json!([]),
            json!("x"),
            json!(1),
            json!({"error": "e"}),
            json!({"result": 1}),
        ] {
            assert_eq!(said(foreign.clone()), None, "{foreign}");
        }
    }
}
