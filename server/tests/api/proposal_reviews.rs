//! Decisions on agent proposals and the inbox over HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // helpers of tests may

use crate::common::{Client, on_each, setup};
use model::Role;
use serde_json::{Value, json};
use setup::text;

struct Place {
    hub_id: String,
    draft: String,
}

async fn place(admin: &Client) -> Place {
    let hub_id = setup::hub(admin, "reviews").await;
    let agent = setup::agent(admin, &hub_id, "one", "scripted/careful").await;
    setup::route(admin, &hub_id, "requirement_draft", &agent, 10).await;
    let widget = json!({ "hub_id": hub_id, "slug": "calendar", "title": "Calendar" });
    let widget = text(&admin.post("/widgets", &widget).await.expect(201)["id"]);
    let event = json!({
        "hub_id": hub_id, "widget_id": widget, "kind": "comment",
        "payload": { "author": "Mira", "text": "I never see what is free." },
    });
    admin.post("/interaction-events", &event).await.expect(201);
    Place {
        hub_id,
        draft: format!("/widgets/{widget}/draft-requirement"),
    }
}

/// An answered draft.
async fn ask(client: &Client, place: &Place) -> Value {
    let path = format!("{}?wait=true", place.draft);
    let done = client.post(&path, &json!({})).await.expect(200);
    assert_eq!(done["status"], "pending", "{done:#}");
    done
}

fn reviews(proposal: &Value) -> String {
    format!("/proposals/{}/reviews", text(&proposal["id"]))
}

#[tokio::test]
async fn each_verdict_and_each_refusal_has_its_status() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let place = place(&admin).await;
        let reviewer = server.client(Role::Reviewer).await;
        let mine = json!({ "title": "Mine", "body": "My words." });
        for (verdict, body) in [
            ("accepted", json!({ "verdict": "accepted" })),
            (
                "rejected",
                json!({ "verdict": "rejected", "comment": "No." }),
            ),
            (
                "revised",
                json!({ "verdict": "revised", "revised_content": mine }),
            ),
        ] {
            let asked = ask(&reviewer, &place).await;
            let path = reviews(&asked);
            let mut stale = body.clone();
            stale["content_hash"] = json!("0".repeat(64));
            let problem = reviewer.post(&path, &stale).await.refused(409, &[]);
            assert_eq!(problem["code"], "content_changed");
            let mut shown = body.clone();
            shown["content_hash"] = asked["content_hash"].clone();
            let record = reviewer.post(&path, &shown).await.expect(201);
            assert_eq!(record["verdict"], verdict);
            let problem = reviewer.post(&path, &body).await.refused(409, &[]);
            assert_eq!(problem["code"], "already_decided");
            let now = reviewer
                .get(&format!("/proposals/{}", text(&asked["id"])))
                .await
                .expect(200);
            assert_eq!(now["status"], verdict);
            let undo = json!({ "verdict": "undone" });
            let problem = admin.post(&path, &undo).await.refused(409, &[]);
            assert_eq!(problem["code"], "not_undoable");
            reviewer.post(&path, &undo).await.expect(201);
            let problem = reviewer.post(&path, &undo).await.refused(409, &[]);
            assert_eq!(problem["code"], "nothing_to_undo");
            let listed = reviewer.get(&path).await.expect(200);
            let verdicts: Vec<_> = listed["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| text(&one["verdict"]))
                .collect();
            assert_eq!(verdicts, ["undone", verdict]);
        }
    })
    .await;
}

#[tokio::test]
async fn a_wrong_review_names_the_field() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let place = place(&admin).await;
        let asked = ask(&admin, &place).await;
        let path = reviews(&asked);
        for (body, fields) in [
            (json!({}), vec!["verdict"]),
            (json!({ "verdict": "perhaps" }), vec!["verdict"]),
            (json!({ "verdict": "another_round" }), vec!["verdict"]),
            (json!({ "verdict": "revised" }), vec!["revised_content"]),
            (
                json!({ "verdict": "revised", "revised_content": { "body": "b" } }),
                vec!["revised_content.title"],
            ),
            (json!({ "verdict": "commented" }), vec!["comment"]),
        ] {
            admin.post(&path, &body).await.refused(422, &fields);
        }
        let confidence = format!("/proposals/{}/confidence", text(&asked["id"]));
        for score in [json!("much"), json!(null), json!(1.5), json!(-1)] {
            let body = json!({ "score": score });
            admin
                .post(&confidence, &body)
                .await
                .refused(422, &["score"]);
        }
        admin
            .post(&confidence, &json!({ "score": 0.4, "rationale": "Hm." }))
            .await
            .expect(201);
        let listed = admin.get(&confidence).await.expect(200);
        assert_eq!(listed["items"][0]["source"], "person");
        assert_eq!(listed["items"][1]["source"], "agent");
    })
    .await;
}

#[tokio::test]
async fn a_hub_that_decides_first_covers_the_opinion_until_then() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let place = place(&admin).await;
        let path = format!("/hubs/{}", place.hub_id);
        admin
            .patch(&path, &json!({ "decide_first": true }))
            .await
            .expect(200);
        let asked = ask(&admin, &place).await;
        assert_eq!(asked["covered"], true);
        assert_eq!(asked["confidence"], Value::Null);
        assert!(asked["content"].get("recommendation").is_none());
        let accept = json!({ "verdict": "accepted", "content_hash": asked["content_hash"] });
        let problem = admin
            .post(&reviews(&asked), &accept)
            .await
            .refused(409, &[]);
        assert_eq!(problem["code"], "judge_first");
        let judgement = format!("/proposals/{}/judgement", text(&asked["id"]));
        let own = json!({ "verdict": "rejected", "score": 0.2 });
        admin.post(&judgement, &own).await.expect(201);
        let problem = admin.post(&judgement, &own).await.refused(409, &[]);
        assert_eq!(problem["code"], "already_judged");
        let now = admin
            .get(&format!("/proposals/{}", text(&asked["id"])))
            .await
            .expect(200);
        assert_eq!(now["covered"], false);
        assert!(now["content"]["recommendation"].is_string());
        admin.post(&reviews(&asked), &accept).await.expect(201);
    })
    .await;
}

#[tokio::test]
async fn the_inbox_is_filtered_and_paged() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let place = place(&admin).await;
        for _ in 0..3 {
            ask(&admin, &place).await;
        }
        let viewer = server.client(Role::Viewer).await;
        for sort in ["newest", "uncertain"] {
            let base = format!("/inbox?hub_id={}&sort={sort}&limit=2", place.hub_id);
            let first = viewer.get(&base).await.expect(200);
            assert_eq!(first["items"].as_array().unwrap().len(), 2);
            assert_eq!(first["counts"]["proposals"], 3);
            let cursor = text(&first["next_cursor"]);
            let second = viewer
                .get(&format!("{base}&cursor={cursor}"))
                .await
                .expect(200);
            assert_eq!(second["items"].as_array().unwrap().len(), 1);
            assert_eq!(second["next_cursor"], Value::Null);
        }
        let runs = viewer
            .get("/inbox?kind=collective_proposal")
            .await
            .expect(200);
        assert_eq!(runs["items"], json!([]));
        viewer.get("/inbox?sort=best").await.refused(422, &["sort"]);
        viewer.get("/inbox?kind=x").await.refused(422, &["kind"]);
        viewer
            .get("/inbox?cursor=x")
            .await
            .refused(400, &["cursor"]);
        viewer
            .get("/inbox?hub_id=x")
            .await
            .refused(400, &["hub_id"]);
    })
    .await;
}

#[tokio::test]
async fn the_pages_ask_for_the_same_roles() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let place = place(&admin).await;
        let asked = ask(&admin, &place).await;
        let id = text(&asked["id"]);
        for (name, body) in [
            (
                "decide_proposal",
                json!({ "id": id, "review": { "verdict": "rejected" } }),
            ),
            (
                "judge_proposal",
                json!({ "id": id, "verdict": "accepted", "rationale": null }),
            ),
            ("annotate_proposal", json!({ "id": id, "score": 0.5 })),
        ] {
            server
                .asks_for_role(name, "application/json", body.to_string(), Role::Reviewer)
                .await;
        }
        for (name, form) in [
            ("undo_auto_applied", format!("id={id}")),
            ("decide_plainly", format!("id={id}&verdict=rejected")),
            ("decide_plainly", format!("id={id}&verdict=judge_rejected")),
        ] {
            server
                .asks_for_role(name, crate::common::FORM, form, Role::Reviewer)
                .await;
        }
    })
    .await;
}
