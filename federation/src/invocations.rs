//! Receipts, for those who look at them. They are written by the gate.

use model::{Caller, Invocation, InvocationFilter, InvocationId, Page, PageRequest, Role};

use crate::{Engine, Error, Result, error::require};

/// Newest first.
pub async fn list(
    engine: &Engine,
    caller: &Caller,
    filter: InvocationFilter,
    page: PageRequest,
) -> Result<Page<Invocation>> {
    require(caller, Role::Viewer)?;
    let rows = engine.store().invocations(&filter, page).await?;
    Ok(page.cut(rows, |invocation| invocation.id.0))
}

pub async fn get(engine: &Engine, caller: &Caller, id: InvocationId) -> Result<Invocation> {
    require(caller, Role::Viewer)?;
    engine
        .store()
        .invocation(id)
        .await?
        .ok_or_else(|| Error::not_found("invocation"))
}
