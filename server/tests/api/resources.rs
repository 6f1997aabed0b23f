//! Each resource's way from made to gone.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // helpers of tests may

use crate::common::{on_each, setup};
use reqwest::Method;
use serde_json::json;
use setup::text;

#[tokio::test]
async fn hubs() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let body = json!({ "slug": "north", "name": "Nord ünï", "description": "d" });
        let answer = admin.post("/hubs", &body).await;
        let location = answer.header("location").to_owned();
        let hub = answer.expect(201);
        let path = format!("/hubs/{}", text(&hub["id"]));
        assert_eq!(location, format!("/api/v2{path}"));
        assert_eq!(hub["governance_default"], "permit");
        assert_eq!(admin.get(&path).await.expect(200), hub);
        admin.post("/hubs", &body).await.refused(409, &[]);

        let patch = json!({ "governance_default": "deny", "description": null });
        let changed = admin.patch(&path, &patch).await.expect(200);
        assert_eq!(changed["governance_default"], "deny");
        assert!(changed["description"].is_null());
        assert_eq!(changed["name"], "Nord ünï");
        let wrong = json!({ "governance_default": "maybe" });
        admin
            .patch(&path, &wrong)
            .await
            .refused(422, &["governance_default"]);
    })
    .await;
}

#[tokio::test]
async fn types() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let types = admin.get("/type-registries").await.expect(200);
        let keys = |list: &str| -> Vec<String> {
            let list = types[list].as_array().unwrap();
            list.iter().map(|t| text(&t["key"])).collect()
        };
        for key in ["requirement_draft", "triage", "synthesis", "policy_check"] {
            assert!(keys("task_types").iter().any(|k| k == key), "{key}");
        }
        assert!(
            keys("artifact_types")
                .iter()
                .any(|k| k == "collective_proposal")
        );
        assert!(types["task_types"][0]["label"].is_string());
    })
    .await;
}

#[tokio::test]
async fn agents_and_their_versions() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let hub_id = setup::hub(&admin, "h").await;
        let mut body = setup::agent_body(&hub_id, "reader", "gpt");
        body["capabilities"] = json!(["summaries", "größe"]);
        let agent = admin.post("/agents", &body).await.expect(201);
        assert_eq!(agent["trust_level"], "advisory");
        assert_eq!(
            (&agent["version"], &agent["is_active"]),
            (&json!(1), &json!(true))
        );
        admin.post("/agents", &body).await.refused(409, &[]);

        let path = format!("/agents/{}", text(&agent["id"]));
        let same = json!({ "name": agent["name"] });
        assert_eq!(admin.patch(&path, &same).await.expect(200)["version"], 1);
        let change = json!({ "model_name": "gpt-2", "trust_level": "elevated" });
        assert_eq!(admin.patch(&path, &change).await.expect(200)["version"], 2);

        let stale = admin
            .request(Method::PATCH, &path)
            .header("if-match", "1")
            .json(&json!({ "name": "Late" }));
        admin.send(stale).await.refused(409, &[]);
        let fresh = admin
            .request(Method::PATCH, &path)
            .header("if-match", "\"2\"")
            .json(&json!({ "name": "In time" }));
        assert_eq!(admin.send(fresh).await.expect(200)["version"], 3);
        let wrong = admin
            .request(Method::PATCH, &path)
            .header("if-match", "abc")
            .json(&json!({}));
        admin.send(wrong).await.refused(400, &["If-Match"]);

        let first = admin
            .get(&format!("{path}/versions?limit=2"))
            .await
            .expect(200);
        let cursor = text(&first["next_cursor"]);
        let rest = admin
            .get(&format!("{path}/versions?limit=2&cursor={cursor}"))
            .await
            .expect(200);
        let versions: Vec<_> = [&first, &rest]
            .iter()
            .flat_map(|page| page["items"].as_array().unwrap())
            .map(|v| (v["version"].as_i64().unwrap(), text(&v["model_name"])))
            .collect();
        let gpt = |s: &str| s.to_owned();
        assert_eq!(
            versions,
            [(3, gpt("gpt-2")), (2, gpt("gpt-2")), (1, gpt("gpt"))]
        );

        let off = admin.post(&format!("{path}/deactivate"), &json!({})).await;
        assert_eq!(off.expect(200)["is_active"], false);
        let query = format!("/agents?hub_id={hub_id}&active=true");
        assert_eq!(admin.get(&query).await.expect(200)["items"], json!([]));
        let on = admin
            .send(admin.request(Method::POST, &format!("{path}/activate")))
            .await;
        assert_eq!(on.expect(200)["is_active"], true);
        let query = format!("/agents?hub_id={hub_id}&provider=openai&trust_level=elevated");
        let found = admin.get(&query).await.expect(200);
        assert_eq!(found["items"].as_array().unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn routing() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let hub_id = setup::hub(&admin, "h").await;
        let resolve = format!("/routing-policies/resolve?hub_id={hub_id}&task_type=triage");
        assert_eq!(
            admin.get(&resolve).await.refused(404, &[])["code"],
            "no_route"
        );
        let low = setup::agent(&admin, &hub_id, "low", "m").await;
        let high = setup::agent(&admin, &hub_id, "high", "m").await;
        setup::route(&admin, &hub_id, "triage", &low, 1).await;
        setup::route(&admin, &hub_id, "triage", &high, 9).await;
        let taken = json!({
            "hub_id": hub_id, "task_type": "triage", "agent_registration_id": low, "priority": 9,
        });
        admin
            .post("/routing-policies", &taken)
            .await
            .refused(409, &[]);
        let mut unknown = taken.clone();
        unknown["task_type"] = json!("no_such_task");
        unknown["priority"] = json!(3);
        admin
            .post("/routing-policies", &unknown)
            .await
            .refused(422, &["task_type"]);
        unknown["priority"] = json!(99_999_999_999_i64);
        admin
            .post("/routing-policies", &unknown)
            .await
            .refused(422, &["priority"]);

        let agents = admin.get(&resolve).await.expect(200);
        let ids: Vec<_> = agents["agents"]
            .as_array()
            .unwrap()
            .iter()
            .map(|a| text(&a["id"]))
            .collect();
        assert_eq!(ids, [high, low]);
        for missing in ["task_type=triage", &format!("hub_id={hub_id}")] {
            let answer = admin
                .get(&format!("/routing-policies/resolve?{missing}"))
                .await;
            assert_eq!(answer.status, 422);
        }

        let list = admin
            .get(&format!("/routing-policies?hub_id={hub_id}"))
            .await
            .expect(200);
        for policy in list["items"].as_array().unwrap() {
            let path = format!("/routing-policies/{}", text(&policy["id"]));
            assert_eq!(&admin.get(&path).await.expect(200), policy);
            admin.delete(&path).await.expect(204);
            admin.delete(&path).await.refused(404, &[]);
        }
        admin.get(&resolve).await.refused(404, &[]);
    })
    .await;
}

#[tokio::test]
async fn governance() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let hub_id = setup::hub(&admin, "h").await;
        let agent_id = setup::agent(&admin, &hub_id, "a", "m").await;
        let question = json!({
            "hub_id": hub_id, "agent_registration_id": agent_id,
            "artifact_type": "collective_proposal", "action": "propose",
        });
        let ask = async || {
            let verdict = admin.post("/governance-policies/check", &question).await;
            verdict.expect(200)
        };
        let verdict = ask().await;
        assert_eq!(
            (&verdict["allowed"], &verdict["policy_id"]),
            (&json!(true), &json!(null))
        );

        let mut body = question.clone();
        body.as_object_mut().unwrap().remove("action");
        let policy = admin.post("/governance-policies", &body).await.expect(201);
        assert_eq!(policy["allowed_actions"], json!(["read"]));
        let verdict = ask().await;
        assert_eq!(
            (&verdict["allowed"], &verdict["policy_id"]),
            (&json!(false), &policy["id"])
        );
        assert!(!text(&verdict["reason"]).is_empty());

        body["allowed_actions"] = json!(["read", "fly"]);
        let answer = admin.post("/governance-policies", &body).await;
        answer.refused(422, &["allowed_actions[1]"]);

        let path = format!("/governance-policies/{}", text(&policy["id"]));
        let off = admin
            .send(admin.request(Method::POST, &format!("{path}/toggle")))
            .await;
        assert_eq!(off.expect(200)["is_active"], false);
        assert_eq!(admin.get(&path).await.expect(200)["is_active"], false);
        assert_eq!(ask().await["allowed"], true);
        let list = format!("/governance-policies?hub_id={hub_id}&agent_registration_id={agent_id}");
        assert_eq!(
            admin.get(&list).await.expect(200)["items"]
                .as_array()
                .unwrap()
                .len(),
            1
        );
    })
    .await;
}

#[tokio::test]
async fn tokens_show_their_secret_once() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let body = json!({ "name": "ci", "role": "steward" });
        let made = admin.post("/tokens", &body).await.expect(201);
        let secret = text(&made["token"]);
        let list = admin.get("/tokens").await.expect(200);
        assert!(!list.to_string().contains(&secret));
        assert_eq!(list["items"][0]["name"], "ci");
        let wrong = json!({ "name": "ci", "role": "emperor" });
        admin.post("/tokens", &wrong).await.refused(422, &["role"]);
    })
    .await;
}

#[tokio::test]
async fn the_audit_says_who_did_what() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let hub_id = setup::hub(&admin, "h").await;
        let agent_id = setup::agent(&admin, &hub_id, "a", "m").await;
        let path = format!("/audit?hub_id={hub_id}&subject_id={agent_id}");
        let entries = admin.get(&path).await.expect(200);
        let entry = &entries["items"][0];
        assert_eq!(entry["action"], "agent.created");
        assert_eq!(entry["actor_kind"], "token");
        assert_eq!(entry["actor_name"], "admin of a test");
        let none = admin
            .get(&format!("{path}&until=2001-01-01T00:00:00Z"))
            .await;
        assert_eq!(none.expect(200)["items"], json!([]));
    })
    .await;
}
