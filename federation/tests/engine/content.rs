//! Widgets, events, signals, candidates and decision records: rules on both
//! engines.

mod accepted;
mod lists;
mod timeline;

use crate::common::TestStore;
use crate::support::*;
use federation::{
    Engine, Error, audit, candidates, decisions, hubs, interactions, signals, widgets,
};
use model::*;
use serde_json::json;

both_engines!(
    a_change_makes_a_version,
    a_stale_change_is_refused,
    references_stay_in_their_hub,
    events_and_signals_tell_what_was,
    duplicates_are_made_by_reports_only,
    wrong_fields_are_named,
    roles_are_checked_by_the_engine,
    each_change_is_audited_and_told,
);

fn nothing() -> std::sync::Arc<ScriptBridge> {
    ScriptBridge::new(|_, _| Plan::hang())
}

async fn hub(engine: &Engine, slug: &str) -> HubId {
    let new = NewHub {
        slug: slug.to_owned(),
        name: slug.to_owned(),
        description: None,
        governance_default: None,
    };
    hubs::create(engine, &admin(), new).await.unwrap().id
}

async fn widget(engine: &Engine, hub_id: HubId, slug: &str) -> Widget {
    let new = NewWidget {
        hub_id,
        slug: slug.to_owned(),
        title: format!("The {slug}"),
        description: None,
    };
    widgets::create(engine, &admin(), new).await.unwrap()
}

fn an_event(widget: &Widget, kind: &str, text: &str) -> NewInteractionEvent {
    NewInteractionEvent {
        hub_id: widget.hub_id,
        widget_id: widget.id,
        kind: kind.to_owned(),
        payload: json!({ "author": "Zoë", "text": text }),
        occurred_at: None,
    }
}

fn a_signal(hub_id: HubId) -> NewOutcomeSignal {
    NewOutcomeSignal {
        hub_id,
        widget_id: None,
        proposal_id: None,
        kind: "desk_calls".to_owned(),
        value: Some(41.5),
        payload: json!({}),
        observed_at: None,
    }
}

fn a_candidate(hub_id: HubId, title: &str) -> NewCandidate {
    NewCandidate {
        hub_id,
        source_widget_id: None,
        title: title.to_owned(),
        body: format!("{title}, in many words."),
        status: None,
    }
}

fn a_decision(hub_id: HubId, title: &str) -> NewDecisionRecord {
    NewDecisionRecord {
        hub_id,
        requirement_candidate_id: None,
        title: title.to_owned(),
        context: "People asked.".to_owned(),
        decision: "We do it.".to_owned(),
        status: None,
    }
}

fn code(error: &Error) -> &'static str {
    error.code()
}

/// The fields that a refusal names.
fn fields<T: std::fmt::Debug>(result: federation::Result<T>) -> Vec<String> {
    let refusal = result.unwrap_err().refusal();
    refusal.errors.into_iter().map(|e| e.field).collect()
}

async fn a_change_makes_a_version(store: TestStore) {
    let engine = engine(&store, nothing());
    let hub_id = hub(&engine, "h").await;
    let first = widget(&engine, hub_id, "mail").await;
    assert_eq!(first.version, 1);
    let patch = WidgetPatch {
        title: Some("  Mail ".to_owned()),
        description: Some(Some("Two of them.".to_owned())),
        ..WidgetPatch::default()
    };
    let second = widgets::update(&engine, &admin(), first.id, patch.clone(), Some(1))
        .await
        .unwrap();
    assert_eq!((second.version, second.title.as_str()), (2, "Mail"));
    // A change of nothing is no version.
    let same = widgets::update(&engine, &admin(), first.id, patch, None)
        .await
        .unwrap();
    assert_eq!(same, second);
    let emptied = WidgetPatch {
        description: Some(None),
        ..WidgetPatch::default()
    };
    let third = widgets::update(&engine, &admin(), first.id, emptied, None).await;
    assert_eq!(third.unwrap().description, None);

    let made = candidates::create(&engine, &admin(), a_candidate(hub_id, "Wish"))
        .await
        .unwrap();
    assert_eq!(
        (made.status, made.created_by.as_deref()),
        (CandidateStatus::Open, Some("Ada"))
    );
    let patch = CandidatePatch {
        source_widget_id: Some(Some(first.id)),
        status: Some(CandidateStatus::UnderReview),
        ..CandidatePatch::default()
    };
    let changed = candidates::update(&engine, &admin(), made.id, patch, Some(1))
        .await
        .unwrap();
    assert_eq!(
        (changed.version, changed.source_widget_id, changed.body),
        (2, Some(first.id), made.body)
    );
    let record = decisions::create(&engine, &admin(), a_decision(hub_id, "Yes"))
        .await
        .unwrap();
    let patch = DecisionRecordPatch {
        requirement_candidate_id: Some(Some(made.id)),
        status: Some(DecisionRecordStatus::Accepted),
        ..DecisionRecordPatch::default()
    };
    decisions::update(&engine, &admin(), record.id, patch, Some(1))
        .await
        .unwrap();
    let detail = decisions::detail(&engine, &admin(), record.id)
        .await
        .unwrap();
    assert_eq!(detail.record.version, 2);
    assert_eq!(detail.candidate.unwrap().title, "Wish");
    let on = candidates::detail(&engine, &admin(), made.id)
        .await
        .unwrap();
    assert_eq!(on.decisions[0].id, record.id);
    assert_eq!(on.decisions[0].status, DecisionRecordStatus::Accepted);
}

async fn a_stale_change_is_refused(store: TestStore) {
    let engine = engine(&store, nothing());
    let hub_id = hub(&engine, "h").await;
    let w = widget(&engine, hub_id, "mail").await;
    widget(&engine, hub_id, "form").await;
    let taken = WidgetPatch {
        slug: Some("form".to_owned()),
        ..WidgetPatch::default()
    };
    let refused = widgets::update(&engine, &admin(), w.id, taken, None).await;
    assert_eq!(code(&refused.unwrap_err()), "slug_taken");
    let other = hub(&engine, "other").await;
    // Slugs are one of their kind in a hub.
    widget(&engine, other, "mail").await;

    let c = candidates::create(&engine, &admin(), a_candidate(hub_id, "Wish"))
        .await
        .unwrap();
    let d = decisions::create(&engine, &admin(), a_decision(hub_id, "Yes"))
        .await
        .unwrap();
    let title = || Some("Later".to_owned());
    let patch = WidgetPatch {
        title: title(),
        ..WidgetPatch::default()
    };
    let stale = widgets::update(&engine, &admin(), w.id, patch, Some(7)).await;
    assert_eq!(code(&stale.unwrap_err()), "stale_version");
    let patch = CandidatePatch {
        title: title(),
        ..CandidatePatch::default()
    };
    let stale = candidates::update(&engine, &admin(), c.id, patch.clone(), Some(0)).await;
    assert_eq!(code(&stale.unwrap_err()), "stale_version");
    let patch_d = DecisionRecordPatch {
        title: title(),
        ..DecisionRecordPatch::default()
    };
    let stale = decisions::update(&engine, &admin(), d.id, patch_d, Some(2)).await;
    assert_eq!(code(&stale.unwrap_err()), "stale_version");
    // Of two at once on the same version, one is told.
    let me = admin();
    let other_patch = CandidatePatch {
        title: Some("Another".to_owned()),
        ..CandidatePatch::default()
    };
    let (a, b) = tokio::join!(
        candidates::update(&engine, &me, c.id, patch, Some(1)),
        candidates::update(&engine, &me, c.id, other_patch, Some(1)),
    );
    let refused = [a, b].into_iter().filter_map(Result::err);
    let refused: Vec<_> = refused.map(|e| e.code()).collect();
    assert_eq!(refused, ["stale_version"]);
}

async fn references_stay_in_their_hub(store: TestStore) {
    let engine = engine(&store, nothing());
    let (here, there) = (hub(&engine, "here").await, hub(&engine, "there").await);
    let theirs = widget(&engine, there, "mail").await;
    let wish = candidates::create(&engine, &admin(), a_candidate(there, "Wish"))
        .await
        .unwrap();
    let event = NewInteractionEvent {
        hub_id: here,
        ..an_event(&theirs, "comment", "x")
    };
    let me = admin();
    let event = interactions::create(&engine, &me, event).await;
    assert_eq!(fields(event), ["widget_id"]);
    let signal = NewOutcomeSignal {
        widget_id: Some(theirs.id),
        ..a_signal(here)
    };
    let signal = signals::create(&engine, &me, signal).await;
    assert_eq!(fields(signal), ["widget_id"]);
    let unknown = NewOutcomeSignal {
        proposal_id: Some(store.clock().id()),
        ..a_signal(here)
    };
    let unknown = signals::create(&engine, &me, unknown).await;
    assert_eq!(fields(unknown), ["proposal_id"]);
    let candidate = NewCandidate {
        source_widget_id: Some(theirs.id),
        ..a_candidate(here, "Wish")
    };
    let candidate = candidates::create(&engine, &me, candidate).await;
    assert_eq!(fields(candidate), ["source_widget_id"]);
    let decision = NewDecisionRecord {
        requirement_candidate_id: Some(wish.id),
        ..a_decision(here, "Yes")
    };
    let decision = decisions::create(&engine, &me, decision).await;
    assert_eq!(fields(decision), ["requirement_candidate_id"]);
    let mine = candidates::create(&engine, &me, a_candidate(here, "Mine"))
        .await
        .unwrap();
    let patch = CandidatePatch {
        source_widget_id: Some(Some(theirs.id)),
        ..CandidatePatch::default()
    };
    let moved = candidates::update(&engine, &me, mine.id, patch, None).await;
    assert_eq!(fields(moved), ["source_widget_id"]);
    let nowhere = a_candidate(store.clock().id(), "Nowhere");
    let nowhere = candidates::create(&engine, &me, nowhere).await;
    assert!(matches!(
        nowhere.unwrap_err(),
        Error::NotFound {
            field: Some("hub_id"),
            ..
        }
    ));
}

async fn events_and_signals_tell_what_was(store: TestStore) {
    let engine = engine(&store, nothing());
    let hub_id = hub(&engine, "h").await;
    let w = widget(&engine, hub_id, "mail").await;
    let now = store.clock().now();
    let long_ago = now - chrono::Duration::days(4_000) + chrono::Duration::nanoseconds(123);
    let told = NewInteractionEvent {
        occurred_at: Some(long_ago),
        ..an_event(&w, "comment", "It was dark.")
    };
    let event = interactions::create(&engine, &admin(), told).await.unwrap();
    let filter = InteractionFilter {
        widget_id: Some(w.id),
        ..InteractionFilter::default()
    };
    let page = interactions::list(&engine, &admin(), filter, PageRequest::default())
        .await
        .unwrap();
    // What was answered is what is read, to the microsecond.
    assert_eq!(page.items, [event]);
    for (bad, field) in [
        (now + chrono::Duration::hours(1), "occurred_at"),
        (
            chrono::DateTime::UNIX_EPOCH - chrono::Duration::days(1),
            "occurred_at",
        ),
        (chrono::DateTime::<chrono::Utc>::MAX_UTC, "occurred_at"),
        (chrono::DateTime::<chrono::Utc>::MIN_UTC, "occurred_at"),
    ] {
        let told = NewInteractionEvent {
            occurred_at: Some(bad),
            ..an_event(&w, "comment", "x")
        };
        let refused = interactions::create(&engine, &admin(), told).await;
        assert_eq!(fields(refused), [field], "{bad}");
        let seen = NewOutcomeSignal {
            observed_at: Some(bad),
            ..a_signal(hub_id)
        };
        let refused = signals::create(&engine, &admin(), seen).await;
        assert_eq!(fields(refused), ["observed_at"], "{bad}");
    }
    let seen = NewOutcomeSignal {
        widget_id: Some(w.id),
        ..a_signal(hub_id)
    };
    let signal = signals::create(&engine, &admin(), seen).await.unwrap();
    let filter = SignalFilter {
        hub_id: Some(hub_id),
        kind: Some("desk_calls".to_owned()),
        ..SignalFilter::default()
    };
    let page = signals::list(&engine, &admin(), filter, PageRequest::default())
        .await
        .unwrap();
    assert_eq!(page.items, [signal]);
}

async fn duplicates_are_made_by_reports_only(store: TestStore) {
    let engine = engine(&store, nothing());
    let hub_id = hub(&engine, "h").await;
    let born = NewCandidate {
        status: Some(CandidateStatus::Duplicate),
        ..a_candidate(hub_id, "Born so")
    };
    let born = candidates::create(&engine, &admin(), born).await;
    assert_eq!(fields(born), ["status"]);
    let kept = candidates::create(&engine, &admin(), a_candidate(hub_id, "Kept"))
        .await
        .unwrap();
    let twin = candidates::create(&engine, &admin(), a_candidate(hub_id, "Twin"))
        .await
        .unwrap();
    let turn = |status| CandidatePatch {
        status: Some(status),
        ..CandidatePatch::default()
    };
    let duplicate = turn(CandidateStatus::Duplicate);
    let refused = candidates::update(&engine, &admin(), twin.id, duplicate.clone(), None).await;
    assert_eq!(fields(refused), ["status"]);

    accepted::link(&store, hub_id, &kept, &twin).await;
    let detail = candidates::detail(&engine, &admin(), twin.id)
        .await
        .unwrap();
    assert_eq!(detail.candidate.status, CandidateStatus::Duplicate);
    assert_eq!(detail.duplicate_of.unwrap().title, "Kept");
    let detail = candidates::detail(&engine, &admin(), kept.id)
        .await
        .unwrap();
    assert_eq!(detail.duplicates[0].id, twin.id);
    assert_eq!(detail.duplicate_of, None);
    let open = turn(CandidateStatus::Open);
    let refused = candidates::update(&engine, &admin(), twin.id, open, None).await;
    assert_eq!(code(&refused.unwrap_err()), "is_duplicate");
    // Its text may still change.
    let patch = CandidatePatch {
        title: Some("Twin too".to_owned()),
        ..duplicate
    };
    candidates::update(&engine, &admin(), twin.id, patch, None)
        .await
        .unwrap();
}

async fn wrong_fields_are_named(store: TestStore) {
    let engine = engine(&store, nothing());
    let hub_id = hub(&engine, "h").await;
    let w = widget(&engine, hub_id, "mail").await;
    let me = admin();
    let bad = NewWidget {
        hub_id,
        slug: "Not a slug".to_owned(),
        title: " ".to_owned(),
        description: Some("x".repeat(20_001)),
    };
    let mut named = fields(widgets::create(&engine, &me, bad).await);
    named.sort();
    assert_eq!(named, ["description", "slug", "title"]);
    for kind in ["", "Comment", "a b", "ä", "_x", "1a", &"x".repeat(65)] {
        let refused = interactions::create(&engine, &me, an_event(&w, kind, "x")).await;
        assert_eq!(fields(refused), ["kind"], "{kind:?}");
        let signal = NewOutcomeSignal {
            kind: kind.to_owned(),
            ..a_signal(hub_id)
        };
        let refused = signals::create(&engine, &me, signal).await;
        assert_eq!(fields(refused), ["kind"], "{kind:?}");
    }
    for payload in [
        json!([]),
        json!("x"),
        json!(null),
        json!({ "text": "x".repeat(20_000) }),
        json!({ "text": "a\0b" }),
    ] {
        let event = NewInteractionEvent {
            payload: payload.clone(),
            ..an_event(&w, "comment", "x")
        };
        let refused = interactions::create(&engine, &me, event).await;
        assert_eq!(fields(refused), ["payload"]);
        let signal = NewOutcomeSignal {
            payload,
            ..a_signal(hub_id)
        };
        let refused = signals::create(&engine, &me, signal).await;
        assert_eq!(fields(refused), ["payload"]);
    }
    let empty = NewDecisionRecord {
        context: String::new(),
        decision: "\u{200b}".to_owned(),
        ..a_decision(hub_id, "")
    };
    let mut named = fields(decisions::create(&engine, &me, empty).await);
    named.sort();
    assert_eq!(named, ["context", "decision", "title"]);
}

async fn roles_are_checked_by_the_engine(store: TestStore) {
    let engine = engine(&store, nothing());
    let hub_id = hub(&engine, "h").await;
    let w = widget(&engine, hub_id, "mail").await;
    let (viewer, reviewer) = (person("V", Role::Viewer), person("R", Role::Reviewer));
    let new = NewWidget {
        hub_id,
        slug: "x".to_owned(),
        title: "X".to_owned(),
        description: None,
    };
    let refused = [
        widgets::create(&engine, &reviewer, new).await.err(),
        widgets::update(&engine, &reviewer, w.id, WidgetPatch::default(), None)
            .await
            .err(),
        interactions::create(&engine, &viewer, an_event(&w, "a", "x"))
            .await
            .err(),
        signals::create(&engine, &viewer, a_signal(hub_id))
            .await
            .err(),
        candidates::create(&engine, &viewer, a_candidate(hub_id, "x"))
            .await
            .err(),
        decisions::create(&engine, &viewer, a_decision(hub_id, "x"))
            .await
            .err(),
    ];
    for error in refused {
        assert_eq!(error.map(|e| e.code()), Some("not_allowed"));
    }
    interactions::create(&engine, &reviewer, an_event(&w, "a", "x"))
        .await
        .unwrap();
    let read = widgets::timeline(&engine, &viewer, w.id, TimelineRequest::default()).await;
    assert_eq!(read.unwrap().items.len(), 1);
}

async fn each_change_is_audited_and_told(store: TestStore) {
    let engine = engine(&store, nothing());
    let hub_id = hub(&engine, "h").await;
    let before = store
        .last_event("hub", hub_id.0)
        .await
        .unwrap()
        .unwrap()
        .seq;
    let w = widget(&engine, hub_id, "mail").await;
    let me = admin();
    interactions::create(&engine, &me, an_event(&w, "comment", "x"))
        .await
        .unwrap();
    let seen = NewOutcomeSignal {
        widget_id: Some(w.id),
        ..a_signal(hub_id)
    };
    signals::create(&engine, &me, seen).await.unwrap();
    let c = candidates::create(&engine, &me, a_candidate(hub_id, "Wish"))
        .await
        .unwrap();
    let d = decisions::create(&engine, &me, a_decision(hub_id, "Yes"))
        .await
        .unwrap();
    let filter = AuditFilter {
        hub_id: Some(hub_id),
        ..AuditFilter::default()
    };
    let entries = audit::list(&engine, &me, filter, PageRequest::default())
        .await
        .unwrap();
    let mut actions: Vec<_> = entries.items.into_iter().map(|e| e.action).collect();
    actions.reverse();
    assert_eq!(
        actions,
        [
            "hub.created",
            "widget.created",
            "interaction_event.added",
            "outcome_signal.added",
            "requirement_candidate.created",
            "decision_record.created"
        ]
    );
    let told = store.events_after(hub_id.0, before, 20).await.unwrap();
    let told: Vec<_> = told
        .iter()
        .map(|event| {
            let field = |name: &str| event.data[name].as_str().unwrap().to_owned();
            (field("subject_kind"), field("subject_id"), field("state"))
        })
        .collect();
    let line = |kind: &str, id: uuid::Uuid, state: &str| {
        (kind.to_owned(), id.to_string(), state.to_owned())
    };
    assert_eq!(
        told,
        [
            line("widget", w.id.0, "created"),
            line("widget", w.id.0, "event_added"),
            line("widget", w.id.0, "signal_added"),
            line("requirement_candidate", c.id.0, "created"),
            line("decision_record", d.id.0, "created"),
        ]
    );
}
