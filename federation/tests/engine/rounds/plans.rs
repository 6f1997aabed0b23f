//! The rounds that a run is started with.

use std::sync::Arc;

use federation::{bridge::BridgeErrorKind, collectives, hubs};
use model::*;
use tokio::sync::Semaphore;

use super::*;
use crate::{common::TestStore, support::*};

both_engines!(
    each_reads_the_others_in_an_order_of_its_own,
    answers_are_reviewed_blind,
    a_review_that_cannot_be_read_is_asked_for_again,
    answers_are_revised_after_reading_the_others,
    who_fails_to_revise_keeps_the_first_word,
    too_few_answers_hold_no_second_round,
    a_hub_sets_its_quorum,
    a_cap_holds_and_is_checked,
    what_is_estimated_is_what_is_used,
);

async fn answers_are_reviewed_blind(store: TestStore) {
    let bridge = ScriptBridge::new(|r, _| match task(r) {
        "collective_review" => reviews(
            &r.prompt,
            |text| if text.contains("\"b\"") { 9.0 } else { 4.0 },
        ),
        _ => usual(r),
    });
    let engine = engine(&store, Arc::clone(&bridge));
    engine.start_workers();
    let (hub, _) = hub_with(&engine, &["a", "b", "c"]).await;
    let done = run_with(&engine, &hub, RoundPlan::AnswerThenReview).await;
    assert_eq!(done.collective.run_state, RunState::Finished);
    let states: Vec<_> = done
        .rounds
        .iter()
        .map(|r| (r.kind, r.state, r.calls))
        .collect();
    // Three answers; three reviews and the synthesis.
    assert_eq!(
        states,
        [
            (RoundKind::Answer, RoundState::Finished, 3),
            (RoundKind::Review, RoundState::Finished, 4),
        ]
    );
    let reviews = of_round(&done, 2);
    assert_eq!(reviews.len(), 3);
    assert!(reviews.iter().all(|c| c.readable && !c.is_current));
    assert!(of_round(&done, 1).iter().all(|c| c.is_current));
    // Nobody reviews the own answer, and nobody is named.
    let asked = bridge.requests.lock().unwrap().clone();
    for request in asked.iter().filter(|r| task(r) == "collective_review") {
        assert_eq!(letters(&request.prompt), ["A", "B"]);
        assert!(!request.prompt.contains(&format!("\"{}\"", request.model)));
        assert!(!request.prompt.contains("The agent-"), "{}", request.prompt);
    }
    let review = consensus(&done).review.as_ref().unwrap();
    assert_eq!(review.answers.len(), 3);
    assert_eq!(review.answers[0].agent, "The agent-1");
    assert!((review.answers[0].mean_score - 9.0).abs() < 1e-12);
    assert!((review.answers[1].mean_score - 4.0).abs() < 1e-12);
    assert!(review.answers.iter().all(|a| a.reviews.len() == 2));
    // The synthesiser reads what was said of each.
    let synthesis = asked.iter().find(|r| is_synthesis(r)).unwrap();
    assert_eq!(
        synthesis.prompt.matches("<critique>").count(),
        7,
        "six, and the word in the instructions"
    );
    engine.shutdown().await;
}

async fn a_review_that_cannot_be_read_is_asked_for_again(store: TestStore) {
    let bridge = ScriptBridge::new(|r, nth| match (task(r), r.model.as_str()) {
        ("collective_review", "a") if nth == 1 => Plan::text("All fine."),
        ("collective_review", "b") => {
            Plan::text("{\"reviews\": [{\"answer\": \"Z\", \"score\": 3}]}")
        }
        _ => usual(r),
    });
    let engine = engine(&store, Arc::clone(&bridge));
    engine.start_workers();
    let (hub, _) = hub_with(&engine, &["a", "b"]).await;
    let done = run_with(&engine, &hub, RoundPlan::AnswerThenReview).await;
    let reviews = of_round(&done, 2);
    assert!(reviews[0].readable && reviews[0].attempt == 2);
    assert!(!reviews[1].readable && reviews[1].attempt == 2);
    assert_eq!(consensus(&done).review.as_ref().unwrap().answers.len(), 1);
    engine.shutdown().await;
}

async fn answers_are_revised_after_reading_the_others(store: TestStore) {
    let bridge = ScriptBridge::new(|r, _| match task(r) {
        "collective_revision" => Plan::recommend("Wait"),
        _ => usual(r),
    });
    let engine = engine(&store, Arc::clone(&bridge));
    engine.start_workers();
    let (hub, _) = hub_with(&engine, &["a", "b"]).await;
    let done = run_with(&engine, &hub, RoundPlan::AnswerThenRevise).await;
    assert_eq!(done.collective.consensus_status, ConsensusStatus::Consensus);
    assert_eq!(consensus(&done).groups[0].recommendation, "Wait");
    assert!(
        of_round(&done, 2)
            .iter()
            .all(|c| c.is_current && c.readable)
    );
    assert!(
        of_round(&done, 1)
            .iter()
            .all(|c| !c.is_current && c.readable)
    );
    let asked = bridge.requests.lock().unwrap().clone();
    let of_a = asked
        .iter()
        .find(|r| task(r) == "collective_revision" && r.model == "a")
        .unwrap();
    let own = of_a.prompt.split("<own_answer>").nth(1).unwrap();
    assert!(own.split("</own_answer>").next().unwrap().contains("\"a\""));
    assert_eq!(letters(&of_a.prompt), ["A"]);
    // One stream tells of both rounds, in order.
    let names: Vec<String> = store
        .events_after(done.collective.id.0, 0, 100)
        .await
        .unwrap()
        .into_iter()
        .map(|e| e.name)
        .collect();
    let at = |name: &str| names.iter().position(|n| n == name).unwrap();
    assert!(at("run.started") < at("round.started"));
    assert!(at("round.started") < at("round.finished"));
    assert!(at("round.finished") < at("synthesis.started"));
    assert_eq!(names.last().unwrap(), "run.finished");
    assert_eq!(
        names
            .iter()
            .filter(|n| *n == "contribution.completed")
            .count(),
        4
    );
    engine.shutdown().await;
}

async fn who_fails_to_revise_keeps_the_first_word(store: TestStore) {
    let bridge = ScriptBridge::new(|r, _| match (task(r), r.model.as_str()) {
        ("collective_revision", "a") => Plan::fail(BridgeErrorKind::OutOfCredit),
        ("collective_revision", _) => Plan::recommend("a"),
        _ => usual(r),
    });
    let engine = engine(&store, bridge);
    engine.start_workers();
    let (hub, _) = hub_with(&engine, &["a", "b"]).await;
    let done = run_with(&engine, &hub, RoundPlan::AnswerThenRevise).await;
    assert_eq!(done.collective.consensus_status, ConsensusStatus::Consensus);
    let current: Vec<_> = done
        .contributions
        .iter()
        .filter(|c| c.is_current)
        .map(|c| (c.round, c.agent_name.as_str()))
        .collect();
    assert_eq!(current, [(1, "The agent-0"), (2, "The agent-1")]);
    let failed = of_round(&done, 2)[0];
    assert_eq!(failed.status, MemberState::Failed);
    assert_eq!(failed.error_type.as_deref(), Some("out_of_credit"));
    engine.shutdown().await;
}

async fn too_few_answers_hold_no_second_round(store: TestStore) {
    let bridge = ScriptBridge::new(|r, _| match r.model.as_str() {
        "b" => Plan::fail(BridgeErrorKind::OutOfCredit),
        _ => usual(r),
    });
    let engine = engine(&store, Arc::clone(&bridge));
    engine.start_workers();
    let (hub, _) = hub_with(&engine, &["a", "b"]).await;
    let done = run_with(&engine, &hub, RoundPlan::AnswerThenReview).await;
    assert_eq!(done.collective.run_state, RunState::Finished);
    assert_eq!(done.collective.consensus_status, ConsensusStatus::Pending);
    assert_eq!(done.rounds[1].state, RoundState::Skipped);
    assert_eq!(done.contributions.len(), 2);
    assert_eq!(done.collective.synthesis_state, SynthesisState::None);
    engine.shutdown().await;
}

async fn a_hub_sets_its_quorum(store: TestStore) {
    let bridge = ScriptBridge::new(|r, _| match r.model.as_str() {
        "c" => Plan::fail(BridgeErrorKind::OutOfCredit),
        _ => Plan::recommend("Ship"),
    });
    let engine = engine(&store, bridge);
    engine.start_workers();
    let (hub, _) = hub_with(&engine, &["a", "b", "c"]).await;
    let quorum = |n: i32| HubPatch {
        quorum: Some(Some(n)),
        ..HubPatch::default()
    };
    for wrong in [1, 0, -3, 51] {
        let refused = hubs::update(&engine, &admin(), hub.id, quorum(wrong)).await;
        assert_eq!(field_of(&refused.unwrap_err()).0, "quorum");
    }
    let hub = hubs::update(&engine, &admin(), hub.id, quorum(3))
        .await
        .unwrap();
    assert_eq!(hub.quorum, Some(3));
    let done = run(&engine, &hub).await;
    assert_eq!(done.collective.consensus_status, ConsensusStatus::Pending);
    assert_eq!((consensus(&done).readable, consensus(&done).quorum), (2, 3));
    assert_eq!(done.collective.final_content, None);
    engine.shutdown().await;
}

async fn a_cap_holds_and_is_checked(store: TestStore) {
    let gate = Arc::new(Semaphore::new(0));
    let held = Arc::clone(&gate);
    let bridge = ScriptBridge::new(move |r, _| usual(r).gated(&held));
    let engine = engine(&store, Arc::clone(&bridge));
    engine.start_workers();
    let (hub, _) = hub_with(&engine, &["a", "b"]).await;
    let capped = |cap: i64| NewCollective {
        token_limit: Some(cap),
        ..question(hub.id)
    };
    for wrong in [0, -1, 1_000_001] {
        let refused = collectives::start(&engine, &admin(), capped(wrong), None).await;
        assert_eq!(field_of(&refused.unwrap_err()).0, "token_limit");
    }
    // Room for one agent's longest answer, and not for two at once.
    let room = i64::from(settings().max_tokens) + 1_500;
    let id = collectives::start(&engine, &admin(), capped(room), None)
        .await
        .unwrap()
        .collective
        .id;
    until(|| async {
        let now = collectives::get(&engine, &admin(), id).await.unwrap();
        let refused = now.contributions.iter().filter(|c| c.status.is_final());
        (refused.count() == 1).then_some(())
    })
    .await;
    gate.add_permits(1_000);
    let done = ended(&engine, id).await;
    let refused: Vec<_> = done
        .contributions
        .iter()
        .filter(|c| c.error_type.as_deref() == Some("budget_exceeded"))
        .collect();
    assert_eq!(refused.len(), 1);
    assert_eq!(done.usage.token_limit, Some(room));
    assert!(done.usage.tokens_spent <= room);
    let patch = HubPatch {
        tokens_per_proposal: Some(Some(5_000)),
        ..HubPatch::default()
    };
    hubs::update(&engine, &admin(), hub.id, patch)
        .await
        .unwrap();
    let refused = collectives::start(&engine, &admin(), capped(5_001), None).await;
    assert_eq!(field_of(&refused.unwrap_err()).0, "token_limit");
    engine.shutdown().await;
}

async fn what_is_estimated_is_what_is_used(store: TestStore) {
    let bridge = ScriptBridge::new(|r, _| usual(r));
    let engine = engine(&store, Arc::clone(&bridge));
    engine.start_workers();
    let (hub, _) = hub_with(&engine, &["a", "b", "c"]).await;
    let new = |plan| NewCollective {
        rounds_planned: Some(plan),
        ..question(hub.id)
    };
    for (plan, calls) in [
        (RoundPlan::Answer, 4),
        (RoundPlan::AnswerThenReview, 7),
        (RoundPlan::AnswerThenRevise, 7),
    ] {
        let estimate = collectives::estimate(&engine, &admin(), new(plan))
            .await
            .unwrap();
        assert_eq!(estimate.calls, calls);
        assert_eq!(estimate.cost_microusd, None, "no price is known");
        assert_eq!(estimate.warning, None);
        let done = run_with(&engine, &hub, plan).await;
        assert_eq!(done.usage.calls, calls);
        let counted: i64 = done.rounds.iter().map(|r| r.tokens_in + r.tokens_out).sum();
        assert_eq!(counted, done.usage.tokens_in + done.usage.tokens_out);
        assert_eq!(counted, calls * 120);
    }
    // Nine answers of 20 tokens are known by now.
    let known = collectives::estimate(&engine, &admin(), new(RoundPlan::Answer))
        .await
        .unwrap();
    assert_eq!(known.stages[0].tokens_out, 3 * 20, "{}", known.basis);
    let tight = NewCollective {
        token_limit: Some(500),
        ..new(RoundPlan::Answer)
    };
    let warned = collectives::estimate(&engine, &admin(), tight)
        .await
        .unwrap();
    assert!(warned.warning.unwrap().contains("500"));
    engine.shutdown().await;
}

async fn each_reads_the_others_in_an_order_of_its_own(store: TestStore) {
    let models = ["m1", "m2", "m3", "m4", "m5", "m6"];
    let bridge = ScriptBridge::new(|r, _| usual(r));
    let engine = engine(&store, Arc::clone(&bridge));
    engine.start_workers();
    let (hub, _) = hub_with(&engine, &models).await;
    run_with(&engine, &hub, RoundPlan::AnswerThenReview).await;
    let asked = bridge.requests.lock().unwrap().clone();
    let order = |prompt: &str| -> Vec<usize> {
        let answers = prompt.split("<answer label").skip(1);
        answers
            .map(|answer| {
                let of =
                    |model: &&str| answer.contains(&format!("\"recommendation\": \"{model}\""));
                models.iter().position(of).unwrap()
            })
            .collect()
    };
    let orders: Vec<Vec<usize>> = asked
        .iter()
        .filter(|r| task(r) == "collective_review")
        .map(|r| order(&r.prompt))
        .collect();
    assert_eq!(orders.len(), 6);
    assert!(orders.iter().all(|order| order.len() == 5));
    // By chance once in three million million runs.
    assert!(!orders.iter().all(|order| order.is_sorted()), "{orders:?}");
    engine.shutdown().await;
}
