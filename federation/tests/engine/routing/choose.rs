//! Who answers, and why nobody else.

use federation::{agents, governance, prices, routing, types};
use model::*;
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};

use super::{TASK, ids, nothing, policies};
use crate::common::TestStore;
use crate::support::*;

both_engines!(
    the_first_of_all_is_the_one,
    who_would_answer_is_told_with_governance,
    many_policies_are_read_in_pieces,
    a_retired_task_type_is_routed_no_more,
);

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
        routing::update(&engine, &admin(), id, patch, None)
            .await
            .unwrap();
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
    routing::update(&engine, &admin(), stands[0].id, off, None)
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
            version: 1,
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
    let refused = routing::update(&engine, &admin(), policy.id, on, None)
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
