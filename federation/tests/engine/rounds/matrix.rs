//! Whatever fails, and wherever: every run ends, every end is named, and
//! nothing is shown as a synthesis that is none.

use std::sync::Arc;

use federation::{Engine, EngineSettings, bridge::BridgeErrorKind, governance};
use model::*;

use super::*;
use crate::{common::TestStore, support::*};

both_engines!(a_member_fails, a_synthesiser_fails, a_judge_fails);

/// Ways to fail, each with the type that it is told as.
const WAYS: &[(&str, &str)] = &[
    ("402", "out_of_credit"),
    ("429", "rate_limited"),
    ("500", "unavailable"),
    ("hang", "timeout"),
    ("cut", "cut_off"),
    ("malformed", "malformed"),
    ("empty", "unreadable"),
    ("blocked", "blocked_by_policy"),
];

fn plan(way: &str) -> Plan {
    match way {
        "402" => Plan::fail(BridgeErrorKind::OutOfCredit),
        "429" => Plan::fail(BridgeErrorKind::RateLimited),
        "500" => Plan::fail(BridgeErrorKind::Unavailable),
        "hang" => Plan::hang(),
        "cut" => Plan::fail(BridgeErrorKind::CutOff),
        "malformed" => Plan::fail(BridgeErrorKind::Malformed),
        "empty" => Plan::text(""),
        _ => unreachable!("a blocked agent is not asked"),
    }
}

/// An engine that soon gives up on a call.
fn hasty(store: &TestStore, bridge: Arc<ScriptBridge>) -> Engine {
    let settings = EngineSettings {
        call_deadline: std::time::Duration::from_secs(3),
        max_retries: 0,
        ..settings()
    };
    Engine::builder(store.store.clone(), bridge)
        .settings(settings)
        .build()
}

async fn block(engine: &Engine, hub: &Hub, agent: &Agent) -> GovernancePolicy {
    let policy = NewGovernancePolicy {
        hub_id: hub.id,
        agent_registration_id: agent.id,
        artifact_type: "collective_proposal".to_owned(),
        allowed_actions: vec![Action::Read],
    };
    governance::create(engine, &admin(), policy).await.unwrap()
}

async fn unblock(engine: &Engine, policy: &GovernancePolicy) {
    governance::toggle(engine, &admin(), policy.id)
        .await
        .unwrap();
}

/// The current way to fail, as the script reads it.
#[derive(Clone, Default)]
struct Way(Arc<std::sync::Mutex<&'static str>>);

impl Way {
    fn set(&self, way: &'static str) {
        *self.0.lock().unwrap() = way;
    }

    fn get(&self) -> &'static str {
        *self.0.lock().unwrap()
    }
}

async fn a_member_fails(store: TestStore) {
    let way = Way::default();
    let now = way.clone();
    let bridge = ScriptBridge::new(move |r, _| match r.model.as_str() {
        "c" => plan(now.get()),
        _ => Plan::recommend("Ship"),
    });
    let engine = hasty(&store, bridge);
    engine.start_workers();
    let (hub, agents) = hub_with(&engine, &["a", "b", "c"]).await;
    for (what, error_type) in WAYS {
        way.set(what);
        let policy = match *what {
            "blocked" => Some(block(&engine, &hub, &agents[2]).await),
            _ => None,
        };
        for rounds in RoundPlan::ALL {
            let done = run_with(&engine, &hub, *rounds).await;
            assert_eq!(done.collective.run_state, RunState::Finished, "{what}");
            assert_eq!(done.collective.consensus_status, ConsensusStatus::Consensus);
            let failed = &done.contributions[2];
            assert!(failed.status.is_final());
            assert!(!failed.readable);
            if *what == "empty" {
                // It answered, and nothing can be read in it.
                assert_eq!(failed.status, MemberState::Completed);
            } else {
                assert_eq!(failed.error_type.as_deref(), Some(*error_type), "{what}");
                assert!(failed.error.as_ref().is_some_and(|e| !e.is_empty()));
            }
            // Who gave no answer is asked for no review and no revision.
            let second = of_round(&done, 2);
            let held = if *rounds == RoundPlan::Answer { 0 } else { 2 };
            assert_eq!(second.len(), held, "{what}");
            assert_eq!(done.collective.synthesis_state, SynthesisState::Completed);
        }
        if let Some(policy) = policy {
            unblock(&engine, &policy).await;
        }
    }
    engine.shutdown().await;
}

async fn a_synthesiser_fails(store: TestStore) {
    let way = Way::default();
    let now = way.clone();
    let bridge = ScriptBridge::new(move |r, _| match (is_synthesis(r), r.model.as_str()) {
        (true, "a") => plan(now.get()),
        _ => Plan::recommend("Ship"),
    });
    let engine = hasty(&store, Arc::clone(&bridge));
    engine.start_workers();
    let (hub, agents) = hub_with(&engine, &["a", "b", "c"]).await;
    for (what, error_type) in WAYS.iter().filter(|(what, _)| *what != "blocked") {
        way.set(what);
        let done = run(&engine, &hub).await;
        assert_eq!(done.collective.run_state, RunState::Finished, "{what}");
        // The next in the order of preference has made it, and the failed call
        // has its receipt.
        assert_eq!(
            done.collective.synthesis_agent_id,
            Some(agents[1].id),
            "{what}"
        );
        let events = store
            .events_after(done.collective.id.0, 0, 100)
            .await
            .unwrap();
        let told = events
            .iter()
            .find(|e| e.name == "synthesis.failed")
            .unwrap();
        assert_eq!(told.data["error_type"], **error_type, "{what}");
    }
    // A blocked agent is no member's voice and no synthesiser.
    let policy = block(&engine, &hub, &agents[0]).await;
    let done = run(&engine, &hub).await;
    assert_eq!(done.contributions[0].status, MemberState::Blocked);
    assert_eq!(done.collective.synthesis_agent_id, Some(agents[1].id));
    unblock(&engine, &policy).await;
    engine.shutdown().await;
}

async fn a_judge_fails(store: TestStore) {
    let way = Way::default();
    let now = way.clone();
    let bridge = ScriptBridge::new(move |r, _| match r.model.as_str() {
        "judge" => plan(now.get()),
        "a" => Plan::recommend("Rewrite the welcome mail from scratch"),
        _ => Plan::recommend("Compose a wholly fresh greeting message"),
    });
    let engine = hasty(&store, Arc::clone(&bridge));
    engine.start_workers();
    let (hub, _) = hub_with(&engine, &["a", "b"]).await;
    let judge = add_judge(&engine, &hub, "judge").await;
    for (what, error_type) in WAYS {
        way.set(what);
        if *what == "blocked" {
            block(&engine, &hub, &judge).await;
        }
        let before = bridge.calls_of("judge");
        let done = run(&engine, &hub).await;
        assert_eq!(done.collective.run_state, RunState::Finished, "{what}");
        // An agreement that cannot be shown is not claimed.
        assert_eq!(done.collective.consensus_status, ConsensusStatus::Divergent);
        let pair = &consensus(&done).pairs[0];
        assert_eq!((pair.same, pair.by), (false, ComparedBy::Nobody), "{what}");
        assert_eq!(pair.error_type.as_deref(), Some(*error_type), "{what}");
        assert!(pair.invocation_id.is_some(), "{what} has its receipt");
        let asked = bridge.calls_of("judge") - before;
        assert_eq!(asked, usize::from(*what != "blocked"), "{what}");
        assert_eq!(done.collective.synthesis_state, SynthesisState::Completed);
    }
    engine.shutdown().await;
}
