//! Verdicts and the states in which they can be given.

use federation::{audit, proposals, reviews};
use futures::future::join_all;
use model::*;
use serde_json::json;

use super::desk::*;
use crate::{common::TestStore, point::*, support::*};

both_engines!(
    accepting_names_who_decided_on_what,
    of_twenty_at_once_one_decides,
    each_verdict_has_its_states,
    another_answer_than_the_shown_one_is_refused,
    a_revision_keeps_both_texts,
    a_bad_revision_names_the_field,
    a_comment_decides_nothing,
    only_the_own_last_decision_can_be_undone,
    another_round_decides_nothing_and_leaves_the_undo,
    people_say_how_sure_they_are,
    a_viewer_decides_nothing,
);

async fn accepting_names_who_decided_on_what(store: TestStore) {
    let desk = desk(&store).await;
    let asked = desk.ask(POINT).await;
    let review = NewProposalReview {
        comment: Some("Sounds right.".to_owned()),
        ..shown(&asked, Verdict::Accepted)
    };
    let record = desk.decide(&bo(), asked.id, review).await.unwrap();
    assert_eq!(record.verdict, Verdict::Accepted);
    assert_eq!(record.reviewer, "Bo");
    assert_eq!(record.content_hash, asked.content_hash);
    let now = desk.get(asked.id).await;
    assert_eq!(now.status, ProposalStatus::Accepted);
    assert_eq!(now.decided_by.as_deref(), Some("Bo"));
    assert_eq!(now.final_content, now.content);
    let filter = AuditFilter {
        subject_id: Some(asked.id.0),
        ..AuditFilter::default()
    };
    let entries = audit::list(&desk.engine, &admin(), filter, PageRequest::default())
        .await
        .unwrap();
    assert_eq!(entries.items[0].action, "proposal.decided");
    let listed = reviews::list(&desk.engine, &bo(), asked.id).await.unwrap();
    assert_eq!(listed, [record]);
    desk.engine.shutdown().await;
}

async fn of_twenty_at_once_one_decides(store: TestStore) {
    let desk = desk(&store).await;
    let asked = desk.ask(POINT).await;
    let people: Vec<Caller> = (0..20)
        .map(|n| person(&format!("R{n}"), Role::Reviewer))
        .collect();
    let verdicts = [Verdict::Accepted, Verdict::Rejected];
    let all = people
        .iter()
        .zip(verdicts.iter().cycle())
        .map(|(who, what)| desk.decide(who, asked.id, shown(&asked, *what)));
    let results = join_all(all).await;
    let won: Vec<_> = results.iter().filter_map(|r| r.as_ref().ok()).collect();
    assert_eq!(won.len(), 1, "{results:?}");
    for lost in results.iter().filter_map(|r| r.as_ref().err()) {
        assert_eq!(lost.code(), "already_decided");
    }
    let now = desk.get(asked.id).await;
    assert_eq!(now.decided_by.as_deref(), Some(won[0].reviewer.as_str()));
    let effects = usize::from(won[0].verdict == Verdict::Accepted);
    assert_eq!(desk.effects(asked.id).await.len(), effects);
    let records = reviews::list(&desk.engine, &bo(), asked.id).await.unwrap();
    assert_eq!(records.len(), 1);
    // All of them accept the next one: exactly one candidate is made.
    let next = desk.ask(POINT).await;
    let all = people
        .iter()
        .map(|who| desk.decide(who, next.id, shown(&next, Verdict::Accepted)));
    let won = join_all(all)
        .await
        .into_iter()
        .filter(Result::is_ok)
        .count();
    assert_eq!((won, desk.effects(next.id).await.len()), (1, 1));
    desk.engine.shutdown().await;
}

async fn each_verdict_has_its_states(store: TestStore) {
    let gate = std::sync::Arc::new(tokio::sync::Semaphore::new(0));
    let held = std::sync::Arc::clone(&gate);
    let bridge = ScriptBridge::new(move |request, nth| match nth {
        0 => Plan::text(&answer_of(point_of(&request.prompt)).to_string()).gated(&held),
        1 => Plan::fail(federation::bridge::BridgeErrorKind::Authentication),
        _ => Plan::text(&answer_of(point_of(&request.prompt)).to_string()),
    });
    let desk = desk_with(&store, bridge).await;
    let decisions = [Verdict::Accepted, Verdict::Rejected, Verdict::Revised];
    let of = |what: Verdict| match what {
        Verdict::Revised => revised(json!({ "title": "T", "body": "B" })),
        other => verdict(other),
    };
    let running = desk.place.start(&desk.engine, POINT).await;
    for what in decisions {
        assert_eq!(
            desk.refused(&bo(), running.id, of(what)).await,
            "not_pending"
        );
    }
    let undone = desk
        .refused(&bo(), running.id, verdict(Verdict::Undone))
        .await;
    assert_eq!(undone, "nothing_to_undo");
    gate.add_permits(10_000);
    let pending = answered(&desk.engine, running.id).await;
    let undone = desk
        .refused(&bo(), pending.id, verdict(Verdict::Undone))
        .await;
    assert_eq!(undone, "nothing_to_undo");
    let round = desk
        .refused(&bo(), pending.id, verdict(Verdict::AnotherRound))
        .await;
    assert_eq!(round, "invalid");

    let failed = desk.place.ask(&desk.engine, POINT).await;
    assert_eq!(failed.status, ProposalStatus::Failed);
    for what in decisions {
        let code = desk.refused(&bo(), failed.id, of(what)).await;
        assert_eq!(code, "nothing_to_decide");
    }

    for first in decisions {
        let asked = desk.ask(POINT).await;
        desk.decide(&bo(), asked.id, of(first)).await.unwrap();
        for second in decisions {
            let code = desk.refused(&bo(), asked.id, of(second)).await;
            assert_eq!(code, "already_decided", "{first}, then {second}");
        }
        // Taken back, it can be decided again.
        desk.decide(&bo(), asked.id, verdict(Verdict::Undone))
            .await
            .unwrap();
        let open = desk.get(asked.id).await;
        assert_eq!(open.status, ProposalStatus::Pending);
        assert_eq!((open.final_content, open.decided_by), (None, None));
        desk.decide(&admin(), asked.id, of(first)).await.unwrap();
    }
    desk.engine.shutdown().await;
}

async fn another_answer_than_the_shown_one_is_refused(store: TestStore) {
    let bridge = ScriptBridge::new(|_, nth| {
        let mut answer = answer_of(POINT);
        answer["title"] = json!(format!("Draft {nth}"));
        Plan::text(&answer.to_string())
    });
    let desk = desk_with(&store, bridge).await;
    let first = desk.ask(POINT).await;
    proposals::another_round(
        &desk.engine,
        &admin(),
        first.id,
        NewInvocation::default(),
        None,
    )
    .await
    .unwrap();
    let second = answered(&desk.engine, first.id).await;
    assert_ne!(first.content_hash, second.content_hash);
    for what in [Verdict::Accepted, Verdict::Rejected] {
        let code = desk.refused(&bo(), first.id, shown(&first, what)).await;
        assert_eq!(code, "content_changed");
    }
    assert_eq!(desk.get(first.id).await.status, ProposalStatus::Pending);
    // What was shown is still to be read, under its hash.
    let answers = proposals::answers(&desk.engine, &bo(), first.id)
        .await
        .unwrap();
    let seen = answers
        .iter()
        .find(|answer| Some(&answer.content_hash) == first.content_hash.as_ref());
    assert_eq!(seen.map(|answer| &answer.content), first.content.as_ref());
    desk.decide(&bo(), first.id, shown(&second, Verdict::Accepted))
        .await
        .unwrap();
    desk.engine.shutdown().await;
}

async fn a_revision_keeps_both_texts(store: TestStore) {
    let desk = desk(&store).await;
    let asked = desk.ask(POINT).await;
    let text = json!({ "title": "Mine\u{0}", "body": "My own words." });
    let record = desk.decide(&bo(), asked.id, revised(text)).await.unwrap();
    let mine = json!({ "title": "Mine", "body": "My own words." });
    assert_eq!(record.content.as_ref(), Some(&mine));
    let now = desk.get(asked.id).await;
    assert_eq!(now.status, ProposalStatus::Revised);
    assert_eq!(now.final_content, Some(mine));
    assert_eq!(now.content, asked.content);
    assert_eq!(now.content_hash, asked.content_hash);
    desk.engine.shutdown().await;
}

async fn a_bad_revision_names_the_field(store: TestStore) {
    let desk = desk(&store).await;
    let asked = desk.ask(POINT).await;
    let fields = async |review: NewProposalReview| match desk
        .decide(&bo(), asked.id, review)
        .await
        .unwrap_err()
    {
        federation::Error::Invalid(errors) => {
            errors.into_iter().map(|e| e.field).collect::<Vec<_>>()
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(fields(verdict(Verdict::Revised)).await, ["revised_content"]);
    assert_eq!(
        fields(revised(json!({ "body": " " }))).await,
        ["revised_content.title", "revised_content.body"]
    );
    assert_eq!(fields(revised(json!("text"))).await, ["revised_content"]);
    let with_accept = NewProposalReview {
        revised_content: Some(json!({})),
        ..verdict(Verdict::Accepted)
    };
    assert_eq!(fields(with_accept).await, ["revised_content"]);
    let other = chosen(desk.place.candidate, &[desk.place.other]);
    assert_eq!(fields(other).await, ["duplicates"]);
    let long = NewProposalReview {
        comment: Some("x".repeat(20_001)),
        ..verdict(Verdict::Accepted)
    };
    assert_eq!(fields(long).await, ["comment"]);
    assert_eq!(desk.get(asked.id).await.status, ProposalStatus::Pending);
    desk.engine.shutdown().await;
}

async fn a_comment_decides_nothing(store: TestStore) {
    let desk = desk(&store).await;
    let asked = desk.ask(POINT).await;
    assert_eq!(
        desk.refused(&bo(), asked.id, verdict(Verdict::Commented))
            .await,
        "invalid"
    );
    let says = NewProposalReview {
        comment: Some("Who asked for it?".to_owned()),
        ..verdict(Verdict::Commented)
    };
    desk.decide(&bo(), asked.id, says.clone()).await.unwrap();
    assert_eq!(desk.get(asked.id).await.status, ProposalStatus::Pending);
    // It is no decision in between either.
    desk.decide(&bo(), asked.id, verdict(Verdict::Accepted))
        .await
        .unwrap();
    desk.decide(&bo(), asked.id, says).await.unwrap();
    desk.decide(&bo(), asked.id, verdict(Verdict::Undone))
        .await
        .unwrap();
    desk.engine.shutdown().await;
}

async fn only_the_own_last_decision_can_be_undone(store: TestStore) {
    let desk = desk_with(&store, sociable()).await;
    let (first, second) = (desk.ask(POINT).await, desk.ask(POINT).await);
    desk.decide(&bo(), first.id, verdict(Verdict::Accepted))
        .await
        .unwrap();
    let undo = || verdict(Verdict::Undone);
    assert_eq!(
        desk.refused(&admin(), first.id, undo()).await,
        "not_undoable"
    );
    let detail = async |who: &Caller, id| {
        reviews::detail(&desk.engine, who, id)
            .await
            .unwrap()
            .can_undo
    };
    assert!(detail(&bo(), first.id).await);
    assert!(!detail(&admin(), first.id).await);
    desk.decide(&bo(), second.id, verdict(Verdict::Rejected))
        .await
        .unwrap();
    assert_eq!(desk.refused(&bo(), first.id, undo()).await, "not_undoable");
    assert!(!detail(&bo(), first.id).await);
    assert_eq!(desk.effects(first.id).await.len(), 1);
    desk.decide(&bo(), second.id, undo()).await.unwrap();
    assert_eq!(desk.refused(&bo(), first.id, undo()).await, "not_undoable");
    // A decision on a collective proposal is a next one too, and can be undone
    // as long as it is the last.
    desk.decide(&bo(), second.id, verdict(Verdict::Accepted))
        .await
        .unwrap();
    let run = run(&desk.engine, &desk.place.hub).await;
    let of_run = |verdict| NewCollectiveReview {
        verdict,
        comment: None,
        revised_content: None,
        content_hash: None,
        contribution_id: None,
        fields: None,
    };
    let id = run.collective.id;
    let rejected = of_run(Verdict::Rejected);
    federation::collectives::decide(&desk.engine, &bo(), id, rejected)
        .await
        .unwrap();
    assert_eq!(desk.refused(&bo(), second.id, undo()).await, "not_undoable");
    let undone = of_run(Verdict::Undone);
    federation::collectives::decide(&desk.engine, &bo(), id, undone)
        .await
        .unwrap();
    desk.engine.shutdown().await;
}

async fn another_round_decides_nothing_and_leaves_the_undo(store: TestStore) {
    let desk = desk_with(&store, sociable()).await;
    let (first, second) = (desk.ask(POINT).await, desk.ask(POINT).await);
    let run = run(&desk.engine, &desk.place.hub).await.collective.id;
    let again = async || {
        let new = NewInvocation::default();
        proposals::another_round(&desk.engine, &bo(), second.id, new, None)
            .await
            .unwrap();
        answered(&desk.engine, second.id).await;
    };
    desk.decide(&bo(), first.id, verdict(Verdict::Accepted))
        .await
        .unwrap();
    again().await;
    let says = NewProposalReview {
        comment: Some("Shorter now.".to_owned()),
        ..verdict(Verdict::Commented)
    };
    desk.decide(&bo(), second.id, says).await.unwrap();
    let detail = reviews::detail(&desk.engine, &bo(), first.id)
        .await
        .unwrap();
    assert!(detail.can_undo);
    desk.decide(&bo(), first.id, verdict(Verdict::Undone))
        .await
        .unwrap();
    // So it is where the decision was one on a collective proposal.
    let of_run = |verdict| NewCollectiveReview {
        verdict,
        comment: None,
        revised_content: None,
        content_hash: None,
        contribution_id: None,
        fields: None,
    };
    let who = bo();
    let decide =
        |verdict| federation::collectives::decide(&desk.engine, &who, run, of_run(verdict));
    decide(Verdict::Rejected).await.unwrap();
    again().await;
    decide(Verdict::Undone).await.unwrap();
    desk.engine.shutdown().await;
}

async fn people_say_how_sure_they_are(store: TestStore) {
    let desk = desk(&store).await;
    let asked = desk.ask(POINT).await;
    let sure = |score| NewConfidence {
        score,
        rationale: Some("I asked them.".to_owned()),
    };
    let one = reviews::annotate(&desk.engine, &bo(), asked.id, sure(0.25))
        .await
        .unwrap();
    assert_eq!(one.source, ConfidenceSource::Person);
    assert_eq!(one.annotated_by.as_deref(), Some("Bo"));
    let all = reviews::annotations(&desk.engine, &bo(), asked.id)
        .await
        .unwrap();
    let sources: Vec<_> = all.iter().map(|one| (one.source, one.score)).collect();
    assert_eq!(
        sources,
        [
            (ConfidenceSource::Person, 0.25),
            (ConfidenceSource::Agent, 0.75)
        ]
    );
    assert_eq!(desk.get(asked.id).await.confidence, Some(0.75));
    for bad in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
        let refused = reviews::annotate(&desk.engine, &bo(), asked.id, sure(bad))
            .await
            .unwrap_err();
        match refused {
            federation::Error::Invalid(errors) => assert_eq!(errors[0].field, "score"),
            other => panic!("{bad}: {other:?}"),
        }
    }
    desk.engine.shutdown().await;
}

async fn a_viewer_decides_nothing(store: TestStore) {
    let desk = desk(&store).await;
    let asked = desk.ask(POINT).await;
    let viewer = person("Vi", Role::Viewer);
    for what in Verdict::ALL.iter().copied() {
        assert_eq!(
            desk.refused(&viewer, asked.id, verdict(what)).await,
            "not_allowed"
        );
    }
    let sure = NewConfidence {
        score: 0.5,
        rationale: None,
    };
    let annotated = reviews::annotate(&desk.engine, &viewer, asked.id, sure).await;
    assert_eq!(annotated.unwrap_err().code(), "not_allowed");
    let judged = reviews::judge(&desk.engine, &viewer, asked.id, own(Judgement::Accepted)).await;
    assert_eq!(judged.unwrap_err().code(), "not_allowed");
    desk.engine.shutdown().await;
}

fn own(verdict: Judgement) -> NewJudgement {
    NewJudgement {
        verdict,
        score: None,
        rationale: None,
    }
}
