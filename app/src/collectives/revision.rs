//! A revised text: the fields of a content as a form, and back.

use model::FieldError;
use serde_json::{Map, Number, Value};

/// How a field is edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    Text,
    /// A number from 0 to 1.
    Share,
    /// One entry a line.
    Lines,
    /// Anything else, as JSON.
    Json,
}

/// One field of the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevisionField {
    pub key: String,
    pub kind: FieldKind,
    pub value: String,
}

impl RevisionField {
    fn new(key: &str, kind: FieldKind, value: impl Into<String>) -> Self {
        Self {
            key: key.to_owned(),
            kind,
            value: value.into(),
        }
    }
}

/// The keys that come first, in this order.
const FIRST: &[&str] = &[
    "recommendation",
    "rationale",
    "confidence",
    "risks",
    "evidence",
];

/// The form for a content; for none, an empty recommendation and rationale.
pub fn fields_of(content: Option<&Value>) -> Vec<RevisionField> {
    let empty = Map::new();
    let known = match content {
        Some(Value::Object(fields)) => fields,
        _ => &empty,
    };
    let mut fields = vec![
        text_field("recommendation", known),
        text_field("rationale", known),
    ];
    let rest = FIRST
        .iter()
        .skip(2)
        .copied()
        .filter(|k| known.contains_key(*k));
    let others = known
        .keys()
        .map(String::as_str)
        .filter(|k| !FIRST.contains(k));
    for key in rest.chain(others) {
        if let Some(value) = known.get(key) {
            fields.push(field_of(key, value));
        }
    }
    fields
}

fn text_field(key: &str, known: &Map<String, Value>) -> RevisionField {
    match known.get(key) {
        Some(Value::String(text)) => RevisionField::new(key, FieldKind::Text, text),
        Some(other) => field_of(key, other),
        None => RevisionField::new(key, FieldKind::Text, ""),
    }
}

fn field_of(key: &str, value: &Value) -> RevisionField {
    match value {
        Value::String(text) => RevisionField::new(key, FieldKind::Text, text),
        Value::Number(number) if key == "confidence" => {
            RevisionField::new(key, FieldKind::Share, number.to_string())
        }
        Value::Array(items) if items.iter().all(is_line) => {
            let lines: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            RevisionField::new(key, FieldKind::Lines, lines.join("\n"))
        }
        other => {
            let pretty = serde_json::to_string_pretty(other).unwrap_or_else(|_| other.to_string());
            RevisionField::new(key, FieldKind::Json, pretty)
        }
    }
}

fn is_line(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.contains('\n'))
}

/// The content that the form holds, or the fields that are wrong.
pub fn compose(fields: &[RevisionField]) -> Result<Value, Vec<FieldError>> {
    let mut content = Map::new();
    let mut errors = Vec::new();
    for field in fields {
        match read(field) {
            Ok(Some(value)) => {
                content.insert(field.key.clone(), value);
            }
            Ok(None) => {}
            Err(message) => errors.push(FieldError::new(&field.key, message)),
        }
    }
    if errors.is_empty() {
        Ok(Value::Object(content))
    } else {
        Err(errors)
    }
}

fn read(field: &RevisionField) -> Result<Option<Value>, String> {
    let text = field.value.trim();
    if text.is_empty() {
        return match field.key.as_str() {
            "recommendation" => Err("must not be empty".to_owned()),
            _ => Ok(None),
        };
    }
    match field.kind {
        FieldKind::Text => Ok(Some(Value::String(field.value.clone()))),
        FieldKind::Lines => {
            let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
            Ok(Some(lines.map(Value::from).collect()))
        }
        FieldKind::Share => text
            .parse::<f64>()
            .ok()
            .filter(|share| (0.0..=1.0).contains(share))
            .and_then(Number::from_f64)
            .map(|number| Some(Value::Number(number)))
            .ok_or_else(|| "must be a number from 0 to 1, as in 0.75".to_owned()),
        FieldKind::Json => serde_json::from_str(text)
            .map(Some)
            .map_err(|error| format!("is no JSON: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_content_survives_the_form() {
        let content = json!({
            "recommendation": "Keep it",
            "rationale": "Two\nlines",
            "confidence": 0.75,
            "risks": ["a", "b"],
            "evidence": [{"source": "x"}],
            "steps": ["one"],
            "size": 3,
        });
        let fields = fields_of(Some(&content));
        let keys: Vec<&str> = fields.iter().map(|f| f.key.as_str()).collect();
        assert_eq!(keys[..5], *FIRST);
        assert_eq!(compose(&fields), Ok(content));
    }

    #[test]
    fn without_a_content_one_can_be_written() {
        let mut fields = fields_of(None);
        assert_eq!(fields.len(), 2);
        assert!(compose(&fields).is_err());
        if let Some(first) = fields.first_mut() {
            first.value = "Do it".to_owned();
        }
        assert_eq!(compose(&fields), Ok(json!({"recommendation": "Do it"})));
    }

    #[test]
    fn what_is_wrong_is_said_at_the_field() {
        let fields = [
            RevisionField::new("recommendation", FieldKind::Text, "x"),
            RevisionField::new("confidence", FieldKind::Share, "80"),
            RevisionField::new("other", FieldKind::Json, "{"),
        ];
        let errors = compose(&fields).err().unwrap_or_default();
        let names: Vec<&str> = errors.iter().map(|e| e.field.as_str()).collect();
        assert_eq!(names, ["confidence", "other"]);
    }
}
