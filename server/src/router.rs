//! Path to handler, and the layers around them.

use axum::{
    Router,
    middleware::{from_fn, from_fn_with_state},
    routing::{any, get},
};
use tower::ServiceBuilder;
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer};

use crate::{
    api, downloads, files, health, metrics,
    middleware::{body, caller, csrf, headers, panics, throttle, trace},
    pages,
    state::AppState,
};

/// The whole server.
pub fn router(state: AppState) -> Router {
    // The first is the outermost.
    let layers = ServiceBuilder::new()
        .layer(from_fn_with_state(state.clone(), trace::record))
        .layer(from_fn_with_state(state.clone(), metrics::count))
        .layer(from_fn_with_state(state.clone(), headers::secure))
        .layer(CatchPanicLayer::custom(panics::answer))
        .layer(CompressionLayer::new().gzip(true).br(true))
        .layer(from_fn_with_state(state.clone(), csrf::check))
        .layer(from_fn(body::limit))
        .layer(from_fn_with_state(state.clone(), throttle::guard))
        .layer(from_fn_with_state(state.clone(), caller::identify));
    Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::show))
        .merge(files::router(&state.leptos))
        .nest("/api/v2", api::router())
        // `nest` leaves it out.
        .route("/api/v2/", any(api::unknown_path))
        .merge(api::docs())
        .merge(downloads::router())
        .merge(pages::router(&state))
        .layer(layers)
        .with_state(state)
}
