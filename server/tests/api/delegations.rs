//! Delegations over HTTP, and one ledger under two processes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // helpers of tests may

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use crate::common::{Client, on_each, setup};
use futures::future::join_all;
use model::Role;
use serde_json::{Value, json};
use server::rehearsal::ModelServer;
use setup::text;

struct Place {
    hub_id: String,
    /// An answered draft.
    root: String,
    agents: Vec<String>,
}

/// A draft by one agent, and one further agent for each model.
async fn place(client: &Client, models: &[&str]) -> Place {
    let hub_id = setup::hub(client, "chain").await;
    let first = setup::agent(client, &hub_id, "first", "scripted/careful").await;
    setup::route(client, &hub_id, "requirement_draft", &first, 10).await;
    let widget = json!({ "hub_id": hub_id, "slug": "calendar", "title": "Calendar" });
    let widget = text(&client.post("/widgets", &widget).await.expect(201)["id"]);
    let event = json!({
        "hub_id": hub_id, "widget_id": widget, "kind": "comment",
        "payload": { "author": "Mira", "text": "I never see what is free." },
    });
    client.post("/interaction-events", &event).await.expect(201);
    let draft = format!("/widgets/{widget}/draft-requirement?wait=true");
    let root = client.post(&draft, &json!({})).await.expect(200);
    assert_eq!(root["status"], "pending", "{root:#}");
    let mut agents = Vec::new();
    for (n, model) in models.iter().enumerate() {
        agents.push(setup::agent(client, &hub_id, &format!("next-{n}"), model).await);
    }
    Place {
        hub_id,
        root: text(&root["id"]),
        agents,
    }
}

fn below(proposal: &Value) -> String {
    format!("/proposals/{}/delegations", text(proposal))
}

fn subtask(agent: &str, token_budget: &Value) -> Value {
    json!({ "receiving_agent_id": agent, "scope": "What do blind people need?", "token_budget": token_budget })
}

#[tokio::test]
async fn a_delegation_answers_at_once_or_when_it_has_ended() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let place = place(
            &admin,
            &["scripted/bold", "scripted/frugal", "scripted/fail-401"],
        )
        .await;
        let reviewer = server.client(Role::Reviewer).await;
        let path = below(&json!(place.root));
        let body = subtask(&place.agents[0], &json!(20_000));
        let answer = reviewer.post(&path, &body).await;
        let location = answer.header("location").to_owned();
        let queued = answer.expect(202);
        assert_eq!(queued["status"], "pending");
        assert_eq!(queued["result"], Value::Null);
        assert_eq!(
            location,
            format!("/api/v2/delegations/{}", text(&queued["id"]))
        );
        let body = subtask(&place.agents[1], &json!(20_000));
        let done = reviewer
            .post(&format!("{path}?wait=true"), &body)
            .await
            .expect(200);
        assert_eq!(done["status"], "completed", "{done:#}");
        assert_eq!(done["result_status"], "pending");
        assert_eq!(done["truncated"], false);
        assert!(done["tokens_used"].as_i64().unwrap() > 0);
        assert!(!done["result"]["title"].is_null(), "{done:#}");
        let one = format!("/delegations/{}", text(&done["id"]));
        assert_eq!(reviewer.get(&one).await.expect(200), done);
        // A failed call is an answer too, and what was not spent went back.
        let body = subtask(&place.agents[2], &json!(20_000));
        let failed = reviewer
            .post(&format!("{path}?wait=true"), &body)
            .await
            .expect(200);
        assert_eq!(failed["status"], "failed");
        assert_eq!(failed["error_type"], "authentication");
        assert_eq!(
            (&failed["closed"], &failed["tokens_left"]),
            (&json!(true), &json!(0))
        );
        // One level further down, cut at its limit.
        let deeper = below(&done["result_proposal_id"]);
        let body = subtask(&place.agents[0], &json!(1_100));
        let cut = reviewer
            .post(&format!("{deeper}?wait=true"), &body)
            .await
            .expect(200);
        assert_eq!(cut["status"], "completed", "{cut:#}");
        assert_eq!(cut["depth"], 2);
        let tree = format!("/proposals/{}/delegation-tree", place.root);
        let tree = reviewer.get(&tree).await.expect(200);
        assert_eq!(tree["proposal"]["id"], place.root);
        let nodes = tree["delegations"].as_array().unwrap();
        assert_eq!(nodes.len(), 3);
        assert_eq!(nodes[1]["delegation"]["id"], done["id"]);
        assert_eq!(nodes[1]["result"]["proposal"]["delegation_id"], done["id"]);
        let deepest = &nodes[1]["result"]["delegations"][0];
        assert_eq!(deepest["delegation"], cut);
        assert_eq!(deepest["result"]["delegations"], json!([]));
        let up = format!("/proposals/{}/way-up", text(&cut["result_proposal_id"]));
        let up = reviewer.get(&up).await.expect(200);
        assert_eq!(up["steps"][1]["proposal_id"], place.root);
        let prov = format!("/proposals/{}/delegation-tree/prov", place.root);
        let prov = reviewer.get(&prov).await.expect(200);
        assert_eq!(
            prov["entity"].as_object().unwrap().len(),
            5 + 1 + 1,
            "{prov:#}"
        );
        // The first one was not waited for.
        let events = format!("/proposals/{}/events", text(&queued["result_proposal_id"]));
        reviewer.events(&events, None).await;
        for (filter, count) in [
            ("status=completed", 3),
            ("status=failed", 1),
            (&*format!("agent_registration_id={}", place.agents[0]), 2),
            (&*format!("hub_id={}", place.hub_id), 4),
        ] {
            let listed = reviewer
                .get(&format!("/delegations?{filter}"))
                .await
                .expect(200);
            assert_eq!(listed["items"].as_array().unwrap().len(), count, "{filter}");
        }
        let nodes = format!("/proposals/{}/delegation-nodes?find=blind", place.root);
        assert_eq!(reviewer.get(&nodes).await.expect(200)["matches"], 4);
        let close = format!("{one}/close");
        let closed = reviewer.post(&close, &json!({})).await.expect(200);
        assert_eq!(closed["closed"], true);
        let problem = reviewer.post(&close, &json!({})).await.refused(409, &[]);
        assert_eq!(problem["code"], "already_closed");
        let problem = reviewer
            .post(&format!("{one}/cancel"), &json!({}))
            .await
            .refused(409, &[]);
        assert_eq!(problem["code"], "run_ended");
    })
    .await;
}

#[tokio::test]
async fn a_wrong_budget_names_the_field() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let place = place(&admin, &["scripted/bold"]).await;
        let path = below(&json!(place.root));
        for wrong in [
            json!(0),
            json!(-5),
            json!(1.5),
            json!("1000"),
            json!("many"),
            json!(1_000_001),
            json!(null),
            json!([1]),
            json!(1e300),
        ] {
            let body = subtask(&place.agents[0], &wrong);
            let problem = admin
                .post(&path, &body)
                .await
                .refused(422, &["token_budget"]);
            let message = text(&problem["errors"][0]["message"]);
            assert!(message.contains("1 to 1000000"), "{message}");
        }
        let options = format!("/proposals/{}/delegation-options", place.root);
        let options = admin.get(&options).await.expect(200);
        let left = options["left_tokens"].as_i64().unwrap();
        assert_eq!(options["limit_tokens"], 100_000);
        let body = subtask(&place.agents[0], &json!(left + 1));
        let problem = admin.post(&path, &body).await.refused(409, &[]);
        assert_eq!(problem["code"], "budget_exceeded");
        let detail = text(&problem["detail"]);
        assert!(detail.contains(&left.to_string()), "{detail}");
        // A budget that the question alone uses up is refused before the call.
        let calls = server.models.served().calls;
        let body = subtask(&place.agents[0], &json!(1));
        let failed = admin
            .post(&format!("{path}?wait=true"), &body)
            .await
            .expect(200);
        assert_eq!(failed["error_type"], "budget_exceeded");
        assert_eq!(server.models.served().calls, calls);
        let blank =
            json!({ "receiving_agent_id": place.agents[0], "scope": " ", "token_budget": 5 });
        admin.post(&path, &blank).await.refused(422, &["scope"]);
        let unknown = subtask("0190a5d0-0000-7000-8000-000000000000", &json!(5));
        admin
            .post(&path, &unknown)
            .await
            .refused(404, &["receiving_agent_id"]);
        let nowhere = "/proposals/0190a5d0-0000-7000-8000-000000000000/delegations";
        let body = subtask(&place.agents[0], &json!(5));
        admin.post(nowhere, &body).await.refused(404, &[]);
        let viewer = server.client(Role::Viewer).await;
        viewer.post(&path, &json!({})).await.refused(403, &[]);
    })
    .await;
}

#[tokio::test]
async fn a_running_delegation_is_cancelled() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let place = place(&admin, &["scripted/fail-hang"]).await;
        let body = subtask(&place.agents[0], &json!(9_000));
        let queued = admin
            .post(&below(&json!(place.root)), &body)
            .await
            .expect(202);
        let one = format!("/delegations/{}", text(&queued["id"]));
        let events = format!("/proposals/{}/events", place.root);
        let seen = admin.open(&events, None).await;
        let cancelled = admin
            .post(&format!("{one}/cancel"), &json!({}))
            .await
            .expect(200);
        assert_eq!(cancelled["status"], "cancelled");
        assert_eq!(cancelled["result_status"], "cancelled");
        assert_eq!(admin.get(&one).await.expect(200), cancelled);
        // Whoever follows the proposal above has heard of it, and is at the end.
        let seen = crate::common::to_end(seen).await;
        let names: Vec<_> = seen.iter().map(|event| event.event.as_str()).collect();
        assert_eq!(names.last(), Some(&"delegation.cancelled"), "{names:?}");
        assert!(names.contains(&"delegation.queued"));
        let last = seen.last().map(|event| event.id.clone());
        let again = admin.open(&events, last.as_deref()).await;
        assert_eq!(again.status(), 204);
    })
    .await;
}

/// A server in a process of its own, killed when it goes out of scope.
struct Process(Child, String);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn program(home: &std::path::Path, database: &str, models: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_inter-hub"));
    command
        .current_dir(home)
        .env_clear()
        .env("HOME", home)
        .env("INTER_HUB_ADDR", "127.0.0.1:0")
        .env("INTER_HUB_LOG", "error")
        .env("DATABASE_URL", database)
        .env("OPENAI_BASE_URL", models);
    command
}

fn serve(home: &std::path::Path, database: &str, models: &str, lease: &str) -> Process {
    let mut child = program(home, database, models)
        .args(["serve", "--lease-seconds", lease])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let link = lines.next().unwrap().unwrap();
    let (base, _) = link.split_once("/welcome").expect("a sign-in link");
    Process(child, base.to_owned())
}

/// What the receipts of all calls say was used.
async fn receipts_say(client: &Client) -> u64 {
    let mut sum = 0;
    let mut cursor = String::new();
    loop {
        let page = client
            .get(&format!("/invocations?limit=200{cursor}"))
            .await
            .expect(200);
        for one in page["items"].as_array().unwrap() {
            let tokens = |name: &str| one[name].as_u64().unwrap_or(0);
            sum += tokens("tokens_in") + tokens("tokens_out");
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return sum,
        }
    }
}

/// An administrator's token, made by the program itself.
fn token(home: &std::path::Path, database: &str, models: &str) -> String {
    let made = program(home, database, models)
        .args(["token", "create", "--name", "ci", "--role", "admin"])
        .output()
        .unwrap();
    String::from_utf8(made.stdout).unwrap().trim().to_owned()
}

/// Asks until the answer is what is waited for: another process works.
async fn until(client: &Client, path: &str, fits: impl Fn(&Value) -> bool) -> Value {
    let waiting = async {
        loop {
            let now = client.get(path).await.expect(200);
            if fits(&now) {
                return now;
            }
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), waiting)
        .await
        .expect("it comes in time")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_in_a_call_leaves_it_failed_and_spent() {
    for database in crate::common::Database::all().await {
        let models = ModelServer::start(500.0).await.unwrap();
        let home = tempfile::tempdir().unwrap();
        let (home, url, base) = (home.path(), &database.url, models.base_url());
        let token = token(home, url, &base);
        let first = serve(home, url, &base, "10");
        let client = Client::new(&first.1, Some(token.clone()));
        let place = place(&client, &["scripted/fail-hang"]).await;
        let body = subtask(&place.agents[0], &json!(9_000));
        let queued = client
            .post(&below(&json!(place.root)), &body)
            .await
            .expect(202);
        let calls = "/invocations?outcome=started";
        until(&client, calls, |page| {
            !page["items"].as_array().unwrap().is_empty()
        })
        .await;
        // Sends SIGKILL.
        drop(first);
        let second = serve(home, url, &base, "10");
        let client = Client::new(&second.1, Some(token));
        let one = format!("/delegations/{}", text(&queued["id"]));
        let ended = until(&client, &one, |now| now["status"] != "pending").await;
        assert_eq!(ended["status"], "failed", "{ended:#}");
        assert_eq!(ended["result_status"], "unknown");
        let receipt = format!("/invocations/{}", text(&ended["invocation_id"]));
        let receipt = client.get(&receipt).await.expect(200);
        assert_eq!(receipt["outcome"], "unknown");
        assert!(receipt["tokens_reserved"].as_i64().unwrap() > 0);
        assert_eq!(ended["tokens_used"], receipt["tokens_reserved"]);
        // The chain lost what was in flight, and no more.
        let options = format!("/proposals/{}/delegation-options", place.root);
        let options = client.get(&options).await.expect(200);
        let root = client
            .get(&format!("/proposals/{}", place.root))
            .await
            .expect(200);
        let number = |row: &Value, name: &str| row[name].as_i64().unwrap();
        assert_eq!(
            number(&options, "left_tokens"),
            100_000
                - number(&root, "tokens_in")
                - number(&root, "tokens_out")
                - number(&ended, "tokens_used")
        );
        drop(second);
        database.drop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_share_one_ledger() {
    let Some(database) = crate::common::Database::all().await.into_iter().nth(1) else {
        assert!(std::env::var("REQUIRE_POSTGRES").is_err());
        return;
    };
    let models = ModelServer::start(500.0).await.unwrap();
    let home = tempfile::tempdir().unwrap();
    let token = token(home.path(), &database.url, &models.base_url());
    // Two hundred at once wait long for one chain where the machine is slow.
    let server = || serve(home.path(), &database.url, &models.base_url(), "60");
    let servers = [server(), server()];
    let clients: Vec<Client> = servers
        .iter()
        .map(|server| Client::new(&server.1, Some(token.clone())))
        .collect();
    let place = place(&clients[0], &["scripted/bold", "scripted/frugal"]).await;
    let path = below(&json!(place.root));
    let asks = (0..200_usize).map(|n| {
        let (client, path, agent) = (&clients[n % 2], &path, &place.agents[n / 2 % 2]);
        async move {
            let body = subtask(agent, &json!(900 + n));
            client.post(path, &body).await.status
        }
    });
    let nodes = format!("/proposals/{}/delegation-nodes?most=1", place.root);
    let watching = async {
        let mut looks = 0;
        loop {
            let part = clients[looks % 2].get(&nodes).await.expect(200);
            let root = &part["root"];
            let number = |name: &str| root[name].as_i64().unwrap();
            let used = number("spent_tokens") + number("reserved_tokens");
            assert!(used <= number("limit_tokens"), "{root:#}");
            looks += 1;
            if number("open") == 0 && number("below") > 0 && looks > 5 {
                return root.clone();
            }
        }
    };
    let (statuses, _) = tokio::join!(join_all(asks), watching);
    // The last of them may have begun after the last look.
    let root = loop {
        let root = clients[0].get(&nodes).await.expect(200)["root"].clone();
        if root["open"] == 0 {
            break root;
        }
    };
    let count = |status: u16| statuses.iter().filter(|s| **s == status).count();
    assert_eq!(count(202) + count(409), 200, "{statuses:?}");
    assert!(count(202) > 50 && count(409) > 50, "{statuses:?}");
    assert_eq!(root["below"].as_u64().unwrap(), count(202) as u64);
    let served = models.served();
    let counted = served.tokens_in + served.tokens_out;
    assert_eq!(receipts_say(&clients[1]).await, counted);
    assert_eq!(root["spent_tokens"].as_u64().unwrap(), counted);
    drop(servers);
    database.drop().await;
}
