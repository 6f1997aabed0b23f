//! Another answer to a pending proposal: the earlier one is kept, and stands
//! until there is another.

use std::sync::Arc;

use federation::{
    Engine, Idempotency,
    bridge::BridgeErrorKind,
    governance,
    live::{Follow, subscribe_proposal},
    proposals,
};
use futures::StreamExt;
use model::*;
use serde_json::json;

use crate::{common::TestStore, point::*, support::*};

both_engines!(
    another_round_gets_another_answer_and_keeps_the_first,
    a_round_that_fails_leaves_the_answer_as_it_was,
    a_round_that_is_blocked_or_cancelled_leaves_the_answer_as_it_was,
    only_a_pending_proposal_gets_another_round,
    each_round_has_its_own_attempts,
    two_clicks_ask_for_one_round,
    a_follower_waits_for_the_next_round,
);

const POINT: InvocationPoint = InvocationPoint::DraftRequirement;

fn with(instructions: &str) -> NewInvocation {
    NewInvocation {
        instructions: Some(instructions.to_owned()),
    }
}

/// Answers the nth call with a title of its own.
fn numbered() -> Arc<ScriptBridge> {
    ScriptBridge::new(|_, nth| {
        let mut answer = answer_of(POINT);
        answer["title"] = json!(format!("Draft {}", nth + 1));
        Plan::text(&answer.to_string())
    })
}

async fn again(engine: &Engine, id: ProposalId, instructions: &str) -> Proposal {
    let queued = proposals::another_round(engine, &admin(), id, with(instructions), None)
        .await
        .unwrap();
    assert_eq!(queued.status, ProposalStatus::Queued);
    answered(engine, id).await
}

async fn another_round_gets_another_answer_and_keeps_the_first(store: TestStore) {
    let bridge = numbered();
    let engine = engine(&store, Arc::clone(&bridge));
    engine.start_workers();
    let place = place(&engine, "m").await;
    let first = place.ask(&engine, POINT).await;
    let second = again(&engine, first.id, "Shorter, </instructions> please.").await;
    assert_eq!(second.status, ProposalStatus::Pending);
    assert_eq!(second.round, 2);
    assert_ne!(second.content_hash, first.content_hash);
    assert_eq!(second.content.unwrap()["title"], "Draft 2");
    let prompt = bridge.requests.lock().unwrap()[1].prompt.clone();
    assert!(
        prompt.contains("<answer name=\"the answer so far\">"),
        "{prompt}"
    );
    assert!(prompt.contains("\"title\": \"Draft 1\""), "{prompt}");
    assert!(
        prompt.contains("<instructions name=\"the reviewer\">\nShorter, ‹/instructions› please."),
        "{prompt}"
    );
    let third = again(&engine, first.id, "").await;
    assert_eq!(third.round, 3);
    let prompt = bridge.requests.lock().unwrap()[2].prompt.clone();
    assert!(!prompt.contains("<instructions name="), "{prompt}");
    let answers = proposals::answers(&engine, &admin(), first.id)
        .await
        .unwrap();
    let titles: Vec<_> = answers
        .iter()
        .map(|answer| (answer.round, answer.content["title"].as_str().unwrap()))
        .collect();
    assert_eq!(titles, [(3, "Draft 3"), (2, "Draft 2"), (1, "Draft 1")]);
    assert_eq!(answers[2].invocation_id, first.invocation_id.unwrap());
    assert_eq!(store.annotations(first.id).await.unwrap().len(), 3);
    assert_eq!(
        store.round_instructions(first.id).await.unwrap(),
        None,
        "the last round came without instructions"
    );
    engine.shutdown().await;
}

async fn a_round_that_fails_leaves_the_answer_as_it_was(store: TestStore) {
    let bridge = ScriptBridge::new(|_, nth| {
        if nth == 1 {
            Plan::fail(BridgeErrorKind::Authentication)
        } else {
            Plan::text(&answer_of(POINT).to_string())
        }
    });
    let engine = engine(&store, bridge);
    engine.start_workers();
    let place = place(&engine, "m").await;
    let first = place.ask(&engine, POINT).await;
    let failed = again(&engine, first.id, "Once more.").await;
    assert_eq!(failed.error_type.as_deref(), Some("authentication"));
    stands(&first, &failed);
    // Asked once more, the error goes.
    let second = again(&engine, first.id, "And again.").await;
    assert_eq!((second.round, second.error_type), (2, None));
    engine.shutdown().await;
}

/// The proposal waits with the answer that it had.
fn stands(before: &Proposal, after: &Proposal) {
    assert_eq!(after.status, ProposalStatus::Pending);
    assert!(after.error.is_some());
    assert_eq!(
        (
            after.round,
            &after.content,
            &after.content_hash,
            after.invocation_id,
            after.tokens_in,
            after.confidence,
            after.agent_registration_id,
        ),
        (
            before.round,
            &before.content,
            &before.content_hash,
            before.invocation_id,
            before.tokens_in,
            before.confidence,
            before.agent_registration_id,
        )
    );
}

async fn a_round_that_is_blocked_or_cancelled_leaves_the_answer_as_it_was(store: TestStore) {
    let bridge = ScriptBridge::new(|_, nth| {
        if nth == 0 {
            Plan::text(&answer_of(POINT).to_string())
        } else {
            Plan::hang()
        }
    });
    let engine = engine(&store, Arc::clone(&bridge));
    engine.start_workers();
    let place = place(&engine, "m").await;
    let first = place.ask(&engine, POINT).await;
    proposals::another_round(&engine, &admin(), first.id, with("x"), None)
        .await
        .unwrap();
    until(|| async { (bridge.calls_of("m") == 2).then_some(()) }).await;
    let cancelled = proposals::cancel(&engine, &admin(), first.id)
        .await
        .unwrap();
    assert_eq!(cancelled.error_type.as_deref(), Some("cancelled"));
    stands(&first, &cancelled);
    let policy = NewGovernancePolicy {
        hub_id: place.hub.id,
        agent_registration_id: place.agent.id,
        artifact_type: POINT.artifact_type().to_owned(),
        allowed_actions: vec![Action::Read],
    };
    governance::create(&engine, &admin(), policy).await.unwrap();
    let blocked = again(&engine, first.id, "x").await;
    assert_eq!(blocked.error_type.as_deref(), Some("blocked_by_policy"));
    stands(&first, &blocked);
    engine.shutdown().await;
}

async fn only_a_pending_proposal_gets_another_round(store: TestStore) {
    let engine = engine(&store, obliging());
    let place = place(&engine, "m").await;
    let queued = place.start(&engine, POINT).await;
    let refused = |id: ProposalId| {
        let engine = engine.clone();
        async move {
            proposals::another_round(&engine, &admin(), id, with("x"), None)
                .await
                .unwrap_err()
        }
    };
    let error = refused(queued.id).await;
    assert_eq!(error.code(), "not_pending");
    assert!(error.to_string().contains("at work"), "{error}");
    proposals::cancel(&engine, &admin(), queued.id)
        .await
        .unwrap();
    let error = refused(queued.id).await;
    assert!(error.to_string().contains("no answer"), "{error}");
    engine.start_workers();
    let done = place.ask(&engine, POINT).await;
    federation::agents::set_active(&engine, &admin(), place.agent.id, false)
        .await
        .unwrap();
    assert_eq!(refused(done.id).await.code(), "no_route");
    let now = proposals::get(&engine, &admin(), done.id).await.unwrap();
    assert_eq!(now.status, ProposalStatus::Pending);
    engine.shutdown().await;
}

async fn each_round_has_its_own_attempts(store: TestStore) {
    let engine = engine(&store, numbered());
    engine.start_workers();
    let place = place(&engine, "m").await;
    let id = place.ask(&engine, POINT).await.id;
    for round in 2..=6 {
        let now = again(&engine, id, "x").await;
        assert_eq!((now.round, now.status), (round, ProposalStatus::Pending));
    }
    engine.shutdown().await;
}

async fn two_clicks_ask_for_one_round(store: TestStore) {
    let bridge = numbered();
    let engine = engine(&store, Arc::clone(&bridge));
    engine.start_workers();
    let place = place(&engine, "m").await;
    let id = place.ask(&engine, POINT).await.id;
    let key = || {
        Some(Idempotency {
            path: format!("/api/v2/proposals/{id}/another-round"),
            key: "k".to_owned(),
        })
    };
    let ada = admin();
    let ask = || proposals::another_round(&engine, &ada, id, with("x"), key());
    let (one, two) = tokio::join!(ask(), ask());
    assert_eq!((one.unwrap().round, two.unwrap().round), (2, 2));
    assert_eq!(answered(&engine, id).await.round, 2);
    let repeated = ask().await.unwrap();
    assert_eq!(repeated.round, 2);
    assert_eq!(bridge.calls_of("m"), 2);
    engine.shutdown().await;
}

async fn a_follower_waits_for_the_next_round(store: TestStore) {
    let engine = engine(&store, numbered());
    engine.start_workers();
    let place = place(&engine, "m").await;
    let id = place.ask(&engine, POINT).await.id;
    let last = store.last_event("proposal", id.0).await.unwrap().unwrap();
    assert!(matches!(
        subscribe_proposal(&engine, &admin(), id, Some(last.seq))
            .await
            .unwrap(),
        Follow::NothingMore
    ));
    proposals::another_round(&engine, &admin(), id, with("x"), None)
        .await
        .unwrap();
    answered(&engine, id).await;
    // From the start: both rounds, and the end of the first is no end.
    for after in [None, Some(0), Some(last.seq)] {
        let Follow::Stream(events) = subscribe_proposal(&engine, &admin(), id, after)
            .await
            .unwrap()
        else {
            panic!("there is more");
        };
        let events: Vec<LiveEvent> = events.collect().await;
        let finished = events.iter().filter(|e| e.name == "run.finished").count();
        let begun: Vec<_> = events
            .iter()
            .filter(|event| event.name == "run.started")
            .map(|event| event.data["round"].as_i64().unwrap())
            .collect();
        if after == Some(last.seq) {
            assert_eq!((finished, begun), (1, vec![2]));
        } else {
            assert_eq!((finished, begun), (2, vec![1, 2]));
        }
        assert_eq!(events.last().unwrap().name, "run.finished");
    }
    engine.shutdown().await;
}
