//! Path to handler. The paths stand at the handlers, for the document too.

use axum::{
    Router,
    http::{Method, StatusCode, Uri},
};
use utoipa::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    agents, audit, candidates, collective_reviews, collectives, decisions, delegations, events,
    governance, hubs, inbox, interactions, invocation_points, invocations, manifests,
    openapi::Document, performance, prices, proposals, providers, reviews, routing, signals,
    tokens, types, widgets,
};
use crate::{problem::Problem, state::AppState};

/// The handlers with their paths below `/api/v2`.
pub(super) fn handlers() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(hubs::list, hubs::create))
        .routes(routes!(hubs::get, hubs::update))
        .routes(routes!(manifests::get, manifests::put))
        .routes(routes!(manifests::versions))
        .routes(routes!(types::get, types::create))
        .routes(routes!(types::update))
        .routes(routes!(widgets::list, widgets::create))
        .routes(routes!(widgets::get, widgets::update))
        .routes(routes!(widgets::timeline))
        .routes(routes!(widgets::summaries))
        .routes(routes!(interactions::list, interactions::create))
        .routes(routes!(signals::list, signals::create))
        .routes(routes!(candidates::list, candidates::create))
        .routes(routes!(candidates::get, candidates::update))
        .routes(routes!(decisions::list, decisions::create))
        .routes(routes!(decisions::get, decisions::update))
        .routes(routes!(agents::list, agents::create))
        .routes(routes!(agents::get, agents::update))
        .routes(routes!(agents::versions))
        .routes(routes!(agents::routes))
        .routes(routes!(agents::work))
        .routes(routes!(agents::summary))
        .routes(routes!(agents::ask))
        .routes(routes!(agents::activate))
        .routes(routes!(agents::deactivate))
        .routes(routes!(routing::list, routing::create))
        .routes(routes!(routing::get, routing::update, routing::delete))
        .routes(routes!(routing::resolve))
        .routes(routes!(routing::explain))
        .routes(routes!(routing::reorder))
        .routes(routes!(prices::list, prices::create))
        .routes(routes!(prices::get, prices::update, prices::delete))
        .routes(routes!(prices::unpriced))
        .routes(routes!(governance::list, governance::create))
        .routes(routes!(governance::get, governance::update))
        .routes(routes!(governance::toggle))
        .routes(routes!(governance::check))
        .routes(routes!(governance::what_if))
        .routes(routes!(governance::dashboard))
        .routes(routes!(collectives::list, collectives::start))
        .routes(routes!(collectives::get))
        .routes(routes!(collectives::cancel))
        .routes(routes!(collectives::estimate))
        .routes(routes!(collectives::another_round))
        .routes(routes!(
            collective_reviews::list,
            collective_reviews::create
        ))
        .routes(routes!(events::collective))
        .routes(routes!(events::hub))
        .routes(routes!(events::proposal))
        .routes(routes!(invocation_points::summarize_cluster))
        .routes(routes!(invocation_points::draft_requirement))
        .routes(routes!(invocation_points::propose_implementation))
        .routes(routes!(invocation_points::detect_duplicates))
        .routes(routes!(proposals::list))
        .routes(routes!(proposals::get))
        .routes(routes!(proposals::answers))
        .routes(routes!(proposals::cancel))
        .routes(routes!(proposals::another_round))
        .routes(routes!(performance::list, performance::compute))
        .routes(routes!(performance::report))
        .routes(routes!(performance::export))
        .routes(routes!(performance::compare))
        .routes(routes!(performance::export_comparison))
        .routes(routes!(performance::suggestions))
        .routes(routes!(performance::confirm))
        .routes(routes!(performance::dismiss))
        .routes(routes!(delegations::list))
        .routes(routes!(delegations::get))
        .routes(routes!(delegations::cancel))
        .routes(routes!(delegations::close))
        .routes(routes!(delegations::of_proposal, delegations::start))
        .routes(routes!(delegations::options))
        .routes(routes!(delegations::tree))
        .routes(routes!(delegations::prov))
        .routes(routes!(delegations::nodes))
        .routes(routes!(delegations::way_up))
        .routes(routes!(reviews::list, reviews::create))
        .routes(routes!(reviews::confidence, reviews::annotate))
        .routes(routes!(reviews::judgements, reviews::judge))
        .routes(routes!(inbox::list))
        .routes(routes!(invocations::list))
        .routes(routes!(invocations::get))
        .routes(routes!(audit::list))
        .routes(routes!(providers::bridge))
        .routes(routes!(providers::list))
        .routes(routes!(providers::create))
        .routes(routes!(providers::errors))
        .routes(routes!(tokens::list, tokens::create))
        .routes(routes!(tokens::revoke))
}

/// The API, to be nested at `/api/v2`.
pub fn router() -> Router<AppState> {
    let (router, _) = handlers().split_for_parts();
    router
        .fallback(unknown_path)
        .method_not_allowed_fallback(wrong_method)
}

pub async fn unknown_path(uri: Uri) -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "unknown_path",
        format!(
            "There is nothing at {}. /api/v2/docs lists what there is.",
            uri.path()
        ),
    )
}

async fn wrong_method(method: Method) -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        format!("{method} is not possible here; the header Allow lists what is."),
    )
}
