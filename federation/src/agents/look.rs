//! Looking at agents: the sorted list, versions with their changes, what
//! routes to an agent, what it made.

use chrono::{DateTime, Duration, Utc};
use model::{
    Acceptance, AgentCursor, AgentId, AgentRoutes, AgentRow, AgentSearch, AgentSummary,
    AgentVersionRow, AgentWork, Caller, Page, PageRequest, Role, validate::NAME_MAX,
};
use uuid::Uuid;

use super::{changes, get};
use crate::{Engine, Error, Result, error::require};

/// "Lately" on the pages of agents.
const DAYS: i64 = 30;

fn since(engine: &Engine) -> DateTime<Utc> {
    engine.clock().now() - Duration::days(DAYS)
}

/// The agents that fit, with when each was last asked and how many of its
/// proposals were accepted in the last 30 days.
pub async fn search(
    engine: &Engine,
    caller: &Caller,
    search: AgentSearch,
) -> Result<Page<AgentRow>> {
    require(caller, Role::Viewer)?;
    if let Some(text) = &search.text
        && (text.chars().count() > NAME_MAX || text.contains('\0'))
    {
        let message = format!("must have at most {NAME_MAX} characters, none of them NUL");
        return Err(Error::invalid("q", message));
    }
    let mut items = engine.store().search_agents(&search, since(engine)).await?;
    let limit = usize::try_from(search.limit).unwrap_or(0);
    let more = items.len() > limit;
    items.truncate(limit);
    let last = items.last().filter(|_| more);
    let next_cursor = last.map(|row| AgentCursor::after(search.sort, row).to_string());
    Ok(Page { items, next_cursor })
}

/// Versions with what changed in each, newest first. The page's `after` holds
/// a version's number.
pub async fn history(
    engine: &Engine,
    caller: &Caller,
    id: AgentId,
    page: PageRequest,
) -> Result<Page<AgentVersionRow>> {
    get(engine, caller, id).await?;
    let before = page
        .after
        .map(|after| i64::try_from(after.as_u128()).unwrap_or(i64::MAX));
    let versions = engine
        .store()
        .agent_versions_before(id, before, page.limit + 1)
        .await?;
    let older = versions.iter().skip(1).map(Some).chain([None]);
    let rows = versions
        .iter()
        .zip(older)
        .map(|(version, older)| AgentVersionRow {
            version: version.clone(),
            changes: older.map_or_else(Vec::new, |older| changes::between(older, version)),
        })
        .collect();
    Ok(page.cut(rows, |row: &AgentVersionRow| {
        Uuid::from_u128(u128::from(row.version.version.unsigned_abs()))
    }))
}

/// The active routing and governance policies that name an agent: what one
/// should know before it is deactivated.
pub async fn routes(engine: &Engine, caller: &Caller, id: AgentId) -> Result<AgentRoutes> {
    get(engine, caller, id).await?;
    Ok(AgentRoutes {
        routing: engine.store().agent_routes(id).await?,
        governance: engine.store().agent_governance(id).await?,
    })
}

/// Contributions and proposals of an agent, newest first.
pub async fn work(
    engine: &Engine,
    caller: &Caller,
    id: AgentId,
    page: PageRequest,
) -> Result<Page<AgentWork>> {
    get(engine, caller, id).await?;
    let rows = engine.store().agent_work(id, page).await?;
    Ok(page.cut(rows, |work| work.id))
}

/// Calls and decisions of the last 30 days.
pub async fn summary(engine: &Engine, caller: &Caller, id: AgentId) -> Result<AgentSummary> {
    get(engine, caller, id).await?;
    let since = since(engine);
    let sums = engine.store().agent_sums(id, since).await?;
    let decided = sums.accepted + sums.rejected + sums.revised;
    Ok(AgentSummary {
        since,
        last_used_at: sums.last_used_at,
        calls: sums.calls,
        succeeded: sums.succeeded,
        failed: sums.failed,
        blocked: sums.blocked,
        tokens_in: sums.tokens_in,
        tokens_out: sums.tokens_out,
        cost_microusd: sums.cost_microusd,
        unpriced: sums.unpriced,
        mean_duration_ms: sums.mean_duration_ms,
        acceptance: Acceptance::of(sums.accepted, decided),
        rejected: sums.rejected,
        revised: sums.revised,
    })
}
