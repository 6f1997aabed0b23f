//! Agents' performance on both engines: what is counted, kept and suggested.

mod beside;
mod counted;
mod covered;
mod followed;
mod rested;

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use chrono::{DateTime, Utc};
use federation::{Clock, Engine, performance, store::Db};
use model::*;
use uuid::Uuid;

use crate::{common::TestStore, support::*};

/// A proposal as the tests write it, without asking anybody.
#[derive(Clone)]
pub struct Made {
    pub status: &'static str,
    pub confidence: Option<f64>,
    pub version: i32,
    pub task_type: &'static str,
    pub artifact_type: &'static str,
    pub auto_applied: bool,
    pub created_at: DateTime<Utc>,
    pub decision_ms: Option<i64>,
}

pub fn made(store: &TestStore, status: &'static str, confidence: Option<f64>) -> Made {
    let decided = matches!(status, "accepted" | "rejected" | "revised");
    Made {
        status,
        confidence,
        version: 1,
        task_type: "requirement_draft",
        artifact_type: "requirement_candidate",
        auto_applied: false,
        created_at: store.clock().now(),
        decision_ms: decided.then_some(1_000),
    }
}

/// Writes it; only the numbers that are counted matter.
pub async fn write(store: &TestStore, agent: &Agent, made: &Made) -> ProposalId {
    const SQL: &str = "INSERT INTO agent_proposals (id, hub_id, task_type, artifact_type, status, created_at, updated_at, \
         agent_registration_id, agent_version, confidence, auto_applied, decision_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8, $9, $10, $11)";
    let id: ProposalId = store.clock().id();
    macro_rules! insert {
        ($pool:expr) => {
            sqlx::query(SQL)
                .bind(id)
                .bind(agent.hub_id)
                .bind(made.task_type)
                .bind(made.artifact_type)
                .bind(made.status)
                .bind(made.created_at)
                .bind(agent.id)
                .bind(made.version)
                .bind(made.confidence)
                .bind(made.auto_applied)
                .bind(made.decision_ms)
                .execute($pool)
                .await
                .unwrap()
                .rows_affected()
        };
    }
    let rows = match store.db() {
        Db::Sqlite { write, .. } => insert!(write),
        Db::Postgres(pool) => insert!(pool),
    };
    assert_eq!(rows, 1);
    id
}

/// `accepted` accepted and `rejected` rejected proposals of a version.
pub async fn record(store: &TestStore, agent: &Agent, accepted: i32, rejected: i32) {
    for n in 0..accepted + rejected {
        let status = if n < accepted { "accepted" } else { "rejected" };
        let one = Made {
            version: agent.version,
            ..made(store, status, Some(0.5))
        };
        write(store, agent, &one).await;
    }
}

pub async fn compute(engine: &Engine, agent: &Agent) -> PerformanceRecord {
    let reviewer = person("Rea", Role::Reviewer);
    performance::compute(engine, &reviewer, agent.id)
        .await
        .unwrap()
}

pub fn nothing() -> std::sync::Arc<ScriptBridge> {
    ScriptBridge::new(|_, _| Plan::hang())
}

pub fn near(ours: Option<f64>, theirs: f64) {
    let ours = ours.expect("a number");
    assert!((ours - theirs).abs() < 1e-9, "{ours}, not {theirs}");
}

/// All audit entries of a subject, the newest first.
pub async fn audited(engine: &Engine, subject: Uuid) -> Vec<AuditEntry> {
    let filter = AuditFilter {
        subject_id: Some(subject),
        ..AuditFilter::default()
    };
    federation::audit::list(engine, &admin(), filter, PageRequest::default())
        .await
        .unwrap()
        .items
}

/// A clock that a test turns.
pub fn turned(at: &Arc<AtomicI64>) -> Clock {
    let at = Arc::clone(at);
    Clock::from_fn(move || {
        DateTime::from_timestamp_micros(at.load(Ordering::SeqCst)).expect("a time")
    })
}

pub fn moment(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A clock that stands at a time, and how it is turned.
pub fn at(text: &str) -> (Arc<AtomicI64>, Clock) {
    let at = Arc::new(AtomicI64::new(moment(text).timestamp_micros()));
    let clock = turned(&at);
    (at, clock)
}

pub async fn decide_first(engine: &Engine, hub: HubId, decide_first: bool) {
    let patch = HubPatch {
        decide_first: Some(decide_first),
        ..HubPatch::default()
    };
    federation::hubs::update(engine, &admin(), hub, patch)
        .await
        .unwrap();
}
