//! Agents beside each other, each by its latest snapshot.

use std::{cmp::Ordering, collections::HashMap};

use chrono::Duration;
use model::{
    AgentId, Caller, ComparisonChart, NumberTable, PerformanceCursor, PerformancePage,
    PerformanceQuery, PerformanceRow, Role, TrendPoint, TypeKind, comparison_table,
};

use super::{cover::hold_back, midnight};
use crate::{
    Engine, Result,
    error::require,
    hubs,
    store::performance::{Compared, Trend},
};

/// Days that a small line shows.
const TREND_DAYS: i64 = 30;

/// The active agents of one hub or all, sorted, a page of them; what is not
/// defined comes last, in either direction.
pub async fn compare(
    engine: &Engine,
    caller: &Caller,
    query: PerformanceQuery,
) -> Result<PerformancePage> {
    let mut rows = sorted(engine, caller, &query).await?;
    let total = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    if let Some(after) = &query.after {
        let is_seen = |(place, _): &Placed| place.compare(after, query.order) != Ordering::Greater;
        rows.drain(..rows.partition_point(is_seen));
    }
    let limit = usize::try_from(query.limit).unwrap_or(0);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let last = rows.last().filter(|_| more);
    Ok(PerformancePage {
        next_cursor: last.map(|(place, _)| place.to_string()),
        items: rows.into_iter().map(|(_, row)| row).collect(),
        total,
    })
}

/// What a chart of the comparison shows, as a table: of all agents that fit,
/// whatever page is asked for.
pub async fn comparison(
    engine: &Engine,
    caller: &Caller,
    query: PerformanceQuery,
    chart: ComparisonChart,
) -> Result<NumberTable> {
    let rows = sorted(engine, caller, &query).await?;
    let rows: Vec<PerformanceRow> = rows.into_iter().map(|(_, row)| row).collect();
    Ok(comparison_table(chart, &rows))
}

type Placed = (PerformanceCursor, PerformanceRow);

async fn sorted(engine: &Engine, caller: &Caller, query: &PerformanceQuery) -> Result<Vec<Placed>> {
    require(caller, Role::Viewer)?;
    if let Some(task) = &query.task_type {
        hubs::known(engine, TypeKind::TaskType, "task_type", task).await?;
    }
    let since = midnight(engine.clock().now()) - Duration::days(TREND_DAYS);
    let store = engine.store();
    let (agents, trends) = tokio::join!(
        store.compared(query.hub_id),
        store.trends(query.hub_id, since),
    );
    let mut lines: HashMap<AgentId, Vec<TrendPoint>> = HashMap::new();
    for trend in trends? {
        lines
            .entry(trend.agent_registration_id)
            .or_default()
            .push(point(trend));
    }
    let place = |agent: Compared| {
        let trend = lines.remove(&agent.agent_registration_id);
        let row = row(agent, query.task_type.as_deref(), trend.unwrap_or_default());
        (PerformanceCursor::of(query.sort, &row), row)
    };
    let mut rows: Vec<Placed> = agents?.into_iter().map(place).collect();
    rows.sort_by(|(a, _), (b, _)| a.compare(b, query.order));
    Ok(rows)
}

fn point(trend: Trend) -> TrendPoint {
    TrendPoint {
        period_end: trend.period_end,
        acceptance: (trend.decided > 0)
            .then(|| f64::from(trend.accepted) / f64::from(trend.decided)),
        decided: trend.decided.into(),
    }
}

fn row(mut agent: Compared, task_type: Option<&str>, trend: Vec<TrendPoint>) -> PerformanceRow {
    if agent.tells {
        agent.measures.iter_mut().for_each(hold_back);
    }
    // Both are of all tasks together.
    let all = agent.measures.as_ref().filter(|_| task_type.is_none());
    let median_decision_ms = all.and_then(|m| m.median_decision_ms);
    let change = all.and_then(|m| m.change.clone());
    let slice = agent.measures.and_then(|measures| match task_type {
        None => Some(measures.total),
        Some(task) => measures
            .by_task_type
            .into_iter()
            .find(|slice| slice.key == task),
    });
    PerformanceRow {
        agent_registration_id: agent.agent_registration_id,
        agent_name: agent.agent_name,
        hub_id: agent.hub_id,
        trust_level: agent.trust_level,
        version: agent.version,
        period_end: agent.period_end,
        computed_at: agent.computed_at,
        slice,
        median_decision_ms,
        change,
        trend,
    }
}
