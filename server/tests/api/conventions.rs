//! What holds for every endpoint.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // helpers of tests may

use crate::common::{on_each, setup};
use reqwest::Method;
use serde_json::{Value, json};

const NO_ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

#[tokio::test]
async fn a_body_that_cannot_be_read_is_malformed() {
    on_each(|server| async move {
        let admin = server.admin().await;
        for bad in ["", "{", "{\"slug\": }", "{\"slug\": \"\\ud800\"}", "nope"] {
            let answer = admin.post_raw("/hubs", "application/json", bad).await;
            answer.refused(400, &[]);
        }
        let bytes = b"{\"slug\": \"\xff\"}".to_vec();
        let answer = admin.post_raw("/hubs", "application/json", bytes).await;
        answer.refused(400, &[]);
        for kind in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "",
            "json",
        ] {
            admin.post_raw("/hubs", kind, "{}").await.refused(415, &[]);
        }
        let answer = admin
            .post_raw("/hubs", "Application/JSON; charset=utf-8", "{}")
            .await;
        answer.refused(422, &["slug"]);
    })
    .await;
}

#[tokio::test]
async fn values_out_of_their_set_name_their_field() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let hub_id = setup::hub(&admin, "h").await;
        let agent = setup::agent_body(&hub_id, "a", "m");
        let with = |field: &str, value: Value| {
            let mut body = agent.clone();
            body[field] = value;
            body
        };
        for (field, value) in [
            ("provider", json!("acme")),
            ("provider", Value::Null),
            ("trust_level", json!("total")),
            ("slug", json!("Not A Slug")),
            ("slug", json!("a".repeat(65))),
            ("slug", json!("")),
            ("name", json!("")),
            ("name", json!("x".repeat(201))),
            ("name", json!(7)),
            ("capabilities", json!("tags")),
        ] {
            let answer = admin.post("/agents", &with(field, value)).await;
            answer.refused(422, &[field]);
        }
        let answer = admin
            .post("/agents", &with("capabilities", json!(["a", 1])))
            .await;
        answer.refused(422, &["capabilities[1]"]);
        let answer = admin.post("/agents", &json!([1, 2])).await;
        assert_eq!(answer.status, 422);
    })
    .await;
}

#[tokio::test]
async fn ids_are_malformed_or_unknown() {
    on_each(|server| async move {
        let admin = server.admin().await;
        for path in [
            "/hubs",
            "/agents",
            "/routing-policies",
            "/governance-policies",
            "/widgets",
            "/requirement-candidates",
            "/decision-records",
        ] {
            for bad in [
                "1",
                "abc",
                "%00",
                "%ff",
                "01890a5d-ac96-774b-bcce-b302099a805",
            ] {
                admin
                    .get(&format!("{path}/{bad}"))
                    .await
                    .refused(400, &["id"]);
            }
            admin
                .get(&format!("{path}/{NO_ID}"))
                .await
                .refused(404, &[]);
        }
        for path in ["/collective-proposals", "/invocations"] {
            admin.get(&format!("{path}/x")).await.refused(400, &["id"]);
            admin
                .get(&format!("{path}/{NO_ID}"))
                .await
                .refused(404, &[]);
        }
        let mut body = setup::agent_body("nope", "a", "m");
        admin.post("/agents", &body).await.refused(400, &["hub_id"]);
        body["hub_id"] = json!(NO_ID);
        admin.post("/agents", &body).await.refused(404, &["hub_id"]);
    })
    .await;
}

#[tokio::test]
async fn a_nul_is_refused_wherever_it_hides() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let hub_id = setup::hub(&admin, "h").await;
        let mut body = setup::agent_body(&hub_id, "a", "m");
        body["system_prompt"] = json!("a\0b");
        admin
            .post("/agents", &body)
            .await
            .refused(422, &["system_prompt"]);
        body["system_prompt"] = Value::Null;
        body["capabilities"] = json!(["fine", "not\0fine"]);
        admin
            .post("/agents", &body)
            .await
            .refused(422, &["capabilities[1]"]);
        let answer = admin.get("/routing-policies?task_type=a%00b").await;
        answer.refused(422, &["task_type"]);
    })
    .await;
}

#[tokio::test]
async fn a_long_body_is_refused_and_the_answer_arrives() {
    on_each(|server| async move {
        let admin = server.admin().await;
        for bytes in [1024 * 1024 + 1, 5 * 1024 * 1024] {
            let body = format!("{{\"name\": \"{}\"}}", "x".repeat(bytes));
            let answer = admin
                .post_raw("/hubs", "application/json", body.clone())
                .await;
            answer.refused(413, &[]);
            let nobody = server.nobody();
            let answer = nobody.post_raw("/hubs", "application/json", body).await;
            answer.refused(401, &[]);
        }
        let fits = format!("{{\"name\": \"{}\"}}", "x".repeat(1024 * 1024 - 100));
        let answer = admin.post_raw("/hubs", "application/json", fits).await;
        assert_eq!(answer.status, 422);
    })
    .await;
}

#[tokio::test]
async fn unknown_paths_and_verbs_are_problems() {
    on_each(|server| async move {
        let admin = server.admin().await;
        for path in ["/nothing", "/hubs/x/y/z", ""] {
            admin.get(path).await.refused(404, &[]);
        }
        let request = admin.request(Method::PUT, "/hubs");
        let answer = admin.send(request).await;
        let allowed = answer.header("allow").to_owned();
        answer.refused(405, &[]);
        assert!(
            allowed.contains("GET") && allowed.contains("POST"),
            "{allowed}"
        );
        let answer = admin.delete(&format!("/hubs/{NO_ID}")).await;
        answer.refused(405, &[]);
    })
    .await;
}

#[tokio::test]
async fn queries_are_checked() {
    on_each(|server| async move {
        let admin = server.admin().await;
        for (query, status, field) in [
            ("limit=0", 422, "limit"),
            ("limit=201", 422, "limit"),
            ("limit=ten", 422, "limit"),
            ("cursor=zzz", 400, "cursor"),
            ("hub_id=x", 400, "hub_id"),
            ("provider=acme", 422, "provider"),
            ("trust_level=x", 422, "trust_level"),
            ("active=perhaps", 422, "active"),
        ] {
            let answer = admin.get(&format!("/agents?{query}")).await;
            answer.refused(status, &[field]);
        }
        let path = format!("/agents?limit=200&active=true&hub_id={NO_ID}&provider=openai");
        admin.get(&path).await.expect(200);
        let answer = admin.get("/invocations?since=yesterday").await;
        answer.refused(422, &["since"]);
    })
    .await;
}

#[tokio::test]
async fn a_list_is_read_page_by_page_newest_first() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let mut made = Vec::new();
        for n in 0..7 {
            made.push(setup::hub(&admin, &format!("hub-{n}")).await);
        }
        made.reverse();
        let mut seen = Vec::new();
        let mut path = "/hubs?limit=3".to_owned();
        loop {
            let page = admin.get(&path).await.expect(200);
            let items = page["items"].as_array().unwrap();
            assert!(items.len() <= 3);
            seen.extend(items.iter().map(|hub| setup::text(&hub["id"])));
            match page["next_cursor"].as_str() {
                Some(cursor) => path = format!("/hubs?limit=3&cursor={cursor}"),
                None => break,
            }
        }
        assert_eq!(seen, made);
    })
    .await;
}
