//! Tokens and cost as the provider counted them.

use serde_json::Value;

use crate::bridge::BridgeError;

/// `None` where the provider did not say.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(in crate::bridge::native) struct Usage {
    pub tokens_in: Option<i64>,
    pub tokens_out: Option<i64>,
    /// In micro US dollars.
    pub cost_microusd: Option<i64>,
}

impl Usage {
    /// Reads a `usage` object. Output includes hidden reasoning: Gemini counts
    /// that in `total_tokens` alone.
    pub fn read(usage: &Value) -> Option<Self> {
        if !usage.is_object() {
            return None;
        }
        let tokens_in = count(&usage["prompt_tokens"]);
        let stated = count(&usage["completion_tokens"]);
        let beyond_prompt = match (count(&usage["total_tokens"]), tokens_in) {
            (Some(total), Some(tokens_in)) => total.checked_sub(tokens_in),
            _ => None,
        };
        Some(Self {
            tokens_in,
            tokens_out: stated.map(|stated| stated.max(beyond_prompt.unwrap_or(0))),
            cost_microusd: usage["cost"].as_f64().and_then(microusd),
        })
    }

    /// Puts the tokens on an error, so that a failure is counted too.
    pub fn note_on(&self, error: &mut BridgeError) {
        error.tokens_in = self.tokens_in;
        error.tokens_out = self.tokens_out;
    }
}

/// US dollars in millionths, rounded; `None` for what is no amount.
pub(crate) fn microusd(usd: f64) -> Option<i64> {
    let micro = (usd * 1e6).round();
    // Beyond this a f64 holds no whole numbers any more.
    (micro.is_finite() && (0.0..9e15).contains(&micro)).then_some(micro as i64)
}

/// A number beyond this is no count of tokens.
const MOST_TOKENS: i64 = 1_000_000_000;

fn count(value: &Value) -> Option<i64> {
    value
        .as_i64()
        .filter(|count| (0..=MOST_TOKENS).contains(count))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn tokens_and_cost() {
        let read = |value| {
            Usage::read(&value).map(|u: Usage| (u.tokens_in, u.tokens_out, u.cost_microusd))
        };
        assert_eq!(read(json!(null)), None);
        assert_eq!(read(json!({})), Some((None, None, None)));
        assert_eq!(
            read(
                json!({"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15, "cost": 0.0000125})
            ),
            Some((Some(10), Some(5), Some(13)))
        );
        assert_eq!(
            read(json!({"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 115})),
            Some((Some(10), Some(105), None))
        );
        assert_eq!(
            read(json!({"prompt_tokens": -1, "completion_tokens": "x", "cost": -3})),
            Some((None, None, None))
        );
    }
}
