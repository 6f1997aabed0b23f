//! What the engine counts for those who watch it, in the text format of
//! Prometheus.
//!
//! Counters are those of this instance since its start; the gauges of work are
//! the database's, the same on each instance. Labels are closed sets: no hub,
//! person, model or text is among them.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use model::{Attempt, Invocation, Provider};
use prometheus::{
    CounterVec, Gauge, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, IntGaugeVec, Opts,
    Registry, TextEncoder,
};
use tokio::sync::Semaphore;

use crate::{Engine, Error, Result, store::metrics::OpenWork};

/// Longest time that a scrape waits for the database.
const PATIENCE: Duration = Duration::from_secs(2);

/// Bounds for calls of models, in seconds.
const CALL_SECONDS: [f64; 10] = [0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0];

/// The counters of one engine.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    calls: IntCounterVec,
    attempts: IntCounterVec,
    attempt_seconds: HistogramVec,
    first_text_seconds: HistogramVec,
    tokens: IntCounterVec,
    cost_usd: CounterVec,
    /// One look at the database at a time.
    looking: Arc<Semaphore>,
}

impl Metrics {
    /// Fresh counters of an engine that starts now.
    #[allow(clippy::expect_used)] // names and labels are constants, and each test makes them
    pub(crate) fn new(now: DateTime<Utc>) -> Self {
        Self::build(now).expect("the names of metrics are valid and differ")
    }

    fn build(now: DateTime<Utc>) -> prometheus::Result<Self> {
        let registry = Registry::new();
        let counter = |name: &str, help: &str, labels: &[&str]| {
            let counter = IntCounterVec::new(Opts::new(name, help), labels)?;
            registry.register(Box::new(counter.clone()))?;
            Ok::<_, prometheus::Error>(counter)
        };
        let histogram = |name: &str, help: &str| {
            let opts = HistogramOpts::new(name, help).buckets(CALL_SECONDS.to_vec());
            let histogram = HistogramVec::new(opts, &["provider"])?;
            registry.register(Box::new(histogram.clone()))?;
            Ok::<_, prometheus::Error>(histogram)
        };
        let metrics = Self {
            calls: counter(
                "inter_hub_model_calls_total",
                "Calls that went through the gate, by how they ended.",
                &["provider", "outcome"],
            )?,
            attempts: counter(
                "inter_hub_model_attempts_total",
                "Requests to providers, also those of a test and those that were not sent; result is ok or the type of the error.",
                &["provider", "result"],
            )?,
            attempt_seconds: histogram(
                "inter_hub_model_attempt_duration_seconds",
                "Time of a request to a provider until its answer was whole, or failed.",
            )?,
            first_text_seconds: histogram(
                "inter_hub_model_first_text_seconds",
                "Time of a request to a provider until its first text.",
            )?,
            tokens: counter(
                "inter_hub_model_tokens_total",
                "Tokens as providers reported them.",
                &["provider", "direction"],
            )?,
            cost_usd: CounterVec::new(
                Opts::new(
                    "inter_hub_model_cost_usd_total",
                    "What calls cost in US dollars, as reported or by the known prices.",
                ),
                &["provider"],
            )?,
            registry: registry.clone(),
            looking: Arc::new(Semaphore::new(1)),
        };
        registry.register(Box::new(metrics.cost_usd.clone()))?;
        let started = Gauge::new(
            "process_start_time_seconds",
            "Start of this instance, in seconds since 1970.",
        )?;
        started.set(seconds(now.timestamp_millis()));
        registry.register(Box::new(started))?;
        let build = Opts::new("inter_hub_build_info", "The version that runs; always 1.")
            .const_label("version", env!("CARGO_PKG_VERSION"));
        let build = IntGauge::with_opts(build)?;
        build.set(1);
        registry.register(Box::new(build))?;
        Ok(metrics)
    }

    /// Where others register what they count themselves.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// One request to a provider has ended, or came to nothing before it was
    /// sent.
    pub(crate) fn attempted(&self, attempt: &Attempt, was_sent: bool) {
        let provider = attempt.provider.as_str();
        let result = attempt.error_type.as_deref().unwrap_or("ok");
        self.attempts.with_label_values(&[provider, result]).inc();
        if was_sent {
            self.attempt_seconds
                .with_label_values(&[provider])
                .observe(seconds(attempt.duration_ms));
        }
        if let Some(first) = attempt.first_token_ms {
            self.first_text_seconds
                .with_label_values(&[provider])
                .observe(seconds(first));
        }
        for (direction, tokens) in [("in", attempt.tokens_in), ("out", attempt.tokens_out)] {
            let tokens = u64::try_from(tokens.unwrap_or(0)).unwrap_or(0);
            self.tokens
                .with_label_values(&[provider, direction])
                .inc_by(tokens);
        }
    }

    /// One call has left the gate, and its receipt is stored.
    pub(crate) fn ended(&self, receipt: &Invocation) {
        let provider = receipt.provider.map_or("none", Provider::as_str);
        self.calls
            .with_label_values(&[provider, receipt.outcome.as_str()])
            .inc();
        #[allow(clippy::cast_precision_loss)] // far below 2^53
        if let Some(cost) = receipt.cost_microusd.filter(|cost| *cost > 0) {
            self.cost_usd
                .with_label_values(&[provider])
                .inc_by(cost as f64 / 1e6);
        }
    }
}

#[allow(clippy::cast_precision_loss)] // far below 2^53
fn seconds(millis: i64) -> f64 {
    millis.max(0) as f64 / 1_000.0
}

/// All of it as text. A database that does not answer makes no error: it is
/// what `inter_hub_database_up` tells.
pub async fn text(engine: &Engine) -> Result<String> {
    let now = Registry::new();
    let broken = |e: prometheus::Error| Error::Internal(format!("metrics could not be made: {e}"));
    state(engine, &now).await.map_err(broken)?;
    let mut families = engine.metrics().registry.gather();
    families.extend(now.gather());
    TextEncoder::new()
        .encode_to_string(&families)
        .map_err(broken)
}

/// What is looked at anew each time.
async fn state(engine: &Engine, into: &Registry) -> prometheus::Result<()> {
    let gauges = |name: &str, help: &str, labels: &[&str]| {
        let gauges = IntGaugeVec::new(Opts::new(name, help), labels)?;
        into.register(Box::new(gauges.clone()))?;
        Ok::<_, prometheus::Error>(gauges)
    };
    let under_way = gauges(
        "inter_hub_model_calls_under_way",
        "Requests to providers that this instance awaits.",
        &["provider"],
    )?;
    for provider in Provider::ALL.iter().copied() {
        under_way
            .with_label_values(&[provider.as_str()])
            .set(count(engine.calls_under_way(provider)));
    }
    let connections = gauges(
        "inter_hub_database_connections",
        "Connections of this instance to its database.",
        &["pool", "state"],
    )?;
    for pool in engine.store().pools() {
        for (state, number) in [("idle", pool.idle), ("used", pool.used)] {
            connections
                .with_label_values(&[pool.name, state])
                .set(count(number));
        }
    }
    let up = gauges(
        "inter_hub_database_up",
        "1 where the database answers within 2 s.",
        &[],
    )?;
    let asked = tokio::time::timeout(PATIENCE, open_work(engine)).await;
    let open = asked.ok().flatten();
    up.with_label_values::<&str>(&[])
        .set(i64::from(open.is_some()));
    match open {
        Some(open) => work(engine, into, &open),
        None => Ok(()),
    }
}

/// What the database says of open work; `None` where it fails. Looked at by
/// one task at a time, to its end: scrapes that were given up must not use up
/// the connections to a database that hangs.
async fn open_work(engine: &Engine) -> Option<Vec<OpenWork>> {
    let looking = Arc::clone(&engine.metrics().looking);
    let alone = looking.acquire_owned().await.ok()?;
    let engine = engine.clone();
    let look = tokio::spawn(async move {
        let open = engine.store().open_work_by_kind().await;
        drop(alone);
        open.inspect_err(|error| {
            tracing::warn!(
                error = error as &dyn std::error::Error,
                "metrics were asked for and the database did not answer"
            );
        })
    });
    look.await.ok()?.ok()
}

/// Work that nobody has finished. Kinds without any are 0, so that their
/// series do not come and go.
fn work(engine: &Engine, into: &Registry, open: &[OpenWork]) -> prometheus::Result<()> {
    let items = IntGaugeVec::new(
        Opts::new(
            "inter_hub_work_items",
            "Work that is queued or running, on all instances.",
        ),
        &["kind", "state"],
    )?;
    for kind in ["collective_run", "invocation"] {
        for state in ["queued", "running"] {
            items.with_label_values(&[kind, state]);
        }
    }
    for group in open {
        items
            .with_label_values(&[&group.kind, &group.state])
            .set(group.items);
    }
    into.register(Box::new(items))?;
    let oldest = Gauge::new(
        "inter_hub_work_oldest_queued_seconds",
        "How long the work that waits longest has waited for an instance.",
    )?;
    let queued = open.iter().filter(|group| group.state == "queued");
    if let Some(since) = queued.map(|group| group.since).min() {
        oldest.set(seconds((engine.clock().now() - since).num_milliseconds()));
    }
    into.register(Box::new(oldest))
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
