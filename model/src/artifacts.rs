//! What each type of artifact is made of: which parts of an answer a person
//! reads, revises and accepts.

use serde_json::{Map, Value};

use crate::{FieldError, validate};

/// Longest list in a revised text.
const LIST_MAX: usize = 100;

/// How a part of an artifact is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartKind {
    /// One line.
    Line,
    Text,
    /// One line for each entry.
    List,
}

/// One part of an artifact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    pub name: &'static str,
    pub label: &'static str,
    pub kind: PartKind,
    /// Whether there is no such artifact without it.
    pub needed: bool,
}

const fn part(name: &'static str, label: &'static str, kind: PartKind, needed: bool) -> Part {
    Part {
        name,
        label,
        kind,
        needed,
    }
}

const CANDIDATE: &[Part] = &[
    part("title", "Title", PartKind::Line, true),
    part("body", "Body", PartKind::Text, true),
    part(
        "acceptance_criteria",
        "Acceptance criteria",
        PartKind::List,
        false,
    ),
];
const SUMMARY: &[Part] = &[part("summary", "Summary", PartKind::Text, true)];
const IMPLEMENTATION: &[Part] = &[
    part("approach", "Approach", PartKind::Text, true),
    part("steps", "Steps", PartKind::List, false),
    part("effort", "Effort", PartKind::Text, false),
    part("alternatives", "Alternatives", PartKind::List, false),
    part("risks", "Risks", PartKind::List, false),
];
const DUPLICATES: &[Part] = &[part("rationale", "Why", PartKind::Text, true)];
const OTHER: &[Part] = &[
    part("recommendation", "Recommendation", PartKind::Line, true),
    part("rationale", "Why", PartKind::Text, false),
];

/// What an artifact is made of, in the order in which it is read.
pub fn parts(artifact_type: &str) -> &'static [Part] {
    match artifact_type {
        "requirement_candidate" => CANDIDATE,
        "widget_summary" => SUMMARY,
        "implementation_proposal" => IMPLEMENTATION,
        "duplicate_report" => DUPLICATES,
        _ => OTHER,
    }
}

/// The answer as an artifact: where an agent gave no title, its recommendation
/// stands in, and so on; a title is brought into one line, a list into texts.
/// What cannot be stood in for stays away.
pub fn with_stand_ins(artifact_type: &str, content: &Value) -> Value {
    let Value::Object(given) = content else {
        return content.clone();
    };
    let mut whole = given.clone();
    for part in parts(artifact_type) {
        let value = match part.kind {
            PartKind::Line => first_text(given, &[part.name, "recommendation"])
                .map(|text| Value::String(one_line(text))),
            PartKind::Text if part.needed => {
                let names = [part.name, "rationale", "text", "recommendation"];
                first_text(given, &names).map(|text| Value::String(text.to_owned()))
            }
            PartKind::Text => None,
            PartKind::List => given
                .contains_key(part.name)
                .then(|| list_of(given, part.name).into()),
        };
        if let Some(value) = value {
            whole.insert(part.name.to_owned(), value);
        }
    }
    Value::Object(whole)
}

fn first_text<'a>(content: &'a Map<String, Value>, names: &[&str]) -> Option<&'a str> {
    names.iter().find_map(|name| text_of(content, name))
}

/// A part's text, where there is any.
pub fn text_of<'a>(content: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    content
        .get(name)
        .and_then(Value::as_str)
        .filter(|text| !text.trim().is_empty())
}

/// A part's entries.
pub fn list_of(content: &Map<String, Value>, name: &str) -> Vec<String> {
    match content.get(name) {
        Some(Value::Array(items)) => items
            .iter()
            .map(|item| match item {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            })
            .collect(),
        Some(Value::String(text)) => text.lines().map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// What is wrong with an artifact's content; each field is named below
/// `prefix`.
pub fn check_parts(artifact_type: &str, content: &Value, prefix: &str) -> Vec<FieldError> {
    let Value::Object(given) = content else {
        return vec![FieldError::new(prefix, "must be a JSON object")];
    };
    let mut wrong: Vec<FieldError> = parts(artifact_type)
        .iter()
        .filter_map(|part| {
            let message = match (given.get(part.name), part.needed) {
                (None | Some(Value::Null), true) => Some("is missing".to_owned()),
                (None | Some(Value::Null), false) => None,
                (Some(value), _) => wrong_part(part, value),
            };
            message.map(|message| FieldError::new(format!("{prefix}.{}", part.name), message))
        })
        .collect();
    if wrong.is_empty()
        && let Err(error) = validate::json_object(content, &())
    {
        wrong.push(FieldError::new(prefix, error.message()));
    }
    wrong
}

fn wrong_part(part: &Part, value: &Value) -> Option<String> {
    match part.kind {
        PartKind::Line => match value.as_str() {
            Some(text) => validate::name(text, &()).err().map(|e| e.message().into()),
            None => Some("must be a text in one line".to_owned()),
        },
        PartKind::Text => match value.as_str() {
            Some(text) if part.needed => validate::filled_text(text)
                .err()
                .map(|e| e.message().into()),
            Some(_) => None,
            None => Some("must be a text".to_owned()),
        },
        PartKind::List => match value.as_array() {
            Some(items) if !items.iter().all(Value::is_string) => {
                Some("must be a list of texts".to_owned())
            }
            Some(items) if items.len() > LIST_MAX => {
                Some(format!("has more than {LIST_MAX} entries"))
            }
            Some(_) => None,
            None => Some("must be a list of texts".to_owned()),
        },
    }
}

/// The text as one line of a title's length.
fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(validate::NAME_MAX)
        .collect()
}

/// The text of a requirement candidate: its body, then what must hold.
pub fn candidate_body(content: &Map<String, Value>) -> String {
    let body = text_of(content, "body").unwrap_or_default().trim();
    let criteria = list_of(content, "acceptance_criteria");
    if criteria.is_empty() {
        return body.to_owned();
    }
    let mut out = format!("{body}\n\nAcceptance criteria:");
    for one in criteria {
        out.push_str("\n- ");
        out.push_str(one.trim());
    }
    out
}

/// A content in lines, each part under its label: what a difference compares
/// and a page shows. Parts that no artifact of this type has come after the
/// others, by their names.
pub fn as_text(artifact_type: &str, content: &Value) -> String {
    let Value::Object(given) = content else {
        return text_of_value(content);
    };
    let known = parts(artifact_type);
    let mut blocks = Vec::new();
    for part in known {
        if let Some(value) = given.get(part.name) {
            blocks.push(format!("{}\n{}", part.label, text_of_value(value)));
        }
    }
    for (name, value) in given {
        if !known.iter().any(|part| part.name == name) {
            blocks.push(format!("{}\n{}", label_of(name), text_of_value(value)));
        }
    }
    blocks.join("\n\n")
}

/// `acceptance_criteria` as `Acceptance criteria`.
fn label_of(name: &str) -> String {
    let mut chars = name.chars();
    match chars.next() {
        Some(first) => first
            .to_uppercase()
            .chain(chars.map(|c| if c == '_' { ' ' } else { c }))
            .collect(),
        None => String::new(),
    }
}

fn text_of_value(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items
            .iter()
            .map(|item| format!("- {}", text_of_value(item)))
            .collect::<Vec<_>>()
            .join("\n"),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| format!("{name}: {}", text_of_value(value)))
            .collect::<Vec<_>>()
            .join("; "),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TYPES: [&str; 5] = [
        "requirement_candidate",
        "widget_summary",
        "implementation_proposal",
        "duplicate_report",
        "something_registered_later",
    ];

    #[test]
    fn recommendation_and_rationale_stand_in() {
        let answer =
            json!({ "recommendation": "Ask\nfirst", "rationale": "Because.", "confidence": 0.5 });
        for of in TYPES {
            let whole = with_stand_ins(of, &answer);
            assert_eq!(check_parts(of, &whole, "content"), [], "{of}: {whole}");
        }
        let candidate = with_stand_ins("requirement_candidate", &answer);
        assert_eq!(candidate["title"], "Ask first");
        assert_eq!(candidate["body"], "Because.");
        let given = json!({ "title": "A", "body": "B", "recommendation": "C" });
        assert_eq!(with_stand_ins("requirement_candidate", &given), given);
    }

    #[test]
    fn a_text_that_could_not_be_read_makes_no_title() {
        let text = json!({ "text": "no object at all" });
        let whole = with_stand_ins("requirement_candidate", &text);
        let wrong = check_parts("requirement_candidate", &whole, "content");
        assert_eq!(wrong, [FieldError::new("content.title", "is missing")]);
        let summary = with_stand_ins("widget_summary", &text);
        assert_eq!(check_parts("widget_summary", &summary, "content"), []);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let wrong = |content: Value| {
            check_parts("requirement_candidate", &content, "revised_content")
                .into_iter()
                .map(|e| e.field)
                .collect::<Vec<_>>()
        };
        assert_eq!(wrong(json!("text")), ["revised_content"]);
        assert_eq!(
            wrong(json!({})),
            ["revised_content.title", "revised_content.body"]
        );
        assert_eq!(
            wrong(json!({ "title": "a\nb", "body": " ", "acceptance_criteria": [1] })),
            [
                "revised_content.title",
                "revised_content.body",
                "revised_content.acceptance_criteria"
            ]
        );
        assert_eq!(
            wrong(json!({ "title": "a", "body": "b", "more": "x".repeat(200_000) })),
            ["revised_content"]
        );
        assert!(
            wrong(json!({ "title": "a", "body": "b", "acceptance_criteria": ["c"] })).is_empty()
        );
    }

    #[test]
    fn a_candidate_is_told_with_what_must_hold() {
        let content =
            json!({ "title": "T", "body": " B ", "acceptance_criteria": ["one", " two "] });
        let body = candidate_body(content.as_object().unwrap());
        assert_eq!(body, "B\n\nAcceptance criteria:\n- one\n- two");
        let bare = json!({ "body": "B" });
        assert_eq!(candidate_body(bare.as_object().unwrap()), "B");
    }

    #[test]
    fn a_content_reads_part_by_part() {
        let content =
            json!({ "zeal": 1, "body": "B", "title": "T", "acceptance_criteria": ["x", "y"] });
        assert_eq!(
            as_text("requirement_candidate", &content),
            "Title\nT\n\nBody\nB\n\nAcceptance criteria\n- x\n- y\n\nZeal\n1"
        );
    }
}
