//! Receipts of model calls.

use leptos::prelude::*;
use model::{Invocation, InvocationId};

use crate::error::AppError;
use crate::wire::Wire;

/// One receipt.
#[server(prefix = "/rpc", endpoint = "receipt", input = Wire, output = Wire)]
pub async fn read_receipt(id: InvocationId) -> Result<Invocation, AppError> {
    use super::request;

    let (engine, caller) = (request::engine()?, request::caller()?);
    federation::invocations::get(&engine, &caller, id)
        .await
        .map_err(request::refuse)
}
