//! A collective proposal from question to decision.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // helpers of tests may

use crate::common::{on_each, setup};
use reqwest::Method;
use serde_json::{Value, json};
use setup::text;

const THREE: &[&str] = &["scripted/careful", "scripted/advocate", "scripted/bold"];

#[tokio::test]
async fn it_answers_at_once_or_when_the_run_has_ended() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let hub_id = setup::team(&admin, "t", THREE).await;
        let body = setup::collective_body(&hub_id, "What do people need first?");
        let answer = admin.post("/collective-proposals", &body).await;
        let location = answer.header("location").to_owned();
        let queued = answer.expect(202);
        let path = format!("/collective-proposals/{}", text(&queued["id"]));
        assert_eq!(location, format!("/api/v2{path}"));
        assert_eq!(queued["contributions"].as_array().unwrap().len(), 3);
        assert_eq!(queued["decision"], "pending");

        let ended = setup::run(&admin, &hub_id, "What do people need first?").await;
        assert_eq!(ended["run_state"], "finished");
        assert_eq!(ended["consensus_status"], "consensus");
        assert_eq!(ended["consensus"]["groups"].as_array().unwrap().len(), 1);
        assert!(ended["final_content"]["recommendation"].is_string());
        for one in ended["contributions"].as_array().unwrap() {
            assert_eq!(one["status"], "completed");
            let receipt = format!("/invocations/{}", text(&one["invocation_id"]));
            let receipt = admin.get(&receipt).await.expect(200);
            assert_eq!(receipt["outcome"], "succeeded");
            assert_eq!(receipt["attempts"].as_array().unwrap().len(), 1);
            assert_eq!(receipt["tokens_out"], one["tokens_out"]);
        }
    })
    .await;
}

#[tokio::test]
async fn a_contested_question_is_divergent() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let hub_id = setup::team(&admin, "t", THREE).await;
        let ended = setup::run(&admin, &hub_id, "Should we rewrite the form?").await;
        assert_eq!(ended["consensus_status"], "divergent");
        let groups = ended["consensus"]["groups"].as_array().unwrap();
        assert_eq!(groups.len(), 2);
        let largest = groups[0]["recommendation"].clone();
        assert_eq!(ended["final_content"]["recommendation"], largest);
    })
    .await;
}

#[tokio::test]
async fn nobody_routed_is_a_conflict() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let hub_id = setup::hub(&admin, "empty").await;
        let body = setup::collective_body(&hub_id, "Anyone?");
        let problem = admin
            .post("/collective-proposals", &body)
            .await
            .refused(409, &[]);
        assert_eq!(problem["code"], "no_route");
        assert_eq!(problem["type"], "urn:inter-hub:problem:no_route");
        let mut unknown = body.clone();
        unknown["source_widget_id"] = json!("01890a5d-ac96-774b-bcce-b302099a8057");
        let answer = admin.post("/collective-proposals", &unknown).await;
        answer.refused(404, &["source_widget_id"]);
        let answer = admin
            .post("/collective-proposals?wait=perhaps", &body)
            .await;
        answer.refused(422, &["wait"]);
        assert_eq!(server.models.served().calls, 0);
    })
    .await;
}

async fn review(client: &crate::common::Client, path: &str, body: Value) -> crate::common::Answer {
    client.post(&format!("{path}/reviews"), &body).await
}

#[tokio::test]
async fn a_person_decides_once_and_may_take_it_back() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let hub_id = setup::team(&admin, "t", THREE).await;
        let ended = setup::run(&admin, &hub_id, "What first?").await;
        let path = format!("/collective-proposals/{}", text(&ended["id"]));
        let stale = json!({ "verdict": "accepted", "content_hash": "0".repeat(64) });
        let problem = review(&admin, &path, stale).await.refused(409, &[]);
        assert_eq!(problem["code"], "content_changed");
        let wrong = json!({ "verdict": "perhaps" });
        review(&admin, &path, wrong).await.refused(422, &["verdict"]);

        let fine = json!({ "verdict": "accepted", "content_hash": ended["content_hash"], "comment": "Go" });
        let record = review(&admin, &path, fine.clone()).await.expect(201);
        assert_eq!((&record["verdict"], &record["comment"]), (&json!("accepted"), &json!("Go")));
        assert_eq!(admin.get(&path).await.expect(200)["decision"], "accepted");
        let again = review(&admin, &path, fine).await.refused(409, &[]);
        assert_eq!(again["code"], "already_decided");

        review(&admin, &path, json!({ "verdict": "undone" })).await.expect(201);
        let list = admin.get(&format!("{path}/reviews")).await.expect(200);
        let verdicts: Vec<_> = list["items"].as_array().unwrap().iter().map(|r| text(&r["verdict"])).collect();
        assert_eq!(verdicts, ["undone", "accepted"]);
        assert_eq!(admin.get(&path).await.expect(200)["decision"], "pending");
        let query = format!("/collective-proposals?hub_id={hub_id}&decision=pending&run_state=finished");
        assert_eq!(admin.get(&query).await.expect(200)["items"].as_array().unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_run_can_be_cancelled() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let hub_id = setup::team(&admin, "t", &["scripted/fail-hang", "scripted/careful"]).await;
        let body = setup::collective_body(&hub_id, "What first?");
        let queued = admin.post("/collective-proposals", &body).await.expect(202);
        let path = format!("/collective-proposals/{}", text(&queued["id"]));
        let request = admin.request(Method::POST, &format!("{path}/cancel"));
        let cancelled = admin.send(request).await.expect(200);
        assert_eq!(cancelled["run_state"], "cancelled");
        let events = admin.events(&format!("{path}/events"), None).await;
        let last = events.last().unwrap();
        assert_eq!(last.event, "run.finished");
        assert!(last.data.contains("\"cancelled\""));
    })
    .await;
}

#[tokio::test]
async fn a_blocked_agent_is_told_of_and_never_asked() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let models = &["scripted/careful", "scripted/bold", "scripted/ms-5"];
        let hub_id = setup::team(&admin, "t", models).await;
        let agents = admin
            .get(&format!("/agents?hub_id={hub_id}"))
            .await
            .expect(200);
        let blocked = agents["items"]
            .as_array()
            .unwrap()
            .iter()
            .find(|a| a["model_name"] == "scripted/ms-5")
            .unwrap();
        let policy = json!({
            "hub_id": hub_id, "agent_registration_id": blocked["id"],
            "artifact_type": "collective_proposal", "allowed_actions": ["read"],
        });
        let policy = admin
            .post("/governance-policies", &policy)
            .await
            .expect(201);
        let ended = setup::run(&admin, &hub_id, "What first?").await;
        let member = ended["contributions"]
            .as_array()
            .unwrap()
            .iter()
            .find(|c| c["model_name"] == "scripted/ms-5")
            .unwrap();
        assert_eq!(member["status"], "blocked");
        assert_eq!(member["policy_id"], policy["id"]);
        assert_eq!(ended["run_state"], "finished");
        assert!(
            !server
                .models
                .served()
                .by_model
                .contains_key("scripted/ms-5")
        );
    })
    .await;
}

#[tokio::test]
async fn rounds_are_estimated_held_and_added() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let hub_id = setup::team(&admin, "t", THREE).await;
        let mut body = setup::collective_body(&hub_id, "Should we rewrite the form?");
        body["rounds_planned"] = json!("answer_then_review");
        body["token_limit"] = json!(90_000);
        let estimate = admin.post("/collective-proposals/estimate", &body).await;
        let estimate = estimate.expect(200);
        assert_eq!(estimate["calls"], 7);
        assert_eq!(estimate["token_limit"], 90_000);
        let stages: Vec<_> = estimate["stages"].as_array().unwrap().iter().collect();
        let names: Vec<_> = stages.iter().map(|stage| text(&stage["stage"])).collect();
        assert_eq!(names, ["answer", "review", "synthesis"]);
        let list = admin.get("/collective-proposals").await.expect(200);
        assert_eq!(
            list["items"].as_array().unwrap().len(),
            0,
            "nothing was started"
        );

        let ended = admin
            .post("/collective-proposals?wait=true", &body)
            .await
            .expect(200);
        assert_eq!(ended["run_state"], "finished");
        let contributions = ended["contributions"].as_array().unwrap();
        assert_eq!(contributions.len(), 6);
        let kinds: Vec<_> = ended["rounds"]
            .as_array()
            .unwrap()
            .iter()
            .map(|round| (text(&round["kind"]), text(&round["state"])))
            .collect();
        let held = |kind: &str| (kind.to_owned(), "finished".to_owned());
        assert_eq!(kinds, [held("answer"), held("review")]);
        let scores = ended["consensus"]["review"]["answers"].as_array().unwrap();
        assert_eq!(scores.len(), 3);

        // Another round, asked for once by two requests with the same key.
        let path = format!("/collective-proposals/{}/another-round", text(&ended["id"]));
        let ask = |path: String| {
            let note = json!({ "instructions": "Think of those who come once a year." });
            let request = admin.request(Method::POST, &path);
            admin.send(request.header("idempotency-key", "once more").json(&note))
        };
        let (first, second) = tokio::join!(ask(path.clone()), ask(format!("{path}?wait=true")));
        assert_eq!(first.expect(202)["rounds"].as_array().unwrap().len(), 3);
        let done = second.expect(200);
        let id = text(&ended["id"]);
        assert_eq!(done["rounds"].as_array().unwrap().len(), 3);
        assert_eq!(done["rounds"][2]["kind"], "revise");
        assert_ne!(done["content_hash"], ended["content_hash"]);

        // Field by field, bound to what is shown now.
        let whose = |n: usize| done["contributions"][n]["id"].clone();
        let mut review = json!({
            "verdict": "accepted", "content_hash": ended["content_hash"],
            "fields": { "recommendation": whose(0), "rationale": null, "risks": whose(1) }
        });
        let reviews = format!("/collective-proposals/{id}/reviews");
        let stale = admin.post(&reviews, &review).await.expect(409);
        assert!(text(&stale["type"]).contains("content_changed"), "{stale}");
        review["content_hash"] = done["content_hash"].clone();
        let made = admin.post(&reviews, &review).await.expect(201);
        assert_eq!(made["fields"], review["fields"]);
        let accepted = admin
            .get(&format!("/collective-proposals/{id}"))
            .await
            .expect(200);
        let recommended = &done["contributions"][0]["content"]["recommendation"];
        assert_eq!(accepted["final_content"]["recommendation"], *recommended);
        // Nobody is asked once more about what is decided.
        admin.post(&path, &json!({})).await.expect(409);
    })
    .await;
}

#[tokio::test]
async fn wrong_rounds_and_caps_name_the_field() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let hub_id = setup::team(&admin, "t", THREE).await;
        for (field, value) in [
            ("token_limit", json!(0)),
            ("token_limit", json!(1_000_001)),
            ("token_limit", json!(1.5)),
            ("token_limit", json!("many")),
            ("rounds_planned", json!("twice")),
        ] {
            let mut body = setup::collective_body(&hub_id, "What first?");
            body[field] = value.clone();
            for path in ["/collective-proposals", "/collective-proposals/estimate"] {
                let refused = admin.post(path, &body).await.expect(422);
                assert_eq!(refused["errors"][0]["field"], field, "{value}");
            }
        }
    })
    .await;
}
