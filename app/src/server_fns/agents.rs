//! Agents: list, page, form, trial.

// The fields of the form; the macro makes a second function with them.
#![allow(clippy::too_many_arguments)]

use leptos::prelude::*;
use model::{
    Agent, AgentId, AgentRoutes, AgentRow, AgentSummary, AgentVersionRow, AgentWork, Caller, Hub,
    NewTrial, Page, PerformanceRecord, RegisteredType, Trial,
};
use serde::{Deserialize, Serialize};

use crate::error::AppError;
use crate::wire::Wire;

/// Which agents the list shows, in the words of the address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentQuery {
    pub hub: Option<String>,
    /// `all`: of all hubs.
    pub hubs: Option<String>,
    pub q: Option<String>,
    /// `active` or `inactive`.
    pub state: Option<String>,
    pub provider: Option<String>,
    pub trust: Option<String>,
    pub sort: Option<String>,
    pub order: Option<String>,
    pub cursor: Option<String>,
}

/// One page of the list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgentList {
    pub hub: Hub,
    pub hubs: Vec<Hub>,
    pub caller: Caller,
    pub page: Page<AgentRow>,
}

/// The page of one agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgentAnswer {
    pub agent: Agent,
    pub hub: Hub,
    pub caller: Caller,
    pub routes: AgentRoutes,
    pub shown: AgentShown,
}

/// What is below its head.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum AgentShown {
    /// With its latest snapshot, without the measures.
    Profile(AgentSummary, Option<Box<PerformanceRecord>>),
    Work(Page<AgentWork>),
    Versions(Page<AgentVersionRow>),
    Try(TryForm),
}

/// What the form of a trial needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TryForm {
    pub task_types: Vec<RegisteredType>,
    pub artifact_types: Vec<RegisteredType>,
    /// Two sendings of one form ask once.
    pub key: String,
}

/// What came of a trial, and the key of the next one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tried {
    pub trial: Trial,
    pub next_key: String,
}

/// What the form of an agent needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgentForm {
    pub hub: Hub,
    pub hubs: Vec<Hub>,
    pub caller: Caller,
    /// `None` in the form for a new one.
    pub agent: Option<Agent>,
}

/// The list of a hub; `None` where there is no hub yet.
#[server(prefix = "/rpc", endpoint = "list_agents", input = Wire, output = Wire)]
pub async fn list_agents(query: AgentQuery) -> Result<Option<AgentList>, AppError> {
    use model::{AgentCursor, AgentFilter, AgentSearch, AgentSort};

    use super::request::{self, refuse};

    let (engine, caller) = (request::engine()?, request::caller()?);
    let (hubs, Some(hub)) = request::hubs(&engine, &caller, query.hub.as_deref()).await? else {
        return Ok(None);
    };
    // A word that no filter knows filters nothing, as an old link may have it.
    let sort = query.sort.and_then(|word| word.parse().ok());
    let sort = sort.unwrap_or(AgentSort::Newest);
    let search = AgentSearch {
        filter: AgentFilter {
            hub_id: (query.hubs.as_deref() != Some("all")).then_some(hub.id),
            active: match query.state.as_deref() {
                Some("active") => Some(true),
                Some("inactive") => Some(false),
                _ => None,
            },
            provider: query.provider.and_then(|word| word.parse().ok()),
            trust_level: query.trust.and_then(|word| word.parse().ok()),
        },
        text: query.q.filter(|text| !text.trim().is_empty()),
        sort,
        order: query.order.and_then(|word| word.parse().ok()),
        limit: 50,
        after: query
            .cursor
            .and_then(|text| AgentCursor::parse(sort, &text)),
    };
    let page = federation::agents::search(&engine, &caller, search)
        .await
        .map_err(refuse)?;
    Ok(Some(AgentList {
        hub,
        hubs,
        caller,
        page,
    }))
}

#[cfg(feature = "ssr")]
async fn profile(
    engine: &federation::Engine,
    caller: &Caller,
    id: AgentId,
) -> Result<AgentShown, federation::Error> {
    let summary = federation::agents::summary(engine, caller, id).await?;
    let newest = model::PageRequest {
        limit: 1,
        after: None,
    };
    let records = federation::performance::records(engine, caller, id, newest).await?;
    let latest = records.items.into_iter().next().map(|record| {
        Box::new(PerformanceRecord {
            measures: None,
            ..record
        })
    });
    Ok(AgentShown::Profile(summary, latest))
}

/// One agent; `tab` and `cursor` say what is below its head.
#[server(prefix = "/rpc", endpoint = "agent", input = Wire, output = Wire)]
pub async fn read_agent(
    id: AgentId,
    tab: Option<String>,
    cursor: Option<String>,
) -> Result<AgentAnswer, AppError> {
    use federation::{agents, hubs};
    use model::PageRequest;

    use super::request::{self, refuse};

    let (engine, caller) = (request::engine()?, request::caller()?);
    let agent = agents::get(&engine, &caller, id).await.map_err(refuse)?;
    let hub = hubs::get(&engine, &caller, agent.hub_id)
        .await
        .map_err(refuse)?;
    let routes = agents::routes(&engine, &caller, id).await.map_err(refuse)?;
    let page = PageRequest {
        limit: 20,
        after: cursor.and_then(|cursor| cursor.parse().ok()),
    };
    let shown = match tab.as_deref() {
        Some("work") => agents::work(&engine, &caller, id, page)
            .await
            .map(AgentShown::Work),
        Some("versions") => agents::history(&engine, &caller, id, page)
            .await
            .map(AgentShown::Versions),
        Some("try") => hubs::types(&engine, &caller).await.map(|types| {
            AgentShown::Try(TryForm {
                task_types: types.task_types,
                artifact_types: types.artifact_types,
                key: engine.clock().id::<uuid::Uuid>().to_string(),
            })
        }),
        _ => profile(&engine, &caller, id).await,
    }
    .map_err(refuse)?;
    Ok(AgentAnswer {
        agent,
        hub,
        caller,
        routes,
        shown,
    })
}

/// The form for a new agent, or for one that is to be changed; `None` where
/// there is no hub yet.
#[server(prefix = "/rpc", endpoint = "agent_form", input = Wire, output = Wire)]
pub async fn read_agent_form(
    hub: Option<String>,
    id: Option<AgentId>,
) -> Result<Option<AgentForm>, AppError> {
    use super::request::{self, refuse};

    let (engine, caller) = (request::engine()?, request::caller()?);
    let (hubs, Some(hub)) = request::hubs(&engine, &caller, hub.as_deref()).await? else {
        return Ok(None);
    };
    let agent = match id {
        None => None,
        Some(id) => Some(
            federation::agents::get(&engine, &caller, id)
                .await
                .map_err(refuse)?,
        ),
    };
    let own = agent.as_ref().map_or(hub.id, |agent| agent.hub_id);
    let hub = hubs.iter().find(|hub| hub.id == own).cloned();
    let Some(hub) = hub else { return Ok(None) };
    Ok(Some(AgentForm {
        hub,
        hubs,
        caller,
        agent,
    }))
}

/// Makes an agent, or with `id` changes one at the version that was shown, and
/// goes to its page.
#[server(prefix = "/rpc", endpoint = "save_agent", output = Wire)]
pub async fn save_agent(
    #[server(default)] id: Option<AgentId>,
    #[server(default)] version: Option<i32>,
    hub_id: String,
    name: String,
    slug: String,
    #[server(default)] description: String,
    provider: String,
    model_name: String,
    trust_level: String,
    #[server(default)] capabilities: String,
    #[server(default)] system_prompt: String,
) -> Result<AgentId, AppError> {
    use federation::{Error, agents};
    use model::{AgentPatch, NewAgent};

    use super::request::{self, refuse};

    /// A form has no null: what is empty is none.
    fn filled(text: String) -> Option<String> {
        let text = text.replace("\r\n", "\n");
        (!text.trim().is_empty()).then_some(text)
    }
    fn word<T: std::str::FromStr>(field: &str, text: &str) -> Result<T, AppError>
    where
        T::Err: std::fmt::Display,
    {
        text.parse()
            .map_err(|e: T::Err| refuse(Error::invalid(field, e.to_string())))
    }

    let (engine, caller) = (request::engine()?, request::caller()?);
    let capabilities = capabilities
        .split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    let new = NewAgent {
        hub_id: hub_id
            .parse()
            .map_err(|_| refuse(Error::invalid("hub_id", "choose a hub")))?,
        name,
        slug,
        description: filled(description),
        provider: word("provider", &provider)?,
        model_name,
        trust_level: word("trust_level", &trust_level)?,
        capabilities,
        system_prompt: filled(system_prompt),
    };
    let saved = match id {
        None => agents::create(&engine, &caller, new).await,
        Some(id) => {
            let patch = AgentPatch {
                name: Some(new.name),
                slug: Some(new.slug),
                description: Some(new.description),
                provider: Some(new.provider),
                model_name: Some(new.model_name),
                trust_level: Some(new.trust_level),
                capabilities: Some(new.capabilities),
                system_prompt: Some(new.system_prompt),
            };
            agents::update(&engine, &caller, id, patch, version).await
        }
    };
    let id = saved.map_err(refuse)?.id;
    leptos_axum::redirect(&format!("/agents/{id}"));
    Ok(id)
}

/// Lets an agent be asked again, or not any more.
#[server(prefix = "/rpc", endpoint = "set_agent_active", output = Wire)]
pub async fn set_agent_active(id: AgentId, active: bool) -> Result<(), AppError> {
    use super::request;

    let (engine, caller) = (request::engine()?, request::caller()?);
    federation::agents::set_active(&engine, &caller, id, active)
        .await
        .map_err(request::refuse)?;
    leptos_axum::redirect(&format!("/agents/{id}"));
    Ok(())
}

/// The key under which a page's trial is known.
#[cfg(feature = "ssr")]
fn trial_key(id: AgentId, key: String) -> federation::collectives::Idempotency {
    federation::collectives::Idempotency {
        path: format!("/agents/{id}/try"),
        key,
    }
}

/// Asks an agent; answers when the call has ended.
#[server(prefix = "/rpc", endpoint = "try_agent", input = Wire, output = Wire)]
pub async fn try_agent(id: AgentId, key: String, new: NewTrial) -> Result<Tried, AppError> {
    use super::request;

    let (engine, caller) = (request::engine()?, request::caller()?);
    let key = trial_key(id, key);
    let trial = federation::agents::trial::ask(&engine, &caller, id, new, Some(key))
        .await
        .map_err(request::refuse)?;
    Ok(Tried {
        trial,
        next_key: engine.clock().id::<uuid::Uuid>().to_string(),
    })
}

/// What has come of a trial that is under way.
#[server(prefix = "/rpc", endpoint = "trial_text", input = Wire, output = Wire)]
pub async fn read_trial_text(id: AgentId, key: String) -> Result<Option<String>, AppError> {
    use super::request;

    let (engine, caller) = (request::engine()?, request::caller()?);
    federation::agents::trial::text_so_far(&engine, &caller, &trial_key(id, key))
        .await
        .map_err(request::refuse)
}

/// Ends a trial before its time; its own request then answers.
#[server(prefix = "/rpc", endpoint = "cancel_trial", input = Wire, output = Wire)]
pub async fn cancel_trial(id: AgentId, key: String) -> Result<(), AppError> {
    use super::request;

    let (engine, caller) = (request::engine()?, request::caller()?);
    federation::agents::trial::cancel(&engine, &caller, &trial_key(id, key))
        .await
        .map_err(request::refuse)
}
