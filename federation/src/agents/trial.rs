//! Trying an agent: one call through the gate with a sample prompt. Governance,
//! budget and deadline hold as for any other call and a receipt is written; no
//! proposal is.
//!
//! A trial lives as long as its request. Where the request goes, the call is
//! dropped and its receipt says so. Where the server dies, the receipt is found
//! later and becomes `unknown`.

mod adrift;
mod again;

use std::{sync::OnceLock, time::Duration};

use async_trait::async_trait;
use model::{
    Action, Agent, AgentId, AgentVersion, BudgetAccountId, Caller, Hub, Invocation, InvocationId,
    NewTrial, Outcome, Role, RouteCandidate, Trial, TypeKind,
};
use serde_json::json;
use uuid::Uuid;

use crate::{
    Engine, Error, Result, StoreError,
    error::{check, require},
    hubs,
    idempotency::{self, Idempotency},
    invocation::{Ended, Order, Record, Route, invoke},
    store::Tx,
};

use again::first_answer;

pub(crate) use adrift::spawn;
pub use adrift::sweep;

/// Kind of its budget account. Accounts know no trials; this one is that of a
/// proposal that is never made.
const ACCOUNT: &str = "proposal";
/// Template and version, as receipts name them: the prompt as it was typed.
const TEMPLATE: &str = "trial/1";
/// How often a repeated request looks whether the first one has ended.
const LOOK: Duration = Duration::from_millis(250);
/// How long a cancellation waits for its call to begin.
const BEGINS_WITHIN: Duration = Duration::from_secs(3);

/// Asks an agent. A call that fails or is blocked is an answer too: the receipt
/// says how it ended.
///
/// # Errors
/// `agent_inactive`; `idempotency_key_reused` where the key came before with
/// another body.
pub async fn ask(
    engine: &Engine,
    caller: &Caller,
    id: AgentId,
    new: NewTrial,
    key: Option<Idempotency>,
) -> Result<Trial> {
    require(caller, Role::Reviewer)?;
    check(&new)?;
    if let Some(key) = &key
        && let Some(known) = idempotency::known(engine, caller, key, &new).await?
    {
        return first_answer(engine, caller, key, known).await;
    }
    let (agent, version, hub) = about(engine, caller, id, &new).await?;
    let trial: Uuid = engine.clock().id();
    let mut tx = engine.store().begin().await?;
    if let Some(key) = &key
        && let Some(known) = idempotency::take(&mut tx, caller, key, &new, trial).await?
    {
        tx.rollback().await?;
        return first_answer(engine, caller, key, known).await;
    }
    let account = tx
        .insert_account(hub.id, ACCOUNT, trial, engine.settings().budget_tokens)
        .await?;
    let what = json!({ "version": version.version, "task_type": new.task_type, "artifact_type": new.artifact_type });
    tx.audit(
        caller,
        "agent.tried",
        Some(hub.id),
        "agent",
        agent.id.0,
        what,
    )
    .await?;
    tx.commit().await?;
    let under_way = UnderWay {
        engine: engine.clone(),
        caller: caller.clone(),
        key,
        agent: agent.id,
        version: version.version,
        trial,
        call: OnceLock::new(),
        ended: OnceLock::new(),
    };
    let order = order(engine, caller, &hub, agent, version, new, account);
    run(under_way, order).await
}

/// What a trial is about: the agent must be active, its types registered.
async fn about(
    engine: &Engine,
    caller: &Caller,
    id: AgentId,
    new: &NewTrial,
) -> Result<(Agent, AgentVersion, Hub)> {
    let agent = super::get(engine, caller, id).await?;
    if !agent.is_active {
        return Err(Error::conflict(
            "agent_inactive",
            "this agent is not active, so it is asked nothing; activate it and try again",
        ));
    }
    for (kind, field, word) in [
        (TypeKind::TaskType, "task_type", &new.task_type),
        (TypeKind::ArtifactType, "artifact_type", &new.artifact_type),
    ] {
        hubs::registered(engine, kind, field, word).await?;
    }
    let missing = || Error::Internal("an agent has lost its hub or version".to_owned());
    let version = engine
        .store()
        .agent_version(agent.id, agent.version)
        .await?
        .ok_or_else(missing)?;
    let hub = engine
        .store()
        .hub(agent.hub_id)
        .await?
        .ok_or_else(missing)?;
    Ok((agent, version, hub))
}

fn order<'a>(
    engine: &Engine,
    caller: &'a Caller,
    hub: &'a Hub,
    agent: Agent,
    version: AgentVersion,
    new: NewTrial,
    account: BudgetAccountId,
) -> Asked<'a> {
    let candidates = vec![RouteCandidate {
        agent_registration_id: agent.id,
        name: version.name.clone(),
        priority: None,
        chosen: true,
        reason: "named by the person who tries it".to_owned(),
        error_type: None,
    }];
    Asked {
        caller,
        hub,
        route: Route::Named {
            agent: Box::new(agent),
            version: Box::new(version),
            candidates,
        },
        max_tokens: engine.settings().max_tokens,
        new,
        account,
    }
}

/// An order with the texts that it borrows.
struct Asked<'a> {
    caller: &'a Caller,
    hub: &'a Hub,
    route: Route,
    max_tokens: u32,
    new: NewTrial,
    account: BudgetAccountId,
}

/// Calls, until there is an answer or somebody cancels.
async fn run(under_way: UnderWay, asked: Asked<'_>) -> Result<Trial> {
    let engine = under_way.engine.clone();
    let trial = under_way.trial;
    let order = Order {
        asked_by: asked.caller,
        hub: asked.hub,
        route: asked.route,
        purpose: "trial",
        task_type: &asked.new.task_type,
        artifact_type: &asked.new.artifact_type,
        action: Action::Propose,
        prompt: asked.new.prompt.clone(),
        prompt_template: TEMPLATE,
        schema: None,
        max_tokens: asked.max_tokens,
        may_shorten: false,
        delegated_by: None,
        account: Some(asked.account),
        lease: None,
    };
    let mut text = |piece: &str| engine.live().add_text(trial, trial, 1, piece);
    let ended = tokio::select! {
        ended = invoke(&engine, order, &under_way, &mut text) => ended,
        closed = closed(&engine, trial) => return closed.map(|receipt| under_way.without_answer(receipt)),
        () = engine.shutdown_token().cancelled() => {
            if let Some(call) = under_way.call.get() {
                close(&engine, *call, trial, "The server was stopped during this call.").await?;
            }
            let _ = under_way.ended.set(());
            return Err(Error::Unavailable {
                message: "The server is stopping, so the trial was cancelled. Try again when it is back.".to_owned(),
            });
        }
    };
    match ended {
        Ok(ended) => Ok(under_way.with_answer(&ended)),
        // Cancelled in the moment in which it ended.
        Err(Error::Store(StoreError::LeaseLost)) => {
            let receipt = engine.store().call_of_account(ACCOUNT, trial).await?;
            receipt
                .map(|receipt| under_way.without_answer(receipt))
                .ok_or_else(|| Error::Internal("a trial has lost its receipt".to_owned()))
        }
        Err(error) => Err(error),
    }
}

/// Waits until somebody else has ended the call.
async fn closed(engine: &Engine, trial: Uuid) -> Result<Invocation> {
    let mut wake = engine.live().events_wake(trial);
    loop {
        tokio::select! {
            _ = wake.changed() => {}
            () = tokio::time::sleep(engine.settings().poll) => {}
        }
        let call = engine.store().call_of_account(ACCOUNT, trial).await?;
        if let Some(call) = call.filter(|call| call.outcome == Outcome::Cancelled) {
            return Ok(call);
        }
    }
}

/// A trial whose request is being answered. Where it is dropped before its end,
/// the receipt is closed as cancelled.
struct UnderWay {
    engine: Engine,
    caller: Caller,
    key: Option<Idempotency>,
    agent: AgentId,
    version: i32,
    trial: Uuid,
    call: OnceLock<InvocationId>,
    ended: OnceLock<()>,
}

impl UnderWay {
    fn answer(&self, receipt: Invocation, answer: Option<serde_json::Value>) -> Trial {
        Trial {
            agent_registration_id: self.agent,
            agent_version: self.version,
            answer,
            receipt,
        }
    }

    fn with_answer(&self, ended: &Ended) -> Trial {
        let content = ended.answer.as_ref().map(|answer| answer.content.clone());
        self.answer(ended.receipt.clone(), content)
    }

    fn without_answer(&self, receipt: Invocation) -> Trial {
        let _ = self.ended.set(());
        self.answer(receipt, None)
    }
}

#[async_trait]
impl Record for UnderWay {
    async fn started(&self, _tx: &mut Tx, receipt: &Invocation) -> Result<()> {
        let _ = self.call.set(receipt.id);
        self.engine
            .live()
            .begin_text(self.trial, self.trial, self.trial, 1);
        Ok(())
    }

    async fn ended(&self, tx: &mut Tx, ended: &Ended) -> Result<()> {
        let _ = self.ended.set(());
        if let Some(key) = &self.key {
            idempotency::keep(tx, &self.caller, key, &self.with_answer(ended)).await?;
        }
        // Who looks at what is blocked in the hub sees it at once.
        let receipt = &ended.receipt;
        if receipt.outcome == Outcome::Blocked {
            tx.tell_hub(receipt.hub_id, "invocation", receipt.id.0, "blocked")
                .await?;
        }
        Ok(())
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.engine.live().forget_texts(self.trial);
        let Some(call) = self.call.get().copied() else {
            return;
        };
        if self.ended.get().is_some() || tokio::runtime::Handle::try_current().is_err() {
            return;
        }
        let (engine, trial) = (self.engine.clone(), self.trial);
        self.engine.tasks().spawn(async move {
            let why = "The one who asked did not wait for the answer.";
            if let Err(error) = close(&engine, call, trial, why).await {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "a trial that was left could not be closed"
                );
            }
        });
    }
}

/// Ends the call; `None` where it has ended already.
async fn close(
    engine: &Engine,
    call: InvocationId,
    trial: Uuid,
    why: &str,
) -> Result<Option<Invocation>> {
    let mut tx = engine.store().begin().await?;
    let closed = tx
        .close_call(call, Outcome::Cancelled, "cancelled", why)
        .await?;
    tx.touch(trial);
    tx.commit().await?;
    Ok(closed)
}

/// Cancels the caller's own trial that was started with `key`, on whichever
/// instance it runs. What it had reserved counts as spent.
///
/// # Errors
/// `trial_ended` where it has ended, or does not begin within three seconds.
pub async fn cancel(engine: &Engine, caller: &Caller, key: &Idempotency) -> Result<()> {
    require(caller, Role::Reviewer)?;
    let ended = || {
        Error::conflict(
            "trial_ended",
            "this trial has ended already; there is nothing to cancel",
        )
    };
    let (call, trial) = begun(engine, caller, key).await?.ok_or_else(ended)?;
    let why = format!("Cancelled by {}.", caller.name);
    let closed = close(engine, call, trial, &why).await?;
    closed.map(|_| ()).ok_or_else(ended)
}

/// The call of a trial, once it has begun: a person may be faster than the
/// request that is to be cancelled. `None` where none begins in time.
async fn begun(
    engine: &Engine,
    caller: &Caller,
    key: &Idempotency,
) -> Result<Option<(InvocationId, Uuid)>> {
    let deadline = tokio::time::Instant::now() + BEGINS_WITHIN;
    loop {
        if let Some(known) = idempotency::row(engine, caller, key).await? {
            let trial = known.subject_id;
            if let Some(call) = engine.store().call_of_account(ACCOUNT, trial).await? {
                return Ok(Some((call.id, trial)));
            }
        }
        if tokio::time::Instant::now() > deadline {
            return Ok(None);
        }
        tokio::time::sleep(engine.settings().poll.min(LOOK)).await;
    }
}

/// What has come of the caller's own trial that was started with `key`; `None`
/// where it does not run on this instance.
pub async fn text_so_far(
    engine: &Engine,
    caller: &Caller,
    key: &Idempotency,
) -> Result<Option<String>> {
    require(caller, Role::Reviewer)?;
    let known = idempotency::row(engine, caller, key).await?;
    Ok(known.and_then(|known| engine.live().text(known.subject_id, known.subject_id)))
}
