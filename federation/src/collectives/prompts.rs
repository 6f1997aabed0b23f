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
pub(super) const SYNTHESIS: &str = "synthesis/2";
pub(super) const REVIEW: &str = "collective_review/1";
pub(super) const REVISION: &str = "collective_revision/1";
pub(super) const JUDGE: &str = "recommendation_judge/1";

const CONTRIBUTION_TEXT: &str = include_str!("../prompts/contribution.md");
const SYNTHESIS_TEXT: &str = include_str!("../prompts/synthesis.md");
const REVIEW_TEXT: &str = include_str!("../prompts/collective_review.md");
const REVISION_TEXT: &str = include_str!("../prompts/collective_revision.md");
const JUDGE_TEXT: &str = include_str!("../prompts/recommendation_judge.md");

/// Tokens of all contributions in one prompt at the most.
const ANSWERS_TOKENS: i64 = 24_000;
/// Tokens of all critiques in one prompt at the most.
const CRITIQUES_TOKENS: i64 = 4_000;
/// Tokens of a recommendation in a judge's prompt at the most.
const RECOMMENDATION_TOKENS: i64 = 500;

/// An answer that goes into a prompt, under its letter or its agent's name.
pub(super) struct Given<'a> {
    pub name: &'a str,
    pub content: &'a Value,
}

/// What every prompt of a run says.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub hub: &'a Hub,
    pub collective: &'a Collective,
    pub sources: &'a [Source],
    /// What the person who asked for this round has added.
    pub note: Option<&'a str>,
}

impl Asked<'_> {
    fn context(&self) -> String {
        context(self.sources, 0, SOURCE_TOKENS)
    }

    fn fill(&self, template: &str, parts: &[(&str, &str)]) -> String {
        let (hub, question) = (quote(&self.hub.name), quote(&self.collective.prompt));
        let context = self.context();
        let note = self.note.map(note).unwrap_or_default();
        // The first of a name counts: a part may stand for what all have.
        let mut all = parts.to_vec();
        all.extend([
            ("hub", hub.as_str()),
            ("task_type", self.collective.task_type.as_str()),
            ("context", context.as_str()),
            ("question", question.as_str()),
            ("note", note.as_str()),
        ]);
        fill(template, &all)
    }
}

fn note(text: &str) -> String {
    format!(
        "After the last answers the person has added:\n<question>\n{}\n</question>\n\n",
        quote(text)
    )
}

pub(super) fn contribution(asked: Asked<'_>) -> String {
    let question = match asked.note {
        None => quote(&asked.collective.prompt),
        Some(note) => format!("{}\n\n{}", quote(&asked.collective.prompt), quote(note)),
    };
    asked.fill(CONTRIBUTION_TEXT, &[("question", &question)])
}

pub(super) fn synthesis(asked: Asked<'_>, given: &[Given<'_>], critiques: &[String]) -> String {
    let mut all = answers("agent", given);
    all.push_str(&quoted_critiques(critiques));
    asked.fill(SYNTHESIS_TEXT, &[("contributions", &all)])
}

/// Asks for a review of answers that stand under letters.
pub(super) fn review(asked: Asked<'_>, given: &[Given<'_>]) -> String {
    asked.fill(REVIEW_TEXT, &[("answers", &answers("label", given))])
}

/// The prompt for a reviewer whose reviews could not be read.
pub(super) fn review_again(prompt: &str) -> String {
    format!(
        "{prompt}\nYour last answer could not be read as a JSON object with the field \"reviews\". Answer with that object alone."
    )
}

/// Asks for another answer of an agent that has read the others', and what
/// reviewers said of its own.
pub(super) fn revision(
    asked: Asked<'_>,
    own: &Value,
    given: &[Given<'_>],
    critiques: &[String],
) -> String {
    let each = ANSWERS_TOKENS / i64::try_from(given.len() + 1).unwrap_or(1);
    let mut own = quoted("own_answer", own, each);
    own.push_str(&quoted_critiques(critiques));
    asked.fill(
        REVISION_TEXT,
        &[("own", &own), ("answers", &answers("label", given))],
    )
}

/// Asks whether two recommendations say the same.
pub(super) fn judge(collective: &Collective, left: &str, right: &str) -> String {
    let short = |text: &str| quote(tokens::clip(text, RECOMMENDATION_TOKENS).0);
    fill(
        JUDGE_TEXT,
        &[
            ("question", &quote(&collective.prompt)),
            ("left", &short(left)),
            ("right", &short(right)),
        ],
    )
}

fn answers(attribute: &str, given: &[Given<'_>]) -> String {
    let each = ANSWERS_TOKENS / i64::try_from(given.len().max(1)).unwrap_or(1);
    given
        .iter()
        .map(|one| {
            let name = quote(one.name).replace('"', "'").replace('\n', " ");
            let open = format!("answer {attribute}=\"{name}\"");
            quoted(&open, one.content, each)
        })
        .collect()
}

fn quoted(open: &str, content: &Value, limit: i64) -> String {
    let text = serde_json::to_string_pretty(content).unwrap_or_default();
    let (clipped, cut) = tokens::clip(&text, limit);
    let rest = if cut {
        "(the rest of this answer was left out: it is too long)\n"
    } else {
        ""
    };
    let tag = open.split(' ').next().unwrap_or(open);
    format!("<{open}>\n{}\n{rest}</{tag}>\n", quote(clipped))
}

fn quoted_critiques(critiques: &[String]) -> String {
    let each = CRITIQUES_TOKENS / i64::try_from(critiques.len().max(1)).unwrap_or(1);
    critiques
        .iter()
        .map(|text| {
            let (clipped, _) = tokens::clip(text, each);
            format!("<critique>\n{}\n</critique>\n", quote(clipped))
        })
        .collect()
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

/// The schema of a review.
pub(super) fn review_schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "reviews": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "answer": { "type": "string" },
                        "score": { "type": "number" },
                        "critique": { "type": "string" }
                    },
                    "required": ["answer", "score", "critique"],
                    "additionalProperties": false
                }
            }
        },
        "required": ["reviews"],
        "additionalProperties": false
    })
}

/// The schema of a judgement.
pub(super) fn judge_schema() -> Value {
    json!({
        "type": "object",
        "properties": { "same": { "type": "boolean" }, "reason": { "type": "string" } },
        "required": ["same", "reason"],
        "additionalProperties": false
    })
}
