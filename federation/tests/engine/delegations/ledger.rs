//! Many at once on one chain: it never gives more than it has, and what it
//! says was spent is what the models counted.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use federation::{Engine, Store, delegations, invocations};
use futures::future::join_all;
use model::*;

use super::chain::*;
use crate::{common::TestStore, point::*, support::*};

both_engines!(
    two_hundred_at_once_stay_within_the_chain,
    two_instances_share_one_ledger,
);

/// Watches a chain until it is told to stop; gives how often it looked.
async fn watch(store: Store, root: BudgetAccountId, limit: i64, stop: Arc<AtomicBool>) -> usize {
    let mut looks = 0;
    while !stop.load(Ordering::SeqCst) {
        let accounts = store.accounts_of_chain(root).await.unwrap();
        let used: i64 = accounts
            .iter()
            .map(|account| account.reserved_tokens + account.spent_tokens)
            .sum();
        assert!(used <= limit, "{used} of {limit}");
        for account in &accounts {
            let taken = account.reserved_tokens + account.spent_tokens + account.granted_tokens;
            assert!(taken <= account.limit_tokens, "{account:?}");
            let below: i64 = accounts
                .iter()
                .filter(|one| one.parent_id == Some(account.id))
                .map(|one| one.limit_tokens)
                .sum();
            assert_eq!(account.granted_tokens, below);
        }
        looks += 1;
        tokio::task::yield_now().await;
    }
    looks
}

/// 100 at once on the root, then 100 at once below those that got an answer.
async fn storm(desk: &Desk, engines: &[Engine]) {
    let mut said = Vec::new();
    let root = desk
        .engine
        .store()
        .delegations_below(desk.root.id)
        .await
        .unwrap();
    assert!(root.is_empty());
    said.extend(wave(desk, engines, &[desk.root.id], 0).await);
    let first = desk
        .engine
        .store()
        .delegations_below(desk.root.id)
        .await
        .unwrap();
    let parents: Vec<ProposalId> = first.iter().map(|one| one.result_proposal_id).collect();
    said.extend(wave(desk, engines, &parents, 2).await);
    let all = desk
        .engine
        .store()
        .delegations_below(desk.root.id)
        .await
        .unwrap();
    assert!(
        all.iter()
            .all(|one| one.status == DelegationStatus::Completed)
    );
    let refused = said.iter().filter(|one| *one == "budget_exceeded").count();
    // The chain holds fewer than all of them: some were refused, most were not.
    assert!(refused > 0 && all.len() > 60, "{said:?}");
    assert_eq!(said.len(), 200);
    assert_eq!(refused + all.len(), 200, "{said:?}");
}

/// Starts 100 at once, and waits until nobody works any more.
async fn wave(
    desk: &Desk,
    engines: &[Engine],
    parents: &[ProposalId],
    first: usize,
) -> Vec<String> {
    let asks = (0..100_usize).map(|n| {
        let engine = &engines[n % engines.len()];
        let new = NewDelegation {
            receiving_agent_id: desk.others[first + n % 2].id,
            scope: format!("Part {n}"),
            token_budget: 1_200 + i64::try_from(n).unwrap() * 13,
        };
        let parent = parents[n % parents.len()];
        async move {
            let started = delegations::start(engine, &admin(), parent, new, None).await;
            started.map_or_else(|error| error.code().to_owned(), |_| "started".to_owned())
        }
    });
    let said = join_all(asks).await;
    let store = desk.engine.store();
    until(|| async { (store.open_work().await.unwrap() == 0).then_some(()) }).await;
    said
}

/// The sum of what the receipts of a hub say was used.
async fn receipts_say(engine: &Engine) -> i64 {
    let mut sum = 0;
    let mut page = PageRequest {
        limit: LIMIT_MAX,
        after: None,
    };
    loop {
        let filter = InvocationFilter::default();
        let read = invocations::list(engine, &admin(), filter, page)
            .await
            .unwrap();
        sum += read
            .items
            .iter()
            .map(|one| one.tokens_in.unwrap_or(0) + one.tokens_out.unwrap_or(0))
            .sum::<i64>();
        match read.next_cursor {
            Some(cursor) => page.after = Some(cursor.parse().unwrap()),
            None => return sum,
        }
    }
}

async fn check(store: &TestStore, desk: &Desk, engines: &[Engine], bridges: &[&ScriptBridge]) {
    let root = desk.account(desk.root.id).await;
    let stop = Arc::new(AtomicBool::new(false));
    let watching = tokio::spawn(watch(
        store.store.clone(),
        root.id,
        root.limit_tokens,
        Arc::clone(&stop),
    ));
    storm(desk, engines).await;
    stop.store(true, Ordering::SeqCst);
    assert!(watching.await.unwrap() > 3);
    let accounts = store.accounts_of_chain(root.id).await.unwrap();
    let spent: i64 = accounts.iter().map(|one| one.spent_tokens).sum();
    assert!(accounts.iter().all(|one| one.reserved_tokens == 0));
    let calls: usize = bridges
        .iter()
        .map(|bridge| bridge.calls.load(Ordering::SeqCst))
        .sum();
    let counted = 120 * i64::try_from(calls).unwrap();
    assert_eq!(
        (spent, receipts_say(&desk.engine).await),
        (counted, counted)
    );
}

async fn two_hundred_at_once_stay_within_the_chain(store: TestStore) {
    let bridge = obliging();
    let desk = Desk::new(&store, Arc::clone(&bridge)).await;
    let engines = std::slice::from_ref(&desk.engine);
    check(&store, &desk, engines, &[&bridge]).await;
    desk.engine.shutdown().await;
}

async fn two_instances_share_one_ledger(store: TestStore) {
    // SQLite has one instance; there, two engines of one process share it.
    let bridge = obliging();
    let desk = Desk::new(&store, Arc::clone(&bridge)).await;
    let other_bridge = obliging();
    let own = if store.is_postgres() {
        store.another().await
    } else {
        store.store.clone()
    };
    let other = engine(&own, Arc::clone(&other_bridge));
    other.start_workers();
    let engines = [desk.engine.clone(), other.clone()];
    check(&store, &desk, &engines, &[&bridge, &other_bridge]).await;
    assert!(other_bridge.calls.load(Ordering::SeqCst) > 0);
    other.shutdown().await;
    desk.engine.shutdown().await;
}
