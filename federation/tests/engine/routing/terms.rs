//! Conditions and prices.

use federation::{prices, routing};
use model::*;

use super::{TASK, nothing, policies};
use crate::common::TestStore;
use crate::support::*;

both_engines!(
    a_patch_changes_the_conditions,
    a_price_makes_an_agent_fit,
    prices_are_refused_with_their_field,
);

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
    let changed = routing::update(&engine, &admin(), id, patch, None)
        .await
        .unwrap();
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
    let changed = routing::update(&engine, &admin(), id, none, None)
        .await
        .unwrap();
    assert_eq!(
        (changed.max_cost_microusd_per_1k, changed.is_active),
        (None, false)
    );
    assert_eq!(changed.min_trust_level, Some(TrustLevel::Elevated));
    let refused = |patch| {
        let engine = engine.clone();
        async move {
            let error = routing::update(&engine, &admin(), id, patch, None)
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
    routing::update(&engine, &admin(), id, patch, None)
        .await
        .unwrap();
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
    let changed = prices::update(&engine, &admin(), price.id, cheaper, None)
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
    prices::delete(&engine, &admin(), price.id, None)
        .await
        .unwrap();
    assert_eq!(see().await.0, RouteVerdict::PriceUnknown);
    let gone = prices::delete(&engine, &admin(), price.id, None)
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
