//! How well agents do: snapshots of 30 days, what they mean, and what they
//! suggest. An agent's confidence and people's are never mixed.

mod compare;
mod count;
mod cover;
pub mod statistics;
mod suggestions;
mod trust;

use std::time::Duration;

use chrono::{DateTime, Days, NaiveTime, Utc};
use model::{
    ActorKind, AgentId, Caller, NumberTable, PERIOD_DAYS, Page, PageRequest, PerformanceChart,
    PerformanceRecord, PerformanceRecordId, PerformanceReport, Role, SuggestionFilter,
    SuggestionStatus, chart_table,
};
use serde_json::json;

use crate::{Engine, Error, Result, agents, error::require, hubs, store::performance::Period};
use cover::cover;

pub use compare::{compare, comparison};
pub use suggestions::{confirm, dismiss, list as suggestions};
pub use trust::suggested_level;

/// Snapshots that a line over time shows.
const HISTORY: i64 = 120;

/// Agents that one round of the daily count takes.
const BATCH: i64 = 50;

/// How often it is looked whether a day is over.
const LOOK_EVERY: Duration = Duration::from_secs(300);

/// Counts the 30 days that end with the present one, in UTC, and keeps the
/// snapshot in the place of an earlier one of the same day. Suggestions follow
/// from it.
pub async fn compute(engine: &Engine, caller: &Caller, id: AgentId) -> Result<PerformanceRecord> {
    require(caller, Role::Reviewer)?;
    let today = midnight(engine.clock().now());
    let mut record = keep(engine, caller, id, period_until(today + Days::new(1))).await?;
    // The one that stands may be another instance's, or the hub has changed.
    cover(engine, id, [&mut record]).await?;
    Ok(record)
}

/// Counts yesterday's period for the agents that lack it; gives how many there
/// were. Several instances may be at it at once.
pub async fn daily(engine: &Engine) -> Result<usize> {
    let period = period_until(midnight(engine.clock().now()));
    let (mut counted, mut after) = (0, None);
    loop {
        let store = engine.store();
        let missing = store.unmeasured_agents(period, after, BATCH).await?;
        if missing.is_empty() || engine.shutdown_token().is_cancelled() {
            return Ok(counted);
        }
        after = missing.last().copied();
        for id in missing {
            // One that cannot be counted keeps nobody else from it.
            match keep(engine, &Caller::system(), id, period).await {
                Ok(_) => counted += 1,
                Err(error) => tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    agent = %id,
                    "an agent's performance could not be counted; it is tried again"
                ),
            }
        }
    }
}

/// Counts when a day is over, as long as the engine runs.
pub(crate) fn spawn(engine: &Engine) {
    let engine = engine.clone();
    engine.tasks().clone().spawn(async move {
        loop {
            if let Err(error) = daily(&engine).await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the daily count of agents' performance failed; it is tried again"
                );
            }
            tokio::select! {
                () = engine.shutdown_token().cancelled() => return,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    });
}

async fn keep(
    engine: &Engine,
    caller: &Caller,
    id: AgentId,
    period: Period,
) -> Result<PerformanceRecord> {
    let store = engine.store();
    let agent = store
        .agent(id)
        .await?
        .ok_or_else(|| Error::not_found("agent"))?;
    let hub = hubs::named(engine, agent.hub_id).await?;
    // The moment before the count: what is decided meanwhile may be missing.
    let computed_at = engine.clock().now();
    let measures = count::measures(engine, &agent, &hub, period).await?;
    let record = count::record(engine.clock().id(), &agent, period, computed_at, measures);
    let routes = trust::routes(engine, &agent, &hub, &record).await?;
    let mut tx = store.begin().await?;
    let version = tx.lock_agent(id).await?;
    let record = tx.keep_performance(&record).await?;
    if caller.kind != ActorKind::System {
        let detail = json!({ "record_id": record.id, "period_end": record.period_end });
        let action = "performance.computed";
        tx.audit(caller, action, Some(hub.id), "agent", id.0, detail)
            .await?;
    }
    // A newer snapshot, or one of the agent as it is now, says more.
    let is_latest = !tx.has_later_performance(id, period.end).await?;
    if is_latest && version == Some(agent.version) && agent.is_active {
        suggestions::follow(&mut tx, &agent, &hub, &record, routes).await?;
    }
    tx.commit().await?;
    Ok(record)
}

fn midnight(now: DateTime<Utc>) -> DateTime<Utc> {
    now.date_naive().and_time(NaiveTime::MIN).and_utc()
}

fn period_until(end: DateTime<Utc>) -> Period {
    Period {
        start: end - chrono::Duration::days(PERIOD_DAYS),
        end,
    }
}

/// The snapshots of an agent, newest first.
pub async fn records(
    engine: &Engine,
    caller: &Caller,
    id: AgentId,
    page: PageRequest,
) -> Result<Page<PerformanceRecord>> {
    agents::get(engine, caller, id).await?;
    let store = engine.store();
    let before = match page.after {
        None => None,
        Some(after) => match store.performance_record(PerformanceRecordId(after)).await? {
            Some(last) if last.agent_registration_id == id => Some(last.period_end),
            _ => return Err(Error::invalid("cursor", "is none of this list")),
        },
    };
    let mut rows = store
        .performance_records(id, before, page.limit + 1)
        .await?;
    cover(engine, id, &mut rows).await?;
    Ok(page.cut(rows, |record| record.id.0))
}

/// An agent's latest snapshot, the line of the earlier ones, and what is
/// suggested of them.
pub async fn report(engine: &Engine, caller: &Caller, id: AgentId) -> Result<PerformanceReport> {
    let agent = agents::get(engine, caller, id).await?;
    let hub = hubs::named(engine, agent.hub_id).await?;
    let filter = SuggestionFilter {
        agent_registration_id: Some(id),
        status: Some(SuggestionStatus::Open),
        ..SuggestionFilter::default()
    };
    let store = engine.store();
    let page = PageRequest::default();
    let (latest, history, suggestions) = tokio::join!(
        store.performance_records(id, None, 1),
        store.performance_history(id, HISTORY),
        store.suggestions(&filter, page),
    );
    let (mut latest, mut history) = (latest?.into_iter().next(), history?);
    history.reverse();
    cover(engine, id, history.iter_mut().chain(&mut latest)).await?;
    Ok(PerformanceReport {
        agent,
        latest,
        history,
        suggestions: suggestions?,
        trust_threshold: hub.trust_threshold(),
        trust_decisions: hub.trust_decisions(),
    })
}

/// What a chart of an agent's latest snapshot shows, as a table; of the
/// snapshot `record`, where it is given.
pub async fn table(
    engine: &Engine,
    caller: &Caller,
    id: AgentId,
    record: Option<PerformanceRecordId>,
    chart: PerformanceChart,
) -> Result<NumberTable> {
    let mut report = report(engine, caller, id).await?;
    if let Some(wanted) = record {
        report.latest = engine.store().performance_record(wanted).await?;
        cover(engine, id, &mut report.latest).await?;
    }
    match report.latest {
        Some(latest) if latest.agent_registration_id == id => {
            Ok(chart_table(chart, &latest, &report.history))
        }
        _ => Err(Error::not_found("performance record")),
    }
}
