//! Trying an agent: one call through the gate, and nothing but its receipt.

use std::sync::{Arc, atomic::Ordering};

use crate::common::TestStore;
use crate::support::*;
use federation::{
    Engine, EngineSettings, Error,
    agents::{self, trial},
    audit,
    bridge::BridgeErrorKind,
    collectives::Idempotency,
    governance, invocations,
    store::Db,
};
use model::*;
use tokio::sync::Semaphore;

both_engines!(
    an_answer_and_its_receipt,
    a_blocked_trial_calls_nobody,
    a_failed_trial_says_why,
    a_prompt_that_does_not_fit_is_not_sent,
    bad_input_is_refused_before_anything_is_asked,
    the_same_key_asks_once,
    a_repetition_waits_for_the_first,
    a_trial_is_cancelled_by_its_key,
    a_cancellation_may_come_before_its_trial,
    another_instance_cancels_it_too,
    a_trial_that_nobody_waits_for_is_cancelled,
    a_call_whose_server_died_becomes_unknown,
    stopping_the_server_ends_a_trial,
);

fn sample() -> NewTrial {
    NewTrial {
        prompt: "Say hello.".to_owned(),
        task_type: "triage".to_owned(),
        artifact_type: "widget_summary".to_owned(),
    }
}

fn key(word: &str) -> Idempotency {
    Idempotency {
        path: "/try".to_owned(),
        key: word.to_owned(),
    }
}

fn reviewer() -> Caller {
    person("Rita", Role::Reviewer)
}

async fn ask(engine: &Engine, agent: &Agent, word: &str) -> Result<Trial, Error> {
    trial::ask(engine, &reviewer(), agent.id, sample(), Some(key(word))).await
}

async fn calls(engine: &Engine) -> Vec<Invocation> {
    let all = InvocationFilter::default();
    invocations::list(engine, &admin(), all, PageRequest::default())
        .await
        .unwrap()
        .items
}

async fn count(store: &TestStore, sql: &'static str) -> i64 {
    match store.db() {
        Db::Sqlite { read, .. } => sqlx::query_scalar(sql).fetch_one(read).await.unwrap(),
        Db::Postgres(pool) => sqlx::query_scalar(sql).fetch_one(pool).await.unwrap(),
    }
}

/// Tokens held and spent over all accounts.
async fn accounts(store: &TestStore) -> (i64, i64) {
    (
        count(
            store,
            "SELECT CAST(coalesce(sum(reserved_tokens), 0) AS BIGINT) FROM budget_accounts",
        )
        .await,
        count(
            store,
            "SELECT CAST(coalesce(sum(spent_tokens), 0) AS BIGINT) FROM budget_accounts",
        )
        .await,
    )
}

async fn an_answer_and_its_receipt(store: TestStore) {
    let bridge = ScriptBridge::new(|_, _| Plan::text("Hello."));
    let engine = engine(&store, bridge.clone());
    let (_, all) = hub_with(&engine, &["a"]).await;
    let done = trial::ask(&engine, &reviewer(), all[0].id, sample(), None)
        .await
        .unwrap();
    assert_eq!(done.answer, Some(serde_json::json!({ "text": "Hello." })));
    assert_eq!(
        (done.agent_registration_id, done.agent_version),
        (all[0].id, 1)
    );
    let receipt = &done.receipt;
    assert_eq!(receipt.outcome, Outcome::Succeeded);
    assert_eq!(
        (receipt.purpose.as_str(), receipt.action),
        ("trial", Action::Propose)
    );
    assert_eq!(
        (receipt.tokens_in, receipt.tokens_out),
        (Some(100), Some(20))
    );
    assert_eq!(receipt.attempts.len(), 1);
    assert_eq!(receipt.asked_by, "Rita");
    let stored = invocations::get(&engine, &admin(), receipt.id)
        .await
        .unwrap();
    assert_eq!(&stored, receipt);
    // The prompt goes as it was typed, after the agent's own.
    let sent = bridge.requests.lock().unwrap()[0].clone();
    assert_eq!(sent.prompt, "Say hello.");
    assert_eq!(sent.system_prompt.as_deref(), Some("You are terse."));
    assert_eq!(accounts(&store).await, (0, 120));
    for nothing in [
        "SELECT count(*) FROM agent_proposals",
        "SELECT count(*) FROM collective_proposals",
        "SELECT count(*) FROM collective_proposal_contributions",
        "SELECT count(*) FROM work_items",
    ] {
        assert_eq!(count(&store, nothing).await, 0, "{nothing}");
    }
    let entries = audit::list(
        &engine,
        &admin(),
        AuditFilter::default(),
        PageRequest::default(),
    )
    .await
    .unwrap();
    assert_eq!(entries.items[0].action, "agent.tried");
    assert_eq!(entries.items[0].actor_name, "Rita");
    assert_eq!(entries.items[0].subject_id, Some(all[0].id.0));
}

async fn a_blocked_trial_calls_nobody(store: TestStore) {
    let bridge = ScriptBridge::new(|_, _| Plan::text("Never"));
    let engine = engine(&store, bridge.clone());
    let (hub, all) = hub_with(&engine, &["a"]).await;
    let policy = NewGovernancePolicy {
        hub_id: hub.id,
        agent_registration_id: all[0].id,
        artifact_type: "widget_summary".to_owned(),
        allowed_actions: vec![Action::Read],
    };
    let policy = governance::create(&engine, &admin(), policy).await.unwrap();
    let blocked = ask(&engine, &all[0], "k").await.unwrap();
    assert_eq!(blocked.answer, None);
    assert_eq!(blocked.receipt.outcome, Outcome::Blocked);
    assert_eq!(blocked.receipt.policy_id, Some(policy.id));
    assert_eq!(bridge.calls.load(Ordering::SeqCst), 0);
    // A refusal is an answer, too: it is given again.
    assert_eq!(ask(&engine, &all[0], "k").await.unwrap(), blocked);
    assert_eq!(calls(&engine).await.len(), 1);
    assert_eq!(accounts(&store).await, (0, 0));
}

async fn a_failed_trial_says_why(store: TestStore) {
    let bridge = ScriptBridge::new(|_, _| Plan::fail(BridgeErrorKind::Authentication));
    let engine = engine(&store, bridge);
    let (_, all) = hub_with(&engine, &["a"]).await;
    let failed = ask(&engine, &all[0], "k").await.unwrap();
    assert_eq!(failed.receipt.outcome, Outcome::Failed);
    assert_eq!(failed.receipt.error_type.as_deref(), Some("authentication"));
    assert_eq!(failed.answer, None);
}

async fn a_prompt_that_does_not_fit_is_not_sent(store: TestStore) {
    let bridge = ScriptBridge::new(|_, _| Plan::text("Never"));
    let settings = EngineSettings {
        budget_tokens: 50,
        ..settings()
    };
    let engine = Engine::builder(store.store.clone(), bridge.clone())
        .settings(settings)
        .build();
    let (_, all) = hub_with(&engine, &["a"]).await;
    let over = ask(&engine, &all[0], "k").await.unwrap();
    assert_eq!(over.receipt.error_type.as_deref(), Some("budget_exceeded"));
    assert_eq!(bridge.calls.load(Ordering::SeqCst), 0);
}

async fn bad_input_is_refused_before_anything_is_asked(store: TestStore) {
    let bridge = ScriptBridge::new(|_, _| Plan::text("Never"));
    let engine = engine(&store, bridge.clone());
    let (_, all) = hub_with(&engine, &["a"]).await;
    let id = all[0].id;
    let viewer = person("Vic", Role::Viewer);
    let refused = trial::ask(&engine, &viewer, id, sample(), None).await;
    assert!(matches!(
        refused,
        Err(Error::NotAllowed {
            needed: Role::Reviewer
        })
    ));
    let wrong = [
        (
            "prompt",
            NewTrial {
                prompt: "  ".to_owned(),
                ..sample()
            },
        ),
        (
            "task_type",
            NewTrial {
                task_type: "no_such_task".to_owned(),
                ..sample()
            },
        ),
        (
            "artifact_type",
            NewTrial {
                artifact_type: "No type".to_owned(),
                ..sample()
            },
        ),
        (
            "artifact_type",
            NewTrial {
                artifact_type: "no_such_type".to_owned(),
                ..sample()
            },
        ),
    ];
    for (field, new) in wrong {
        let refused = trial::ask(&engine, &admin(), id, new, None).await;
        let Err(Error::Invalid(errors)) = refused else {
            panic!("{field}")
        };
        assert_eq!(errors[0].field, field);
    }
    let unknown = trial::ask(
        &engine,
        &admin(),
        AgentId(uuid::Uuid::nil()),
        sample(),
        None,
    )
    .await;
    assert!(matches!(unknown, Err(Error::NotFound { .. })));
    agents::set_active(&engine, &admin(), id, false)
        .await
        .unwrap();
    let inactive = trial::ask(&engine, &admin(), id, sample(), None).await;
    assert!(matches!(
        inactive,
        Err(Error::Conflict {
            code: "agent_inactive",
            ..
        })
    ));
    assert_eq!(bridge.calls.load(Ordering::SeqCst), 0);
    assert!(calls(&engine).await.is_empty());
}

async fn the_same_key_asks_once(store: TestStore) {
    let bridge = ScriptBridge::new(|_, nth| Plan::text(&format!("Answer {nth}")));
    let engine = engine(&store, bridge.clone());
    let (_, all) = hub_with(&engine, &["a"]).await;
    let first = ask(&engine, &all[0], "k").await.unwrap();
    assert_eq!(ask(&engine, &all[0], "k").await.unwrap(), first);
    let other = NewTrial {
        prompt: "Something else".to_owned(),
        ..sample()
    };
    let reused = trial::ask(&engine, &reviewer(), all[0].id, other, Some(key("k"))).await;
    assert!(matches!(
        reused,
        Err(Error::Conflict {
            code: "idempotency_key_reused",
            ..
        })
    ));
    // Keys are per caller.
    let own = trial::ask(&engine, &admin(), all[0].id, sample(), Some(key("k")))
        .await
        .unwrap();
    assert_ne!(own.receipt.id, first.receipt.id);
    assert_eq!(bridge.calls.load(Ordering::SeqCst), 2);
}

async fn a_repetition_waits_for_the_first(store: TestStore) {
    let gate = Arc::new(Semaphore::new(0));
    let held = Arc::clone(&gate);
    let bridge = ScriptBridge::new(move |_, _| Plan::text("Hello, all of you.").gated(&held));
    let engine = engine(&store, bridge.clone());
    let (_, all) = hub_with(&engine, &["a"]).await;
    let both = async { tokio::join!(ask(&engine, &all[0], "k"), ask(&engine, &all[0], "k")) };
    let open = async {
        until(async || (bridge.calls.load(Ordering::SeqCst) == 1).then_some(())).await;
        gate.add_permits(1);
        // What has come so far can be read.
        let text = until(async || {
            let text = trial::text_so_far(&engine, &reviewer(), &key("k"))
                .await
                .unwrap();
            text.filter(|text| !text.is_empty())
        })
        .await;
        assert_eq!(text, "Hello, ");
        let others = trial::text_so_far(&engine, &admin(), &key("k"))
            .await
            .unwrap();
        assert_eq!(others, None);
        gate.add_permits(100);
    };
    let ((one, two), ()) = tokio::join!(both, open);
    assert_eq!(one.unwrap(), two.unwrap());
    assert_eq!(bridge.calls.load(Ordering::SeqCst), 1);
    let after = trial::text_so_far(&engine, &reviewer(), &key("k"))
        .await
        .unwrap();
    assert_eq!(after, None);
}

/// Waits until the one call is under way.
async fn begun(engine: &Engine) -> Invocation {
    until(async || {
        calls(engine)
            .await
            .into_iter()
            .find(|c| c.outcome == Outcome::Started)
    })
    .await
}

async fn a_trial_is_cancelled_by_its_key(store: TestStore) {
    let engine = engine(&store, ScriptBridge::new(|_, _| Plan::hang()));
    let (_, all) = hub_with(&engine, &["a"]).await;
    let cancel = async {
        begun(&engine).await;
        // Nobody else's key.
        let others = trial::cancel(&engine, &admin(), &key("k")).await;
        assert!(matches!(
            others,
            Err(Error::Conflict {
                code: "trial_ended",
                ..
            })
        ));
        trial::cancel(&engine, &reviewer(), &key("k"))
            .await
            .unwrap();
    };
    let (done, ()) = tokio::join!(ask(&engine, &all[0], "k"), cancel);
    let done = done.unwrap();
    assert_eq!(done.receipt.outcome, Outcome::Cancelled);
    assert_eq!(done.receipt.error.as_deref(), Some("Cancelled by Rita."));
    assert_eq!(done.answer, None);
    // What was held counts as spent: nobody knows what the provider counted.
    assert_eq!(accounts(&store).await, (0, done.receipt.tokens_reserved));
    let again = trial::cancel(&engine, &reviewer(), &key("k")).await;
    assert!(matches!(
        again,
        Err(Error::Conflict {
            code: "trial_ended",
            ..
        })
    ));
    assert_eq!(
        ask(&engine, &all[0], "k").await.unwrap().receipt,
        done.receipt
    );
}

async fn a_cancellation_may_come_before_its_trial(store: TestStore) {
    // The first count loads tables; a cancellation does not wait so long.
    federation::tokens::count("ready");
    let engine = engine(&store, ScriptBridge::new(|_, _| Plan::hang()));
    let (_, all) = hub_with(&engine, &["a"]).await;
    let who = reviewer();
    let k = key("k");
    let mut cancel = Box::pin(trial::cancel(&engine, &who, &k));
    // It has looked, and found nothing to cancel yet.
    assert!(futures::poll!(&mut cancel).is_pending());
    let (done, cancelled) = tokio::join!(ask(&engine, &all[0], "k"), cancel);
    cancelled.unwrap();
    assert_eq!(done.unwrap().receipt.outcome, Outcome::Cancelled);
}

async fn another_instance_cancels_it_too(store: TestStore) {
    let engine_a = engine(&store, ScriptBridge::new(|_, _| Plan::hang()));
    let other = store.another().await;
    let engine_b = engine(&other, ScriptBridge::new(|_, _| Plan::hang()));
    let (_, all) = hub_with(&engine_a, &["a"]).await;
    let cancel = async {
        begun(&engine_b).await;
        trial::cancel(&engine_b, &reviewer(), &key("k"))
            .await
            .unwrap();
    };
    let (done, ()) = tokio::join!(ask(&engine_a, &all[0], "k"), cancel);
    assert_eq!(done.unwrap().receipt.outcome, Outcome::Cancelled);
}

async fn a_trial_that_nobody_waits_for_is_cancelled(store: TestStore) {
    let engine = engine(&store, ScriptBridge::new(|_, _| Plan::hang()));
    let (_, all) = hub_with(&engine, &["a"]).await;
    tokio::select! {
        _ = ask(&engine, &all[0], "k") => panic!("it never ends by itself"),
        _ = begun(&engine) => {}
    }
    let call = until(async || {
        let call = calls(&engine).await.remove(0);
        (call.outcome != Outcome::Started).then_some(call)
    })
    .await;
    assert_eq!(call.outcome, Outcome::Cancelled);
    assert!(call.ended_at.is_some());
    assert_eq!(accounts(&store).await, (0, call.tokens_reserved));
}

async fn a_call_whose_server_died_becomes_unknown(store: TestStore) {
    let engine_a = engine(&store, ScriptBridge::new(|_, _| Plan::hang()));
    let (_, all) = hub_with(&engine_a, &["a"]).await;
    let asking = engine_a.clone();
    let agent = all[0].clone();
    let dying = tokio::spawn(async move { drop(ask(&asking, &agent, "k").await) });
    let call = begun(&engine_a).await;
    // A call that may still be under way is left alone.
    assert_eq!(trial::sweep(&engine_a).await.unwrap(), 0);
    let later = federation::Clock::fixed(store.clock().now() + chrono::Duration::minutes(10));
    let engine_b = engine(
        &store.another_at(later).await,
        ScriptBridge::new(|_, _| Plan::hang()),
    );
    assert_eq!(trial::sweep(&engine_b).await.unwrap(), 1);
    let call = invocations::get(&engine_b, &admin(), call.id)
        .await
        .unwrap();
    assert_eq!(call.outcome, Outcome::Unknown);
    assert_eq!(accounts(&store).await, (0, call.tokens_reserved));
    assert_eq!(trial::sweep(&engine_b).await.unwrap(), 0);
    dying.abort();
}

async fn stopping_the_server_ends_a_trial(store: TestStore) {
    let engine = engine(&store, ScriptBridge::new(|_, _| Plan::hang()));
    let (_, all) = hub_with(&engine, &["a"]).await;
    let stop = async {
        begun(&engine).await;
        engine.shutdown().await;
    };
    let (ended, ()) = tokio::time::timeout(PATIENCE, async {
        tokio::join!(ask(&engine, &all[0], "k"), stop)
    })
    .await
    .unwrap();
    assert!(matches!(ended, Err(Error::Unavailable { .. })));
    let call = calls(&engine).await.remove(0);
    assert_eq!(call.outcome, Outcome::Cancelled);
}
