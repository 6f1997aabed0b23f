//! What people decide on proposals, and the inbox.

use leptos::prelude::*;
use model::{
    AgentName, Caller, Hub, InboxPage, Judgement, NewProposalReview, ProposalId, RegisteredType,
    ReviewDetail,
};
use serde::{Deserialize, Serialize};

use crate::error::AppError;
use crate::wire::Wire;

/// Which part of the inbox is shown, in the words of the address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboxQuery {
    pub hub: Option<String>,
    pub task: Option<String>,
    pub agent: Option<String>,
    pub kind: Option<String>,
    pub sort: Option<String>,
    pub cursor: Option<String>,
}

/// One page of the inbox of a hub.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InboxAnswer {
    pub hub: Hub,
    pub caller: Caller,
    pub page: InboxPage,
    pub task_types: Vec<RegisteredType>,
    pub agents: Vec<AgentName>,
}

/// What one needs to decide on a proposal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReviewAnswer {
    pub detail: ReviewDetail,
    pub caller: Caller,
}

/// What waits in a hub; `None` where there is no hub yet.
#[server(prefix = "/rpc", endpoint = "inbox", input = Wire, output = Wire)]
pub async fn read_inbox(query: InboxQuery, limit: i64) -> Result<Option<InboxAnswer>, AppError> {
    use model::{InboxFilter, InboxPlace, InboxSort};

    use super::request::{self, refuse};

    let (engine, caller) = (request::engine()?, request::caller()?);
    let (_, Some(hub)) = request::hubs(&engine, &caller, query.hub.as_deref()).await? else {
        return Ok(None);
    };
    // A word that no filter knows filters nothing, as an old link may have it.
    let filter = InboxFilter {
        hub_id: Some(hub.id),
        task_type: query.task,
        agent_registration_id: query.agent.and_then(|id| id.parse().ok()),
        kind: query.kind.and_then(|word| word.parse().ok()),
        sort: query
            .sort
            .and_then(|word| word.parse().ok())
            .unwrap_or(InboxSort::Newest),
    };
    let cursor = query
        .cursor
        .filter(|cursor| InboxPlace::read(cursor).is_some());
    let page = federation::inbox::list(&engine, &caller, &filter, cursor.as_deref(), limit)
        .await
        .map_err(refuse)?;
    let types = federation::hubs::types(&engine, &caller)
        .await
        .map_err(refuse)?;
    let agents = federation::governance::agent_names(&engine, &caller, hub.id)
        .await
        .map_err(refuse)?;
    Ok(Some(InboxAnswer {
        hub,
        caller,
        page,
        task_types: types.task_types,
        agents,
    }))
}

/// How much waits in a hub; 0 where there is none.
#[server(prefix = "/rpc", endpoint = "inbox_count", input = Wire, output = Wire)]
pub async fn count_inbox(hub: Option<String>) -> Result<i64, AppError> {
    use model::InboxFilter;

    use super::request::{self, refuse};

    let (engine, caller) = (request::engine()?, request::caller()?);
    let (_, Some(hub)) = request::hubs(&engine, &caller, hub.as_deref()).await? else {
        return Ok(0);
    };
    let filter = InboxFilter {
        hub_id: Some(hub.id),
        ..InboxFilter::default()
    };
    let counts = federation::inbox::counts(&engine, &caller, &filter)
        .await
        .map_err(refuse)?;
    Ok(counts.all())
}

/// A proposal with all that a reviewer needs.
#[server(prefix = "/rpc", endpoint = "review", input = Wire, output = Wire)]
pub async fn read_review(id: ProposalId) -> Result<ReviewAnswer, AppError> {
    use super::request;

    let (engine, caller) = (request::engine()?, request::caller()?);
    let detail = federation::reviews::detail(&engine, &caller, id)
        .await
        .map_err(request::refuse)?;
    Ok(ReviewAnswer { detail, caller })
}

/// Records a person's decision, or takes it back.
#[server(prefix = "/rpc", endpoint = "decide_proposal", input = Wire, output = Wire)]
pub async fn decide_proposal(
    id: ProposalId,
    review: NewProposalReview,
) -> Result<ReviewAnswer, AppError> {
    use super::request::{self, refuse};

    let (engine, caller) = (request::engine()?, request::caller()?);
    federation::reviews::decide(&engine, &caller, id, review)
        .await
        .map_err(refuse)?;
    let detail = federation::reviews::detail(&engine, &caller, id)
        .await
        .map_err(refuse)?;
    Ok(ReviewAnswer { detail, caller })
}

/// Records an own judgement, before the agent's opinion is uncovered.
#[server(prefix = "/rpc", endpoint = "judge_proposal", input = Wire, output = Wire)]
pub async fn judge_proposal(
    id: ProposalId,
    verdict: Judgement,
    rationale: Option<String>,
) -> Result<ReviewAnswer, AppError> {
    use model::NewJudgement;

    use super::request::{self, refuse};

    let (engine, caller) = (request::engine()?, request::caller()?);
    let new = NewJudgement {
        verdict,
        score: None,
        rationale,
    };
    federation::reviews::judge(&engine, &caller, id, new)
        .await
        .map_err(refuse)?;
    let detail = federation::reviews::detail(&engine, &caller, id)
        .await
        .map_err(refuse)?;
    Ok(ReviewAnswer { detail, caller })
}

/// Says how sure the caller is of a proposal.
#[server(prefix = "/rpc", endpoint = "annotate_proposal", input = Wire, output = Wire)]
pub async fn annotate_proposal(id: ProposalId, score: f64) -> Result<ReviewAnswer, AppError> {
    use model::NewConfidence;

    use super::request::{self, refuse};

    let (engine, caller) = (request::engine()?, request::caller()?);
    let new = NewConfidence {
        score,
        rationale: None,
    };
    federation::reviews::annotate(&engine, &caller, id, new)
        .await
        .map_err(refuse)?;
    let detail = federation::reviews::detail(&engine, &caller, id)
        .await
        .map_err(refuse)?;
    Ok(ReviewAnswer { detail, caller })
}
