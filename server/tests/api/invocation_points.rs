//! The four invocation points over HTTP: answers, refusals, live events.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // helpers of tests may

use crate::common::{Answer, Client, Wish, on_each, on_each_with, setup};
use model::Role;
use reqwest::Method;
use serde_json::{Value, json};
use setup::text;

const TASKS: [&str; 4] = ["synthesis", "requirement_draft", "implementation", "triage"];

/// The four paths in a hub with one agent that is routed for all of them.
struct Place {
    hub_id: String,
    agent_id: String,
    points: [String; 4],
}

async fn place(client: &Client, model: &str) -> Place {
    let place = unrouted(client, model).await;
    for task in TASKS {
        setup::route(client, &place.hub_id, task, &place.agent_id, 10).await;
    }
    place
}

async fn unrouted(client: &Client, model: &str) -> Place {
    let hub_id = setup::hub(client, "points").await;
    let agent_id = setup::agent(client, &hub_id, "one", model).await;
    let make =
        async |path: &str, body: Value| text(&client.post(path, &body).await.expect(201)["id"]);
    let widget = make(
        "/widgets",
        json!({ "hub_id": hub_id, "slug": "calendar", "title": "Calendar" }),
    )
    .await;
    for said in ["I never see what is free.", "Where is Saturday?"] {
        let event = json!({
            "hub_id": hub_id, "widget_id": widget, "kind": "comment",
            "payload": { "author": "Mira", "text": said },
        });
        client.post("/interaction-events", &event).await.expect(201);
    }
    let candidate = make(
        "/requirement-candidates",
        json!({ "hub_id": hub_id, "title": "Free slots", "body": "Guests see free slots." }),
    )
    .await;
    make(
        "/requirement-candidates",
        json!({ "hub_id": hub_id, "title": "Show free slots", "body": "Free slots are seen by guests." }),
    )
    .await;
    let decision = make(
        "/decision-records",
        json!({ "hub_id": hub_id, "title": "Week view", "context": "Asked for.", "decision": "We build it." }),
    )
    .await;
    Place {
        hub_id,
        agent_id,
        points: [
            format!("/widgets/{widget}/summarize-cluster"),
            format!("/widgets/{widget}/draft-requirement"),
            format!("/decision-records/{decision}/propose-implementation"),
            format!("/requirement-candidates/{candidate}/detect-duplicates"),
        ],
    }
}

async fn bare(client: &Client, path: &str) -> Answer {
    client.send(client.request(Method::POST, path)).await
}

#[tokio::test]
async fn each_point_answers_at_once_or_when_it_has_ended() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let reviewer = server.client(Role::Reviewer).await;
        let place = place(&admin, "scripted/careful").await;
        let own = ["summary", "acceptance_criteria", "steps", "duplicates"];
        for ((point, task), field) in place.points.iter().zip(TASKS).zip(own) {
            // Without a body at all.
            let answer = bare(&reviewer, point).await;
            let location = answer.header("location").to_owned();
            let queued = answer.expect(202);
            assert_eq!(queued["status"], "queued");
            assert_eq!(queued["task_type"], task);
            assert_eq!(queued["content"], Value::Null);
            assert_eq!(
                location,
                format!("/api/v2/proposals/{}", text(&queued["id"]))
            );
            let body = json!({ "instructions": "Look at Saturdays." });
            let ended = reviewer
                .post(&format!("{point}?wait=true"), &body)
                .await
                .expect(200);
            assert_eq!(ended["status"], "pending", "{ended:#}");
            assert_eq!(ended["instructions"], "Look at Saturdays.");
            assert_eq!(ended["agent_registration_id"], place.agent_id);
            assert_eq!(ended["agent_version"], 1);
            assert_eq!(ended["model_used"], "scripted/careful");
            assert!(ended["tokens_in"].as_i64().unwrap() > 0);
            assert!(ended["tokens_out"].as_i64().unwrap() > 0);
            assert!(ended["duration_ms"].is_i64());
            assert_eq!(text(&ended["content_hash"]).len(), 64);
            assert!(!ended["content"][field].is_null(), "{field}: {ended:#}");
            let path = format!("/proposals/{}", text(&ended["id"]));
            assert_eq!(admin.get(&path).await.expect(200), ended);
            let receipt = format!("/invocations/{}", text(&ended["invocation_id"]));
            let receipt = admin.get(&receipt).await.expect(200);
            assert_eq!(receipt["outcome"], "succeeded");
            assert_eq!(receipt["purpose"], "proposal");
            assert_eq!(receipt["tokens_in"], ended["tokens_in"]);
            let answers = admin.get(&format!("{path}/answers")).await.expect(200);
            assert_eq!(answers["items"][0]["content"], ended["content"]);
            let list = format!("/proposals?hub_id={}&task_type={task}", place.hub_id);
            let list = admin.get(&list).await.expect(200);
            assert_eq!(list["items"].as_array().unwrap().len(), 2);
        }
        let widget = place.points[0].split('/').nth(2).unwrap();
        let of_widget = format!("/proposals?source_widget_id={widget}&limit=3");
        let page = admin.get(&of_widget).await.expect(200);
        assert_eq!(page["items"].as_array().unwrap().len(), 3);
        assert!(page["next_cursor"].is_string());
        for bad in ["status=done", "hub_id=x", "limit=0"] {
            let status = admin.get(&format!("/proposals?{bad}")).await.status;
            assert!(matches!(status, 400 | 422), "{bad}: {status}");
        }
    })
    .await;
}

#[tokio::test]
async fn blocked_failed_and_wordy_answers_are_answers() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let place = place(&admin, "scripted/fail-401").await;
        for point in &place.points {
            let failed = admin
                .post(&format!("{point}?wait=true"), &json!({}))
                .await
                .expect(200);
            assert_eq!(failed["status"], "failed");
            assert_eq!(failed["error_type"], "authentication");
            assert!(failed["error"].is_string());
        }
        let asked = server.models.served().by_model["scripted/fail-401"];
        let policy = json!({
            "hub_id": place.hub_id, "agent_registration_id": place.agent_id,
            "artifact_type": "widget_summary", "allowed_actions": ["read"],
        });
        let policy = admin
            .post("/governance-policies", &policy)
            .await
            .expect(201);
        let blocked = admin
            .post(&format!("{}?wait=true", place.points[0]), &json!({}))
            .await
            .expect(200);
        assert_eq!(blocked["status"], "blocked_by_policy");
        assert_eq!(blocked["policy_id"], policy["id"]);
        assert!(text(&blocked["error"]).contains("widget_summary"));
        assert_eq!(server.models.served().by_model["scripted/fail-401"], asked);
        let patch = json!({ "model_name": "scripted/fail-no-json" });
        let path = format!("/agents/{}", place.agent_id);
        admin.patch(&path, &patch).await.expect(200);
        let wordy = admin
            .post(&format!("{}?wait=true", place.points[1]), &json!({}))
            .await
            .expect(200);
        assert_eq!(wordy["status"], "pending");
        assert_eq!(wordy["readable"], false);
        assert!(wordy["content"]["text"].is_string());
        assert_eq!(wordy["agent_version"], 2);
        assert_eq!(server.models.served().by_model["scripted/fail-no-json"], 2);
    })
    .await;
}

#[tokio::test]
async fn refusals_name_what_is_wrong() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let place = unrouted(&admin, "scripted/careful").await;
        for (point, task) in place.points.iter().zip(TASKS) {
            let problem = admin.post(point, &json!({})).await.refused(409, &[]);
            assert_eq!(problem["code"], "no_route");
            assert!(text(&problem["detail"]).contains(task));
        }
        let list = admin.get("/proposals").await.expect(200);
        assert!(list["items"].as_array().unwrap().is_empty());
        setup::route(&admin, &place.hub_id, "synthesis", &place.agent_id, 10).await;
        let point = &place.points[0];
        let long = json!({ "instructions": "x".repeat(20_001) });
        admin
            .post(point, &long)
            .await
            .refused(422, &["instructions"]);
        let odd = json!({ "instructions": 7 });
        admin
            .post(point, &odd)
            .await
            .refused(422, &["instructions"]);
        let raw = admin.post_raw(point, "application/json", "{").await;
        raw.refused(400, &[]);
        let kind = admin.post_raw(point, "text/plain", "x").await;
        kind.refused(415, &[]);
        let flag = admin.post(&format!("{point}?wait=maybe"), &json!({})).await;
        flag.refused(422, &["wait"]);
        admin
            .post("/widgets/nope/summarize-cluster", &json!({}))
            .await
            .refused(400, &["id"]);
        let nowhere = "01890a5d-ac96-774b-bcce-b302099a8057";
        for path in [
            format!("/widgets/{nowhere}/summarize-cluster"),
            format!("/decision-records/{nowhere}/propose-implementation"),
            format!("/proposals/{nowhere}/cancel"),
        ] {
            admin.post(&path, &json!({})).await.refused(404, &[]);
        }
        admin
            .get(&format!("/proposals/{nowhere}"))
            .await
            .refused(404, &[]);
    })
    .await;
}

#[tokio::test]
async fn the_same_key_starts_one_call() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let place = place(&admin, "scripted/careful").await;
        let point = &place.points[1];
        let send = |key: &str, body: Value| {
            let request = admin
                .request(Method::POST, point)
                .header("idempotency-key", key)
                .json(&body);
            admin.send(request)
        };
        let (one, two) = tokio::join!(send("k", json!({})), send("k", json!({})));
        let (one, two) = (one.expect(202), two.expect(202));
        assert_eq!(one["id"], two["id"]);
        assert_eq!(send("k", json!({})).await.expect(202)["id"], one["id"]);
        let other = send("k", json!({ "instructions": "x" })).await;
        assert_eq!(other.refused(409, &[])["code"], "idempotency_key_reused");
        // Keys are per path.
        let request = admin
            .request(Method::POST, &place.points[0])
            .header("idempotency-key", "k");
        let elsewhere = admin.send(request).await.expect(202);
        assert_ne!(elsewhere["id"], one["id"]);
    })
    .await;
}

#[tokio::test]
async fn a_call_is_cancelled_and_stays_so() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let place = place(&admin, "scripted/fail-hang").await;
        for point in &place.points {
            let queued = bare(&admin, point).await.expect(202);
            let path = format!("/proposals/{}", text(&queued["id"]));
            let waiting = admin.clone();
            let events = format!("{path}/events");
            let watched = tokio::spawn(async move { waiting.events(&events, None).await });
            let cancelled = bare(&admin, &format!("{path}/cancel")).await.expect(200);
            assert_eq!(cancelled["status"], "cancelled");
            let again = bare(&admin, &format!("{path}/cancel")).await;
            assert_eq!(again.refused(409, &[])["code"], "run_ended");
            let told = watched.await.unwrap();
            assert_eq!(told.last().unwrap().event, "run.finished");
            assert!(told.last().unwrap().data.contains("cancelled"));
        }
    })
    .await;
}

#[tokio::test]
async fn events_tell_the_answer_as_it_grows_and_are_replayed() {
    let wish = Wish {
        speed: Some(8.0),
        ..Wish::default()
    };
    on_each_with(wish, |server| async move {
        let admin = server.admin().await;
        let place = place(&admin, "scripted/careful").await;
        let queued = bare(&admin, &place.points[1]).await.expect(202);
        let path = format!("/proposals/{}", text(&queued["id"]));
        let events = format!("{path}/events");
        let told = admin.events(&events, None).await;
        let data = |event: &eventsource_stream::Event| -> Value {
            serde_json::from_str(&event.data).unwrap()
        };
        let mut grown = String::new();
        let mut stored = Vec::new();
        for event in &told {
            let data = data(event);
            assert_eq!(data["proposal_id"], queued["id"]);
            assert!(data["at"].is_string());
            if event.event == "answer.delta" {
                assert_eq!(data["attempt"], 1);
                assert_eq!(
                    data["offset"].as_u64().unwrap(),
                    grown.chars().count() as u64
                );
                grown.push_str(data["text"].as_str().unwrap());
            } else {
                stored.push((event.id.clone(), event.event.clone()));
            }
        }
        let names: Vec<_> = stored.iter().map(|(_, name)| name.as_str()).collect();
        assert_eq!(
            names,
            [
                "run.started",
                "answer.started",
                "answer.completed",
                "run.finished"
            ]
        );
        assert!(grown.starts_with("{\n  \"recommendation\""), "{grown}");
        for (place, (id, _)) in stored.iter().enumerate().take(3) {
            let rest = admin.events(&events, Some(id)).await;
            let ids: Vec<_> = rest.iter().map(|event| event.id.clone()).collect();
            let wanted: Vec<_> = stored[place + 1..]
                .iter()
                .map(|(id, _)| id.clone())
                .collect();
            assert_eq!(ids, wanted);
        }
        let last = &stored.last().unwrap().0;
        assert_eq!(admin.open(&events, Some(last)).await.status(), 204);
        let answer = Answer::read(admin.open(&events, Some("x")).await).await;
        answer.refused(400, &["Last-Event-ID"]);

        // Another round goes on after it.
        let body = json!({ "instructions": "Shorter." });
        let round = admin
            .post(&format!("{path}/another-round?wait=true"), &body)
            .await
            .expect(200);
        assert_eq!(
            (&round["round"], &round["status"]),
            (&json!(2), &json!("pending"))
        );
        let more = admin.events(&events, Some(last)).await;
        assert_eq!(more.first().unwrap().event, "run.started");
        assert_eq!(more.last().unwrap().event, "run.finished");
        let answers = admin.get(&format!("{path}/answers")).await.expect(200);
        let rounds: Vec<_> = answers["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|answer| answer["round"].as_i64().unwrap())
            .collect();
        assert_eq!(rounds, [2, 1]);
        let one = admin
            .get(&format!("{path}/answers?limit=1"))
            .await
            .expect(200);
        assert_eq!(one["items"].as_array().unwrap().len(), 1);
        assert!(one["next_cursor"].is_string());
    })
    .await;
}

#[tokio::test]
async fn server_functions_ask_for_the_role() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let place = place(&admin, "scripted/careful").await;
        let widget = place.points[0].split('/').nth(2).unwrap().to_owned();
        let ended = admin
            .post(&format!("{}?wait=true", place.points[0]), &json!({}))
            .await
            .expect(200);
        let id = text(&ended["id"]);
        for (name, form) in [
            (
                "invoke",
                format!("point=summarize_cluster&source={widget}&idempotency_key=k"),
            ),
            ("another_round", format!("id={id}&instructions=x")),
        ] {
            server
                .asks_for_role(name, crate::common::FORM, form, Role::Reviewer)
                .await;
        }
        let body = json!({ "id": id }).to_string();
        server
            .asks_for_role("cancel_proposal", "application/json", body, Role::Reviewer)
            .await;
        // Who only looks, may look.
        let session = server.session_of(Role::Viewer).await;
        for (name, body) in [
            ("proposal_view", json!({ "id": id })),
            ("proposal", json!({ "id": id })),
            ("proposal_answers", json!({ "id": id })),
            ("list_proposals", json!({ "query": {} })),
            (
                "invoke_form",
                json!({ "point": "summarize_cluster", "source": widget }),
            ),
        ] {
            let viewer = server.nobody();
            let request = viewer
                .anywhere(Method::POST, &format!("/rpc/{name}"))
                .header("content-type", "application/json")
                .header("sec-fetch-site", "same-origin")
                .header("cookie", format!("inter_hub_session={session}"))
                .body(body.to_string());
            let answer = viewer.send(request).await;
            assert_eq!(answer.status, 200, "{name}: {:#}", answer.body);
        }
    })
    .await;
}
