use model::ConsensusGroup;
use serde_json::json;
use uuid::Uuid;

use super::*;

fn id(n: u128) -> ContributionId {
    ContributionId(Uuid::from_u128(n))
}

fn consensus(groups: &[&[u128]]) -> Consensus {
    let groups: Vec<ConsensusGroup> = groups
        .iter()
        .map(|ids| ConsensusGroup {
            recommendation: "x".to_owned(),
            contribution_ids: ids.iter().map(|n| id(*n)).collect(),
            agents: ids.iter().map(|n| format!("Agent {n}")).collect(),
        })
        .collect();
    let whole = json!({
        "method": "folded_recommendation", "asked": 3, "quorum": 2, "reason": "",
        "readable": groups.iter().map(|g| g.agents.len()).sum::<usize>(),
        "groups": groups,
    });
    serde_json::from_value(whole).unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn rows_are_the_fields_of_all_in_one_order() {
    let a = json!({"zeal": 1, "risks": ["r"], "recommendation": "x", "empty": []});
    let b = json!({"effort": "one day", "confidence": 0.5, "rationale": "y"});
    assert_eq!(
        keys([&a, &b].into_iter()),
        [
            "recommendation",
            "confidence",
            "rationale",
            "risks",
            "effort",
            "zeal"
        ]
    );
    assert!(keys([&json!("text")].into_iter()).is_empty());
}

#[test]
fn a_cell_shows_its_value_or_the_difference() {
    let a = json!({"recommendation": "Ship it on Monday", "confidence": 0.8, "risks": ["one"]});
    let b = json!({"recommendation": "Ship it on Friday", "confidence": 0.8});
    assert_eq!(cell(Some(&a), None, "confidence"), Cell::Share(0.8));
    assert_eq!(cell(Some(&b), None, "risks"), Cell::Empty);
    assert_eq!(cell(None, None, "risks"), Cell::Empty);
    assert_eq!(
        cell(Some(&b), Some(Some(&a)), "recommendation"),
        Cell::Difference(vec![
            Piece::Same("Ship it on ".to_owned()),
            Piece::Gone("Monday".to_owned()),
            Piece::New("Friday".to_owned()),
        ])
    );
    assert_eq!(
        cell(Some(&b), Some(Some(&a)), "confidence"),
        Cell::Share(0.8),
        "the same is shown as it is"
    );
    assert_eq!(
        cell(Some(&b), Some(Some(&a)), "risks"),
        Cell::Difference(vec![Piece::Gone("\u{2022} one".to_owned())])
    );
}

proptest::proptest! {
    #[test]
    fn a_readable_difference_is_still_one(
        old in "[ab]{1,3}( [abc]{1,3}){0,9}",
        new in "[ab]{1,3}( [abc]{1,3}){0,9}",
    ) {
        let pieces = readable(words(&old, &new));
        let of = |with: fn(&Piece) -> bool| -> String {
            let texts = pieces.iter().filter(|piece| with(piece)).map(|piece| match piece {
                Piece::Same(text) | Piece::Gone(text) | Piece::New(text) => text.as_str(),
            });
            texts.collect()
        };
        proptest::prop_assert_eq!(of(|p| !matches!(p, Piece::New(_))), old);
        proptest::prop_assert_eq!(of(|p| !matches!(p, Piece::Gone(_))), new);
    }
}

#[test]
fn words_between_longer_changes_are_part_of_them() {
    let whole = readable(words(
        "Change it in small steps",
        "Do it once and do it fully",
    ));
    assert_eq!(
        whole,
        [
            Piece::Gone("Change it in small steps".to_owned()),
            Piece::New("Do it once and do it fully".to_owned()),
        ]
    );
    let kept = readable(words("one two three four five", "zero two three four six"));
    assert!(kept.contains(&Piece::Same(" two three four ".to_owned())));
}

#[test]
fn nested_values_become_lines() {
    let value = json!([{"risk": "late", "weight": 2}, "other"]);
    assert_eq!(
        text("risks", &value),
        "\u{2022} Risk: late\n\u{2022} Weight: 2\n\u{2022} other"
    );
    assert_eq!(text("confidence", &json!("0.25")), "25 %");
}

#[test]
fn who_agrees_has_a_letter_and_the_odd_one_is_told() {
    let judged = consensus(&[&[1, 2], &[3]]);
    let of = |n| mark(&judged, "recommendation", id(n));
    let first = of(1);
    assert_eq!(first, of(2));
    assert_eq!(
        first,
        Some(Mark {
            letters: vec!["A".to_owned()],
            words: "2 of 3 say so".to_owned(),
            odd: false
        })
    );
    assert!(of(3).is_some_and(|mark| mark.odd && mark.letters == ["B"]));
    assert_eq!(mark(&judged, "risks", id(1)), None);
    assert_eq!(
        agree_words(&judged, "recommendation").as_deref(),
        Some("2 of 3 agree")
    );
}

fn listed(agreeing: i64, clusters: &[&[u128]]) -> Consensus {
    let mut judged = consensus(&[&[1, 2, 3]]);
    judged.fields.push(FieldAgreement {
        field: "risks".to_owned(),
        kind: FieldKind::List,
        given: 3,
        agreeing,
        clusters: clusters
            .iter()
            .map(|ids| FieldCluster {
                value: "x".to_owned(),
                contribution_ids: ids.iter().map(|n| id(*n)).collect(),
            })
            .collect(),
        odd_ones: vec![id(3)],
        alpha: None,
        undefined: None,
        units: 3,
        interval: None,
        spread: None,
        capped: false,
    });
    judged
}

#[test]
fn of_a_list_the_points_count_that_others_name_too() {
    let judged = listed(2, &[&[1, 2], &[1, 2], &[1], &[3]]);
    let first = mark(&judged, "risks", id(1)).unwrap_or_else(|| panic!("no mark"));
    assert_eq!(first.letters, ["A", "B"]);
    assert_eq!(first.words, "2 points shared");
    assert!(mark(&judged, "risks", id(3)).is_some_and(|mark| mark.odd));
    assert_eq!(
        agree_words(&judged, "risks").as_deref(),
        Some("2 of 3 share a point")
    );
    let apart = listed(1, &[&[1], &[2], &[3]]);
    assert_eq!(mark(&apart, "risks", id(1)), None);
    assert_eq!(
        agree_words(&apart, "risks").as_deref(),
        Some("no shared point")
    );
}

#[test]
fn where_all_agree_or_none_does_nobody_is_odd() {
    let all = consensus(&[&[1, 2, 3]]);
    let one = mark(&all, "recommendation", id(1));
    assert!(one.is_some_and(|mark| mark.letters.is_empty() && !mark.odd));
    let none = consensus(&[&[1], &[2], &[3]]);
    for n in 1..=3 {
        assert!(mark(&none, "recommendation", id(n)).is_some_and(|mark| !mark.odd));
    }
    assert_eq!(
        agree_words(&none, "recommendation").as_deref(),
        Some("none of 3 agree")
    );
}

#[test]
fn who_is_compared_survives_the_address() {
    for who in [Who::Synthesis, Who::Agent(AgentId(Uuid::from_u128(7)))] {
        assert_eq!(Who::read(&who.word()), Some(who));
    }
    assert_eq!(Who::read("somebody"), None);
}
