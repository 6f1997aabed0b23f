//! The record of who did what. It is written by each change itself.

use model::{AuditEntry, AuditFilter, Caller, Page, PageRequest, Role};

use crate::{Engine, Result, error::require};

/// Newest first. For stewards and admins.
pub async fn list(
    engine: &Engine,
    caller: &Caller,
    filter: AuditFilter,
    page: PageRequest,
) -> Result<Page<AuditEntry>> {
    require(caller, Role::Steward)?;
    let rows = engine.store().audit_entries(&filter, page).await?;
    Ok(page.cut(rows, |entry| entry.id.0))
}
