//! Agents over the listener: sorting, versions, routes, trials; and their pages
//! for those who may less.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // helpers of tests may

use std::time::Duration;

use crate::common::{Answer, Client, TestServer, Wish, on_each, on_each_with, setup};
use federation::store::Db;
use model::Role;
use reqwest::Method;
use serde_json::{Value, json};
use setup::text;

fn names(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().unwrap();
    items.iter().map(|agent| text(&agent["slug"])).collect()
}

#[tokio::test]
async fn the_list_sorts_and_pages() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let hub_id = setup::hub(&admin, "h").await;
        for (slug, model) in [("b", "m2"), ("a", "m1"), ("c", "m1")] {
            setup::agent(&admin, &hub_id, slug, model).await;
        }
        let get = async |query: &str| {
            let path = format!("/agents?hub_id={hub_id}{query}");
            admin.get(&path).await.expect(200)
        };
        // As before: newest first, and an id as cursor.
        let newest = get("").await;
        assert_eq!(names(&newest), ["c", "a", "b"]);
        assert!(newest["items"][0]["last_used_at"].is_null());
        assert!(newest["items"][0]["acceptance"].is_null());
        let first = get("&limit=2").await;
        assert_eq!(first["next_cursor"], first["items"][1]["id"]);

        assert_eq!(names(&get("&sort=name").await), ["a", "b", "c"]);
        assert_eq!(names(&get("&sort=name&order=desc").await), ["c", "b", "a"]);
        let first = get("&sort=model&limit=2").await;
        assert_eq!(names(&first), ["a", "c"]);
        let cursor = text(&first["next_cursor"]);
        let rest = get(&format!("&sort=model&limit=2&cursor={cursor}")).await;
        assert_eq!(
            (names(&rest), &rest["next_cursor"]),
            (vec!["b".to_owned()], &Value::Null)
        );
        assert_eq!(names(&get("&q=AGENT%20A").await), ["a"]);

        for (query, status, field) in [
            ("sort=sideways", 422, "sort"),
            ("order=up", 422, "order"),
            (&format!("sort=name&cursor={cursor}"), 400, "cursor"),
            ("cursor=zzz", 400, "cursor"),
            ("limit=0", 422, "limit"),
            (&format!("q={}", "x".repeat(201)), 422, "q"),
        ] {
            let answer = admin.get(&format!("/agents?{query}")).await;
            answer.refused(status, &[field]);
        }
    })
    .await;
}

#[tokio::test]
async fn versions_routes_work_and_summary() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let hub_id = setup::team(&admin, "t", &["scripted/careful", "scripted/bold"]).await;
        let run = setup::run(&admin, &hub_id, "What first?").await;
        let contribution = &run["contributions"][0];
        let path = format!("/agents/{}", text(&contribution["agent_registration_id"]));
        let change = json!({ "system_prompt": "One.\nTwo." });
        admin.patch(&path, &change).await.expect(200);

        let versions = admin.get(&format!("{path}/versions")).await.expect(200);
        let newest = &versions["items"][0];
        assert_eq!(
            (&newest["version"], &newest["changes"][0]["field"]),
            (&json!(2), &json!("system_prompt"))
        );
        assert_eq!(
            newest["changes"][0]["lines"],
            json!([{ "kind": "added", "text": "One." }, { "kind": "added", "text": "Two." }])
        );
        assert_eq!(versions["items"][1]["changes"], json!([]));

        let routes = admin.get(&format!("{path}/routes")).await.expect(200);
        let route = &routes["routing"][0];
        assert_eq!(
            (&route["task_type"], &route["is_first"]),
            (&json!("triage"), &json!(true))
        );
        assert_eq!(route["next_agent"], run["contributions"][1]["agent_name"]);
        assert_eq!(routes["governance"], json!([]));

        let work = admin.get(&format!("{path}/work")).await.expect(200);
        assert_eq!(work["items"].as_array().unwrap().len(), 1);
        let made = &work["items"][0];
        assert_eq!(made["kind"], "contribution");
        assert_eq!(made["agent_version"], 1);
        assert_eq!(
            (&made["id"], &contribution["agent_version"]),
            (&contribution["id"], &json!(1))
        );

        let summary = admin.get(&format!("{path}/summary")).await.expect(200);
        assert!(summary["succeeded"].as_i64().unwrap() >= 1);
        assert!(summary["acceptance"].is_null());
        let unknown = "/agents/01890a5d-ac96-774b-bcce-b302099a8057";
        for part in ["versions", "routes", "work", "summary"] {
            admin
                .get(&format!("{unknown}/{part}"))
                .await
                .refused(404, &[]);
        }
    })
    .await;
}

fn sample() -> Value {
    json!({ "prompt": "Say hello.", "task_type": "triage", "artifact_type": "widget_summary" })
}

async fn try_with(client: &Client, path: &str, key: &str, body: &Value) -> Answer {
    let request = client
        .request(Method::POST, path)
        .header("idempotency-key", key);
    client.send(request.json(body)).await
}

#[tokio::test]
async fn a_trial_is_one_call_and_its_receipt() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let hub_id = setup::hub(&admin, "h").await;
        let agent_id = setup::agent(&admin, &hub_id, "a", "scripted/careful").await;
        let path = format!("/agents/{agent_id}/try");
        let reviewer = server.client(Role::Reviewer).await;
        let done = try_with(&reviewer, &path, "k", &sample()).await.expect(200);
        assert_eq!(done["receipt"]["outcome"], "succeeded");
        assert_eq!(done["receipt"]["purpose"], "trial");
        assert!(done["answer"]["recommendation"].is_string());
        let stored = admin
            .get(&format!("/invocations/{}", text(&done["receipt"]["id"])))
            .await
            .expect(200);
        assert_eq!(stored, done["receipt"]);
        let again = try_with(&reviewer, &path, "k", &sample()).await.expect(200);
        assert_eq!(again, done);
        assert_eq!(server.models.served().calls, 1);
        let mut other = sample();
        other["prompt"] = json!("Something else");
        let reused = try_with(&reviewer, &path, "k", &other)
            .await
            .refused(409, &[]);
        assert_eq!(reused["code"], "idempotency_key_reused");
        let work = admin
            .get(&format!("/agents/{agent_id}/work"))
            .await
            .expect(200);
        assert_eq!(work["items"], json!([]));
        let audit = format!("/audit?subject_id={agent_id}");
        assert_eq!(
            admin.get(&audit).await.expect(200)["items"][0]["action"],
            "agent.tried"
        );

        for (field, value) in [
            ("prompt", " "),
            ("task_type", "nope"),
            ("artifact_type", "nope"),
        ] {
            let mut wrong = sample();
            wrong[field] = json!(value);
            reviewer.post(&path, &wrong).await.refused(422, &[field]);
        }
        let policy = json!({
            "hub_id": hub_id, "agent_registration_id": agent_id, "artifact_type": "widget_summary",
        });
        admin
            .post("/governance-policies", &policy)
            .await
            .expect(201);
        let blocked = reviewer.post(&path, &sample()).await.expect(200);
        assert_eq!(blocked["receipt"]["outcome"], "blocked");
        assert_eq!(blocked["receipt"]["error_type"], "blocked_by_policy");
        assert!(blocked["answer"].is_null());
        admin
            .post(&format!("/agents/{agent_id}/deactivate"), &json!({}))
            .await
            .expect(200);
        let inactive = reviewer.post(&path, &sample()).await.refused(409, &[]);
        assert_eq!(inactive["code"], "agent_inactive");
        assert_eq!(server.models.served().calls, 1);
    })
    .await;
}

#[tokio::test]
async fn closing_the_connection_cancels_a_trial() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let hub_id = setup::hub(&admin, "h").await;
        let agent_id = setup::agent(&admin, &hub_id, "a", "scripted/fail-hang").await;
        let list = format!("/invocations?agent_registration_id={agent_id}");
        let outcome =
            async || text_or_empty(&admin.get(&list).await.expect(200)["items"][0]["outcome"]);
        let path = format!("/agents/{agent_id}/try");
        let asking = admin.request(Method::POST, &path).json(&sample()).send();
        tokio::select! {
            _ = asking => panic!("it does not end by itself"),
            () = until(async || outcome().await == "started") => {}
        }
        until(async || outcome().await != "started").await;
        assert_eq!(outcome().await, "cancelled");
    })
    .await;
}

fn text_or_empty(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

async fn until(check: impl AsyncFn() -> bool) {
    let waited = tokio::time::timeout(Duration::from_secs(60), async {
        while !check().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    waited.await.expect("it comes about");
}

/// The session of a person whose role is `role`.
async fn session(server: &TestServer, role: Role) -> String {
    let secret = server.session().await;
    let sql = "UPDATE people SET role = $1 WHERE login = 'ada'";
    match server.engine.store().db() {
        Db::Sqlite { write, .. } => drop(sqlx::query(sql).bind(role).execute(write).await.unwrap()),
        Db::Postgres(pool) => drop(sqlx::query(sql).bind(role).execute(pool).await.unwrap()),
    }
    format!("inter_hub_session={secret}")
}

#[tokio::test]
async fn pages_offer_what_the_role_may() {
    let wish = Wish::default();
    on_each_with(wish, |server| async move {
        let admin = server.admin().await;
        let hub_id = setup::hub(&admin, "h").await;
        let id = setup::agent(&admin, &hub_id, "a", "scripted/careful").await;
        let nobody = server.nobody();
        for (role, steward, reviewer) in [
            (Role::Viewer, false, false),
            (Role::Reviewer, false, true),
            (Role::Steward, true, true),
        ] {
            let cookie = session(&server, role).await;
            let page = async |path: &str| {
                let request = nobody.anywhere(Method::GET, path).header("cookie", &cookie);
                let answer = nobody.send(request).await;
                assert_eq!(answer.status, 200, "{path}");
                answer.body.as_str().unwrap().to_owned()
            };
            let list = page("/agents").await;
            assert!(list.contains("data-testid=\"agent-row\""), "{role}");
            assert_eq!(list.contains("New agent"), steward, "{role}");
            let one = page(&format!("/agents/{id}")).await;
            assert_eq!(
                one.contains("data-testid=\"edit-agent\""),
                steward,
                "{role}"
            );
            assert_eq!(
                one.contains("data-testid=\"deactivate\""),
                steward,
                "{role}"
            );
            let form = page(&format!("/agents/{id}/edit")).await;
            assert_eq!(
                form.contains("data-testid=\"save-agent\""),
                steward,
                "{role}"
            );
            let new = page("/agents/new").await;
            assert_eq!(
                new.contains("data-testid=\"save-agent\""),
                steward,
                "{role}"
            );
            let trial = page(&format!("/agents/{id}?tab=try")).await;
            assert_eq!(
                trial.contains("data-testid=\"try-agent\""),
                reviewer,
                "{role}"
            );
        }
    })
    .await;
}

/// The server functions of the pages, each with a body that would do.
fn functions(agent: &str, hub: &str) -> Vec<(&'static str, Option<Role>, &'static str, String)> {
    let form = "application/x-www-form-urlencoded";
    let json = "application/json";
    let save = format!(
        "hub_id={hub}&name=N&slug=new-one&provider=openai&model_name=m&trust_level=advisory"
    );
    let key = json!({ "id": agent, "key": "k" }).to_string();
    let trial = json!({ "id": agent, "key": "k", "new": sample() }).to_string();
    vec![
        (
            "list_agents",
            None,
            json,
            json!({ "query": {} }).to_string(),
        ),
        (
            "agent",
            None,
            json,
            json!({ "id": agent, "tab": null, "cursor": null }).to_string(),
        ),
        (
            "agent_form",
            None,
            json,
            json!({ "hub": null, "id": agent }).to_string(),
        ),
        ("save_agent", Some(Role::Steward), form, save.clone()),
        (
            "save_agent",
            Some(Role::Steward),
            form,
            format!("{}&id={agent}&version=1", save.replace("new-one", "a")),
        ),
        (
            "set_agent_active",
            Some(Role::Steward),
            form,
            format!("id={agent}&active=false"),
        ),
        ("try_agent", Some(Role::Reviewer), json, trial),
        ("trial_text", Some(Role::Reviewer), json, key.clone()),
        ("cancel_trial", Some(Role::Reviewer), json, key),
    ]
}

#[tokio::test]
async fn server_functions_ask_who_calls() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let hub_id = setup::hub(&admin, "h").await;
        let id = setup::agent(&admin, &hub_id, "a", "scripted/careful").await;
        let nobody = server.nobody();
        let call = async |name: &str, kind: &str, body: &str, cookie: &str| {
            let request = nobody
                .anywhere(Method::POST, &format!("/rpc/{name}"))
                .header("content-type", kind)
                .header("accept", "application/json")
                .header("cookie", cookie)
                .body(body.to_owned());
            nobody.send(request).await.status
        };
        for (name, least, kind, body) in functions(&id, &hub_id) {
            assert_eq!(call(name, kind, &body, "a=b").await, 401, "{name}");
            if let Some(least) = least {
                let low = Role::ALL.iter().rev().copied().find(|role| *role < least);
                let cookie = session(&server, low.unwrap()).await;
                assert_eq!(call(name, kind, &body, &cookie).await, 403, "{name}");
            }
        }
        assert_eq!(server.models.served().calls, 0);
        let agent = admin.get(&format!("/agents/{id}")).await.expect(200);
        assert_eq!(
            (&agent["version"], &agent["is_active"]),
            (&json!(1), &json!(true))
        );
        // The least role is enough.
        for (name, least, kind, body) in functions(&id, &hub_id) {
            let cookie = session(&server, least.unwrap_or(Role::Viewer)).await;
            let status = call(name, kind, &body, &cookie).await;
            // Nothing is under way that could be cancelled; an inactive agent is not asked.
            let wanted = match name {
                "save_agent" | "set_agent_active" => [200, 302],
                "cancel_trial" | "try_agent" => [409, 409],
                _ => [200, 200],
            };
            assert!(wanted.contains(&status), "{name}: {status}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_stale_form_is_a_conflict_and_changes_nothing() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let hub_id = setup::hub(&admin, "h").await;
        let id = setup::agent(&admin, &hub_id, "a", "m").await;
        let path = format!("/agents/{id}");
        admin.patch(&path, &json!({ "name": "Theirs" })).await.expect(200);
        let cookie = format!("inter_hub_session={}", server.session().await);
        let nobody = server.nobody();
        let body = format!(
            "id={id}&version=1&hub_id={hub_id}&name=Mine&slug=a&provider=openai&model_name=m&trust_level=advisory"
        );
        let request = nobody
            .anywhere(Method::POST, "/rpc/save_agent")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("accept", "application/json")
            .header("cookie", cookie)
            .body(body);
        let answer = nobody.send(request).await;
        assert_eq!(answer.status, 409, "{:?}", answer.body);
        assert!(answer.body.to_string().contains("stale_version"));
        let agent = admin.get(&path).await.expect(200);
        assert_eq!((&agent["name"], &agent["version"]), (&json!("Theirs"), &json!(2)));
    })
    .await;
}
