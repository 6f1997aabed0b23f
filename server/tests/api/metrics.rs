//! `/metrics`, and the right to a stream of events while it lasts.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // helpers of tests may

use std::{collections::HashMap, time::Duration};

use crate::common::{TestServer, on_each, setup, to_end};
use model::Role;
use reqwest::Method;
use serde_json::json;

/// Each series and its value.
async fn scrape(server: &TestServer) -> HashMap<String, f64> {
    let nobody = server.nobody();
    let answer = nobody.send(nobody.anywhere(Method::GET, "/metrics")).await;
    assert_eq!(answer.status, 200, "{:#}", answer.body);
    assert_eq!(answer.header("content-type"), "text/plain; version=0.0.4");
    let text = setup::text(&answer.body);
    let mut described = Vec::new();
    let mut series = HashMap::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').unwrap();
            assert!(help.ends_with('.'), "{line}");
            described.push(name.to_owned());
            continue;
        }
        if line.starts_with("# TYPE ") {
            continue;
        }
        let (name, value) = line.rsplit_once(' ').unwrap();
        assert!(described.iter().any(|d| name.starts_with(d)), "{name}");
        let before = series.insert(name.to_owned(), value.parse().unwrap());
        assert!(before.is_none(), "{name} stands there twice");
    }
    series
}

fn of(series: &HashMap<String, f64>, name: &str) -> f64 {
    series.get(name).copied().unwrap_or_default()
}

#[tokio::test]
async fn calls_work_and_requests_are_counted() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let fresh = scrape(&server).await;
        assert!(of(&fresh, "inter_hub_database_up") > 0.5);
        assert!(of(&fresh, "process_start_time_seconds") > 1.7e9);
        assert!(fresh.keys().any(|name| name.starts_with("inter_hub_build_info{version=")));
        let queued = r#"inter_hub_work_items{kind="collective_run",state="queued"}"#;
        assert_eq!(fresh.get(queued), Some(&0.0));

        let hub_id = setup::hub(&admin, "h").await;
        let good = setup::agent(&admin, &hub_id, "good", "scripted/careful").await;
        let poor = setup::agent(&admin, &hub_id, "poor", "scripted/fail-402").await;
        let sample = json!({ "prompt": "Hello?", "task_type": "triage", "artifact_type": "widget_summary" });
        for agent in [&good, &good, &poor] {
            admin.post(&format!("/agents/{agent}/try"), &sample).await.expect(200);
        }
        admin.get(&format!("/agents/{poor}")).await.expect(200);
        admin.get("/agents/11111111-1111-7111-8111-111111111111").await.expect(404);
        let odd = admin.request(Method::from_bytes(b"BREW").unwrap(), "/no/such/path");
        admin.send(odd).await;

        let seen = scrape(&server).await;
        let exact = |name: &str, value: f64| assert!((of(&seen, name) - value).abs() < 1e-9, "{name} {seen:#?}");
        exact(r#"inter_hub_model_calls_total{outcome="succeeded",provider="openai"}"#, 2.0);
        exact(r#"inter_hub_model_calls_total{outcome="failed",provider="openai"}"#, 1.0);
        exact(r#"inter_hub_model_attempts_total{provider="openai",result="ok"}"#, 2.0);
        exact(r#"inter_hub_model_attempts_total{provider="openai",result="out_of_credit"}"#, 1.0);
        exact(r#"inter_hub_model_attempt_duration_seconds_count{provider="openai"}"#, 3.0);
        exact(r#"inter_hub_model_first_text_seconds_count{provider="openai"}"#, 2.0);
        exact(r#"inter_hub_model_calls_under_way{provider="openai"}"#, 0.0);
        exact(r#"inter_hub_http_requests_total{method="GET",route="/api/v2/agents/{id}",status="200"}"#, 1.0);
        exact(r#"inter_hub_http_requests_total{method="GET",route="/api/v2/agents/{id}",status="404"}"#, 1.0);
        exact(r#"inter_hub_http_request_duration_seconds_count{method="GET",route="/api/v2/agents/{id}"}"#, 2.0);
        assert!(seen.keys().any(|name| name.contains(r#"method="other""#)), "{seen:#?}");
        let text = format!("{seen:?}");
        for private in [hub_id.as_str(), &good, "scripted/", "BREW", "no/such"] {
            assert!(!text.contains(private), "{private} is in a label");
        }

        let receipts = admin.get("/invocations").await.expect(200);
        let receipts = receipts["items"].as_array().unwrap();
        for (direction, field) in [("in", "tokens_in"), ("out", "tokens_out")] {
            let tokens: i64 = receipts.iter().filter_map(|r| r[field].as_i64()).sum();
            assert!(tokens > 0);
            let name = format!(r#"inter_hub_model_tokens_total{{direction="{direction}",provider="openai"}}"#);
            exact(&name, f64::from(i32::try_from(tokens).unwrap()));
        }
    })
    .await;
}

#[tokio::test]
async fn streams_are_counted_while_they_are_open() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let hub_id = setup::hub(&admin, "h").await;
        let path = format!("/hubs/{hub_id}/events");
        let open = [admin.open(&path, None).await, admin.open(&path, None).await];
        assert!(open.iter().all(|stream| stream.status() == 200));
        let streams = async || of(&scrape(&server).await, "inter_hub_event_streams");
        assert!((streams().await - 2.0).abs() < 1e-9);
        drop(open);
        until(async || streams().await < 0.5).await;
    })
    .await;
}

#[tokio::test]
async fn a_stream_ends_with_the_right_to_it() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let hub_id = setup::hub(&admin, "h").await;
        let path = format!("/hubs/{hub_id}/events");
        let viewer = server.client(Role::Viewer).await;
        let nobody = server.nobody();
        let session = server.session_of(Role::Viewer).await;
        let by_cookie = nobody
            .request(Method::GET, &path)
            .header("cookie", format!("inter_hub_session={session}"));
        let staying = admin.open(&path, None).await;
        let revoked = viewer.open(&path, None).await;
        let signed_out = by_cookie.send().await.unwrap();
        assert_eq!(
            (revoked.status().as_u16(), signed_out.status().as_u16()),
            (200, 200)
        );

        let tokens = admin.get("/tokens").await.expect(200);
        let tokens = tokens["items"]
            .as_array()
            .or(tokens.as_array())
            .unwrap()
            .clone();
        let of_viewer = tokens.iter().find(|t| t["role"] == "viewer").unwrap();
        let id = setup::text(&of_viewer["id"]);
        assert!(admin.delete(&format!("/tokens/{id}")).await.status < 300);
        to_end(revoked).await;
        federation::people::sign_out(&server.engine, &session)
            .await
            .unwrap();
        to_end(signed_out).await;

        // The stream of whoever may still read stays open.
        let streams = scrape(&server).await;
        assert!(of(&streams, "inter_hub_event_streams") > 0.5);
        drop(staying);
    })
    .await;
}

async fn until(mut check: impl AsyncFnMut() -> bool) {
    let waited = tokio::time::timeout(Duration::from_secs(60), async {
        while !check().await {
            tokio::task::yield_now().await;
        }
    });
    waited.await.expect("it comes about");
}
