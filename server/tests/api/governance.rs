//! Governance, capability manifests and types over the API.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // helpers of tests may

use crate::common::{FORM, on_each, setup};
use model::Role;
use reqwest::Method;
use serde_json::{Value, json};
use setup::text;

/// A request with `If-Match`.
#[tokio::test]
async fn a_policy_is_changed_where_it_is_as_it_was_seen() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let hub_id = setup::hub(&admin, "h").await;
        let agent_id = setup::agent(&admin, &hub_id, "a", "m").await;
        let body = json!({
            "hub_id": hub_id, "agent_registration_id": agent_id,
            "artifact_type": "widget_summary", "allowed_actions": [],
        });
        let policy = admin.post("/governance-policies", &body).await.expect(201);
        assert_eq!(policy["allowed_actions"], json!([]));
        assert_eq!(policy["version"], 1);
        let taken = admin.post("/governance-policies", &body).await;
        let problem = taken.refused(409, &[]);
        assert_eq!(problem["code"], "policy_active");
        assert!(text(&problem["detail"]).contains(&text(&policy["id"])));

        let path = format!("/governance-policies/{}", text(&policy["id"]));
        let twice = json!({ "allowed_actions": ["read", "read"] });
        admin
            .patch(&path, &twice)
            .await
            .refused(422, &["allowed_actions"]);
        let unknown = json!({ "allowed_actions": ["read", "fly"] });
        admin
            .patch(&path, &unknown)
            .await
            .refused(422, &["allowed_actions[1]"]);
        let more = json!({ "allowed_actions": ["propose", "read"] });
        let changed = admin.matching(Method::PATCH, &path, 1, &more).await;
        let changed = changed.expect(200);
        assert_eq!(changed["allowed_actions"], json!(["read", "propose"]));
        assert_eq!(changed["version"], 2);
        let stale = json!({ "allowed_actions": [] });
        let stale = admin.matching(Method::PATCH, &path, 1, &stale).await;
        assert_eq!(stale.refused(409, &[])["code"], "stale_version");

        let off = json!({ "is_active": false });
        let off = admin.patch(&path, &off).await.expect(200);
        assert_eq!(
            (&off["is_active"], &off["version"]),
            (&json!(false), &json!(3))
        );
        admin.post("/governance-policies", &body).await.expect(201);
        let toggle = admin.request(Method::POST, &format!("{path}/toggle"));
        admin.send(toggle).await.refused(409, &[]);

        let list = format!("/governance-policies?hub_id={hub_id}&artifact_type=widget_summary");
        let count = async |query: &str| {
            let page = admin.get(&format!("{list}{query}")).await.expect(200);
            page["items"].as_array().unwrap().len()
        };
        assert_eq!(count("").await, 2);
        assert_eq!(count("&active=true").await, 1);
        assert_eq!(count("&active=false").await, 1);
    })
    .await;
}

#[tokio::test]
async fn blocked_calls_are_foretold_counted_and_found() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let models = ["scripted/careful", "scripted/bold"];
        let hub_id = setup::team(&admin, "s", &models).await;
        setup::run(&admin, &hub_id, "What first?").await;
        let agents = admin.get(&format!("/agents?hub_id={hub_id}")).await.expect(200);
        let agent_id = text(&agents["items"][0]["id"]);
        let rule = json!({
            "hub_id": hub_id, "agent_registration_id": agent_id,
            "artifact_type": "collective_proposal", "allowed_actions": ["read"],
        });
        let foretold = admin.post("/governance-policies/what-if", &rule).await.expect(200);
        let would_block = foretold["would_block"].as_i64().unwrap();
        assert!(would_block >= 1, "{foretold:#}");
        assert_eq!(foretold["would_allow"], 0);
        assert_eq!(foretold["conflicting_policy_id"], Value::Null);
        let newest = text(&foretold["newest_blocked"][0]["invocation_id"]);
        let receipt = admin.get(&format!("/invocations/{newest}")).await.expect(200);
        assert_eq!(receipt["allowed"], true);
        assert_eq!(receipt["agent_registration_id"], json!(agent_id));

        let dashboard = async || {
            let shown = admin.get("/governance/dashboard").await.expect(200);
            shown["hubs"][0].clone()
        };
        let before = dashboard().await;
        assert_eq!(before["blocked_last_7_days"], 0);
        assert_eq!(before["days"].as_array().unwrap().len(), 7);

        let policy = admin.post("/governance-policies", &rule).await.expect(201);
        setup::run(&admin, &hub_id, "What second?").await;
        let after = dashboard().await;
        assert_eq!(after["hub_id"], json!(hub_id));
        assert_eq!(after["blocked_last_7_days"], 1);
        assert_eq!(after["days"][6]["blocked"], 1);
        assert_eq!(after["by_agent"][0]["agent_registration_id"], json!(agent_id));
        assert_eq!(after["by_artifact_type"][0]["artifact_type"], "collective_proposal");

        let list = format!(
            "/invocations?hub_id={hub_id}&agent_registration_id={agent_id}&outcome=blocked&artifact_type="
        );
        let found = admin.get(&format!("{list}collective_proposal")).await.expect(200);
        assert_eq!(found["items"].as_array().unwrap().len(), 1);
        assert_eq!(found["items"][0]["policy_id"], policy["id"]);
        let none = admin.get(&format!("{list}widget_summary")).await.expect(200);
        assert_eq!(none["items"], json!([]));

        // To take the rule back would have let that call through.
        let mut back = rule.clone();
        back["policy_id"] = policy["id"].clone();
        back["is_active"] = json!(false);
        let foretold = admin.post("/governance-policies/what-if", &back).await.expect(200);
        assert_eq!(foretold["would_allow"], 1);
        assert_eq!(foretold["would_block"], 0);
        let deny = json!({ "hub_id": hub_id, "governance_default": "deny" });
        let foretold = admin.post("/governance-policies/what-if", &deny).await.expect(200);
        assert!(foretold["would_block"].as_i64().unwrap() >= 1);
        let neither = json!({ "hub_id": hub_id });
        admin
            .post("/governance-policies/what-if", &neither)
            .await
            .refused(422, &["agent_registration_id"]);
    })
    .await;
}

#[tokio::test]
async fn a_manifest_has_versions() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let hub_id = setup::hub(&admin, "h").await;
        let path = format!("/hubs/{hub_id}/capability-manifest");
        admin.get(&path).await.refused(404, &[]);
        let put = async |version: i64, manifest: Value| {
            let body = json!({ "manifest": manifest });
            admin.matching(Method::PUT, &path, version, &body).await
        };
        let first = put(0, json!({ "languages": ["de"] })).await.expect(200);
        assert_eq!(first["version"], 1);
        assert_eq!(first["created_by"], "admin of a test");
        let same = put(1, json!({ "languages": ["de"] })).await.expect(200);
        assert_eq!(same["version"], 1);
        let second = put(1, json!({ "languages": ["de", "fr"] }))
            .await
            .expect(200);
        assert_eq!(second["version"], 2);
        let stale = put(1, json!({})).await.refused(409, &[]);
        assert_eq!(stale["code"], "stale_version");
        // Without the header nothing is compared.
        let request = admin
            .request(Method::PUT, &path)
            .json(&json!({ "manifest": {} }));
        assert_eq!(admin.send(request).await.expect(200)["version"], 3);

        assert_eq!(admin.get(&path).await.expect(200)["version"], 3);
        let earlier = admin.get(&format!("{path}?version=1")).await.expect(200);
        assert_eq!(earlier["manifest"], json!({ "languages": ["de"] }));
        admin
            .get(&format!("{path}?version=9"))
            .await
            .refused(404, &[]);
        admin
            .get(&format!("{path}?version=x"))
            .await
            .refused(422, &["version"]);
        let versions = admin
            .get(&format!("{path}/versions?limit=2"))
            .await
            .expect(200);
        let numbers = |page: &Value| -> Vec<i64> {
            let items = page["items"].as_array().unwrap();
            items
                .iter()
                .map(|v| v["version"].as_i64().unwrap())
                .collect()
        };
        assert_eq!(numbers(&versions), [3, 2]);
        let cursor = text(&versions["next_cursor"]);
        let rest = admin
            .get(&format!("{path}/versions?cursor={cursor}"))
            .await
            .expect(200);
        assert_eq!(numbers(&rest), [1]);

        for wrong in [json!([]), json!("text"), json!({ "a": "\u{0}" })] {
            assert_eq!(put(3, wrong).await.status, 422);
        }
        admin
            .send(admin.request(Method::PUT, &path).json(&json!({})))
            .await
            .refused(422, &["manifest"]);
    })
    .await;
}

#[tokio::test]
async fn many_writers_make_one_version() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let hub_id = setup::hub(&admin, "h").await;
        let path = format!("/hubs/{hub_id}/capability-manifest");
        let writes = (0..6).map(|n| {
            let (admin, path) = (admin.clone(), path.clone());
            async move {
                let body = json!({ "manifest": { "n": n } });
                admin.matching(Method::PUT, &path, 0, &body).await.status
            }
        });
        let mut statuses = futures::future::join_all(writes).await;
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409, 409, 409, 409, 409]);
    })
    .await;
}

#[tokio::test]
async fn types_are_added_renamed_and_retired() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let hub_id = setup::hub(&admin, "h").await;
        let agent_id = setup::agent(&admin, &hub_id, "a", "m").await;
        let body =
            json!({ "kind": "artifact_type", "key": "release_note", "label": "Release note" });
        let answer = admin.post("/type-registries", &body).await;
        assert!(
            answer
                .header("location")
                .starts_with("/api/v2/type-registries/")
        );
        let made = answer.expect(201);
        admin
            .post("/type-registries", &body)
            .await
            .refused(409, &[]);
        let bad = json!({ "kind": "artifact_type", "key": "Release Note", "label": " " });
        admin
            .post("/type-registries", &bad)
            .await
            .refused(422, &["key", "label"]);

        let rule = json!({
            "hub_id": hub_id, "agent_registration_id": agent_id, "artifact_type": "release_note",
        });
        let policy = admin.post("/governance-policies", &rule).await.expect(201);
        let path = format!("/type-registries/{}", text(&made["id"]));
        let retire = json!({ "is_retired": true });
        let used = admin.patch(&path, &retire).await.refused(409, &[]);
        assert_eq!(used["code"], "type_in_use");
        let label = json!({ "label": "Notes on a release" });
        let renamed = admin.patch(&path, &label).await.expect(200);
        assert_eq!(
            (&renamed["key"], &renamed["label"]),
            (&json!("release_note"), &label["label"])
        );

        let toggle = format!("/governance-policies/{}/toggle", text(&policy["id"]));
        admin.post(&toggle, &json!({})).await.expect(200);
        let retired = admin.patch(&path, &retire).await.expect(200);
        assert!(retired["retired_at"].is_string());
        admin
            .post("/governance-policies", &rule)
            .await
            .refused(422, &["artifact_type"]);
        let back_on = admin.post(&toggle, &json!({})).await.refused(409, &[]);
        assert_eq!(back_on["code"], "type_retired");
        let listed = admin.get("/type-registries").await.expect(200);
        assert!(!listed.to_string().contains("release_note"));
        let back = json!({ "is_retired": false });
        admin.patch(&path, &back).await.expect(200);
        admin.post(&toggle, &json!({})).await.expect(200);

        // What the product itself names is never retired.
        let listed = admin.get("/type-registries").await.expect(200);
        let triage = &listed["task_types"][1];
        let path = format!("/type-registries/{}", text(&triage["id"]));
        let refused = admin.patch(&path, &retire).await.refused(409, &[]);
        assert_eq!(refused["code"], "type_built_in");
    })
    .await;
}

#[tokio::test]
async fn a_hub_is_changed_where_it_is_as_it_was_seen() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let hub_id = setup::hub(&admin, "h").await;
        let path = format!("/hubs/{hub_id}");
        let seen = admin.get(&path).await.expect(200)["updated_at"].clone();
        let change = json!({ "name": "Second", "updated_at": seen });
        admin.patch(&path, &change).await.expect(200);
        let late = json!({ "name": "Third", "updated_at": seen });
        let stale = admin.patch(&path, &late).await.refused(409, &[]);
        assert_eq!(stale["code"], "stale_version");
        assert_eq!(admin.get(&path).await.expect(200)["name"], "Second");
    })
    .await;
}

/// What pages call is refused to a lower role, too.
#[tokio::test]
async fn server_functions_refuse_a_lower_role() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let hub_id = setup::hub(&admin, "h").await;
        let agent_id = setup::agent(&admin, &hub_id, "a", "m").await;
        let rule = json!({
            "hub_id": hub_id, "agent_registration_id": agent_id, "artifact_type": "widget_summary",
        });
        let policy = admin.post("/governance-policies", &rule).await.expect(201);
        let id = text(&policy["id"]);
        let hub = admin.get(&format!("/hubs/{hub_id}")).await.expect(200);
        let at = text(&hub["updated_at"]).replace('+', "%2B");
        let types = admin.get("/type-registries").await.expect(200);
        let type_id = text(&types["task_types"][0]["id"]);
        let calls = [
            ("create_policy", format!("hub_id={hub_id}&agent_registration_id={agent_id}&artifact_type=duplicate_report"), Role::Steward),
            ("update_policy", format!("id={id}&version=1"), Role::Steward),
            ("switch_policy", format!("id={id}&version=1&is_active=false"), Role::Steward),
            ("create_hub", "name=N&slug=n&governance_default=permit".to_owned(), Role::Admin),
            ("update_hub", format!("id={hub_id}&updated_at={at}&name=N&slug=n&governance_default=deny"), Role::Admin),
            ("put_manifest", format!("hub_id={hub_id}&version=0&manifest=%7B%7D"), Role::Admin),
            ("create_type", "kind=task_type&key=poetry&label=Poetry".to_owned(), Role::Admin),
            ("rename_type", format!("id={type_id}&label=L"), Role::Admin),
            ("retire_type", format!("id={type_id}&is_retired=true"), Role::Admin),
        ];
        for (name, form, needed) in calls {
            server.asks_for_role(name, FORM, form, needed).await;
        }
    })
    .await;
}

/// Pages hide from a lower role what the engine would refuse.
#[tokio::test]
async fn pages_show_controls_to_those_who_may_use_them() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let hub_id = setup::hub(&admin, "h").await;
        let agent_id = setup::agent(&admin, &hub_id, "a", "m").await;
        let rule = json!({
            "hub_id": hub_id, "agent_registration_id": agent_id, "artifact_type": "widget_summary",
        });
        let policy = admin.post("/governance-policies", &rule).await.expect(201);
        let edit = format!("/governance/{}/edit", text(&policy["id"]));
        let hub = format!("/hubs/{hub_id}");
        let page = async |role: Role, path: &str| {
            let cookie = format!("inter_hub_session={}", server.session_of(role).await);
            let request = server
                .nobody()
                .anywhere(Method::GET, path)
                .header("cookie", cookie);
            let answer = server.nobody().send(request).await;
            assert_eq!(answer.status, 200, "{path}");
            text(&answer.body)
        };
        // Path, what only some see, and from which role on.
        for (path, control, least) in [
            ("/governance?hub=h", "role=\"switch\"", Role::Steward),
            ("/governance?hub=h", "New policy", Role::Steward),
            (edit.as_str(), "save-policy", Role::Steward),
            ("/governance/new?hub=h", "save-policy", Role::Steward),
            ("/hubs", "href=\"/hubs/new\"", Role::Admin),
            ("/hubs/new", "save-hub", Role::Admin),
            (hub.as_str(), "save-hub", Role::Admin),
            (hub.as_str(), "save-manifest", Role::Admin),
            ("/types", "add-type", Role::Admin),
            ("/types", "Rename", Role::Admin),
            ("/governance?hub=h", "href=\"/types", Role::Admin),
        ] {
            for role in Role::ALL {
                let html = page(*role, path).await;
                assert_eq!(
                    html.contains(control),
                    role >= &least,
                    "{path} {control} {role}"
                );
            }
        }
    })
    .await;
}
