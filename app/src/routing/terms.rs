//! Reads what people type into the forms of routing. What is out of its range
//! the engine refuses; here only what cannot be read.

use model::{AgentId, FieldError, Provider, TrustLevel};

use crate::error::AppError;

fn wrong(field: &str, message: &str) -> AppError {
    crate::server_fns::request::refuse(federation::Error::Invalid(vec![FieldError::new(
        field, message,
    )]))
}

/// The agent that was chosen.
pub fn agent(text: &str) -> Result<AgentId, AppError> {
    text.parse()
        .map_err(|_| wrong("agent_registration_id", "must be chosen"))
}

/// US dollars for 1,000 tokens as micro dollars; empty is no ceiling.
pub fn ceiling(text: &str) -> Result<Option<i64>, AppError> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    micro(text).map(Some).ok_or_else(|| {
        wrong(
            "max_cost_microusd_per_1k",
            "must be an amount such as 0.0025, with at most six decimals",
        )
    })
}

/// Whole micro dollars; `None` where the text is no such amount.
fn micro(text: &str) -> Option<i64> {
    let (whole, rest) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if (whole.is_empty() && rest.is_empty()) || rest.len() > 6 || !digits(whole) || !digits(rest) {
        return None;
    }
    format!("{whole}{rest:0<6}").parse().ok()
}

/// Words between commas.
pub fn capabilities(text: &str) -> Vec<String> {
    text.split([',', '\n'])
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Empty is any trust.
pub fn trust(text: &str) -> Result<Option<TrustLevel>, AppError> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse()
        .map(Some)
        .map_err(|error: model::UnknownWord| wrong("min_trust_level", &error.to_string()))
}

pub fn provider(text: &str) -> Result<Provider, AppError> {
    text.parse()
        .map_err(|error: model::UnknownWord| wrong("provider", &error.to_string()))
}

/// US dollars for a million tokens.
pub fn price(field: &str, text: &str) -> Result<f64, AppError> {
    text.trim()
        .parse()
        .ok()
        .filter(|price: &f64| price.is_finite())
        .ok_or_else(|| wrong(field, "must be an amount such as 2.5"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_to_the_micro_dollar() {
        for (text, wanted) in [
            ("0.0025", Some(2_500)),
            ("2", Some(2_000_000)),
            (" .5 ", Some(500_000)),
            ("0.000001", Some(1)),
            ("1.", Some(1_000_000)),
            ("0.0000001", None),
            (".", None),
            ("-1", None),
            ("1e3", None),
            ("a lot", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(micro(text), wanted, "{text}");
        }
    }

    #[test]
    fn capabilities_stand_between_commas() {
        assert_eq!(
            capabilities(" maps, , größe\ntriage"),
            ["maps", "größe", "triage"]
        );
        assert!(capabilities(" , ").is_empty());
    }
}
