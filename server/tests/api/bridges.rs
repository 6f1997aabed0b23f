//! The program with the bridge over llm-connect: calls go through it, and no
//! process of it outlives the server, however that ends.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    time::Duration,
};

use model::Role;
use serde_json::{Value, json};
use server::rehearsal::ModelServer;

use crate::common::Client;

/// The program, serving in a folder of its own.
struct Program {
    server: Child,
    client: Client,
    /// Held open: the program prints to it.
    _out: BufReader<ChildStdout>,
    /// With a copy of the library, which notes there what it starts.
    folder: tempfile::TempDir,
}

impl Program {
    fn start(bridge: &str, models: &ModelServer) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let library = folder.path().join("library/llm_connect");
        std::fs::create_dir_all(&library).unwrap();
        for name in ["__init__.py", "exceptions.py"] {
            let from = root()
                .join("federation/tests/llm_connect/llm_connect")
                .join(name);
            std::fs::copy(from, library.join(name)).unwrap();
        }
        let token = command(folder.path(), models)
            .args([
                "token",
                "create",
                "--name",
                "t",
                "--role",
                Role::Admin.as_str(),
            ])
            .output()
            .unwrap();
        let token = String::from_utf8(token.stdout).unwrap().trim().to_owned();
        let mut server = command(folder.path(), models)
            .args(["serve", "--bridge", bridge])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(server.stdout.take().unwrap());
        let mut link = String::new();
        out.read_line(&mut link).unwrap();
        let base = link.split("/welcome").next().unwrap();
        Self {
            client: Client::new(base, Some(token)),
            server,
            _out: out,
            folder,
        }
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args([format!("-{name}"), self.server.id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn command(folder: &Path, models: &ModelServer) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_inter-hub"));
    command
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", folder)
        .env("INTER_HUB_ADDR", "127.0.0.1:0")
        .env("INTER_HUB_LLM_BRIDGE", root().join("scripts/llm_bridge.py"))
        .env("LLM_CONNECT_PATH", folder.join("library"))
        .env("OPENAI_BASE_URL", models.base_url());
    command
}

fn root() -> PathBuf {
    let own = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap().to_owned()
}

/// Tries an agent of a new hub, and gives the receipt.
async fn one_call(client: &Client, model: &str) -> Value {
    let hub = client
        .post("/hubs", &json!({"slug": "shop", "name": "Shop"}))
        .await
        .expect(201);
    let agent = client
        .post(
            "/agents",
            &json!({"hub_id": hub["id"], "name": "Agent", "slug": "agent", "provider": "openai", "model_name": model}),
        )
        .await
        .expect(201);
    let path = format!("/agents/{}/try", agent["id"].as_str().unwrap());
    let asked =
        json!({"prompt": "Say hello.", "task_type": "triage", "artifact_type": "widget_summary"});
    client.post(&path, &asked).await.expect(200)["receipt"].clone()
}

/// The process of the bridge, as the API tells it.
async fn bridge(client: &Client) -> u32 {
    // The first look starts it, which may take longer than a look.
    let ready = async {
        loop {
            let status = client.get("/bridge").await.expect(200);
            assert_eq!(status["kind"], "serve", "{status}");
            if status["state"] == "ready" {
                return status;
            }
        }
    };
    let ready = tokio::time::timeout(Duration::from_secs(120), ready);
    let status = ready.await.expect("it starts");
    assert_eq!(status["restarts"], 0);
    u32::try_from(status["process_id"].as_u64().unwrap()).unwrap()
}

/// Whether a process runs; one that has ended and was not asked how does not.
fn runs(id: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{id}/stat")).is_ok_and(|stat| {
        !stat
            .rsplit(')')
            .next()
            .unwrap_or("")
            .trim()
            .starts_with('Z')
    })
}

async fn has_ended(id: u32) {
    until(|| (!runs(id)).then_some(())).await;
}

/// Awaits a condition that nobody tells of.
async fn until<T>(mut look: impl FnMut() -> Option<T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), async {
        loop {
            if let Some(found) = look() {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .expect("it comes true")
}

#[tokio::test]
async fn calls_go_through_the_script() {
    let models = ModelServer::start(20.0).await.unwrap();
    for kind in ["subprocess", "serve"] {
        let before = models.served().calls;
        let program = Program::start(kind, &models);
        let receipt = one_call(&program.client, "scripted/ms-0").await;
        assert_eq!(receipt["outcome"], "succeeded", "{kind} {receipt}");
        assert_eq!(receipt["model_used"], "scripted/ms-0");
        assert_eq!(models.served().calls, before + 1, "{kind}");
    }
}

#[tokio::test]
async fn no_process_outlives_a_server_that_is_killed() {
    let models = ModelServer::start(20.0).await.unwrap();
    let program = Program::start("serve", &models);
    assert_eq!(
        one_call(&program.client, "scripted/ms-0").await["outcome"],
        "succeeded"
    );
    let id = bridge(&program.client).await;
    program.signal("KILL");
    has_ended(id).await;
}

/// In the middle of a call that hangs in a command of the library.
#[tokio::test]
async fn nor_does_what_a_call_has_started() {
    let models = ModelServer::start(20.0).await.unwrap();
    for kind in ["subprocess", "serve"] {
        let program = Program::start(kind, &models);
        let client = program.client.clone();
        let call = tokio::spawn(async move { one_call(&client, "hangs").await });
        let noted = program.folder.path().join("library/pids");
        let ids = until(|| {
            let text = std::fs::read_to_string(&noted).ok()?;
            let ids: Vec<u32> = text.split_whitespace().flat_map(str::parse).collect();
            (text.ends_with('\n') && ids.len() == 2).then_some(ids)
        })
        .await;
        program.signal("KILL");
        for id in ids {
            has_ended(id).await;
        }
        call.abort();
    }
}

#[tokio::test]
async fn a_server_that_is_told_to_stop_drains_it() {
    let models = ModelServer::start(20.0).await.unwrap();
    let mut program = Program::start("serve", &models);
    let id = bridge(&program.client).await;
    program.signal("TERM");
    assert!(program.server.wait().unwrap().success());
    has_ended(id).await;
}
