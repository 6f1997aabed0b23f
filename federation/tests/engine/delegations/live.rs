//! Who hears what while somebody works below, and further rounds.

use std::sync::Arc;

use federation::{
    delegations,
    live::{Follow, subscribe_proposal},
    proposals,
};
use futures::StreamExt;
use model::*;
use serde_json::json;
use tokio::sync::Semaphore;

use super::chain::*;
use crate::{common::TestStore, point::*, support::*};

both_engines!(
    those_above_hear_of_it,
    two_that_end_together_are_both_heard_of,
    a_further_round_that_fails_is_heard_of_and_leaves_the_answer,
    who_has_handed_on_answers_again,
);

static VIEWER: std::sync::LazyLock<Caller> =
    std::sync::LazyLock::new(|| person("Vi", Role::Viewer));

async fn those_above_hear_of_it(store: TestStore) {
    let gate = Arc::new(Semaphore::new(0));
    let held = Arc::clone(&gate);
    let bridge = ScriptBridge::new(move |request, _| {
        let plan = Plan::text(&answer_of(POINT).to_string());
        if request.model == "b" {
            plan.gated(&held)
        } else {
            plan
        }
    });
    let desk = Desk::new(&store, bridge).await;
    let first = desk.ask(desk.root.id, &desk.others[0], 20_000).await;
    let last = store.last_event("proposal", desk.root.id.0).await.unwrap();
    let seen = last.unwrap().seq;
    // Nothing works there or below: nothing can follow.
    let follow = |after| subscribe_proposal(&desk.engine, &VIEWER, desk.root.id, after);
    assert!(matches!(
        follow(Some(seen)).await.unwrap(),
        Follow::NothingMore
    ));
    let second = desk
        .start(first.result_proposal_id, &desk.others[1], 5_000)
        .await
        .unwrap();
    let Follow::Stream(events) = follow(Some(seen)).await.unwrap() else {
        panic!("somebody works below");
    };
    let mut events = events;
    let mut seen = Vec::new();
    gate.add_permits(1);
    while !seen
        .iter()
        .any(|e: &LiveEvent| e.name == "delegation.delta")
    {
        let next = tokio::time::timeout(PATIENCE, events.next()).await;
        seen.push(next.expect("text comes").expect("the stream goes on"));
    }
    gate.add_permits(10_000);
    let rest = tokio::time::timeout(PATIENCE, events.collect::<Vec<_>>()).await;
    seen.extend(rest.expect("the stream ends"));
    let events = seen;
    let stored: Vec<_> = events
        .iter()
        .filter(|event| event.seq.is_some())
        .map(|event| event.name.as_str())
        .collect();
    assert_eq!(
        stored,
        [
            "delegation.queued",
            "delegation.started",
            "delegation.completed"
        ]
    );
    let text: String = events
        .iter()
        .filter(|event| event.name == "delegation.delta")
        .inspect(|event| assert_eq!(event.data["delegation_id"], json!(second.id)))
        .map(|event| event.data["text"].as_str().unwrap().to_owned())
        .collect();
    // What is in memory when the answer is stored is not sent any more.
    assert!(answer_of(POINT).to_string().starts_with(&text));
    assert!(!text.is_empty());
    desk.engine.shutdown().await;
}

async fn two_that_end_together_are_both_heard_of(store: TestStore) {
    let gate = Arc::new(Semaphore::new(0));
    let held = Arc::clone(&gate);
    let bridge = ScriptBridge::new(move |request, _| {
        let plan = Plan::text(&answer_of(POINT).to_string());
        if request.model == "root" {
            plan
        } else {
            plan.gated(&held)
        }
    });
    let desk = Desk::new(&store, bridge).await;
    for _ in 0..5 {
        let last = store.last_event("proposal", desk.root.id.0).await.unwrap();
        let mut both = Vec::new();
        for agent in &desk.others[..2] {
            both.push(desk.start(desk.root.id, agent, 5_000).await.unwrap().id);
        }
        let seen = Some(last.unwrap().seq);
        let follow = subscribe_proposal(&desk.engine, &VIEWER, desk.root.id, seen).await;
        let Follow::Stream(events) = follow.unwrap() else {
            panic!("two work below");
        };
        gate.add_permits(500);
        let events: Vec<LiveEvent> = tokio::time::timeout(PATIENCE, events.collect())
            .await
            .expect("the stream ends");
        let ended = events
            .iter()
            .filter(|event| event.name == "delegation.completed")
            .count();
        assert_eq!(ended, 2, "{events:?}");
        for id in both {
            settled(&desk.engine, id).await;
        }
    }
    desk.engine.shutdown().await;
}

async fn a_further_round_that_fails_is_heard_of_and_leaves_the_answer(store: TestStore) {
    use federation::bridge::BridgeErrorKind;
    let bridge = ScriptBridge::new(|request, nth| match (request.model.as_str(), nth) {
        ("a", 1) => Plan::fail(BridgeErrorKind::Authentication),
        ("a", 2) => Plan::hang(),
        _ => Plan::text(&answer_of(POINT).to_string()),
    });
    let desk = Desk::new(&store, Arc::clone(&bridge)).await;
    let done = desk.ask(desk.root.id, &desk.others[0], 30_000).await;
    let id = done.result_proposal_id;
    let again = async || {
        let new = NewInvocation::default();
        proposals::another_round(&desk.engine, &admin(), id, new, None)
            .await
            .unwrap()
    };
    let last = store.last_event("proposal", desk.root.id.0).await.unwrap();
    again().await;
    let follow =
        subscribe_proposal(&desk.engine, &VIEWER, desk.root.id, Some(last.unwrap().seq)).await;
    let now = answered(&desk.engine, id).await;
    assert_eq!(now.status, ProposalStatus::Pending);
    assert_eq!(now.error_type.as_deref(), Some("authentication"));
    if let Follow::Stream(events) = follow.unwrap() {
        let events: Vec<LiveEvent> = tokio::time::timeout(PATIENCE, events.collect())
            .await
            .expect("the stream ends");
        let last = events.last().map(|event| event.name.clone());
        assert_eq!(last.as_deref(), Some("delegation.completed"));
    }
    let read = delegations::get(&desk.engine, &admin(), done.id)
        .await
        .unwrap();
    assert_eq!(
        (read.status, read.result),
        (DelegationStatus::Completed, done.result.clone())
    );
    // While a further round runs it is open: it is not closed, and is stopped.
    again().await;
    until(|| async { (bridge.calls_of("a") == 3).then_some(()) }).await;
    let open = delegations::get(&desk.engine, &admin(), done.id)
        .await
        .unwrap();
    assert_eq!(open.status, DelegationStatus::Pending);
    let refused = delegations::close(&desk.engine, &admin(), done.id).await;
    assert_eq!(refused.unwrap_err().code(), "not_closable");
    let stopped = delegations::cancel(&desk.engine, &admin(), done.id)
        .await
        .unwrap();
    assert_eq!(stopped.status, DelegationStatus::Completed);
    assert_eq!(stopped.result_status, ProposalStatus::Pending);
    assert!(!stopped.closed);
    delegations::close(&desk.engine, &admin(), done.id)
        .await
        .unwrap();
    let new = NewInvocation::default();
    let refused = proposals::another_round(&desk.engine, &admin(), id, new, None).await;
    assert_eq!(refused.unwrap_err().code(), "budget_closed");
    desk.engine.shutdown().await;
}

async fn who_has_handed_on_answers_again(store: TestStore) {
    let bridge = obliging();
    let desk = Desk::new(&store, Arc::clone(&bridge)).await;
    let other = &desk.others[0];
    desk.ask(desk.root.id, &desk.others[1], 5_000).await;
    // From now on somebody else is routed first.
    route_all(&desk.engine, desk.place.hub.id, other.id, 200).await;
    let new = NewInvocation::default();
    proposals::another_round(&desk.engine, &admin(), desk.root.id, new, None)
        .await
        .unwrap();
    let again = answered(&desk.engine, desk.root.id).await;
    assert_eq!(again.round, 2);
    assert_eq!(again.agent_registration_id, Some(desk.place.agent.id));
    assert_eq!(bridge.calls_of("a"), 0);
    desk.engine.shutdown().await;
}
