//! HTTP: sends a request, reads a bounded body, words what went wrong.

use std::error::Error as _;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Client, ClientBuilder, Response};
use secrecy::ExposeSecret;
use serde_json::Value;

use super::Limits;
use super::chat::{Answer, ChatRequest};
use crate::bridge::endpoint::Endpoint;
use crate::bridge::errors::{Context, Fault};
use crate::bridge::{BridgeError, BridgeErrorKind, BridgeResponse, retry_after};

/// Bytes read of the body of an error.
const MAX_ERROR_BYTES: usize = 64 * 1024;
/// How long the body of an error is waited for.
const ERROR_BODY_WAIT: Duration = Duration::from_secs(5);

/// The connections. They are kept open between calls.
#[derive(Debug)]
pub(super) struct Clients {
    /// Plain HTTP on this machine: works without proxy and certificates.
    local: Result<Client, String>,
    remote: Result<Client, String>,
}

impl Clients {
    pub fn new(connect_timeout: Duration) -> Self {
        // Fails where the process has a provider already; that one serves.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let base = || {
            Client::builder()
                .connect_timeout(connect_timeout)
                .redirect(reqwest::redirect::Policy::none())
                .retry(reqwest::retry::never())
                .user_agent(concat!("inter-hub/", env!("CARGO_PKG_VERSION")))
        };
        let build = |builder: ClientBuilder| builder.build().map_err(|error| chain(&error));
        Self {
            local: build(base().no_proxy().tls_certs_only([])),
            remote: build(base()),
        }
    }

    /// Sends the request and gives the response if its status is a success.
    pub async fn post(
        &self,
        endpoint: &Endpoint,
        context: &Context<'_>,
        body: &ChatRequest<'_>,
    ) -> Result<Response, BridgeError> {
        let client = if endpoint.local {
            &self.local
        } else {
            &self.remote
        };
        let client = client.as_ref().map_err(|why| {
            context.error_saying(
                BridgeErrorKind::BridgeError,
                "cannot be called from this machine",
                why,
            )
        })?;
        let mut request = client.post(endpoint.url.clone()).json(body);
        if let Some(header) = bearer(context)? {
            request = request.header(AUTHORIZATION, header);
        }
        let response = request
            .send()
            .await
            .map_err(|error| send_error(context, error))?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status().as_u16();
        let wait = retry_after::from_headers(response.headers(), retry_after::machine_time());
        Err(context.refusal(status, &Fault::from_body(&error_body(response).await), wait))
    }
}

fn bearer(context: &Context<'_>) -> Result<Option<HeaderValue>, BridgeError> {
    let Some(key) = context.key else {
        return Ok(None);
    };
    let mut header =
        HeaderValue::try_from(format!("Bearer {}", key.expose_secret())).map_err(|_| {
            context.error(
                BridgeErrorKind::Authentication,
                "was not asked: the key holds characters that no key has",
            )
        })?;
    header.set_sensitive(true);
    Ok(Some(header))
}

/// What sort of body the response says it has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Sort {
    Json,
    Events,
    Page,
    Unknown,
}

impl Sort {
    pub fn of(response: &Response) -> Self {
        let header = response
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        let sort = header
            .unwrap_or_default()
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_lowercase();
        match sort.as_str() {
            "application/json" => Self::Json,
            "text/event-stream" => Self::Events,
            "text/html" | "application/xhtml+xml" => Self::Page,
            _ => Self::Unknown,
        }
    }
}

/// Reads an answer that comes as one JSON object.
pub(super) async fn read_answer(
    response: Response,
    context: &Context<'_>,
    limits: Limits,
) -> Result<BridgeResponse, BridgeError> {
    let mut answer = Answer::new(response.status().as_u16(), limits.max_answer_bytes);
    let page = Sort::of(&response) == Sort::Page;
    let body = body(response, context, limits.max_body_bytes())
        .await
        .map_err(|error| answer.failed(error))?;
    let malformed = |what: &str, said: &str| {
        answer.failed(context.error_saying(BridgeErrorKind::Malformed, what, said))
    };
    if page || body.trim_ascii_start().starts_with(b"<") {
        return Err(malformed("answered with an HTML page", ""));
    }
    let value: Value = match serde_json::from_slice(&body) {
        Ok(value) => value,
        Err(error) if error.is_eof() => {
            let cut = context.error(BridgeErrorKind::CutOff, "ended its answer in the middle");
            return Err(answer.failed(cut));
        }
        Err(_) => {
            return Err(malformed(
                "answered with something that is no JSON",
                &head(&body),
            ));
        }
    };
    let has_choice = value["choices"][0].is_object();
    if !has_choice && Fault::inside(&value).is_none() {
        return Err(malformed(
            "answered with JSON that is no chat completion",
            &head(&body),
        ));
    }
    answer.add(&value, "message", context)?;
    answer.finish(context)
}

async fn body(
    mut response: Response,
    context: &Context<'_>,
    limit: usize,
) -> Result<Vec<u8>, BridgeError> {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(None) => return Ok(body),
            Ok(Some(bytes)) if body.len() + bytes.len() <= limit => body.extend_from_slice(&bytes),
            Ok(Some(_)) => {
                let what = format!("sent more than the {limit} bytes that are read of one answer");
                return Err(context.error(BridgeErrorKind::TooLarge, &what));
            }
            Err(error) => return Err(body_error(context, error)),
        }
    }
}

/// What can be had of an error's body; its status counts in any case.
async fn error_body(mut response: Response) -> Vec<u8> {
    let mut body = Vec::new();
    let read = async {
        while let Ok(Some(bytes)) = response.chunk().await {
            body.extend_from_slice(&bytes);
            if body.len() >= MAX_ERROR_BYTES {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(ERROR_BODY_WAIT, read).await;
    body.truncate(MAX_ERROR_BYTES);
    body
}

fn send_error(context: &Context<'_>, error: reqwest::Error) -> BridgeError {
    let error = error.without_url();
    let (kind, what) = if error.is_builder() {
        (
            BridgeErrorKind::BridgeError,
            "was not asked: the request could not be made",
        )
    } else if error.is_connect() && error.is_timeout() {
        (BridgeErrorKind::Connection, "took no connection in time")
    } else if error.is_connect() {
        (BridgeErrorKind::Connection, "could not be reached")
    } else if error.is_timeout() {
        (BridgeErrorKind::Timeout, "did not answer in time")
    } else {
        (
            BridgeErrorKind::Connection,
            "dropped the connection before it answered",
        )
    };
    context.error_saying(kind, what, &chain(&error))
}

/// The error of a body that broke off.
pub(super) fn body_error(context: &Context<'_>, error: reqwest::Error) -> BridgeError {
    let error = error.without_url();
    let kind = if error.is_timeout() {
        BridgeErrorKind::Timeout
    } else {
        BridgeErrorKind::CutOff
    };
    context.error_saying(
        kind,
        "broke off in the middle of its answer",
        &chain(&error),
    )
}

/// An error and all that caused it, in one line.
fn chain(error: &reqwest::Error) -> String {
    let mut parts = vec![error.to_string()];
    let mut source = error.source();
    while let Some(cause) = source {
        let part = cause.to_string();
        if !parts.contains(&part) {
            parts.push(part);
        }
        source = cause.source();
    }
    parts.join(": ")
}

fn head(body: &[u8]) -> String {
    String::from_utf8_lossy(&body[..body.len().min(1_000)]).into_owned()
}
