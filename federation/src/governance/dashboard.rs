//! What governance blocked in the last days, hub by hub.

use std::{cmp::Reverse, collections::HashMap};

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use model::{
    BlockedAgent, BlockedInHub, BlockedOnDay, BlockedType, Caller, GovernanceDashboard, HubId, Role,
};

use crate::{Engine, Result, error::require, store::governance::Blocked};

/// The days that are counted, today included.
const DAYS: u64 = 7;

/// The beginning of the last 7 days in UTC, today included.
pub(crate) fn last_7_days(now: DateTime<Utc>) -> DateTime<Utc> {
    first_day(now).and_time(NaiveTime::MIN).and_utc()
}

fn first_day(now: DateTime<Utc>) -> NaiveDate {
    let today = now.date_naive();
    // Earlier than this no clock can be.
    today.checked_sub_days(Days::new(DAYS - 1)).unwrap_or(today)
}

/// The blocked calls of the last 7 days in UTC, for each hub.
pub async fn dashboard(engine: &Engine, caller: &Caller) -> Result<GovernanceDashboard> {
    require(caller, Role::Viewer)?;
    let now = engine.clock().now();
    let blocked = engine.store().blocked_calls(last_7_days(now)).await?;
    let mut of_hub: HashMap<HubId, Vec<Blocked>> = HashMap::new();
    for row in blocked {
        of_hub.entry(row.hub_id).or_default().push(row);
    }
    let mut hubs = Vec::new();
    for (hub_id, slug, name) in engine.store().hub_names().await? {
        let rows = of_hub.remove(&hub_id).unwrap_or_default();
        hubs.push(BlockedInHub {
            hub_id,
            slug,
            name,
            blocked_last_7_days: rows.iter().map(|row| row.blocked).sum(),
            days: by_day(&rows, first_day(now)),
            by_agent: by_agent(&rows),
            by_artifact_type: by_type(&rows),
        });
    }
    hubs.sort_by_key(|hub| Reverse(hub.blocked_last_7_days));
    Ok(GovernanceDashboard { hubs })
}

fn by_day(rows: &[Blocked], first: NaiveDate) -> Vec<BlockedOnDay> {
    first
        .iter_days()
        .zip(0..DAYS)
        .map(|(date, _)| BlockedOnDay {
            date,
            blocked: rows
                .iter()
                .filter(|row| row.day == date)
                .map(|row| row.blocked)
                .sum(),
        })
        .collect()
}

fn by_agent(rows: &[Blocked]) -> Vec<BlockedAgent> {
    let mut found: Vec<BlockedAgent> = Vec::new();
    for row in rows {
        let (Some(agent), Some(name)) = (row.agent_registration_id, &row.agent_name) else {
            continue;
        };
        match found.iter_mut().find(|f| f.agent_registration_id == agent) {
            Some(known) => known.blocked += row.blocked,
            None => found.push(BlockedAgent {
                agent_registration_id: agent,
                name: name.clone(),
                blocked: row.blocked,
            }),
        }
    }
    found.sort_by(|a, b| b.blocked.cmp(&a.blocked).then_with(|| a.name.cmp(&b.name)));
    found
}

fn by_type(rows: &[Blocked]) -> Vec<BlockedType> {
    let mut found: Vec<BlockedType> = Vec::new();
    for row in rows {
        match found
            .iter_mut()
            .find(|f| f.artifact_type == row.artifact_type)
        {
            Some(known) => known.blocked += row.blocked,
            None => found.push(BlockedType {
                artifact_type: row.artifact_type.clone(),
                blocked: row.blocked,
            }),
        }
    }
    found.sort_by(|a, b| {
        let name = || a.artifact_type.cmp(&b.artifact_type);
        b.blocked.cmp(&a.blocked).then_with(name)
    });
    found
}
