//! What the pages of performance ask for: server functions, and numbers as
//! files.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // helpers of tests may

use crate::common::{Answer, Client, FORM, TestServer, on_each, setup};
use model::Role;
use reqwest::Method;
use serde_json::{Value, json};

const NO_ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// A hub with an agent that has one accepted proposal; gives the agent's id.
async fn agent(client: &Client) -> String {
    let hub_id = setup::hub(client, "numbers").await;
    let agent_id = setup::agent(client, &hub_id, "one", "scripted/careful").await;
    setup::route(client, &hub_id, "requirement_draft", &agent_id, 10).await;
    let widget = json!({ "hub_id": hub_id, "slug": "calendar", "title": "Calendar" });
    let widget = client.post("/widgets", &widget).await.expect(201);
    let path = format!(
        "/widgets/{}/draft-requirement?wait=true",
        setup::text(&widget["id"])
    );
    let proposal = client.post(&path, &json!({})).await.expect(200);
    let path = format!("/proposals/{}/reviews", setup::text(&proposal["id"]));
    client
        .post(&path, &json!({ "verdict": "accepted" }))
        .await
        .expect(201);
    agent_id
}

/// Calls a server function with the session of a new person.
async fn rpc(server: &TestServer, name: &str, kind: &str, body: String, role: Role) -> Answer {
    let nobody = server.nobody();
    let session = server.session_of(role).await;
    let request = nobody
        .anywhere(Method::POST, &format!("/rpc/{name}"))
        .header("content-type", kind)
        .header("sec-fetch-site", "same-origin")
        .header("cookie", format!("inter_hub_session={session}"))
        .body(body);
    nobody.send(request).await
}

#[tokio::test]
async fn counting_needs_a_reviewer_and_suggestions_a_steward() {
    on_each(|server| async move {
        let named = format!("id={NO_ID}");
        for (name, needed) in [
            ("compute_performance", Role::Reviewer),
            ("confirm_suggestion", Role::Steward),
            ("dismiss_suggestion", Role::Steward),
        ] {
            server
                .asks_for_role(name, FORM, named.clone(), needed)
                .await;
        }
    })
    .await;
}

#[tokio::test]
async fn reading_performance_needs_somebody() {
    on_each(|server| async move {
        setup::hub(&server.admin().await, "one").await;
        let query = json!({ "query": { "task": "no_such_task", "sort": "cost" } });
        for (name, body, wanted) in [
            ("performance_report", json!({ "id": NO_ID }), 404),
            ("compare_performance", query, 200),
        ] {
            let nobody = server.nobody();
            let request = nobody
                .anywhere(Method::POST, &format!("/rpc/{name}"))
                .header("sec-fetch-site", "same-origin")
                .json(&body);
            assert_eq!(nobody.send(request).await.status, 401, "{name}");
            let kind = "application/json";
            let answer = rpc(&server, name, kind, body.to_string(), Role::Viewer).await;
            assert_eq!(answer.status, wanted, "{name}: {:#}", answer.body);
        }
    })
    .await;
}

#[tokio::test]
async fn numbers_are_files_for_those_who_are_signed_in() {
    on_each(|server| async move {
        let id = agent(&server.admin().await).await;
        let nobody = server.nobody();
        let session = server.session_of(Role::Viewer).await;
        let get = async |path: &str, signed_in: bool| {
            let request = nobody.anywhere(Method::GET, path);
            let cookie = format!("inter_hub_session={session}");
            nobody
                .send(if signed_in {
                    request.header("cookie", cookie)
                } else {
                    request
                })
                .await
        };
        let ratios = format!("/agents/{id}/performance/ratios.csv");
        assert_eq!(get(&ratios, false).await.status, 401);
        // Nothing was counted yet.
        assert_eq!(get(&ratios, true).await.status, 404);
        let form = format!("id={id}");
        let counted = rpc(&server, "compute_performance", FORM, form, Role::Reviewer).await;
        assert_eq!(counted.status, 200, "{:#}", counted.body);

        let answer = get(&ratios, true).await;
        assert_eq!(answer.status, 200, "{:#}", answer.body);
        assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
        let disposition = answer.header("content-disposition");
        assert_eq!(
            disposition,
            format!("attachment; filename=\"performance-ratios-{id}.csv\"")
        );
        let csv = setup::text(&answer.body);
        assert!(csv.contains("\r\naccepted,1,1,1,"), "{csv}");
        for chart in ["history", "ratios", "reliability", "breakdown", "outcomes"] {
            let path = format!("/agents/{id}/performance/{chart}.json");
            let answer = get(&path, true).await;
            assert_eq!(answer.status, 200, "{chart}: {:#}", answer.body);
            assert!(answer.body["columns"].is_array(), "{chart}");
        }
        for wrong in ["ratios", "ratios.xml", "pie.csv"] {
            let path = format!("/agents/{id}/performance/{wrong}");
            assert_eq!(get(&path, true).await.status, 404, "{wrong}");
        }
        let missing = format!("/agents/{NO_ID}/performance/ratios.csv");
        assert_eq!(get(&missing, true).await.status, 404);

        assert_eq!(get("/performance.csv", false).await.status, 401);
        let answer = get("/performance.csv?hub=numbers&sort=acceptance", true).await;
        let csv = setup::text(&answer.body);
        assert_eq!(csv.lines().count(), 2, "{csv}");
        let answer = get("/performance.json?hub=numbers&task=synthesis", true).await;
        // The agent did nothing of that task: none of it is zero.
        assert_eq!(answer.body["columns"][5], "generated");
        assert_eq!(answer.body["rows"][0][5], json!(null), "{:#}", answer.body);
        let trends = "/performance/trends.csv?hub=numbers&sort=acceptance";
        assert_eq!(get(trends, false).await.status, 401);
        let answer = get(trends, true).await;
        assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
        let disposition = answer.header("content-disposition");
        assert_eq!(
            disposition,
            "attachment; filename=\"performance-trends.csv\""
        );
        let csv = setup::text(&answer.body);
        assert!(
            csv.starts_with(&format!(
                "agent id,agent,period end (UTC),decided,accepted of decided\r\n{id},Agent one,"
            )),
            "{csv}"
        );
        assert!(csv.ends_with(",1,1\r\n"), "{csv}");
        let answer = get("/performance/trends.json?hub=numbers", true).await;
        assert_eq!(answer.body["rows"][0][0], json!(id));
        assert_eq!(
            get("/performance/table.json", true).await.body["rows"][0][0],
            json!(id)
        );
        for wrong in ["trends", "trends.xml", "pie.csv"] {
            let path = format!("/performance/{wrong}");
            assert_eq!(get(&path, true).await.status, 404, "{wrong}");
        }
        assert_eq!(get("/performance.json?hub=none", true).await.status, 404);
        let unknown = get("/performance.json?task=no_such_task", true).await;
        assert_eq!(unknown.status, 422);
    })
    .await;
}

#[tokio::test]
async fn a_plain_form_counts_and_leads_back() {
    on_each(|server| async move {
        let id = agent(&server.admin().await).await;
        let nobody = server.nobody();
        let page = async |path: &str, session: &str| {
            let request = nobody
                .anywhere(Method::GET, path)
                .header("cookie", format!("inter_hub_session={session}"));
            let answer = nobody.send(request).await;
            assert_eq!(answer.status, 200, "{path}");
            setup::text(&answer.body)
        };
        let path = format!("/agents/{id}/performance");
        let reviewer = server.session_of(Role::Reviewer).await;
        let viewer = server.session_of(Role::Viewer).await;
        assert!(page(&path, &reviewer).await.contains("Count now"));
        let seen = page(&path, &viewer).await;
        assert!(seen.contains("Nothing was counted yet") && !seen.contains("Count now"));

        let request = nobody
            .anywhere(Method::POST, "/rpc/compute_performance")
            .header("content-type", FORM)
            .header("accept", "text/html")
            .header("sec-fetch-site", "same-origin")
            .header("cookie", format!("inter_hub_session={reviewer}"))
            .body(format!("id={id}"));
        let answer = nobody.send(request).await;
        // It was led back already, as a browser is, or is told where to go.
        assert!(matches!(answer.status, 200 | 302), "{}", answer.status);
        let seen = page(&path, &viewer).await;
        for said in [
            "30 days up to and with",
            "Not enough yet: 1 decided proposal with a confidence, 3 are needed.",
            "Numbers as a table",
            "ratios.csv",
        ] {
            assert!(seen.contains(said), "{said}");
        }
        let seen = page("/performance?hub=numbers&sort=acceptance", &viewer).await;
        assert!(seen.contains("aria-sort=\"descending\""));
        assert!(seen.contains(&path), "the row leads to the agent");
        // The small lines have their numbers, and both files of them.
        assert!(seen.contains("Acceptance over time, each agent, as a table"));
        for kind in ["csv", "json"] {
            let file = format!("/performance/trends.{kind}?hub=numbers&amp;sort=acceptance");
            assert!(seen.contains(&file), "{file}");
        }
        assert!(!seen.contains("agents-shown"), "all are on the page");
    })
    .await;
}

#[tokio::test]
async fn more_agents_than_a_page_holds_are_said_and_reached() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let hub_id = setup::hub(&admin, "many").await;
        for n in 1..=201 {
            setup::agent(&admin, &hub_id, &format!("n{n:03}"), "scripted/careful").await;
        }
        let session = server.session_of(Role::Viewer).await;
        let nobody = server.nobody();
        let page = async |path: &str| {
            let request = nobody
                .anywhere(Method::GET, path)
                .header("cookie", format!("inter_hub_session={session}"));
            let answer = nobody.send(request).await;
            assert_eq!(answer.status, 200, "{path}");
            setup::text(&answer.body)
        };
        let first = page("/performance?hub=many").await;
        assert!(first.contains("This page shows 200 of 201 agents"));
        assert!(first.contains("Agent n200") && !first.contains("Agent n201"));
        assert!(!first.contains("First page"));
        let (_, next) = first
            .split_once("/performance?hub=many&amp;cursor=")
            .unwrap();
        let (cursor, _) = next.split_once('"').unwrap();
        let rest = page(&format!("/performance?hub=many&cursor={cursor}")).await;
        assert!(rest.contains("This page shows 1 of 201 agents"));
        assert!(rest.contains("Agent n201") && !rest.contains("Agent n200"));
        assert!(rest.contains("First page") && !rest.contains("Next page"));
        // An old link leads to the first page.
        let odd = page("/performance?hub=many&cursor=nonsense").await;
        assert!(odd.contains("This page shows 200 of 201 agents"));
        let file = nobody
            .anywhere(Method::GET, "/performance.csv?hub=many")
            .header("cookie", format!("inter_hub_session={session}"));
        let csv = setup::text(&nobody.send(file).await.body);
        assert_eq!(csv.lines().count(), 202);
    })
    .await;
}

#[tokio::test]
async fn wrong_settings_of_trust_are_named_at_their_field() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let hub_id = setup::hub(&admin, "one").await;
        let hub = admin.get(&format!("/hubs/{hub_id}")).await.expect(200);
        let base = format!(
            "id={hub_id}&updated_at={}&name=One&slug=one&governance_default=permit",
            setup::text(&hub["updated_at"]).replace('+', "%2B")
        );
        for (field, value) in [
            ("trust_threshold", "much"),
            ("trust_threshold", "1"),
            ("trust_threshold", "NaN"),
            ("trust_decisions", "4"),
            ("trust_decisions", "2.5"),
        ] {
            let form = format!("{base}&{field}={value}");
            let answer = rpc(&server, "update_hub", FORM, form, Role::Admin).await;
            assert_eq!(answer.status, 422, "{field}={value}: {:#}", answer.body);
            assert_eq!(answer.body["errors"][0]["field"], json!(field), "{value}");
        }
        let form = format!("{base}&trust_threshold=0.5&trust_decisions=5");
        let answer = rpc(&server, "update_hub", FORM, form, Role::Admin).await;
        assert!(answer.status < 400, "{:#}", answer.body);
        let hub: Value = admin.get(&format!("/hubs/{hub_id}")).await.expect(200);
        assert_eq!(
            (&hub["trust_threshold"], &hub["trust_decisions"]),
            (&json!(0.5), &json!(5))
        );
    })
    .await;
}
