//! Live events: in order, none twice, none missing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // helpers of tests may

use std::{collections::HashMap, time::Duration};

use crate::common::{on_each, on_each_with, setup};
use eventsource_stream::{Event, Eventsource};
use futures::StreamExt;
use serde_json::{Value, json};
use setup::text;

const TWO: &[&str] = &["scripted/careful", "scripted/bold"];

fn data(event: &Event) -> Value {
    serde_json::from_str(&event.data).unwrap()
}

fn numbers(events: &[Event]) -> Vec<i64> {
    events
        .iter()
        .filter(|event| !event.event.ends_with(".delta"))
        .map(|event| event.id.parse().unwrap())
        .collect()
}

#[tokio::test]
async fn a_stream_tells_a_run_from_its_start_to_its_end() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let hub_id = setup::team(&admin, "t", TWO).await;
        let body = setup::collective_body(&hub_id, "What first?");
        let queued = admin.post("/collective-proposals", &body).await.expect(202);
        let path = format!("/collective-proposals/{}/events", text(&queued["id"]));
        let response = admin.open(&path, None).await;
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-cache");
        assert_eq!(response.headers()["x-accel-buffering"], "no");
        assert!(!response.headers().contains_key("content-encoding"));
        let events = crate::common::client::to_end(response).await;

        assert_eq!(events[0].event, "run.started");
        assert_eq!(data(&events[0])["agents"].as_array().unwrap().len(), 2);
        let last = events.last().unwrap();
        assert_eq!(last.event, "run.finished");
        assert_eq!(data(last)["run_state"], "finished");
        let numbers = numbers(&events);
        assert!(
            numbers.windows(2).all(|pair| pair[0] < pair[1]),
            "{numbers:?}"
        );
        for event in &events {
            assert_eq!(data(event)["collective_proposal_id"], queued["id"]);
            assert!(data(event)["at"].is_string());
        }
        for name in ["contribution.started", "contribution.completed"] {
            assert_eq!(
                events.iter().filter(|e| e.event == name).count(),
                2,
                "{name}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn pieces_of_text_fit_together() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let hub_id = setup::team(&admin, "t", TWO).await;
        let body = setup::collective_body(&hub_id, "Wie größer? 🙂");
        let queued = admin.post("/collective-proposals", &body).await.expect(202);
        let path = format!("/collective-proposals/{}/events", text(&queued["id"]));
        let mut texts: HashMap<String, String> = HashMap::new();
        for event in admin.events(&path, None).await {
            if event.event != "contribution.delta" {
                continue;
            }
            let data = data(&event);
            let text_so_far = texts.entry(text(&data["contribution_id"])).or_default();
            let offset = data["offset"].as_u64().unwrap();
            assert_eq!(text_so_far.chars().count() as u64, offset);
            text_so_far.push_str(data["text"].as_str().unwrap());
        }
        let run = admin.get(path.trim_end_matches("/events")).await;
        let run = run.expect(200);
        for one in run["contributions"].as_array().unwrap() {
            let told = &texts[one["id"].as_str().unwrap()];
            // What comes last may be told by the stored answer alone.
            let Ok(content) = serde_json::from_str::<Value>(told) else {
                assert!(told.starts_with('{'), "{told}");
                continue;
            };
            let said = &content["recommendation"];
            assert_eq!(said, &one["content"]["recommendation"]);
        }
    })
    .await;
}

#[tokio::test]
async fn a_client_that_comes_back_misses_nothing() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let hub_id = setup::team(&admin, "t", TWO).await;
        let ended = setup::run(&admin, &hub_id, "What first?").await;
        let path = format!("/collective-proposals/{}/events", text(&ended["id"]));
        let all = numbers(&admin.events(&path, None).await);
        let last = *all.last().unwrap();
        for seen in 0..last {
            let after = numbers(&admin.events(&path, Some(&seen.to_string())).await);
            let wanted: Vec<_> = all.iter().copied().filter(|n| *n > seen).collect();
            assert_eq!(after, wanted, "after {seen}");
        }
        let nothing = admin.open(&path, Some(&last.to_string())).await;
        assert_eq!(nothing.status(), 204);
        for bad in ["x", "-1", "1.5", ""] {
            let answer = crate::common::Answer::read(admin.open(&path, Some(bad)).await).await;
            answer.refused(400, &["Last-Event-ID"]);
        }
    })
    .await;
}

#[tokio::test]
async fn a_hub_tells_what_happens_from_now_on() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let hub_id = setup::team(&admin, "t", TWO).await;
        let response = admin.open(&format!("/hubs/{hub_id}/events"), None).await;
        assert_eq!(response.status(), 200);
        let run = setup::run(&admin, &hub_id, "What first?").await;
        let mut events = response.bytes_stream().eventsource();
        let next = async {
            while let Some(event) = events.next().await {
                let event = event.unwrap();
                let data = data(&event);
                if event.event == "hub.changed" && data["state"] == "finished" {
                    return data;
                }
            }
            panic!("the stream ended");
        };
        let told = tokio::time::timeout(Duration::from_secs(20), next)
            .await
            .unwrap();
        assert_eq!(told["subject_id"], run["id"]);
        assert_eq!(told["hub_id"], hub_id);
    })
    .await;
}

#[tokio::test]
async fn a_hub_hears_of_a_blocked_trial() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let hub_id = setup::hub(&admin, "h").await;
        let agent = setup::agent(&admin, &hub_id, "a", "m").await;
        let policy = json!({
            "hub_id": hub_id, "agent_registration_id": agent, "artifact_type": "widget_summary",
        });
        admin
            .post("/governance-policies", &policy)
            .await
            .expect(201);
        let response = admin.open(&format!("/hubs/{hub_id}/events"), None).await;
        let trial =
            json!({ "prompt": "?", "task_type": "triage", "artifact_type": "widget_summary" });
        let path = format!("/agents/{agent}/try");
        let blocked = admin.post(&path, &trial).await.expect(200);
        let mut events = response.bytes_stream().eventsource();
        let next = async {
            while let Some(event) = events.next().await {
                let event = event.unwrap();
                if event.event == "hub.changed" {
                    return data(&event);
                }
            }
            panic!("the stream ended");
        };
        let told = tokio::time::timeout(Duration::from_secs(20), next)
            .await
            .unwrap();
        assert_eq!(told["subject_kind"], "invocation");
        assert_eq!(told["subject_id"], blocked["receipt"]["id"]);
        assert_eq!(told["state"], "blocked");
    })
    .await;
}

#[tokio::test]
async fn streams_end_when_the_server_stops() {
    let wish = crate::common::Wish {
        speed: Some(0.05),
        ..crate::common::Wish::default()
    };
    on_each_with(wish, |server| async move {
        let admin = server.admin().await;
        let hub_id = setup::team(&admin, "t", TWO).await;
        let hub = admin.open(&format!("/hubs/{hub_id}/events"), None).await;
        let body = setup::collective_body(&hub_id, "What first?");
        let queued = admin.post("/collective-proposals", &body).await.expect(202);
        let path = format!("/collective-proposals/{}/events", text(&queued["id"]));
        let run = admin.open(&path, None).await;
        let waiting = {
            let admin = admin.clone();
            tokio::spawn(async move { admin.post("/collective-proposals?wait=true", &body).await })
        };
        // The second run is there: the server is busy with all that it is to end.
        while admin.get("/collective-proposals").await.expect(200)["items"]
            .as_array()
            .unwrap()
            .len()
            < 2
        {
            tokio::task::yield_now().await;
        }
        server.stop();
        let end = async {
            crate::common::client::to_end(hub).await;
            let told = crate::common::client::to_end(run).await;
            assert!(told.iter().all(|event| event.event != "run.finished"));
            waiting.await.unwrap().refused(503, &[]);
        };
        tokio::time::timeout(Duration::from_secs(10), end)
            .await
            .unwrap();
    })
    .await;
}
