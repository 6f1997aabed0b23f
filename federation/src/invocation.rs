//! The gate: every model call in the product passes here, and leaves a
//! receipt. In order: route, govern, reserve, call, settle, record.

mod attempts;
mod fallback;
mod probe;
mod receipt;

use std::collections::VecDeque;

use async_trait::async_trait;
use model::{
    Action, Agent, AgentVersion, BudgetAccountId, Caller, Hub, Invocation, Outcome, RouteCandidate,
};

use crate::{
    Engine, Error, Result,
    bridge::{BridgeError, BridgeRequest, DEFAULT_TEMPERATURE, TextSink},
    budget,
    collectives::answer::{self, Answer},
    governance, routing,
    store::{self, Tx},
    tokens,
    work::Lease,
};
use fallback::Turn;
pub(crate) use probe::{probe, sweep_probes};

/// Who is to answer.
pub enum Route {
    /// The gate asks the routing policies of the task type.
    ByTask,
    /// The caller named the agent, at a version; the candidates say why.
    Named {
        agent: Box<Agent>,
        version: Box<AgentVersion>,
        candidates: Vec<RouteCandidate>,
    },
}

/// A call that is asked for.
pub struct Order<'a> {
    pub asked_by: &'a Caller,
    pub hub: &'a Hub,
    pub route: Route,
    pub purpose: &'static str,
    pub task_type: &'a str,
    pub artifact_type: &'a str,
    pub action: Action,
    pub prompt: String,
    /// File and version of the prompt's template.
    pub prompt_template: &'static str,
    /// JSON schema of the answer.
    pub schema: Option<serde_json::Value>,
    /// Output tokens at the most.
    pub max_tokens: u32,
    /// Whether the answer may be given fewer tokens, where the account has no
    /// more left after the prompt.
    pub may_shorten: bool,
    /// Who hands the work on: that agent needs `delegate`.
    pub delegated_by: Option<(Agent, AgentVersion)>,
    pub account: Option<BudgetAccountId>,
    pub lease: Option<Lease>,
}

/// A call that has ended, whichever way.
pub struct Ended {
    /// The receipt as it is stored.
    pub receipt: Invocation,
    /// The answer as it was read, where the outcome is `succeeded`.
    pub answer: Option<Answer>,
}

/// What writes the result of a call, in the transactions of its receipt.
#[async_trait]
pub trait Record: Send + Sync {
    /// The receipt was written as `started`; the call comes next.
    async fn started(&self, tx: &mut Tx, receipt: &Invocation) -> Result<()>;
    /// The receipt was handed over to the next candidate, who is asked now.
    async fn handed_over(&self, _tx: &mut Tx, _receipt: &Invocation) -> Result<()> {
        Ok(())
    }
    /// The receipt was written as it ended.
    async fn ended(&self, tx: &mut Tx, ended: &Ended) -> Result<()>;
}

/// Makes one call through all steps of the gate. Where the gate routes and the
/// hub allows it, a call whose provider is down or out of credit goes on to the
/// next agent that fits.
///
/// # Errors
/// A call that fails, is blocked or does not fit its budget is no error: it is
/// [`Ended`], and its receipt says how. Errors are the database's, a lost
/// lease, and `no_route` where routing finds nobody.
pub async fn invoke(
    engine: &Engine,
    order: Order<'_>,
    record: &dyn Record,
    text: TextSink<'_>,
) -> Result<Ended> {
    let ended = pass(engine, order, record, text).await?;
    engine.metrics().ended(&ended.receipt);
    Ok(ended)
}

async fn pass(
    engine: &Engine,
    order: Order<'_>,
    record: &dyn Record,
    text: TextSink<'_>,
) -> Result<Ended> {
    if let Some(refused) = may_not_delegate(engine, &order).await? {
        return refuse(engine, &order, record, refused).await;
    }
    let mut routed = route(engine, &order).await?;
    let (agent, version) = (&routed.agent, &routed.version);
    let verdict =
        governance::verdict(engine, order.hub, agent, order.artifact_type, order.action).await?;
    let mut receipt = receipt::open(engine, &order, agent, version, routed.candidates);
    receipt::judged(&mut receipt, &verdict);
    if !verdict.allowed {
        receipt::block(engine, &mut receipt, verdict.reason);
        return refuse(engine, &order, record, receipt).await;
    }
    let mut prepared = Prepared::new(&order, version);
    if let Err(short) = hold(engine, &order, record, &mut receipt, &mut prepared).await? {
        receipt.tokens_reserved = 0;
        receipt::close(engine, &mut receipt, Outcome::Failed);
        receipt::note_error(&mut receipt, &short);
        return refuse(engine, &order, record, receipt).await;
    }
    loop {
        let called = attempts::call(engine, &prepared.request, text).await;
        log_failure(&receipt, &called);
        let spent = receipt::spent(&receipt, &called, prepared.prompt_tokens);
        receipt.attempts.extend(called.attempts);
        if let Err(error) = &called.result
            && fallback::helps(error, called.text_bytes)
            && let Some(next) = routed.next.pop_front()
        {
            let failed = (error, spent);
            match fallback::turn(engine, &order, record, &mut receipt, next, failed).await? {
                Turn::Ask(next) => prepared = next,
                Turn::Over(ended) => return Ok(*ended),
            }
            continue;
        }
        receipt::fill(engine, &mut receipt, &called.result).await?;
        let ended = Ended {
            receipt,
            // Read before the transaction: it may take a while.
            answer: called
                .result
                .ok()
                .map(|r| answer::read(&r.content, r.was_cut())),
        };
        settle(engine, &order, record, &ended, spent).await?;
        return Ok(ended);
    }
}

/// The receipt of a refusal, where the work is handed on by an agent that may
/// not do that.
async fn may_not_delegate(engine: &Engine, order: &Order<'_>) -> Result<Option<Invocation>> {
    let Some((agent, version)) = &order.delegated_by else {
        return Ok(None);
    };
    let action = Action::Delegate;
    let verdict =
        governance::verdict(engine, order.hub, agent, order.artifact_type, action).await?;
    if verdict.allowed {
        return Ok(None);
    }
    let mut receipt = receipt::open(engine, order, agent, version, Vec::new());
    receipt.action = action;
    receipt::judged(&mut receipt, &verdict);
    receipt::block(engine, &mut receipt, verdict.reason);
    Ok(Some(receipt))
}

/// Holds the tokens and writes the receipt as `started`. An answer that may be
/// shorter gets what the account has left after the prompt; where somebody
/// takes of that meanwhile, it is looked at again.
async fn hold(
    engine: &Engine,
    order: &Order<'_>,
    record: &dyn Record,
    receipt: &mut Invocation,
    prepared: &mut Prepared,
) -> Result<Result<(), BridgeError>> {
    loop {
        if let Some(account) = order.account.filter(|_| order.may_shorten) {
            let left = engine.store().account_left(account).await?;
            if let Err(short) = prepared.shorten(order.max_tokens, left) {
                return Ok(Err(short));
            }
        }
        receipt.tokens_reserved = prepared.tokens();
        match start(engine, order, record, receipt).await? {
            Err(_) if order.may_shorten => {}
            held => return Ok(held),
        }
    }
}

/// The whole cause, once; the receipt and the page carry it as well.
fn log_failure(receipt: &Invocation, called: &attempts::Called) {
    let (Err(error), Some(last)) = (&called.result, called.attempts.last()) else {
        return;
    };
    let agent = receipt.agent_registration_id.map(|id| id.to_string());
    tracing::warn!(
        invocation = %receipt.id, agent, provider = %last.provider, model = %last.model,
        error_type = error.kind.code(), http_status = error.http_status,
        attempts = called.attempts.len(), error = %error, "a model gave no answer"
    );
}

/// A request to one agent, and what of it is known before it is sent.
struct Prepared {
    request: BridgeRequest,
    /// Tokens of the prompt, with a margin.
    prompt_tokens: i64,
}

impl Prepared {
    fn new(order: &Order<'_>, version: &AgentVersion) -> Self {
        let request = BridgeRequest {
            provider: version.provider,
            model: version.model_name.clone(),
            system_prompt: version.system_prompt.clone(),
            prompt: order.prompt.clone(),
            max_tokens: order.max_tokens,
            temperature: DEFAULT_TEMPERATURE,
            response_schema: order.schema.clone(),
        };
        let schema_tokens = order
            .schema
            .as_ref()
            .map_or(0, |schema| tokens::count(&schema.to_string()));
        let prompt_tokens = schema_tokens
            + tokens::prompt_reservation(request.system_prompt.as_deref(), &request.prompt);
        Self {
            request,
            prompt_tokens,
        }
    }

    /// Gives the answer what is left after the prompt, at most `max_tokens`.
    fn shorten(&mut self, max_tokens: u32, left: i64) -> Result<(), BridgeError> {
        let room = left - self.prompt_tokens;
        if room < 1 {
            return Err(budget::too_small(self.prompt_tokens + 1, left));
        }
        self.request.max_tokens = u32::try_from(room).unwrap_or(u32::MAX).min(max_tokens);
        Ok(())
    }

    /// What is held before the call: the prompt and the longest answer.
    fn tokens(&self) -> i64 {
        self.prompt_tokens + i64::from(self.request.max_tokens)
    }
}

/// Who is asked, and who else may be.
struct Routed {
    agent: Agent,
    version: AgentVersion,
    candidates: Vec<RouteCandidate>,
    /// To be asked where the provider fails, in this order.
    next: VecDeque<store::routing::Route>,
}

async fn route(engine: &Engine, order: &Order<'_>) -> Result<Routed> {
    if let Route::Named {
        agent,
        version,
        candidates,
    } = &order.route
    {
        return Ok(Routed {
            agent: (**agent).clone(),
            version: (**version).clone(),
            candidates: candidates.clone(),
            next: VecDeque::new(),
        });
    }
    let wanted = if order.hub.routing_fallback {
        fallback::MOST_ASKED
    } else {
        1
    };
    let looked = routing::look(engine, order.hub.id, order.task_type, wanted).await?;
    let candidates = receipt::candidates(&looked);
    let fitting = routing::choose::fitting(looked).into_iter();
    let mut next: VecDeque<_> = fitting.take(wanted).collect();
    let Some(store::routing::Route { agent, .. }) = next.pop_front() else {
        return Err(no_route(order.task_type));
    };
    Ok(Routed {
        version: version_of(engine, &agent).await?,
        agent,
        candidates,
        next,
    })
}

/// The version at which an agent stands.
async fn version_of(engine: &Engine, agent: &Agent) -> Result<AgentVersion> {
    engine
        .store()
        .agent_version(agent.id, agent.version)
        .await?
        .ok_or_else(|| Error::Internal("an agent has no version".to_owned()))
}

/// Nobody is routed for the task.
pub(crate) fn no_route(task_type: &str) -> Error {
    Error::conflict(
        "no_route",
        format!(
            "no active agent is routed for {task_type} in this hub; a steward can add a routing policy for it"
        ),
    )
}

/// Reserves and writes the receipt as `started`, in one transaction.
async fn start(
    engine: &Engine,
    order: &Order<'_>,
    record: &dyn Record,
    receipt: &Invocation,
) -> Result<Result<(), BridgeError>> {
    let mut tx = begin(engine, order).await?;
    if let Some(account) = order.account
        && let Err(short) = budget::reserve(&mut tx, account, receipt.tokens_reserved).await?
    {
        tx.rollback().await?;
        return Ok(Err(short));
    }
    tx.insert_invocation(receipt, order.lease).await?;
    record.started(&mut tx, receipt).await?;
    tx.commit().await?;
    Ok(Ok(()))
}

/// Writes the receipt of a call that was not made.
async fn refuse(
    engine: &Engine,
    order: &Order<'_>,
    record: &dyn Record,
    receipt: Invocation,
) -> Result<Ended> {
    let ended = Ended {
        receipt,
        answer: None,
    };
    let mut tx = begin(engine, order).await?;
    tx.insert_invocation(&ended.receipt, order.lease).await?;
    record.ended(&mut tx, &ended).await?;
    tx.commit().await?;
    Ok(ended)
}

async fn settle(
    engine: &Engine,
    order: &Order<'_>,
    record: &dyn Record,
    ended: &Ended,
    spent: i64,
) -> Result<()> {
    let mut tx = begin(engine, order).await?;
    if !tx.end_invocation(&ended.receipt).await? {
        return Err(crate::StoreError::LeaseLost.into());
    }
    if let Some(account) = order.account {
        tx.settle(account, ended.receipt.tokens_reserved, spent)
            .await?;
    }
    record.ended(&mut tx, ended).await?;
    tx.commit().await?;
    Ok(())
}

async fn begin(engine: &Engine, order: &Order<'_>) -> Result<Tx> {
    let mut tx = engine.store().begin().await?;
    if let Some(lease) = order.lease {
        tx.hold(lease).await?;
    }
    Ok(tx)
}
