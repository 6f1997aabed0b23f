//! What an agent is asked at each invocation point.

use model::{Hub, HubId, InvocationPoint, Proposal};
use serde_json::{Value, json};

use super::content;
pub(super) use super::content::Labels;
use crate::{
    Engine, Error, Result,
    prompts::{SOURCE_TOKENS, context, fill, quote, tag},
    store::proposals::CandidateText,
    tokens,
};

/// Candidates that one is compared with at the most.
const CANDIDATES: i64 = 20;
/// Tokens of a candidate, with its tag, at the least.
const CANDIDATE_TOKENS: i64 = 60;
/// Tokens of the candidate in question at the most.
const OWN_TOKENS: i64 = 1_500;
/// Tokens of what a person adds, and of an earlier answer, at the most.
const ADDED_TOKENS: i64 = 4_000;

/// A question to an agent.
pub(super) struct Question {
    pub prompt: String,
    /// Template and version, as receipts name them.
    pub template: &'static str,
    pub schema: Value,
    pub labels: Option<Labels>,
}

impl Question {
    /// The content as it is kept: labels of the prompt become ids.
    pub(super) fn resolve(&self, content: Value, readable: bool) -> Value {
        match &self.labels {
            Some(labels) if readable => labels.resolve(content),
            _ => content,
        }
    }
}

pub(super) struct Template {
    pub name: &'static str,
    pub text: &'static str,
}

pub(super) fn template(point: InvocationPoint) -> Template {
    let (name, text) = match point {
        InvocationPoint::SummarizeCluster => ("summary/1", include_str!("../prompts/summary.md")),
        InvocationPoint::DraftRequirement => {
            ("requirement/1", include_str!("../prompts/requirement.md"))
        }
        InvocationPoint::ProposeImplementation => (
            "implementation/1",
            include_str!("../prompts/implementation.md"),
        ),
        InvocationPoint::DetectDuplicates => {
            ("duplicates/1", include_str!("../prompts/duplicates.md"))
        }
    };
    Template { name, text }
}

pub(super) async fn question(
    engine: &Engine,
    hub: &Hub,
    proposal: &Proposal,
    point: InvocationPoint,
) -> Result<Question> {
    let (material, labels) = material(engine, hub, proposal, point, SOURCE_TOKENS).await?;
    let place = match point {
        InvocationPoint::DetectDuplicates => "candidates",
        _ => "context",
    };
    let earlier = earlier(engine, proposal).await?;
    let instructions = instructions("the person who asks", proposal.instructions.as_deref());
    let template = template(point);
    let parts = [
        ("hub", quote(&hub.name)),
        ("task_type", proposal.task_type.clone()),
        (place, material),
        ("instructions", instructions),
        ("earlier", earlier),
    ];
    let parts: Vec<(&str, &str)> = parts.iter().map(|(name, text)| (*name, &**text)).collect();
    Ok(Question {
        prompt: fill(template.text, &parts),
        template: template.name,
        schema: schema(point),
        labels,
    })
}

/// The hub's content at a point, in at most `limit` tokens, about.
pub(super) async fn material(
    engine: &Engine,
    hub: &Hub,
    proposal: &Proposal,
    point: InvocationPoint,
    limit: i64,
) -> Result<(String, Option<Labels>)> {
    let limit = limit.min(SOURCE_TOKENS);
    let lost = || Error::Internal("a proposal has lost its source".to_owned());
    let store = engine.store();
    Ok(match point {
        InvocationPoint::SummarizeCluster | InvocationPoint::DraftRequirement => {
            let widget = proposal.source_widget_id.ok_or_else(lost)?;
            let (sources, left_out) = store.widget_cluster(widget).await?;
            (context(&sources, left_out, limit), None)
        }
        InvocationPoint::ProposeImplementation => {
            let decision = proposal.source_decision_id.ok_or_else(lost)?;
            let sources = store.decision_sources(decision).await?;
            (context(&sources, 0, limit), None)
        }
        InvocationPoint::DetectDuplicates => {
            let id = proposal.source_candidate_id.ok_or_else(lost)?;
            let own = store.candidate_text(id).await?;
            let mut others = others(engine, hub.id, &own).await?;
            // Each takes a tag, and a few words at least.
            others.truncate(usize::try_from(limit / CANDIDATE_TOKENS).unwrap_or(0));
            let all = std::iter::once(&own).chain(&others);
            let labels = Labels::new(all.map(|one| (one.id, one.title.as_str())));
            (candidates(&own, &others, limit), Some(labels))
        }
    })
}

/// What a candidate is compared with: those that share the most words with it,
/// then the newest ones, since two that mean the same may share no word.
async fn others(engine: &Engine, hub: HubId, own: &CandidateText) -> Result<Vec<CandidateText>> {
    let text = format!("{}\n{}", own.title, own.body);
    let store = engine.store();
    let similar = store
        .similar_candidates(hub, own.id, &text, CANDIDATES)
        .await?;
    let mut others: Vec<CandidateText> = similar
        .into_iter()
        .map(|one| CandidateText {
            id: one.id,
            title: one.title,
            body: one.body,
        })
        .collect();
    let most = usize::try_from(CANDIDATES).unwrap_or(0);
    if others.len() < most {
        let newest = store.newest_candidates(hub, own.id, CANDIDATES).await?;
        for one in newest {
            if others.len() < most && others.iter().all(|known| known.id != one.id) {
                others.push(one);
            }
        }
    }
    Ok(others)
}

/// The candidates under their labels, each in its share of the token limit.
fn candidates(own: &CandidateText, others: &[CandidateText], limit: i64) -> String {
    let for_own = OWN_TOKENS.min(limit / 4);
    let each = (limit - for_own) / i64::try_from(others.len().max(1)).unwrap_or(1);
    let mut out = candidate(0, own, for_own);
    for (place, other) in others.iter().enumerate() {
        out.push_str(&candidate(place + 1, other, each));
    }
    if others.is_empty() {
        out.push_str("(There is no other candidate in this hub.)\n");
    }
    out
}

fn candidate(place: usize, one: &CandidateText, limit: i64) -> String {
    let text = format!("{}\n{}", one.title, one.body);
    let (clipped, cut) = tokens::clip(&text, limit);
    tag("candidate", &content::label(place), clipped, cut)
}

/// What a person adds, as a quoted text of its own.
fn instructions(by: &str, text: Option<&str>) -> String {
    let Some(text) = text else {
        return String::new();
    };
    let (clipped, cut) = tokens::clip(text, ADDED_TOKENS);
    format!("{}\n", tag("instructions", by, clipped, cut))
}

/// In a further round: the answer so far, and what the reviewer wants.
pub(super) async fn earlier(engine: &Engine, proposal: &Proposal) -> Result<String> {
    let Some(content) = proposal.content.as_ref().filter(|_| proposal.round > 1) else {
        return Ok(String::new());
    };
    let wanted = engine.store().round_instructions(proposal.id).await?;
    let text = serde_json::to_string_pretty(content).unwrap_or_default();
    let (clipped, cut) = tokens::clip(&text, ADDED_TOKENS);
    Ok(format!(
        "A reviewer has read this answer and asks for another one:\n{}\n{}",
        tag("answer", "the answer so far", clipped, cut),
        instructions("the reviewer", wanted.as_deref())
    ))
}

/// The schema that an answer is asked to follow.
pub(super) fn schema(point: InvocationPoint) -> Value {
    let text = json!({ "type": "string" });
    let number = json!({ "type": "number" });
    let texts = json!({ "type": "array", "items": text });
    let own = match point {
        InvocationPoint::SummarizeCluster => vec![
            ("summary", text.clone()),
            (
                "themes",
                list_of(&[
                    ("title", text.clone()),
                    ("count", json!({ "type": "integer" })),
                    ("quotes", texts.clone()),
                ]),
            ),
        ],
        InvocationPoint::DraftRequirement => vec![
            ("title", text.clone()),
            ("body", text.clone()),
            ("acceptance_criteria", texts.clone()),
        ],
        InvocationPoint::ProposeImplementation => vec![
            ("approach", text.clone()),
            ("steps", texts.clone()),
            ("effort", text.clone()),
            ("alternatives", texts.clone()),
        ],
        InvocationPoint::DetectDuplicates => vec![
            (
                "duplicates",
                list_of(&[
                    ("candidate_id", text.clone()),
                    ("same", json!({ "type": "boolean" })),
                    ("score", number.clone()),
                    ("reason", text.clone()),
                ]),
            ),
            ("kept_candidate_id", json!({ "type": ["string", "null"] })),
        ],
    };
    let mut fields = vec![("recommendation", text.clone())];
    fields.extend(own);
    fields.extend([
        ("rationale", text),
        ("confidence", number),
        ("risks", texts.clone()),
        ("evidence", texts),
    ]);
    object_of(&fields)
}

fn list_of(fields: &[(&str, Value)]) -> Value {
    json!({ "type": "array", "items": object_of(fields) })
}

/// All fields are asked for, and no others.
fn object_of(fields: &[(&str, Value)]) -> Value {
    let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
    let properties: serde_json::Map<String, Value> = fields
        .iter()
        .map(|(name, kind)| ((*name).to_owned(), kind.clone()))
        .collect();
    json!({
        "type": "object", "properties": properties, "required": names, "additionalProperties": false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_template_names_the_fields_of_its_schema() {
        for point in InvocationPoint::ALL.iter().copied() {
            let template = template(point);
            let text = template.text;
            assert!(text.starts_with(&format!(
                "Task: {}\n",
                template.name.split('/').next().unwrap()
            )));
            for field in schema(point)["properties"].as_object().unwrap().keys() {
                assert!(
                    text.contains(&format!("- \"{field}\":")),
                    "{field} in {}",
                    template.name
                );
            }
            for part in ["{hub}", "{task_type}", "{instructions}", "{earlier}"] {
                assert!(text.contains(part), "{part} in {}", template.name);
            }
        }
    }
}
