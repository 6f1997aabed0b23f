//! The gate leaves the same receipt, whoever carried the call.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use federation::{Engine, agents::trial};
use model::{Attempt, BridgeKind, Invocation, NewTrial, Outcome, Role};
use serde_json::json;

use super::{ALL, Terms, mode};
use crate::bridge::server::{Server, Step, good, response};
use crate::common::TestStore;
use crate::support::{hub_with, person, settings};

both_engines!(
    the_same_calls_leave_the_same_receipts,
    a_call_that_nobody_saw_the_text_of_counts_in_full,
    where_the_process_is_killed_the_gate_asks_again,
);

/// Models: `throttled` answers at the second time of asking.
async fn server() -> Server {
    let asked_before = Mutex::new(HashMap::<String, usize>::new());
    Server::choosing(move |asked| {
        let model = asked["model"].as_str().unwrap().to_owned();
        let mut times = asked_before.lock().unwrap();
        let times = times.entry(model.clone()).or_default();
        *times += 1;
        let refusal = |status, code: &str| {
            let body = json!({"error": {"message": "not now", "code": code}}).to_string();
            response(status, "retry-after: 0\r\n", "application/json", &body)
        };
        vec![match (model.as_str(), *times) {
            ("throttled", 1) => Step::Send(refusal(429, "rate_limit_exceeded")),
            ("refused", _) => Step::Send(refusal(401, "invalid_api_key")),
            ("down", _) => Step::Send(refusal(503, "overloaded")),
            ("hangs at the provider", _) | ("hangs at first", 1) => Step::Hang,
            _ => Step::Send(good(
                mode(asked),
                &["{\"recommendation\": ", "\"Ship it\"}"],
            )),
        }]
    })
    .await
}

/// What of a receipt does not depend on ids, times and the bridge's own means:
/// the status of a success and the cost that a provider tells.
fn essence(receipt: &Invocation) -> serde_json::Value {
    let attempt = |attempt: &Attempt| {
        json!({
            "provider": attempt.provider, "model": attempt.model,
            "error_type": attempt.error_type, "error": attempt.error,
            "http_status": attempt.error_type.as_ref().and(attempt.http_status),
            "tokens": [attempt.tokens_in, attempt.tokens_out],
            "waited_ms": attempt.waited_ms,
        })
    };
    json!({
        "purpose": receipt.purpose, "provider": receipt.provider, "model_name": receipt.model_name,
        "allowed": receipt.allowed, "tokens_reserved": receipt.tokens_reserved,
        "attempts": receipt.attempts.iter().map(attempt).collect::<Vec<_>>(),
        "outcome": receipt.outcome, "error_type": receipt.error_type, "error": receipt.error,
        "model_used": receipt.model_used, "finish_reason": receipt.finish_reason,
        "tokens": [receipt.tokens_in, receipt.tokens_out],
    })
}

async fn the_same_calls_leave_the_same_receipts(store: TestStore) {
    const MODELS: [&str; 4] = ["good", "throttled", "refused", "down"];
    let mut all: Vec<Vec<serde_json::Value>> = Vec::new();
    let mut agents = None;
    for kind in ALL {
        // Each bridge meets the same server anew.
        let server = server().await;
        let seam = Terms::at(&server.base).seam(kind);
        let engine = Engine::builder(store.clone(), seam.bridge.clone())
            .settings(settings())
            .build();
        if agents.is_none() {
            agents = Some(hub_with(&engine, &MODELS).await.1);
        }
        let mut receipts = Vec::new();
        for agent in agents.as_ref().unwrap() {
            let done = trial::ask(
                &engine,
                &person("Rita", Role::Reviewer),
                agent.id,
                sample(),
                None,
            )
            .await
            .unwrap();
            let mut essence = essence(&done.receipt);
            // The one thing in it that names the server's port.
            let text = essence
                .to_string()
                .replace(server.base.split('/').nth(2).unwrap(), "HOST");
            essence = serde_json::from_str(&text).unwrap();
            receipts.push(essence);
        }
        assert_eq!(receipts[0]["outcome"], json!(Outcome::Succeeded));
        assert_eq!(receipts[1]["attempts"].as_array().unwrap().len(), 2);
        assert_eq!(receipts[2]["error_type"], "authentication");
        assert_eq!(receipts[3]["attempts"].as_array().unwrap().len(), 3);
        all.push(receipts);
    }
    assert_eq!(all[0], all[1]);
    assert_eq!(all[0], all[2]);
}

/// Where the text comes in one piece at its end, nobody knows how long it was
/// when the time was over: what was held counts as spent.
async fn a_call_that_nobody_saw_the_text_of_counts_in_full(store: TestStore) {
    let server = server().await;
    let mut agents = None;
    let mut spent = Vec::new();
    for kind in ALL {
        let mut terms = Terms::at(&server.base);
        terms.deadline = Duration::from_secs(5);
        let seam = terms.seam(kind);
        let engine = Engine::builder(store.clone(), seam.bridge.clone())
            .settings(settings())
            .build();
        if agents.is_none() {
            agents = Some(hub_with(&engine, &["hangs at the provider"]).await.1);
        }
        let agent = agents.as_ref().unwrap()[0].id;
        if kind == BridgeKind::Serve {
            // Its start is no part of the call's time.
            seam.process().await;
        }
        let done = trial::ask(
            &engine,
            &person("Rita", Role::Reviewer),
            agent,
            sample(),
            None,
        )
        .await
        .unwrap();
        assert_eq!(
            done.receipt.error_type.as_deref(),
            Some("timeout"),
            "{kind}"
        );
        let account = done.receipt.budget_account_id.unwrap();
        let left = engine.store().account_left(account).await.unwrap();
        spent.push((
            engine.settings().budget_tokens - left,
            done.receipt.tokens_reserved,
        ));
    }
    // The native bridge would have seen the text: only the prompt counts.
    assert!(spent[0].0 < spent[0].1, "{spent:?}");
    for (spent, reserved) in &spent[1..] {
        assert_eq!(spent, reserved);
    }
}

/// Calls under way when the process is killed are sent again, each to its end.
async fn where_the_process_is_killed_the_gate_asks_again(store: TestStore) {
    let mut server = server().await;
    let seam = Terms::at(&server.base).seam(BridgeKind::Serve);
    let engine = Engine::builder(store.clone(), seam.bridge.clone())
        .settings(settings())
        .build();
    let (_, agents) = hub_with(&engine, &["hangs at first"]).await;
    let process = seam.process().await;
    let caller = person("Rita", Role::Reviewer);
    let asked = trial::ask(&engine, &caller, agents[0].id, sample(), None);
    let kill = async {
        server.request().await;
        super::process::kill(process);
    };
    let (done, ()) = tokio::join!(asked, kill);
    let receipt = done.unwrap().receipt;
    assert_eq!(receipt.outcome, Outcome::Succeeded, "{receipt:?}");
    let errors: Vec<_> = receipt
        .attempts
        .iter()
        .map(|attempt| attempt.error_type.as_deref())
        .collect();
    assert_eq!(errors, [Some("connection"), None]);
}

fn sample() -> NewTrial {
    NewTrial {
        prompt: "Say hello.".to_owned(),
        task_type: "triage".to_owned(),
        artifact_type: "widget_summary".to_owned(),
    }
}
