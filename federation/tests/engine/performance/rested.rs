//! What a steward set aside, and when it comes back.

use federation::{agents, performance};
use model::*;

use super::{
    followed::{open, steward},
    *,
};
use crate::{
    common::{self, TestStore},
    support::*,
};

both_engines!(what_was_set_aside_of_another_version_does_not_count);

const SET_ASIDE: &str = "2026-03-01T12:00:00Z";

#[tokio::test]
async fn sqlite_a_dismissed_suggestion_returns_after_its_rest() {
    let (at, clock) = at(SET_ASIDE);
    returns_after_its_rest(&common::sqlite_at(clock).await, &at).await;
}

#[tokio::test]
async fn postgres_a_dismissed_suggestion_returns_after_its_rest() {
    let (at, clock) = at(SET_ASIDE);
    if let Some(store) = common::postgres_at(clock).await {
        returns_after_its_rest(&store, &at).await;
    }
}

async fn dismissed(engine: &Engine, agent: &Agent) -> Suggestion {
    let one = open(engine, agent).await.remove(0);
    let why = DismissSuggestion::default();
    performance::dismiss(engine, &steward(), one.id, why)
        .await
        .unwrap()
}

async fn returns_after_its_rest(store: &TestStore, at: &AtomicI64) {
    let turn = |text: &str| at.store(moment(text).timestamp_micros(), Ordering::SeqCst);
    let engine = engine(store, nothing());
    let (_, agents) = hub_with(&engine, &["a"]).await;
    let agent = &agents[0];
    record(store, agent, 40, 0).await;
    compute(&engine, agent).await;
    let first = dismissed(&engine, agent).await;
    assert_eq!(first.decided_at, Some(moment(SET_ASIDE)));
    // Up to the end of its thirtieth day, while the record supports it still.
    for resting in ["2026-03-02T00:00:00Z", "2026-03-31T12:00:00Z"] {
        turn(resting);
        record(store, agent, 40, 0).await;
        let counted = compute(&engine, agent).await;
        assert!(counted.proposals_accepted >= 40, "{resting}");
        assert_eq!(open(&engine, agent).await, [], "{resting}");
    }
    turn("2026-03-31T12:00:00.000001Z");
    compute(&engine, agent).await;
    let again = open(&engine, agent).await;
    assert_eq!(again.len(), 1);
    let again = &again[0];
    assert_ne!(again.id, first.id);
    assert_eq!((again.kind, again.to_level), (first.kind, first.to_level));
    let actions: Vec<_> = audited(&engine, again.id.0)
        .await
        .into_iter()
        .map(|entry| entry.action)
        .collect();
    assert_eq!(actions, ["suggestion.made"]);
    // Set aside once more, it rests once more; the first one stays as it was.
    dismissed(&engine, agent).await;
    turn("2026-04-20T00:00:00Z");
    record(store, agent, 40, 0).await;
    compute(&engine, agent).await;
    assert_eq!(open(&engine, agent).await, []);
    let filter = SuggestionFilter {
        agent_registration_id: Some(agent.id),
        status: Some(SuggestionStatus::Dismissed),
        ..SuggestionFilter::default()
    };
    let all = performance::suggestions(&engine, &admin(), filter, PageRequest::default())
        .await
        .unwrap();
    let ids: Vec<_> = all.items.iter().map(|one| one.id).collect();
    assert_eq!(ids, [again.id, first.id]);
}

async fn what_was_set_aside_of_another_version_does_not_count(store: TestStore) {
    let engine = engine(&store, nothing());
    let (_, agents) = hub_with(&engine, &["a"]).await;
    record(&store, &agents[0], 40, 0).await;
    compute(&engine, &agents[0]).await;
    let first = dismissed(&engine, &agents[0]).await;
    let patch = AgentPatch {
        description: Some(Some("Writes drafts.".to_owned())),
        ..AgentPatch::default()
    };
    let described = agents::update(&engine, &admin(), agents[0].id, patch, None)
        .await
        .unwrap();
    compute(&engine, &described).await;
    let again = open(&engine, &described).await.remove(0);
    assert_eq!(again.agent_version, first.agent_version + 1);
}
