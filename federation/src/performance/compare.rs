//! Agents beside each other, each by its latest snapshot.

use std::{cmp::Ordering, collections::HashMap};

use chrono::Duration;
use model::{
    AgentId, Caller, PerformanceQuery, PerformanceRow, PerformanceSort, Role, SortOrder,
    TrendPoint, TypeKind,
};

use super::midnight;
use crate::{
    Engine, Result,
    error::require,
    hubs,
    store::performance::{Compared, Trend},
};

/// Agents that a comparison shows: one page that can still be read.
const MOST: usize = 200;

/// Agents that are looked at for it.
const LOOKED_AT: i64 = 5_000;

/// Days that a small line shows.
const TREND_DAYS: i64 = 30;

/// The active agents of one hub or all, sorted; what is not defined comes
/// last, in either direction.
pub async fn compare(
    engine: &Engine,
    caller: &Caller,
    query: PerformanceQuery,
) -> Result<Vec<PerformanceRow>> {
    require(caller, Role::Viewer)?;
    if let Some(task) = &query.task_type {
        hubs::known(engine, TypeKind::TaskType, "task_type", task).await?;
    }
    let since = midnight(engine.clock().now()) - Duration::days(TREND_DAYS);
    let store = engine.store();
    let (agents, trends) = tokio::join!(
        store.compared(query.hub_id, LOOKED_AT),
        store.trends(query.hub_id, since),
    );
    let mut lines: HashMap<AgentId, Vec<TrendPoint>> = HashMap::new();
    for trend in trends? {
        lines
            .entry(trend.agent_registration_id)
            .or_default()
            .push(point(trend));
    }
    let mut rows: Vec<PerformanceRow> = agents?
        .into_iter()
        .map(|agent| {
            let trend = lines.remove(&agent.agent_registration_id);
            row(agent, query.task_type.as_deref(), trend.unwrap_or_default())
        })
        .collect();
    rows.sort_by(|a, b| ordered(a, b, query.sort, query.order));
    rows.truncate(MOST);
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

fn row(agent: Compared, task_type: Option<&str>, trend: Vec<TrendPoint>) -> PerformanceRow {
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

fn ordered(
    a: &PerformanceRow,
    b: &PerformanceRow,
    sort: PerformanceSort,
    order: SortOrder,
) -> Ordering {
    let names = || {
        let name = |row: &PerformanceRow| row.agent_name.to_lowercase();
        name(a)
            .cmp(&name(b))
            .then(a.agent_registration_id.cmp(&b.agent_registration_id))
    };
    let turned = |ordering: Ordering| match order {
        SortOrder::Asc => ordering,
        SortOrder::Desc => ordering.reverse(),
    };
    if sort == PerformanceSort::Name {
        return turned(names());
    }
    match (key(a, sort), key(b, sort)) {
        (Some(x), Some(y)) => turned(x.total_cmp(&y)).then_with(names),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => names(),
    }
}

fn key(row: &PerformanceRow, sort: PerformanceSort) -> Option<f64> {
    let slice = row.slice.as_ref();
    match sort {
        PerformanceSort::Name => None,
        PerformanceSort::Generated => slice.map(|s| s.generated as f64),
        PerformanceSort::Acceptance => slice?.acceptance().map(|r| r.share),
        PerformanceSort::Confidence => slice?.mean_confidence,
        PerformanceSort::Calibration => slice?.calibration.score,
        PerformanceSort::Brier => slice?.brier,
        PerformanceSort::Cost => slice?.cost_microusd_per_accepted().map(|c| c as f64),
        PerformanceSort::Time => row.median_decision_ms.map(|ms| ms as f64),
        PerformanceSort::Change => row.change.as_ref().map(|c| c.difference.difference),
    }
}
