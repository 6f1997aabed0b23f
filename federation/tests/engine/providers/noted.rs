//! What is noted of a provider that gave no answer, and of one that did after
//! all.

use super::{errors, state, test};
use crate::common::TestStore;
use crate::support::*;
use async_trait::async_trait;
use federation::{
    Engine, agents,
    agents::trial,
    bridge::BridgeErrorKind,
    hubs,
    invocation::{self, Ended, Order, Record, Route},
    providers, routing,
    store::Tx,
};
use model::*;

both_engines!(
    a_failed_call_is_noted_with_its_receipt,
    a_call_that_recovers_is_none,
    a_call_that_is_handed_on_notes_who_was_down,
    a_cut_call_notes_who_was_asked_before,
    the_errors_are_paged,
);

struct Nothing;

#[async_trait]
impl Record for Nothing {
    async fn started(&self, _: &mut Tx, _: &Invocation) -> federation::Result<()> {
        Ok(())
    }
    async fn ended(&self, _: &mut Tx, _: &Ended) -> federation::Result<()> {
        Ok(())
    }
}

fn sample() -> NewTrial {
    NewTrial {
        prompt: "Say hello.".to_owned(),
        task_type: "triage".to_owned(),
        artifact_type: "widget_summary".to_owned(),
    }
}

async fn a_failed_call_is_noted_with_its_receipt(store: TestStore) {
    let bridge = ScriptBridge::new(|_, _| Plan::fail(BridgeErrorKind::Authentication));
    let engine = engine(&store, bridge);
    let (_, all) = hub_with(&engine, &["m"]).await;
    let tried = trial::ask(&engine, &admin(), all[0].id, sample(), None)
        .await
        .unwrap();
    let [error] = &errors(&engine, Provider::Openai).await[..] else {
        panic!("one error for one call");
    };
    assert_eq!(error.invocation_id, Some(tried.receipt.id));
    assert_eq!(error.provider_test_id, None);
    assert_eq!(error.error_type, "authentication");
    assert_eq!(error.error, "scripted authentication");
    assert_eq!((error.model_name.as_str(), error.http_status), ("m", None));
    assert!(error.occurred_at >= tried.receipt.started_at);
}

async fn a_call_that_recovers_is_none(store: TestStore) {
    // Two failures, then an answer: within the retries.
    let bridge = ScriptBridge::new(|_, nth| match nth {
        0 | 1 => Plan::fail(BridgeErrorKind::Unavailable),
        _ => Plan::text("Hello."),
    });
    let engine = engine(&store, bridge);
    let (_, all) = hub_with(&engine, &["m"]).await;
    let tried = trial::ask(&engine, &admin(), all[0].id, sample(), None)
        .await
        .unwrap();
    assert_eq!(tried.receipt.outcome, Outcome::Succeeded);
    assert_eq!(tried.receipt.attempts.len(), 3);
    assert_eq!(errors(&engine, Provider::Openai).await, []);
}

/// Agents of these providers, asked in this order; the hub leads on.
async fn hub_of(engine: &Engine, which: &[(Provider, &str)]) -> Hub {
    let (hub, _) = hub_with(engine, &[]).await;
    let patch = HubPatch {
        routing_fallback: Some(true),
        ..HubPatch::default()
    };
    for (provider, model) in which {
        let new = NewAgent {
            provider: *provider,
            ..new_agent(hub.id, &format!("{provider}-{model}"), model)
        };
        let agent = agents::create(engine, &admin(), new).await.unwrap();
        let policy = NewRoutingPolicy::last(hub.id, "triage", agent.id);
        routing::create(engine, &admin(), policy).await.unwrap();
    }
    hubs::update(engine, &admin(), hub.id, patch).await.unwrap()
}

fn order<'a>(hub: &'a Hub, caller: &'a Caller) -> Order<'a> {
    Order {
        asked_by: caller,
        hub,
        route: Route::ByTask,
        purpose: "trial",
        task_type: "triage",
        artifact_type: "widget_summary",
        action: Action::Propose,
        prompt: "What first?".to_owned(),
        prompt_template: "test/1",
        schema: None,
        max_tokens: 100,
        may_shorten: false,
        delegated_by: None,
        account: None,
        lease: None,
    }
}

async fn a_call_that_is_handed_on_notes_who_was_down(store: TestStore) {
    let bridge = ScriptBridge::new(|request, _| match request.model.as_str() {
        "poor" => Plan::fail(BridgeErrorKind::OutOfCredit),
        "down" => Plan::fail(BridgeErrorKind::Unavailable),
        _ => Plan::recommend("Mend the search"),
    });
    let engine = engine(&store, bridge);
    let asked = [
        (Provider::Openai, "poor"),
        (Provider::Gemini, "down"),
        // Another model there answers: the provider is not down.
        (Provider::Openai, "fine"),
    ];
    let hub = hub_of(&engine, &asked).await;
    let caller = admin();
    let ended = invocation::invoke(&engine, order(&hub, &caller), &Nothing, &mut |_| {})
        .await
        .unwrap();
    assert_eq!(ended.receipt.outcome, Outcome::Succeeded);
    assert_eq!(ended.receipt.model_name.as_deref(), Some("fine"));
    assert_eq!(errors(&engine, Provider::Openai).await, []);
    let [error] = &errors(&engine, Provider::Gemini).await[..] else {
        panic!("the one that was down");
    };
    assert_eq!(error.invocation_id, Some(ended.receipt.id));
    assert_eq!(
        (error.error_type.as_str(), error.model_name.as_str()),
        ("unavailable", "down")
    );
    let gemini = state(&engine, Provider::Gemini).await;
    assert_eq!((gemini.active_agents, gemini.last_errors.len()), (1, 1));
}

async fn a_cut_call_notes_who_was_asked_before(store: TestStore) {
    let bridge = ScriptBridge::new(|request, _| match request.model.as_str() {
        "poor" => Plan::fail(BridgeErrorKind::OutOfCredit),
        _ => Plan::hang(),
    });
    let engine = engine(&store, bridge.clone());
    let asked = [(Provider::Openai, "poor"), (Provider::Gemini, "hangs")];
    let hub = hub_of(&engine, &asked).await;
    let caller = admin();
    let mut unheard = |_: &str| {};
    tokio::select! {
        _ = invocation::invoke(&engine, order(&hub, &caller), &Nothing, &mut unheard) => panic!("it hangs"),
        () = until(async || (bridge.calls_of("hangs") == 1).then_some(())) => {}
    }
    assert_eq!(errors(&engine, Provider::Openai).await, []);
    let later = federation::Clock::fixed(store.clock().now() + chrono::Duration::minutes(10));
    let later = crate::support::engine(&store.another_at(later).await, bridge);
    assert_eq!(trial::sweep(&later).await.unwrap(), 1);
    assert_eq!(errors(&engine, Provider::Openai).await.len(), 1);
    assert_eq!(errors(&engine, Provider::Gemini).await, []);
}

async fn the_errors_are_paged(store: TestStore) {
    let bridge = ScriptBridge::new(|_, _| Plan::fail(BridgeErrorKind::Refused));
    let engine = engine(&store, bridge);
    let mut newest_first = Vec::new();
    for n in 0..7 {
        let done = test(&engine, Provider::Openai, &format!("m{n}")).await;
        newest_first.insert(0, Some(done.unwrap().id));
    }
    test(&engine, Provider::Gemini, "other").await.unwrap();
    let last = state(&engine, Provider::Openai).await.last_errors;
    let last: Vec<_> = last.iter().map(|e| e.provider_test_id).collect();
    assert_eq!(last, newest_first[..5]);
    let (mut read, mut after) = (Vec::new(), None);
    loop {
        let request = PageRequest { limit: 3, after };
        let page = providers::errors(&engine, &admin(), Provider::Openai, request)
            .await
            .unwrap();
        assert!(page.items.len() <= 3);
        read.extend(page.items.iter().map(|e| e.provider_test_id));
        match page.next_cursor {
            Some(cursor) => after = Some(cursor.parse().unwrap()),
            None => break,
        }
    }
    assert_eq!(read, newest_first);
}
