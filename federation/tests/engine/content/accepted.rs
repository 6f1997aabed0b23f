//! What accepting a proposal leaves, as the database keeps it, and how it is
//! read.

use federation::{
    Store, decisions, signals,
    store::{Db, proposals::NewProposal},
    widgets,
};
use model::*;
use serde_json::json;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::{a_decision, a_signal, hub, nothing, widget};
use crate::common::TestStore;
use crate::support::{admin, engine};

both_engines!(
    what_stands_is_read_and_what_was_withdrawn_is_not,
    a_signal_of_a_proposal_belongs_to_its_widget
);

fn id(store: &TestStore, id: Uuid) -> String {
    if store.is_postgres() {
        format!("'{id}'")
    } else {
        format!("x'{}'", id.simple())
    }
}

pub async fn execute(store: &Store, sql: String) {
    let sql = AssertSqlSafe(sql);
    match store.db() {
        Db::Sqlite { write, .. } => drop(sqlx::query(sql).execute(write).await.unwrap()),
        Db::Postgres(pool) => drop(sqlx::query(sql).execute(pool).await.unwrap()),
    }
}

const AT: &str = "'2026-01-02T03:04:05.000006+00:00'";

/// A proposal about a widget, a candidate or a decision record.
async fn proposal(store: &TestStore, hub_id: HubId, widget: Option<WidgetId>) -> ProposalId {
    let id: ProposalId = store.clock().id();
    let mut tx = store.begin().await.unwrap();
    let new = NewProposal {
        id,
        hub_id,
        task_type: "triage",
        artifact_type: "duplicate_report",
        title: "A question",
        instructions: None,
        source_widget_id: widget,
        source_candidate_id: None,
        source_decision_id: None,
        agent: None,
    };
    tx.insert_proposal(&new, &admin()).await.unwrap();
    tx.commit().await.unwrap();
    id
}

/// As accepting a report on duplicates does.
pub async fn link(store: &TestStore, hub_id: HubId, kept: &Candidate, twin: &Candidate) {
    let proposal = proposal(store, hub_id, None).await;
    let row: Uuid = store.clock().id();
    let values = [row, hub_id.0, proposal.0, kept.id.0, twin.id.0].map(|it| id(store, it));
    execute(
        store,
        format!(
            "INSERT INTO candidate_duplicates (id, hub_id, proposal_id, kept_candidate_id, duplicate_candidate_id, \
             status_before, created_at) VALUES ({}, 'open', {AT})",
            values.join(", ")
        ),
    )
    .await;
    let twin = id(store, twin.id.0);
    let sql = format!("UPDATE requirement_candidates SET status = 'duplicate' WHERE id = {twin}");
    execute(store, sql).await;
}

async fn keep(
    store: &TestStore,
    table: &str,
    about: (&str, Uuid),
    hub_id: HubId,
    proposal: ProposalId,
    text: &str,
    withdrawn: bool,
) {
    let row: Uuid = store.clock().id();
    let values = [row, hub_id.0, about.1, proposal.0].map(|it| id(store, it));
    let withdrawn = if withdrawn { AT } else { "NULL" };
    let content = json!({ "recommendation": text });
    execute(
        store,
        format!(
            "INSERT INTO {table} (id, hub_id, {}, proposal_id, content, created_at, withdrawn_at) \
             VALUES ({}, '{content}', {AT}, {withdrawn})",
            about.0,
            values.join(", ")
        ),
    )
    .await;
}

async fn what_stands_is_read_and_what_was_withdrawn_is_not(store: TestStore) {
    let engine = engine(&store, nothing());
    let hub_id = hub(&engine, "h").await;
    let w = widget(&engine, hub_id, "mail").await;
    let d = decisions::create(&engine, &admin(), a_decision(hub_id, "Yes"))
        .await
        .unwrap();
    let asked = proposal(&store, hub_id, Some(w.id)).await;
    let later = proposal(&store, hub_id, Some(w.id)).await;
    for (table, about) in [
        ("widget_summaries", ("widget_id", w.id.0)),
        ("decision_implementations", ("decision_record_id", d.id.0)),
    ] {
        keep(&store, table, about, hub_id, asked, "taken back", true).await;
        keep(&store, table, about, hub_id, asked, "first", false).await;
        keep(&store, table, about, hub_id, later, "second", false).await;
    }
    let said = |content: &serde_json::Value| content["recommendation"].as_str().unwrap().to_owned();
    let summaries = widgets::summaries(&engine, &admin(), w.id).await.unwrap();
    let texts: Vec<_> = summaries.iter().map(|s| said(&s.content)).collect();
    assert_eq!(texts, ["second", "first"]);
    assert_eq!(summaries[0].proposal_id, later);
    let detail = decisions::detail(&engine, &admin(), d.id).await.unwrap();
    let all = detail.implementations;
    let texts: Vec<_> = all.iter().map(|i| said(&i.content)).collect();
    assert_eq!(texts, ["second", "first"]);

    let about = ProposalFilter {
        source_widget_id: Some(w.id),
        ..ProposalFilter::default()
    };
    let lines = widgets::proposals_about(&engine, &admin(), about)
        .await
        .unwrap();
    let ids: Vec<_> = lines.iter().map(|line| line.id).collect();
    assert_eq!(ids, [later, asked]);
    assert_eq!(lines[0].status, ProposalStatus::Queued);
}

async fn a_signal_of_a_proposal_belongs_to_its_widget(store: TestStore) {
    let engine = engine(&store, nothing());
    let hub_id = hub(&engine, "h").await;
    let other = hub(&engine, "other").await;
    let w = widget(&engine, hub_id, "mail").await;
    let asked = proposal(&store, hub_id, Some(w.id)).await;
    let new = NewOutcomeSignal {
        proposal_id: Some(asked),
        ..a_signal(hub_id)
    };
    let signal = signals::create(&engine, &admin(), new).await.unwrap();
    assert_eq!(signal.widget_id, Some(w.id));
    let lines = widgets::timeline(&engine, &admin(), w.id, TimelineRequest::default())
        .await
        .unwrap();
    assert_eq!(lines.items[0].proposal_id, Some(asked));
    let foreign = NewOutcomeSignal {
        proposal_id: Some(asked),
        ..a_signal(other)
    };
    let foreign = signals::create(&engine, &admin(), foreign).await;
    assert_eq!(super::fields(foreign), ["proposal_id"]);
}
