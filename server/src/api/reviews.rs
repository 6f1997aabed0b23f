//! What people do with agent proposals.

use axum::{Json, extract::State};
use federation::{Engine, reviews};
use model::{
    ConfidenceAnnotation, NewConfidence, NewJudgement, NewProposalReview, OwnJudgement, Page,
    ProposalId, ProposalReview,
};

use super::reply::{Created, Reply, page_of};
use crate::{
    extract::{Auth, Body, Id, Params, Reviewer, Viewer},
    problem::Problem,
};

/// List the reviews of an agent proposal
#[utoipa::path(get, path = "/proposals/{id}/reviews", tag = "proposals",
    responses((status = 200, body = Page<ProposalReview>)))]
pub async fn list(
    auth: Auth<Viewer>,
    Id(id): Id<ProposalId>,
    params: Params,
    State(engine): State<Engine>,
) -> Reply<Page<ProposalReview>> {
    let page = params.page()?;
    let reviews = reviews::list(&engine, &auth, id).await?;
    Ok(Json(page_of(reviews, page, |review| review.id.0)))
}

/// Decide on an agent proposal, comment on it, or take a decision back
#[utoipa::path(post, path = "/proposals/{id}/reviews", tag = "proposals",
    request_body = NewProposalReview,
    responses((status = 201, body = ProposalReview),
        (status = 409, description = "It is decided, not answered, not what was on the screen, to be judged first, or depended on")))]
pub async fn create(
    auth: Auth<Reviewer>,
    Id(id): Id<ProposalId>,
    State(engine): State<Engine>,
    Body(new): Body<NewProposalReview>,
) -> Result<Created<ProposalReview>, Problem> {
    let review = reviews::decide(&engine, &auth, id, new).await?;
    Ok(Created::new(&format!("proposals/{id}"), "reviews", review))
}

/// List how sure agent and people are of a proposal
#[utoipa::path(get, path = "/proposals/{id}/confidence", tag = "proposals",
    responses((status = 200, body = Page<ConfidenceAnnotation>)))]
pub async fn confidence(
    auth: Auth<Viewer>,
    Id(id): Id<ProposalId>,
    params: Params,
    State(engine): State<Engine>,
) -> Reply<Page<ConfidenceAnnotation>> {
    let page = params.page()?;
    let all = reviews::annotations(&engine, &auth, id).await?;
    Ok(Json(page_of(all, page, |one| one.id.0)))
}

/// Say how sure you are of a proposal
#[utoipa::path(post, path = "/proposals/{id}/confidence", tag = "proposals",
    request_body = NewConfidence,
    responses((status = 201, body = ConfidenceAnnotation),
        (status = 409, description = "There is no answer yet")))]
pub async fn annotate(
    auth: Auth<Reviewer>,
    Id(id): Id<ProposalId>,
    State(engine): State<Engine>,
    Body(new): Body<NewConfidence>,
) -> Result<Created<ConfidenceAnnotation>, Problem> {
    let one = reviews::annotate(&engine, &auth, id, new).await?;
    Ok(Created::new(&format!("proposals/{id}"), "confidence", one))
}

/// List the judgements that reviewers made on their own
///
/// None as long as the agent's opinion is held back from the caller.
#[utoipa::path(get, path = "/proposals/{id}/judgement", tag = "proposals",
    responses((status = 200, body = Page<OwnJudgement>)))]
pub async fn judgements(
    auth: Auth<Viewer>,
    Id(id): Id<ProposalId>,
    params: Params,
    State(engine): State<Engine>,
) -> Reply<Page<OwnJudgement>> {
    let page = params.page()?;
    let all = reviews::judgements(&engine, &auth, id).await?;
    Ok(Json(page_of(all, page, |one| one.id.0)))
}

/// Judge a proposal on your own, before the agent's opinion is uncovered
#[utoipa::path(post, path = "/proposals/{id}/judgement", tag = "proposals",
    request_body = NewJudgement,
    responses((status = 201, body = OwnJudgement),
        (status = 409, description = "It is not pending, or you have judged this answer")))]
pub async fn judge(
    auth: Auth<Reviewer>,
    Id(id): Id<ProposalId>,
    State(engine): State<Engine>,
    Body(new): Body<NewJudgement>,
) -> Result<Created<OwnJudgement>, Problem> {
    let one = reviews::judge(&engine, &auth, id, new).await?;
    Ok(Created::new(&format!("proposals/{id}"), "judgement", one))
}
