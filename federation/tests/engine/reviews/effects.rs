//! What accepting does in the hub, and how it is taken back.

use model::*;
use serde_json::json;

use super::desk::*;
use crate::{common::TestStore, point::*, support::*};

both_engines!(
    a_drafted_requirement_becomes_a_candidate,
    a_summary_is_kept_on_its_widget,
    an_implementation_is_attached_to_its_decision,
    duplicates_are_linked_as_the_reviewer_chose,
    a_bad_choice_of_duplicates_is_refused,
    a_rejection_leaves_nothing,
    what_is_depended_on_stays,
    an_answer_that_lacks_a_title_is_revised_first,
);

async fn a_drafted_requirement_becomes_a_candidate(store: TestStore) {
    let desk = desk(&store).await;
    let asked = desk.ask(POINT).await;
    desk.decide(&bo(), asked.id, verdict(Verdict::Accepted))
        .await
        .unwrap();
    let effects = desk.effects(asked.id).await;
    let [Effect::Candidate { id, title }] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    assert_eq!(title, "Free slots in the week view");
    let brief = desk.engine.store().candidate_briefs(&[*id]).await.unwrap();
    assert_eq!(brief[0].status, CandidateStatus::Open);
    assert_eq!(
        brief[0].body,
        "A guest sees what is free.\n\nAcceptance criteria:\n- Free slots are marked."
    );
    // Undone, it is put away; accepted again, there is another one.
    let id = *id;
    desk.decide(&bo(), asked.id, verdict(Verdict::Undone))
        .await
        .unwrap();
    assert_eq!(desk.candidate_status(id).await, CandidateStatus::Archived);
    assert_eq!(desk.effects(asked.id).await, []);
    let text = json!({ "title": "Mine", "body": "B" });
    desk.decide(&bo(), asked.id, revised(text)).await.unwrap();
    let effects = desk.effects(asked.id).await;
    let [Effect::Candidate { title, .. }] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    assert_eq!(title, "Mine");
    desk.engine.shutdown().await;
}

async fn a_summary_is_kept_on_its_widget(store: TestStore) {
    let desk = desk(&store).await;
    let asked = desk.ask(InvocationPoint::SummarizeCluster).await;
    for _ in 0..2 {
        desk.decide(&bo(), asked.id, verdict(Verdict::Accepted))
            .await
            .unwrap();
        let effects = desk.effects(asked.id).await;
        let [Effect::Summary { widget_id, .. }] = effects.as_slice() else {
            panic!("{effects:?}");
        };
        assert_eq!(*widget_id, desk.place.widget);
        desk.decide(&bo(), asked.id, verdict(Verdict::Undone))
            .await
            .unwrap();
        assert_eq!(desk.effects(asked.id).await, []);
    }
    desk.engine.shutdown().await;
}

async fn an_implementation_is_attached_to_its_decision(store: TestStore) {
    let desk = desk(&store).await;
    let asked = desk.ask(InvocationPoint::ProposeImplementation).await;
    for _ in 0..2 {
        desk.decide(&bo(), asked.id, verdict(Verdict::Accepted))
            .await
            .unwrap();
        let effects = desk.effects(asked.id).await;
        let [
            Effect::Implementation {
                decision_record_id, ..
            },
        ] = effects.as_slice()
        else {
            panic!("{effects:?}");
        };
        assert_eq!(*decision_record_id, desk.place.decision);
        desk.decide(&bo(), asked.id, verdict(Verdict::Undone))
            .await
            .unwrap();
        assert_eq!(desk.effects(asked.id).await, []);
    }
    desk.engine.shutdown().await;
}

async fn duplicates_are_linked_as_the_reviewer_chose(store: TestStore) {
    let desk = desk(&store).await;
    let asked = desk.ask(InvocationPoint::DetectDuplicates).await;
    let (own, other) = (desk.place.candidate, desk.place.other);
    // The agent would keep C0; the reviewer keeps the other one.
    desk.decide(&bo(), asked.id, chosen(other, &[own]))
        .await
        .unwrap();
    assert_eq!(desk.candidate_status(own).await, CandidateStatus::Duplicate);
    assert_eq!(desk.candidate_status(other).await, CandidateStatus::Open);
    assert_eq!(
        desk.effects(asked.id).await,
        [Effect::Duplicate {
            kept_candidate_id: other,
            duplicate_candidate_id: own
        }]
    );
    // Another report cannot link it once more, nor keep it.
    let again = desk.ask(InvocationPoint::DetectDuplicates).await;
    for choice in [chosen(other, &[own]), chosen(own, &[other])] {
        assert_eq!(
            desk.refused(&admin(), again.id, choice).await,
            "already_duplicate"
        );
    }
    desk.decide(&bo(), asked.id, verdict(Verdict::Undone))
        .await
        .unwrap();
    assert_eq!(desk.candidate_status(own).await, CandidateStatus::Open);
    assert_eq!(desk.effects(asked.id).await, []);
    desk.decide(&admin(), again.id, chosen(own, &[other]))
        .await
        .unwrap();
    assert_eq!(
        desk.candidate_status(other).await,
        CandidateStatus::Duplicate
    );
    desk.engine.shutdown().await;
}

async fn a_bad_choice_of_duplicates_is_refused(store: TestStore) {
    let desk = desk(&store).await;
    let asked = desk.ask(InvocationPoint::DetectDuplicates).await;
    let (own, other) = (desk.place.candidate, desk.place.other);
    let new = NewCandidate {
        hub_id: desk.place.hub.id,
        source_widget_id: None,
        title: "Not in the report".to_owned(),
        body: "Nothing alike.".to_owned(),
        status: None,
    };
    let stranger = federation::candidates::create(&desk.engine, &admin(), new)
        .await
        .unwrap()
        .id;
    for (choice, field) in [
        (verdict(Verdict::Accepted), "duplicates"),
        (chosen(own, &[]), "duplicates.duplicate_candidate_ids"),
        (
            chosen(own, &[own, other]),
            "duplicates.duplicate_candidate_ids",
        ),
        (
            chosen(own, &[stranger]),
            "duplicates.duplicate_candidate_ids",
        ),
        (chosen(stranger, &[own]), "duplicates.kept_candidate_id"),
    ] {
        match desk.decide(&bo(), asked.id, choice).await.unwrap_err() {
            federation::Error::Invalid(errors) => assert_eq!(errors[0].field, field),
            other => panic!("{field}: {other:?}"),
        }
    }
    assert_eq!(desk.get(asked.id).await.status, ProposalStatus::Pending);
    assert_eq!(desk.candidate_status(own).await, CandidateStatus::Open);
    desk.decide(&bo(), asked.id, verdict(Verdict::Rejected))
        .await
        .unwrap();
    desk.engine.shutdown().await;
}

async fn a_rejection_leaves_nothing(store: TestStore) {
    let desk = desk(&store).await;
    for point in POINTS {
        let asked = desk.ask(point).await;
        desk.decide(&bo(), asked.id, verdict(Verdict::Rejected))
            .await
            .unwrap();
        assert_eq!(desk.effects(asked.id).await, []);
        let now = desk.get(asked.id).await;
        assert_eq!((now.final_content, now.content), (None, asked.content));
    }
    assert_eq!(
        desk.candidate_status(desk.place.candidate).await,
        CandidateStatus::Open
    );
    desk.engine.shutdown().await;
}

async fn what_is_depended_on_stays(store: TestStore) {
    let desk = desk(&store).await;
    let undo = || verdict(Verdict::Undone);
    // Somebody changed the duplicate's status since.
    let report = desk.ask(InvocationPoint::DetectDuplicates).await;
    let (own, other) = (desk.place.candidate, desk.place.other);
    desk.decide(&bo(), report.id, chosen(own, &[other]))
        .await
        .unwrap();
    let mut tx = store.begin().await.unwrap();
    tx.archive_candidate(other).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(desk.refused(&bo(), report.id, undo()).await, "depended_on");
    assert_eq!(desk.effects(report.id).await.len(), 1);

    // A decision record refers to the candidate.
    let asked = desk.ask(POINT).await;
    desk.decide(&bo(), asked.id, verdict(Verdict::Accepted))
        .await
        .unwrap();
    let [Effect::Candidate { id, .. }] = desk.effects(asked.id).await[..] else {
        panic!("no candidate");
    };
    let new = NewDecisionRecord {
        hub_id: desk.place.hub.id,
        requirement_candidate_id: Some(id),
        title: "D".to_owned(),
        context: "c".to_owned(),
        decision: "d".to_owned(),
        status: None,
    };
    federation::decisions::create(&desk.engine, &admin(), new)
        .await
        .unwrap();
    let refused = desk.decide(&bo(), asked.id, undo()).await.unwrap_err();
    assert_eq!(refused.code(), "depended_on");
    assert!(refused.to_string().contains("decision record"), "{refused}");
    let now = desk.get(asked.id).await;
    assert_eq!(now.status, ProposalStatus::Accepted);
    assert_eq!(desk.candidate_status(id).await, CandidateStatus::Open);

    // An agent was asked about it.
    let asked = desk.ask(POINT).await;
    desk.decide(&bo(), asked.id, verdict(Verdict::Accepted))
        .await
        .unwrap();
    let [Effect::Candidate { id, .. }] = desk.effects(asked.id).await[..] else {
        panic!("no candidate");
    };
    let about = federation::proposals::start(
        &desk.engine,
        &admin(),
        InvocationPoint::DetectDuplicates,
        id.0,
        NewInvocation::default(),
        None,
    )
    .await
    .unwrap();
    answered(&desk.engine, about.id).await;
    let refused = desk.decide(&bo(), asked.id, undo()).await.unwrap_err();
    assert!(
        refused.to_string().contains("an agent was asked"),
        "{refused}"
    );

    desk.engine.shutdown().await;
}

async fn an_answer_that_lacks_a_title_is_revised_first(store: TestStore) {
    let bridge = ScriptBridge::new(|_, _| Plan::text("No object, just words."));
    let desk = desk_with(&store, bridge).await;
    let asked = desk.ask(POINT).await;
    assert!(!asked.readable);
    let code = desk
        .refused(&bo(), asked.id, verdict(Verdict::Accepted))
        .await;
    assert_eq!(code, "needs_revision");
    let text = json!({ "title": "Mine", "body": "B" });
    desk.decide(&bo(), asked.id, revised(text)).await.unwrap();
    assert_eq!(desk.effects(asked.id).await.len(), 1);
    // A text is a summary all the same.
    let summary = desk.ask(InvocationPoint::SummarizeCluster).await;
    desk.decide(&bo(), summary.id, verdict(Verdict::Accepted))
        .await
        .unwrap();
    desk.engine.shutdown().await;
}
