use proptest::prelude::*;
use serde_json::json;

use super::*;

fn compared(contents: &[Value], groups: &[usize]) -> Vec<FieldAgreement> {
    let contents: Vec<&Value> = contents.iter().collect();
    let vendors: Vec<usize> = (0..contents.len()).collect();
    compare(&contents, &vendors, groups, 7)
}

fn field<'a>(all: &'a [FieldAgreement], name: &str) -> &'a FieldAgreement {
    all.iter().find(|one| one.field == name).unwrap()
}

fn three() -> Vec<Value> {
    vec![
        json!({
            "recommendation": "Postpone the launch", "confidence": 0.8, "rationale": "Tests fail.",
            "risks": ["Customers wait", "Costs rise by 3 %"], "evidence": [],
            "effort": "small", "breaking": false, "zones": {"eu": "yes", "us": "no"}
        }),
        json!({
            "recommendation": "Delay the release", "confidence": 0.8, "rationale": "The tests are red.",
            "risks": ["customers wait.", "Morale"], "evidence": ["CI log"],
            "effort": "Small", "breaking": true, "zones": {"eu": "yes", "us": "yes"}
        }),
        json!({
            "recommendation": "Ship", "confidence": 0.5, "rationale": "Tests fail!",
            "risks": ["Costs rise by three percent"], "evidence": null,
            "effort": "large", "zones": {"eu": "Yes", "us": "no"}
        }),
    ]
}

#[test]
fn fields_come_in_their_order() {
    let all = compared(&three(), &[0, 0, 1]);
    let names: Vec<&str> = all.iter().map(|one| one.field.as_str()).collect();
    assert_eq!(
        names,
        [
            "recommendation",
            "confidence",
            "rationale",
            "risks",
            "evidence",
            "breaking",
            "effort",
            "zones"
        ]
    );
}

#[test]
fn a_recommendation_is_in_its_group() {
    let all = compared(&three(), &[0, 0, 1]);
    let one = field(&all, "recommendation");
    assert_eq!(
        (one.kind, one.given, one.agreeing),
        (FieldKind::Choice, 3, 2)
    );
    assert_eq!(one.clusters[0].value, "Postpone the launch");
    assert_eq!(one.odd_ones, [2]);
    assert_eq!(
        (one.alpha, one.undefined),
        (None, Some(Undefined::TooFewUnits))
    );
    assert_eq!((one.interval, one.units), (None, 1));
}

#[test]
fn a_list_is_compared_item_by_item() {
    let all = compared(&three(), &[0, 0, 1]);
    let risks = field(&all, "risks");
    assert_eq!(
        (risks.kind, risks.given, risks.agreeing, risks.units),
        (FieldKind::List, 3, 2, 3)
    );
    assert_eq!(risks.clusters[0].contributions, [0, 1]);
    assert_eq!(risks.clusters[1].contributions, [0, 2]);
    // Each names something that two of three name.
    assert!(risks.odd_ones.is_empty());
    // By hand: the units are 110, 101 and 010, so D_o = 6/9 and D_e = 40/72.
    let alpha = risks.alpha.unwrap();
    assert!((alpha - (1.0 - 8.0 * 6.0 / 40.0)).abs() < 1e-12, "{alpha}");
    assert!(risks.interval.is_some());
    // One has an empty list, one names something, one has none.
    let evidence = field(&all, "evidence");
    assert_eq!(
        (evidence.given, evidence.agreeing, evidence.units),
        (2, 1, 1)
    );
    assert_eq!(evidence.undefined, Some(Undefined::TooFewUnits));
}

#[test]
fn numbers_texts_and_objects() {
    let all = compared(&three(), &[0, 0, 1]);
    let confidence = field(&all, "confidence");
    assert_eq!(
        (confidence.kind, confidence.agreeing),
        (FieldKind::Number, 2)
    );
    let spread = confidence.spread.unwrap();
    assert!((spread.mean - 0.7).abs() < 1e-12 && spread.low < spread.high);
    let rationale = field(&all, "rationale");
    assert_eq!((rationale.kind, rationale.agreeing), (FieldKind::Text, 2));
    assert_eq!(rationale.odd_ones, [1]);
    let breaking = field(&all, "breaking");
    assert_eq!(
        (breaking.kind, breaking.given, breaking.agreeing),
        (FieldKind::Choice, 2, 1)
    );
    assert_eq!(field(&all, "effort").agreeing, 2);
    let zones = field(&all, "zones");
    assert_eq!((zones.units, zones.agreeing), (2, 2));
    assert_eq!(zones.odd_ones, [1]);
    assert!(zones.alpha.is_some());
}

#[test]
fn hostile_answers_are_compared_too() {
    let mut deep = json!("x");
    for _ in 0..120 {
        deep = json!([deep]);
    }
    let items: Vec<Value> = (0..10_000).map(|n| json!(format!("item {n}"))).collect();
    let many: serde_json::Map<String, Value> = (0..500)
        .map(|n| (format!("key {n:03}"), json!(n)))
        .collect();
    let contents = [
        json!({ "risks": items, "rationale": 7, "confidence": "high", "recommendation": [1, 2], "deep": deep, "mixed": 1 }),
        json!({ "risks": 12, "rationale": { "a": [] }, "confidence": 1e308, "recommendation": "  ", "deep": {}, "mixed": ["1"] }),
        json!({ "risks": [null, {}, [], true, { "title": "Item 5" }], "confidence": -0.0, "mixed": {} }),
        json!("no object"),
        json!(many),
    ];
    let all = compared(&contents, &[0]);
    assert!(field(&all, "risks").capped);
    assert_eq!(field(&all, "risks").clusters.len(), MOST_CLUSTERS);
    assert_eq!(field(&all, "risks").clusters[0].contributions, [0, 2]);
    assert_eq!(field(&all, "recommendation").given, 1);
    assert!(all.len() <= 5 + MOST_FIELDS);
    assert!(compare(&[], &[], &[], 1).is_empty());
}

#[test]
fn scores_of_a_review_round() {
    let scores = [
        vec![None, Some(4.0), Some(5.0)],
        vec![Some(2.0), None, Some(1.0)],
        vec![Some(3.0), Some(3.0), None],
    ];
    let found = review_scores(&scores, &[0, 1, 2], 3);
    assert_eq!(found.means, [Some(4.5), Some(1.5), Some(3.0)]);
    assert_eq!((found.scored.as_slice(), found.units), (&[2, 2, 2][..], 3));
    // By hand: D_o = 4/6; all six are 10 from their mean in squares, so D_e = 120/30.
    let expected = 1.0 - (4.0 / 6.0) / (120.0 / 30.0);
    assert!((found.alpha.unwrap() - expected).abs() < 1e-12, "{found:?}");
    let two = review_scores(&[vec![None, Some(4.0)], vec![Some(2.0), None]], &[0, 1], 3);
    assert_eq!(two.undefined, Some(Undefined::TooFewValues));
    let none = review_scores(&[vec![None], vec![]], &[0], 3);
    assert_eq!(none.means, [None, None]);
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3..3_i32).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-c]{0,2}".prop_map(Value::from),
        "[a-c ]{118,124}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map("[a-b]", inner, 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn any_content() -> impl Strategy<Value = Value> {
    let names = proptest::sample::select(vec![
        "recommendation",
        "confidence",
        "rationale",
        "risks",
        "own",
    ]);
    proptest::collection::btree_map(names.prop_map(str::to_owned), any_value(), 0..5)
        .prop_map(|map| Value::Object(map.into_iter().collect()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn counts_hold_for_any_answers(contents in proptest::collection::vec(any_content(), 0..5), groups in proptest::collection::vec(0..3_usize, 0..5)) {
        for one in compared(&contents, &groups) {
            prop_assert!(one.agreeing <= one.given && one.given <= count(contents.len()));
            prop_assert_eq!(one.alpha.is_some(), one.undefined.is_none());
            prop_assert!(one.alpha.is_none_or(|alpha| alpha.is_finite()));
            let members: Vec<usize> = one.clusters.iter().flat_map(|c| c.contributions.clone()).collect();
            prop_assert!(members.iter().all(|at| *at < contents.len()));
            prop_assert!(one.clusters.iter().all(|c| c.contributions.is_sorted_by(|a, b| a < b)));
            if one.kind != FieldKind::List {
                prop_assert_eq!(count(members.len()), one.given);
            }
            prop_assert!(one.odd_ones.len() * 2 < usize::try_from(one.given).unwrap().max(1));
        }
    }
}
