//! The test of a provider, however it ends.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use super::{begun, errors, state, test};
use crate::bridge::{self, KEY};
use crate::common::TestStore;
use crate::support::*;
use federation::{
    Engine, EngineSettings, Error, agents, audit, bridge::BridgeErrorKind, invocations, prices,
    providers,
};
use model::*;
use tokio::sync::Semaphore;

both_engines!(
    a_test_that_works_leaves_a_row,
    an_answer_without_text_is_one_that_worked,
    a_failed_test_is_an_answer_and_an_error,
    the_suggested_model_is_of_the_newest_agent_then_of_a_price,
    a_model_that_cannot_be_is_refused,
    only_admins_see_and_test,
    one_test_of_a_provider_at_a_time,
    a_test_has_a_time_limit,
    a_test_that_nobody_waits_for_is_cancelled,
    a_test_whose_server_died_becomes_unknown,
    stopping_the_server_ends_a_test,
    no_key_is_told_or_kept,
);

async fn audited(engine: &Engine) -> Vec<AuditEntry> {
    let all = AuditFilter::default();
    audit::list(engine, &admin(), all, PageRequest::default())
        .await
        .unwrap()
        .items
}

async fn a_test_that_works_leaves_a_row(store: TestStore) {
    let bridge = ScriptBridge::new(|_, _| Plan::text("Ready."));
    let engine = engine(&store, bridge.clone());
    let price = NewModelPrice {
        provider: Provider::Gemini,
        model_name: "g".to_owned(),
        input_usd_per_million: 2.0,
        output_usd_per_million: 5.0,
    };
    prices::create(&engine, &admin(), price).await.unwrap();
    let done = test(&engine, Provider::Gemini, " g ").await.unwrap();
    assert_eq!(done.outcome, Outcome::Succeeded);
    assert_eq!(
        (done.provider, done.model_name.as_str()),
        (Provider::Gemini, "g")
    );
    assert_eq!(done.model_used.as_deref(), Some("g-answered"));
    assert_eq!((done.tokens_in, done.tokens_out), (Some(100), Some(20)));
    assert_eq!(done.cost_microusd, Some(300));
    assert_eq!(done.asked_by, "Ada");
    assert_eq!((done.error_type.as_deref(), done.attempts.len()), (None, 1));
    assert!(done.ended_at.is_some() && done.duration_ms.is_some());
    let after = state(&engine, Provider::Gemini).await;
    assert_eq!(after.last_test.as_ref(), Some(&done), "as it was answered");
    assert_eq!(after.last_errors, []);
    let all = providers::list(&engine, &admin()).await.unwrap();
    let listed: Vec<_> = all.iter().map(|one| one.access.provider).collect();
    assert_eq!(listed, Provider::ALL);
    assert!(all.contains(&after));
    assert_eq!(state(&engine, Provider::Openai).await.last_test, None);
    // Small, and nothing of anybody's.
    let sent = bridge.requests.lock().unwrap()[0].clone();
    assert!(
        sent.prompt.len() < 100 && sent.max_tokens < 1_000,
        "{sent:?}"
    );
    assert_eq!((sent.system_prompt, sent.response_schema), (None, None));
    let all = InvocationFilter::default();
    let calls = invocations::list(&engine, &admin(), all, PageRequest::default())
        .await
        .unwrap();
    assert_eq!(calls.items, []);
    let said = audited(&engine).await.remove(0);
    assert_eq!(said.action, "provider.tested");
    assert_eq!(said.subject_id, Some(done.id.0));
    assert_eq!((said.hub_id, said.actor_name.as_str()), (None, "Ada"));
}

async fn an_answer_without_text_is_one_that_worked(store: TestStore) {
    let engine = engine(&store, ScriptBridge::new(|_, _| Plan::text("").cut()));
    let done = test(&engine, Provider::Openai, "thinks-long")
        .await
        .unwrap();
    assert_eq!(done.outcome, Outcome::Succeeded);
}

async fn a_failed_test_is_an_answer_and_an_error(store: TestStore) {
    let bridge = ScriptBridge::new(|_, _| {
        let mut down = Plan::fail(BridgeErrorKind::Unavailable);
        if let Err(error) = &mut down.end {
            error.http_status = Some(503);
        }
        down
    });
    let engine = engine(&store, bridge.clone());
    let done = test(&engine, Provider::Openrouter, "r").await.unwrap();
    assert_eq!(done.outcome, Outcome::Failed);
    assert_eq!(done.error_type.as_deref(), Some("unavailable"));
    // Tried again as any call is.
    assert_eq!((done.attempts.len(), bridge.calls_of("r")), (3, 3));
    let [error] = &errors(&engine, Provider::Openrouter).await[..] else {
        panic!("one error for one test");
    };
    assert_eq!(error.error_type, "unavailable");
    assert_eq!(error.error, "scripted unavailable");
    assert_eq!(
        (error.http_status, error.model_name.as_str()),
        (Some(503), "r")
    );
    assert_eq!(
        (error.provider_test_id, error.invocation_id),
        (Some(done.id), None)
    );
    let after = state(&engine, Provider::Openrouter).await;
    assert_eq!(after.last_errors, std::slice::from_ref(error));
    assert_eq!(after.last_test, Some(done));
    assert_eq!(errors(&engine, Provider::Openai).await, []);
}

async fn the_suggested_model_is_of_the_newest_agent_then_of_a_price(store: TestStore) {
    let bridge = ScriptBridge::new(|_, _| Plan::text("Ready."));
    let engine = engine(&store, bridge.clone());
    let unnamed = NewProviderTest::default;
    let refused = providers::test(&engine, &admin(), Provider::Openai, unnamed()).await;
    let Err(Error::Invalid(wrong)) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(wrong[0].field, "model_name");
    let price = NewModelPrice {
        provider: Provider::Openai,
        model_name: "priced".to_owned(),
        input_usd_per_million: 1.0,
        output_usd_per_million: 1.0,
    };
    prices::create(&engine, &admin(), price).await.unwrap();
    let suggested = async || state(&engine, Provider::Openai).await.suggested_model;
    assert_eq!(suggested().await.as_deref(), Some("priced"));
    let (_, all) = hub_with(&engine, &["first", "second"]).await;
    assert_eq!(suggested().await.as_deref(), Some("second"));
    let patch = AgentPatch {
        name: Some("Renamed".to_owned()),
        ..AgentPatch::default()
    };
    agents::update(&engine, &admin(), all[0].id, patch, None)
        .await
        .unwrap();
    assert_eq!(suggested().await.as_deref(), Some("first"));
    agents::set_active(&engine, &admin(), all[0].id, false)
        .await
        .unwrap();
    assert_eq!(suggested().await.as_deref(), Some("second"));
    let openai = state(&engine, Provider::Openai).await;
    assert_eq!(openai.active_agents, 1);
    assert_eq!(state(&engine, Provider::Gemini).await.active_agents, 0);
    let done = providers::test(&engine, &admin(), Provider::Openai, unnamed())
        .await
        .unwrap();
    assert_eq!(done.model_name, "second");
    assert_eq!(bridge.calls.load(Ordering::SeqCst), 1);
}

async fn a_model_that_cannot_be_is_refused(store: TestStore) {
    let bridge = ScriptBridge::new(|_, _| Plan::text("Never"));
    let engine = engine(&store, bridge.clone());
    for wrong in ["", "  ", "two\nlines", "a\0b", &"x".repeat(201)] {
        let refused = test(&engine, Provider::Openai, wrong).await;
        let Err(Error::Invalid(fields)) = refused else {
            panic!("{wrong:?}")
        };
        assert_eq!(fields[0].field, "model_name");
    }
    assert_eq!(bridge.calls.load(Ordering::SeqCst), 0);
    assert_eq!(state(&engine, Provider::Openai).await.last_test, None);
}

async fn only_admins_see_and_test(store: TestStore) {
    let bridge = ScriptBridge::new(|_, _| Plan::text("Never"));
    let engine = engine(&store, bridge.clone());
    let steward = person("Stew", Role::Steward);
    let (openai, page) = (Provider::Openai, PageRequest::default());
    let refusals = [
        providers::bridge(&engine, &steward).await.err(),
        providers::list(&engine, &steward).await.err(),
        providers::get(&engine, &steward, openai).await.err(),
        providers::errors(&engine, &steward, openai, page)
            .await
            .err(),
        providers::test(&engine, &steward, openai, NewProviderTest::default())
            .await
            .err(),
    ];
    for refused in refusals {
        assert!(
            matches!(
                refused,
                Some(Error::NotAllowed {
                    needed: Role::Admin
                })
            ),
            "{refused:?}"
        );
    }
    assert_eq!(bridge.calls.load(Ordering::SeqCst), 0);
    let status = providers::bridge(&engine, &admin()).await.unwrap();
    assert_eq!(status.state, BridgeState::Ready);
}

async fn one_test_of_a_provider_at_a_time(store: TestStore) {
    let gate = Arc::new(Semaphore::new(0));
    let held = Arc::clone(&gate);
    let bridge = ScriptBridge::new(move |request, _| match request.model.as_str() {
        "held" => Plan::text("Ready.").gated(&held),
        _ => Plan::text("Ready."),
    });
    let engine = engine(&store, bridge);
    let meanwhile = async {
        begun(&engine, Provider::Openai).await;
        let refused = test(&engine, Provider::Openai, "other").await;
        assert!(
            matches!(
                refused,
                Err(Error::Conflict {
                    code: "test_under_way",
                    ..
                })
            ),
            "{refused:?}"
        );
        let other = test(&engine, Provider::Gemini, "other").await.unwrap();
        assert_eq!(other.outcome, Outcome::Succeeded);
        gate.add_permits(10);
    };
    let (done, ()) = tokio::join!(test(&engine, Provider::Openai, "held"), meanwhile);
    assert_eq!(done.unwrap().outcome, Outcome::Succeeded);
    // The place is free again.
    let again = test(&engine, Provider::Openai, "other").await.unwrap();
    assert_eq!(again.outcome, Outcome::Succeeded);
}

async fn a_test_has_a_time_limit(store: TestStore) {
    let settings = EngineSettings {
        call_deadline: Duration::from_millis(300),
        ..settings()
    };
    let engine = Engine::builder(store.store.clone(), ScriptBridge::new(|_, _| Plan::hang()))
        .settings(settings)
        .build();
    let done = test(&engine, Provider::Openai, "slow").await.unwrap();
    assert_eq!(done.outcome, Outcome::Failed);
    assert_eq!(done.error_type.as_deref(), Some("timeout"));
    assert_eq!(errors(&engine, Provider::Openai).await.len(), 1);
}

async fn a_test_that_nobody_waits_for_is_cancelled(store: TestStore) {
    let engine = engine(&store, ScriptBridge::new(|_, _| Plan::hang()));
    tokio::select! {
        _ = test(&engine, Provider::Openai, "m") => panic!("it never ends by itself"),
        _ = begun(&engine, Provider::Openai) => {}
    }
    let ended = until(async || {
        let last = state(&engine, Provider::Openai).await.last_test?;
        (last.outcome != Outcome::Started).then_some(last)
    })
    .await;
    assert_eq!(ended.outcome, Outcome::Cancelled);
    assert_eq!(ended.error_type.as_deref(), Some("cancelled"));
    assert!(ended.ended_at.is_some());
    // Nothing is known of the provider.
    assert_eq!(errors(&engine, Provider::Openai).await, []);
}

async fn a_test_whose_server_died_becomes_unknown(store: TestStore) {
    let engine_a = engine(&store, ScriptBridge::new(|_, _| Plan::hang()));
    let asking = engine_a.clone();
    let dying = tokio::spawn(async move { drop(test(&asking, Provider::Openai, "m").await) });
    begun(&engine_a, Provider::Openai).await;
    // One that may still be under way is left alone.
    assert_eq!(providers::sweep(&engine_a).await.unwrap(), 0);
    let at = |minutes| {
        federation::Clock::fixed(store.clock().now() + chrono::Duration::minutes(minutes))
    };
    let engine_b = engine(
        &store.another_at(at(2)).await,
        ScriptBridge::new(|_, _| Plan::hang()),
    );
    assert_eq!(providers::sweep(&engine_b).await.unwrap(), 1);
    let found = state(&engine_b, Provider::Openai).await.last_test.unwrap();
    assert_eq!(found.outcome, Outcome::Unknown);
    assert!(found.ended_at.is_some());
    assert_eq!(providers::sweep(&engine_b).await.unwrap(), 0);
    assert_eq!(errors(&engine_b, Provider::Openai).await, []);
    dying.abort();
}

async fn stopping_the_server_ends_a_test(store: TestStore) {
    let engine = engine(&store, ScriptBridge::new(|_, _| Plan::hang()));
    let stop = async {
        begun(&engine, Provider::Openai).await;
        engine.shutdown().await;
    };
    let (ended, ()) = tokio::time::timeout(PATIENCE, async {
        tokio::join!(test(&engine, Provider::Openai, "m"), stop)
    })
    .await
    .unwrap();
    assert!(matches!(ended, Err(Error::Unavailable { .. })), "{ended:?}");
    let last = state(&engine, Provider::Openai).await.last_test.unwrap();
    assert_eq!(last.outcome, Outcome::Cancelled);
}

/// A server in the provider's place that says the key to whoever asks.
async fn no_key_is_told_or_kept(store: TestStore) {
    let said = serde_json::json!({ "error": { "message": format!("Incorrect key {KEY}, or Bearer {KEY}") } });
    let server = bridge::server::Server::sending(bridge::server::json_response(401, &said)).await;
    let engine = Engine::builder(store.store.clone(), Arc::new(bridge::bridge(&server.base)))
        .settings(settings())
        .build();
    let done = test(&engine, Provider::Openai, "m").await.unwrap();
    assert_eq!(done.error_type.as_deref(), Some("authentication"));
    assert_eq!(done.attempts[0].http_status, Some(401));
    let all = providers::list(&engine, &admin()).await.unwrap();
    let openai = all.iter().find(|s| s.access.provider == Provider::Openai);
    assert_eq!(openai.unwrap().access.key, KeySource::Environment);
    let told = serde_json::json!({
        "test": done,
        "all": all,
        "errors": errors(&engine, Provider::Openai).await,
        "bridge": providers::bridge(&engine, &admin()).await.unwrap(),
        "audit": audited(&engine).await,
    });
    let told = told.to_string();
    assert!(told.contains("Incorrect key"), "{told}");
    // Neither it nor a longer part of it.
    assert!(
        !told.contains(&KEY[..12]) && !told.contains(&KEY[12..]),
        "{told}"
    );
}
