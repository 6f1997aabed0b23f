//! An agent's answer, taken apart into what a person reads.

use serde_json::Value;

use super::partial_json::{self, Fields};
use crate::format;

/// A value as people read it.
#[derive(Clone, Debug, PartialEq)]
pub enum Shown {
    Text(String),
    List(Vec<Shown>),
    Named(Vec<(String, Shown)>),
}

/// The parts of an answer. A part that is not there is empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    pub recommendation: Option<String>,
    pub rationale: Option<Shown>,
    /// 0 to 1.
    pub confidence: Option<f64>,
    pub risks: Vec<Shown>,
    pub evidence: Vec<Shown>,
    /// All other fields, in their order.
    pub others: Vec<(String, Shown)>,
    /// The text itself, where it is no object.
    pub text: Option<String>,
}

impl Answer {
    /// Of a stored content: an object with a recommendation, or `{"text": …}`.
    pub fn of_content(content: &Value) -> Self {
        match content {
            Value::Object(fields) => match fields.get("text") {
                Some(Value::String(text)) if !fields.contains_key("recommendation") => {
                    let mut answer = Self::of_text(text);
                    let rest = fields.iter().filter(|(key, _)| *key != "text");
                    answer.add(rest.map(|(k, v)| (k.clone(), v.clone())).collect());
                    answer
                }
                _ => {
                    let mut answer = Self::default();
                    answer.add(fields.iter().map(|(k, v)| (k.clone(), v.clone())).collect());
                    answer
                }
            },
            other => Self {
                text: plain(other),
                ..Self::default()
            },
        }
    }

    /// Of a text that is still being written.
    pub fn of_text(text: &str) -> Self {
        let mut answer = Self::default();
        match partial_json::read_object(text) {
            Some(fields) => answer.add(fields),
            None if partial_json::may_become_object(text) => {}
            None => answer.text = Some(text.trim().to_owned()),
        }
        answer
    }

    /// Nothing is there to show.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn add(&mut self, fields: Fields) {
        for (key, value) in fields {
            match key.as_str() {
                "recommendation" => self.recommendation = plain(&value),
                "rationale" => self.rationale = value_shown(&value),
                "confidence" => match share(&value) {
                    Some(share) => self.confidence = Some(share),
                    None => self
                        .others
                        .extend(value_shown(&value).map(|v| (format::words(&key), v))),
                },
                "risks" => self.risks = items(&value),
                "evidence" => self.evidence = items(&value),
                _ => self
                    .others
                    .extend(value_shown(&value).map(|v| (format::words(&key), v))),
            }
        }
        // A database may reorder keys: one order, so that nothing moves when
        // the stored answer takes the place of the streamed one.
        self.others.sort_by(|a, b| a.0.cmp(&b.0));
    }
}

/// A share of 1, also where a model wrote it as text.
pub fn share(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    (0.0..=1.0).contains(&number).then_some(number)
}

fn items(value: &Value) -> Vec<Shown> {
    match value {
        Value::Array(items) => items.iter().filter_map(value_shown).collect(),
        other => value_shown(other).into_iter().collect(),
    }
}

/// A value as people read it; `None` where there is nothing to read.
pub fn value_shown(value: &Value) -> Option<Shown> {
    match value {
        Value::Null => None,
        Value::String(text) if text.trim().is_empty() => None,
        Value::String(text) => Some(Shown::Text(text.clone())),
        Value::Array(items) if items.is_empty() => None,
        Value::Array(items) => Some(Shown::List(items.iter().filter_map(value_shown).collect())),
        Value::Object(fields) if fields.is_empty() => None,
        Value::Object(fields) => Some(Shown::Named(
            fields
                .iter()
                .filter_map(|(key, value)| Some((format::words(key), value_shown(value)?)))
                .collect(),
        )),
        Value::Bool(true) => Some(Shown::Text("Yes".to_owned())),
        Value::Bool(false) => Some(Shown::Text("No".to_owned())),
        Value::Number(number) => Some(Shown::Text(number.to_string())),
    }
}

/// One line or paragraph of text.
fn plain(value: &Value) -> Option<String> {
    match value_shown(value)? {
        Shown::Text(text) => Some(text),
        Shown::List(_) | Shown::Named(_) => Some(value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_known_fields_are_told_apart() {
        let answer = Answer::of_content(&json!({
            "recommendation": "Keep the button",
            "rationale": "Two people asked.",
            "confidence": "0.7",
            "risks": ["a", {"risk": "b"}],
            "evidence": "one comment",
            "open_questions": [],
            "effort": 3,
        }));
        assert_eq!(answer.recommendation.as_deref(), Some("Keep the button"));
        assert_eq!(answer.confidence, Some(0.7));
        assert_eq!(answer.risks.len(), 2);
        assert_eq!(answer.evidence, [Shown::Text("one comment".to_owned())]);
        assert_eq!(
            answer.others,
            [("Effort".to_owned(), Shown::Text("3".to_owned()))]
        );
        assert_eq!(answer.text, None);
    }

    #[test]
    fn text_stays_text() {
        let answer = Answer::of_content(&json!({"text": "I cannot say."}));
        assert_eq!(answer.text.as_deref(), Some("I cannot say."));
        assert_eq!(
            Answer::of_text("Just words").text.as_deref(),
            Some("Just words")
        );
        assert!(Answer::of_text("```json\n").is_empty());
    }

    #[test]
    fn a_confidence_out_of_range_is_kept_as_it_is() {
        let answer = Answer::of_content(&json!({"recommendation": "x", "confidence": 80}));
        assert_eq!(answer.confidence, None);
        assert_eq!(answer.others.len(), 1);
    }

    #[test]
    fn the_streamed_answer_becomes_the_stored_one() {
        let text = r#"{"recommendation":"A","rationale":"B","confidence":0.5,"risks":["r"]}"#;
        let stored: Value = serde_json::from_str(text).unwrap_or_default();
        assert_eq!(Answer::of_text(text), Answer::of_content(&stored));
    }
}
