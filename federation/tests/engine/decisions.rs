//! What people decide on collective proposals.

use crate::common::TestStore;
use crate::support::*;
use federation::{Engine, audit, collectives};
use model::*;
use serde_json::json;

both_engines!(
    accepting_keeps_the_synthesis,
    a_contribution_can_be_accepted_instead,
    a_revision_is_final_and_applies_the_revised_text,
    a_changed_hash_is_refused,
    of_two_at_once_one_decides,
    only_the_own_last_decision_can_be_undone,
    bad_decisions_name_the_field,
    a_viewer_decides_nothing,
    each_change_is_in_the_audit,
);

async fn finished(store: &TestStore) -> (Engine, CollectiveDetail) {
    let engine = engine(
        store,
        ScriptBridge::new(|r, _| {
            Plan::recommend(if is_synthesis(r) {
                "Ship, says the synthesis"
            } else if r.model == "b" {
                "Wait"
            } else {
                "Ship"
            })
        }),
    );
    engine.start_workers();
    let (hub, _) = hub_with(&engine, &["a", "b", "c"]).await;
    let done = run(&engine, &hub).await;
    (engine, done)
}

fn verdict(verdict: Verdict) -> NewCollectiveReview {
    NewCollectiveReview {
        verdict,
        comment: None,
        revised_content: None,
        content_hash: None,
        contribution_id: None,
        fields: None,
    }
}

async fn accepting_keeps_the_synthesis(store: TestStore) {
    let (engine, done) = finished(&store).await;
    let id = done.collective.id;
    let review = NewCollectiveReview {
        comment: Some("Sounds right.".to_owned()),
        content_hash: done.collective.content_hash.clone(),
        ..verdict(Verdict::Accepted)
    };
    let decided = collectives::decide(&engine, &person("Bo", Role::Reviewer), id, review)
        .await
        .unwrap();
    assert_eq!(decided.collective.decision, DecisionStatus::Accepted);
    assert_eq!(decided.collective.decided_by.as_deref(), Some("Bo"));
    assert_eq!(
        decided.collective.final_content,
        done.collective.final_content
    );
    assert_eq!(decided.reviews.len(), 1);
    assert_eq!(
        decided.reviews[0].content_hash,
        done.collective.content_hash
    );
    let again = collectives::decide(&engine, &admin(), id, verdict(Verdict::Rejected))
        .await
        .unwrap_err();
    assert_eq!(again.code(), "already_decided");
    engine.shutdown().await;
}

async fn a_contribution_can_be_accepted_instead(store: TestStore) {
    let (engine, done) = finished(&store).await;
    let chosen = &done.contributions[1];
    let review = NewCollectiveReview {
        contribution_id: Some(chosen.id),
        ..verdict(Verdict::Accepted)
    };
    let decided = collectives::decide(&engine, &admin(), done.collective.id, review)
        .await
        .unwrap();
    assert_eq!(decided.collective.final_content, chosen.content);
    assert_eq!(decided.reviews[0].contribution_id, Some(chosen.id));
    // Taken back, the synthesis is final again.
    let undone = collectives::decide(
        &engine,
        &admin(),
        done.collective.id,
        verdict(Verdict::Undone),
    )
    .await
    .unwrap();
    assert_eq!(undone.collective.decision, DecisionStatus::Pending);
    assert_eq!(
        undone.collective.final_content,
        done.collective.final_content
    );
    assert_eq!(undone.collective.content_hash, done.collective.content_hash);
    assert_eq!(undone.reviews.len(), 2);
    engine.shutdown().await;
}

async fn a_revision_is_final_and_applies_the_revised_text(store: TestStore) {
    let (engine, done) = finished(&store).await;
    let revised = json!({ "recommendation": "Ship on Monday\u{0}" });
    let review = NewCollectiveReview {
        revised_content: Some(revised),
        ..verdict(Verdict::Revised)
    };
    let decided = collectives::decide(&engine, &admin(), done.collective.id, review)
        .await
        .unwrap();
    assert_eq!(decided.collective.decision, DecisionStatus::Revised);
    assert_eq!(
        decided.collective.final_content,
        Some(json!({ "recommendation": "Ship on Monday" }))
    );
    engine.shutdown().await;
}

async fn a_changed_hash_is_refused(store: TestStore) {
    let (engine, done) = finished(&store).await;
    let review = NewCollectiveReview {
        content_hash: Some("0".repeat(64)),
        ..verdict(Verdict::Accepted)
    };
    let refused = collectives::decide(&engine, &admin(), done.collective.id, review)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), "content_changed");
    let now = collectives::get(&engine, &admin(), done.collective.id)
        .await
        .unwrap();
    assert_eq!(
        (now.collective.decision, now.reviews.len()),
        (DecisionStatus::Pending, 0)
    );
    engine.shutdown().await;
}

async fn of_two_at_once_one_decides(store: TestStore) {
    let (engine, done) = finished(&store).await;
    let callers: Vec<_> = (0..8)
        .map(|n| person(&format!("P{n}"), Role::Reviewer))
        .collect();
    let all = callers
        .iter()
        .map(|c| collectives::decide(&engine, c, done.collective.id, verdict(Verdict::Accepted)));
    let results = futures::future::join_all(all).await;
    assert_eq!(results.iter().filter(|r| r.is_ok()).count(), 1);
    for refused in results.into_iter().filter_map(Result::err) {
        assert_eq!(refused.code(), "already_decided");
    }
    let now = collectives::get(&engine, &admin(), done.collective.id)
        .await
        .unwrap();
    assert_eq!(now.reviews.len(), 1);
    engine.shutdown().await;
}

async fn only_the_own_last_decision_can_be_undone(store: TestStore) {
    let (engine, done) = finished(&store).await;
    let id = done.collective.id;
    let bo = person("Bo", Role::Reviewer);
    let nothing = collectives::decide(&engine, &bo, id, verdict(Verdict::Undone))
        .await
        .unwrap_err();
    assert_eq!(nothing.code(), "nothing_to_undo");
    collectives::decide(&engine, &bo, id, verdict(Verdict::Accepted))
        .await
        .unwrap();
    let others = collectives::decide(&engine, &admin(), id, verdict(Verdict::Undone))
        .await
        .unwrap_err();
    assert_eq!(others.code(), "not_undoable");
    // Bo's next decision closes the first one.
    let hub = federation::hubs::get(&engine, &bo, done.collective.hub_id)
        .await
        .unwrap();
    let second = run(&engine, &hub).await;
    collectives::decide(
        &engine,
        &bo,
        second.collective.id,
        verdict(Verdict::Rejected),
    )
    .await
    .unwrap();
    let late = collectives::decide(&engine, &bo, id, verdict(Verdict::Undone))
        .await
        .unwrap_err();
    assert_eq!(late.code(), "not_undoable");
    let now = collectives::get(&engine, &bo, id).await.unwrap();
    assert_eq!(now.collective.decision, DecisionStatus::Accepted);
    collectives::decide(&engine, &bo, second.collective.id, verdict(Verdict::Undone))
        .await
        .unwrap();
    engine.shutdown().await;
}

async fn bad_decisions_name_the_field(store: TestStore) {
    let (engine, done) = finished(&store).await;
    let nobody = ContributionId(done.collective.id.0);
    let cases = [
        (verdict(Verdict::Revised), "revised_content"),
        (
            NewCollectiveReview {
                revised_content: Some(json!({})),
                ..verdict(Verdict::Revised)
            },
            "revised_content",
        ),
        (
            NewCollectiveReview {
                revised_content: Some(json!("x")),
                ..verdict(Verdict::Accepted)
            },
            "revised_content",
        ),
        (
            NewCollectiveReview {
                contribution_id: Some(nobody),
                ..verdict(Verdict::Rejected)
            },
            "contribution_id",
        ),
        (
            NewCollectiveReview {
                contribution_id: Some(nobody),
                ..verdict(Verdict::Accepted)
            },
            "contribution_id",
        ),
        (
            NewCollectiveReview {
                comment: Some("x\0".to_owned()),
                ..verdict(Verdict::Rejected)
            },
            "comment",
        ),
    ];
    for (review, field) in cases {
        let refused = collectives::decide(&engine, &admin(), done.collective.id, review)
            .await
            .unwrap_err();
        assert_eq!(refused.refusal().errors[0].field, field, "{refused}");
    }
    engine.shutdown().await;
}

async fn a_viewer_decides_nothing(store: TestStore) {
    let (engine, done) = finished(&store).await;
    let viewer = person("Vi", Role::Viewer);
    let id = done.collective.id;
    for code in [
        collectives::decide(&engine, &viewer, id, verdict(Verdict::Accepted))
            .await
            .unwrap_err()
            .code(),
        collectives::cancel(&engine, &viewer, id)
            .await
            .unwrap_err()
            .code(),
        collectives::start(&engine, &viewer, question(done.collective.hub_id), None)
            .await
            .unwrap_err()
            .code(),
    ] {
        assert_eq!(code, "not_allowed");
    }
    collectives::get(&engine, &viewer, id).await.unwrap();
    engine.shutdown().await;
}

async fn each_change_is_in_the_audit(store: TestStore) {
    let (engine, done) = finished(&store).await;
    let id = done.collective.id;
    let refused = NewCollectiveReview {
        content_hash: Some("0".repeat(64)),
        ..verdict(Verdict::Accepted)
    };
    collectives::decide(&engine, &admin(), id, refused)
        .await
        .unwrap_err();
    collectives::decide(&engine, &admin(), id, verdict(Verdict::Accepted))
        .await
        .unwrap();
    collectives::decide(&engine, &admin(), id, verdict(Verdict::Undone))
        .await
        .unwrap();
    let filter = AuditFilter {
        subject_id: Some(id.0),
        ..AuditFilter::default()
    };
    let entries = audit::list(&engine, &admin(), filter, PageRequest::default())
        .await
        .unwrap()
        .items;
    let actions: Vec<_> = entries.iter().map(|e| e.action.as_str()).collect();
    assert_eq!(
        actions,
        [
            "collective_proposal.undone",
            "collective_proposal.decided",
            "collective_proposal.started"
        ]
    );
    assert!(
        entries
            .iter()
            .all(|e| e.actor_name == "Ada" && e.hub_id == Some(done.collective.hub_id))
    );
    engine.shutdown().await;
}
