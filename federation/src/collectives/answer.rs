//! Reading what an agent answered: an object, in fences or prose if need be.

use serde_json::{Map, Value, json};

use crate::canonical::strip_nul;

/// An answer as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub content: Value,
    /// It has a recommendation to compare.
    pub readable: bool,
}

/// Reads an answer. Where no object with a recommendation is found, the text
/// is kept as text and is not readable. Of one that was `cut` at its limit, a
/// part is not taken for the whole.
pub fn read(text: &str, cut: bool) -> Answer {
    let found = if cut {
        serde_json::from_str(text.trim()).ok()
    } else {
        find_object(text)
    };
    match found {
        Some(object) => {
            let readable = recommendation(&Value::Object(object.clone())).is_some();
            Answer {
                content: strip_nul(Value::Object(object)),
                readable,
            }
        }
        None => Answer {
            content: strip_nul(json!({ "text": text })),
            readable: false,
        },
    }
}

/// The recommendation of a contribution: a text that is not blank.
pub fn recommendation(content: &Value) -> Option<&str> {
    content
        .get("recommendation")?
        .as_str()
        .map(str::trim)
        .filter(|text| !text.is_empty())
}

/// The whole text, else the first object in it that has a recommendation, else
/// the first object at all.
fn find_object(text: &str) -> Option<Map<String, Value>> {
    if let Ok(Value::Object(object)) = serde_json::from_str(text.trim()) {
        return Some(object);
    }
    let mut first = None;
    let mut from = 0;
    while let Some(open) = text[from..].find('{').map(|at| from + at) {
        let mut values = serde_json::Deserializer::from_str(&text[open..]).into_iter::<Value>();
        match values.next() {
            Some(Ok(Value::Object(object))) => {
                let end = open + values.byte_offset();
                if object.get("recommendation").is_some_and(Value::is_string) {
                    return Some(object);
                }
                first.get_or_insert(object);
                from = end;
            }
            _ => from = open + 1,
        }
    }
    first
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn objects_are_found_in_fences_and_prose() {
        for text in [
            r#"{"recommendation": "Ship it"}"#,
            "```json\n{\"recommendation\": \"Ship it\"}\n```",
            "Well, {not json} I think:\n{\"recommendation\": \"Ship it\"} — that is all.",
            "{\"example\": 1} and then {\"recommendation\": \"Ship it\"}",
        ] {
            let answer = read(text, false);
            assert!(answer.readable, "{text}");
            assert_eq!(recommendation(&answer.content), Some("Ship it"));
        }
    }

    #[test]
    fn text_stays_text() {
        for text in ["no object here", "", "{\"recommendation\": ", "[1, 2]"] {
            let answer = read(text, false);
            assert!(!answer.readable);
            assert_eq!(answer.content, json!({ "text": text }));
        }
    }

    #[test]
    fn a_part_of_a_cut_answer_is_not_the_answer() {
        let text = r#"{"recommendation": "X", "themes": [{"title": "Slots", "count": 2}, {"ti"#;
        let answer = read(text, true);
        assert!(!answer.readable);
        assert_eq!(answer.content, json!({ "text": text }));
        let whole = read(r#"{"recommendation": "X"}"#, true);
        assert!(whole.readable);
    }

    #[test]
    fn an_object_without_recommendation_is_kept_and_not_readable() {
        for text in [
            r#"{"rationale": "x"}"#,
            r#"{"recommendation": "  "}"#,
            r#"{"recommendation": 7}"#,
        ] {
            let answer = read(text, false);
            assert!(!answer.readable);
            assert!(answer.content.get("text").is_none());
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in ".*") {
            let answer = read(&text, false);
            prop_assert!(answer.content.is_object());
            prop_assert!(!answer.content.to_string().contains("\\u0000"));
        }

        #[test]
        fn a_recommendation_is_found_in_any_prose(before in "[^{}]*", what in "[a-z ]*[a-z]", after in ".*") {
            let text = format!("{before}{}{after}", json!({ "recommendation": what }));
            let answer = read(&text, false);
            prop_assert_eq!(recommendation(&answer.content), Some(what.trim()));
        }
    }
}
