//! The order: unique places, whatever is done at once.

use federation::routing;
use model::*;
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};

use super::{TASK, ids, nothing, order, policies};
use crate::common::TestStore;
use crate::support::*;

both_engines!(
    no_sequence_of_changes_loses_a_policy_or_a_place,
    a_policy_without_priority_comes_last,
    another_order_is_refused_where_the_list_has_changed,
    only_one_of_two_orders_at_once_stands,
);

#[derive(Clone, Debug)]
enum Change {
    Add,
    AddAt(i32),
    Delete(usize),
    Shuffle(u64),
    Up(usize),
    Down(usize),
}

fn change() -> impl Strategy<Value = Change> {
    let priority = prop_oneof![-3..3_i32, Just(i32::MIN), Just(i32::MAX)];
    prop_oneof![
        3 => Just(Change::Add),
        2 => priority.prop_map(Change::AddAt),
        1 => any::<usize>().prop_map(Change::Delete),
        3 => any::<u64>().prop_map(Change::Shuffle),
        1 => any::<usize>().prop_map(Change::Up),
        1 => any::<usize>().prop_map(Change::Down),
    ]
}

/// Does the same in the simplest way: a list of ids.
fn shuffled(ids: &[RoutingPolicyId], mut seed: u64) -> Vec<RoutingPolicyId> {
    let mut left = ids.to_vec();
    let mut order = Vec::new();
    while !left.is_empty() {
        let at = usize::try_from(seed % left.len() as u64).unwrap();
        seed = seed.rotate_left(7).wrapping_mul(31).wrapping_add(5);
        order.push(left.remove(at));
    }
    order
}

/// Whatever is done in whatever order: priorities stay unique, nothing is
/// lost, the order is the one that was asked for, and versions tell who moved.
async fn no_sequence_of_changes_loses_a_policy_or_a_place(store: TestStore) {
    let engine = engine(&store, nothing());
    let (hub, all) = hub_with(&engine, &["a", "b"]).await;
    let (hub, agent) = (hub.id, all[0].id);
    let mut expected = ids(&policies(&engine, hub).await);
    let mut runner = TestRunner::new(Config::default());
    let changes = proptest::collection::vec(change(), 60)
        .new_tree(&mut runner)
        .unwrap()
        .current();
    for (nth, change) in changes.iter().enumerate() {
        let before = policies(&engine, hub).await;
        match change {
            Change::Add => {
                let new = NewRoutingPolicy::last(hub, TASK, agent);
                let made = routing::create(&engine, &admin(), new).await.unwrap();
                expected.push(made.id);
            }
            Change::AddAt(priority) => {
                let new = NewRoutingPolicy {
                    priority: Some(*priority),
                    ..NewRoutingPolicy::last(hub, TASK, agent)
                };
                let taken = before.iter().any(|p| p.priority == *priority);
                match routing::create(&engine, &admin(), new).await {
                    Ok(made) => {
                        assert!(!taken);
                        let place = before.iter().filter(|p| p.priority > *priority).count();
                        expected.insert(place, made.id);
                    }
                    Err(e) => assert!(taken && e.code() == "priority_taken", "{e}"),
                }
            }
            Change::Delete(_) | Change::Up(_) | Change::Down(_) if expected.is_empty() => {}
            Change::Delete(at) => {
                let id = expected.remove(at % expected.len());
                routing::delete(&engine, &admin(), id, None).await.unwrap();
            }
            Change::Shuffle(seed) => {
                expected = shuffled(&expected, *seed);
                let wanted = order(hub, expected.clone());
                let got = routing::reorder(&engine, &admin(), wanted).await.unwrap();
                assert_eq!(ids(&got), expected);
            }
            Change::Up(at) => {
                let at = at % expected.len();
                routing::shift(&engine, &admin(), expected[at], true, None)
                    .await
                    .unwrap();
                expected.swap(at, at.saturating_sub(1));
            }
            Change::Down(at) => {
                let at = at % expected.len();
                routing::shift(&engine, &admin(), expected[at], false, None)
                    .await
                    .unwrap();
                let next = (at + 1).min(expected.len() - 1);
                expected.swap(at, next);
            }
        }
        let now = policies(&engine, hub).await;
        let said = format!("after {:?}", &changes[..=nth]);
        assert_eq!(ids(&now), expected, "{said}");
        assert!(
            now.windows(2).all(|w| w[0].priority > w[1].priority),
            "{said}"
        );
        // Who got another place is at the next version, nobody else.
        for was in before {
            if let Some(is) = now.iter().find(|is| is.id == was.id) {
                let moved = i32::from(is.priority != was.priority);
                assert_eq!(is.version, was.version + moved, "{said}");
            }
        }
    }
}

async fn a_policy_without_priority_comes_last(store: TestStore) {
    let engine = engine(&store, nothing());
    let (hub, all) = hub_with(&engine, &["a"]).await;
    let add = |task: &'static str, priority| {
        let new = NewRoutingPolicy {
            priority,
            ..NewRoutingPolicy::last(hub.id, task, all[0].id)
        };
        let engine = engine.clone();
        async move { routing::create(&engine, &admin(), new).await.unwrap() }
    };
    assert_eq!(add(TASK, None).await.priority, 99);
    assert_eq!(add(TASK, None).await.priority, 98);
    assert_eq!(add("triage", None).await.priority, 0);
    assert_eq!(add("triage", None).await.priority, -1);
    // Below the lowest there is nothing: the others move up.
    let lowest = add("triage", Some(i32::MIN)).await;
    let last = add("triage", None).await;
    let table = routing::table(&engine, &admin(), hub.id, "triage")
        .await
        .unwrap();
    assert_eq!(table.len(), 4);
    assert_eq!(table[2].policy.id, lowest.id);
    assert_eq!(table[3].policy.id, last.id);
}

async fn another_order_is_refused_where_the_list_has_changed(store: TestStore) {
    let engine = engine(&store, nothing());
    let (hub, all) = hub_with(&engine, &["a", "b", "c"]).await;
    let stands = ids(&policies(&engine, hub.id).await);
    let reorder = |order: RouteOrder| {
        let engine = engine.clone();
        async move {
            routing::reorder(&engine, &admin(), order)
                .await
                .unwrap_err()
        }
    };
    for wrong in [
        stands[..2].to_vec(),
        vec![],
        [&stands[..2], &[RoutingPolicyId(uuid::Uuid::from_u128(7))]].concat(),
    ] {
        assert_eq!(reorder(order(hub.id, wrong)).await.code(), "order_changed");
    }
    let twice = vec![stands[0], stands[0], stands[1]];
    let refused = reorder(order(hub.id, twice)).await.refusal();
    assert_eq!(refused.errors[0].field, "policy_ids");
    let reversed: Vec<_> = stands.iter().rev().copied().collect();
    let stale = RouteOrder {
        seen_policy_ids: Some(reversed.clone()),
        ..order(hub.id, reversed.clone())
    };
    assert_eq!(reorder(stale).await.code(), "order_changed");
    assert_eq!(ids(&policies(&engine, hub.id).await), stands);
    let fresh = RouteOrder {
        seen_policy_ids: Some(stands),
        ..order(hub.id, reversed.clone())
    };
    let got = routing::reorder(&engine, &admin(), fresh).await.unwrap();
    assert_eq!(ids(&got), reversed);
    // The priorities in use are handed out anew, no others.
    assert_eq!(
        got.iter().map(|p| p.priority).collect::<Vec<_>>(),
        [100, 99, 98]
    );
    let first = routing::resolve_agent(&engine, &admin(), hub.id, TASK)
        .await
        .unwrap();
    assert_eq!(first.unwrap().id, all[2].id);
    let unknown = RouteOrder {
        task_type: "poetry".to_owned(),
        ..order(hub.id, vec![])
    };
    assert_eq!(
        reorder(unknown).await.refusal().errors[0].field,
        "task_type"
    );
}

async fn only_one_of_two_orders_at_once_stands(store: TestStore) {
    let engine = engine(&store, nothing());
    let (hub, _) = hub_with(&engine, &["a", "b", "c", "d"]).await;
    let stands = ids(&policies(&engine, hub.id).await);
    let caller = admin();
    let tries = (1..=6).map(|seed| {
        let wanted = RouteOrder {
            seen_policy_ids: Some(stands.clone()),
            ..order(hub.id, shuffled(&stands, seed * 1_000_003))
        };
        routing::reorder(&engine, &caller, wanted)
    });
    let results = futures::future::join_all(tries).await;
    let now = policies(&engine, hub.id).await;
    let stored = ids(&now);
    // Who asked for the order that stands already has changed nothing.
    let mut changed = 0;
    for result in results {
        match result {
            Ok(got) if ids(&got) != stands => {
                changed += 1;
                assert_eq!(ids(&got), stored);
            }
            Ok(_) => {}
            Err(e) => assert_eq!(e.code(), "order_changed"),
        }
    }
    assert_eq!(changed, 1);
    assert!(now.windows(2).all(|w| w[0].priority > w[1].priority));
}
