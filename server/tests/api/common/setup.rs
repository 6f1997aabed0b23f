//! Rows that tests begin with.

use serde_json::{Value, json};

use super::Client;

/// A hub with this slug; gives its id.
pub async fn hub(client: &Client, slug: &str) -> String {
    let body = json!({ "slug": slug, "name": format!("Hub {slug}") });
    let row = client.post("/hubs", &body).await.expect(201);
    text(&row["id"])
}

/// The body of an agent that is to be made.
pub fn agent_body(hub_id: &str, slug: &str, model: &str) -> Value {
    json!({
        "hub_id": hub_id, "name": format!("Agent {slug}"), "slug": slug,
        "provider": "openai", "model_name": model,
    })
}

/// An agent with this model; gives its id.
pub async fn agent(client: &Client, hub_id: &str, slug: &str, model: &str) -> String {
    let body = agent_body(hub_id, slug, model);
    text(&client.post("/agents", &body).await.expect(201)["id"])
}

/// Routes a task type to an agent.
pub async fn route(client: &Client, hub_id: &str, task: &str, agent_id: &str, priority: i32) {
    let body = json!({
        "hub_id": hub_id, "task_type": task, "agent_registration_id": agent_id,
        "priority": priority,
    });
    client.post("/routing-policies", &body).await.expect(201);
}

/// A hub whose `triage` goes to one agent for each model, in this order.
pub async fn team(client: &Client, slug: &str, models: &[&str]) -> String {
    let hub_id = hub(client, slug).await;
    for (place, model) in models.iter().enumerate() {
        let agent_id = agent(client, &hub_id, &format!("{slug}-{place}"), model).await;
        let priority = 100 - i32::try_from(place).unwrap();
        route(client, &hub_id, "triage", &agent_id, priority).await;
    }
    hub_id
}

/// The body of a collective proposal that is to be started.
pub fn collective_body(hub_id: &str, prompt: &str) -> Value {
    json!({ "hub_id": hub_id, "title": "A question", "task_type": "triage", "prompt": prompt })
}

/// Runs a collective proposal to its end.
pub async fn run(client: &Client, hub_id: &str, prompt: &str) -> Value {
    let body = collective_body(hub_id, prompt);
    client
        .post("/collective-proposals?wait=true", &body)
        .await
        .expect(200)
}

/// A JSON string's text.
#[track_caller]
pub fn text(value: &Value) -> String {
    value.as_str().expect("a string").to_owned()
}
