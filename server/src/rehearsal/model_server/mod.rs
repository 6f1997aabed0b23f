//! A server of scripted models on loopback. It speaks the OpenAI
//! chat-completions protocol; what it says depends on the model's name and the
//! prompt alone.

mod answer;
mod failures;
mod hash;
mod pace;
mod personas;
mod plans;
mod protocol;
mod question;
mod rounds;
mod tasks;

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::{Context, Result};
use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

use failures::Script;
use protocol::{Asked, Reply};

/// What the server has answered so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Served {
    /// Requests that came in, failed ones too.
    pub calls: u64,
    pub tokens_in: u64,
    pub tokens_out: u64,
    /// Requests by the model's name.
    pub by_model: BTreeMap<String, u64>,
}

/// The server, until it is dropped.
#[derive(Debug)]
pub struct ModelServer {
    address: SocketAddr,
    served: Arc<Mutex<Served>>,
    _stop: DropGuard,
}

#[derive(Clone)]
struct Stage {
    speed: f64,
    served: Arc<Mutex<Served>>,
}

impl ModelServer {
    /// Starts on a free port of loopback. A `speed` of 1 is a natural pace.
    pub async fn start(speed: f64) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))
            .await
            .context("the scripted model server found no port")?;
        let address = listener.local_addr()?;
        let served = Arc::new(Mutex::new(Served::default()));
        let stage = Stage {
            speed,
            served: Arc::clone(&served),
        };
        let app = Router::new()
            .route("/v1/chat/completions", post(complete))
            .route("/v1/models", get(models))
            .with_state(stage);
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = stopped.cancelled() => {}
                ended = axum::serve(listener, app) => {
                    if let Err(error) = ended {
                        tracing::error!(%error, "the scripted model server ended");
                    }
                }
            }
        });
        Ok(Self {
            address,
            served,
            _stop: stop.drop_guard(),
        })
    }

    /// What a provider's base URL is to be set to.
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// What was answered so far.
    pub fn served(&self) -> Served {
        self.served
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Stage {
    fn count(&self, model: &str, tokens_in: u64, tokens_out: u64) {
        let mut served = self.served.lock().unwrap_or_else(PoisonError::into_inner);
        served.calls = served.calls.saturating_add(1);
        served.tokens_in = served.tokens_in.saturating_add(tokens_in);
        served.tokens_out = served.tokens_out.saturating_add(tokens_out);
        let calls = served.by_model.entry(model.to_owned()).or_default();
        *calls = calls.saturating_add(1);
    }
}

async fn models() -> Response {
    let names = personas::ALL
        .iter()
        .map(|persona| serde_json::json!({ "id": persona.model, "object": "model" }))
        .collect::<Vec<_>>();
    Json(serde_json::json!({ "object": "list", "data": names })).into_response()
}

async fn complete(State(stage): State<Stage>, body: axum::body::Bytes) -> Response {
    let asked: Asked = match serde_json::from_slice(&body) {
        Ok(asked) => asked,
        Err(error) => {
            return protocol::error(
                StatusCode::BAD_REQUEST,
                "invalid_request",
                &error.to_string(),
            );
        }
    };
    let script = Script::of(&asked.model);
    let text = script.text(|| answer::compose(&asked));
    let reply = Reply::new(&asked, &text, script.pace(&asked, stage.speed));
    if let Some(failure) = script.failure() {
        stage.count(&asked.model, 0, 0);
        return failure.answer().await;
    }
    stage.count(&asked.model, reply.tokens_in, reply.tokens_out());
    let cut = script.is_cut();
    if asked.stream {
        reply.stream(cut)
    } else {
        reply.whole(cut).await
    }
}
