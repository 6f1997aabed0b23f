//! The inbox: all that waits for a person.

use model::{Caller, InboxCounts, InboxFilter, InboxPage, InboxPlace, Role};

use crate::{Engine, Error, Result, error::require};

/// One page of what waits; `limit` from 1 to 200. `cursor` is the
/// `next_cursor` of a page with the same filter.
pub async fn list(
    engine: &Engine,
    caller: &Caller,
    filter: &InboxFilter,
    cursor: Option<&str>,
    limit: i64,
) -> Result<InboxPage> {
    require(caller, Role::Viewer)?;
    let after = cursor
        .map(|cursor| {
            InboxPlace::read(cursor).ok_or_else(|| {
                Error::invalid("cursor", "must be the next_cursor of an earlier answer")
            })
        })
        .transpose()?;
    let limit = limit.clamp(1, model::LIMIT_MAX);
    let mut rows = engine.store().inbox(caller, filter, after, limit).await?;
    let wanted = usize::try_from(limit).unwrap_or(0);
    let more = rows.len() > wanted;
    rows.truncate(wanted);
    let next_cursor = rows
        .last()
        .filter(|_| more)
        .map(|(_, place)| place.cursor());
    Ok(InboxPage {
        items: rows.into_iter().map(|(item, _)| item).collect(),
        next_cursor,
        counts: engine.store().inbox_counts(filter).await?,
    })
}

/// How much waits, whatever its kind.
pub async fn counts(engine: &Engine, caller: &Caller, filter: &InboxFilter) -> Result<InboxCounts> {
    require(caller, Role::Viewer)?;
    Ok(engine.store().inbox_counts(filter).await?)
}
