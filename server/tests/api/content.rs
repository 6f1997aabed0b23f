//! Widgets, events, signals, candidates and decision records, over the API and
//! by the forms of the pages.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // helpers of tests may

use crate::common::{Answer, Client, FORM, on_each, setup};
use model::Role;
use reqwest::Method;
use serde_json::{Value, json};
use setup::text;

const NO_ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

async fn widget(client: &Client, hub_id: &str, slug: &str) -> Value {
    let body = json!({ "hub_id": hub_id, "slug": slug, "title": format!("The {slug}") });
    client.post("/widgets", &body).await.expect(201)
}

async fn patch_at(client: &Client, path: &str, version: i64, body: &Value) -> Answer {
    let request = client
        .request(Method::PATCH, path)
        .header("if-match", version.to_string())
        .json(body);
    client.send(request).await
}

async fn items(client: &Client, path: &str) -> Vec<Value> {
    let page = client.get(path).await.expect(200);
    page["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn widgets_are_made_changed_and_listed() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let hub_id = setup::hub(&admin, "h").await;
        let made = widget(&admin, &hub_id, "mail").await;
        let path = format!("/widgets/{}", text(&made["id"]));
        assert_eq!(made["version"], 1);
        assert_eq!(admin.get(&path).await.expect(200), made);
        let body = json!({ "hub_id": hub_id, "slug": "mail", "title": "Again" });
        let taken = admin.post("/widgets", &body).await.refused(409, &[]);
        assert_eq!(taken["code"], "slug_taken");
        let lost = json!({ "hub_id": NO_ID, "slug": "x", "title": "X" });
        admin
            .post("/widgets", &lost)
            .await
            .refused(404, &["hub_id"]);
        let bad = json!({ "hub_id": hub_id, "slug": "A B", "title": "" });
        let bad = admin.post("/widgets", &bad).await;
        assert_eq!(bad.status, 422);
        let untold = json!({ "hub_id": hub_id, "slug": "x" });
        admin
            .post("/widgets", &untold)
            .await
            .refused(422, &["title"]);

        let more = json!({ "description": "Two mails." });
        let changed = patch_at(&admin, &path, 1, &more).await.expect(200);
        assert_eq!(
            (&changed["version"], &changed["title"]),
            (&json!(2), &made["title"])
        );
        let stale = patch_at(&admin, &path, 1, &json!({ "title": "Late" })).await;
        assert_eq!(stale.refused(409, &[])["code"], "stale_version");
        let none = admin
            .patch(&path, &json!({ "description": null }))
            .await
            .expect(200);
        assert_eq!(
            (&none["version"], &none["description"]),
            (&json!(3), &Value::Null)
        );
        admin
            .patch(&path, &json!({ "slug": "-" }))
            .await
            .refused(422, &["slug"]);
        admin
            .get(&format!("/widgets/{NO_ID}"))
            .await
            .refused(404, &[]);
        admin.get("/widgets/x").await.refused(400, &["id"]);
        admin.delete(&path).await.refused(405, &[]);

        widget(&admin, &hub_id, "form").await;
        let event = json!({ "hub_id": hub_id, "widget_id": made["id"], "kind": "comment" });
        let event = admin.post("/interaction-events", &event).await.expect(201);
        let rows = items(&admin, &format!("/widgets?hub_id={hub_id}&q=MAIL")).await;
        assert_eq!(rows.len(), 1);
        assert_eq!(
            (&rows[0]["id"], &rows[0]["events"]),
            (&made["id"], &json!(1))
        );
        assert_eq!(rows[0]["last_event_at"], event["occurred_at"]);
        let none = items(
            &admin,
            &format!("/widgets?hub_id={hub_id}&open_candidates=true"),
        )
        .await;
        assert_eq!(none, [] as [Value; 0]);
        admin
            .get("/widgets?open_candidates=maybe")
            .await
            .refused(422, &["open_candidates"]);
        let first = admin
            .get(&format!("/widgets?hub_id={hub_id}&limit=1"))
            .await
            .expect(200);
        let cursor = text(&first["next_cursor"]);
        let rest = format!("/widgets?hub_id={hub_id}&limit=1&cursor={cursor}");
        assert_eq!(items(&admin, &rest).await[0]["id"], made["id"]);
    })
    .await;
}

#[tokio::test]
async fn events_and_signals_are_added_and_stay() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let program = server.client(Role::Reviewer).await;
        let hub_id = setup::hub(&admin, "h").await;
        let made = widget(&admin, &hub_id, "mail").await;
        let id = text(&made["id"]);
        let event = json!({
            "hub_id": hub_id, "widget_id": id, "kind": "comment",
            "payload": { "author": "Zoë", "text": "Hm — ünï" }, "occurred_at": "2026-01-02T03:04:05+01:00",
        });
        let added = program.post("/interaction-events", &event).await;
        assert_eq!(added.header("location"), "/api/v2/interaction-events");
        let added = added.expect(201);
        assert_eq!(added["occurred_at"], "2026-01-02T02:04:05Z");
        assert_eq!(added["payload"], event["payload"]);
        let signal = json!({ "hub_id": hub_id, "widget_id": id, "kind": "desk_calls", "value": 41 });
        let signal = program.post("/outcome-signals", &signal).await.expect(201);
        assert_eq!((&signal["value"], &signal["payload"]), (&json!(41.0), &json!({})));

        for path in ["/interaction-events", "/outcome-signals"] {
            for method in [Method::PATCH, Method::DELETE, Method::PUT] {
                let request = admin.request(method, path).json(&json!({}));
                let refused = admin.send(request).await;
                let allow = refused.header("allow").to_owned();
                refused.refused(405, &[]);
                assert!(allow.contains("POST"), "{allow}");
            }
            let one = admin.request(Method::PATCH, &format!("{path}/{}", text(&added["id"])));
            assert_eq!(admin.send(one.json(&json!({}))).await.status, 404);
            let base = json!({ "hub_id": hub_id, "widget_id": id, "kind": "a" });
            let time = if path == "/outcome-signals" { "observed_at" } else { "occurred_at" };
            for (field, value, status) in [
                ("kind", json!("Not A Word"), 422),
                ("payload", json!([1]), 422),
                ("payload", json!({ "text": "x".repeat(20_001) }), 422),
                ("widget_id", json!(NO_ID), 404),
                ("hub_id", json!(NO_ID), 404),
                ("widget_id", json!("x"), 400),
                (time, json!("2999-01-01T00:00:00Z"), 422),
                (time, json!("1066-10-14T09:00:00Z"), 422),
            ] {
                let mut body = base.clone();
                body[field] = value.clone();
                let refused = program.post(path, &body).await;
                refused.refused(status, &[field]);
            }
        }
        let huge = json!({ "hub_id": hub_id, "widget_id": id, "kind": "a", "payload": { "t": "x".repeat(1_100_000) } });
        assert_eq!(program.post("/interaction-events", &huge).await.status, 413);

        let by_kind = format!("/interaction-events?hub_id={hub_id}&widget_id={id}&kind=comment");
        assert_eq!(items(&program, &by_kind).await, std::slice::from_ref(&added));
        let signals = format!("/outcome-signals?hub_id={hub_id}&widget_id={id}&kind=desk_calls");
        assert_eq!(items(&program, &signals).await, std::slice::from_ref(&signal));
        let path = format!("/widgets/{id}/timeline");
        let lines = items(&program, &path).await;
        let told: Vec<_> = lines.iter().map(|line| (text(&line["source"]), line["id"].clone())).collect();
        assert_eq!(
            told,
            [("signal".to_owned(), signal["id"].clone()), ("event".to_owned(), added["id"].clone())]
        );
        assert_eq!(items(&program, &format!("{path}?kind=comment")).await.len(), 1);
        let first = program.get(&format!("{path}?limit=1")).await.expect(200);
        let cursor = text(&first["next_cursor"]);
        assert_eq!(items(&program, &format!("{path}?limit=1&cursor={cursor}")).await[0]["id"], added["id"]);
        for bad in ["x", "1_x", "9223372036854775807_01890a5d-ac96-774b-bcce-b302099a8057"] {
            program.get(&format!("{path}?cursor={bad}")).await.refused(400, &["cursor"]);
        }
        program.get(&format!("/widgets/{NO_ID}/timeline")).await.refused(404, &[]);
        assert_eq!(items(&program, &format!("/widgets/{id}/summaries")).await, [] as [Value; 0]);
    })
    .await;
}

#[tokio::test]
async fn a_candidate_becomes_a_decision() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let person = server.client(Role::Reviewer).await;
        let hub_id = setup::hub(&admin, "h").await;
        let made = widget(&admin, &hub_id, "mail").await;
        let body = json!({
            "hub_id": hub_id, "title": "Say BOOKED", "body": "In the subject.", "source_widget_id": made["id"],
        });
        let wish = person.post("/requirement-candidates", &body).await.expect(201);
        assert_eq!((&wish["status"], &wish["version"]), (&json!("open"), &json!(1)));
        let path = format!("/requirement-candidates/{}", text(&wish["id"]));
        for (field, value) in [("status", json!("duplicate")), ("status", json!("gone")), ("body", json!(" "))] {
            let mut bad = body.clone();
            bad[field] = value.clone();
            person.post("/requirement-candidates", &bad).await.refused(422, &[field]);
            let patch = json!({ field: value });
            person.patch(&path, &patch).await.refused(422, &[field]);
        }
        let mut lost = body.clone();
        lost["source_widget_id"] = json!(NO_ID);
        person.post("/requirement-candidates", &lost).await.refused(404, &["source_widget_id"]);
        let review = json!({ "status": "under_review" });
        let changed = patch_at(&person, &path, 1, &review).await.expect(200);
        assert_eq!(changed["version"], 2);
        patch_at(&person, &path, 1, &review).await.refused(409, &[]);
        let free = json!({ "source_widget_id": null });
        assert_eq!(person.patch(&path, &free).await.expect(200)["source_widget_id"], Value::Null);
        person.patch(&path, &json!({ "source_widget_id": made["id"] })).await.expect(200);

        let record = json!({
            "hub_id": hub_id, "requirement_candidate_id": wish["id"], "title": "The word BOOKED",
            "context": "Calls at the desk.", "decision": "It stands first.", "status": "accepted",
        });
        let record = person.post("/decision-records", &record).await.expect(201);
        let decided = format!("/decision-records/{}", text(&record["id"]));
        let shown = person.get(&decided).await.expect(200);
        assert_eq!(shown["candidate"]["title"], "Say BOOKED");
        assert_eq!(shown["implementations"], json!([]));
        patch_at(&person, &decided, 3, &json!({ "title": "x" })).await.refused(409, &[]);
        let done = json!({ "status": "implemented" });
        assert_eq!(patch_at(&person, &decided, 1, &done).await.expect(200)["version"], 2);
        let empty = json!({ "hub_id": hub_id, "title": "x", "context": "", "decision": "y" });
        person.post("/decision-records", &empty).await.refused(422, &["context"]);
        let shown = person.get(&path).await.expect(200);
        assert_eq!(shown["decisions"][0]["id"], record["id"]);
        assert_eq!(shown["duplicate_of"], Value::Null);

        for (list, found) in [
            (format!("/requirement-candidates?hub_id={hub_id}&status=under_review&q=booked"), &wish),
            (format!("/requirement-candidates?widget_id={}", text(&made["id"])), &wish),
            (format!("/decision-records?hub_id={hub_id}&status=implemented&q=DESK"), &record),
            (format!("/decision-records?requirement_candidate_id={}", text(&wish["id"])), &record),
        ] {
            let rows = items(&person, &list).await;
            assert_eq!(rows.len(), 1, "{list}");
            assert_eq!(rows[0]["id"], found["id"], "{list}");
        }
        for list in ["/requirement-candidates", "/decision-records"] {
            person.get(&format!("{list}?status=x")).await.refused(422, &["status"]);
            person.get(&format!("{list}?hub_id=x")).await.refused(400, &["hub_id"]);
            person.delete(list).await.refused(405, &[]);
        }
        let filter = format!("/audit?subject_id={}", text(&wish["id"]));
        let audit = items(&admin, &filter).await;
        assert_eq!(audit.len(), 4);
        assert_eq!(audit[3]["action"], "requirement_candidate.created");
    })
    .await;
}

#[tokio::test]
async fn the_functions_behind_the_pages_ask_for_the_same_roles() {
    on_each(|server| async move {
        let hub_id = setup::hub(&server.admin().await, "h").await;
        let id = NO_ID;
        for (name, form, needed) in [
            (
                "save_widget",
                format!("hub_id={hub_id}&title=T&slug=t"),
                Role::Steward,
            ),
            (
                "save_candidate",
                format!("hub_id={hub_id}&title=T&body=B&status=open"),
                Role::Reviewer,
            ),
            (
                "save_decision",
                format!("hub_id={hub_id}&title=T&context=C&decision=D&status=draft"),
                Role::Reviewer,
            ),
        ] {
            server.asks_for_role(name, FORM, form, needed).await;
        }
        let admin = server.session().await;
        let nobody = server.nobody();
        let query = json!({ "query": {} });
        for (name, body) in [
            ("list_widgets", query.clone()),
            ("list_candidates", query.clone()),
            ("list_decisions", query.clone()),
            ("widget", json!({ "id": id })),
            ("candidate", json!({ "id": id })),
            ("decision", json!({ "id": id })),
            ("widget_form", json!({ "hub": "h" })),
            ("candidate_form", json!({ "hub": "h" })),
            ("decision_form", json!({ "hub": "h" })),
        ] {
            let call = || {
                nobody
                    .anywhere(Method::POST, &format!("/rpc/{name}"))
                    .header("sec-fetch-site", "same-origin")
                    .json(&body)
            };
            assert_eq!(nobody.send(call()).await.status, 401, "{name}");
            let cookie = format!("inter_hub_session={admin}");
            let answer = nobody.send(call().header("cookie", cookie)).await;
            let expected = if body["id"] == json!(id) { 404 } else { 200 };
            assert_eq!(answer.status, expected, "{name}: {:#}", answer.body);
        }
    })
    .await;
}

#[tokio::test]
async fn pages_are_whole_without_a_script() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let hub_id = setup::hub(&admin, "h").await;
        let made = widget(&admin, &hub_id, "mail").await;
        let event = json!({
            "hub_id": hub_id, "widget_id": made["id"], "kind": "support_call",
            "payload": { "text": "<b>Loud</b>", "minutes": 7 },
        });
        admin.post("/interaction-events", &event).await.expect(201);
        let body = json!({ "hub_id": hub_id, "title": "Wish & more", "body": "So", "source_widget_id": made["id"] });
        let wish = admin.post("/requirement-candidates", &body).await.expect(201);
        let body = json!({ "hub_id": hub_id, "title": "Yes", "context": "C", "decision": "D" });
        let record = admin.post("/decision-records", &body).await.expect(201);
        let cookie = format!("inter_hub_session={}", server.session().await);
        let page = async |path: String| {
            let request = admin.anywhere(Method::GET, &path).header("cookie", &cookie);
            let answer = admin.send(request).await;
            assert_eq!(answer.status, 200, "{path}");
            text(&answer.body)
        };
        let id = |row: &Value| text(&row["id"]);
        for (path, said) in [
            ("/widgets?hub=h".to_owned(), "The mail"),
            (format!("/widgets/{}", id(&made)), "&lt;b&gt;Loud&lt;/b&gt;"),
            (format!("/widgets/{}", id(&made)), "minutes: 7"),
            (format!("/widgets/{}?kind=nothing", id(&made)), "Show the whole timeline"),
            (format!("/widgets/{}/edit", id(&made)), "Save as version 2"),
            ("/candidates?hub=h&q=WISH".to_owned(), "Wish &amp; more"),
            (format!("/candidates/{}", id(&wish)), "Record a decision"),
            (format!("/decisions/new?candidate={}", id(&wish)), "Decides on"),
            ("/decisions?hub=h".to_owned(), "Yes"),
            (format!("/decisions/{}", id(&record)), "No implementation yet"),
            ("/decisions?hub=h&q=nowhere".to_owned(), "No decision record fits"),
        ] {
            let shown = page(path.clone()).await;
            assert!(shown.contains(said), "{path} lacks {said}");
        }
        // A plain form leads to the page of what it made.
        let form = format!("hub_id={hub_id}&title=By+form&body=One%0D%0Atwo&status=open&source_widget_id=");
        let sent = admin
            .anywhere(Method::POST, "/rpc/save_candidate")
            .header("content-type", FORM)
            .header("accept", "text/html")
            .header("sec-fetch-site", "same-origin")
            .header("cookie", &cookie)
            .body(form);
        let sent = admin.send(sent).await;
        assert_eq!(sent.status, 302, "{:#}", sent.body);
        let path = sent.header("location").replace("/candidates", "/requirement-candidates");
        let by_form = admin.get(&path).await.expect(200);
        assert_eq!(by_form["body"], "One\ntwo");
    })
    .await;
}
