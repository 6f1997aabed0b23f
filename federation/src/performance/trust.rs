//! What a record supports: more trust, less, or an earlier place in a route.

use model::{Agent, AgentId, Evidence, Hub, PerformanceRecord, Ratio, SuggestionKind, TrustLevel};

use crate::{Engine, Result, store::performance::NewSuggestion};

/// The level that a record suggests in the place of `level`; `None` where it
/// stays.
///
/// More needs proof: the lower end of the Wilson interval is above the
/// threshold. Less needs that the record itself is below it. In between
/// nothing is suggested, so that a level does not go to and fro.
pub fn suggested_level(
    level: TrustLevel,
    acceptance: &Ratio,
    threshold: f64,
    min_decisions: i32,
) -> Option<(SuggestionKind, TrustLevel)> {
    if acceptance.of < i64::from(min_decisions) {
        return None;
    }
    let above = match level {
        TrustLevel::Advisory => Some(TrustLevel::Elevated),
        TrustLevel::Elevated => Some(TrustLevel::Autonomous),
        TrustLevel::Autonomous => None,
    };
    let below = match level {
        TrustLevel::Advisory => None,
        TrustLevel::Elevated => Some(TrustLevel::Advisory),
        TrustLevel::Autonomous => Some(TrustLevel::Elevated),
    };
    if acceptance.low > threshold {
        above.map(|to| (SuggestionKind::Promotion, to))
    } else if acceptance.share < threshold {
        below.map(|to| (SuggestionKind::Demotion, to))
    } else {
        None
    }
}

/// The change of trust that a record suggests.
pub(super) fn level(agent: &Agent, hub: &Hub, record: &PerformanceRecord) -> Option<NewSuggestion> {
    let evidence = record.measures.as_ref()?.evidence.as_ref()?;
    let acceptance = evidence.acceptance?;
    let (kind, to) = suggested_level(
        agent.trust_level,
        &acceptance,
        hub.trust_threshold(),
        hub.trust_decisions(),
    )?;
    Some(NewSuggestion {
        from_level: Some(agent.trust_level),
        to_level: Some(to),
        ..suggestion(
            agent,
            hub,
            record,
            kind,
            acceptance,
            Some(evidence.since_version),
        )
    })
}

/// The tasks in which an agent does well and better, beyond chance, than one
/// that is asked before it: the lower end of its interval is above the hub's
/// threshold and above the upper end of the other's.
pub(super) async fn routes(
    engine: &Engine,
    agent: &Agent,
    hub: &Hub,
    record: &PerformanceRecord,
) -> Result<Vec<NewSuggestion>> {
    let store = engine.store();
    let mut found = Vec::new();
    let mut last = None;
    for route in store.agent_routes(agent.id).await? {
        // The first of a task is where it is asked; the others wait behind it.
        let is_place = last.as_ref() != Some(&route.task_type);
        last = Some(route.task_type.clone());
        if !is_place || route.is_first || route.hub_id != hub.id {
            continue;
        }
        let own = acceptance(record, &route.task_type, hub);
        let Some(own) = own.filter(|own| own.low > hub.trust_threshold()) else {
            continue;
        };
        for other in store
            .asked_before(hub.id, &route.task_type, route.priority)
            .await?
        {
            let theirs = latest(engine, other, record).await?;
            let theirs = theirs.and_then(|theirs| acceptance(&theirs, &route.task_type, hub));
            if let Some(theirs) = theirs
                && own.low > theirs.high
            {
                let mut new = suggestion(agent, hub, record, SuggestionKind::Routing, own, None);
                new.evidence.other = Some(theirs);
                new.task_type = Some(route.task_type.clone());
                new.over_agent_id = Some(other);
                found.push(new);
                break;
            }
        }
    }
    Ok(found)
}

/// Another agent's snapshot of the same days, or of the day before or after.
async fn latest(
    engine: &Engine,
    id: AgentId,
    record: &PerformanceRecord,
) -> Result<Option<PerformanceRecord>> {
    let latest = engine.store().performance_records(id, None, 1).await?;
    Ok(latest
        .into_iter()
        .next()
        .filter(|other| (other.period_end - record.period_end).abs().num_days() <= 1))
}

/// Of one task and the agent as it is, where enough was decided.
fn acceptance(record: &PerformanceRecord, task_type: &str, hub: &Hub) -> Option<Ratio> {
    let tasks = &record.measures.as_ref()?.evidence.as_ref()?.by_task_type;
    let task = tasks.iter().find(|task| task.task_type == task_type)?;
    Some(task.acceptance).filter(|ratio| ratio.of >= i64::from(hub.trust_decisions()))
}

fn suggestion(
    agent: &Agent,
    hub: &Hub,
    record: &PerformanceRecord,
    kind: SuggestionKind,
    acceptance: Ratio,
    since_version: Option<i32>,
) -> NewSuggestion {
    NewSuggestion {
        hub_id: hub.id,
        agent_registration_id: agent.id,
        kind,
        record_id: record.id,
        agent_version: agent.version,
        from_level: None,
        to_level: None,
        task_type: None,
        over_agent_id: None,
        evidence: Evidence {
            acceptance,
            other: None,
            threshold: hub.trust_threshold(),
            min_decisions: hub.trust_decisions(),
            since_version,
            period_start: record.period_start,
            period_end: record.period_end,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suggested(level: TrustLevel, accepted: i64, decided: i64) -> Option<TrustLevel> {
        let ratio = Ratio::of(accepted, decided)?;
        suggested_level(level, &ratio, 0.8, 20).map(|(_, to)| to)
    }

    #[test]
    fn more_trust_needs_proof() {
        // 19 of 20 and 90 of 100 are above 0.8; their intervals reach below it
        // or not: [0.764, 0.991], [0.826, 0.945].
        assert_eq!(suggested(TrustLevel::Advisory, 19, 20), None);
        assert_eq!(
            suggested(TrustLevel::Advisory, 90, 100),
            Some(TrustLevel::Elevated)
        );
        assert_eq!(
            suggested(TrustLevel::Elevated, 90, 100),
            Some(TrustLevel::Autonomous)
        );
        assert_eq!(suggested(TrustLevel::Autonomous, 100, 100), None);
    }

    #[test]
    fn less_needs_a_record_below_the_threshold() {
        assert_eq!(suggested(TrustLevel::Elevated, 17, 20), None);
        assert_eq!(
            suggested(TrustLevel::Elevated, 15, 20),
            Some(TrustLevel::Advisory)
        );
        assert_eq!(
            suggested(TrustLevel::Autonomous, 0, 20),
            Some(TrustLevel::Elevated)
        );
        assert_eq!(suggested(TrustLevel::Advisory, 0, 20), None);
    }

    #[test]
    fn too_few_decisions_suggest_nothing() {
        assert_eq!(suggested(TrustLevel::Advisory, 19, 19), None);
        assert_eq!(suggested(TrustLevel::Autonomous, 0, 19), None);
    }
}
