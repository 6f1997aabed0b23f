//! A panic in a handler is logged and answered; the server goes on.

use std::any::Any;

use axum::response::{IntoResponse, Response};

use crate::problem::Problem;

/// What a client is told of a panic.
pub fn answer(panic: Box<dyn Any + Send + 'static>) -> Response {
    let message = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    tracing::error!(message, "a handler panicked");
    Problem::internal().into_response()
}
