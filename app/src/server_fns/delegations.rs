//! Delegations: the tree of a proposal, where a subtask is handed on, list, page.

use leptos::prelude::*;
use model::{
    AgentName, Caller, Delegation, DelegationId, DelegationOptions, Hub, Page, Proposal,
    ProposalId, StepUp, TreePart, TreeView,
};
use serde::{Deserialize, Serialize};

use crate::error::AppError;
use crate::wire::Wire;

/// What the panel of a proposal's delegations begins with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DelegationsView {
    pub caller: Caller,
    pub part: TreePart,
    pub form: DelegateForm,
}

/// Who may be handed a subtask, and the mark of the next sending.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DelegateForm {
    pub options: DelegationOptions,
    /// Two sendings of one form start one delegation.
    pub idempotency_key: String,
}

/// What the page of a whole tree shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TreePage {
    pub caller: Caller,
    pub hub: Hub,
    pub proposal: Proposal,
    pub way: Vec<StepUp>,
    pub part: TreePart,
}

/// Which delegations the list shows, in the words of the address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DelegationQuery {
    pub hub: Option<String>,
    pub agent: Option<String>,
    pub status: Option<String>,
    pub cursor: Option<String>,
}

/// One page of the list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DelegationList {
    pub hub: Hub,
    pub page: Page<Delegation>,
    pub agents: Vec<AgentName>,
}

/// What the page of one delegation shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DelegationView {
    pub caller: Caller,
    pub hub: Hub,
    pub delegation: Delegation,
    pub result: Proposal,
    /// The way from the result up to the root, the nearest first.
    pub way: Vec<StepUp>,
}

/// Nodes of a tree that are read at first.
#[cfg(feature = "ssr")]
const FIRST: usize = 500;

#[cfg(feature = "ssr")]
fn first_part() -> TreeView {
    TreeView {
        most: FIRST,
        ..TreeView::default()
    }
}

/// What was delegated from a proposal, and what may be.
#[server(prefix = "/rpc", endpoint = "delegations_of", input = Wire, output = Wire)]
pub async fn read_delegations_of(id: ProposalId) -> Result<DelegationsView, AppError> {
    use super::request::{self, refuse};

    let (engine, caller) = (request::engine()?, request::caller()?);
    let part = federation::delegations::part(&engine, &caller, id, first_part())
        .await
        .map_err(refuse)?;
    let options = federation::delegations::options(&engine, &caller, id)
        .await
        .map_err(refuse)?;
    let form = DelegateForm {
        options,
        idempotency_key: engine.clock().id::<uuid::Uuid>().to_string(),
    };
    Ok(DelegationsView { caller, part, form })
}

/// Who may be handed a subtask now.
#[server(prefix = "/rpc", endpoint = "delegate_form", input = Wire, output = Wire)]
pub async fn read_delegate_form(id: ProposalId) -> Result<DelegateForm, AppError> {
    use super::request;

    let (engine, caller) = (request::engine()?, request::caller()?);
    let options = federation::delegations::options(&engine, &caller, id)
        .await
        .map_err(request::refuse)?;
    Ok(DelegateForm {
        options,
        idempotency_key: engine.clock().id::<uuid::Uuid>().to_string(),
    })
}

/// A part of a tree.
#[server(prefix = "/rpc", endpoint = "tree_part", input = Wire, output = Wire)]
pub async fn read_tree_part(id: ProposalId, view: TreeView) -> Result<TreePart, AppError> {
    use super::request;

    let (engine, caller) = (request::engine()?, request::caller()?);
    federation::delegations::part(&engine, &caller, id, view)
        .await
        .map_err(request::refuse)
}

/// The page of a whole tree.
#[server(prefix = "/rpc", endpoint = "tree_page", input = Wire, output = Wire)]
pub async fn read_tree_page(id: ProposalId) -> Result<TreePage, AppError> {
    use super::request::{self, refuse};

    let (engine, caller) = (request::engine()?, request::caller()?);
    let proposal = federation::proposals::get(&engine, &caller, id)
        .await
        .map_err(refuse)?;
    let hub = federation::hubs::get(&engine, &caller, proposal.hub_id)
        .await
        .map_err(refuse)?;
    let part = federation::delegations::part(&engine, &caller, id, first_part())
        .await
        .map_err(refuse)?;
    let way = federation::delegations::way_up(&engine, &caller, id)
        .await
        .map_err(refuse)?;
    Ok(TreePage {
        caller,
        hub,
        proposal,
        way: way.steps,
        part,
    })
}

/// The delegations of a hub; `None` where there is no hub yet.
#[server(prefix = "/rpc", endpoint = "list_delegations", input = Wire, output = Wire)]
pub async fn list_delegations(query: DelegationQuery) -> Result<Option<DelegationList>, AppError> {
    use model::{DelegationFilter, PageRequest};

    use super::request::{self, refuse};

    let (engine, caller) = (request::engine()?, request::caller()?);
    let (_, Some(hub)) = request::hubs(&engine, &caller, query.hub.as_deref()).await? else {
        return Ok(None);
    };
    // A word that no filter knows filters nothing, as an old link may have it.
    let filter = DelegationFilter {
        hub_id: Some(hub.id),
        agent_registration_id: query.agent.and_then(|id| id.parse().ok()),
        status: query.status.and_then(|word| word.parse().ok()),
        parent_proposal_id: None,
    };
    let request = PageRequest {
        limit: 50,
        after: query.cursor.and_then(|cursor| cursor.parse().ok()),
    };
    let page = federation::delegations::list(&engine, &caller, filter, request)
        .await
        .map_err(refuse)?;
    let agents = federation::governance::agent_names(&engine, &caller, hub.id)
        .await
        .map_err(refuse)?;
    Ok(Some(DelegationList { hub, page, agents }))
}

/// All that the page of one delegation shows.
#[server(prefix = "/rpc", endpoint = "delegation_view", input = Wire, output = Wire)]
pub async fn read_delegation_view(id: DelegationId) -> Result<DelegationView, AppError> {
    use super::request::{self, refuse};

    let (engine, caller) = (request::engine()?, request::caller()?);
    let delegation = federation::delegations::get(&engine, &caller, id)
        .await
        .map_err(refuse)?;
    let hub = federation::hubs::get(&engine, &caller, delegation.hub_id)
        .await
        .map_err(refuse)?;
    let result = federation::proposals::get(&engine, &caller, delegation.result_proposal_id)
        .await
        .map_err(refuse)?;
    let way = federation::delegations::way_up(&engine, &caller, delegation.result_proposal_id)
        .await
        .map_err(refuse)?;
    Ok(DelegationView {
        caller,
        hub,
        delegation,
        result,
        way: way.steps,
    })
}

/// The delegation as the database has it now.
#[server(prefix = "/rpc", endpoint = "delegation", input = Wire, output = Wire)]
pub async fn read_delegation(id: DelegationId) -> Result<Delegation, AppError> {
    use super::request;

    let (engine, caller) = (request::engine()?, request::caller()?);
    federation::delegations::get(&engine, &caller, id)
        .await
        .map_err(request::refuse)
}

/// Hands a subtask to another agent. A form without scripts goes on to the
/// page of the delegation.
#[server(prefix = "/rpc", endpoint = "delegate", output = Wire)]
pub async fn delegate(
    id: ProposalId,
    #[server(default)] receiving_agent_id: String,
    #[server(default)] scope: String,
    #[server(default)] token_budget: String,
    idempotency_key: String,
) -> Result<Delegation, AppError> {
    use federation::Idempotency;
    use model::NewDelegation;

    use super::request;

    let (engine, caller) = (request::engine()?, request::caller()?);
    let Ok(receiving_agent_id) = receiving_agent_id.parse() else {
        return Err(request::wrong(
            "receiving_agent_id",
            "choose the agent that is to do it",
        ));
    };
    let new = NewDelegation {
        receiving_agent_id,
        scope,
        // What is no whole number is out of range, and refused as such.
        token_budget: token_budget.trim().parse().unwrap_or(0),
    };
    let key = Idempotency {
        path: format!("/proposals/{id}/delegations"),
        key: idempotency_key,
    };
    let started = federation::delegations::start(&engine, &caller, id, new, Some(key))
        .await
        .map_err(request::refuse)?;
    request::redirect_form(&format!("/delegations/{}", started.id));
    Ok(started)
}

/// Stops a delegation and all that runs below it.
#[server(prefix = "/rpc", endpoint = "cancel_delegation", output = Wire)]
pub async fn cancel_delegation(id: DelegationId) -> Result<Delegation, AppError> {
    use super::request;

    let (engine, caller) = (request::engine()?, request::caller()?);
    let now = federation::delegations::cancel(&engine, &caller, id)
        .await
        .map_err(request::refuse)?;
    request::redirect_form(&format!("/delegations/{id}"));
    Ok(now)
}

/// Gives back what a completed delegation has left.
#[server(prefix = "/rpc", endpoint = "close_delegation", output = Wire)]
pub async fn close_delegation(id: DelegationId) -> Result<Delegation, AppError> {
    use super::request;

    let (engine, caller) = (request::engine()?, request::caller()?);
    let now = federation::delegations::close(&engine, &caller, id)
        .await
        .map_err(request::refuse)?;
    request::redirect_form(&format!("/delegations/{id}"));
    Ok(now)
}
