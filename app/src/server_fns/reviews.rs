//! What people decide on proposals, and the inbox.

use leptos::prelude::*;
use model::{
    AgentName, Caller, CollectiveDetail, Hub, InboxPage, Judgement, NewProposalReview, ProposalId,
    RegisteredType, ReviewDetail,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

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

/// The inbox as a page shows it first: the list, and what is beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InboxView {
    pub inbox: InboxAnswer,
    /// `None` where nothing waits.
    pub shown: Option<InboxShown>,
}

/// What is beside the list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum InboxShown {
    Proposal(Box<ReviewAnswer>),
    Collective(Box<CollectiveDetail>),
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

/// The inbox with the item that the address names, or else with the first one.
#[server(prefix = "/rpc", endpoint = "open_inbox", input = Wire, output = Wire)]
pub async fn open_inbox(
    query: InboxQuery,
    limit: i64,
    item: Option<Uuid>,
) -> Result<Option<InboxView>, AppError> {
    use super::request;

    let Some(inbox) = read_inbox(query, limit).await? else {
        return Ok(None);
    };
    let (engine, caller) = (request::engine()?, request::caller()?);
    let named = match item {
        Some(id) => beside(&engine, &caller, inbox.hub.id, id).await?,
        None => None,
    };
    let first = inbox.page.items.first().map(|row| row.id);
    let shown = match (named, first) {
        (None, Some(id)) => beside(&engine, &caller, inbox.hub.id, id).await?,
        (named, _) => named,
    };
    Ok(Some(InboxView { inbox, shown }))
}

/// What an id of the inbox names; `None` where it is nothing of this hub.
#[cfg(feature = "ssr")]
async fn beside(
    engine: &federation::Engine,
    caller: &Caller,
    hub: model::HubId,
    id: Uuid,
) -> Result<Option<InboxShown>, AppError> {
    use federation::{Error, collectives, reviews};
    use model::CollectiveId;

    use super::request::refuse;

    match reviews::detail(engine, caller, ProposalId(id)).await {
        Ok(detail) => {
            let of_hub = detail.proposal.hub_id == hub;
            let caller = caller.clone();
            let answer = Box::new(ReviewAnswer { detail, caller });
            return Ok(of_hub.then_some(InboxShown::Proposal(answer)));
        }
        Err(Error::NotFound { .. }) => {}
        Err(error) => return Err(refuse(error)),
    }
    match collectives::get(engine, caller, CollectiveId(id)).await {
        Ok(detail) => {
            let of_hub = detail.collective.hub_id == hub;
            Ok(of_hub.then(|| InboxShown::Collective(Box::new(detail))))
        }
        Err(Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(refuse(error)),
    }
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

/// Takes back what a policy accepted, and goes to the proposal: it waits for a
/// person again.
#[server(prefix = "/rpc", endpoint = "undo_auto_applied", output = Wire)]
pub async fn undo_auto_applied(id: ProposalId) -> Result<(), AppError> {
    use model::Verdict;

    use super::request;

    let (engine, caller) = (request::engine()?, request::caller()?);
    let undone = NewProposalReview {
        verdict: Verdict::Undone,
        comment: None,
        revised_content: None,
        content_hash: None,
        duplicates: None,
    };
    federation::reviews::decide(&engine, &caller, id, undone)
        .await
        .map_err(request::refuse)?;
    leptos_axum::redirect(&format!("/proposals/{id}"));
    Ok(())
}

/// A decision or an own judgement of a form without scripts, on what was shown;
/// goes to the page of the proposal.
#[server(prefix = "/rpc", endpoint = "decide_plainly", output = Wire)]
pub async fn decide_plainly(
    id: ProposalId,
    /// `judge_` before it: what the caller thinks, before the agent's opinion
    /// is uncovered.
    verdict: String,
    #[server(default)] content_hash: Option<String>,
    #[server(default)] comment: Option<String>,
) -> Result<(), AppError> {
    use model::NewJudgement;

    use super::request::{self, refuse};

    let (engine, caller) = (request::engine()?, request::caller()?);
    let comment = comment.filter(|text| !text.trim().is_empty());
    let unknown = || request::wrong("verdict", "choose one of the buttons");
    if let Some(word) = verdict.strip_prefix("judge_") {
        let new = NewJudgement {
            verdict: word.parse().map_err(|_| unknown())?,
            score: None,
            rationale: comment,
        };
        federation::reviews::judge(&engine, &caller, id, new)
            .await
            .map_err(refuse)?;
    } else {
        let review = NewProposalReview {
            verdict: verdict.parse().map_err(|_| unknown())?,
            comment,
            revised_content: None,
            content_hash: content_hash.filter(|hash| !hash.is_empty()),
            duplicates: None,
        };
        federation::reviews::decide(&engine, &caller, id, review)
            .await
            .map_err(refuse)?;
    }
    leptos_axum::redirect(&format!("/proposals/{id}"));
    Ok(())
}
