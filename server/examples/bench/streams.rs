//! Many who watch one run.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result, bail, ensure};
use chrono::{DateTime, Utc};
use federation::{Clock, Engine};
use futures::StreamExt;
use serde_json::{Value, json};
use tokio::sync::{Barrier, Semaphore};

use crate::{Client, hub_of};

const STREAMS: usize = 1_000;
/// Long enough for all to be there before the first answer.
const CALL_MS: u32 = 15_000;
/// Connections that are opened at the same time.
const OPENING: usize = 64;

/// How long after it was stored each event reaches each of the watchers.
pub async fn streams(engine: &Engine, client: &Client) -> Result<()> {
    let hub = hub_of(engine, "watched", 5, &format!("scripted/ms-{CALL_MS}")).await?;
    let body = json!({
        "hub_id": hub, "title": "Watched", "task_type": "requirement_draft", "prompt": "What next?"
    });
    let started: Value = client
        .http
        .post(format!("{}/api/v2/collective-proposals", client.base))
        .bearer_auth(&client.token)
        .json(&body)
        .send()
        .await?
        .error_for_status()?
        .json()
        .await?;
    let id = started["id"].as_str().context("an id")?;
    let url = format!("{}/api/v2/collective-proposals/{id}/events", client.base);
    let (all_there, opening) = (
        Arc::new(Barrier::new(STREAMS)),
        Arc::new(Semaphore::new(OPENING)),
    );
    let mut watchers = tokio::task::JoinSet::new();
    for _ in 0..STREAMS {
        let watcher = Watcher {
            request: client.http.get(&url).bearer_auth(&client.token),
            all_there: Arc::clone(&all_there),
            opening: Arc::clone(&opening),
            clock: engine.clock().clone(),
        };
        watchers.spawn(watcher.watch());
    }
    let mut late = Vec::new();
    let mut events = None;
    while let Some(seen) = watchers.join_next().await {
        let seen = seen??;
        let known = *events.get_or_insert(seen.events);
        ensure!(seen.events == known, "{} events, and {known}", seen.events);
        late.extend(seen.late_ms);
    }
    late.sort_by(f64::total_cmp);
    let at = |share: usize| late[(late.len() - 1) * share / 100];
    println!(
        "{STREAMS} streams on one run of 5 agents: each got all {} events; from stored to received p50 {:.0} ms, p99 {:.0} ms ({} measured)",
        events.unwrap_or(0),
        at(50),
        at(99),
        late.len()
    );
    Ok(())
}

struct Watcher {
    request: reqwest::RequestBuilder,
    all_there: Arc<Barrier>,
    opening: Arc<Semaphore>,
    clock: Clock,
}

/// What one watcher got.
struct Seen {
    events: usize,
    /// Of the events after all were there.
    late_ms: Vec<f64>,
}

impl Watcher {
    async fn watch(self) -> Result<Seen> {
        let permit = self.opening.acquire().await?;
        let answer = self.request.send().await?.error_for_status()?;
        drop(permit);
        let mut bytes = answer.bytes_stream();
        let (all_there, clock) = (self.all_there, self.clock.clone());
        let there = tokio::spawn(async move {
            all_there.wait().await;
            clock.now()
        });
        let mut seen = Seen {
            events: 0,
            late_ms: Vec::new(),
        };
        let mut received = Vec::new();
        let (mut buffer, mut numbered) = (String::new(), false);
        loop {
            let next = tokio::time::timeout(Duration::from_secs(120), bytes.next()).await;
            let Some(piece) = next.context("a stream went silent")? else {
                break;
            };
            let now = self.clock.now();
            buffer.push_str(&String::from_utf8_lossy(&piece?));
            while let Some(end) = buffer.find('\n') {
                let line: String = buffer.drain(..=end).collect();
                if line.starts_with("id:") {
                    numbered = true;
                } else if let Some(data) = line.strip_prefix("data:")
                    && std::mem::take(&mut numbered)
                {
                    seen.events += 1;
                    received.push((stored(data)?, now));
                }
            }
        }
        if !there.is_finished() {
            bail!("the run ended before all were there");
        }
        let there = there.await?;
        seen.late_ms = received
            .into_iter()
            .filter(|(stored, _)| *stored > there)
            .filter_map(|(stored, now)| (now - stored).num_microseconds())
            .map(|late| late as f64 / 1_000.0)
            .collect();
        Ok(seen)
    }
}

/// When an event was stored.
fn stored(data: &str) -> Result<DateTime<Utc>> {
    let data: Value = serde_json::from_str(data)?;
    let at = data["at"].as_str().context("a time")?;
    Ok(DateTime::parse_from_rfc3339(at)?.with_timezone(&Utc))
}
