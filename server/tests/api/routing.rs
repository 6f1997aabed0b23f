//! Conditions, order, prices and *who would answer*, over the API.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // helpers of tests may

use crate::common::{FORM, on_each, setup};
use model::Role;
use reqwest::Method;
use serde_json::{Value, json};
use setup::text;

async fn add(client: &crate::common::Client, hub: &str, agent: &str) -> Value {
    let body = json!({ "hub_id": hub, "task_type": "triage", "agent_registration_id": agent });
    client.post("/routing-policies", &body).await.expect(201)
}

#[tokio::test]
async fn policies_are_put_into_order_and_explained() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let hub_id = setup::hub(&admin, "h").await;
        let one = setup::agent(&admin, &hub_id, "one", "m").await;
        let two = setup::agent(&admin, &hub_id, "two", "n").await;
        let first = add(&admin, &hub_id, &one).await;
        let second = add(&admin, &hub_id, &two).await;
        assert_eq!(
            (&first["priority"], &second["priority"]),
            (&json!(0), &json!(-1))
        );
        assert_eq!(first["required_capabilities"], json!([]));

        let order = json!({
            "hub_id": hub_id, "task_type": "triage", "policy_ids": [second["id"], first["id"]],
        });
        let answer = admin
            .post("/routing-policies/reorder", &order)
            .await
            .expect(200);
        let got: Vec<_> = answer["policies"]
            .as_array()
            .unwrap()
            .iter()
            .map(|p| &p["id"])
            .collect();
        assert_eq!(got, [&second["id"], &first["id"]]);
        let mut stale = order.clone();
        stale["policy_ids"] = json!([first["id"]]);
        let problem = admin
            .post("/routing-policies/reorder", &stale)
            .await
            .refused(409, &[]);
        assert_eq!(problem["code"], "order_changed");
        stale["policy_ids"] = json!([first["id"], first["id"]]);
        admin
            .post("/routing-policies/reorder", &stale)
            .await
            .refused(422, &["policy_ids"]);
        stale["policy_ids"] = json!(["x"]);
        admin
            .post("/routing-policies/reorder", &stale)
            .await
            .refused(400, &["policy_ids[0]"]);

        let path = format!("/routing-policies/{}", text(&second["id"]));
        let patch = json!({
            "max_cost_microusd_per_1k": 1_000, "min_trust_level": "advisory",
            "required_capabilities": [],
        });
        let changed = admin.patch(&path, &patch).await.expect(200);
        assert_eq!(changed["max_cost_microusd_per_1k"], 1_000);
        let wrong = json!({ "min_trust_level": "blind" });
        admin
            .patch(&path, &wrong)
            .await
            .refused(422, &["min_trust_level"]);
        let wrong = json!({ "max_cost_microusd_per_1k": -1 });
        admin
            .patch(&path, &wrong)
            .await
            .refused(422, &["max_cost_microusd_per_1k"]);
        let wrong = json!({ "required_capabilities": [""] });
        admin
            .patch(&path, &wrong)
            .await
            .refused(422, &["required_capabilities"]);

        let ask = format!("/routing-policies/explain?hub_id={hub_id}&task_type=triage");
        let told = admin.get(&ask).await.expect(200);
        assert_eq!(told["chosen_agent_id"], json!(one));
        assert_eq!(told["artifact_type"], "duplicate_report");
        assert_eq!(told["governance"]["allowed"], true);
        let words: Vec<_> = told["routes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|r| &r["verdict"])
            .collect();
        assert_eq!(words, ["price_unknown", "chosen"]);
        admin
            .get(&format!("{ask}&artifact_type=poem"))
            .await
            .refused(422, &["artifact_type"]);
        admin
            .get(&format!("{ask}&action=fly"))
            .await
            .refused(422, &["action"]);
        let nowhere = "/routing-policies/explain?task_type=triage";
        admin.get(nowhere).await.refused(422, &["hub_id"]);

        let resolve = format!("/routing-policies/resolve?hub_id={hub_id}&task_type=triage");
        let agents = admin.get(&resolve).await.expect(200);
        assert_eq!(agents["agents"].as_array().unwrap().len(), 1);
        let price = json!({
            "provider": "openai", "model_name": "n",
            "input_usd_per_million": 0.5, "output_usd_per_million": 1,
        });
        admin.post("/model-prices", &price).await.expect(201);
        let agents = admin.get(&resolve).await.expect(200);
        assert_eq!(agents["agents"][0]["id"], json!(two));
    })
    .await;
}

/// `If-Match` is optional; where it is given and stale, nothing is changed.
#[tokio::test]
async fn stale_changes_are_refused() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let hub_id = setup::hub(&admin, "h").await;
        let agent = setup::agent(&admin, &hub_id, "a", "m").await;
        let policy = add(&admin, &hub_id, &agent).await;
        let price = json!({
            "provider": "openai", "model_name": "m",
            "input_usd_per_million": 1, "output_usd_per_million": 2,
        });
        let price = admin.post("/model-prices", &price).await.expect(201);
        for (path, change) in [
            (
                "/routing-policies",
                json!({ "max_cost_microusd_per_1k": 7 }),
            ),
            ("/model-prices", json!({ "output_usd_per_million": 7 })),
        ] {
            let row = if path == "/model-prices" {
                &price
            } else {
                &policy
            };
            assert_eq!(row["version"], 1, "{path}");
            let path = format!("{path}/{}", text(&row["id"]));
            let changed = admin.matching(Method::PATCH, &path, 1, &change).await;
            assert_eq!(changed.expect(200)["version"], 2, "{path}");
            let late = admin.matching(Method::PATCH, &path, 1, &change).await;
            assert_eq!(late.refused(409, &[])["code"], "stale_version", "{path}");
            let late = admin.matching(Method::DELETE, &path, 1, &json!({})).await;
            let problem = late.refused(409, &[]);
            assert_eq!(problem["code"], "stale_version", "{path}");
            assert!(text(&problem["detail"]).contains("version 2"), "{problem}");
            let odd = admin.request(Method::DELETE, &path).header("if-match", "x");
            admin.send(odd).await.refused(400, &["If-Match"]);
            assert_eq!(admin.get(&path).await.expect(200)["version"], 2, "{path}");
            let gone = admin.matching(Method::DELETE, &path, 2, &json!({})).await;
            gone.expect(204);
        }
    })
    .await;
}

#[tokio::test]
async fn prices() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let hub_id = setup::hub(&admin, "h").await;
        setup::agent(&admin, &hub_id, "a", "m/1").await;
        let missing = admin.get("/model-prices/missing").await.expect(200);
        assert_eq!(
            missing["models"],
            json!([{ "provider": "openai", "model_name": "m/1", "agents": 1 }])
        );
        let body = json!({
            "provider": "openai", "model_name": "m/1",
            "input_usd_per_million": 0.15, "output_usd_per_million": 0.6,
        });
        let answer = admin.post("/model-prices", &body).await;
        let location = answer.header("location").to_owned();
        let price = answer.expect(201);
        let path = format!("/model-prices/{}", text(&price["id"]));
        assert_eq!(location, format!("/api/v2{path}"));
        assert_eq!(admin.get(&path).await.expect(200), price);
        let twice = admin.post("/model-prices", &body).await.refused(409, &[]);
        assert_eq!(twice["code"], "price_known");
        assert_eq!(
            admin.get("/model-prices/missing").await.expect(200)["models"],
            json!([])
        );

        let changed = admin
            .patch(&path, &json!({ "output_usd_per_million": 0.7 }))
            .await
            .expect(200);
        assert_eq!(
            (
                &changed["input_usd_per_million"],
                &changed["output_usd_per_million"]
            ),
            (&json!(0.15), &json!(0.7))
        );
        let wrong = json!({ "output_usd_per_million": -1 });
        admin
            .patch(&path, &wrong)
            .await
            .refused(422, &["output_usd_per_million"]);
        let wrong = json!({ "input_usd_per_million": "dear" });
        admin
            .patch(&path, &wrong)
            .await
            .refused(422, &["input_usd_per_million"]);

        let list = admin.get("/model-prices?provider=openai").await.expect(200);
        assert_eq!(list["items"], json!([changed]));
        let none = admin.get("/model-prices?provider=gemini").await.expect(200);
        assert_eq!(none["items"], json!([]));
        admin
            .get("/model-prices?provider=acme")
            .await
            .refused(422, &["provider"]);
        admin.delete(&path).await.expect(204);
        admin.delete(&path).await.refused(404, &[]);
    })
    .await;
}

#[tokio::test]
async fn a_hub_says_whether_the_next_is_asked() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let hub_id = setup::hub(&admin, "h").await;
        let path = format!("/hubs/{hub_id}");
        assert_eq!(
            admin.get(&path).await.expect(200)["routing_fallback"],
            false
        );
        let patch = json!({ "routing_fallback": true });
        assert_eq!(
            admin.patch(&path, &patch).await.expect(200)["routing_fallback"],
            true
        );
        assert_eq!(admin.get(&path).await.expect(200)["routing_fallback"], true);
        let wrong = json!({ "routing_fallback": "often" });
        admin
            .patch(&path, &wrong)
            .await
            .refused(422, &["routing_fallback"]);
    })
    .await;
}

/// What a page reads, a viewer may see and a stranger may not.
#[tokio::test]
async fn a_price_is_read_by_who_is_signed_in() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let body = json!({
            "provider": "openai", "model_name": "m",
            "input_usd_per_million": 1.0, "output_usd_per_million": 2.0,
        });
        let price = admin.post("/model-prices", &body).await.expect(201);
        let nobody = server.nobody();
        let ask = || {
            nobody
                .anywhere(Method::POST, "/rpc/price")
                .header("sec-fetch-site", "same-origin")
                .json(&json!({ "id": price["id"] }))
        };
        assert_eq!(nobody.send(ask()).await.status, 401);
        let session = server.session_of(Role::Viewer).await;
        let cookie = format!("inter_hub_session={session}");
        let read = nobody.send(ask().header("cookie", cookie)).await;
        assert_eq!((read.status, &read.body), (200, &price));
    })
    .await;
}

/// What pages call is refused to a lower role, too.
#[tokio::test]
async fn server_functions_refuse_a_lower_role() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let hub_id = setup::hub(&admin, "h").await;
        let agent = setup::agent(&admin, &hub_id, "a", "m").await;
        let policy = text(&add(&admin, &hub_id, &agent).await["id"]);
        let price = json!({
            "provider": "openai", "model_name": "m",
            "input_usd_per_million": 1.0, "output_usd_per_million": 2.0,
        });
        let price = admin.post("/model-prices", &price).await.expect(201);
        let price = text(&price["id"]);
        let order = json!({ "order": {
            "hub_id": hub_id, "task_type": "triage", "policy_ids": [policy], "seen_policy_ids": null,
        } });
        server
            .asks_for_role("reorder_routes", "application/json", order.to_string(), Role::Steward)
            .await;
        let costs = "input_usd_per_million=1&output_usd_per_million=2";
        for (name, form, needed) in [
            ("add_route", format!("hub_id={hub_id}&task_type=triage&agent_registration_id={agent}"), Role::Steward),
            ("set_route_terms", format!("policy_id={policy}&version=1&ceiling_usd=1"), Role::Steward),
            ("act_on_route", format!("policy_id={policy}&version=1&act=disable"), Role::Steward),
            ("set_routing_fallback", format!("hub_id={hub_id}&on=true"), Role::Admin),
            ("add_price", format!("provider=openai&model_name=n&{costs}"), Role::Steward),
            ("change_price", format!("price_id={price}&version=1&{costs}"), Role::Steward),
            ("delete_price", format!("price_id={price}&version=1"), Role::Steward),
        ] {
            server.asks_for_role(name, FORM, form, needed).await;
        }
    })
    .await;
}
