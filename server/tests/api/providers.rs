//! The bridge and the providers over HTTP, and what their page asks for.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // helpers of tests may

use std::time::Duration;

use crate::common::{Client, FORM, TestServer, Wish, on_each, on_each_with, setup};
use model::Role;
use reqwest::{Method, redirect::Policy};
use serde_json::{Value, json};
use setup::text;

const JSON: &str = "application/json";
const OPENAI: &str = "/providers/openai/tests";

/// One provider as the list tells it.
async fn provider(admin: &Client, word: &str) -> Value {
    let all = admin.get("/providers").await.expect(200);
    let items = all["items"].as_array().unwrap().clone();
    items.into_iter().find(|p| p["provider"] == word).unwrap()
}

/// Awaits that the last test of OpenAI stands so.
async fn last_test(admin: &Client, outcome: &str) -> Value {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
    loop {
        let last = provider(admin, "openai").await["last_test"].clone();
        if last["outcome"] == outcome {
            return last;
        }
        assert!(tokio::time::Instant::now() < deadline, "{last:#}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn bridge_and_providers_are_told() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let bridge = admin.get("/bridge").await.expect(200);
        assert_eq!(
            (&bridge["kind"], &bridge["state"]),
            (&json!("native"), &json!("ready"))
        );
        let all = admin.get("/providers").await.expect(200);
        assert_eq!(all["next_cursor"], Value::Null);
        let items = all["items"].as_array().unwrap().iter();
        let words: Vec<_> = items.map(|p| text(&p["provider"])).collect();
        assert_eq!(words, ["openrouter", "gemini", "openai", "claude-code"]);
        let openai = provider(&admin, "openai").await;
        assert_eq!(openai["key"], "not_needed");
        assert!(text(&openai["in_place"]).starts_with("127.0.0.1:"));
        assert_eq!(openai["active_agents"], 0);
        assert_eq!(openai["suggested_model"], Value::Null);
        assert_eq!(openai["last_test"], Value::Null);
        assert_eq!(openai["last_errors"], json!([]));
        setup::team(&admin, "t", &["scripted/careful", "scripted/bold"]).await;
        let openai = provider(&admin, "openai").await;
        assert_eq!(openai["active_agents"], 2);
        assert_eq!(openai["suggested_model"], "scripted/bold");
    })
    .await;
}

#[tokio::test]
async fn a_test_answers_however_it_ends() {
    on_each(|server| async move {
        let admin = server.admin().await;
        // No model is named and none is known.
        let nobody = admin.send(admin.request(Method::POST, OPENAI)).await;
        nobody.refused(422, &["model_name"]);
        for wrong in [json!(""), json!("a\nb"), json!(7), json!("x".repeat(201))] {
            let body = json!({ "model_name": wrong });
            admin
                .post(OPENAI, &body)
                .await
                .refused(422, &["model_name"]);
        }
        admin.post_raw(OPENAI, JSON, "{").await.refused(400, &[]);
        let unknown = "/providers/acme";
        let problem = admin.post(&format!("{unknown}/tests"), &json!({})).await;
        let problem = problem.refused(404, &[]);
        assert!(
            text(&problem["detail"]).contains("openrouter"),
            "{problem:#}"
        );
        admin
            .get(&format!("{unknown}/errors"))
            .await
            .refused(404, &[]);

        let fine = json!({ "model_name": "scripted/careful" });
        let fine = admin.post(OPENAI, &fine).await.expect(200);
        assert_eq!(fine["outcome"], "succeeded", "{fine:#}");
        assert_eq!(fine["model_used"], "scripted/careful");
        assert!(fine["tokens_in"].as_i64() > Some(0), "{fine:#}");
        let down = json!({ "model_name": "scripted/fail-500" });
        let down = admin.post(OPENAI, &down).await.expect(200);
        assert_eq!(
            (&down["outcome"], &down["error_type"]),
            (&json!("failed"), &json!("unavailable"))
        );
        assert_eq!(down["attempts"].as_array().map(Vec::len), Some(2));
        let openai = provider(&admin, "openai").await;
        assert_eq!(openai["last_test"]["id"], down["id"]);
        assert_eq!(openai["last_errors"][0]["provider_test_id"], down["id"]);

        // A call of an agent is told beside it, with its receipt.
        let hub_id = setup::hub(&admin, "h").await;
        let agent = setup::agent(&admin, &hub_id, "a", "scripted/fail-401").await;
        let trial =
            json!({ "prompt": "Hello?", "task_type": "triage", "artifact_type": "widget_summary" });
        let path = format!("/agents/{agent}/try");
        let tried = admin.post(&path, &trial).await.expect(200);
        let errors = admin
            .get("/providers/openai/errors?limit=1")
            .await
            .expect(200);
        let error = &errors["items"][0];
        assert_eq!(error["error_type"], "authentication");
        assert_eq!(error["http_status"], 401);
        assert_eq!(error["invocation_id"], tried["receipt"]["id"]);
        let next = format!(
            "/providers/openai/errors?limit=1&cursor={}",
            text(&errors["next_cursor"])
        );
        let rest = admin.get(&next).await.expect(200);
        assert_eq!(rest["items"][0]["provider_test_id"], down["id"]);
        assert_eq!(rest["next_cursor"], Value::Null);
        admin
            .get("/providers/openai/errors?cursor=nonsense")
            .await
            .refused(400, &["cursor"]);
        admin
            .get("/providers/openai/errors?limit=0")
            .await
            .refused(422, &["limit"]);
        // What is left out is what is suggested.
        setup::agent(&admin, &hub_id, "b", "scripted/bold").await;
        let unnamed = admin.send(admin.request(Method::POST, OPENAI)).await;
        assert_eq!(unnamed.expect(200)["model_name"], "scripted/bold");
    })
    .await;
}

#[tokio::test]
async fn a_second_test_waits_and_one_that_is_left_is_cancelled() {
    let patient = Wish {
        call_deadline: Some(Duration::from_secs(120)),
        ..Wish::default()
    };
    on_each_with(patient, |server| async move {
        let admin = server.admin().await;
        let hangs = json!({ "model_name": "scripted/fail-hang" });
        let asking = admin.clone();
        let body = hangs.clone();
        let first = tokio::spawn(async move { asking.post(OPENAI, &body).await.status });
        let begun = last_test(&admin, "started").await;
        let problem = admin.post(OPENAI, &hangs).await.refused(409, &[]);
        assert_eq!(problem["code"], "test_under_way");
        // Nobody waits for it any more: its connection is closed.
        first.abort();
        let ended = last_test(&admin, "cancelled").await;
        assert_eq!(ended["id"], begun["id"]);
        assert_eq!(ended["error_type"], "cancelled");
        let fine = json!({ "model_name": "scripted/careful" });
        let fine = admin.post(OPENAI, &fine).await.expect(200);
        assert_eq!(fine["outcome"], "succeeded");
    })
    .await;
}

#[tokio::test]
async fn the_page_asks_as_an_admin() {
    on_each(|server| async move {
        let test = "provider=openai&model_name=scripted%2Fcareful".to_owned();
        server
            .asks_for_role("test_provider", FORM, test, Role::Admin)
            .await;
        let errors = json!({ "provider": "openai", "cursor": null });
        let one = json!({ "provider": "openai" });
        for (name, body) in [
            ("settings", json!({})),
            ("provider", one),
            ("provider_errors", errors),
        ] {
            server
                .asks_for_role(name, JSON, body.to_string(), Role::Admin)
                .await;
        }
        let refused = page(&server, Role::Steward).await;
        assert!(
            refused.contains("Your role does not allow this"),
            "{refused}"
        );
        assert!(!refused.contains("OpenRouter") && !refused.contains("href=\"/settings\""));
        let shown = page(&server, Role::Admin).await;
        for word in ["Bridge", "OpenRouter", "Gemini", "OpenAI", "Claude Code"] {
            assert!(shown.contains(word), "{word}");
        }
        assert!(shown.contains("This is a rehearsal"));
        assert!(shown.contains("Worked"), "the test of before");
    })
    .await;
}

/// The page of settings, as the server draws it.
async fn page(server: &TestServer, role: Role) -> String {
    let session = server.session_of(role).await;
    let nobody = server.nobody();
    let request = nobody
        .anywhere(Method::GET, "/settings")
        .header("accept", "text/html")
        .header("cookie", format!("inter_hub_session={session}"));
    text(&nobody.send(request).await.body)
}

#[tokio::test]
async fn a_plain_form_leads_back_to_the_provider() {
    on_each(|server| async move {
        let session = server.session_of(Role::Admin).await;
        let http = reqwest::Client::builder().redirect(Policy::none());
        let http = http.no_proxy().build().unwrap();
        let send = async |form: &'static str| {
            let answer = http
                .post(format!("{}/rpc/test_provider", server.base))
                .header("content-type", FORM)
                .header("accept", "text/html")
                .header("sec-fetch-site", "same-origin")
                .header("referer", format!("{}/settings", server.base))
                .header("cookie", format!("inter_hub_session={session}"))
                .body(form)
                .send()
                .await
                .unwrap();
            assert!(answer.status().is_redirection(), "{}", answer.status());
            text(&answer.headers()["location"].to_str().unwrap().into())
        };
        let to = send("provider=openai&model_name=scripted%2Fcareful").await;
        assert_eq!(to, "/settings#openai");
        let to = send("provider=gemini&model_name=").await;
        assert!(to.contains("/settings?") && to.contains("__err"), "{to}");
    })
    .await;
}
