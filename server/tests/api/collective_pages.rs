//! What the pages of collective proposals ask for.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // helpers of tests may

use crate::common::{FORM, on_each, setup};
use model::Role;
use reqwest::Method;
use serde_json::json;

const NO_ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
const JSON: &str = "application/json";

#[tokio::test]
async fn asking_agents_needs_a_reviewer() {
    on_each(|server| async move {
        let start = format!(
            "hub_id={NO_ID}&title=t&prompt=p&task_type=triage&rounds_planned=answer_then_revise&token_limit=1000&idempotency_key=k"
        );
        server
            .asks_for_role("start_collective", FORM, start, Role::Reviewer)
            .await;
        let estimate = json!({
            "hub_id": NO_ID, "task_type": "triage", "prompt": "p", "rounds_planned": "answer",
            "token_limit": "", "source": null,
        });
        let again = json!({ "id": NO_ID, "instructions": null, "content_hash": null, "after_round": 1 });
        let review = json!({ "id": NO_ID, "review": { "verdict": "rejected" } });
        for (name, body) in [
            ("estimate_collective", estimate),
            ("another_collective_round", again),
            ("decide_collective", review),
            ("cancel_collective", json!({ "id": NO_ID })),
        ] {
            server
                .asks_for_role(name, JSON, body.to_string(), Role::Reviewer)
                .await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_wrong_word_of_the_form_names_its_field() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let hub_id = setup::hub(&admin, "asking").await;
        let agent_id = setup::agent(&admin, &hub_id, "one", "scripted/careful").await;
        setup::route(&admin, &hub_id, "triage", &agent_id, 10).await;
        let session = server.session_of(Role::Reviewer).await;
        let nobody = server.nobody();
        for (field, rounds, limit) in [
            ("rounds_planned", "twice", ""),
            ("token_limit", "answer", "many"),
            ("token_limit", "answer", "0"),
            ("token_limit", "answer", "9000000"),
        ] {
            let body = json!({
                "hub_id": hub_id, "task_type": "triage", "prompt": "Which way?",
                "rounds_planned": rounds, "token_limit": limit, "source": null,
            });
            let request = nobody
                .anywhere(Method::POST, "/rpc/estimate_collective")
                .header("content-type", JSON)
                .header("sec-fetch-site", "same-origin")
                .header("cookie", format!("inter_hub_session={session}"))
                .body(body.to_string());
            let answer = nobody.send(request).await;
            assert_eq!(answer.status, 422, "{field} {limit}: {:#}", answer.body);
            assert_eq!(
                answer.body["errors"][0]["field"], field,
                "{:#}",
                answer.body
            );
        }
    })
    .await;
}
