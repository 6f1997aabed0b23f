//! Another round that a person asks for.

use std::sync::Arc;

use federation::{
    agents,
    bridge::{BridgeErrorKind, BridgeRequest},
    collectives,
};
use model::*;
use tokio::sync::Semaphore;

use super::*;
use crate::{common::TestStore, support::*};

both_engines!(
    a_round_is_cancelled_while_it_is_judged_and_synthesised,
    a_skipped_round_does_not_stand_in_the_way,
    a_round_of_which_nothing_comes_takes_nothing_away,
    another_round_is_bound_to_what_was_shown,
    who_was_let_go_is_not_asked_again,
    of_two_who_ask_at_once_one_is_refused,
    another_round_is_asked_with_a_note,
    what_stood_stands_again_where_a_round_is_cancelled,
    another_round_needs_a_finished_undecided_run,
    who_failed_before_is_asked_again,
);

fn noted(note: &str) -> NewRound {
    NewRound {
        instructions: Some(note.to_owned()),
        content_hash: None,
    }
}

async fn another(engine: &Engine, id: CollectiveId, note: &str) -> CollectiveDetail {
    collectives::another_round(engine, &admin(), id, noted(note), None)
        .await
        .unwrap();
    ended(engine, id).await
}

async fn another_round_is_asked_with_a_note(store: TestStore) {
    let bridge = ScriptBridge::new(|r, _| match task(r) {
        "collective_revision" => Plan::recommend("Wait"),
        _ => usual(r),
    });
    let engine = engine(&store, Arc::clone(&bridge));
    engine.start_workers();
    let (hub, _) = hub_with(&engine, &["a", "b"]).await;
    let first = run(&engine, &hub).await;
    let id = first.collective.id;
    assert_eq!(
        first.collective.consensus_status,
        ConsensusStatus::Divergent
    );
    let done = another(&engine, id, "Think of <phones>.").await;
    assert_eq!(done.collective.run_state, RunState::Finished);
    assert_eq!(done.collective.consensus_status, ConsensusStatus::Consensus);
    assert_eq!((done.collective.round, done.rounds.len()), (2, 2));
    assert_eq!(done.rounds[1].note.as_deref(), Some("Think of <phones>."));
    assert_eq!(done.rounds[1].asked_by, "Ada");
    // What stood before is kept with its round.
    assert_eq!(
        done.rounds[0].synthesis_content,
        first.collective.synthesis_content
    );
    assert_eq!(done.rounds[0].consensus, first.collective.consensus);
    assert_ne!(done.collective.content_hash, first.collective.content_hash);
    let prompts = bridge.requests.lock().unwrap().clone();
    let told = prompts
        .iter()
        .filter(|r| r.prompt.contains("Think of ‹phones›."));
    assert_eq!(told.count(), 3, "two revisions and the synthesis");
    // A decision on what was shown before is refused.
    let stale = NewCollectiveReview {
        verdict: Verdict::Accepted,
        comment: None,
        revised_content: None,
        content_hash: first.collective.content_hash.clone(),
        contribution_id: None,
        fields: None,
    };
    let refused = collectives::decide(&engine, &admin(), id, stale)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), "content_changed");
    let verdicts: Vec<_> = done.reviews.iter().map(|r| r.verdict).collect();
    assert_eq!(verdicts, [Verdict::AnotherRound]);
    // A follower from the start hears of both, and the stream ends.
    let names: Vec<String> = store
        .events_after(id.0, 0, 100)
        .await
        .unwrap()
        .into_iter()
        .map(|e| e.name)
        .collect();
    assert_eq!(names.iter().filter(|n| *n == "run.finished").count(), 2);
    assert_eq!(names.iter().filter(|n| *n == "run.started").count(), 1);
    assert_eq!(names.iter().filter(|n| *n == "round.queued").count(), 1);
    engine.shutdown().await;
}

async fn what_stood_stands_again_where_a_round_is_cancelled(store: TestStore) {
    let gate = Arc::new(Semaphore::new(0));
    let held = Arc::clone(&gate);
    let bridge = ScriptBridge::new(move |r, _| match (task(r), r.model.as_str()) {
        ("collective_revision", "b") => Plan::recommend("Wait").gated(&held),
        ("collective_revision", _) => Plan::recommend("Wait"),
        _ => usual(r),
    });
    let engine = engine(&store, Arc::clone(&bridge));
    engine.start_workers();
    let (hub, _) = hub_with(&engine, &["a", "b"]).await;
    let first = run(&engine, &hub).await;
    let id = first.collective.id;
    collectives::another_round(&engine, &admin(), id, NewRound::default(), None)
        .await
        .unwrap();
    until(|| async {
        let now = collectives::get(&engine, &admin(), id).await.unwrap();
        let second = of_round(&now, 2);
        let done = second
            .first()
            .is_some_and(|c| c.status == MemberState::Completed);
        (done && second[1].status == MemberState::Running).then_some(())
    })
    .await;
    let restored = collectives::cancel(&engine, &admin(), id).await.unwrap();
    let (then, now) = (&first.collective, &restored.collective);
    assert_eq!(now.run_state, RunState::Finished);
    assert_eq!(now.consensus_status, then.consensus_status);
    assert_eq!(now.consensus, then.consensus);
    assert_eq!(now.final_content, then.final_content);
    assert_eq!(now.content_hash, then.content_hash);
    assert_eq!(restored.rounds[1].state, RoundState::Skipped);
    // The round that was not held changes nobody's word.
    assert!(
        restored
            .contributions
            .iter()
            .all(|c| c.is_current == (c.round == 1))
    );
    // It may be decided, and before that asked once more.
    gate.add_permits(1_000);
    let again = another(&engine, id, "").await;
    assert_eq!(again.rounds.len(), 3);
    assert_eq!(
        again.collective.consensus_status,
        ConsensusStatus::Consensus
    );
    let accepted = NewCollectiveReview {
        verdict: Verdict::Accepted,
        comment: None,
        revised_content: None,
        content_hash: again.collective.content_hash.clone(),
        contribution_id: None,
        fields: None,
    };
    collectives::decide(&engine, &admin(), id, accepted)
        .await
        .unwrap();
    engine.shutdown().await;
}

async fn another_round_needs_a_finished_undecided_run(store: TestStore) {
    let bridge = ScriptBridge::new(|r, _| match r.model.as_str() {
        "dead" => Plan::fail(BridgeErrorKind::OutOfCredit),
        _ => usual(r),
    });
    let engine = engine(&store, bridge);
    engine.start_workers();
    let (hub, agents) = hub_with(&engine, &["a", "b"]).await;
    let done = run(&engine, &hub).await;
    let id = done.collective.id;
    let reject = NewCollectiveReview {
        verdict: Verdict::Rejected,
        comment: None,
        revised_content: None,
        content_hash: None,
        contribution_id: None,
        fields: None,
    };
    collectives::decide(&engine, &admin(), id, reject)
        .await
        .unwrap();
    let ask = NewRound::default;
    let refused = collectives::another_round(&engine, &admin(), id, ask(), None)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), "not_open");
    assert!(refused.to_string().contains("Ada"), "{refused}");
    let viewer = person("Vera", Role::Viewer);
    let refused = collectives::another_round(&engine, &viewer, id, NewRound::default(), None).await;
    assert_eq!(refused.unwrap_err().code(), "not_allowed");
    // A run that failed has nothing to go on from.
    for agent in &agents {
        let dead = AgentPatch {
            model_name: Some("dead".to_owned()),
            ..AgentPatch::default()
        };
        agents::update(&engine, &admin(), agent.id, dead, None)
            .await
            .unwrap();
    }
    let failed = run(&engine, &hub).await;
    assert_eq!(failed.collective.run_state, RunState::Failed);
    let refused = collectives::another_round(
        &engine,
        &admin(),
        failed.collective.id,
        NewRound::default(),
        None,
    )
    .await
    .unwrap_err();
    assert_eq!(refused.code(), "not_open");
    engine.shutdown().await;
}

async fn who_failed_before_is_asked_again(store: TestStore) {
    let bridge = ScriptBridge::new(|r, nth| match r.model.as_str() {
        "b" if nth == 0 => Plan::fail(BridgeErrorKind::OutOfCredit),
        _ => usual(r),
    });
    let engine = engine(&store, Arc::clone(&bridge));
    engine.start_workers();
    let (hub, _) = hub_with(&engine, &["a", "b"]).await;
    let first = run(&engine, &hub).await;
    assert_eq!(first.collective.consensus_status, ConsensusStatus::Pending);
    let done = another(&engine, first.collective.id, "").await;
    assert_eq!(done.collective.consensus_status, ConsensusStatus::Divergent);
    assert_eq!(done.collective.synthesis_state, SynthesisState::Completed);
    let asked = bridge.requests.lock().unwrap().clone();
    let of_b: Vec<_> = asked.iter().filter(|r| r.model == "b").map(task).collect();
    // It had no answer of its own to revise.
    assert_eq!(of_b, ["contribution", "contribution"]);
    engine.shutdown().await;
}

/// A script in which the calls that `which` picks wait for the gate.
fn held_back(
    gate: &Arc<Semaphore>,
    which: impl Fn(&BridgeRequest) -> bool + Send + Sync + 'static,
) -> Arc<ScriptBridge> {
    let gate = Arc::clone(gate);
    ScriptBridge::new(move |r, _| {
        let plan = match task(r) {
            "collective_revision" if r.model == "a" => {
                Plan::recommend("Rewrite the welcome mail from scratch")
            }
            "collective_revision" => Plan::recommend("Compose a wholly fresh greeting message"),
            _ => usual(r),
        };
        if which(r) { plan.gated(&gate) } else { plan }
    })
}

async fn a_round_is_cancelled_while_it_is_judged_and_synthesised(store: TestStore) {
    let gate = Arc::new(Semaphore::new(0));
    let bridge = held_back(&gate, |r| {
        // The first synthesis passes: it has nobody's fresh words.
        task(r) == "recommendation_judge"
            || (is_synthesis(r) && r.prompt.contains("fresh greeting"))
    });
    let engine = engine(&store, Arc::clone(&bridge));
    engine.start_workers();
    let (hub, _) = hub_with(&engine, &["a", "b"]).await;
    let first = run(&engine, &hub).await;
    let id = first.collective.id;
    for judged in [false, true] {
        if judged {
            add_judge(&engine, &hub, "judge").await;
        }
        collectives::another_round(&engine, &admin(), id, NewRound::default(), None)
            .await
            .unwrap();
        let waits_for = if judged { "judgement" } else { "synthesis" };
        until(|| async {
            let all = receipts(&engine, &hub).await;
            let open = |r: &Invocation| r.purpose == waits_for && r.outcome == Outcome::Started;
            all.iter().any(open).then_some(())
        })
        .await;
        let restored = collectives::cancel(&engine, &admin(), id).await.unwrap();
        assert_eq!(restored.collective.run_state, RunState::Finished);
        assert_eq!(restored.collective.consensus, first.collective.consensus);
        assert_eq!(
            restored.collective.content_hash,
            first.collective.content_hash
        );
        // All had answered, and still nobody's word of it counts.
        let current = restored.contributions.iter().filter(|c| c.is_current);
        assert!(current.clone().all(|c| c.round == 1));
        assert_eq!(current.count(), 2);
        let late = restored.contributions.last().unwrap();
        assert!(late.readable);
        let review = NewCollectiveReview {
            verdict: Verdict::Accepted,
            comment: None,
            revised_content: None,
            content_hash: restored.collective.content_hash.clone(),
            contribution_id: Some(late.id),
            fields: None,
        };
        let refused = collectives::decide(&engine, &admin(), id, review).await;
        assert_eq!(refused.unwrap_err().code(), "not_found");
    }
    engine.shutdown().await;
}

async fn a_skipped_round_does_not_stand_in_the_way(store: TestStore) {
    let bridge = ScriptBridge::new(|r, nth| match r.model.as_str() {
        "b" if nth == 0 => Plan::fail(BridgeErrorKind::OutOfCredit),
        _ => usual(r),
    });
    let engine = engine(&store, bridge);
    engine.start_workers();
    let (hub, _) = hub_with(&engine, &["a", "b"]).await;
    let first = run_with(&engine, &hub, RoundPlan::AnswerThenReview).await;
    assert_eq!(first.rounds[1].state, RoundState::Skipped);
    let done = another(&engine, first.collective.id, "").await;
    assert_eq!(done.rounds.len(), 3);
    assert_eq!(done.collective.consensus_status, ConsensusStatus::Divergent);
    // No call is counted in two rounds.
    let counted: i64 = done.rounds.iter().map(|r| r.calls).sum();
    assert_eq!(counted, done.usage.calls);
    assert_eq!((done.rounds[1].calls, done.rounds[2].calls), (0, 3));
    engine.shutdown().await;
}

async fn a_round_of_which_nothing_comes_takes_nothing_away(store: TestStore) {
    let bridge = ScriptBridge::new(|r, nth| match r.model.as_str() {
        // After its answer, and the synthesis of the first: no credit.
        "a" if nth >= 2 => Plan::fail(BridgeErrorKind::OutOfCredit),
        "b" if nth >= 1 => Plan::fail(BridgeErrorKind::OutOfCredit),
        _ => usual(r),
    });
    let engine = engine(&store, bridge);
    engine.start_workers();
    let (hub, _) = hub_with(&engine, &["a", "b"]).await;
    let first = run(&engine, &hub).await;
    let done = another(&engine, first.collective.id, "").await;
    let (then, now) = (&first.collective, &done.collective);
    assert_eq!(now.run_state, RunState::Finished);
    assert_eq!(now.final_content, then.final_content);
    assert!(now.final_content.is_some());
    assert_eq!(now.content_hash, then.content_hash);
    assert_eq!(done.rounds[1].state, RoundState::Skipped);
    for failed in of_round(&done, 2) {
        assert_eq!(failed.error_type.as_deref(), Some("out_of_credit"));
    }
    // With too little left for one answer nothing is asked at all.
    let room = i64::from(settings().max_tokens) * 2 + 3_000;
    let tight = NewCollective {
        token_limit: Some(room),
        ..question(hub.id)
    };
    engine.shutdown().await;
    let spends = ScriptBridge::new(|_, _| Plan::recommend("Ship").using(2_000, 1_400));
    let engine = crate::support::engine(&store.another().await, spends);
    engine.start_workers();
    let id = collectives::start(&engine, &admin(), tight, None)
        .await
        .unwrap()
        .collective
        .id;
    ended(&engine, id).await;
    let refused = collectives::another_round(&engine, &admin(), id, NewRound::default(), None)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), "budget_closed");
    engine.shutdown().await;
}

async fn another_round_is_bound_to_what_was_shown(store: TestStore) {
    let bridge = ScriptBridge::new(|r, _| usual(r));
    let engine = engine(&store, bridge);
    engine.start_workers();
    let (hub, _) = hub_with(&engine, &["a", "b"]).await;
    let first = run(&engine, &hub).await;
    let id = first.collective.id;
    let shown = NewRound {
        instructions: None,
        content_hash: first.collective.content_hash.clone(),
    };
    collectives::another_round(&engine, &admin(), id, shown.clone(), None)
        .await
        .unwrap();
    ended(&engine, id).await;
    let refused = collectives::another_round(&engine, &admin(), id, shown, None)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), "content_changed");
    let now = collectives::get(&engine, &admin(), id).await.unwrap();
    assert_eq!(
        (now.collective.run_state, now.rounds.len()),
        (RunState::Finished, 2)
    );
    engine.shutdown().await;
}

async fn who_was_let_go_is_not_asked_again(store: TestStore) {
    let bridge = ScriptBridge::new(|r, _| usual(r));
    let engine = engine(&store, Arc::clone(&bridge));
    engine.start_workers();
    let (hub, all) = hub_with(&engine, &["a", "b", "c"]).await;
    let first = run(&engine, &hub).await;
    agents::set_active(&engine, &admin(), all[0].id, false)
        .await
        .unwrap();
    let before = bridge.calls_of("a");
    let done = another(&engine, first.collective.id, "").await;
    assert_eq!(bridge.calls_of("a"), before);
    assert_eq!(of_round(&done, 2).len(), 2);
    // What it has said stands; the synthesis is the next one's.
    assert_eq!(consensus(&done).readable, 3);
    assert_eq!(done.collective.synthesis_agent_id, Some(all[1].id));
    engine.shutdown().await;
}

async fn of_two_who_ask_at_once_one_is_refused(store: TestStore) {
    let bridge = ScriptBridge::new(|r, _| usual(r));
    let engine = engine(&store, bridge);
    engine.start_workers();
    let (hub, _) = hub_with(&engine, &["a", "b"]).await;
    let id = run(&engine, &hub).await.collective.id;
    let (ada, ben) = (admin(), person("Ben", Role::Reviewer));
    let (one, other) = tokio::join!(
        collectives::another_round(&engine, &ada, id, noted("One"), None),
        collectives::another_round(&engine, &ben, id, noted("Two"), None),
    );
    let refused = [one.err(), other.err()]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>();
    assert_eq!(refused.len(), 1, "{refused:?}");
    assert_eq!(refused[0].code(), "not_open");
    let done = ended(&engine, id).await;
    assert_eq!(done.rounds.len(), 2);
    engine.shutdown().await;
}
