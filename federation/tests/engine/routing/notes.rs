//! What the audit says, and who may change nothing.

use federation::{audit, hubs, prices, routing};
use model::*;

use super::{TASK, ids, nothing, order, policies};
use crate::common::TestStore;
use crate::support::*;

both_engines!(changes_are_noted, lower_roles_change_nothing,);

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
    routing::shift(&engine, &admin(), stands[1], true, None)
        .await
        .unwrap();
    routing::delete(&engine, &admin(), stands[0], None)
        .await
        .unwrap();
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
        routing::update(&engine, &low, id, RoutingPolicyPatch::default(), None)
            .await
            .err(),
        routing::delete(&engine, &low, id, None).await.err(),
        routing::shift(&engine, &low, id, false, None).await.err(),
        routing::reorder(&engine, &low, order(hub.id, ids(&stands)))
            .await
            .err(),
        prices::create(&engine, &low, new).await.err(),
        prices::update(&engine, &low, price.id, ModelPricePatch::default(), None)
            .await
            .err(),
        prices::delete(&engine, &low, price.id, None).await.err(),
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
