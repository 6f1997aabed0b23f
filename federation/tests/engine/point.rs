//! A hub in which something stands at each of the four points.

use federation::{
    Engine, agents, candidates, decisions, interactions, proposals, routing, widgets,
};
use model::*;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::*;

pub const POINTS: [InvocationPoint; 4] = [
    InvocationPoint::SummarizeCluster,
    InvocationPoint::DraftRequirement,
    InvocationPoint::ProposeImplementation,
    InvocationPoint::DetectDuplicates,
];

/// A hub, one agent that is routed for all four tasks, and the sources.
pub struct Place {
    pub hub: Hub,
    pub agent: Agent,
    pub widget: WidgetId,
    pub candidate: CandidateId,
    pub other: CandidateId,
    pub decision: DecisionRecordId,
}

impl Place {
    pub fn source(&self, point: InvocationPoint) -> Uuid {
        match point {
            InvocationPoint::SummarizeCluster | InvocationPoint::DraftRequirement => self.widget.0,
            InvocationPoint::ProposeImplementation => self.decision.0,
            InvocationPoint::DetectDuplicates => self.candidate.0,
        }
    }

    pub async fn start(&self, engine: &Engine, point: InvocationPoint) -> Proposal {
        self.start_with(engine, point, None).await
    }

    pub async fn start_with(
        &self,
        engine: &Engine,
        point: InvocationPoint,
        instructions: Option<&str>,
    ) -> Proposal {
        let new = NewInvocation {
            instructions: instructions.map(str::to_owned),
        };
        proposals::start(engine, &admin(), point, self.source(point), new, None)
            .await
            .unwrap()
    }

    /// Asks, and waits for the end.
    pub async fn ask(&self, engine: &Engine, point: InvocationPoint) -> Proposal {
        let started = self.start(engine, point).await;
        answered(engine, started.id).await
    }
}

pub async fn answered(engine: &Engine, id: ProposalId) -> Proposal {
    tokio::time::timeout(PATIENCE, proposals::wait(engine, &admin(), id))
        .await
        .expect("the work ends")
        .unwrap()
}

pub async fn route_all(engine: &Engine, hub: HubId, agent: AgentId, priority: i32) {
    for point in POINTS {
        let policy = NewRoutingPolicy {
            priority: Some(priority),
            ..NewRoutingPolicy::last(hub, point.task_type(), agent)
        };
        routing::create(engine, &admin(), policy).await.unwrap();
    }
}

/// `model`: the one of the agent that is routed.
pub async fn place(engine: &Engine, model: &str) -> Place {
    let place = unrouted(engine, model).await;
    route_all(engine, place.hub.id, place.agent.id, 100).await;
    place
}

/// As [`place`], with nobody routed.
pub async fn unrouted(engine: &Engine, model: &str) -> Place {
    let (hub, _) = hub_with(engine, &[]).await;
    let agent = agents::create(engine, &admin(), new_agent(hub.id, "one", model))
        .await
        .unwrap();
    let new = NewWidget {
        hub_id: hub.id,
        slug: "calendar".to_owned(),
        title: "Calendar".to_owned(),
        description: Some("Shows what is free.".to_owned()),
    };
    let widget = widgets::create(engine, &admin(), new).await.unwrap().id;
    let now = engine.clock().now();
    for (hours, text) in [(30, "I never see what is free."), (3, "Where is Saturday?")] {
        let said = json!({ "author": "Mira", "text": text });
        let at = now - chrono::Duration::hours(hours);
        event(engine, hub.id, widget, "comment", said, at).await;
    }
    let mut candidates = Vec::new();
    for (title, body) in [
        ("Show free slots", "People want to see free slots."),
        ("Free slots at a glance", "The calendar shows free slots."),
        ("Receipts by mail", "Send a receipt."),
    ] {
        candidates.push(candidate(engine, hub.id, title, body).await);
    }
    let new = NewDecisionRecord {
        hub_id: hub.id,
        requirement_candidate_id: Some(candidates[0]),
        title: "Build the week view".to_owned(),
        context: "Two thirds of the comments ask for it.".to_owned(),
        decision: "We build a week view of free slots.".to_owned(),
        status: None,
    };
    let decision = decisions::create(engine, &admin(), new).await.unwrap();
    Place {
        hub,
        agent,
        widget,
        candidate: candidates[0],
        other: candidates[1],
        decision: decision.id,
    }
}

/// Something that happened on a widget.
pub async fn event(
    engine: &Engine,
    hub_id: HubId,
    widget_id: WidgetId,
    kind: &str,
    payload: Value,
    at: chrono::DateTime<chrono::Utc>,
) {
    let new = NewInteractionEvent {
        hub_id,
        widget_id,
        kind: kind.to_owned(),
        payload,
        occurred_at: Some(at),
    };
    interactions::create(engine, &admin(), new).await.unwrap();
}

pub async fn candidate(engine: &Engine, hub_id: HubId, title: &str, body: &str) -> CandidateId {
    let new = NewCandidate {
        hub_id,
        source_widget_id: None,
        title: title.to_owned(),
        body: body.to_owned(),
        status: None,
    };
    candidates::create(engine, &admin(), new).await.unwrap().id
}

/// An answer that fits the point.
pub fn answer_of(point: InvocationPoint) -> Value {
    let mut answer = json!({
        "recommendation": "Show free slots first", "rationale": "Most ask for it — ünï.",
        "confidence": 0.75, "risks": ["Too little room"], "evidence": ["comment by Mira"],
    });
    let own = match point {
        InvocationPoint::SummarizeCluster => json!({
            "summary": "People do not see what is free.",
            "themes": [{ "title": "Free slots", "count": 2, "quotes": ["Where is Saturday?"] }],
        }),
        InvocationPoint::DraftRequirement => json!({
            "title": "Free slots in the week view", "body": "A guest sees what is free.",
            "acceptance_criteria": ["Free slots are marked."],
        }),
        InvocationPoint::ProposeImplementation => json!({
            "approach": "One query, one view.", "steps": ["Query", "View"],
            "effort": "Four days", "alternatives": ["A list"],
        }),
        InvocationPoint::DetectDuplicates => json!({
            "duplicates": [{ "candidate_id": "C1", "same": true, "score": 0.9, "reason": "Same wish." }],
            "kept_candidate_id": "C0",
        }),
    };
    for (name, value) in own.as_object().unwrap() {
        answer[name] = value.clone();
    }
    answer
}

/// The point that a request was made at, by its prompt.
pub fn point_of(prompt: &str) -> InvocationPoint {
    let first = prompt.lines().next().unwrap();
    match first {
        "Task: summary" => InvocationPoint::SummarizeCluster,
        "Task: requirement" => InvocationPoint::DraftRequirement,
        "Task: implementation" => InvocationPoint::ProposeImplementation,
        "Task: duplicates" => InvocationPoint::DetectDuplicates,
        other => panic!("an unknown task: {other}"),
    }
}

/// Answers each task as it asks.
pub fn obliging() -> std::sync::Arc<ScriptBridge> {
    ScriptBridge::new(|request, _| Plan::text(&answer_of(point_of(&request.prompt)).to_string()))
}
