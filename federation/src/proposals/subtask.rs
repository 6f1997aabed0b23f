//! What an agent is asked to whom a subtask was handed: within a budget, so
//! that of a long text only what fits is quoted.

use model::{Hub, InvocationPoint, Proposal};

use super::tasks::{self, Question};
use crate::{
    Engine, Error, Result,
    prompts::{fill, quote, tag},
    store::delegations::DelegatedWork,
    tokens,
};

const TEMPLATE: &str = include_str!("../prompts/delegation.md");
/// File and version, as receipts name them.
const NAME: &str = "delegation/1";
/// Tokens of the subtask's words at the most.
const SCOPE_TOKENS: i64 = 4_000;
/// Fewest tokens in which something can be quoted.
const LEAST_ROOM: i64 = 80;
/// Tokens of the answer from which the work is handed on, at the most.
const ANSWER_TOKENS: i64 = 4_000;

/// What a question may take.
pub(super) struct Room<'a> {
    /// Tokens that its account has left.
    pub budget: i64,
    pub system_prompt: Option<&'a str>,
}

/// The question, with as much material as there is room for beside the answer.
pub(super) async fn question(
    engine: &Engine,
    hub: &Hub,
    proposal: &Proposal,
    point: InvocationPoint,
    work: &DelegatedWork,
    room: Room<'_>,
) -> Result<Question> {
    let earlier = tasks::earlier(engine, proposal).await?;
    let frame = Frame {
        hub,
        proposal,
        point,
        scope: &work.scope,
        earlier: &earlier,
    };
    let longest = i64::from(engine.settings().max_tokens);
    let room = frame.room(room.system_prompt, longest, room.budget);
    let parent = engine
        .store()
        .proposal(work.parent_proposal_id)
        .await?
        .ok_or_else(|| Error::Internal("a delegation has lost its parent".to_owned()))?;
    let answer = parent_answer(&parent, room / 2);
    let left = room - tokens::count(&answer);
    let (material, labels) = if left < LEAST_ROOM {
        (String::new(), None)
    } else {
        tasks::material(engine, hub, proposal, point, left).await?
    };
    Ok(Question {
        prompt: frame.fill(&answer, &material),
        template: NAME,
        schema: tasks::schema(point),
        labels,
    })
}

/// Tokens that a question takes without any material, with the margin.
pub(crate) fn least_tokens(hub: &Hub, proposal: &Proposal, point: InvocationPoint) -> i64 {
    let frame = Frame {
        hub,
        proposal,
        point,
        scope: "",
        earlier: "",
    };
    frame.tokens()
}

/// All of a question but its material.
struct Frame<'a> {
    hub: &'a Hub,
    proposal: &'a Proposal,
    point: InvocationPoint,
    scope: &'a str,
    earlier: &'a str,
}

impl Frame<'_> {
    fn fill(&self, answer: &str, material: &str) -> String {
        let template = tasks::template(self.point);
        let task = template.name.split('/').next().unwrap_or_default();
        let (scope, cut) = tokens::clip(self.scope, SCOPE_TOKENS);
        let subtask = tag("subtask", "your part", scope, cut);
        let fields: Vec<&str> = template
            .text
            .lines()
            .filter(|line| line.starts_with("- \""))
            .collect();
        let parts = [
            ("task", task),
            ("hub", &quote(&self.hub.name)),
            ("task_type", &self.proposal.task_type),
            ("subtask", &subtask),
            ("answer", answer),
            ("material", material),
            ("earlier", self.earlier),
            ("fields", &fields.join("\n")),
        ];
        fill(TEMPLATE, &parts)
    }

    /// Tokens of the frame as a call reserves them.
    fn tokens(&self) -> i64 {
        let schema = tokens::count(&tasks::schema(self.point).to_string());
        schema + tokens::prompt_reservation(None, &self.fill("", ""))
    }

    /// Tokens for material: half of what the frame leaves is the answer's, at
    /// most `longest`; a fifth of the rest is the margin of a reservation. Too
    /// little to quote anything with is nothing.
    fn room(&self, system_prompt: Option<&str>, longest: i64, budget: i64) -> i64 {
        let system = tokens::prompt_reservation(system_prompt, "");
        let left = (budget - self.tokens() - system).max(0);
        let answer = (left / 2).min(longest);
        let room = (left - answer) * 4 / 5;
        if room < LEAST_ROOM { 0 } else { room }
    }
}

/// The answer from which the work is handed on.
fn parent_answer(parent: &Proposal, room: i64) -> String {
    // What a person made of it stands, where somebody did.
    let Some(content) = parent.final_content.as_ref().or(parent.content.as_ref()) else {
        return String::new();
    };
    let text = serde_json::to_string_pretty(content).unwrap_or_default();
    let (clipped, cut) = tokens::clip(&text, room.min(ANSWER_TOKENS));
    if clipped.is_empty() {
        return String::new();
    }
    let by = parent.agent_name.as_deref().unwrap_or("an agent");
    tag("handed_on", &format!("the answer of {by}"), clipped, cut)
}
