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
        let page = viewer.get(&compared).await.expect(200);
        assert_eq!(page["items"][0]["slice"]["accepted"], 2);
        assert_eq!(page["items"][0]["trend"][0]["decided"], 3);
        assert_eq!((&page["total"], &page["next_cursor"]), (&json!(1), &Value::Null));
        let wrong = "/performance?sort=beauty";
        viewer.get(wrong).await.refused(422, &["sort"]);
        viewer
            .get("/performance?task_type=dance")
            .await
            .refused(422, &["task_type"]);
        let export = format!("/performance/export?hub_id={}&format=csv", place.hub_id);
        let csv = text(&viewer.get(&export).await.expect(200));
        assert_eq!(csv.lines().count(), 2, "{csv}");

        let trends = format!("/performance/export?hub_id={}&chart=trends", place.hub_id);
        let table = viewer.get(&trends).await.expect(200);
        let day = text(&record["period_end"])[..10].to_owned();
        let columns = json!([
            "agent id", "agent", "period end (UTC)", "decided", "accepted of decided"
        ]);
        assert_eq!(table["columns"], columns);
        let share = 2.0 / 3.0;
        let row = json!([[place.agent, "Agent one", day, 3, share]]);
        assert_eq!(table["rows"], row);
        let csv = viewer.get(&format!("{trends}&format=csv")).await;
        assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
        assert_eq!(
            text(&csv.expect(200)),
            format!(
                "agent id,agent,period end (UTC),decided,accepted of decided\r\n{},Agent one,{day},3,{share}\r\n",
                place.agent
            )
        );
        let wrong = trends.replace("trends", "pie");
        viewer.get(&wrong).await.refused(422, &["chart"]);
        let named = trends.replace("trends", "table");
        let named = viewer.get(&named).await.expect(200);
        assert_eq!(named["rows"][0][0], json!(place.agent));
        assert_eq!(named["columns"][5], "generated");
    })
    .await;
}

#[tokio::test]
async fn a_comparison_is_a_list_in_pages() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let hub_id = setup::hub(&admin, "crowded").await;
        for slug in ["one", "two", "three"] {
            setup::agent(&admin, &hub_id, slug, "scripted/careful").await;
        }
        let viewer = server.client(Role::Viewer).await;
        let path = format!("/performance?hub_id={hub_id}&limit=2");
        let first = viewer.get(&path).await.expect(200);
        assert_eq!(first["total"], 3);
        assert_eq!(first["items"].as_array().map(Vec::len), Some(2));
        let cursor = text(&first["next_cursor"]);
        let rest = format!("{path}&cursor={cursor}");
        let rest = viewer.get(&rest).await.expect(200);
        assert_eq!(
            (&rest["total"], &rest["next_cursor"]),
            (&json!(3), &Value::Null)
        );
        assert_eq!(rest["items"][0]["agent_name"], "Agent two");
        assert_eq!(rest["items"].as_array().map(Vec::len), Some(1));
        // A file holds all of them, whatever page is asked for.
        let export = format!("/performance/export?hub_id={hub_id}&limit=2&cursor={cursor}");
        let table = viewer.get(&export).await.expect(200);
        assert_eq!(table["rows"].as_array().map(Vec::len), Some(3));

        for wrong in ["limit=0", "limit=201", "limit=many"] {
            let path = format!("/performance?{wrong}");
            viewer.get(&path).await.refused(422, &["limit"]);
        }
        // Of another sort, or none at all.
        for wrong in [
            format!("{path}&sort=cost&cursor={cursor}"),
            format!("{path}&cursor=x"),
        ] {
            viewer.get(&wrong).await.refused(400, &["cursor"]);
        }
    })
    .await;
}

#[tokio::test]
async fn a_suggestion_is_dismissed_by_a_steward() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let place = place(&admin).await;
        let settings = json!({ "trust_threshold": 0.4, "trust_decisions": 5 });
        let hub = format!("/hubs/{}", place.hub_id);
        admin.patch(&hub, &settings).await.expect(200);
        let steward = server.client(Role::Steward).await;
        for _ in 0..5 {
            decide(&steward, &place, "accepted").await;
        }
        let path = format!("/agents/{}/performance", place.agent);
        let record = steward.post(&path, &json!({})).await.expect(201);
        let all = format!("/performance/suggestions?hub_id={}", place.hub_id);
        let open = format!("{all}&status=open");
        let listed = steward.get(&open).await.expect(200);
        let one = &listed["items"][0];
        let dismiss = format!("/performance/suggestions/{}/dismiss", text(&one["id"]));
        let wrong = json!({ "comment": "\u{0}" });
        steward
            .post(&dismiss, &wrong)
            .await
            .refused(422, &["comment"]);
        let why = json!({ "comment": "It has seen easy tasks alone." });
        let done = steward.post(&dismiss, &why).await.expect(200);
        assert_eq!(done["id"], one["id"]);
        assert_eq!(done["status"], "dismissed");
        assert_eq!(done["decided_by"], "steward of a test");
        assert!(done["decided_at"].is_string(), "{done:#}");
        assert_eq!(done["record_id"], record["id"]);
        // What it rested on stays with it.
        assert_eq!(done["evidence"], one["evidence"]);

        // It is open no longer, and nothing was changed by it.
        let problem = steward.post(&dismiss, &why).await.refused(409, &[]);
        assert_eq!(problem["code"], "already_decided");
        let confirm = dismiss.replace("/dismiss", "/confirm");
        let problem = steward.post(&confirm, &json!({})).await.refused(409, &[]);
        assert_eq!(problem["code"], "already_decided");
        let agent = format!("/agents/{}", place.agent);
        let agent = steward.get(&agent).await.expect(200);
        assert_eq!(
            (&agent["trust_level"], &agent["version"]),
            (&json!("advisory"), &json!(1))
        );
        // The same is not suggested again at once.
        steward.post(&path, &json!({})).await.expect(201);
        let none = steward.get(&open).await.expect(200);
        assert_eq!(none["items"], json!([]));
        let kept = steward.get(&all).await.expect(200);
        assert_eq!(kept["items"][0]["status"], "dismissed");
        let audit = format!("/audit?subject_id={}", text(&one["id"]));
        let audit = admin.get(&audit).await.expect(200);
        assert_eq!(audit["items"][0]["action"], "suggestion.dismissed");
        assert_eq!(audit["items"][0]["detail"]["comment"], why["comment"]);
        let missing = "/performance/suggestions/01890a5d-ac96-774b-bcce-b302099a8057/dismiss";
        steward.post(missing, &why).await.refused(404, &[]);
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
