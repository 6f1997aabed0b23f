//! What is stopped, by a person or by a crash.

use std::sync::Arc;

use federation::{delegations, invocations};
use model::*;
use tokio::sync::Semaphore;

use super::chain::*;
use crate::{common::TestStore, point::*, support::*};

both_engines!(
    a_server_that_dies_in_a_call_leaves_it_failed_and_spent,
    cancelling_stops_all_below_and_gives_back_the_rest,
    what_has_ended_is_not_cancelled,
    an_overdraft_closes_the_chain,
);

/// Runs `work` in a runtime that is then killed: no task gets a last word.
async fn doomed<F: Future<Output = ()> + Send + 'static>(work: F) {
    let died = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(work);
        runtime.shutdown_background();
    });
    tokio::task::spawn_blocking(move || died.join().unwrap())
        .await
        .unwrap();
}

async fn a_server_that_dies_in_a_call_leaves_it_failed_and_spent(store: TestStore) {
    let desk = Desk::new(&store, obliging()).await;
    desk.engine.shutdown().await;
    let bridge = obliging();
    let engine = engine(&store, Arc::clone(&bridge));
    let new = NewDelegation {
        receiving_agent_id: desk.others[0].id,
        scope: "s".to_owned(),
        token_budget: 3_000,
    };
    let started = delegations::start(&engine, &admin(), desk.root.id, new, None)
        .await
        .unwrap();
    let url = store.url().to_owned();
    let result = started.result_proposal_id;
    doomed(async move {
        let own = federation::Store::connect(&url, federation::Clock::system())
            .await
            .unwrap();
        let engine = crate::support::engine(&own, ScriptBridge::new(|_, _| Plan::hang()));
        engine.start_workers();
        until(|| async {
            let run = engine.store().proposal_run(result).await.unwrap();
            (run.attempt > 0).then_some(())
        })
        .await;
    })
    .await;
    lapse(&store).await;
    engine.start_workers();
    let done = settled(&engine, started.id).await;
    assert_eq!(done.status, DelegationStatus::Failed);
    assert_eq!(done.result_status, ProposalStatus::Unknown);
    assert_eq!(bridge.calls_of("a"), 0);
    let receipt = invocations::get(&engine, &admin(), done.invocation_id.unwrap())
        .await
        .unwrap();
    assert_eq!(receipt.outcome, Outcome::Unknown);
    assert!(receipt.tokens_reserved > 0);
    assert_eq!(done.tokens_used, Some(receipt.tokens_reserved));
    let account = store
        .account("delegation", done.id.0)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (
            account.reserved_tokens,
            account.spent_tokens,
            account.closed
        ),
        (0, receipt.tokens_reserved, true)
    );
    engine.shutdown().await;
}

async fn cancelling_stops_all_below_and_gives_back_the_rest(store: TestStore) {
    let gate = Arc::new(Semaphore::new(0));
    let held = Arc::clone(&gate);
    let bridge = ScriptBridge::new(move |request, _| {
        let plan = Plan::text(&answer_of(POINT).to_string());
        if ["c", "d"].contains(&request.model.as_str()) {
            plan.gated(&held)
        } else {
            plan
        }
    });
    let desk = Desk::new(&store, Arc::clone(&bridge)).await;
    let whole = desk.account(desk.root.id).await.left();
    let first = desk.ask(desk.root.id, &desk.others[0], 30_000).await;
    let second = desk
        .ask(first.result_proposal_id, &desk.others[1], 10_000)
        .await;
    let third = desk
        .start(second.result_proposal_id, &desk.others[2], 4_000)
        .await
        .unwrap();
    let aside = desk
        .start(first.result_proposal_id, &desk.others[3], 3_000)
        .await
        .unwrap();
    let elsewhere = desk
        .start(desk.root.id, &desk.others[3], 2_000)
        .await
        .unwrap();
    let at_work = |model: &'static str, calls: usize| {
        let bridge = Arc::clone(&bridge);
        async move {
            until(|| async { (bridge.calls_of(model) >= calls).then_some(()) }).await;
        }
    };
    at_work("c", 1).await;
    at_work("d", 2).await;
    let stopped = delegations::cancel(&desk.engine, &admin(), first.id)
        .await
        .unwrap();
    // It had its answer already.
    assert_eq!(stopped.status, DelegationStatus::Completed);
    for id in [third.id, aside.id] {
        let now = delegations::get(&desk.engine, &admin(), id).await.unwrap();
        assert_eq!(now.status, DelegationStatus::Cancelled);
        assert_eq!(now.result_status, ProposalStatus::Cancelled);
        assert!(now.closed);
    }
    let other = delegations::get(&desk.engine, &admin(), elsewhere.id)
        .await
        .unwrap();
    assert_eq!(other.status, DelegationStatus::Pending);
    // What was in flight counts as spent, the rest went up one level each.
    let account = |id: DelegationId| {
        let store = &store;
        async move { store.account("delegation", id.0).await.unwrap().unwrap() }
    };
    let (c, d) = (account(third.id).await, account(aside.id).await);
    assert!(c.spent_tokens > 0 && c.reserved_tokens == 0);
    let b = account(second.id).await;
    assert_eq!(b.granted_tokens, c.spent_tokens);
    assert_eq!(b.left(), 10_000 - 120 - c.spent_tokens);
    let a = account(first.id).await;
    assert_eq!(a.left(), 30_000 - 120 - 10_000 - d.spent_tokens);
    assert_eq!(
        desk.account(desk.root.id).await.left(),
        whole - 30_000 - 2_000
    );
    gate.add_permits(10_000);
    settled(&desk.engine, elsewhere.id).await;
    desk.engine.shutdown().await;
}

async fn what_has_ended_is_not_cancelled(store: TestStore) {
    let desk = Desk::new(&store, obliging()).await;
    let done = desk.ask(desk.root.id, &desk.others[0], 5_000).await;
    let refused = delegations::cancel(&desk.engine, &admin(), done.id).await;
    assert_eq!(refused.unwrap_err().code(), "run_ended");
    let none = DelegationId(uuid::Uuid::from_u128(1));
    let unknown = delegations::cancel(&desk.engine, &admin(), none).await;
    assert_eq!(unknown.unwrap_err().code(), "not_found");
    desk.engine.shutdown().await;
}

async fn an_overdraft_closes_the_chain(store: TestStore) {
    let bridge = ScriptBridge::new(|request, _| {
        let plan = Plan::text(&answer_of(POINT).to_string());
        if request.model == "b" {
            plan.using(9_000, 9_000)
        } else {
            plan
        }
    });
    let desk = Desk::new(&store, bridge).await;
    let first = desk.ask(desk.root.id, &desk.others[0], 20_000).await;
    let second = desk
        .ask(first.result_proposal_id, &desk.others[1], 4_000)
        .await;
    assert_eq!(second.status, DelegationStatus::Completed);
    assert_eq!(second.tokens_used, Some(18_000));
    for (proposal, below) in [
        (desk.root.id, &desk.others[2]),
        (first.result_proposal_id, &desk.others[2]),
        (second.result_proposal_id, &desk.others[2]),
    ] {
        assert!(desk.account(proposal).await.closed);
        let refused = desk.start(proposal, below, 100).await.unwrap_err();
        assert_eq!(refused.code(), "budget_exceeded");
    }
    desk.engine.shutdown().await;
}
