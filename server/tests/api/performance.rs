//! Agents' performance over HTTP.

use crate::common::{Client, on_each, setup};
use model::Role;
use serde_json::{Value, json};
use setup::text;

struct Place {
    hub_id: String,
    agent: String,
    draft: String,
}

async fn place(admin: &Client) -> Place {
    let hub_id = setup::hub(admin, "measured").await;
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
        agent,
        draft: format!("/widgets/{widget}/draft-requirement?wait=true"),
    }
}

async fn decide(client: &Client, place: &Place, verdict: &str) {
    let done = client.post(&place.draft, &json!({})).await.expect(200);
    assert_eq!(done["status"], "pending", "{done:#}");
    let path = format!("/proposals/{}/reviews", text(&done["id"]));
    let review = json!({ "verdict": verdict, "content_hash": done["content_hash"] });
    client.post(&path, &review).await.expect(201);
}

#[tokio::test]
async fn a_snapshot_is_counted_listed_and_exported() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let place = place(&admin).await;
        let reviewer = server.client(Role::Reviewer).await;
        let viewer = server.client(Role::Viewer).await;
        let path = format!("/agents/{}/performance", place.agent);
        let none = viewer.get(&path).await.expect(200);
        assert_eq!(none, json!({ "items": [], "next_cursor": null }));
        let ratios = format!("{path}/export?chart=ratios");
        viewer.get(&ratios).await.refused(404, &[]);

        for verdict in ["accepted", "accepted", "rejected"] {
            decide(&reviewer, &place, verdict).await;
        }
        let record = reviewer.post(&path, &json!({})).await.expect(201);
        assert_eq!(record["proposals_generated"], 3);
        assert_eq!(record["proposals_accepted"], 2);
        assert_eq!(record["proposals_rejected"], 1);
        assert_eq!(record["proposals_revised"], 0);
        assert!(record["mean_confidence"].is_f64(), "{record:#}");
        // A scripted model always says the same.
        assert_eq!(record["calibration_score"], Value::Null);
        let calibration = &record["measures"]["total"]["calibration"];
        assert_eq!(calibration["gap"], "constant_confidence");
        assert_eq!(calibration["decided"], 3);
        let again = reviewer.post(&path, &json!({})).await.expect(201);
        assert_eq!(again["id"], record["id"]);
        let listed = viewer.get(&path).await.expect(200);
        assert_eq!(listed["items"].as_array().map(Vec::len), Some(1));
        let report = viewer.get(&format!("{path}/report")).await.expect(200);
        assert_eq!(report["latest"]["id"], record["id"]);
        assert_eq!(report["trust_threshold"], 0.8);

        let table = viewer.get(&ratios).await.expect(200);
        assert_eq!(table["rows"][0][0], "accepted");
        assert_eq!(table["rows"][0][1], 2);
        let csv = viewer.get(&format!("{ratios}&format=csv")).await;
        assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
        let csv = text(&csv.expect(200));
        assert!(csv.starts_with("decision,proposals,of decided,"), "{csv}");
        assert!(
            csv.contains("\r\naccepted,2,3,0.6666666666666666,"),
            "{csv}"
        );
        let older = format!("{ratios}&record_id={}", text(&record["id"]));
        viewer.get(&older).await.expect(200);
        let wrong = format!("{path}/export?chart=pie");
        viewer.get(&wrong).await.refused(422, &["chart"]);
        let wrong = format!("{path}/export");
        viewer.get(&wrong).await.refused(422, &["chart"]);
        let wrong = format!("{ratios}&format=xml");
        viewer.get(&wrong).await.refused(422, &["format"]);
        viewer
            .get(&format!("{path}?cursor=nonsense"))
            .await
            .refused(400, &["cursor"]);

        let compared = format!(
            "/performance?hub_id={}&sort=acceptance&order=desc",
            place.hub_id
        );
        let rows = viewer.get(&compared).await.expect(200);
        assert_eq!(rows[0]["slice"]["accepted"], 2);
        assert_eq!(rows[0]["trend"][0]["decided"], 3);
        let wrong = "/performance?sort=beauty";
        viewer.get(wrong).await.refused(422, &["sort"]);
        viewer
            .get("/performance?task_type=dance")
            .await
            .refused(422, &["task_type"]);
        let export = format!("/performance/export?hub_id={}&format=csv", place.hub_id);
        let csv = text(&viewer.get(&export).await.expect(200));
        assert_eq!(csv.lines().count(), 2, "{csv}");
    })
    .await;
}

#[tokio::test]
async fn a_suggestion_is_confirmed_by_a_steward() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let place = place(&admin).await;
        let hub = format!("/hubs/{}", place.hub_id);
        let wrong = json!({ "trust_threshold": 1.5, "trust_decisions": 2 });
        admin
            .patch(&hub, &wrong)
            .await
            .refused(422, &["trust_decisions", "trust_threshold"]);
        let settings = json!({ "trust_threshold": 0.4, "trust_decisions": 5 });
        admin.patch(&hub, &settings).await.expect(200);
        let steward = server.client(Role::Steward).await;
        for _ in 0..5 {
            decide(&steward, &place, "accepted").await;
        }
        let path = format!("/agents/{}/performance", place.agent);
        steward.post(&path, &json!({})).await.expect(201);
        let open = format!(
            "/performance/suggestions?hub_id={}&status=open",
            place.hub_id
        );
        let listed = steward.get(&open).await.expect(200);
        let one = &listed["items"][0];
        assert_eq!(one["kind"], "promotion");
        assert_eq!(one["evidence"]["acceptance"]["of"], 5);
        let confirm = format!("/performance/suggestions/{}/confirm", text(&one["id"]));
        let confirmed = steward.post(&confirm, &json!({})).await.expect(200);
        assert_eq!(confirmed["status"], "confirmed");
        let agent = steward
            .get(&format!("/agents/{}", place.agent))
            .await
            .expect(200);
        assert_eq!(agent["trust_level"], "elevated");
        assert_eq!(agent["version"], 2);
        let problem = steward.post(&confirm, &json!({})).await.refused(409, &[]);
        assert_eq!(problem["code"], "already_decided");
        let dismiss = confirm.replace("/confirm", "/dismiss");
        steward
            .post(&dismiss, &json!({ "comment": "Too early." }))
            .await
            .refused(409, &[]);
    })
    .await;
}
