//! The prompts of a collective run. Text of people and agents goes in as
//! quoted data with its source named.

use model::{Collective, Hub};
use serde_json::{Value, json};

use crate::tokens;

/// Template and version, as receipts name them.
pub(super) const CONTRIBUTION: &str = "contribution/1";
pub(super) const SYNTHESIS: &str = "synthesis/1";

const CONTRIBUTION_TEXT: &str = include_str!("../prompts/contribution.md");
const SYNTHESIS_TEXT: &str = include_str!("../prompts/synthesis.md");

/// Tokens of hub content in one prompt at the most.
const SOURCE_TOKENS: i64 = 6_000;
/// Tokens of all contributions in the synthesis prompt at the most.
const ANSWERS_TOKENS: i64 = 24_000;

/// A piece of the hub's content, with where it comes from.
pub struct Source {
    pub name: String,
    pub text: String,
}

/// What an agent answered, for the synthesis.
pub(super) struct Given<'a> {
    pub agent: &'a str,
    pub content: &'a Value,
}

pub(super) fn contribution(hub: &Hub, collective: &Collective, sources: &[Source]) -> String {
    fill(
        CONTRIBUTION_TEXT,
        &[
            ("hub", &quote(&hub.name)),
            ("task_type", &collective.task_type),
            ("context", &context(sources)),
            ("question", &quote(&collective.prompt)),
        ],
    )
}

pub(super) fn synthesis(hub: &Hub, collective: &Collective, given: &[Given<'_>]) -> String {
    let each = ANSWERS_TOKENS / i64::try_from(given.len().max(1)).unwrap_or(1);
    let mut answers = String::new();
    for one in given {
        let text = serde_json::to_string_pretty(one.content).unwrap_or_default();
        let (clipped, cut) = tokens::clip(&text, each);
        answers.push_str(&format!(
            "<answer agent=\"{}\">\n{}\n",
            quote(one.agent),
            quote(clipped)
        ));
        if cut {
            answers.push_str("(the rest of this answer was left out: it is too long)\n");
        }
        answers.push_str("</answer>\n");
    }
    fill(
        SYNTHESIS_TEXT,
        &[
            ("hub", &quote(&hub.name)),
            ("task_type", &collective.task_type),
            ("question", &quote(&collective.prompt)),
            ("contributions", &answers),
        ],
    )
}

/// The schema that an answer is asked to follow.
pub(super) fn schema() -> Value {
    let words = json!({ "type": "array", "items": { "type": "string" } });
    json!({
        "type": "object",
        "properties": {
            "recommendation": { "type": "string" },
            "rationale": { "type": "string" },
            "confidence": { "type": "number" },
            "risks": words,
            "evidence": words
        },
        "required": ["recommendation", "rationale", "confidence", "risks", "evidence"],
        "additionalProperties": false
    })
}

fn context(sources: &[Source]) -> String {
    let mut left = SOURCE_TOKENS;
    let mut out = String::new();
    let mut left_out = 0;
    for source in sources {
        let (clipped, cut) = tokens::clip(&source.text, left);
        if clipped.is_empty() {
            left_out += 1;
            continue;
        }
        left -= tokens::count(clipped);
        out.push_str(&format!(
            "<source name=\"{}\">\n{}\n",
            quote(&source.name),
            quote(clipped)
        ));
        if cut {
            out.push_str("(the rest was left out: it is too long)\n");
        }
        out.push_str("</source>\n");
    }
    if left_out > 0 {
        out.push_str(&format!(
            "({left_out} older sources were left out: too much text)\n"
        ));
    }
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

/// Quoted text cannot close the tag that it stands in.
fn quote(text: &str) -> String {
    text.replace('\0', "").replace('<', "‹").replace('>', "›")
}

/// Puts each part in its place, in one pass: what a part says is never taken
/// for a place.
fn fill(template: &str, parts: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(template.len() * 2);
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        out.push_str(&rest[..open]);
        rest = &rest[open..];
        let part = rest.find('}').and_then(|close| {
            let name = &rest[1..close];
            parts
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, text)| (*text, close))
        });
        match part {
            Some((text, close)) => {
                out.push_str(text);
                rest = &rest[close + 1..];
            }
            None => {
                out.push('{');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_part_is_not_taken_for_a_place() {
        let text = fill("a {x} b {y} {z}", &[("x", "{y}"), ("y", "2")]);
        assert_eq!(text, "a {y} b 2 {z}");
    }

    proptest! {
        #[test]
        fn quoted_text_stays_in_its_tag(text in ".*") {
            let quoted = quote(&text);
            prop_assert!(!quoted.contains('<') && !quoted.contains('>'));
        }
    }
}
