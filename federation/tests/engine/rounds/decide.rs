//! Accepting field by field.

use std::collections::BTreeMap;

use federation::{Engine, collectives};
use model::*;
use serde_json::json;

use super::*;
use crate::{common::TestStore, support::*};

both_engines!(fields_are_accepted_one_by_one, wrong_choices_name_the_field);

async fn finished(engine: &Engine) -> CollectiveDetail {
    engine.start_workers();
    let (hub, _) = hub_with(engine, &["a", "b"]).await;
    run_with(engine, &hub, RoundPlan::AnswerThenReview).await
}

fn script() -> std::sync::Arc<ScriptBridge> {
    ScriptBridge::new(|r, _| {
        if is_synthesis(r) {
            return Plan::text("{\"recommendation\": \"Both\", \"risks\": [\"time\"]}");
        }
        match (task(r), r.model.as_str()) {
            ("contribution", "b") => Plan::text("{\"recommendation\": \"b\", \"effort\": 3}"),
            _ => usual(r),
        }
    })
}

fn accept(fields: &[(&str, Option<ContributionId>)]) -> NewCollectiveReview {
    let fields: FieldChoices = fields
        .iter()
        .map(|(field, whose)| ((*field).to_owned(), *whose))
        .collect::<BTreeMap<_, _>>();
    NewCollectiveReview {
        verdict: Verdict::Accepted,
        comment: None,
        revised_content: None,
        content_hash: None,
        contribution_id: None,
        fields: Some(fields),
    }
}

async fn fields_are_accepted_one_by_one(store: TestStore) {
    let engine = engine(&store, script());
    let done = finished(&engine).await;
    let (a, b) = (done.contributions[0].id, done.contributions[1].id);
    let review = NewCollectiveReview {
        content_hash: done.collective.content_hash.clone(),
        ..accept(&[
            ("recommendation", Some(a)),
            ("risks", None),
            ("effort", Some(b)),
        ])
    };
    let id = done.collective.id;
    let decided = collectives::decide(&engine, &admin(), id, review.clone())
        .await
        .unwrap();
    assert_eq!(decided.collective.decision, DecisionStatus::Accepted);
    assert_eq!(
        decided.collective.final_content,
        Some(json!({ "recommendation": "a", "risks": ["time"], "effort": 3 }))
    );
    assert_eq!(decided.reviews[0].fields, review.fields);
    // What the synthesiser wrote stays, and stands again after an undo.
    let undo = NewCollectiveReview {
        verdict: Verdict::Undone,
        fields: None,
        ..accept(&[])
    };
    let undone = collectives::decide(&engine, &admin(), id, undo)
        .await
        .unwrap();
    assert_eq!(
        undone.collective.final_content,
        done.collective.synthesis_content
    );
    engine.shutdown().await;
}

async fn wrong_choices_name_the_field(store: TestStore) {
    let engine = engine(&store, script());
    let done = finished(&engine).await;
    let a = done.contributions[0].id;
    let review_of_a = done.contributions[2].id;
    let id = done.collective.id;
    let cases = [
        (accept(&[]), "recommendation"),
        (accept(&[("risks", None)]), "recommendation"),
        (
            accept(&[("recommendation", None), ("effort", Some(a))]),
            "effort",
        ),
        (
            accept(&[("recommendation", None), ("effort", None)]),
            "effort",
        ),
        (
            accept(&[("recommendation", Some(ContributionId(uuid::Uuid::nil())))]),
            "no such contribution",
        ),
        (
            accept(&[("recommendation", Some(review_of_a))]),
            "no such contribution",
        ),
        (
            NewCollectiveReview {
                contribution_id: Some(a),
                ..accept(&[("recommendation", None)])
            },
            "without contribution_id",
        ),
        (
            NewCollectiveReview {
                verdict: Verdict::Rejected,
                ..accept(&[("recommendation", None)])
            },
            "accepted only",
        ),
    ];
    for (review, word) in cases {
        let refused = collectives::decide(&engine, &admin(), id, review)
            .await
            .unwrap_err();
        let (field, message) = field_of(&refused);
        assert_eq!(field, "fields");
        assert!(message.contains(word), "{message}");
    }
    engine.shutdown().await;
}
