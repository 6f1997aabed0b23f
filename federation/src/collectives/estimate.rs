//! What a run is expected to use, before it is started.

use model::{
    Action, Agent, Caller, Collective, EstimatedAgent, EstimatedStage, Hub, NewCollective, Role,
    RoundKind, RunEstimate, vendor,
};

use super::{SUBJECT, limit_tokens, prompts};
use crate::{
    Engine, Result,
    error::{check, require},
    governance, hubs, invocation, routing, tokens,
};

/// Answers on which an average length rests.
const ENOUGH_ANSWERS: i64 = 5;
/// Output tokens of an answer, a review of one answer and a synthesis where the
/// hub has too few to tell.
const USUAL_ANSWER: i64 = 350;
const USUAL_REVIEW: i64 = 90;
const USUAL_SYNTHESIS: i64 = 450;

/// What a run would use: calls, tokens and cost of each stage, before anything
/// is asked. It calls no model and records nothing.
///
/// # Errors
/// As for starting it: `no_route`, and fields that are wrong.
pub async fn estimate(engine: &Engine, caller: &Caller, new: NewCollective) -> Result<RunEstimate> {
    require(caller, Role::Reviewer)?;
    check(&new)?;
    let hub = hubs::named(engine, new.hub_id).await?;
    let limit = limit_tokens(engine, &hub, &new)?;
    super::check_sources(engine, &new).await?;
    let agents = routing::resolve_all_agents(engine, caller, new.hub_id, &new.task_type).await?;
    if agents.is_empty() {
        return Err(invocation::no_route(&new.task_type));
    }
    let mut all = Vec::new();
    for agent in agents {
        all.push(Asked::new(engine, &hub, agent).await?);
    }
    let lengths = Lengths::read(engine, &hub).await?;
    let plan = Plan {
        question: question_tokens(engine, &hub, &new).await?,
        most: i64::from(engine.settings().max_tokens),
        asked: all.iter().filter(|a| a.blocked.is_none()).collect(),
        lengths: &lengths,
    };
    let mut planned: Vec<Stage> = new
        .rounds_planned
        .unwrap_or_default()
        .kinds()
        .iter()
        .map(|kind| plan.round(*kind))
        .collect();
    let quorum = hub.quorum.map_or(engine.settings().quorum, i64::from);
    if plan.n() >= quorum.max(2) {
        planned.push(plan.synthesis());
    }
    let held = most_held(&planned);
    let stages: Vec<EstimatedStage> = planned.into_iter().map(|stage| stage.told).collect();
    let sum = |of: fn(&EstimatedStage) -> i64| stages.iter().map(of).sum::<i64>();
    let (tokens_in, tokens_out) = (sum(|s| s.tokens_in), sum(|s| s.tokens_out));
    let warning = warning(&plan, quorum.max(2), tokens_in + tokens_out, held, limit);
    Ok(RunEstimate {
        calls: sum(|s| s.calls),
        tokens_in,
        tokens_out,
        tokens_out_max: sum(|s| s.tokens_out_max),
        cost_microusd: stages.iter().map(|s| s.cost_microusd).sum(),
        token_limit: limit,
        basis: lengths.basis(),
        warning,
        stages,
        agents: all.into_iter().map(Asked::told).collect(),
    })
}

/// An agent that would be asked.
struct Asked {
    agent: Agent,
    blocked: Option<String>,
    /// US dollars for a million tokens, in and out.
    price: Option<(f64, f64)>,
    system_tokens: i64,
}

impl Asked {
    async fn new(engine: &Engine, hub: &Hub, agent: Agent) -> Result<Self> {
        let verdict = governance::verdict(engine, hub, &agent, SUBJECT, Action::Propose).await?;
        let price = engine
            .store()
            .model_price(agent.provider, &agent.model_name)
            .await?;
        Ok(Self {
            blocked: (!verdict.allowed).then_some(verdict.reason),
            price,
            system_tokens: agent.system_prompt.as_deref().map_or(0, tokens::count),
            agent,
        })
    }

    fn told(self) -> EstimatedAgent {
        EstimatedAgent {
            agent_registration_id: self.agent.id,
            vendor: vendor(self.agent.provider, &self.agent.model_name),
            name: self.agent.name,
            provider: self.agent.provider,
            model_name: self.agent.model_name,
            blocked: self.blocked,
            has_price: self.price.is_some(),
        }
    }

    /// In micro US dollars; US dollars for a million tokens are micro dollars
    /// for one.
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)]
    fn cost(&self, tokens_in: i64, tokens_out: i64) -> Option<i64> {
        let (input, output) = self.price?;
        Some((tokens_in as f64 * input + tokens_out as f64 * output).round() as i64)
    }
}

/// How long answers are, in output tokens.
struct Lengths {
    answer: i64,
    synthesis: i64,
    /// Answers in this hub that it rests on.
    known: i64,
}

impl Lengths {
    async fn read(engine: &Engine, hub: &Hub) -> Result<Self> {
        let answers = engine
            .store()
            .answer_lengths(hub.id, "contribution")
            .await?;
        let syntheses = engine.store().answer_lengths(hub.id, "synthesis").await?;
        let mean = |of: crate::store::collectives::AnswerLengths, usual: i64| {
            #[allow(clippy::cast_possible_truncation)] // tokens of one answer
            let mean = of.mean_tokens.map(|mean| mean.ceil() as i64);
            mean.filter(|_| of.answers >= ENOUGH_ANSWERS)
                .unwrap_or(usual)
        };
        Ok(Self {
            answer: mean(answers, USUAL_ANSWER),
            synthesis: mean(syntheses, USUAL_SYNTHESIS),
            known: answers.answers,
        })
    }

    fn basis(&self) -> String {
        let lengths = if self.known >= ENOUGH_ANSWERS {
            format!(
                "Answers as long as the last {} of this hub, {} tokens on average.",
                self.known, self.answer
            )
        } else {
            format!(
                "This hub has too few answers to tell: {} tokens are taken for each.",
                self.answer
            )
        };
        format!("{lengths} Judging unsure pairs of recommendations comes on top, in short calls.")
    }
}

/// Tokens of what every agent is asked, without its system prompt.
async fn question_tokens(engine: &Engine, hub: &Hub, new: &NewCollective) -> Result<i64> {
    let collective = draft(engine, hub, new);
    let sources = engine.store().sources(&collective).await?;
    let prompt = prompts::contribution(prompts::Asked {
        hub,
        collective: &collective,
        sources: &sources,
        note: None,
    });
    Ok(tokens::prompt_reservation(None, &prompt))
}

/// The row that would be written, for its prompt.
fn draft(engine: &Engine, hub: &Hub, new: &NewCollective) -> Collective {
    let now = engine.clock().now();
    Collective {
        id: engine.clock().id(),
        hub_id: hub.id,
        title: new.title.clone(),
        summary: new.summary.clone(),
        task_type: new.task_type.clone(),
        prompt: new.prompt.clone(),
        source_widget_id: new.source_widget_id,
        source_candidate_id: new.source_candidate_id,
        rounds_planned: new.rounds_planned.unwrap_or_default(),
        round: 1,
        token_limit: new.token_limit,
        consensus_status: model::ConsensusStatus::Pending,
        consensus: None,
        synthesis_content: None,
        final_content: None,
        content_hash: None,
        run_state: model::RunState::Queued,
        run_error_type: None,
        run_error: None,
        synthesis_state: model::SynthesisState::Pending,
        synthesis_agent_id: None,
        synthesis_invocation_id: None,
        synthesis_error_type: None,
        synthesis_error: None,
        decision: model::DecisionStatus::Pending,
        decided_by: None,
        decided_at: None,
        started_by: String::new(),
        started_at: None,
        finished_at: None,
        created_at: now,
        updated_at: now,
    }
}

/// A stage, and what it holds while all of its calls are under way.
struct Stage {
    told: EstimatedStage,
    held: i64,
}

/// The most that is spent and held at any time.
fn most_held(stages: &[Stage]) -> i64 {
    let mut spent = 0;
    let mut most = 0;
    for stage in stages {
        most = most.max(spent + stage.held);
        spent += stage.told.tokens_in + stage.told.tokens_out;
    }
    most
}

struct Plan<'a> {
    /// Input tokens of the first question.
    question: i64,
    /// Output tokens of one answer at the most.
    most: i64,
    asked: Vec<&'a Asked>,
    lengths: &'a Lengths,
}

impl Plan<'_> {
    /// Agents that would be asked.
    fn n(&self) -> i64 {
        i64::try_from(self.asked.len()).unwrap_or(i64::MAX)
    }

    fn round(&self, kind: RoundKind) -> Stage {
        let others = self.n() - 1;
        let (reads, writes) = match kind {
            RoundKind::Answer => (0, self.lengths.answer),
            RoundKind::Review => (others * self.lengths.answer, others * USUAL_REVIEW),
            RoundKind::Revise => (self.n() * self.lengths.answer, self.lengths.answer),
        };
        self.stage(kind.as_str(), &self.asked, reads, writes)
    }

    /// By the first that is asked.
    fn synthesis(&self) -> Stage {
        let by: Vec<&Asked> = self.asked.iter().take(1).copied().collect();
        let reads = self.n() * self.lengths.answer;
        self.stage("synthesis", &by, reads, self.lengths.synthesis)
    }

    fn stage(&self, stage: &str, by: &[&Asked], reads: i64, writes: i64) -> Stage {
        let calls = i64::try_from(by.len()).unwrap_or(i64::MAX);
        let tokens_in = |one: &Asked| self.question + one.system_tokens + reads;
        let told = EstimatedStage {
            stage: stage.to_owned(),
            calls,
            tokens_in: by.iter().map(|one| tokens_in(one)).sum(),
            tokens_out: calls * writes.min(self.most),
            tokens_out_max: calls * self.most,
            cost_microusd: by
                .iter()
                .map(|one| one.cost(tokens_in(one), writes.min(self.most)))
                .sum(),
        };
        Stage {
            // What is read is held with a quarter of margin.
            held: told.tokens_in + calls * reads / 4 + told.tokens_out_max,
            told,
        }
    }
}

/// What may go wrong with it.
fn warning(plan: &Plan<'_>, quorum: i64, expected: i64, held: i64, limit: i64) -> Option<String> {
    let n = plan.n();
    if n == 0 {
        return Some(
            "Governance blocks every agent that is routed: nobody would be asked.".to_owned(),
        );
    }
    if n < quorum {
        return Some(format!(
            "{n} of the routed agents may be asked, and {quorum} readable answers are needed: nothing would be judged or synthesised."
        ));
    }
    if expected > limit {
        return Some(format!(
            "The cap of {limit} tokens is less than the {expected} that are expected: the last calls would be refused."
        ));
    }
    if held > limit {
        return Some(format!(
            "Before a call its longest answer is held: with all agents asked at once up to {held} tokens in all. The cap of {limit} is less, and some would be refused."
        ));
    }
    None
}
