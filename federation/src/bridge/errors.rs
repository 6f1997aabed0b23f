//! From what a provider says went wrong to a [`BridgeError`].

mod fault;
mod kind;

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::endpoint::Peer;
use super::text;
use crate::bridge::keys::{file_name, key_env};
use crate::bridge::{BridgeError, BridgeErrorKind, BridgeRequest};

pub(super) use fault::Fault;
pub(super) use kind::Ask;

/// One exchange as its errors see it: who is asked for what, with which key.
pub(super) struct Context<'a> {
    pub peer: &'a Peer,
    pub key: Option<&'a SecretString>,
    pub request: &'a BridgeRequest,
}

impl<'a> Context<'a> {
    pub fn new(peer: &'a Peer, key: Option<&'a SecretString>, request: &'a BridgeRequest) -> Self {
        Self { peer, key, request }
    }

    /// An error of this exchange: `what` happened, and the advice for its kind.
    pub fn error(&self, kind: BridgeErrorKind, what: &str) -> BridgeError {
        self.error_saying(kind, what, "")
    }

    /// The same with the other side's own words.
    pub fn error_saying(&self, kind: BridgeErrorKind, what: &str, said: &str) -> BridgeError {
        let key = self.key.map(|key| key.expose_secret());
        let said = text::tidy(said, key);
        let said = said.trim_end_matches('.');
        let colon = if said.is_empty() { "" } else { ": " };
        let message = format!(
            "{} {what}{colon}{said}. {}",
            self.peer.who(),
            self.advice(kind)
        );
        BridgeError::new(kind, text::without_keys(&message, key))
    }

    /// The error for an answer with a status that is no success.
    pub fn refusal(
        &self,
        status: u16,
        fault: &Fault,
        retry_after: Option<Duration>,
    ) -> BridgeError {
        let kind = kind::of_status(status, fault, self.ask());
        let what = format!("{} (HTTP {status})", what(kind));
        let mut error = self.error_saying(kind, &what, &fault.message);
        error.http_status = Some(status);
        error.retry_after = retry_after.or(fault.retry_after);
        error
    }

    /// The error for an error object inside an answer that began as a success.
    pub fn fault_inside(&self, fault: &Fault) -> BridgeError {
        let kind = kind::of_code(fault, self.ask());
        let mut error = self.error_saying(kind, what(kind), &fault.message);
        error.retry_after = fault.retry_after;
        error
    }

    /// The error of a kind, in the words for that kind.
    pub fn named(&self, kind: BridgeErrorKind, said: &str) -> BridgeError {
        self.error_saying(kind, what(kind), said)
    }

    /// Another side's words, whole, without the key.
    pub fn without_key(&self, said: &str) -> String {
        text::without_keys(said, self.key.map(|key| key.expose_secret()))
    }

    fn ask(&self) -> Ask {
        Ask {
            with_schema: self.request.response_schema.is_some(),
        }
    }

    fn advice(&self, kind: BridgeErrorKind) -> String {
        let provider = self.peer.provider;
        match kind {
            BridgeErrorKind::MissingKey | BridgeErrorKind::Authentication => format!(
                "Check {} or the key file {}.",
                key_env(provider).unwrap_or_default(),
                file_name(provider)
            ),
            BridgeErrorKind::OutOfCredit => {
                "Add credit there, or route to an agent of another provider.".into()
            }
            BridgeErrorKind::RateLimited => "Wait and ask again.".into(),
            BridgeErrorKind::ModelUnknown => {
                let model = text::tidy(&self.request.model, None);
                format!("Check the agent's model name {model:?}{}.", self.or_base())
            }
            BridgeErrorKind::FormatRefused => "Ask again without a response schema.".into(),
            BridgeErrorKind::Refused => {
                "Change what is asked; the same request is refused again.".into()
            }
            BridgeErrorKind::Connection if self.peer.is_custom() => {
                format!(
                    "Check that the server runs and that {} is right.",
                    self.peer.base_env()
                )
            }
            BridgeErrorKind::Connection => "Check the network, then ask again.".into(),
            BridgeErrorKind::Timeout => "Ask again later, or raise the time limit.".into(),
            BridgeErrorKind::CutOff => "What came of it counts as no answer; ask again.".into(),
            BridgeErrorKind::Malformed if self.peer.is_custom() => {
                format!("Check {}: is a model server there?", self.peer.base_env())
            }
            BridgeErrorKind::TooLarge => "Ask for a shorter answer.".into(),
            _ => "Ask again later.".into(),
        }
    }

    fn or_base(&self) -> String {
        if self.peer.is_custom() {
            format!(" and {}", self.peer.base_env())
        } else {
            String::new()
        }
    }
}

const fn what(kind: BridgeErrorKind) -> &'static str {
    match kind {
        BridgeErrorKind::Authentication => "refused the key",
        BridgeErrorKind::OutOfCredit => "says that the account has no credit left",
        BridgeErrorKind::RateLimited => "says that it is asked too often",
        BridgeErrorKind::ModelUnknown => "does not know the model",
        BridgeErrorKind::FormatRefused => "takes no answer format",
        BridgeErrorKind::Refused => "refused the request",
        BridgeErrorKind::Timeout => "gave up waiting",
        BridgeErrorKind::Malformed => "did not answer as a model server does",
        _ => "failed",
    }
}
