//! Collective proposals of several rounds, and how they are judged.

mod another;
mod crash;
mod decide;
mod judge;
mod matrix;
mod plans;

use crate::support::*;
use federation::{Engine, Error, agents, bridge::BridgeRequest, collectives, invocations, routing};
use model::*;
use serde_json::{Value, json};

/// What a prompt asks for: the word after `Task:`.
fn task(request: &BridgeRequest) -> &str {
    let line = request.prompt.lines().next().unwrap_or_default();
    line.strip_prefix("Task: ").unwrap_or_default()
}

/// The letters of the answers that a prompt shows, in its order.
fn letters(prompt: &str) -> Vec<String> {
    prompt
        .split("<answer label=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect()
}

/// Reviews of all answers that a prompt shows, each with the score that `of`
/// gives to its text.
fn reviews(prompt: &str, of: impl Fn(&str) -> f64) -> Plan {
    let given: Vec<Value> = prompt
        .split("<answer label=\"")
        .skip(1)
        .map(|rest| {
            let (letter, text) = rest.split_once('"').unwrap();
            json!({ "answer": letter, "score": of(text), "critique": format!("Of {letter}.") })
        })
        .collect();
    Plan::text(&json!({ "reviews": given }).to_string())
}

/// A model that recommends its own name, scores every answer 6, keeps its view,
/// and as a judge finds everything the same.
fn usual(request: &BridgeRequest) -> Plan {
    match task(request) {
        "collective_review" => reviews(&request.prompt, |_| 6.0),
        "recommendation_judge" => {
            Plan::text(&json!({ "same": true, "reason": "Other words." }).to_string())
        }
        _ => Plan::recommend(&request.model),
    }
}

async fn start(engine: &Engine, hub: &Hub, plan: RoundPlan) -> CollectiveId {
    let new = NewCollective {
        rounds_planned: Some(plan),
        ..question(hub.id)
    };
    let started = collectives::start(engine, &admin(), new, None)
        .await
        .unwrap();
    started.collective.id
}

async fn run_with(engine: &Engine, hub: &Hub, plan: RoundPlan) -> CollectiveDetail {
    let id = start(engine, hub, plan).await;
    ended(engine, id).await
}

/// An agent that judges pairs of recommendations.
async fn add_judge(engine: &Engine, hub: &Hub, model: &str) -> Agent {
    let agent = agents::create(engine, &admin(), new_agent(hub.id, "judge", model))
        .await
        .unwrap();
    let policy = NewRoutingPolicy::last(hub.id, "policy_check", agent.id);
    routing::create(engine, &admin(), policy).await.unwrap();
    agent
}

async fn receipts(engine: &Engine, hub: &Hub) -> Vec<Invocation> {
    let filter = InvocationFilter {
        hub_id: Some(hub.id),
        ..InvocationFilter::default()
    };
    let page = PageRequest {
        limit: 200,
        after: None,
    };
    invocations::list(engine, &admin(), filter, page)
        .await
        .unwrap()
        .items
}

/// The field that an error names first, with its message.
fn field_of(error: &Error) -> (String, String) {
    match error {
        Error::Invalid(errors) => (errors[0].field.clone(), errors[0].message.clone()),
        other => panic!("{other}"),
    }
}

fn of_round(detail: &CollectiveDetail, round: i32) -> Vec<&Contribution> {
    detail
        .contributions
        .iter()
        .filter(|c| c.round == round)
        .collect()
}

fn consensus(detail: &CollectiveDetail) -> &Consensus {
    detail.collective.consensus.as_ref().unwrap()
}
