//! Whether the server lives, and whether it can answer.

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use federation::Engine;
use serde_json::json;

use crate::problem::{Problem, log_chain};

/// The process answers.
pub async fn alive() -> Response {
    Json(json!({ "status": "alive" })).into_response()
}

/// The database answers and every migration is in.
pub async fn ready(State(engine): State<Engine>) -> Response {
    match engine.store().ready().await {
        Ok(()) => Json(json!({ "status": "ready" })).into_response(),
        Err(error) => {
            log_chain("not ready", &error);
            Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "not_ready",
                "The database does not answer, or is not up to date.",
            )
            .into_response()
        }
    }
}
