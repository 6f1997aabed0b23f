//! Hubs: what the frame of each page and the overview show.

use leptos::prelude::*;
use model::{Caller, Collective, Hub, HubCounts, RecentEvent};
use serde::{Deserialize, Serialize};

use crate::error::AppError;
use crate::wire::Wire;

/// What the frame of each page shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    pub caller: Caller,
    pub hubs: Vec<Hub>,
    /// `None` where there is no hub yet.
    pub hub: Option<Hub>,
}

/// What the overview of a hub shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Overview {
    pub hub: Hub,
    pub caller: Caller,
    pub counts: HubCounts,
    /// Finished runs on which nobody has decided, newest first.
    pub waiting: Vec<Collective>,
    /// Queued and running ones, newest first.
    pub running: Vec<Collective>,
    /// What people said last.
    pub recent: Vec<RecentEvent>,
}

/// Who is signed in, and which hubs there are.
#[server(prefix = "/rpc", endpoint = "frame", input = Wire, output = Wire)]
pub async fn read_frame(hub: Option<String>) -> Result<Frame, AppError> {
    use super::request;

    let (engine, caller) = (request::engine()?, request::caller()?);
    let (hubs, hub) = request::hubs(&engine, &caller, hub.as_deref()).await?;
    Ok(Frame { caller, hubs, hub })
}

/// The overview; `None` where there is no hub yet.
#[server(prefix = "/rpc", endpoint = "overview", input = Wire, output = Wire)]
pub async fn read_overview(hub: Option<String>) -> Result<Option<Overview>, AppError> {
    use federation::{collectives, hubs};
    use model::{CollectiveFilter, DecisionStatus, PageRequest, RunState};

    use super::request::{self, refuse};

    let (engine, caller) = (request::engine()?, request::caller()?);
    let (_, Some(hub)) = request::hubs(&engine, &caller, hub.as_deref()).await? else {
        return Ok(None);
    };
    let few = PageRequest {
        limit: 8,
        after: None,
    };
    let in_state = |state: RunState, decision: Option<DecisionStatus>| CollectiveFilter {
        hub_id: Some(hub.id),
        run_state: Some(state),
        decision,
        consensus_status: None,
    };
    let waiting = in_state(RunState::Finished, Some(DecisionStatus::Pending));
    let waiting = collectives::list(&engine, &caller, waiting, few)
        .await
        .map_err(refuse)?;
    let queued = in_state(RunState::Queued, None);
    let queued = collectives::list(&engine, &caller, queued, few)
        .await
        .map_err(refuse)?;
    let running = in_state(RunState::Running, None);
    let running = collectives::list(&engine, &caller, running, few)
        .await
        .map_err(refuse)?;
    let counts = hubs::counts(&engine, &caller, hub.id)
        .await
        .map_err(refuse)?;
    let recent = hubs::recent_events(&engine, &caller, hub.id, 8)
        .await
        .map_err(refuse)?;
    Ok(Some(Overview {
        hub,
        caller,
        counts,
        waiting: waiting.items,
        running: queued.items.into_iter().chain(running.items).collect(),
        recent,
    }))
}
