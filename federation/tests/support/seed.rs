//! Content of a hub, in few words.

use chrono::{DateTime, Utc};
use federation::{Engine, Result, candidates, decisions, interactions, widgets};
use model::*;
use serde_json::Value;

pub async fn widget(
    engine: &Engine,
    caller: &Caller,
    hub_id: HubId,
    slug: &str,
    title: &str,
    description: &str,
) -> Result<WidgetId> {
    let new = NewWidget {
        hub_id,
        slug: slug.to_owned(),
        title: title.to_owned(),
        description: Some(description.to_owned()),
    };
    Ok(widgets::create(engine, caller, new).await?.id)
}

pub async fn event(
    engine: &Engine,
    caller: &Caller,
    hub_id: HubId,
    widget_id: WidgetId,
    kind: &str,
    payload: Value,
    at: DateTime<Utc>,
) -> Result<()> {
    let new = NewInteractionEvent {
        hub_id,
        widget_id,
        kind: kind.to_owned(),
        payload,
        occurred_at: Some(at),
    };
    interactions::create(engine, caller, new).await.map(drop)
}

pub async fn candidate(
    engine: &Engine,
    caller: &Caller,
    hub_id: HubId,
    source_widget_id: Option<WidgetId>,
    title: &str,
    body: &str,
    status: &str,
) -> Result<CandidateId> {
    let new = NewCandidate {
        hub_id,
        source_widget_id,
        title: title.to_owned(),
        body: body.to_owned(),
        status: Some(status.parse().unwrap()),
    };
    Ok(candidates::create(engine, caller, new).await?.id)
}

pub async fn decision(
    engine: &Engine,
    caller: &Caller,
    hub_id: HubId,
    requirement_candidate_id: Option<CandidateId>,
    [title, context, decision]: [&str; 3],
    status: &str,
) -> Result<DecisionRecordId> {
    let new = NewDecisionRecord {
        hub_id,
        requirement_candidate_id,
        title: title.to_owned(),
        context: context.to_owned(),
        decision: decision.to_owned(),
        status: Some(status.parse().unwrap()),
    };
    Ok(decisions::create(engine, caller, new).await?.id)
}
