//! The long-lived process: its secret, its bounds, its end and its next start.

use std::process::Stdio;
use std::time::Duration;

use federation::bridge::BridgeErrorKind as Kind;
use model::{BridgeKind, BridgeState};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use super::{Terms, answering, fixture, root, runs, until};
use crate::bridge::server::{Server, Step, good};

/// The script in its serve mode, started by hand.
struct Script {
    child: Child,
    url: String,
    secret: String,
}

impl Script {
    async fn start(base: &str) -> Self {
        let mut child = Command::new("python3")
            .arg(root().join("scripts/llm_bridge.py"))
            .args(["--serve", "4"])
            .env("LLM_CONNECT_PATH", fixture())
            .env("OPENAI_BASE_URL", base)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .await
            .unwrap();
        let said: Value = serde_json::from_str(&line).unwrap();
        Self {
            child,
            url: format!("http://127.0.0.1:{}/", said["port"]),
            secret: said["secret"].as_str().unwrap().to_owned(),
        }
    }

    async fn post(&self, secret: &str, body: impl Into<reqwest::Body>) -> reqwest::Response {
        client()
            .post(&self.url)
            .bearer_auth(secret)
            .body(body)
            .send()
            .await
            .unwrap()
    }

    async fn call(&self, body: Value) -> Value {
        let response = self.post(&self.secret, body.to_string()).await;
        assert_eq!(response.status(), 200);
        serde_json::from_str(&response.text().await.unwrap()).unwrap()
    }
}

fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([])
        .build()
        .unwrap()
}

fn execute(model: &str) -> Value {
    json!({"jsonrpc": "2.0", "id": 7, "method": "execute", "params": {"provider": "openai", "model": model, "prompt": "hello"}})
}

#[tokio::test]
async fn the_wire() {
    let server = answering(&["hi"]).await;
    let script = Script::start(&server.base).await;
    for secret in ["", "wrong", &script.secret[1..]] {
        let refused = script.post(secret, execute("m").to_string()).await;
        assert_eq!(refused.status(), 401);
    }
    let said = script.call(execute("m")).await;
    assert_eq!(
        (&said["id"], &said["result"]["content"]),
        (&json!(7), &json!("hi"))
    );
    for (body, code) in [
        (
            json!({"jsonrpc": "2.0", "id": 1, "method": "format"}),
            -32601,
        ),
        (json!({"id": 1, "method": "health"}), -32600),
        (json!([execute("m")]), -32600),
        (
            json!({"jsonrpc": "2.0", "id": 1, "method": "execute", "params": {"provider": "openai", "model": "m"}}),
            -32602,
        ),
        (
            json!({"jsonrpc": "2.0", "id": 1, "method": "execute", "params": {"provider": "openai", "model": "m", "prompt": "p", "maxTokens": 1.5}}),
            -32602,
        ),
    ] {
        assert_eq!(
            script.call(body.clone()).await["error"]["code"],
            code,
            "{body}"
        );
    }
    let garbage = script
        .post(&script.secret, "{no json")
        .await
        .text()
        .await
        .unwrap();
    assert!(garbage.contains("-32700"), "{garbage}");
    let notified = script
        .post(
            &script.secret,
            json!({"jsonrpc": "2.0", "method": "health"}).to_string(),
        )
        .await;
    assert_eq!(notified.status(), 204);
    let health = script
        .call(json!({"jsonrpc": "2.0", "id": 1, "method": "health"}))
        .await;
    assert_eq!(
        (
            &health["result"]["answered"],
            &health["result"]["callsUnderWay"]
        ),
        (&json!(1), &json!(0))
    );
}

#[tokio::test]
async fn bodies_are_bounded_before_they_are_read() {
    let server = answering(&["hi"]).await;
    let script = Script::start(&server.base).await;
    let refused = client()
        .post(&script.url)
        .bearer_auth(&script.secret)
        .header("content-length", "99999999999")
        .body("{")
        .send()
        .await;
    // It may close the connection while the client still sends.
    if let Ok(response) = refused {
        assert_eq!(response.status(), 413);
    }
    let header = "x".repeat(64 * 1024);
    let refused = client()
        .post(&script.url)
        .bearer_auth(&script.secret)
        .header("x-long", header)
        .send()
        .await;
    if let Ok(response) = refused {
        assert_eq!(response.status(), 431);
    }
    assert_eq!(script.call(execute("m")).await["result"]["content"], "hi");
}

#[tokio::test]
async fn it_ends_with_the_one_who_started_it() {
    let server = answering(&["hi"]).await;
    let mut script = Script::start(&server.base).await;
    drop(script.child.stdin.take());
    script.child.wait().await.unwrap();
}

#[tokio::test]
async fn asked_to_end_it_lets_calls_end_first() {
    let mut server = Server::choosing(|asked| {
        if asked["model"] == "waits" {
            vec![Step::Hang]
        } else {
            vec![Step::Send(good(super::mode(asked), &["hi"]))]
        }
    })
    .await;
    let mut script = Script::start(&server.base).await;
    let waiting = {
        let (client, url, secret) = (client(), script.url.clone(), script.secret.clone());
        let mut body = execute("waits");
        body["params"]["deadlineSeconds"] = json!(15);
        tokio::spawn(async move {
            let answered = client
                .post(url)
                .bearer_auth(secret)
                .body(body.to_string())
                .send()
                .await;
            answered.unwrap().text().await.unwrap()
        })
    };
    server.request().await;
    let said = script
        .call(json!({"jsonrpc": "2.0", "id": 1, "method": "shutdown"}))
        .await;
    assert_eq!(said["result"]["callsUnderWay"], 1);
    assert!(
        waiting
            .await
            .unwrap()
            .contains("did not answer within 15 s")
    );
    // To wait would close its standard input, which ends it in another way.
    let _stdin = script.child.stdin.take();
    assert!(script.child.wait().await.unwrap().success());
}

#[tokio::test]
async fn it_is_started_by_the_first_call_and_only_once() {
    let server = answering(&["hi"]).await;
    let seam = Terms::at(&server.base).seam(BridgeKind::Serve);
    let calls = (0..50).map(|_| seam.ask("m"));
    for answered in futures::future::join_all(calls).await {
        assert_eq!(answered.unwrap().content, "hi");
    }
    let status = seam.bridge.status().await;
    assert_eq!((status.state, status.restarts), (BridgeState::Ready, 0));
    let detail = status.detail.unwrap();
    assert!(detail.contains("Python 3"), "{detail}");
}

/// More connections at once than a listener's queue is long.
#[tokio::test]
async fn hundreds_of_calls_at_once_are_all_answered() {
    let server = answering(&["hi"]).await;
    let mut terms = Terms::at(&server.base);
    terms.workers = 150;
    let seam = terms.seam(BridgeKind::Serve);
    let calls = (0..300).map(|_| seam.ask("m"));
    for answered in futures::future::join_all(calls).await {
        assert_eq!(answered.unwrap().content, "hi");
    }
    assert_eq!(seam.bridge.status().await.restarts, 0);
}

#[tokio::test]
async fn killed_under_load_it_comes_back() {
    let mut server = Server::choosing(|asked| {
        if asked["model"] == "waits" {
            vec![Step::Hang]
        } else {
            vec![Step::Send(good(super::mode(asked), &["hi"]))]
        }
    })
    .await;
    let seam = Terms::at(&server.base).seam(BridgeKind::Serve);
    let first = seam.process().await;
    let under_way = futures::future::join_all((0..40).map(|_| seam.ask("waits")));
    let kill = async {
        for _ in 0..40 {
            server.request().await;
        }
        kill(first);
    };
    let (ended, ()) = tokio::join!(under_way, kill);
    for error in ended {
        let error = error.unwrap_err();
        assert_eq!(error.kind, Kind::Connection, "{error}");
        assert!(error.kind.is_retryable());
    }
    // The next ones wait for the next process.
    for answered in futures::future::join_all((0..40).map(|_| seam.ask("m"))).await {
        assert_eq!(answered.unwrap().content, "hi");
    }
    let status = seam.bridge.status().await;
    assert_eq!((status.state, status.restarts), (BridgeState::Ready, 1));
    assert_ne!(status.process_id, Some(first));
}

#[tokio::test]
async fn a_process_that_says_nothing_is_started_again() {
    let server = answering(&["hi"]).await;
    let mut terms = Terms::at(&server.base);
    terms.look_every = Duration::from_millis(200);
    terms.look_within = Duration::from_secs(2);
    let seam = terms.seam(BridgeKind::Serve);
    let first = seam.process().await;
    signal(first, "STOP");
    until(|| (!runs(first)).then_some(())).await;
    assert_eq!(seam.ask("m").await.unwrap().content, "hi");
}

#[tokio::test]
async fn calls_that_never_end_do_not_use_it_up() {
    let server = answering(&["hi"]).await;
    let mut terms = Terms::at(&server.base);
    (terms.workers, terms.look_every) = (2, Duration::from_millis(200));
    // Given up longer ago than that, a call counts as one that does not end.
    terms.deadline = Duration::from_secs(12);
    let seam = terms.seam(BridgeKind::Serve);
    let first = seam.process().await;
    for _ in 0..2 {
        tokio::select! {
            answered = seam.ask("hangs") => panic!("{answered:?}"),
            () = until_under_way(&seam) => {}
        }
        // Its place is free at once.
        assert_eq!(seam.ask("m").await.unwrap().content, "hi");
    }
    // As many as it has places: time for a new one.
    until(|| (!runs(first)).then_some(())).await;
    assert_eq!(seam.ask("m").await.unwrap().content, "hi");
    for id in seam.noted_processes().await {
        until(|| (!runs(id)).then_some(())).await;
    }
}

async fn until_under_way(seam: &super::Seam) {
    while seam.bridge.status().await.calls_under_way != Some(1) {}
    // The library has begun, and what it started is noted.
    seam.noted_processes().await;
}

#[tokio::test]
async fn shut_down_it_ends_and_takes_no_calls() {
    let server = answering(&["hi"]).await;
    let seam = Terms::at(&server.base).seam(BridgeKind::Serve);
    let id = seam.process().await;
    seam.bridge.shutdown().await;
    until(|| (!runs(id)).then_some(())).await;
    let error = seam.ask("m").await.unwrap_err();
    assert_eq!(error.kind, Kind::Connection, "{error}");
    assert_eq!(seam.bridge.status().await.state, BridgeState::Stopped);
}

#[tokio::test]
async fn dropped_it_ends_too() {
    let server = answering(&["hi"]).await;
    let seam = Terms::at(&server.base).seam(BridgeKind::Serve);
    let id = seam.process().await;
    drop(seam);
    until(|| (!runs(id)).then_some(())).await;
}

pub fn kill(id: u32) {
    signal(id, "KILL");
}

fn signal(id: u32, name: &str) {
    let sent = std::process::Command::new("kill")
        .args([format!("-{name}"), id.to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
}
