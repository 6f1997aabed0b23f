//! Agent proposals: where one is asked for, list, page.

use leptos::prelude::*;
use model::{
    AgentName, Caller, Hub, InvocationPoint, Page, Proposal, ProposalAnswer, ProposalId,
    ProposalSource, RegisteredType, RouteExplanation, StepUp,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::AppError;
use crate::wire::Wire;

/// What stands at an invocation point before anybody is asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InvokeForm {
    pub hub: Hub,
    pub caller: Caller,
    /// Who would answer, and why nobody else.
    pub route: RouteExplanation,
    /// What was asked here before, newest first: a few.
    pub earlier: Vec<Proposal>,
    /// Two sendings of one form start one call.
    pub idempotency_key: String,
}

/// Which proposals the list shows, in the words of the address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProposalQuery {
    pub hub: Option<String>,
    pub status: Option<String>,
    pub task: Option<String>,
    pub agent: Option<String>,
    pub cursor: Option<String>,
}

/// One page of the list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProposalList {
    pub hub: Hub,
    pub caller: Caller,
    pub page: Page<Proposal>,
    pub task_types: Vec<RegisteredType>,
    pub agents: Vec<AgentName>,
}

/// What the page of one proposal shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProposalView {
    pub proposal: Proposal,
    pub hub: Hub,
    pub caller: Caller,
    pub task_label: String,
    pub source: ProposalSource,
    /// The way up to what its chain began with, the nearest first.
    pub way: Vec<StepUp>,
}

/// Proposals of one point that its panel names.
#[cfg(feature = "ssr")]
const EARLIER: usize = 3;

/// Who would answer at a point, and what was asked there before.
#[server(prefix = "/rpc", endpoint = "invoke_form", input = Wire, output = Wire)]
pub async fn read_invoke_form(
    point: InvocationPoint,
    source: Uuid,
) -> Result<InvokeForm, AppError> {
    use super::request::{self, refuse};

    let (engine, caller) = (request::engine()?, request::caller()?);
    let (hub, earlier) = federation::proposals::at_point(&engine, &caller, point, source, EARLIER)
        .await
        .map_err(refuse)?;
    let hub = federation::hubs::get(&engine, &caller, hub)
        .await
        .map_err(refuse)?;
    let (task, artifact) = (point.task_type(), Some(point.artifact_type()));
    let route = federation::routing::explain(&engine, &caller, hub.id, task, artifact, None)
        .await
        .map_err(refuse)?;
    Ok(InvokeForm {
        hub,
        caller,
        route,
        earlier,
        idempotency_key: engine.clock().id::<Uuid>().to_string(),
    })
}

/// Asks the agent that is routed for the point. A form without scripts goes on
/// to the page of the proposal.
#[server(prefix = "/rpc", endpoint = "invoke", output = Wire)]
pub async fn invoke(
    point: InvocationPoint,
    source: Uuid,
    #[server(default)] instructions: Option<String>,
    idempotency_key: String,
) -> Result<ProposalId, AppError> {
    use federation::Idempotency;
    use model::NewInvocation;

    use super::request;

    let (engine, caller) = (request::engine()?, request::caller()?);
    let new = NewInvocation {
        instructions: instructions.filter(|text| !text.trim().is_empty()),
    };
    let key = Idempotency {
        path: format!("/{point}/{source}"),
        key: idempotency_key,
    };
    let started = federation::proposals::start(&engine, &caller, point, source, new, Some(key))
        .await
        .map_err(request::refuse)?;
    request::redirect_form(&format!("/proposals/{}", started.id));
    Ok(started.id)
}

/// The proposals of a hub; `None` where there is no hub yet.
#[server(prefix = "/rpc", endpoint = "list_proposals", input = Wire, output = Wire)]
pub async fn list_proposals(query: ProposalQuery) -> Result<Option<ProposalList>, AppError> {
    use model::{PageRequest, ProposalFilter};

    use super::request::{self, refuse};

    let (engine, caller) = (request::engine()?, request::caller()?);
    let (_, Some(hub)) = request::hubs(&engine, &caller, query.hub.as_deref()).await? else {
        return Ok(None);
    };
    // A word that no filter knows filters nothing, as an old link may have it.
    let filter = ProposalFilter {
        hub_id: Some(hub.id),
        status: query.status.and_then(|word| word.parse().ok()),
        agent_registration_id: query.agent.and_then(|id| id.parse().ok()),
        task_type: query.task,
        ..ProposalFilter::default()
    };
    let request = PageRequest {
        limit: 50,
        after: query.cursor.and_then(|cursor| cursor.parse().ok()),
    };
    let page = federation::proposals::list(&engine, &caller, filter, request)
        .await
        .map_err(refuse)?;
    let types = federation::hubs::types(&engine, &caller)
        .await
        .map_err(refuse)?;
    let agents = federation::governance::agent_names(&engine, &caller, hub.id)
        .await
        .map_err(refuse)?;
    Ok(Some(ProposalList {
        hub,
        caller,
        page,
        task_types: types.task_types,
        agents,
    }))
}

/// All that the page of one proposal shows.
#[server(prefix = "/rpc", endpoint = "proposal_view", input = Wire, output = Wire)]
pub async fn read_proposal_view(id: ProposalId) -> Result<ProposalView, AppError> {
    use super::request::{self, refuse};

    let (engine, caller) = (request::engine()?, request::caller()?);
    let proposal = federation::proposals::get(&engine, &caller, id)
        .await
        .map_err(refuse)?;
    let source = federation::proposals::source(&engine, &caller, id)
        .await
        .map_err(refuse)?;
    let hub = federation::hubs::get(&engine, &caller, proposal.hub_id)
        .await
        .map_err(refuse)?;
    let types = federation::hubs::types(&engine, &caller)
        .await
        .map_err(refuse)?;
    let key = &proposal.task_type;
    let task_label = types
        .task_types
        .into_iter()
        .find(|t| t.key == *key)
        .map_or_else(|| key.clone(), |t| t.label);
    let way = federation::delegations::way_up(&engine, &caller, id)
        .await
        .map_err(refuse)?;
    Ok(ProposalView {
        proposal,
        hub,
        caller,
        task_label,
        source,
        way: way.steps,
    })
}

/// The proposal as the database has it now.
#[server(prefix = "/rpc", endpoint = "proposal", input = Wire, output = Wire)]
pub async fn read_proposal(id: ProposalId) -> Result<Proposal, AppError> {
    use super::request;

    let (engine, caller) = (request::engine()?, request::caller()?);
    federation::proposals::get(&engine, &caller, id)
        .await
        .map_err(request::refuse)
}

/// Every answer that was kept, the newest first.
#[server(prefix = "/rpc", endpoint = "proposal_answers", input = Wire, output = Wire)]
pub async fn read_proposal_answers(id: ProposalId) -> Result<Vec<ProposalAnswer>, AppError> {
    use super::request;

    let (engine, caller) = (request::engine()?, request::caller()?);
    federation::proposals::answers(&engine, &caller, id)
        .await
        .map_err(request::refuse)
}

/// Stops the work on a proposal.
#[server(prefix = "/rpc", endpoint = "cancel_proposal", input = Wire, output = Wire)]
pub async fn cancel_proposal(id: ProposalId) -> Result<Proposal, AppError> {
    use super::request;

    let (engine, caller) = (request::engine()?, request::caller()?);
    federation::proposals::cancel(&engine, &caller, id)
        .await
        .map_err(request::refuse)
}

/// Asks for another answer to a pending proposal.
#[server(prefix = "/rpc", endpoint = "another_round", output = Wire)]
pub async fn another_round(
    id: ProposalId,
    #[server(default)] instructions: Option<String>,
) -> Result<Proposal, AppError> {
    use model::NewInvocation;

    use super::request;

    let (engine, caller) = (request::engine()?, request::caller()?);
    let new = NewInvocation {
        instructions: instructions.filter(|text| !text.trim().is_empty()),
    };
    let started = federation::proposals::another_round(&engine, &caller, id, new, None)
        .await
        .map_err(request::refuse)?;
    request::redirect_form(&format!("/proposals/{id}"));
    Ok(started)
}
