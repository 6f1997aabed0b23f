//! A whole server on a free port, with its own database and scripted models.
#![allow(dead_code)] // each test file uses a part of it

pub mod client;
pub mod database;
pub mod setup;

use std::{future::Future, path::PathBuf, sync::Arc, time::Duration};

use federation::{
    Engine, EngineSettings,
    bridge::{LlmConnectSettings, native::NativeSettings},
    people,
};
use model::{BridgeKind, Caller, NewToken, Role};
use server::{
    rehearsal::ModelServer,
    settings::{PublicUrl, Rehearsal, Settings},
};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

#[allow(unused_imports)] // as above
pub use client::{Answer, Client, to_end};
#[allow(unused_imports)] // as above
pub use database::Database;

/// A running server. Cheap to clone.
#[derive(Clone)]
pub struct TestServer {
    pub base: String,
    pub engine: Engine,
    pub models: Arc<ModelServer>,
    shutdown: CancellationToken,
}

/// What a test wants to be different.
#[derive(Clone, Default)]
pub struct Wish {
    pub story: bool,
    pub public_url: Option<&'static str>,
    pub call_deadline: Option<Duration>,
    pub speed: Option<f64>,
    pub site: Option<PathBuf>,
}

/// The content type of a plain form.
pub const FORM: &str = "application/x-www-form-urlencoded";

impl TestServer {
    /// A client with an API token of this role.
    pub async fn client(&self, role: Role) -> Client {
        let new = NewToken {
            name: format!("{role} of a test"),
            role,
        };
        let (_, token) = people::create_token(&self.engine, &Caller::command(), new)
            .await
            .unwrap();
        Client::new(&self.base, Some(token))
    }

    pub async fn admin(&self) -> Client {
        self.client(Role::Admin).await
    }

    /// A client without a token.
    pub fn nobody(&self) -> Client {
        Client::new(&self.base, None)
    }

    /// The secret of a signed-in administrator's session.
    pub async fn session(&self) -> String {
        let token = people::admin_link(&self.engine, &Caller::command())
            .await
            .unwrap();
        let form = model::Welcome {
            token,
            display_name: "Ada".to_owned(),
            login: "ada".to_owned(),
            password: None,
        };
        people::welcome(&self.engine, form)
            .await
            .unwrap()
            .session_token
    }

    /// Calls a server function as pages do: nobody is told to sign in, a role
    /// too low is refused, `needed` is let through to the rule itself.
    pub async fn asks_for_role(&self, name: &str, kind: &str, body: String, needed: Role) {
        let low = match needed {
            Role::Admin => Role::Steward,
            Role::Steward => Role::Reviewer,
            Role::Reviewer | Role::Viewer => Role::Viewer,
        };
        let nobody = self.nobody();
        let call = |session: Option<String>| {
            let request = nobody
                .anywhere(reqwest::Method::POST, &format!("/rpc/{name}"))
                .header("content-type", kind)
                .header("sec-fetch-site", "same-origin")
                .body(body.clone());
            match session {
                Some(session) => request.header("cookie", format!("inter_hub_session={session}")),
                None => request,
            }
        };
        assert_eq!(nobody.send(call(None)).await.status, 401, "{name}");
        let refused = nobody.send(call(Some(self.session_of(low).await))).await;
        assert_eq!(refused.status, 403, "{name}: {:#}", refused.body);
        let session = self.session_of(needed).await;
        let let_through = nobody.send(call(Some(session))).await;
        assert!(
            !matches!(let_through.status, 401 | 403) && let_through.status < 500,
            "{name}: {} {:#}",
            let_through.status,
            let_through.body
        );
    }

    /// The secret of the session of a new person with this role.
    pub async fn session_of(&self, role: Role) -> String {
        let token = federation::secrets::random();
        let expires_at = self.engine.clock().now() + chrono::Duration::hours(1);
        let mut tx = self.engine.store().begin().await.unwrap();
        tx.insert_link(&federation::secrets::hash(&token), role, expires_at)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let form = model::Welcome {
            login: token.clone(),
            token,
            display_name: format!("A {role}"),
            password: None,
        };
        people::welcome(&self.engine, form)
            .await
            .unwrap()
            .session_token
    }

    /// Tells the server to stop.
    pub fn stop(&self) {
        self.shutdown.cancel();
    }
}

fn settings(database_url: String, wish: &Wish) -> Settings {
    Settings {
        database_url,
        addr: "127.0.0.1:0".to_owned(),
        bridge: BridgeKind::Native,
        site: wish.site.clone().unwrap_or_else(|| "target/site".into()),
        public_url: wish.public_url.map(|url| PublicUrl::parse(url).unwrap()),
        key_dir: "/nonexistent".into(),
        native: NativeSettings::default(),
        llm_connect: LlmConnectSettings::default(),
        engine: EngineSettings {
            call_deadline: wish.call_deadline.unwrap_or(Duration::from_secs(30)),
            max_retries: 1,
            poll: Duration::from_millis(200),
            ..EngineSettings::default()
        },
        development: false,
        rehearsal: Some(Rehearsal {
            speed: wish.speed.unwrap_or(500.0),
            story: wish.story,
        }),
    }
}

async fn start(database_url: String, wish: &Wish) -> (TestServer, JoinHandle<anyhow::Result<()>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let hub = server::prepare(settings(database_url, wish)).await.unwrap();
    let shutdown = CancellationToken::new();
    let test = TestServer {
        base,
        engine: hub.state.engine.clone(),
        models: hub.models.clone().unwrap(),
        shutdown: shutdown.clone(),
    };
    let running = tokio::spawn(server::serve(listener, hub, shutdown));
    (test, running)
}

/// Runs a test on SQLite, and on PostgreSQL where `TEST_DATABASE_URL` names one.
pub async fn on_each_with<F, T>(wish: Wish, test: F)
where
    F: Fn(TestServer) -> T,
    T: Future<Output = ()>,
{
    for database in Database::all().await {
        let (server, running) = start(database.url.clone(), &wish).await;
        test(server.clone()).await;
        server.stop();
        // Ten seconds are promised, on a machine that is not as busy as a test's.
        let stopped = tokio::time::timeout(Duration::from_secs(40), running).await;
        stopped.expect("the server stops").unwrap().unwrap();
        database.drop().await;
    }
}

/// As [`on_each_with`], without wishes.
pub async fn on_each<F, T>(test: F)
where
    F: Fn(TestServer) -> T,
    T: Future<Output = ()>,
{
    on_each_with(Wish::default(), test).await;
}
