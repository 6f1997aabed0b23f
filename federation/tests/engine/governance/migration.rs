//! Policies from before there could be one active policy only.

use federation::governance;
use model::*;
use sqlx::AssertSqlSafe;

use super::policies::{nothing, policy};
use crate::common::TestStore;
use crate::support::*;
use federation::store::Db;

both_engines!(policies_that_collide_are_settled);

const SQLITE: &str = include_str!("../../../../migrations/sqlite/1744675200_governance.sql");
const POSTGRES: &str = include_str!("../../../../migrations/postgres/1744675200_governance.sql");

async fn run(store: &TestStore, sql: &str) {
    let sql = AssertSqlSafe(sql.to_owned());
    match store.db() {
        Db::Sqlite { write, .. } => {
            sqlx::query(sql).execute(write).await.unwrap();
        }
        Db::Postgres(pool) => {
            sqlx::query(sql).execute(pool).await.unwrap();
        }
    }
}

/// The statements of the migration that settle rows, and the index that they
/// make way for.
fn settling(store: &TestStore) -> Vec<String> {
    let file = if store.is_postgres() {
        POSTGRES
    } else {
        SQLITE
    };
    let bare: Vec<_> = file.lines().filter(|l| !l.starts_with("--")).collect();
    let statements = bare.join("\n");
    let settling: Vec<String> = statements
        .split(';')
        .map(str::trim)
        .filter(|s| {
            ["INSERT", "UPDATE", "CREATE UNIQUE"]
                .iter()
                .any(|w| s.starts_with(w))
        })
        .map(str::to_owned)
        .collect();
    assert_eq!(settling.len(), 4);
    settling
}

async fn policies_that_collide_are_settled(store: TestStore) {
    let engine = engine(&store, nothing());
    let (hub, agents) = hub_with(&engine, &["a", "b", "c"]).await;
    run(&store, "DROP INDEX ai_governance_policies_active").await;
    let make = async |agent: &Agent, actions: &[Action]| {
        governance::create(&engine, &admin(), policy(&hub, agent, actions))
            .await
            .unwrap()
            .id
    };
    use Action::{AutoApply, Delegate, Propose, Read};
    let old = make(&agents[0], &[Read, Propose, Delegate]).await;
    let off = make(&agents[0], &[]).await;
    governance::toggle(&engine, &admin(), off).await.unwrap();
    let middle = make(&agents[0], &[Propose, Delegate]).await;
    let newest = make(&agents[0], &[Read, Propose, AutoApply]).await;
    let apart = [
        make(&agents[1], &[Read]).await,
        make(&agents[1], &[Propose]).await,
    ];
    let alone = make(&agents[2], &[Read, Delegate]).await;

    for statement in settling(&store) {
        run(&store, &statement).await;
    }

    let now = async |id| {
        let policy = governance::get(&engine, &admin(), id).await.unwrap();
        (policy.is_active, policy.allowed_actions, policy.version)
    };
    // What all of the active ones allowed; the inactive one has no say.
    assert_eq!(now(newest).await, (true, vec![Propose], 2));
    assert_eq!(now(old).await, (false, vec![Read, Propose, Delegate], 2));
    assert_eq!(now(middle).await, (false, vec![Propose, Delegate], 2));
    assert_eq!(now(off).await, (false, vec![], 2));
    assert_eq!(now(apart[1]).await, (true, vec![], 2));
    assert_eq!(now(apart[0]).await, (false, vec![Read], 2));
    assert_eq!(now(alone).await, (true, vec![Read, Delegate], 1));
    let filter = AuditFilter {
        subject_id: Some(newest.0),
        ..AuditFilter::default()
    };
    let entries = federation::audit::list(&engine, &admin(), filter, PageRequest::default())
        .await
        .unwrap();
    let settled = entries
        .items
        .iter()
        .find(|e| e.action == "governance_policy.settled")
        .unwrap();
    assert_eq!(
        settled.detail["before"],
        serde_json::json!(["read", "propose", "auto_apply"])
    );
    assert!((settled.at - engine.clock().now()).num_hours() == 0);
}
