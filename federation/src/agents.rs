//! The registry of agents. Every change makes a version; versions stay.

pub mod changes;
mod look;
pub mod trial;

use model::{
    Agent, AgentFilter, AgentId, AgentPatch, AgentVersion, Caller, NewAgent, Page, PageRequest,
    Role, TrustLevel,
};
use serde_json::json;

use crate::{
    Engine, Error, Result, StoreError,
    error::{check, require},
    hubs,
    store::Tx,
};

pub use look::{history, routes, search, summary, work};

/// Newest first; see [`search`] for another order.
pub async fn list(
    engine: &Engine,
    caller: &Caller,
    filter: AgentFilter,
    page: PageRequest,
) -> Result<Page<Agent>> {
    require(caller, Role::Viewer)?;
    let rows = engine.store().agents(&filter, page).await?;
    Ok(page.cut(rows, |agent| agent.id.0))
}

pub async fn get(engine: &Engine, caller: &Caller, id: AgentId) -> Result<Agent> {
    require(caller, Role::Viewer)?;
    engine
        .store()
        .agent(id)
        .await?
        .ok_or_else(|| Error::not_found("agent"))
}

/// An agent that a body names, which must belong to the hub it is used in.
pub(crate) async fn named(
    engine: &Engine,
    id: AgentId,
    hub: model::HubId,
    field: &'static str,
) -> Result<Agent> {
    let agent = engine
        .store()
        .agent(id)
        .await?
        .ok_or_else(|| Error::unknown("agent", field))?;
    if agent.hub_id != hub {
        return Err(Error::invalid(field, "belongs to another hub"));
    }
    Ok(agent)
}

pub async fn create(engine: &Engine, caller: &Caller, new: NewAgent) -> Result<Agent> {
    require(caller, Role::Steward)?;
    check(&new)?;
    hubs::named(engine, new.hub_id).await?;
    let now = engine.clock().now();
    let agent = Agent {
        id: engine.clock().id(),
        hub_id: new.hub_id,
        name: new.name.trim().to_owned(),
        slug: new.slug,
        description: new.description,
        provider: new.provider,
        model_name: new.model_name.trim().to_owned(),
        trust_level: new.trust_level,
        capabilities: tidy(new.capabilities),
        system_prompt: new.system_prompt,
        is_active: true,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    let mut tx = engine.store().begin().await?;
    tx.insert_agent(&agent)
        .await
        .map_err(|e| slug_taken(e, &agent.slug))?;
    tx.insert_agent_version(&agent, &caller.name).await?;
    let detail = json!({ "agent": agent });
    tx.audit(
        caller,
        "agent.created",
        Some(agent.hub_id),
        "agent",
        agent.id.0,
        detail,
    )
    .await?;
    tx.commit().await?;
    Ok(agent)
}

/// Changes an agent; a change of anything raises its version by one.
/// `if_match` is the version that the caller saw.
pub async fn update(
    engine: &Engine,
    caller: &Caller,
    id: AgentId,
    patch: AgentPatch,
    if_match: Option<i32>,
) -> Result<Agent> {
    require(caller, Role::Steward)?;
    check(&patch)?;
    let before = get(engine, caller, id).await?;
    if if_match.is_some_and(|version| version != before.version) {
        return Err(Error::stale("agent", before.version));
    }
    let agent = apply(before.clone(), patch);
    if agent == before {
        return Ok(agent);
    }
    let mut tx = engine.store().begin().await?;
    let agent = write(&mut tx, caller, before, agent).await?;
    tx.commit().await?;
    Ok(agent)
}

/// Gives an agent another trust, where it still has the version that was seen.
pub(crate) async fn set_trust(
    engine: &Engine,
    tx: &mut Tx,
    caller: &Caller,
    id: AgentId,
    trust_level: TrustLevel,
    seen: i32,
) -> Result<Agent> {
    let before = get(engine, caller, id).await?;
    if before.version != seen {
        return Err(Error::stale("agent", before.version));
    }
    let agent = Agent {
        trust_level,
        ..before.clone()
    };
    write(tx, caller, before, agent).await
}

/// Writes an agent as its next version.
async fn write(tx: &mut Tx, caller: &Caller, before: Agent, mut agent: Agent) -> Result<Agent> {
    agent.version += 1;
    agent.updated_at = tx.clock().now();
    let written = tx
        .update_agent(&agent, before.version)
        .await
        .map_err(|e| slug_taken(e, &agent.slug))?;
    if !written {
        return Err(Error::stale("agent", before.version + 1));
    }
    tx.insert_agent_version(&agent, &caller.name).await?;
    let detail = json!({ "before": before, "after": agent });
    tx.audit(
        caller,
        "agent.updated",
        Some(agent.hub_id),
        "agent",
        agent.id.0,
        detail,
    )
    .await?;
    Ok(agent)
}

fn apply(mut agent: Agent, patch: AgentPatch) -> Agent {
    if let Some(name) = patch.name {
        agent.name = name.trim().to_owned();
    }
    if let Some(slug) = patch.slug {
        agent.slug = slug;
    }
    if let Some(description) = patch.description {
        agent.description = description;
    }
    if let Some(provider) = patch.provider {
        agent.provider = provider;
    }
    if let Some(model_name) = patch.model_name {
        agent.model_name = model_name.trim().to_owned();
    }
    if let Some(trust_level) = patch.trust_level {
        agent.trust_level = trust_level;
    }
    if let Some(capabilities) = patch.capabilities {
        agent.capabilities = tidy(capabilities);
    }
    if let Some(system_prompt) = patch.system_prompt {
        agent.system_prompt = system_prompt;
    }
    agent
}

/// Each capability once, without space around it.
fn tidy(capabilities: Vec<String>) -> Vec<String> {
    let mut all: Vec<String> = Vec::with_capacity(capabilities.len());
    for capability in capabilities {
        let capability = capability.trim();
        if !all.iter().any(|known| known == capability) {
            all.push(capability.to_owned());
        }
    }
    all
}

fn slug_taken(error: StoreError, slug: &str) -> Error {
    if error.is_unique_violation() {
        return Error::conflict(
            "slug_taken",
            format!("there is an agent with the slug {slug} already; choose another slug"),
        );
    }
    error.into()
}

/// An inactive agent is asked nothing; its history stays.
pub async fn set_active(
    engine: &Engine,
    caller: &Caller,
    id: AgentId,
    active: bool,
) -> Result<Agent> {
    require(caller, Role::Steward)?;
    let mut tx = engine.store().begin().await?;
    let agent = tx
        .set_agent_active(id, active)
        .await?
        .ok_or_else(|| Error::not_found("agent"))?;
    let action = if active {
        "agent.activated"
    } else {
        "agent.deactivated"
    };
    tx.audit(caller, action, Some(agent.hub_id), "agent", id.0, json!({}))
        .await?;
    if !active {
        tx.withdraw_suggestions(id).await?;
    }
    tx.commit().await?;
    Ok(agent)
}

/// All versions, newest first.
pub async fn versions(engine: &Engine, caller: &Caller, id: AgentId) -> Result<Vec<AgentVersion>> {
    get(engine, caller, id).await?;
    Ok(engine.store().agent_versions(id).await?)
}
