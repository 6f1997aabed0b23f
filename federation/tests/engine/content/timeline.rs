//! Events and signals in one line of time.

use chrono::Duration;
use federation::{interactions, signals, widgets};
use model::*;

use super::{a_signal, an_event, hub, nothing, widget};
use crate::common::TestStore;
use crate::support::{admin, engine};

both_engines!(the_newest_comes_first_and_pages_join);

async fn the_newest_comes_first_and_pages_join(store: TestStore) {
    let engine = engine(&store, nothing());
    let hub_id = hub(&engine, "h").await;
    let w = widget(&engine, hub_id, "mail").await;
    let other = widget(&engine, hub_id, "form").await;
    let now = store.clock().now();
    // Many at the same moment, on both sides of a page's end; whole seconds
    // and microseconds are written differently.
    for n in 0..12_i64 {
        let second = chrono::DurationRound::duration_trunc(now, Duration::seconds(1)).unwrap();
        let at = second - Duration::seconds(n / 4) - Duration::microseconds((n % 2) * 7);
        let kind = if n % 3 == 0 { "rating" } else { "comment" };
        let event = NewInteractionEvent {
            occurred_at: Some(at),
            ..an_event(&w, kind, &format!("event {n}"))
        };
        interactions::create(&engine, &admin(), event)
            .await
            .unwrap();
        let signal = NewOutcomeSignal {
            widget_id: Some(w.id),
            observed_at: Some(at),
            ..a_signal(hub_id)
        };
        signals::create(&engine, &admin(), signal).await.unwrap();
    }
    interactions::create(&engine, &admin(), an_event(&other, "comment", "elsewhere"))
        .await
        .unwrap();
    signals::create(&engine, &admin(), a_signal(hub_id))
        .await
        .unwrap();

    let read = async |kind: Option<&str>, limit: i64| {
        let mut all = Vec::new();
        let mut after = None;
        loop {
            let asked = TimelineRequest {
                kind: kind.map(str::to_owned),
                limit,
                after,
            };
            let page = widgets::timeline(&engine, &admin(), w.id, asked)
                .await
                .unwrap();
            assert!(page.items.len() <= usize::try_from(limit).unwrap());
            all.extend(page.items);
            let Some(cursor) = page.next_cursor else {
                return all;
            };
            after = Some(TimelineCursor::parse(&cursor).unwrap());
        }
    };
    let whole = read(None, 200).await;
    assert_eq!(whole.len(), 24);
    let mut sorted = whole.clone();
    sorted.sort_by_key(|entry| std::cmp::Reverse((entry.at, entry.id)));
    assert_eq!(whole, sorted);
    for limit in [1, 5, 24] {
        assert_eq!(read(None, limit).await, whole, "{limit} at once");
    }
    let signals = read(Some("desk_calls"), 5).await;
    assert_eq!(signals.len(), 12);
    assert!(
        signals
            .iter()
            .all(|s| s.source == TimelineSource::Signal && s.value == Some(41.5))
    );
    let ratings = read(Some("rating"), 3).await;
    assert_eq!(ratings.len(), 4);
    assert_eq!(ratings[0].said("author"), Some("Zoë"));
    let kinds = widgets::timeline_kinds(&engine, &admin(), w.id).await;
    assert_eq!(kinds.unwrap(), ["comment", "desk_calls", "rating"]);
}
