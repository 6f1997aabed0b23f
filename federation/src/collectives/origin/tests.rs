use proptest::prelude::*;
use serde_json::json;

use super::*;

#[test]
fn sentences_are_split_where_they_end() {
    for (text, expected) in [
        (
            "One. Two! Three? Four",
            vec!["One.", "Two!", "Three?", "Four"],
        ),
        (
            "It costs 3.5 EUR. Fine.",
            vec!["It costs 3.5 EUR.", "Fine."],
        ),
        (
            "Use a store, e.g. Redis. Or none.",
            vec!["Use a store, e.g. Redis.", "Or none."],
        ),
        (
            "Use one (i.e. S3). Now.",
            vec!["Use one (i.e. S3).", "Now."],
        ),
        (
            "Ask J. Smith vs. K. Jones.",
            vec!["Ask J. Smith vs. K. Jones."],
        ),
        (
            "See v1.2.3 at example.com. Then go.",
            vec!["See v1.2.3 at example.com.", "Then go."],
        ),
        (
            "At 8 a.m. or later. Done",
            vec!["At 8 a.m. or later.", "Done"],
        ),
        (
            "- first item\n2. second item\n\n* third.",
            vec!["first item", "second item", "third."],
        ),
        (
            "He said \"Stop.\" We did.",
            vec!["He said \"Stop.", "We did."],
        ),
        ("Wait… Really?!", vec!["Wait…", "Really?!"]),
        ("まだ。次へ", vec!["まだ。", "次へ"]),
        ("...", vec![]),
        ("", vec![]),
    ] {
        assert_eq!(split(text), expected, "{text}");
    }
}

fn contributions() -> Vec<Value> {
    vec![
        json!({
            "recommendation": "Postpone the launch",
            "rationale": "The payment tests fail in 3 of 10 runs. Customers would lose their orders. The team is tired.",
            "risks": ["Competitors may launch first"],
        }),
        json!({
            "recommendation": "Delay the release",
            "rationale": "Payment tests failed. That happens in three of ten runs.",
            "evidence": ["CI log of 12 November"],
        }),
        json!({
            "recommendation": "Launch now",
            "rationale": "Customers would not lose their orders. A delay costs 20 000 EUR.",
        }),
    ]
}

fn found(synthesis: &Value) -> Vec<(String, Vec<usize>)> {
    let contributions = contributions();
    let contributions: Vec<&Value> = contributions.iter().collect();
    let origins = origins(synthesis, &contributions);
    let told = origins
        .into_iter()
        .map(|one| (one.sentence, one.contributions));
    told.collect()
}

#[test]
fn a_sentence_is_found_in_what_was_said() {
    for (sentence, expected) in [
        ("Postpone the launch.", vec![0, 1]),
        ("Payment tests fail in 3 of 10 runs.", vec![0, 1]),
        ("Payment tests fail in 4 of 10 runs.", vec![]),
        ("Customers would lose orders.", vec![0]),
        ("Customers would not lose orders.", vec![2]),
        (
            "Two of the three agents note that the payment tests are failing.",
            vec![0, 1],
        ),
        ("Others may sell more.", vec![]),
        ("Competitors may release first.", vec![0]),
        ("We could sell the company.", vec![]),
        ("The CI log shows it.", vec![1]),
        ("The team fails in orders.", vec![]),
    ] {
        let synthesis = json!({ "rationale": sentence });
        assert_eq!(found(&synthesis), [(sentence.to_owned(), expected)]);
    }
}

#[test]
fn fields_are_told_in_their_order() {
    let synthesis = json!({
        "zeal": "High.", "evidence": ["CI log of 12 November"], "risks": [{ "title": "Competitors may launch first", "weight": 3 }],
        "rationale": "Customers would lose orders. Sell all.", "recommendation": "Delay the launch", "confidence": 0.7
    });
    let contributions = contributions();
    let contributions: Vec<&Value> = contributions.iter().collect();
    let fields: Vec<(String, Vec<usize>)> = origins(&synthesis, &contributions)
        .into_iter()
        .map(|one| (one.field, one.contributions))
        .collect();
    let expected = [
        ("recommendation", vec![0, 1]),
        ("rationale", vec![0]),
        ("rationale", vec![]),
        ("risks", vec![0]),
        ("evidence", vec![1]),
        ("zeal", vec![]),
    ];
    assert_eq!(
        fields,
        expected.map(|(field, said)| (field.to_owned(), said))
    );
}

#[test]
fn hostile_sizes_take_bounded_work() {
    let many = "The payment tests fail again and again. ".repeat(20_000);
    let items: Vec<String> = (0..10_000)
        .map(|n| format!("Item {n} of the tests fails"))
        .collect();
    let long = "word ".repeat(100_000);
    let big = json!({ "rationale": many, "risks": items, "evidence": long });
    let found = origins(&big, &[&big, &json!(7), &json!({ "rationale": null })]);
    assert_eq!(found.len(), MOST_SENTENCES);
    assert!(found.iter().all(|one| one.contributions == [0]));
    assert!(origins(&json!("text"), &[]).is_empty());
}

fn any_answer() -> impl Strategy<Value = Value> {
    let words = "payment|tests|fail|not|customers|lose|orders|3|10|launch|postpone|delay|keep|remove|never|e.g.|. |! |\n- ";
    let words: Vec<&'static str> = words.split('|').collect();
    let text = proptest::collection::vec(proptest::sample::select(words), 0..14);
    let text = text.prop_map(|words| words.join(" "));
    (text.clone(), proptest::collection::vec(text, 0..3))
        .prop_map(|(rationale, risks)| json!({ "rationale": rationale, "risks": risks }))
}

proptest! {
    #[test]
    fn the_order_of_contributions_only_moves_their_places(synthesis in any_answer(), given in proptest::collection::vec(any_answer(), 0..5)) {
        let forth: Vec<&Value> = given.iter().collect();
        let back: Vec<&Value> = given.iter().rev().collect();
        let moved = origins(&synthesis, &back).into_iter().map(|mut one| {
            one.contributions = one.contributions.iter().rev().map(|at| given.len() - 1 - at).collect();
            one
        });
        prop_assert_eq!(origins(&synthesis, &forth), moved.collect::<Vec<_>>());
    }

    #[test]
    fn what_one_said_is_found_there(answer in any_answer(), other in any_answer()) {
        for one in origins(&answer, &[&other, &answer]) {
            prop_assert!(one.contributions.contains(&1), "{}", one.sentence);
        }
    }

    #[test]
    fn any_text_is_split_without_loss(text in ".*") {
        let words = |text: &str| text.split_whitespace().filter(|w| w.chars().any(char::is_alphabetic)).count();
        let parts: usize = split(&text).into_iter().map(words).sum();
        prop_assert!(parts >= words(&text));
    }
}
