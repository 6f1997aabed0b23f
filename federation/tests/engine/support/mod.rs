//! A hub with agents on a scripted bridge, and ways to await what happens.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use federation::{
    Engine, EngineSettings, Store, agents,
    bridge::{Bridge, BridgeError, BridgeErrorKind, BridgeRequest, BridgeResponse, TextSink},
    collectives, hubs, routing,
    store::Db,
};
use model::*;
use serde_json::json;
use tokio::sync::Semaphore;

/// What a scripted model does with one request.
pub struct Plan {
    pub pieces: Vec<String>,
    /// Waits for a permit before each piece.
    pub gate: Option<Arc<Semaphore>>,
    pub end: Result<(i64, i64), BridgeError>,
    /// Never ends after the pieces.
    pub hang: bool,
    pub finish_reason: &'static str,
}

impl Plan {
    pub fn text(text: &str) -> Self {
        let chars: Vec<char> = text.chars().collect();
        Self {
            pieces: chars.chunks(7).map(|c| c.iter().collect()).collect(),
            gate: None,
            end: Ok((100, 20)),
            hang: false,
            finish_reason: "stop",
        }
    }

    pub fn recommend(what: &str) -> Self {
        Self::text(
            &json!({ "recommendation": what, "rationale": "so — ünï", "confidence": 0.7 })
                .to_string(),
        )
    }

    pub fn fail(kind: BridgeErrorKind) -> Self {
        Self {
            pieces: Vec::new(),
            gate: None,
            end: Err(BridgeError::new(kind, format!("scripted {}", kind.code()))),
            hang: false,
            finish_reason: "stop",
        }
    }

    pub fn hang() -> Self {
        Self {
            hang: true,
            ..Self::text("{\"recommendation\": \"Never")
        }
    }

    /// The answer stops at its limit.
    pub fn cut(mut self) -> Self {
        self.finish_reason = "length";
        self
    }

    /// What the provider says was used, in tokens.
    pub fn using(mut self, tokens_in: i64, tokens_out: i64) -> Self {
        self.end = Ok((tokens_in, tokens_out));
        self
    }

    pub fn gated(mut self, gate: &Arc<Semaphore>) -> Self {
        self.gate = Some(Arc::clone(gate));
        self
    }
}

type Script = dyn Fn(&BridgeRequest, usize) -> Plan + Send + Sync;

/// A bridge that does what a script says; it counts the calls.
pub struct ScriptBridge {
    script: Box<Script>,
    pub calls: AtomicUsize,
    pub requests: Mutex<Vec<BridgeRequest>>,
}

impl ScriptBridge {
    pub fn new(
        script: impl Fn(&BridgeRequest, usize) -> Plan + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            script: Box::new(script),
            calls: AtomicUsize::new(0),
            requests: Mutex::default(),
        })
    }

    pub fn calls_of(&self, model: &str) -> usize {
        self.requests
            .lock()
            .unwrap()
            .iter()
            .filter(|r| r.model == model)
            .count()
    }
}

#[async_trait]
impl Bridge for ScriptBridge {
    async fn answer(&self, request: &BridgeRequest) -> Result<BridgeResponse, BridgeError> {
        self.stream(request, &mut |_| {}).await
    }

    async fn stream(
        &self,
        request: &BridgeRequest,
        text: TextSink<'_>,
    ) -> Result<BridgeResponse, BridgeError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let nth = self.calls_of(&request.model);
        self.requests.lock().unwrap().push(request.clone());
        let plan = (self.script)(request, nth);
        let mut content = String::new();
        for piece in &plan.pieces {
            if let Some(gate) = &plan.gate {
                gate.acquire().await.unwrap().forget();
            }
            tokio::task::yield_now().await;
            text(piece);
            content.push_str(piece);
        }
        if plan.hang {
            std::future::pending::<()>().await;
        }
        let (tokens_in, tokens_out) = plan.end?;
        Ok(BridgeResponse {
            content,
            model: format!("{}-answered", request.model),
            tokens_in: Some(tokens_in),
            tokens_out: Some(tokens_out),
            finish_reason: Some(plan.finish_reason.to_owned()),
            cost_microusd: None,
            http_status: Some(200),
        })
    }

    async fn status(&self) -> BridgeStatus {
        BridgeStatus::new(BridgeKind::Native, BridgeState::Ready)
    }

    fn access(&self, provider: Provider) -> ProviderAccess {
        ProviderAccess {
            provider,
            key: KeySource::NotNeeded,
            problem: None,
            key_variable: None,
            key_file: None,
            in_place: None,
        }
    }
}

pub fn is_synthesis(request: &BridgeRequest) -> bool {
    request.prompt.starts_with("Task: synthesis")
}

/// Longest wait for what is to come about. A slow machine is no fault.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// A lease outlasts any pause of a busy machine: where an instance dies, see
/// [`lapse`]. Renewals also notice cancellations, so they come often.
pub fn settings() -> EngineSettings {
    EngineSettings {
        poll: Duration::from_millis(50),
        lease: Duration::from_secs(60),
        lease_renewal: Duration::from_millis(200),
        max_retries: 2,
        ..EngineSettings::default()
    }
}

/// Lets the leases of whoever died run out now.
pub async fn lapse(store: &Store) {
    const LAPSE: &str = "UPDATE work_items SET lease_expires_at = $1 WHERE state = 'running'";
    let long_ago = chrono::DateTime::UNIX_EPOCH;
    match store.db() {
        Db::Sqlite { write, .. } => {
            let done = sqlx::query(LAPSE).bind(long_ago).execute(write).await;
            done.unwrap();
        }
        Db::Postgres(pool) => {
            let done = sqlx::query(LAPSE).bind(long_ago).execute(pool).await;
            done.unwrap();
        }
    }
}

pub fn engine(store: &Store, bridge: Arc<ScriptBridge>) -> Engine {
    Engine::builder(store.clone(), bridge)
        .settings(settings())
        .build()
}

pub fn person(name: &str, role: Role) -> Caller {
    Caller {
        kind: ActorKind::Person,
        id: Some(uuid::Uuid::from_bytes({
            let mut bytes = [7; 16];
            for (n, b) in name.bytes().take(16).enumerate() {
                bytes[n] = b;
            }
            bytes
        })),
        name: name.to_owned(),
        role,
    }
}

pub fn admin() -> Caller {
    person("Ada", Role::Admin)
}

/// A hub whose agents, one per model name, are routed for `requirement_draft`
/// in this order of preference.
pub async fn hub_with(engine: &Engine, models: &[&str]) -> (Hub, Vec<Agent>) {
    let new = NewHub {
        slug: "shop".to_owned(),
        name: "Shop".to_owned(),
        description: None,
        governance_default: None,
    };
    let hub = hubs::create(engine, &admin(), new).await.unwrap();
    let mut all = Vec::new();
    for (n, model) in models.iter().enumerate() {
        let agent = agents::create(
            engine,
            &admin(),
            new_agent(hub.id, &format!("agent-{n}"), model),
        )
        .await
        .unwrap();
        route(engine, hub.id, &agent, 100 - i32::try_from(n).unwrap()).await;
        all.push(agent);
    }
    (hub, all)
}

pub fn new_agent(hub_id: HubId, slug: &str, model: &str) -> NewAgent {
    NewAgent {
        hub_id,
        name: format!("The {slug}"),
        slug: slug.to_owned(),
        description: None,
        provider: Provider::Openai,
        model_name: model.to_owned(),
        trust_level: TrustLevel::Advisory,
        capabilities: vec!["text".to_owned()],
        system_prompt: Some("You are terse.".to_owned()),
    }
}

pub async fn route(engine: &Engine, hub_id: HubId, agent: &Agent, priority: i32) {
    let policy = NewRoutingPolicy {
        priority: Some(priority),
        ..NewRoutingPolicy::last(hub_id, "requirement_draft", agent.id)
    };
    routing::create(engine, &admin(), policy).await.unwrap();
}

pub fn question(hub_id: HubId) -> NewCollective {
    NewCollective {
        hub_id,
        title: "What next?".to_owned(),
        summary: None,
        task_type: "requirement_draft".to_owned(),
        prompt: "What should we build next?".to_owned(),
        source_widget_id: None,
        source_candidate_id: None,
        rounds_planned: None,
        token_limit: None,
    }
}

/// Starts a run and waits for its end.
pub async fn run(engine: &Engine, hub: &Hub) -> CollectiveDetail {
    let started = collectives::start(engine, &admin(), question(hub.id), None)
        .await
        .unwrap();
    ended(engine, started.collective.id).await
}

pub async fn ended(engine: &Engine, id: CollectiveId) -> CollectiveDetail {
    tokio::time::timeout(PATIENCE, collectives::wait(engine, &admin(), id))
        .await
        .expect("the run ends")
        .unwrap()
}

/// Polls until `check` gives something.
pub async fn until<T, F: Future<Output = Option<T>>>(mut check: impl FnMut() -> F) -> T {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        if let Some(found) = check().await {
            return found;
        }
        assert!(tokio::time::Instant::now() < deadline, "waited in vain");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
