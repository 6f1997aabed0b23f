//! Agent proposals: what was asked of one agent, and what it answered.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use federation::{Engine, Idempotency, proposals};
use model::{
    AgentId, CandidateId, DecisionRecordId, HubId, NewInvocation, Page, Proposal, ProposalAnswer,
    ProposalFilter, ProposalId, ProposalStatus, WidgetId,
};
use tokio_util::sync::CancellationToken;

use super::{
    invocation_points::answer,
    reply::{Reply, page_of},
};
use crate::{
    extract::{Auth, Id, IdempotencyKey, OptionalBody, Params, Reviewer, Viewer},
    problem::Problem,
};

/// List agent proposals
#[utoipa::path(get, path = "/proposals", tag = "proposals",
    params(
        ("hub_id" = Option<HubId>, Query), ("status" = Option<ProposalStatus>, Query),
        ("agent_registration_id" = Option<AgentId>, Query), ("task_type" = Option<String>, Query),
        ("source_widget_id" = Option<WidgetId>, Query),
        ("source_candidate_id" = Option<CandidateId>, Query),
        ("source_decision_id" = Option<DecisionRecordId>, Query),
    ),
    responses((status = 200, body = Page<Proposal>)))]
pub async fn list(
    auth: Auth<Viewer>,
    params: Params,
    State(engine): State<Engine>,
) -> Reply<Page<Proposal>> {
    let filter = ProposalFilter {
        hub_id: params.id("hub_id")?,
        status: params.word("status")?,
        agent_registration_id: params.id("agent_registration_id")?,
        task_type: params.text("task_type").map(str::to_owned),
        source_widget_id: params.id("source_widget_id")?,
        source_candidate_id: params.id("source_candidate_id")?,
        source_decision_id: params.id("source_decision_id")?,
    };
    Ok(Json(
        proposals::list(&engine, &auth, filter, params.page()?).await?,
    ))
}

/// Read an agent proposal
#[utoipa::path(get, path = "/proposals/{id}", tag = "proposals",
    responses((status = 200, body = Proposal)))]
pub async fn get(
    auth: Auth<Viewer>,
    Id(id): Id<ProposalId>,
    State(engine): State<Engine>,
) -> Reply<Proposal> {
    Ok(Json(proposals::get(&engine, &auth, id).await?))
}

/// List the answers that were kept, of every round
#[utoipa::path(get, path = "/proposals/{id}/answers", tag = "proposals",
    responses((status = 200, body = Page<ProposalAnswer>)))]
pub async fn answers(
    auth: Auth<Viewer>,
    Id(id): Id<ProposalId>,
    params: Params,
    State(engine): State<Engine>,
) -> Reply<Page<ProposalAnswer>> {
    let page = params.page()?;
    let answers = proposals::answers(&engine, &auth, id).await?;
    Ok(Json(page_of(answers, page, |answer| {
        answer.invocation_id.0
    })))
}

/// Cancel the work on a proposal
///
/// Where the answer of an earlier round stands, the proposal is pending again.
#[utoipa::path(post, path = "/proposals/{id}/cancel", tag = "proposals",
    responses((status = 200, body = Proposal),
        (status = 409, description = "The agent is not at work any more")))]
pub async fn cancel(
    auth: Auth<Reviewer>,
    Id(id): Id<ProposalId>,
    State(engine): State<Engine>,
) -> Reply<Proposal> {
    Ok(Json(proposals::cancel(&engine, &auth, id).await?))
}

/// Ask for another answer to a pending proposal
///
/// The answer so far is kept, and stands until there is another one. Answers
/// at once; with `wait=true`, when the agent is not at work any more.
#[utoipa::path(post, path = "/proposals/{id}/another-round", tag = "proposals",
    request_body = Option<NewInvocation>,
    params(
        ("wait" = Option<bool>, Query, description = "Answer when the agent has answered"),
        ("Idempotency-Key" = Option<String>, Header,
            description = "The same key and body give the first answer again, for 24 hours"),
    ),
    responses((status = 202, body = Proposal, description = "The work is queued"),
        (status = 200, body = Proposal, description = "The work has ended"),
        (status = 409, description = "It is not pending, nobody is routed, or the key was used for another body")))]
pub async fn another_round(
    auth: Auth<Reviewer>,
    Id(id): Id<ProposalId>,
    params: Params,
    IdempotencyKey(key): IdempotencyKey,
    State(engine): State<Engine>,
    State(shutdown): State<CancellationToken>,
    OptionalBody(new): OptionalBody<NewInvocation>,
) -> Result<Response, Problem> {
    let wait = params.flag("wait")?.unwrap_or(false);
    let key = key.map(|key| Idempotency {
        path: format!("/api/v2/proposals/{id}/another-round"),
        key,
    });
    let queued = proposals::another_round(&engine, &auth, id, new, key).await?;
    if !wait {
        return Ok(answer(StatusCode::ACCEPTED, &queued));
    }
    let ended = super::invocation_points::ended(&engine, &auth, &shutdown, id).await?;
    Ok(answer(StatusCode::OK, &ended))
}
