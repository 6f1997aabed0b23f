//! What a snapshot counts.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use chrono::Duration;
use federation::{agents, performance, reviews, signals};
use model::*;
use serde_json::json;

use super::*;
use crate::{
    common::{self, TestStore},
    governance::receipts::{blocked, receipt, write as write_receipts},
    point::*,
    reviews::desk::{shown, verdict},
    support::*,
};

both_engines!(
    what_people_decided_is_counted,
    a_calibration_that_is_not_defined_is_none,
    what_a_policy_applied_is_nobodys_word,
    two_at_the_same_time_store_one,
    an_undone_decision_is_counted_no_more,
    peoples_confidence_stands_apart,
    versions_are_compared,
    what_was_observed_stands_beside,
    a_snapshot_is_that_of_the_packages,
    no_number_is_too_large,
);

async fn what_people_decided_is_counted(store: TestStore) {
    let engine = engine(&store, nothing());
    let (_, agents) = hub_with(&engine, &["a", "b"]).await;
    let agent = &agents[0];
    for (status, confidence) in [
        ("accepted", Some(0.9)),
        ("accepted", Some(0.8)),
        ("accepted", None),
        ("rejected", Some(0.3)),
        ("revised", Some(0.6)),
        ("pending", Some(0.5)),
    ] {
        write(&store, agent, &made(&store, status, confidence)).await;
    }
    // No answer, no work.
    for status in [
        "blocked_by_policy",
        "failed",
        "cancelled",
        "unknown",
        "queued",
        "running",
    ] {
        let unanswered = made(&store, status, None);
        write(&store, agent, &unanswered).await;
    }
    // Another agent's.
    write(&store, &agents[1], &made(&store, "accepted", Some(0.1))).await;
    let triage = Made {
        task_type: "triage",
        artifact_type: "duplicate_report",
        decision_ms: Some(9_000),
        ..made(&store, "rejected", Some(0.4))
    };
    write(&store, agent, &triage).await;

    let call = |purpose: &str, tokens_in, tokens_out, cost_microusd| Invocation {
        purpose: purpose.to_owned(),
        task_type: "requirement_draft".to_owned(),
        artifact_type: "requirement_candidate".to_owned(),
        tokens_in,
        tokens_out,
        cost_microusd,
        ..receipt(&engine, agent, store.clock().now())
    };
    let failed = Invocation {
        outcome: Outcome::Failed,
        ..call("delegation", Some(50), Some(7), None)
    };
    let all = [
        call("proposal", Some(1_000), Some(200), Some(300)),
        failed,
        call("contribution", Some(999), Some(1), Some(9)),
        call("trial", Some(999), Some(1), Some(9)),
        blocked(call("proposal", None, None, None)),
    ];
    write_receipts(&engine, &all).await;

    let record = compute(&engine, agent).await;
    assert_eq!(record.proposals_generated, 7);
    assert_eq!(record.proposals_accepted, 3);
    assert_eq!(record.proposals_rejected, 2);
    assert_eq!(record.proposals_revised, 1);
    // The one without a confidence is in the counts alone.
    near(
        record.mean_confidence,
        (0.9 + 0.8 + 0.3 + 0.6 + 0.5 + 0.4) / 6.0,
    );
    // scipy.stats.pearsonr([.9, .8, .3, .4], [1, 1, 0, 0])
    near(record.calibration_score, 0.980_580_675_690_920_1);
    let measures = record.measures.unwrap();
    let total = &measures.total;
    assert_eq!(
        (total.decided(), total.undecided, total.with_confidence),
        (6, 1, 6)
    );
    assert_eq!(total.calibration.decided, 4);
    // ((.1)² + (.2)² + (.3)² + (.4)²) / 4, and its skill against 1/4.
    near(total.brier, 0.075);
    near(total.brier_skill, 0.7);
    // Of all calls for proposals, those too that came to nothing.
    assert_eq!(
        (total.tokens, total.cost_microusd, total.unpriced),
        (1_257, 300, 1)
    );
    assert_eq!(total.tokens_per_accepted(), Some(419));
    let calls = Calls {
        succeeded: 2,
        failed: 1,
        blocked: 1,
        cancelled: 0,
    };
    assert_eq!(measures.calls, calls);
    assert_eq!(measures.median_decision_ms, Some(1_000));
    let bins: Vec<_> = measures.reliability.iter().map(|bin| bin.decided).collect();
    assert_eq!(bins, [1, 1, 1, 1]);
    let tasks: Vec<_> = measures
        .by_task_type
        .iter()
        .map(|s| (s.key.as_str(), s.generated))
        .collect();
    assert_eq!(tasks, [("requirement_draft", 6), ("triage", 1)]);
    assert_eq!(measures.by_artifact_type.len(), 2);
    assert_eq!(measures.by_version[0].key, "1");
    assert_eq!(record.period_end - record.period_start, Duration::days(30));
    let entries = audited(&engine, agent.id.0).await;
    assert_eq!(entries[0].action, "performance.computed");
}

async fn a_calibration_that_is_not_defined_is_none(store: TestStore) {
    let engine = engine(&store, nothing());
    let (_, agents) = hub_with(&engine, &["a", "b", "c", "d"]).await;
    let cases: [(&[(&'static str, f64)], CalibrationGap); 4] = [
        (&[], CalibrationGap::TooFew),
        (
            &[("accepted", 0.9), ("rejected", 0.2)],
            CalibrationGap::TooFew,
        ),
        (
            &[("accepted", 0.7), ("rejected", 0.7), ("accepted", 0.7)],
            CalibrationGap::ConstantConfidence,
        ),
        (
            &[("accepted", 0.7), ("accepted", 0.6), ("accepted", 0.5)],
            CalibrationGap::ConstantOutcome,
        ),
    ];
    for (agent, (proposals, gap)) in agents.iter().zip(cases) {
        for (status, confidence) in proposals {
            write(&store, agent, &made(&store, status, Some(*confidence))).await;
        }
        let record = compute(&engine, agent).await;
        assert_eq!(record.calibration_score, None);
        let calibration = record.measures.unwrap().total.calibration;
        assert_eq!(calibration.gap, Some(gap));
        assert_eq!(calibration.decided, i64::try_from(proposals.len()).unwrap());
    }
}

async fn what_a_policy_applied_is_nobodys_word(store: TestStore) {
    let engine = engine(&store, nothing());
    let (_, agents) = hub_with(&engine, &["a"]).await;
    for confidence in [0.9, 0.8, 0.7] {
        let applied = Made {
            auto_applied: true,
            decision_ms: None,
            ..made(&store, "accepted", Some(confidence))
        };
        write(&store, &agents[0], &applied).await;
    }
    write(&store, &agents[0], &made(&store, "rejected", Some(0.5))).await;
    let record = compute(&engine, &agents[0]).await;
    assert_eq!(
        (record.proposals_generated, record.proposals_accepted),
        (4, 0)
    );
    let total = record.measures.unwrap().total;
    assert_eq!((total.auto_applied, total.decided()), (3, 1));
    assert_eq!(total.calibration.decided, 1);
}

async fn two_at_the_same_time_store_one(store: TestStore) {
    let first = engine(&store, nothing());
    let second = engine(&store.another().await, nothing());
    let (_, agents) = hub_with(&first, &["a"]).await;
    write(&store, &agents[0], &made(&store, "accepted", Some(0.9))).await;
    let all = futures::future::join_all((0..12).map(|n| {
        let engine = if n % 2 == 0 { &first } else { &second };
        compute(engine, &agents[0])
    }))
    .await;
    // Over midnight there would be two periods.
    let mut periods: Vec<_> = all.iter().map(|record| record.period_end).collect();
    periods.sort_unstable();
    periods.dedup();
    let listed = performance::records(&first, &admin(), agents[0].id, PageRequest::default())
        .await
        .unwrap();
    assert_eq!(listed.items.len(), periods.len());
    assert_eq!(listed.items[0].proposals_accepted, 1);
}

async fn an_undone_decision_is_counted_no_more(store: TestStore) {
    let engine = engine(&store, obliging());
    engine.start_workers();
    let place = place(&engine, "m").await;
    let done = place.ask(&engine, InvocationPoint::DraftRequirement).await;
    let reviewer = person("Rea", Role::Reviewer);
    reviews::decide(&engine, &reviewer, done.id, shown(&done, Verdict::Accepted))
        .await
        .unwrap();
    let record = compute(&engine, &place.agent).await;
    assert_eq!(
        (record.proposals_generated, record.proposals_accepted),
        (1, 1)
    );
    let measures = record.measures.unwrap();
    assert!(
        measures
            .median_decision_ms
            .is_some_and(|ms| (0..60_000).contains(&ms))
    );
    assert_eq!(measures.calls.succeeded, 1);
    assert_eq!(measures.total.mean_confidence, Some(0.75));
    reviews::decide(&engine, &reviewer, done.id, verdict(Verdict::Undone))
        .await
        .unwrap();
    let again = compute(&engine, &place.agent).await;
    assert_eq!((again.id, again.proposals_accepted), (record.id, 0));
    assert_eq!(again.measures.unwrap().median_decision_ms, None);
    engine.shutdown().await;
}

async fn peoples_confidence_stands_apart(store: TestStore) {
    let engine = engine(&store, obliging());
    engine.start_workers();
    let place = place(&engine, "m").await;
    let done = place.ask(&engine, InvocationPoint::DraftRequirement).await;
    for (who, score) in [("Rea", 0.1), ("Rea", 0.3), ("Bo", 0.5)] {
        let new = NewConfidence {
            score,
            rationale: None,
        };
        reviews::annotate(&engine, &person(who, Role::Reviewer), done.id, new)
            .await
            .unwrap();
    }
    let record = compute(&engine, &place.agent).await;
    near(record.mean_confidence, 0.75);
    let people = record.measures.unwrap().people;
    // Rea's latest word and Bo's.
    assert_eq!(people.annotations, 2);
    near(people.mean, 0.4);
    assert_eq!(people.brier, None);
    engine.shutdown().await;
}

async fn versions_are_compared(store: TestStore) {
    let engine = engine(&store, nothing());
    let (_, agents) = hub_with(&engine, &["a"]).await;
    let agent = |version| Agent {
        version,
        ..agents[0].clone()
    };
    record(&store, &agent(1), 5, 15).await;
    let waiting = Made {
        version: 2,
        ..made(&store, "pending", None)
    };
    write(&store, &agents[0], &waiting).await;
    record(&store, &agent(3), 18, 2).await;
    let measures = compute(&engine, &agents[0]).await.measures.unwrap();
    let versions: Vec<_> = measures.by_version.iter().map(|s| s.key.as_str()).collect();
    assert_eq!(versions, ["3", "2", "1"]);
    let change = measures.change.unwrap();
    assert_eq!((change.version, change.before_version), (3, 1));
    near(Some(change.difference.difference), 0.65);
    assert!(change.difference.is_more_than_chance());
}

async fn what_was_observed_stands_beside(store: TestStore) {
    let engine = engine(&store, nothing());
    let (hub, agents) = hub_with(&engine, &["a"]).await;
    let accepted = write(&store, &agents[0], &made(&store, "accepted", None)).await;
    let rejected = write(&store, &agents[0], &made(&store, "rejected", None)).await;
    for (proposal, value) in [
        (accepted, Some(2.0)),
        (accepted, Some(4.0)),
        (accepted, None),
        (rejected, Some(9.0)),
    ] {
        let new = NewOutcomeSignal {
            hub_id: hub.id,
            widget_id: None,
            proposal_id: Some(proposal),
            kind: "support_tickets".to_owned(),
            value,
            payload: json!({}),
            observed_at: None,
        };
        signals::create(&engine, &person("Rea", Role::Reviewer), new)
            .await
            .unwrap();
    }
    let outcomes = compute(&engine, &agents[0])
        .await
        .measures
        .unwrap()
        .outcomes;
    assert_eq!(outcomes.len(), 1);
    assert_eq!((outcomes[0].proposals, outcomes[0].signals), (1, 3));
    near(outcomes[0].mean_value, 3.0);
}

/// Through the store of either engine, as through the functions alone.
async fn a_snapshot_is_that_of_the_packages(store: TestStore) {
    let engine = engine(&store, nothing());
    let (hub, _) = hub_with(&engine, &[]).await;
    let cases = crate::calibration::cases();
    let small = cases
        .iter()
        .filter(|case| (3..=40).contains(&case.0.iter().map(|row| row.2).sum::<i64>()));
    for (n, (rows, pearson, score, skill, bins)) in small.take(15).enumerate() {
        let new = new_agent(hub.id, &format!("case-{n}"), "m");
        let agent = agents::create(&engine, &admin(), new).await.unwrap();
        for (confidence, accepted, count) in rows {
            let status = if *accepted == 1 {
                "accepted"
            } else {
                "rejected"
            };
            for _ in 0..*count {
                write(&store, &agent, &made(&store, status, Some(*confidence))).await;
            }
        }
        let record = compute(&engine, &agent).await;
        match pearson {
            Some(theirs) => near(record.calibration_score, *theirs),
            None => assert_eq!(record.calibration_score, None),
        }
        let measures = record.measures.unwrap();
        near(measures.total.brier, *score);
        assert_eq!(measures.total.brier_skill.is_some(), skill.is_some());
        if let Some(theirs) = skill {
            near(measures.total.brier_skill, *theirs);
        }
        assert_eq!(measures.reliability.len(), bins.len());
        for (ours, (mean, share)) in measures.reliability.iter().zip(bins) {
            near(Some(ours.mean_confidence), *mean);
            near(Some(ours.accepted.share), *share);
        }
    }
}

async fn no_number_is_too_large(store: TestStore) {
    let engine = engine(&store, nothing());
    let (hub, agents) = hub_with(&engine, &["a"]).await;
    let accepted = write(&store, &agents[0], &made(&store, "accepted", None)).await;
    for value in [1e200, -1e200, 5.0] {
        let new = NewOutcomeSignal {
            hub_id: hub.id,
            widget_id: None,
            proposal_id: Some(accepted),
            kind: "money".to_owned(),
            value: Some(value),
            payload: json!({}),
            observed_at: None,
        };
        signals::create(&engine, &admin(), new).await.unwrap();
    }
    let huge = Invocation {
        purpose: "proposal".to_owned(),
        tokens_in: Some(5_000_000_000),
        tokens_out: Some(5_000_000_000),
        ..receipt(&engine, &agents[0], store.clock().now())
    };
    write_receipts(&engine, &[huge]).await;
    let measures = compute(&engine, &agents[0]).await.measures.unwrap();
    assert_eq!(measures.total.tokens, 10_000_000_000);
    assert_eq!(
        (
            measures.outcomes[0].signals,
            measures.outcomes[0].mean_value
        ),
        (3, Some(5.0))
    );
}

#[tokio::test]
async fn sqlite_days_end_at_midnight() {
    let at = Arc::new(AtomicI64::new(
        moment("2026-03-01T12:00:00Z").timestamp_micros(),
    ));
    days_end_at_midnight(&common::sqlite_at(turned(&at)).await, &at).await;
}

#[tokio::test]
async fn postgres_days_end_at_midnight() {
    let at = Arc::new(AtomicI64::new(
        moment("2026-03-01T12:00:00Z").timestamp_micros(),
    ));
    if let Some(store) = common::postgres_at(turned(&at)).await {
        days_end_at_midnight(&store, &at).await;
    }
}

async fn days_end_at_midnight(store: &TestStore, at: &AtomicI64) {
    let engine = engine(store, nothing());
    let (_, agents) = hub_with(&engine, &["a", "b"]).await;
    let start = moment("2026-01-31T00:00:00Z");
    let end = moment("2026-03-02T00:00:00Z");
    let micro = Duration::microseconds(1);
    // The first moment and the last one count; those around them do not.
    for created_at in [start - micro, start, end - micro, end] {
        let one = Made {
            created_at,
            ..made(store, "accepted", None)
        };
        write(store, &agents[0], &one).await;
    }
    let today = compute(&engine, &agents[0]).await;
    assert_eq!((today.period_start, today.period_end), (start, end));
    assert_eq!(today.proposals_accepted, 2);
    // Nobody was there yesterday.
    assert_eq!(performance::daily(&engine).await.unwrap(), 0);

    at.store(
        moment("2026-03-02T00:00:00Z").timestamp_micros(),
        Ordering::SeqCst,
    );
    // Counted a moment after midnight, before the day that is over is.
    record(store, &agents[1], 40, 0).await;
    let newest = compute(&engine, &agents[1]).await;
    let other = engine_of(store, at).await;
    let (one, two) = tokio::join!(performance::daily(&engine), performance::daily(&other));
    assert!(one.unwrap() + two.unwrap() >= 2);
    assert_eq!(performance::daily(&engine).await.unwrap(), 0);
    let listed = performance::records(&engine, &admin(), agents[0].id, PageRequest::default())
        .await
        .unwrap();
    // The day's own snapshot, now final.
    assert_eq!(listed.items.len(), 1);
    assert_eq!(listed.items[0].id, today.id);
    assert!(listed.items[0].computed_at >= end);
    // What the newest snapshot suggests is not taken back by an older one.
    let report = performance::report(&engine, &admin(), agents[1].id)
        .await
        .unwrap();
    assert_eq!(report.suggestions.len(), 1);
    assert_eq!(report.suggestions[0].record_id, newest.id);
    let next = compute(&engine, &agents[0]).await;
    assert_eq!(next.period_end, end + Duration::days(1));
    // One moment left at the front, one came at the end.
    assert_eq!(next.proposals_accepted, 2);
    let page = PageRequest {
        limit: 1,
        ..PageRequest::default()
    };
    let first = performance::records(&engine, &admin(), agents[0].id, page)
        .await
        .unwrap();
    assert_eq!(first.items[0].id, next.id);
    let page = PageRequest {
        after: Some(next.id.0),
        ..page
    };
    let second = performance::records(&engine, &admin(), agents[0].id, page)
        .await
        .unwrap();
    assert_eq!(second.items[0].id, today.id);
}

async fn engine_of(store: &TestStore, at: &AtomicI64) -> federation::Engine {
    let at = Arc::new(AtomicI64::new(at.load(Ordering::SeqCst)));
    engine(&store.another_at(turned(&at)).await, nothing())
}
