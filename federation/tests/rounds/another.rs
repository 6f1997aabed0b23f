//! Another round that a person asks for.

use std::sync::Arc;

use federation::{agents, bridge::BridgeErrorKind, collectives};
use model::*;
use tokio::sync::Semaphore;

use crate::{common::TestStore, support::*, *};

both_engines!(
    another_round_is_asked_with_a_note,
    what_stood_stands_again_where_a_round_is_cancelled,
    another_round_needs_a_finished_undecided_run,
    who_failed_before_is_asked_again,
);

fn noted(note: &str) -> NewRound {
    NewRound {
        instructions: Some(note.to_owned()),
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
