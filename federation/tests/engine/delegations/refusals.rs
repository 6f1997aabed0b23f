//! What is refused, when, and with which words.

use std::sync::Arc;

use federation::{Idempotency, agents, delegations, governance, hubs, invocations, reviews};
use model::*;

use super::chain::*;
use crate::{common::TestStore, point::*, support::*};

both_engines!(
    nobody_works_below_itself,
    a_subtask_goes_to_nobody_who_is_trusted_more,
    depth_is_bounded_by_the_hub,
    a_chain_gives_no_more_than_it_has,
    a_question_that_does_not_fit_is_refused_before_the_call,
    an_agent_that_may_not_delegate_leaves_a_blocked_receipt,
    an_agent_that_may_not_propose_leaves_a_blocked_receipt,
    what_does_not_stand_is_not_delegated,
    who_cannot_be_held_to_a_limit_is_not_asked,
    the_same_key_delegates_once,
    an_agent_that_was_deactivated_meanwhile_is_not_asked,
);

fn refused<T: std::fmt::Debug>(result: federation::Result<T>) -> (String, String) {
    let error = result.unwrap_err();
    let message = error.refusal().message;
    (error.code().to_owned(), message)
}

async fn option(desk: &Desk, of: ProposalId, agent: &Agent) -> Option<String> {
    let options = delegations::options(&desk.engine, &admin(), of)
        .await
        .unwrap();
    let found = options.agents.into_iter().find(|one| one.id == agent.id);
    found.unwrap().refused
}

async fn nobody_works_below_itself(store: TestStore) {
    let bridge = obliging();
    let desk = Desk::new(&store, Arc::clone(&bridge)).await;
    let own = desk.place.agent.clone();
    let (code, _) = refused(desk.start(desk.root.id, &own, 100).await);
    assert_eq!(code, "own_ancestor");
    let first = desk.ask(desk.root.id, &desk.others[0], 20_000).await;
    let calls = bridge.calls.load(std::sync::atomic::Ordering::SeqCst);
    for agent in [&own, &desk.others[0]] {
        let (code, message) = refused(desk.start(first.result_proposal_id, agent, 100).await);
        assert_eq!(code, "own_ancestor");
        assert!(message.contains(&agent.name), "{message}");
        assert_eq!(
            option(&desk, first.result_proposal_id, agent).await,
            Some(message)
        );
    }
    assert_eq!(
        option(&desk, first.result_proposal_id, &desk.others[1]).await,
        None
    );
    assert_eq!(
        bridge.calls.load(std::sync::atomic::Ordering::SeqCst),
        calls
    );
    desk.engine.shutdown().await;
}

async fn trust(desk: &Desk, agent: &Agent, trust_level: TrustLevel) -> Agent {
    let patch = AgentPatch {
        trust_level: Some(trust_level),
        ..AgentPatch::default()
    };
    agents::update(&desk.engine, &admin(), agent.id, patch, None)
        .await
        .unwrap()
}

async fn a_subtask_goes_to_nobody_who_is_trusted_more(store: TestStore) {
    let desk = Desk::new(&store, obliging()).await;
    // The root answered as an advisory agent; its later rise changes nothing.
    trust(&desk, &desk.place.agent, TrustLevel::Autonomous).await;
    let high = trust(&desk, &desk.others[0], TrustLevel::Elevated).await;
    let (code, message) = refused(desk.start(desk.root.id, &high, 1_000).await);
    assert_eq!(code, "trust_above_ancestors");
    assert!(
        message.contains("elevated") && message.contains("advisory"),
        "{message}"
    );
    // A new answer is one of the autonomous agent.
    let root = desk.place.ask(&desk.engine, POINT).await;
    let one = desk.ask(root.id, &high, 10_000).await;
    assert_eq!(one.status, DelegationStatus::Completed);
    // Where somebody above falls, nothing more is handed on to those who are
    // trusted more by now.
    trust(&desk, &desk.place.agent, TrustLevel::Advisory).await;
    let same = trust(&desk, &desk.others[2], TrustLevel::Elevated).await;
    let (code, _) = refused(desk.start(one.result_proposal_id, &same, 1_000).await);
    assert_eq!(code, "trust_above_ancestors");
    trust(&desk, &desk.place.agent, TrustLevel::Autonomous).await;
    // Below an elevated one, an autonomous one is not asked.
    let higher = trust(&desk, &desk.others[1], TrustLevel::Autonomous).await;
    let (code, _) = refused(desk.start(one.result_proposal_id, &higher, 1_000).await);
    assert_eq!(code, "trust_above_ancestors");
    desk.start(one.result_proposal_id, &same, 1_000)
        .await
        .unwrap();
    desk.engine.shutdown().await;
}

async fn depth_is_bounded_by_the_hub(store: TestStore) {
    let desk = Desk::new(&store, obliging()).await;
    let levels = |levels: Option<i32>| HubPatch {
        delegation_depth: Some(levels),
        ..HubPatch::default()
    };
    let hub = desk.place.hub.id;
    hubs::update(&desk.engine, &admin(), hub, levels(Some(1)))
        .await
        .unwrap();
    let first = desk.ask(desk.root.id, &desk.others[0], 10_000).await;
    let options = delegations::options(&desk.engine, &admin(), first.result_proposal_id)
        .await
        .unwrap();
    assert_eq!(options.levels_left, 0);
    let (code, message) = refused(
        desk.start(first.result_proposal_id, &desk.others[1], 100)
            .await,
    );
    assert_eq!(code, "depth_exceeded");
    assert_eq!(options.refused, Some(message));
    hubs::update(&desk.engine, &admin(), hub, levels(None))
        .await
        .unwrap();
    desk.start(first.result_proposal_id, &desk.others[1], 100)
        .await
        .unwrap();
    for wrong in [-1, 33] {
        let wrong = hubs::update(&desk.engine, &admin(), hub, levels(Some(wrong))).await;
        assert_eq!(wrong.unwrap_err().code(), "invalid");
    }
    desk.engine.shutdown().await;
}

async fn a_chain_gives_no_more_than_it_has(store: TestStore) {
    let desk = Desk::new(&store, obliging()).await;
    let patch = HubPatch {
        tokens_per_proposal: Some(Some(12_000)),
        ..HubPatch::default()
    };
    hubs::update(&desk.engine, &admin(), desk.place.hub.id, patch)
        .await
        .unwrap();
    let root = desk.place.ask(&desk.engine, POINT).await;
    let left = desk.account(root.id).await.left();
    assert_eq!(left, 12_000 - 120);
    let (code, message) = refused(desk.start(root.id, &desk.others[0], left + 1).await);
    assert_eq!(code, "budget_exceeded");
    assert!(message.contains(&left.to_string()), "{message}");
    let all = desk.ask(root.id, &desk.others[0], left).await;
    assert_eq!(all.status, DelegationStatus::Completed);
    let (code, _) = refused(desk.start(root.id, &desk.others[1], 1).await);
    assert_eq!(code, "budget_exceeded");
    // What it did not use is its own, for those below.
    let below = desk.account(all.result_proposal_id).await.left();
    assert_eq!(below, left - 120);
    desk.start(all.result_proposal_id, &desk.others[1], below)
        .await
        .unwrap();
    // A budget out of its range never reaches the chain.
    for wrong in [0, -1, 1_000_001] {
        let error = desk
            .start(root.id, &desk.others[0], wrong)
            .await
            .unwrap_err();
        let errors = error.refusal().errors;
        assert_eq!(errors[0].field, "token_budget");
    }
    desk.engine.shutdown().await;
}

async fn a_question_that_does_not_fit_is_refused_before_the_call(store: TestStore) {
    let bridge = obliging();
    let desk = Desk::new(&store, Arc::clone(&bridge)).await;
    let whole = desk.account(desk.root.id).await.left();
    let done = desk.ask(desk.root.id, &desk.others[0], 200).await;
    assert_eq!(done.status, DelegationStatus::Failed);
    assert_eq!(done.error_type.as_deref(), Some("budget_exceeded"));
    let error = done.error.clone().unwrap();
    assert!(error.contains("200 are left"), "{error}");
    let needed: i64 = error
        .split_once("at least ")
        .and_then(|(_, rest)| rest.split_once(" tokens"))
        .and_then(|(number, _)| number.parse().ok())
        .expect("it says how many it needs");
    assert_eq!(bridge.calls_of("a"), 0);
    assert_eq!(desk.account(desk.root.id).await.left(), whole);
    let options = delegations::options(&desk.engine, &admin(), desk.root.id)
        .await
        .unwrap();
    assert!((1..=needed).contains(&options.question_tokens));
    // With what it said it goes, by one token.
    let done = desk.ask(desk.root.id, &desk.others[0], needed).await;
    assert_eq!(done.status, DelegationStatus::Completed, "{:?}", done.error);
    let request = bridge.requests.lock().unwrap().last().unwrap().clone();
    assert_eq!(request.max_tokens, 1);
    desk.engine.shutdown().await;
}

async fn policy(desk: &Desk, agent: &Agent, actions: &[Action]) {
    let new = NewGovernancePolicy {
        hub_id: desk.place.hub.id,
        agent_registration_id: agent.id,
        artifact_type: POINT.artifact_type().to_owned(),
        allowed_actions: actions.to_vec(),
    };
    governance::create(&desk.engine, &admin(), new)
        .await
        .unwrap();
}

/// The receipt of a delegation that was blocked.
async fn blocked(desk: &Desk, agent: &Agent, bridge: &ScriptBridge) -> Invocation {
    let whole = desk.account(desk.root.id).await.left();
    let done = desk.ask(desk.root.id, agent, 10_000).await;
    assert_eq!(done.status, DelegationStatus::Failed);
    assert_eq!(done.error_type.as_deref(), Some("blocked_by_policy"));
    assert_eq!(done.result_status, ProposalStatus::BlockedByPolicy);
    assert_eq!(desk.account(desk.root.id).await.left(), whole);
    assert_eq!(bridge.calls_of(&agent.model_name), 0);
    let result = federation::proposals::get(&desk.engine, &admin(), done.result_proposal_id)
        .await
        .unwrap();
    assert_eq!(result.agent_registration_id, Some(agent.id));
    let receipt = invocations::get(&desk.engine, &admin(), done.invocation_id.unwrap())
        .await
        .unwrap();
    assert_eq!(receipt.outcome, Outcome::Blocked);
    assert_eq!(receipt.allowed, Some(false));
    receipt
}

async fn an_agent_that_may_not_delegate_leaves_a_blocked_receipt(store: TestStore) {
    let bridge = obliging();
    let desk = Desk::new(&store, Arc::clone(&bridge)).await;
    policy(&desk, &desk.place.agent, &[Action::Read, Action::Propose]).await;
    let options = delegations::options(&desk.engine, &admin(), desk.root.id)
        .await
        .unwrap();
    let receipt = blocked(&desk, &desk.others[0], &bridge).await;
    assert_eq!(receipt.action, Action::Delegate);
    assert_eq!(receipt.agent_registration_id, Some(desk.place.agent.id));
    assert_eq!(options.refused, receipt.reason);
    desk.engine.shutdown().await;
}

async fn an_agent_that_may_not_propose_leaves_a_blocked_receipt(store: TestStore) {
    let bridge = obliging();
    let desk = Desk::new(&store, Arc::clone(&bridge)).await;
    policy(&desk, &desk.others[0], &[Action::Read, Action::Delegate]).await;
    let greyed = option(&desk, desk.root.id, &desk.others[0]).await;
    let receipt = blocked(&desk, &desk.others[0], &bridge).await;
    assert_eq!(receipt.action, Action::Propose);
    assert_eq!(receipt.agent_registration_id, Some(desk.others[0].id));
    assert_eq!(greyed, receipt.reason);
    desk.engine.shutdown().await;
}

async fn what_does_not_stand_is_not_delegated(store: TestStore) {
    let desk = Desk::new(&store, obliging()).await;
    let decide = |verdict| NewProposalReview {
        verdict,
        comment: None,
        revised_content: None,
        content_hash: None,
        duplicates: None,
    };
    let rejected = decide(Verdict::Rejected);
    reviews::decide(&desk.engine, &admin(), desk.root.id, rejected)
        .await
        .unwrap();
    let (code, message) = refused(desk.start(desk.root.id, &desk.others[0], 100).await);
    assert_eq!(code, "not_delegable");
    assert!(message.contains("undo"), "{message}");
    let undone = decide(Verdict::Undone);
    reviews::decide(&desk.engine, &admin(), desk.root.id, undone)
        .await
        .unwrap();
    let accepted = decide(Verdict::Accepted);
    reviews::decide(&desk.engine, &admin(), desk.root.id, accepted)
        .await
        .unwrap();
    desk.start(desk.root.id, &desk.others[0], 100)
        .await
        .unwrap();
    let viewer = person("Vi", Role::Viewer);
    let new = NewDelegation {
        receiving_agent_id: desk.others[0].id,
        scope: "s".to_owned(),
        token_budget: 1,
    };
    let (code, _) =
        refused(delegations::start(&desk.engine, &viewer, desk.root.id, new, None).await);
    assert_eq!(code, "not_allowed");
    desk.engine.shutdown().await;
}

async fn who_cannot_be_held_to_a_limit_is_not_asked(store: TestStore) {
    let desk = Desk::new(&store, obliging()).await;
    let new = NewAgent {
        provider: Provider::ClaudeCode,
        ..new_agent(desk.place.hub.id, "cc", "cc")
    };
    let agent = agents::create(&desk.engine, &admin(), new).await.unwrap();
    let (code, _) = refused(desk.start(desk.root.id, &agent, 10_000).await);
    assert_eq!(code, "limit_not_enforceable");
    desk.engine.shutdown().await;
}

async fn the_same_key_delegates_once(store: TestStore) {
    let desk = Desk::new(&store, obliging()).await;
    let key = || {
        Some(Idempotency {
            path: format!("/api/v2/proposals/{}/delegations", desk.root.id),
            key: "k".to_owned(),
        })
    };
    let new = |token_budget| NewDelegation {
        receiving_agent_id: desk.others[0].id,
        scope: "s".to_owned(),
        token_budget,
    };
    let caller = admin();
    let ask = |new| delegations::start(&desk.engine, &caller, desk.root.id, new, key());
    let (one, two) = tokio::join!(ask(new(3_000)), ask(new(3_000)));
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!(one.id, two.id);
    assert_eq!(desk.account(desk.root.id).await.granted_tokens, 3_000);
    let (code, _) = refused(ask(new(4_000)).await);
    assert_eq!(code, "idempotency_key_reused");
    desk.engine.shutdown().await;
}

async fn an_agent_that_was_deactivated_meanwhile_is_not_asked(store: TestStore) {
    let bridge = obliging();
    let desk = Desk::new(&store, Arc::clone(&bridge)).await;
    // Nobody works: it waits in the queue.
    desk.engine.shutdown().await;
    let engine = engine(&store, Arc::clone(&bridge));
    let new = NewDelegation {
        receiving_agent_id: desk.others[0].id,
        scope: "s".to_owned(),
        token_budget: 9_000,
    };
    let started = delegations::start(&engine, &admin(), desk.root.id, new, None)
        .await
        .unwrap();
    agents::set_active(&engine, &admin(), desk.others[0].id, false)
        .await
        .unwrap();
    engine.start_workers();
    let done = settled(&engine, started.id).await;
    assert_eq!(done.error_type.as_deref(), Some("agent_inactive"));
    assert!(done.closed);
    assert_eq!(bridge.calls_of("a"), 0);
    let inactive = agents::get(&engine, &admin(), desk.others[0].id)
        .await
        .unwrap();
    assert!(!inactive.is_active);
    engine.shutdown().await;
}
