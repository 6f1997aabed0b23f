//! The prompts of a collective run. Text of people and agents goes in as
//! quoted data with its source named.

use model::{Collective, Hub};
use serde_json::{Value, json};

use crate::{
    prompts::{SOURCE_TOKENS, context, fill, quote},
    tokens,
};

pub use crate::prompts::Source;

/// Template and version, as receipts name them.
pub(super) const CONTRIBUTION: &str = "contribution/1";
pub(super) const SYNTHESIS: &str = "synthesis/1";

const CONTRIBUTION_TEXT: &str = include_str!("../prompts/contribution.md");
const SYNTHESIS_TEXT: &str = include_str!("../prompts/synthesis.md");

/// Tokens of all contributions in the synthesis prompt at the most.
const ANSWERS_TOKENS: i64 = 24_000;

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
            ("context", &context(sources, 0, SOURCE_TOKENS)),
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
