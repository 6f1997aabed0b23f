//! The decisions of people on collective proposals.

use axum::{Json, extract::State};
use federation::{Engine, Error, collectives};
use model::{CollectiveId, CollectiveReview, NewCollectiveReview, Page};

use super::reply::{Created, Reply, page_of};
use crate::{
    extract::{Auth, Body, Id, Params, Reviewer, Viewer},
    problem::Problem,
};

/// List the reviews of a collective proposal
#[utoipa::path(get, path = "/collective-proposals/{id}/reviews", tag = "collective proposals",
    responses((status = 200, body = Page<CollectiveReview>)))]
pub async fn list(
    auth: Auth<Viewer>,
    Id(id): Id<CollectiveId>,
    params: Params,
    State(engine): State<Engine>,
) -> Reply<Page<CollectiveReview>> {
    let page = params.page()?;
    let mut reviews = collectives::get(&engine, &auth, id).await?.reviews;
    reviews.reverse();
    Ok(Json(page_of(reviews, page, |review| review.id.0)))
}

/// Decide on a collective proposal, or take a decision back
#[utoipa::path(post, path = "/collective-proposals/{id}/reviews", tag = "collective proposals",
    request_body = NewCollectiveReview,
    responses((status = 201, body = CollectiveReview),
        (status = 409, description = "It is decided, not finished, or not what was on the screen")))]
pub async fn create(
    auth: Auth<Reviewer>,
    Id(id): Id<CollectiveId>,
    State(engine): State<Engine>,
    Body(new): Body<NewCollectiveReview>,
) -> Result<Created<CollectiveReview>, Problem> {
    let detail = collectives::decide(&engine, &auth, id, new).await?;
    let review = detail
        .reviews
        .into_iter()
        .next_back()
        .ok_or_else(|| Error::Internal("a decision left no review record".to_owned()))?;
    Ok(Created::new(
        &format!("collective-proposals/{id}"),
        "reviews",
        review,
    ))
}
