//! The inbox: what is in it, in which order, page by page.

use federation::{collectives, inbox};
use model::*;
use uuid::Uuid;

use super::desk::*;
use crate::{common::TestStore, support::*};

both_engines!(
    it_holds_what_waits_and_nothing_else,
    the_most_uncertain_come_first,
    pages_follow_each_other_in_both_orders,
    what_is_covered_has_no_place_in_the_order,
    ten_thousand_wait,
);

async fn list(desk: &Desk, filter: &InboxFilter) -> InboxPage {
    inbox::list(&desk.engine, &bo(), filter, None, 200)
        .await
        .unwrap()
}

fn sorted(sort: InboxSort) -> InboxFilter {
    InboxFilter {
        sort,
        ..InboxFilter::default()
    }
}

fn ids(page: &InboxPage) -> Vec<Uuid> {
    page.items.iter().map(|item| item.id).collect()
}

async fn with_runs(store: &TestStore) -> (Desk, CollectiveDetail) {
    let desk = desk_with(store, sociable()).await;
    let run = run(&desk.engine, &desk.place.hub).await;
    (desk, run)
}

async fn it_holds_what_waits_and_nothing_else(store: TestStore) {
    let (desk, run) = with_runs(&store).await;
    let summary = desk.ask(InvocationPoint::SummarizeCluster).await;
    let draft = desk.ask(POINT).await;
    let all = list(&desk, &InboxFilter::default()).await;
    assert_eq!(ids(&all), [draft.id.0, summary.id.0, run.collective.id.0]);
    assert_eq!(
        (all.counts.proposals, all.counts.collective_proposals),
        (2, 1)
    );
    assert_eq!(all.items[0].kind, InboxKind::Proposal);
    assert_eq!(all.items[0].agent_name.as_deref(), Some("The one"));
    assert_eq!(all.items[0].confidence, Some(0.75));
    assert_eq!(all.items[2].kind, InboxKind::CollectiveProposal);
    assert!(all.items[2].consensus_status.is_some());

    let hub = InboxFilter {
        hub_id: Some(desk.place.hub.id),
        ..InboxFilter::default()
    };
    assert_eq!(ids(&list(&desk, &hub).await), ids(&all));
    let by_task = InboxFilter {
        task_type: Some("synthesis".to_owned()),
        ..hub.clone()
    };
    assert_eq!(ids(&list(&desk, &by_task).await), [summary.id.0]);
    let by_kind = InboxFilter {
        kind: Some(InboxKind::CollectiveProposal),
        ..hub.clone()
    };
    let page = list(&desk, &by_kind).await;
    assert_eq!(ids(&page), [run.collective.id.0]);
    assert_eq!(page.counts.all(), 3, "whatever the kind");
    let by_agent = InboxFilter {
        agent_registration_id: Some(desk.place.agent.id),
        ..hub.clone()
    };
    assert_eq!(list(&desk, &by_agent).await.items.len(), 3);
    let nobody = InboxFilter {
        agent_registration_id: Some(AgentId(Uuid::nil())),
        ..hub.clone()
    };
    assert_eq!(list(&desk, &nobody).await.items.len(), 0);
    let elsewhere = InboxFilter {
        hub_id: Some(HubId(Uuid::nil())),
        ..hub.clone()
    };
    assert_eq!(list(&desk, &elsewhere).await.counts.all(), 0);

    let counts = async || {
        federation::hubs::counts(&desk.engine, &bo(), desk.place.hub.id)
            .await
            .unwrap()
            .waiting
    };
    assert_eq!(counts().await, 3);
    desk.decide(&bo(), draft.id, verdict(Verdict::Accepted))
        .await
        .unwrap();
    let rejected = NewCollectiveReview {
        verdict: Verdict::Rejected,
        comment: None,
        revised_content: None,
        content_hash: None,
        contribution_id: None,
        fields: None,
    };
    collectives::decide(&desk.engine, &bo(), run.collective.id, rejected)
        .await
        .unwrap();
    assert_eq!(ids(&list(&desk, &hub).await), [summary.id.0]);
    assert_eq!(counts().await, 1);
    desk.engine.shutdown().await;
}

async fn the_most_uncertain_come_first(store: TestStore) {
    let (desk, run) = with_runs(&store).await;
    let piled = desk
        .pile(&[Some(0.9), None, Some(0.1), Some(0.5), None])
        .await;
    let place = |n: usize| piled[n].0;
    let page = list(&desk, &sorted(InboxSort::Uncertain)).await;
    let mut expected = vec![place(4), place(1), place(2), place(3), place(0)];
    // One agent alone is no quorum: nothing was judged.
    assert_eq!(run.collective.consensus_status, ConsensusStatus::Pending);
    expected.insert(2, run.collective.id.0);
    assert_eq!(ids(&page), expected);
    set_consensus(&store, run.collective.id, "divergent").await;
    let page = list(&desk, &sorted(InboxSort::Uncertain)).await;
    assert_eq!(ids(&page)[0], run.collective.id.0);
    set_consensus(&store, run.collective.id, "consensus").await;
    let page = list(&desk, &sorted(InboxSort::Uncertain)).await;
    assert_eq!(ids(&page).last(), Some(&run.collective.id.0));
    desk.engine.shutdown().await;
}

async fn set_consensus(store: &TestStore, id: CollectiveId, word: &str) {
    use federation::store::Db;
    let sql = "UPDATE collective_proposals SET consensus_status = $2 WHERE id = $1";
    match store.db() {
        Db::Sqlite { write, .. } => {
            sqlx::query(sql)
                .bind(id)
                .bind(word)
                .execute(write)
                .await
                .unwrap();
        }
        Db::Postgres(pool) => {
            sqlx::query(sql)
                .bind(id)
                .bind(word)
                .execute(pool)
                .await
                .unwrap();
        }
    }
}

async fn pages_follow_each_other_in_both_orders(store: TestStore) {
    let (desk, run) = with_runs(&store).await;
    let shares: Vec<Option<f64>> = (0..40_i32)
        .map(|n| (n % 5 != 0).then(|| f64::from(n % 7) / 7.0))
        .collect();
    let mut all: Vec<Uuid> = desk.pile(&shares).await.iter().map(|id| id.0).collect();
    all.push(run.collective.id.0);
    all.sort_unstable();
    for sort in InboxSort::ALL.iter().copied() {
        for hub_id in [None, Some(desk.place.hub.id)] {
            let filter = InboxFilter {
                hub_id,
                ..sorted(sort)
            };
            let whole = ids(&list(&desk, &filter).await);
            let mut walked = Vec::new();
            let mut cursor: Option<String> = None;
            loop {
                let page = inbox::list(&desk.engine, &bo(), &filter, cursor.as_deref(), 7)
                    .await
                    .unwrap();
                assert!(page.items.len() <= 7);
                walked.extend(ids(&page));
                match page.next_cursor {
                    Some(next) => cursor = Some(next),
                    None => break,
                }
            }
            assert_eq!(walked, whole, "{sort}");
            walked.sort_unstable();
            assert_eq!(walked, all, "{sort}: each once");
        }
    }
    let bad = inbox::list(&desk.engine, &bo(), &InboxFilter::default(), Some("x"), 7).await;
    assert_eq!(bad.unwrap_err().code(), "invalid");
    desk.engine.shutdown().await;
}

async fn what_is_covered_has_no_place_in_the_order(store: TestStore) {
    let desk = desk(&store).await;
    let piled = desk.pile(&[Some(0.9), Some(0.1), Some(0.5)]).await;
    let filter = sorted(InboxSort::Uncertain);
    let by_confidence = [piled[1].0, piled[2].0, piled[0].0];
    assert_eq!(ids(&list(&desk, &filter).await), by_confidence);
    desk.decide_first().await;
    let page = list(&desk, &filter).await;
    let newest_first = [piled[2].0, piled[1].0, piled[0].0];
    assert_eq!(ids(&page), newest_first);
    assert!(
        page.items
            .iter()
            .all(|item| item.covered && item.confidence.is_none())
    );
    let own = NewJudgement {
        verdict: Judgement::Accepted,
        score: None,
        rationale: None,
    };
    federation::reviews::judge(&desk.engine, &bo(), piled[0], own)
        .await
        .unwrap();
    let page = list(&desk, &filter).await;
    assert_eq!(page.items[2].confidence, Some(0.9));
    desk.engine.shutdown().await;
}

/// Both orders stay quick, wherever the page is.
async fn ten_thousand_wait(store: TestStore) {
    let desk = desk(&store).await;
    let shares: Vec<Option<f64>> = (0..10_000_i32)
        .map(|n| (n % 9 != 0).then(|| f64::from(n % 101) / 101.0))
        .collect();
    desk.pile(&shares).await;
    for sort in InboxSort::ALL.iter().copied() {
        for hub_id in [None, Some(desk.place.hub.id)] {
            let filter = InboxFilter {
                hub_id,
                ..sorted(sort)
            };
            let mut cursor: Option<String> = None;
            let mut quickest = std::time::Duration::MAX;
            for _ in 0..5 {
                let begun = std::time::Instant::now();
                let page = inbox::list(&desk.engine, &bo(), &filter, cursor.as_deref(), 50)
                    .await
                    .unwrap();
                quickest = quickest.min(begun.elapsed());
                assert_eq!(page.items.len(), 50);
                assert_eq!(page.counts.proposals, 10_000);
                cursor = page.next_cursor;
            }
            // Without an index or with a sort of wide rows each takes seconds.
            assert!(quickest.as_millis() < 1_500, "{sort}: {quickest:?}");
        }
    }
    desk.engine.shutdown().await;
}
