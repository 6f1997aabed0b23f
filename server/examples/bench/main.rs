//! Measures a server with scripted models over HTTP: `scripts/bench` runs it.
//!
//! Times are told as they are and as ratios to a time of the same run, since
//! machines differ. Nothing is asserted about them; that every run has ended
//! and nothing is lost, is.
#![allow(clippy::print_stdout)]

mod bridges;
mod performance;
mod streams;
mod tree;

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context, Result, ensure};
use federation::{Engine, agents, governance, hubs, people, routing};
use model::{
    Action, Caller, GovernanceCheck, HubId, NewAgent, NewGovernancePolicy, NewHub,
    NewRoutingPolicy, NewToken, Provider, Role, RoutingPolicy, TrustLevel,
};
use serde_json::{Value, json};
use server::settings::{Given, Settings};
use tokio_util::sync::CancellationToken;

const CALL_MS: u32 = 700;
const REPEATS: usize = 5;
const RUNS_AT_ONCE: usize = 500;
const AGENTS: usize = 1_000;
const POLICIES: usize = 10_000;
const DECISIONS: usize = 2_000;

#[tokio::main]
async fn main() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let database = std::env::var("BENCH_DATABASE_URL")
        .unwrap_or_else(|_| format!("sqlite://{}", folder.path().join("bench.db").display()));
    let engine_name = if database.starts_with("sqlite") {
        "SQLite"
    } else {
        "PostgreSQL"
    };
    println!(
        "database: {engine_name}, build: {}",
        if cfg!(debug_assertions) {
            "dev"
        } else {
            "release"
        }
    );
    let given = Given {
        database_url: Some(database),
        site: std::env::var_os("INTER_HUB_SITE").map(PathBuf::from),
        // No file of this machine is to change what is measured.
        config: None,
        ..Given::default()
    };
    let mut settings = Settings::resolve(given, true)?;
    if let Some(rehearsal) = &mut settings.rehearsal {
        rehearsal.story = false;
    }
    let site = settings.site.clone();
    let hub = server::prepare(settings).await?;
    let models = hub.models.clone().context("the rehearsal has its models")?;
    let engine = hub.state.engine.clone();
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
    let base = format!("http://{}", listener.local_addr()?);
    let stop = CancellationToken::new();
    let serving = tokio::spawn(server::serve(listener, hub, stop.clone()));
    let client = Client::new(&engine, base).await?;

    measure(&engine, &client, &models.base_url(), &site).await?;
    stop.cancel();
    serving.await??;
    Ok(())
}

/// All of it, or what the first argument names.
async fn measure(engine: &Engine, client: &Client, models: &str, site: &Path) -> Result<()> {
    match std::env::args().nth(1).as_deref() {
        None => {}
        Some("tree") => return tree::tree(engine).await,
        Some("streams") => return streams::streams(engine, client).await,
        Some("runs") => return many(engine, client).await,
        Some("bridges") => return bridges::bridges(models).await,
        Some("performance") => return performance::performance(engine).await,
        Some(other) => {
            anyhow::bail!("nothing is called {other}: tree, performance, bridges, streams, runs")
        }
    }
    resolve_and_govern(engine).await?;
    tree::tree(engine).await?;
    performance::performance(engine).await?;
    let single = one_call(client, models).await?;
    println!("one call of a {CALL_MS} ms model, without the hub: {single:.0} ms");
    bridges::bridges(models).await?;
    collective(engine, client, single).await?;
    many(engine, client).await?;
    streams::streams(engine, client).await?;
    if site.join("pkg/app_bg.wasm.br").exists() {
        first_visit(client).await?;
    } else {
        println!(
            "first visit: not measured, {} is no release build of the site",
            site.display()
        );
    }
    Ok(())
}

struct Client {
    http: reqwest::Client,
    base: String,
    token: String,
}

impl Client {
    async fn new(engine: &Engine, base: String) -> Result<Self> {
        let new = NewToken {
            name: "bench".to_owned(),
            role: Role::Reviewer,
        };
        let (_, token) = people::create_token(engine, &Caller::command(), new).await?;
        Ok(Self {
            http: reqwest::Client::new(),
            base,
            token,
        })
    }

    /// Starts a collective proposal and waits for its end.
    async fn run(&self, hub: HubId) -> Result<Value> {
        let body = json!({
            "hub_id": hub, "title": "Bench", "task_type": "requirement_draft", "prompt": "What next?"
        });
        let answer = self
            .http
            .post(format!(
                "{}/api/v2/collective-proposals?wait=true",
                self.base
            ))
            .bearer_auth(&self.token)
            .json(&body)
            .send()
            .await?
            .error_for_status()?;
        Ok(answer.json().await?)
    }
}

async fn hub_of(engine: &Engine, slug: &str, count: usize, model: &str) -> Result<HubId> {
    let caller = Caller::command();
    let new = NewHub {
        slug: slug.to_owned(),
        name: slug.to_owned(),
        description: None,
        governance_default: None,
    };
    let hub = hubs::create(engine, &caller, new).await?;
    for n in 0..count {
        let new = NewAgent {
            hub_id: hub.id,
            name: format!("Agent {n}"),
            slug: format!("{slug}-{n}"),
            description: None,
            provider: Provider::ALL[n % 3],
            model_name: model.to_owned(),
            trust_level: TrustLevel::Advisory,
            capabilities: Vec::new(),
            system_prompt: None,
        };
        let agent = agents::create(engine, &caller, new).await?;
        let policy = NewRoutingPolicy::last(hub.id, "requirement_draft", agent.id);
        routing::create(engine, &caller, policy).await?;
    }
    Ok(hub.id)
}

/// Who answers, and may it? In a hub of many agents and policies, by the two
/// public functions, each with all that it checks.
async fn resolve_and_govern(engine: &Engine) -> Result<()> {
    let caller = Caller::command();
    let hub = hub_of(engine, "large", AGENTS, "scripted/ms-50").await?;
    let types = hubs::types(engine, &caller).await?;
    let tasks: Vec<&str> = types.task_types.iter().map(|t| t.key.as_str()).collect();
    let all = routing::resolve_all_agents(engine, &caller, hub, "requirement_draft").await?;
    ensure!(all.len() == AGENTS, "{} agents of {AGENTS}", all.len());
    let mut tx = engine.store().begin().await?;
    // The agents' own ones are among them.
    for n in AGENTS..POLICIES {
        let policy = RoutingPolicy {
            id: engine.clock().id(),
            hub_id: hub,
            task_type: tasks[n % tasks.len()].to_owned(),
            agent_registration_id: all[n % AGENTS].id,
            priority: i32::try_from(n)?,
            is_active: true,
            max_cost_microusd_per_1k: None,
            required_capabilities: Vec::new(),
            min_trust_level: None,
            version: 1,
            created_at: engine.clock().now(),
        };
        tx.insert_routing_policy(&policy).await?;
    }
    tx.commit().await?;
    for agent in &all {
        let new = NewGovernancePolicy {
            hub_id: hub,
            agent_registration_id: agent.id,
            artifact_type: "collective_proposal".to_owned(),
            allowed_actions: vec![Action::Read, Action::Propose],
        };
        governance::create(engine, &caller, new).await?;
    }
    let mut times = Vec::with_capacity(DECISIONS);
    for n in 0..DECISIONS {
        let begun = Instant::now();
        let agent = routing::resolve_agent(engine, &caller, hub, tasks[n % tasks.len()])
            .await?
            .context("somebody is routed")?;
        let question = GovernanceCheck {
            hub_id: hub,
            agent_registration_id: agent.id,
            artifact_type: "collective_proposal".to_owned(),
            action: Action::Propose,
        };
        let verdict = governance::check(engine, &caller, question).await?;
        times.push(millis(begun));
        ensure!(verdict.allowed && verdict.policy_id.is_some(), "no verdict");
    }
    println!(
        "resolve and govern in a hub of {AGENTS} agents, {POLICIES} routing and {AGENTS} governance policies: {:.0} µs",
        median(times) * 1_000.0
    );
    Ok(())
}

/// The median of a few calls of a scripted model, in milliseconds.
async fn one_call(client: &Client, models: &str) -> Result<f64> {
    let body = json!({
        "model": format!("scripted/ms-{CALL_MS}"), "stream": true,
        "messages": [{ "role": "user", "content": "What next?" }]
    });
    let mut times = Vec::new();
    for _ in 0..REPEATS {
        let begun = Instant::now();
        client
            .http
            .post(format!("{}/chat/completions", models.trim_end_matches('/')))
            .json(&body)
            .send()
            .await?
            .error_for_status()?
            .bytes()
            .await?;
        times.push(millis(begun));
    }
    Ok(median(times))
}

async fn collective(engine: &Engine, client: &Client, single: f64) -> Result<()> {
    let hub = hub_of(engine, "three", 3, &format!("scripted/ms-{CALL_MS}")).await?;
    let mut times = Vec::new();
    for _ in 0..REPEATS {
        let begun = Instant::now();
        let done = client.run(hub).await?;
        times.push(millis(begun));
        ensure!(
            done["run_state"] == "finished",
            "a run did not finish: {done}"
        );
        ensure!(
            done["synthesis_state"] == "completed",
            "a synthesis failed: {done}"
        );
    }
    let time = median(times);
    println!(
        "3 agents of {CALL_MS} ms at once, then a synthesis of {CALL_MS} ms: {time:.0} ms, {:.2} times one call (2.00 is the least possible)",
        time / single
    );
    Ok(())
}

async fn many(engine: &Engine, client: &Client) -> Result<()> {
    let hub = hub_of(engine, "five", 5, "scripted/ms-50").await?;
    let begun = Instant::now();
    let runs = (0..RUNS_AT_ONCE).map(|_| client.run(hub));
    let ended = futures::future::try_join_all(runs).await?;
    let time = millis(begun);
    let answers: usize = ended
        .iter()
        .filter_map(|run| run["contributions"].as_array())
        .map(|all| all.iter().filter(|c| c["status"] == "completed").count())
        .sum();
    ensure!(
        ended.iter().all(|run| run["run_state"] == "finished"),
        "a run did not finish"
    );
    ensure!(
        answers == RUNS_AT_ONCE * 5,
        "{answers} answers of {}",
        RUNS_AT_ONCE * 5
    );
    println!(
        "{RUNS_AT_ONCE} runs of 5 agents at once: all ended, {answers} contributions, {:.1} s, {:.0} model calls a second",
        time / 1_000.0,
        (RUNS_AT_ONCE * 6) as f64 / (time / 1_000.0)
    );
    Ok(())
}

/// What a browser transfers at the first visit: the page and what it names.
async fn first_visit(client: &Client) -> Result<()> {
    let page = encoded(client, "/login").await?;
    let html = client
        .http
        .get(format!("{}/login", client.base))
        .send()
        .await?
        .text()
        .await?;
    let mut total = page;
    println!("first visit, brotli:\n  {page:>9} bytes  /login");
    let mut paths: Vec<String> = html
        .split(['"', '\''])
        .filter(|part| part.starts_with("/pkg/") || part.starts_with("/favicon"))
        .map(str::to_owned)
        .collect();
    paths.sort();
    paths.dedup();
    for path in paths {
        let bytes = encoded(client, &path).await?;
        total += bytes;
        println!("  {bytes:>9} bytes  {path}");
    }
    println!(
        "  {total:>9} bytes  in all: {:.0} KB",
        total as f64 / 1_000.0
    );
    Ok(())
}

async fn encoded(client: &Client, path: &str) -> Result<usize> {
    let answer = client
        .http
        .get(format!("{}{path}", client.base))
        .header("accept-encoding", "br")
        .send()
        .await?
        .error_for_status()?;
    Ok(answer.bytes().await?.len())
}

fn millis(begun: Instant) -> f64 {
    begun.elapsed().as_secs_f64() * 1_000.0
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
