//! Receipts of model calls.

use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::{Invocation, InvocationId};

use crate::error::AppError;

/// One receipt.
#[server(prefix = "/rpc", endpoint = "receipt", input = Json)]
pub async fn read_receipt(id: InvocationId) -> Result<Invocation, AppError> {
    use super::request;

    let (engine, caller) = (request::engine()?, request::caller()?);
    federation::invocations::get(&engine, &caller, id)
        .await
        .map_err(request::refuse)
}
