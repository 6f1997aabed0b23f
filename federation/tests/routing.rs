//! Routing on both engines: the order, its conditions, prices, who would answer.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[macro_use]
mod common;
mod support;

use common::TestStore;
use federation::{Engine, agents, audit, governance, hubs, prices, routing, types};
use model::*;
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};
use support::*;

both_engines!(
    no_sequence_of_changes_loses_a_policy_or_a_place,
    the_first_of_all_is_the_one,
    a_policy_without_priority_comes_last,
    another_order_is_refused_where_the_list_has_changed,
    only_one_of_two_orders_at_once_stands,
    a_patch_changes_the_conditions,
    a_price_makes_an_agent_fit,
    prices_are_refused_with_their_field,
    who_would_answer_is_told_with_governance,
    changes_are_noted,
    lower_roles_change_nothing,
    many_policies_are_read_in_pieces,
    a_retired_task_type_is_routed_no_more,
);

const TASK: &str = "requirement_draft";

fn nothing() -> std::sync::Arc<ScriptBridge> {
    ScriptBridge::new(|_, _| Plan::hang())
}

async fn policies(engine: &Engine, hub: HubId) -> Vec<RoutingPolicy> {
    let all = routing::table(engine, &admin(), hub, TASK).await.unwrap();
    all.into_iter().map(|route| route.policy).collect()
}

fn ids(policies: &[RoutingPolicy]) -> Vec<RoutingPolicyId> {
    policies.iter().map(|p| p.id).collect()
}

fn order(hub_id: HubId, policy_ids: Vec<RoutingPolicyId>) -> RouteOrder {
    RouteOrder {
        hub_id,
        task_type: TASK.to_owned(),
        policy_ids,
        seen_policy_ids: None,
    }
}

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
/// lost, and the order is the one that was asked for.
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
                let before = policies(&engine, hub).await;
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
                routing::delete(&engine, &admin(), id).await.unwrap();
            }
            Change::Shuffle(seed) => {
                expected = shuffled(&expected, *seed);
                let wanted = order(hub, expected.clone());
                let got = routing::reorder(&engine, &admin(), wanted).await.unwrap();
                assert_eq!(ids(&got), expected);
            }
            Change::Up(at) => {
                let at = at % expected.len();
                routing::shift(&engine, &admin(), expected[at], true)
                    .await
                    .unwrap();
                expected.swap(at, at.saturating_sub(1));
            }
            Change::Down(at) => {
                let at = at % expected.len();
                routing::shift(&engine, &admin(), expected[at], false)
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
    }
}

/// With conditions, states and prices of any kind.
async fn the_first_of_all_is_the_one(store: TestStore) {
    let engine = engine(&store, nothing());
    let (hub, all) = hub_with(&engine, &["a", "b", "c", "d"]).await;
    let price = NewModelPrice {
        provider: Provider::Openai,
        model_name: "b".to_owned(),
        input_usd_per_million: 1.0,
        output_usd_per_million: 2.0,
    };
    prices::create(&engine, &admin(), price).await.unwrap();
    let condition = (
        any::<bool>(),
        proptest::option::of(0_i64..4_000),
        any::<bool>(),
        proptest::option::of(proptest::sample::select(TrustLevel::ALL)),
        proptest::option::weighted(0.2, 0_usize..4),
    );
    let policies = ids(&policies(&engine, hub.id).await);
    let mut runner = TestRunner::new(Config::default());
    let mut found = (0, 0);
    for _ in 0..40 {
        let (is_active, ceiling, capable, trust, sleeper) =
            condition.new_tree(&mut runner).unwrap().current();
        let at = found.0 + found.1;
        let patch = RoutingPolicyPatch {
            is_active: Some(is_active),
            max_cost_microusd_per_1k: Some(ceiling),
            required_capabilities: Some(if capable {
                vec![]
            } else {
                vec!["x".to_owned()]
            }),
            min_trust_level: Some(trust),
            ..RoutingPolicyPatch::default()
        };
        let id = policies[at % policies.len()];
        routing::update(&engine, &admin(), id, patch).await.unwrap();
        if let Some(sleeper) = sleeper {
            let agent = agents::get(&engine, &admin(), all[sleeper].id)
                .await
                .unwrap();
            agents::set_active(&engine, &admin(), agent.id, !agent.is_active)
                .await
                .unwrap();
        }
        let one = routing::resolve_agent(&engine, &admin(), hub.id, TASK)
            .await
            .unwrap();
        let every = routing::resolve_all_agents(&engine, &admin(), hub.id, TASK)
            .await
            .unwrap();
        assert_eq!(one.as_ref(), every.first());
        let told = routing::explain(&engine, &admin(), hub.id, TASK, None, None)
            .await
            .unwrap();
        assert_eq!(told.chosen_agent_id, one.as_ref().map(|a| a.id));
        assert_eq!(told.governance.is_some(), one.is_some());
        let fits: Vec<_> = told
            .routes
            .iter()
            .filter(|r| r.verdict.fits())
            .map(|r| r.policy.agent_registration_id)
            .collect();
        assert_eq!(fits, every.iter().map(|a| a.id).collect::<Vec<_>>());
        if one.is_some() {
            found.0 += 1;
        } else {
            found.1 += 1;
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

async fn a_patch_changes_the_conditions(store: TestStore) {
    let engine = engine(&store, nothing());
    let (hub, _) = hub_with(&engine, &["a", "b"]).await;
    let id = policies(&engine, hub.id).await[0].id;
    let patch = RoutingPolicyPatch {
        max_cost_microusd_per_1k: Some(Some(2_500)),
        required_capabilities: Some(vec![" text ".to_owned(), "text".to_owned()]),
        min_trust_level: Some(Some(TrustLevel::Elevated)),
        ..RoutingPolicyPatch::default()
    };
    let changed = routing::update(&engine, &admin(), id, patch).await.unwrap();
    assert_eq!(changed.max_cost_microusd_per_1k, Some(2_500));
    assert_eq!(changed.required_capabilities, ["text"]);
    assert_eq!(changed.min_trust_level, Some(TrustLevel::Elevated));
    assert!(changed.is_active);
    assert_eq!(routing::get(&engine, &admin(), id).await.unwrap(), changed);
    let none = RoutingPolicyPatch {
        max_cost_microusd_per_1k: Some(None),
        is_active: Some(false),
        ..RoutingPolicyPatch::default()
    };
    let changed = routing::update(&engine, &admin(), id, none).await.unwrap();
    assert_eq!(
        (changed.max_cost_microusd_per_1k, changed.is_active),
        (None, false)
    );
    assert_eq!(changed.min_trust_level, Some(TrustLevel::Elevated));
    let refused = |patch| {
        let engine = engine.clone();
        async move {
            let error = routing::update(&engine, &admin(), id, patch)
                .await
                .unwrap_err();
            error.refusal()
        }
    };
    let taken = RoutingPolicyPatch {
        priority: Some(99),
        ..RoutingPolicyPatch::default()
    };
    assert_eq!(refused(taken).await.code, "priority_taken");
    let negative = RoutingPolicyPatch {
        max_cost_microusd_per_1k: Some(Some(-1)),
        ..RoutingPolicyPatch::default()
    };
    assert_eq!(
        refused(negative).await.errors[0].field,
        "max_cost_microusd_per_1k"
    );
}

async fn a_price_makes_an_agent_fit(store: TestStore) {
    let engine = engine(&store, nothing());
    let (hub, all) = hub_with(&engine, &["a", "b"]).await;
    let id = policies(&engine, hub.id).await[0].id;
    let patch = RoutingPolicyPatch {
        max_cost_microusd_per_1k: Some(Some(2_000)),
        ..RoutingPolicyPatch::default()
    };
    routing::update(&engine, &admin(), id, patch).await.unwrap();
    let see = || async {
        let told = routing::explain(&engine, &admin(), hub.id, TASK, None, None)
            .await
            .unwrap();
        (told.routes[0].verdict, told.chosen_agent_id)
    };
    assert_eq!(see().await, (RouteVerdict::PriceUnknown, Some(all[1].id)));
    let unpriced = prices::unpriced(&engine, &admin()).await.unwrap();
    let names: Vec<_> = unpriced
        .iter()
        .map(|m| (m.model_name.as_str(), m.agents))
        .collect();
    assert_eq!(names, [("a", 1), ("b", 1)]);
    let new = NewModelPrice {
        provider: Provider::Openai,
        model_name: " a ".to_owned(),
        input_usd_per_million: 0.5,
        output_usd_per_million: 2.5,
    };
    let price = prices::create(&engine, &admin(), new.clone())
        .await
        .unwrap();
    assert_eq!(see().await, (RouteVerdict::OverCeiling, Some(all[1].id)));
    let cheaper = ModelPricePatch {
        output_usd_per_million: Some(2.0),
        ..ModelPricePatch::default()
    };
    let changed = prices::update(&engine, &admin(), price.id, cheaper)
        .await
        .unwrap();
    assert_eq!(
        (
            changed.input_usd_per_million,
            changed.output_usd_per_million
        ),
        (0.5, 2.0)
    );
    assert_eq!(see().await, (RouteVerdict::Chosen, Some(all[0].id)));
    assert_eq!(prices::unpriced(&engine, &admin()).await.unwrap().len(), 1);
    let twice = prices::create(&engine, &admin(), new).await.unwrap_err();
    assert_eq!(twice.code(), "price_known");
    prices::delete(&engine, &admin(), price.id).await.unwrap();
    assert_eq!(see().await.0, RouteVerdict::PriceUnknown);
    let gone = prices::delete(&engine, &admin(), price.id)
        .await
        .unwrap_err();
    assert_eq!(gone.code(), "not_found");
}

async fn prices_are_refused_with_their_field(store: TestStore) {
    let engine = engine(&store, nothing());
    let good = NewModelPrice {
        provider: Provider::Gemini,
        model_name: "g".to_owned(),
        input_usd_per_million: 0.0,
        output_usd_per_million: 1_000_000.0,
    };
    let cases = [
        (
            NewModelPrice {
                model_name: " ".to_owned(),
                ..good.clone()
            },
            "model_name",
        ),
        (
            NewModelPrice {
                input_usd_per_million: -0.1,
                ..good.clone()
            },
            "input_usd_per_million",
        ),
        (
            NewModelPrice {
                output_usd_per_million: f64::NAN,
                ..good.clone()
            },
            "output_usd_per_million",
        ),
        (
            NewModelPrice {
                output_usd_per_million: 1_000_000.5,
                ..good.clone()
            },
            "output_usd_per_million",
        ),
    ];
    for (form, field) in cases {
        let refused = prices::create(&engine, &admin(), form).await.unwrap_err();
        assert_eq!(refused.refusal().errors[0].field, field, "{refused}");
    }
    prices::create(&engine, &admin(), good).await.unwrap();
}

async fn who_would_answer_is_told_with_governance(store: TestStore) {
    let engine = engine(&store, nothing());
    let (hub, all) = hub_with(&engine, &["a", "b", "c"]).await;
    let stands = policies(&engine, hub.id).await;
    let rule = NewGovernancePolicy {
        hub_id: hub.id,
        agent_registration_id: all[1].id,
        artifact_type: "collective_proposal".to_owned(),
        allowed_actions: vec![Action::Read],
    };
    let rule = governance::create(&engine, &admin(), rule).await.unwrap();
    let off = RoutingPolicyPatch {
        is_active: Some(false),
        ..RoutingPolicyPatch::default()
    };
    routing::update(&engine, &admin(), stands[0].id, off)
        .await
        .unwrap();
    agents::set_active(&engine, &admin(), all[2].id, false)
        .await
        .unwrap();
    let artifact = Some("collective_proposal");
    let told = routing::explain(&engine, &admin(), hub.id, TASK, artifact, None)
        .await
        .unwrap();
    let words: Vec<_> = told.routes.iter().map(|r| r.verdict).collect();
    assert_eq!(
        words,
        [
            RouteVerdict::InactivePolicy,
            RouteVerdict::Chosen,
            RouteVerdict::InactiveAgent
        ]
    );
    // Blocked, and chosen all the same.
    assert_eq!(told.chosen_agent_id, Some(all[1].id));
    let verdict = told.governance.unwrap();
    assert_eq!((verdict.allowed, verdict.policy_id), (false, Some(rule.id)));
    let usual = routing::explain(&engine, &admin(), hub.id, TASK, None, None)
        .await
        .unwrap();
    assert_eq!(usual.artifact_type, "requirement_candidate");
    assert!(usual.governance.unwrap().allowed);
    let nobody = routing::explain(&engine, &admin(), hub.id, "triage", None, None)
        .await
        .unwrap();
    assert_eq!((nobody.chosen_agent_id, nobody.governance), (None, None));
    let unknown = routing::explain(&engine, &admin(), hub.id, TASK, Some("poem"), None)
        .await
        .unwrap_err();
    assert_eq!(unknown.refusal().errors[0].field, "artifact_type");
}

async fn changes_are_noted(store: TestStore) {
    let engine = engine(&store, nothing());
    let (hub, _) = hub_with(&engine, &["a", "b"]).await;
    let stands = ids(&policies(&engine, hub.id).await);
    let reversed = vec![stands[1], stands[0]];
    routing::reorder(&engine, &admin(), order(hub.id, reversed.clone()))
        .await
        .unwrap();
    // The same once more is no change.
    routing::reorder(&engine, &admin(), order(hub.id, reversed.clone()))
        .await
        .unwrap();
    routing::shift(&engine, &admin(), stands[1], true)
        .await
        .unwrap();
    routing::delete(&engine, &admin(), stands[0]).await.unwrap();
    let fallback = HubPatch {
        routing_fallback: Some(true),
        ..HubPatch::default()
    };
    let changed = hubs::update(&engine, &admin(), hub.id, fallback)
        .await
        .unwrap();
    assert!(changed.routing_fallback);
    assert!(
        hubs::get(&engine, &admin(), hub.id)
            .await
            .unwrap()
            .routing_fallback
    );
    let filter = AuditFilter {
        hub_id: Some(hub.id),
        ..AuditFilter::default()
    };
    let entries = audit::list(&engine, &admin(), filter, PageRequest::default())
        .await
        .unwrap()
        .items;
    let actions: Vec<_> = entries.iter().map(|e| e.action.as_str()).collect();
    assert_eq!(
        actions[..3],
        [
            "hub.updated",
            "routing_policy.deleted",
            "routing_policy.reordered"
        ]
    );
    assert_eq!(
        actions
            .iter()
            .filter(|a| **a == "routing_policy.reordered")
            .count(),
        1
    );
    let detail = &entries[2].detail;
    assert_eq!(detail["after"], serde_json::json!(reversed));
    assert_eq!(detail["before"], serde_json::json!(stands));
}

async fn lower_roles_change_nothing(store: TestStore) {
    let engine = engine(&store, nothing());
    let (hub, all) = hub_with(&engine, &["a", "b"]).await;
    let stands = policies(&engine, hub.id).await;
    let low = person("Re", Role::Reviewer);
    let id = stands[0].id;
    let new = NewModelPrice {
        provider: Provider::Openai,
        model_name: "a".to_owned(),
        input_usd_per_million: 1.0,
        output_usd_per_million: 1.0,
    };
    let price = prices::create(&engine, &person("St", Role::Steward), new.clone())
        .await
        .unwrap();
    let again = NewRoutingPolicy::last(hub.id, TASK, all[0].id);
    let refusals = [
        routing::create(&engine, &low, again).await.err(),
        routing::update(&engine, &low, id, RoutingPolicyPatch::default())
            .await
            .err(),
        routing::delete(&engine, &low, id).await.err(),
        routing::shift(&engine, &low, id, false).await.err(),
        routing::reorder(&engine, &low, order(hub.id, ids(&stands)))
            .await
            .err(),
        prices::create(&engine, &low, new).await.err(),
        prices::update(&engine, &low, price.id, ModelPricePatch::default())
            .await
            .err(),
        prices::delete(&engine, &low, price.id).await.err(),
    ];
    for refused in refusals {
        assert_eq!(refused.expect("refused").code(), "not_allowed");
    }
    let steward = person("St", Role::Steward);
    let fallback = HubPatch {
        routing_fallback: Some(true),
        ..HubPatch::default()
    };
    let refused = hubs::update(&engine, &steward, hub.id, fallback)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), "not_allowed");
    assert_eq!(policies(&engine, hub.id).await, stands);
    assert_eq!(prices::get(&engine, &low, price.id).await.unwrap(), price);
}

/// The first look reads few policies; what fits may stand further down.
async fn many_policies_are_read_in_pieces(store: TestStore) {
    let engine = engine(&store, nothing());
    let (hub, all) = hub_with(&engine, &["a", "b"]).await;
    let mut tx = store.begin().await.unwrap();
    for n in 0..300 {
        let policy = RoutingPolicy {
            id: engine.clock().id(),
            hub_id: hub.id,
            task_type: "triage".to_owned(),
            agent_registration_id: all[0].id,
            priority: 1_000 - n,
            is_active: true,
            max_cost_microusd_per_1k: Some(1),
            required_capabilities: Vec::new(),
            min_trust_level: None,
            created_at: engine.clock().now(),
        };
        tx.insert_routing_policy(&policy).await.unwrap();
    }
    tx.commit().await.unwrap();
    let resolve = || async {
        let found = routing::resolve_agent(&engine, &admin(), hub.id, "triage").await;
        found.unwrap().map(|agent| agent.id)
    };
    assert_eq!(resolve().await, None);
    let last = NewRoutingPolicy::last(hub.id, "triage", all[1].id);
    routing::create(&engine, &admin(), last).await.unwrap();
    assert_eq!(resolve().await, Some(all[1].id));
}

async fn a_retired_task_type_is_routed_no_more(store: TestStore) {
    let engine = engine(&store, nothing());
    let (hub, all) = hub_with(&engine, &["a"]).await;
    let new = NewRegisteredType {
        kind: TypeKind::TaskType,
        key: "translation".to_owned(),
        label: "Translation".to_owned(),
    };
    let registered = types::create(&engine, &admin(), new).await.unwrap();
    let route = |is_active| NewRoutingPolicy {
        is_active,
        ..NewRoutingPolicy::last(hub.id, "translation", all[0].id)
    };
    let policy = routing::create(&engine, &admin(), route(false))
        .await
        .unwrap();
    let retire = RegisteredTypePatch {
        is_retired: Some(true),
        ..RegisteredTypePatch::default()
    };
    types::update(&engine, &admin(), registered.id, retire)
        .await
        .unwrap();
    let on = RoutingPolicyPatch {
        is_active: Some(true),
        ..RoutingPolicyPatch::default()
    };
    let refused = routing::update(&engine, &admin(), policy.id, on)
        .await
        .unwrap_err();
    assert_eq!(refused.refusal().code, "type_retired");
    let refused = routing::create(&engine, &admin(), route(true))
        .await
        .unwrap_err();
    assert_eq!(refused.refusal().errors[0].field, "task_type");
    assert!(
        !routing::get(&engine, &admin(), policy.id)
            .await
            .unwrap()
            .is_active
    );
}
