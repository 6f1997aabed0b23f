//! A snapshot of an agent with many proposals.

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use federation::{Engine, agents, performance, store::Db};
use model::{AgentFilter, Caller, PageRequest};

use crate::{hub_of, median, millis};

const PROPOSALS: i64 = 1_000_000;
const COUNTS: usize = 7;

// A hundred confidences, four versions, four tasks, each seventh undecided.
const SQLITE: &str = "INSERT INTO agent_proposals (id, hub_id, task_type, artifact_type, content, status, created_at, \
     updated_at, agent_registration_id, tokens_in, tokens_out, agent_version, confidence, auto_applied, decision_ms, \
     cost_microusd) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $3) \
     SELECT randomblob(16), $1, CASE i % 4 WHEN 0 THEN 'triage' WHEN 1 THEN 'synthesis' WHEN 2 THEN 'implementation' \
     ELSE 'requirement_draft' END, 'requirement_candidate', '{\"recommendation\":\"' || hex(zeroblob(150)) || '\"}', \
     CASE WHEN i % 7 = 0 THEN 'pending' WHEN i % 11 = 0 THEN 'revised' WHEN (i * 7919) % 100 < i % 100 THEN 'accepted' \
     ELSE 'rejected' END, strftime('%Y-%m-%dT%H:%M:%S', $4, '-' || (i * 2) || ' seconds') || '.5+00:00', $4, $2, \
     100 + i % 900, 20 + i % 300, 1 + i % 4, (i % 100) / 100.0, FALSE, CASE WHEN i % 7 = 0 THEN NULL ELSE \
     (i * 7919) % 86400000 END, i % 5000 FROM n";

const POSTGRES: &str = "INSERT INTO agent_proposals (id, hub_id, task_type, artifact_type, content, status, created_at, \
     updated_at, agent_registration_id, tokens_in, tokens_out, agent_version, confidence, auto_applied, decision_ms, \
     cost_microusd) SELECT gen_random_uuid(), $1, CASE i % 4 WHEN 0 THEN 'triage' WHEN 1 THEN 'synthesis' WHEN 2 THEN \
     'implementation' ELSE 'requirement_draft' END, 'requirement_candidate', \
     jsonb_build_object('recommendation', repeat('0', 300)), CASE WHEN i % 7 = 0 THEN 'pending' WHEN i % 11 = 0 THEN \
     'revised' WHEN (i * 7919) % 100 < i % 100 THEN 'accepted' ELSE 'rejected' END, \
     $4 - make_interval(secs => i * 2), $4, $2, 100 + i % 900, 20 + i % 300, 1 + i % 4, (i % 100) / 100.0, FALSE, \
     CASE WHEN i % 7 = 0 THEN NULL ELSE (i * 7919) % 86400000 END, i % 5000 FROM generate_series(1, $3) n (i)";

/// Counts the last 30 days of an agent with a million proposals.
pub async fn performance(engine: &Engine) -> Result<()> {
    let caller = Caller::command();
    let hub = hub_of(engine, "performance", 1, "scripted/ms-50").await?;
    let filter = AgentFilter {
        hub_id: Some(hub),
        ..AgentFilter::default()
    };
    let listed = agents::list(engine, &caller, filter, PageRequest::default()).await?;
    let agent = listed.items.first().context("an agent")?.id;
    let now = engine.clock().now();
    macro_rules! fill {
        ($sql:expr, $pool:expr) => {
            sqlx::query($sql)
                .bind(hub)
                .bind(agent)
                .bind(PROPOSALS)
                .bind(now)
                .execute($pool)
                .await?
                .rows_affected()
        };
    }
    let rows = match engine.store().db() {
        Db::Sqlite { write, .. } => fill!(SQLITE, write),
        Db::Postgres(pool) => {
            let rows = fill!(POSTGRES, pool);
            sqlx::query("VACUUM ANALYZE agent_proposals")
                .execute(pool)
                .await?;
            rows
        }
    };
    ensure!(rows == PROPOSALS.unsigned_abs(), "{rows} rows");
    let mut times = Vec::new();
    for _ in 0..COUNTS {
        let begun = Instant::now();
        let record = performance::compute(engine, &caller, agent).await?;
        times.push(millis(begun));
        // Two seconds apart, they reach back 23 days.
        ensure!(
            i64::from(record.proposals_generated) == PROPOSALS,
            "{} of {PROPOSALS}",
            record.proposals_generated
        );
    }
    println!(
        "a snapshot over {PROPOSALS} proposals: {:.0} ms",
        median(times)
    );
    Ok(())
}
