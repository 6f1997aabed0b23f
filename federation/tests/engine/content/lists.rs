//! Lists: filters, searches, pages.

use federation::{candidates, decisions, interactions, widgets};
use model::*;

use super::{a_candidate, a_decision, an_event, hub, nothing, widget};
use crate::common::TestStore;
use crate::support::{admin, engine};

both_engines!(
    widgets_are_listed_with_what_came_in,
    candidates_are_filtered_and_searched,
    decisions_are_filtered_and_searched
);

async fn widgets_are_listed_with_what_came_in(store: TestStore) {
    let engine = engine(&store, nothing());
    let (here, there) = (hub(&engine, "here").await, hub(&engine, "there").await);
    let mail = widget(&engine, here, "mail").await;
    let form = widget(&engine, here, "form").await;
    widget(&engine, there, "mail").await;
    let mut last = None;
    for text in ["one", "two"] {
        let event = interactions::create(&engine, &admin(), an_event(&mail, "comment", text)).await;
        last = Some(event.unwrap().occurred_at);
    }
    for (status, widget) in [
        (CandidateStatus::Open, mail.id),
        (CandidateStatus::Draft, mail.id),
        (CandidateStatus::Rejected, mail.id),
        (CandidateStatus::Implemented, form.id),
    ] {
        let new = NewCandidate {
            source_widget_id: Some(widget),
            status: Some(status),
            ..a_candidate(here, "Wish")
        };
        candidates::create(&engine, &admin(), new).await.unwrap();
    }
    let of = |q: Option<&str>, open: Option<bool>| WidgetFilter {
        hub_id: Some(here),
        q: q.map(str::to_owned),
        open_candidates: open,
    };
    let list = async |filter: WidgetFilter| {
        let page = widgets::list(&engine, &admin(), filter, PageRequest::default()).await;
        page.unwrap().items
    };
    let all = list(of(None, None)).await;
    assert_eq!(all.len(), 2);
    assert_eq!(all[0].widget, form);
    assert_eq!((all[0].events, all[0].last_event_at), (0, None));
    assert_eq!((all[1].events, all[1].last_event_at), (2, last));
    assert_eq!((all[0].open_candidates, all[1].open_candidates), (0, 2));
    let slugs = async |filter| -> Vec<String> {
        let rows = list(filter).await;
        rows.into_iter().map(|row| row.widget.slug).collect()
    };
    assert_eq!(slugs(of(Some("THE MAI"), None)).await, ["mail"]);
    assert_eq!(slugs(of(Some("  "), None)).await.len(), 2);
    assert!(slugs(of(Some("%"), None)).await.is_empty());
    assert!(slugs(of(Some("m_il"), None)).await.is_empty());
    assert_eq!(slugs(of(None, Some(true))).await, ["mail"]);
    assert_eq!(slugs(of(None, Some(false))).await, ["form"]);
    let everywhere = WidgetFilter::default();
    assert_eq!(slugs(everywhere).await.len(), 3);
    // A search that is longer than any title is a search still.
    assert!(
        slugs(of(Some(&"x%_\\".repeat(50_000)), None))
            .await
            .is_empty()
    );
}

async fn candidates_are_filtered_and_searched(store: TestStore) {
    let engine = engine(&store, nothing());
    let hub_id = hub(&engine, "h").await;
    let w = widget(&engine, hub_id, "mail").await;
    let mut made = Vec::new();
    for (title, status, widget) in [
        ("Brighter lamp", CandidateStatus::Open, Some(w.id)),
        ("100% sure", CandidateStatus::Accepted, None),
        ("Ärger mit dem Brief", CandidateStatus::Open, None),
    ] {
        let new = NewCandidate {
            source_widget_id: widget,
            status: Some(status),
            ..a_candidate(hub_id, title)
        };
        made.push(candidates::create(&engine, &admin(), new).await.unwrap().id);
    }
    let ids = async |filter: CandidateFilter, page: PageRequest| {
        let page = candidates::list(&engine, &admin(), filter, page)
            .await
            .unwrap();
        let ids: Vec<_> = page.items.into_iter().map(|c| c.id).collect();
        (ids, page.next_cursor)
    };
    let of_hub = || CandidateFilter {
        hub_id: Some(hub_id),
        ..CandidateFilter::default()
    };
    let whole = PageRequest::default();
    let open = CandidateFilter {
        status: Some(CandidateStatus::Open),
        ..of_hub()
    };
    assert_eq!(ids(open, whole).await.0, [made[2], made[0]]);
    let about = CandidateFilter {
        source_widget_id: Some(w.id),
        ..of_hub()
    };
    assert_eq!(ids(about, whole).await.0, [made[0]]);
    for (q, found) in [
        ("LAMP", 0),
        ("0% s", 1),
        ("in many words", 2),
        ("brief,", 2),
    ] {
        let search = CandidateFilter {
            q: Some(q.to_owned()),
            ..of_hub()
        };
        assert_eq!(ids(search, whole).await.0[0], made[found], "{q}");
    }
    let two = PageRequest {
        limit: 2,
        after: None,
    };
    let (first, cursor) = ids(of_hub(), two).await;
    assert_eq!(first, [made[2], made[1]]);
    let rest = PageRequest {
        limit: 2,
        after: cursor.and_then(|cursor| cursor.parse().ok()),
    };
    assert_eq!(ids(of_hub(), rest).await, (vec![made[0]], None));
}

async fn decisions_are_filtered_and_searched(store: TestStore) {
    let engine = engine(&store, nothing());
    let hub_id = hub(&engine, "h").await;
    let wish = candidates::create(&engine, &admin(), a_candidate(hub_id, "Wish"))
        .await
        .unwrap();
    let one = NewDecisionRecord {
        requirement_candidate_id: Some(wish.id),
        status: Some(DecisionRecordStatus::Accepted),
        ..a_decision(hub_id, "Build the lamp")
    };
    let one = decisions::create(&engine, &admin(), one).await.unwrap();
    let two = NewDecisionRecord {
        decision: "Not this year.".to_owned(),
        ..a_decision(hub_id, "Wait")
    };
    let two = decisions::create(&engine, &admin(), two).await.unwrap();
    let ids = async |filter: DecisionRecordFilter| -> Vec<DecisionRecordId> {
        let page = decisions::list(&engine, &admin(), filter, PageRequest::default()).await;
        page.unwrap().items.into_iter().map(|d| d.id).collect()
    };
    let any = DecisionRecordFilter::default;
    assert_eq!(ids(any()).await, [two.id, one.id]);
    let status = Some(DecisionRecordStatus::Accepted);
    assert_eq!(
        ids(DecisionRecordFilter { status, ..any() }).await,
        [one.id]
    );
    let requirement_candidate_id = Some(wish.id);
    let about = DecisionRecordFilter {
        requirement_candidate_id,
        ..any()
    };
    assert_eq!(ids(about).await, [one.id]);
    for (q, found) in [("LAMP", one.id), ("this year", two.id)] {
        let q = Some(q.to_owned());
        assert_eq!(ids(DecisionRecordFilter { q, ..any() }).await, [found]);
    }
}
