//! Random trees with answers, failures and cancellations: whatever happens,
//! the ledger and the tree hold.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use federation::{agents, bridge::BridgeErrorKind, delegations};
use futures::future::join_all;
use model::*;
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use super::chain::*;
use crate::{common::TestStore, point::*, support::*};

both_engines!(whatever_happens_the_ledger_and_the_tree_hold);

/// Trees that are made on each engine.
const TREES: usize = 12;

/// What somebody does; places count the proposals that are there, modulo.
#[derive(Clone, Debug)]
enum Act {
    Delegate {
        from: usize,
        to: usize,
        tokens: i64,
    },
    /// Started and stopped right away.
    Cancel {
        from: usize,
        to: usize,
        tokens: i64,
    },
    Close {
        at: usize,
    },
    AnotherRound {
        at: usize,
    },
}

fn act() -> impl Strategy<Value = Act> {
    let tokens = || prop_oneof![4 => 1_000_i64..12_000, 1 => 1_i64..600, 1 => 20_000_i64..90_000];
    prop_oneof![
        6 => (any::<usize>(), any::<usize>(), tokens())
            .prop_map(|(from, to, tokens)| Act::Delegate { from, to, tokens }),
        2 => (any::<usize>(), any::<usize>(), tokens())
            .prop_map(|(from, to, tokens)| Act::Cancel { from, to, tokens }),
        1 => any::<usize>().prop_map(|at| Act::Close { at }),
        1 => any::<usize>().prop_map(|at| Act::AnotherRound { at }),
    ]
}

/// Refusals that may come; another one is a fault.
const MAY_COME: [&str; 11] = [
    "own_ancestor",
    "trust_above_ancestors",
    "depth_exceeded",
    "budget_exceeded",
    "budget_closed",
    "not_delegable",
    "run_ended",
    "not_closable",
    "already_closed",
    "not_pending",
    "unavailable",
];

async fn whatever_happens_the_ledger_and_the_tree_hold(store: TestStore) {
    // By the words of the question: it answers, fails, speaks prose or is cut.
    let bridge = ScriptBridge::new(|request, nth| match (request.prompt.len() + nth * 7) % 9 {
        0 => Plan::fail(BridgeErrorKind::Authentication),
        1 => Plan::fail(BridgeErrorKind::CutOff),
        2 => Plan::text("I would rather not."),
        3 => Plan::text("{\"recommendation\": \"Half").cut(),
        _ => Plan::text(&answer_of(POINT).to_string()),
    });
    // The root's own answer is asked for until there is one.
    let engine = engine(&store, Arc::clone(&bridge));
    engine.start_workers();
    let place = place(&engine, "root").await;
    let mut team = vec![place.agent.clone()];
    for (n, trust_level) in [
        TrustLevel::Advisory,
        TrustLevel::Elevated,
        TrustLevel::Advisory,
        TrustLevel::Autonomous,
        TrustLevel::Advisory,
        TrustLevel::Elevated,
        TrustLevel::Advisory,
    ]
    .into_iter()
    .enumerate()
    {
        let slug = format!("t{n}");
        let new = NewAgent {
            trust_level,
            ..new_agent(place.hub.id, &slug, &slug)
        };
        team.push(agents::create(&engine, &admin(), new).await.unwrap());
    }
    trust_root(&engine, &place).await;
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    for _ in 0..TREES {
        let acts = prop::collection::vec(act(), 8..24)
            .new_tree(&mut runner)
            .unwrap()
            .current();
        let root = loop {
            let root = place.ask(&engine, POINT).await;
            if root.status == ProposalStatus::Pending {
                break root;
            }
        };
        let desk = Desk {
            engine: engine.clone(),
            place: place_again(&place),
            root,
            others: team.clone(),
        };
        grow(&desk, &acts).await;
        holds(&store, &desk, &acts).await;
    }
    engine.shutdown().await;
}

async fn trust_root(engine: &federation::Engine, place: &Place) {
    let patch = AgentPatch {
        trust_level: Some(TrustLevel::Autonomous),
        ..AgentPatch::default()
    };
    agents::update(engine, &admin(), place.agent.id, patch, None)
        .await
        .unwrap();
}

fn place_again(place: &Place) -> Place {
    Place {
        hub: place.hub.clone(),
        agent: place.agent.clone(),
        ..*place
    }
}

/// Does four things at once, then the next four.
async fn grow(desk: &Desk, acts: &[Act]) {
    for some in acts.chunks(4) {
        let below = desk
            .engine
            .store()
            .delegations_below(desk.root.id)
            .await
            .unwrap();
        let all: Vec<ProposalId> = std::iter::once(desk.root.id)
            .chain(below.iter().map(|one| one.result_proposal_id))
            .collect();
        join_all(some.iter().map(|act| perform(desk, &all, &below, act))).await;
    }
}

async fn perform(desk: &Desk, all: &[ProposalId], below: &[Delegation], act: &Act) {
    let refused = match act {
        Act::Delegate { from, to, tokens } => {
            let (from, to) = (all[from % all.len()], &desk.others[to % desk.others.len()]);
            match desk.start(from, to, *tokens).await {
                Ok(started) => {
                    settled(&desk.engine, started.id).await;
                    None
                }
                Err(error) => Some(error),
            }
        }
        Act::Cancel { from, to, tokens } => {
            let (from, to) = (all[from % all.len()], &desk.others[to % desk.others.len()]);
            match desk.start(from, to, *tokens).await {
                Ok(started) => {
                    let by = admin();
                    let stopped = delegations::cancel(&desk.engine, &by, started.id).await;
                    settled(&desk.engine, started.id).await;
                    stopped.err()
                }
                Err(error) => Some(error),
            }
        }
        Act::Close { at } if !below.is_empty() => {
            let id = below[at % below.len()].id;
            delegations::close(&desk.engine, &admin(), id).await.err()
        }
        Act::AnotherRound { at } => {
            let id = all[at % all.len()];
            let new = NewInvocation::default();
            let asked =
                federation::proposals::another_round(&desk.engine, &admin(), id, new, None).await;
            if asked.is_ok() {
                answered(&desk.engine, id).await;
            }
            asked.err()
        }
        Act::Close { .. } => None,
    };
    if let Some(error) = refused {
        assert!(MAY_COME.contains(&error.code()), "{act:?}: {error:?}");
    }
}

async fn holds(store: &TestStore, desk: &Desk, acts: &[Act]) {
    let root = desk.account(desk.root.id).await;
    let accounts = store.accounts_of_chain(root.id).await.unwrap();
    assert_eq!(root.limit_tokens, 100_000, "{acts:?}");
    for account in &accounts {
        assert_eq!(account.reserved_tokens, 0, "{acts:?}");
        assert!(
            account.spent_tokens + account.granted_tokens
                <= account.limit_tokens + account.overdraft_tokens
        );
        let below: i64 = accounts
            .iter()
            .filter(|one| one.parent_id == Some(account.id))
            .map(|one| one.limit_tokens)
            .sum();
        assert_eq!(account.granted_tokens, below, "{acts:?}");
    }
    let below = store.delegations_below(desk.root.id).await.unwrap();
    // No orphan: each account of the chain is a delegation of the tree.
    assert_eq!(below.len() + 1, accounts.len());
    let by_result: HashMap<ProposalId, &Delegation> = below
        .iter()
        .map(|one| (one.result_proposal_id, one))
        .collect();
    for one in &below {
        assert_ne!(one.status, DelegationStatus::Pending, "{acts:?}");
        assert_eq!(
            one.status == DelegationStatus::Completed,
            one.result.is_some(),
            "{one:?}"
        );
        // No cycle, and nobody below itself or above its ancestors' trust.
        let own = version(store, one.receiving_agent_id, one.receiving_agent_version).await;
        let mut seen = HashSet::from([one.receiving_agent_id]);
        let mut at = Some(one);
        while let Some(step) = at {
            assert!(seen.insert(step.delegating_agent_id), "{one:?}");
            let parent = store
                .proposal(step.parent_proposal_id)
                .await
                .unwrap()
                .unwrap();
            let above = version(store, step.delegating_agent_id, parent.agent_version).await;
            assert!(own <= above, "{one:?}");
            at = by_result.get(&step.parent_proposal_id).copied();
            assert!(at.is_some() || step.parent_proposal_id == desk.root.id);
        }
    }
}

async fn version(store: &TestStore, agent: AgentId, version: Option<i32>) -> TrustLevel {
    let read = store.agent_version(agent, version.unwrap()).await.unwrap();
    read.unwrap().trust_level
}
