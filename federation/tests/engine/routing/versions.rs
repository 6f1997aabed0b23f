//! A change made on an older text is refused.

use federation::{Error, prices, routing};
use model::*;

use super::{TASK, ids, nothing, order, policies};
use crate::common::TestStore;
use crate::support::*;

both_engines!(
    a_stale_change_of_a_policy_is_refused,
    an_order_raises_the_versions_of_those_that_move,
    a_stale_change_of_a_price_is_refused,
    one_of_many_changes_at_once_stands,
);

fn ceiling(microusd: i64) -> RoutingPolicyPatch {
    RoutingPolicyPatch {
        max_cost_microusd_per_1k: Some(Some(microusd)),
        ..RoutingPolicyPatch::default()
    }
}

fn stale<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    let error = result.unwrap_err();
    assert_eq!(error.code(), "stale_version", "{error}");
    error.to_string()
}

async fn a_stale_change_of_a_policy_is_refused(store: TestStore) {
    let engine = engine(&store, nothing());
    let (hub, _) = hub_with(&engine, &["a", "b"]).await;
    let stands = policies(&engine, hub.id).await;
    let id = stands[0].id;
    assert!(stands.iter().all(|policy| policy.version == 1));
    let update = |patch, seen| {
        let engine = engine.clone();
        async move { routing::update(&engine, &admin(), id, patch, seen).await }
    };
    assert_eq!(update(ceiling(5), Some(1)).await.unwrap().version, 2);
    assert!(stale(update(ceiling(6), Some(1)).await).contains("at version 2"));
    // What changes nothing raises nothing, and is asked for the version all the same.
    assert_eq!(update(ceiling(5), Some(2)).await.unwrap().version, 2);
    stale(update(ceiling(5), Some(1)).await);
    let off = RoutingPolicyPatch {
        is_active: Some(false),
        ..RoutingPolicyPatch::default()
    };
    stale(update(off.clone(), Some(1)).await);
    // Who names no version changes what stands.
    assert_eq!(update(off, None).await.unwrap().version, 3);
    let now = routing::get(&engine, &admin(), id).await.unwrap();
    assert_eq!(
        (now.version, now.max_cost_microusd_per_1k, now.is_active),
        (3, Some(5), false)
    );
    stale(routing::shift(&engine, &admin(), id, false, Some(2)).await);
    stale(routing::delete(&engine, &admin(), id, Some(2)).await);
    assert_eq!(ids(&policies(&engine, hub.id).await), ids(&stands));
    routing::delete(&engine, &admin(), id, Some(3))
        .await
        .unwrap();
    let gone = routing::delete(&engine, &admin(), id, Some(3)).await;
    assert_eq!(gone.unwrap_err().code(), "not_found");
}

async fn an_order_raises_the_versions_of_those_that_move(store: TestStore) {
    let engine = engine(&store, nothing());
    let (hub, _) = hub_with(&engine, &["a", "b", "c"]).await;
    let stands = ids(&policies(&engine, hub.id).await);
    let versions = || async {
        let now = policies(&engine, hub.id).await;
        now.iter().map(|p| p.version).collect::<Vec<_>>()
    };
    let swapped = vec![stands[1], stands[0], stands[2]];
    let got = routing::reorder(&engine, &admin(), order(hub.id, swapped))
        .await
        .unwrap();
    let told: Vec<_> = got.iter().map(|p| p.version).collect();
    assert_eq!(told, [2, 2, 1]);
    assert_eq!(versions().await, told);
    // Its place has changed: what was meant for the old one is refused.
    stale(routing::update(&engine, &admin(), stands[0], ceiling(1), Some(1)).await);
    // An order speaks of no conditions: another ceiling is none of its business.
    routing::update(&engine, &admin(), stands[0], ceiling(1), Some(2))
        .await
        .unwrap();
    let back = RouteOrder {
        seen_policy_ids: Some(vec![stands[1], stands[0], stands[2]]),
        ..order(hub.id, stands.clone())
    };
    routing::reorder(&engine, &admin(), back).await.unwrap();
    assert_eq!(versions().await, [4, 3, 1]);
    // The first one cannot move up, which is no change.
    routing::shift(&engine, &admin(), stands[0], true, Some(4))
        .await
        .unwrap();
    assert_eq!(versions().await, [4, 3, 1]);
    routing::shift(&engine, &admin(), stands[0], false, Some(4))
        .await
        .unwrap();
    assert_eq!(versions().await, [4, 5, 1]);
    let explained = routing::explain(&engine, &admin(), hub.id, TASK, None, None)
        .await
        .unwrap();
    assert_eq!(explained.routes[0].policy.version, 4);
}

async fn a_stale_change_of_a_price_is_refused(store: TestStore) {
    let engine = engine(&store, nothing());
    let new = NewModelPrice {
        provider: Provider::Openai,
        model_name: "m".to_owned(),
        input_usd_per_million: 1.0,
        output_usd_per_million: 2.0,
    };
    let price = prices::create(&engine, &admin(), new).await.unwrap();
    assert_eq!(price.version, 1);
    let id = price.id;
    let update = |output, seen| {
        let engine = engine.clone();
        let patch = ModelPricePatch {
            output_usd_per_million: Some(output),
            ..ModelPricePatch::default()
        };
        async move { prices::update(&engine, &admin(), id, patch, seen).await }
    };
    assert_eq!(update(3.0, Some(1)).await.unwrap().version, 2);
    assert!(stale(update(4.0, Some(1)).await).contains("at version 2"));
    assert_eq!(update(3.0, Some(2)).await.unwrap().version, 2);
    assert_eq!(update(5.0, None).await.unwrap().version, 3);
    stale(prices::delete(&engine, &admin(), id, Some(2)).await);
    let now = prices::get(&engine, &admin(), id).await.unwrap();
    assert_eq!((now.version, now.output_usd_per_million), (3, 5.0));
    prices::delete(&engine, &admin(), id, Some(3))
        .await
        .unwrap();
    let gone = prices::delete(&engine, &admin(), id, Some(3)).await;
    assert_eq!(gone.unwrap_err().code(), "not_found");
}

async fn one_of_many_changes_at_once_stands(store: TestStore) {
    let engine = engine(&store, nothing());
    let (hub, _) = hub_with(&engine, &["a"]).await;
    let id = policies(&engine, hub.id).await[0].id;
    let caller = admin();
    let tries = (1..=6).map(|n| routing::update(&engine, &caller, id, ceiling(n), Some(1)));
    let results = futures::future::join_all(tries).await;
    let made: Vec<_> = results.iter().filter_map(|r| r.as_ref().ok()).collect();
    let now = routing::get(&engine, &caller, id).await.unwrap();
    assert_eq!(made, [&now]);
    assert_eq!(now.version, 2);
    let late = results.into_iter().filter(Result::is_err).map(stale);
    assert_eq!(late.count(), 5);
}
