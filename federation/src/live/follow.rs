//! One follower of one subject.

use std::{collections::HashMap, sync::Arc};

use futures::{StreamExt, stream::BoxStream};
use model::LiveEvent;
use serde_json::json;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use uuid::Uuid;

use super::{Partial, PoisonError, Subject};
use crate::{Engine, Result};

/// The event after which a stream ends.
pub(super) const LAST: &str = "run.finished";

/// Events read from the database at once.
const BATCH: i64 = 200;

/// Streams `subject` from the event after `after`.
pub(super) fn stream(engine: &Engine, subject: Uuid, after: i64) -> BoxStream<'static, LiveEvent> {
    let (sender, receiver) = mpsc::channel(64);
    // Subscribe first, then read: what comes in between wakes the follower.
    let entry = engine.live().subject(subject);
    let follower = Follower {
        engine: engine.clone(),
        subject,
        after,
        entry,
        sender,
        sent: HashMap::new(),
        open: HashMap::new(),
    };
    engine.tasks().spawn(follower.run());
    ReceiverStream::new(receiver).boxed()
}

/// The stream is over.
struct Ended;

struct Follower {
    engine: Engine,
    subject: Uuid,
    after: i64,
    entry: Arc<Subject>,
    sender: mpsc::Sender<LiveEvent>,
    /// Per text: attempt, and how much was sent, in bytes and characters.
    sent: HashMap<Uuid, (i32, usize, i64)>,
    /// The texts that may still grow, with their attempt, as events said.
    open: HashMap<Uuid, i32>,
}

impl Follower {
    async fn run(mut self) {
        let mut events = self.entry.events.subscribe();
        let mut text = self.entry.text.subscribe();
        super::remote::want(&self.engine, self.subject);
        let stop = self.engine.shutdown_token().clone();
        let mut look = true;
        loop {
            if self.step(look).await.is_err() {
                break;
            }
            look = tokio::select! {
                () = stop.cancelled() => break,
                () = self.sender.closed() => break,
                _ = events.changed() => true,
                _ = text.changed() => false,
                () = tokio::time::sleep(self.engine.settings().poll) => true,
            };
        }
        let Self {
            engine,
            subject,
            entry,
            ..
        } = self;
        drop(entry);
        engine.live().release(subject);
    }

    /// Sends what is new: stored events first, then text.
    async fn step(&mut self, look: bool) -> Result<(), Ended> {
        let texts: HashMap<Uuid, Partial> = self
            .entry
            .texts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        // A text whose start was not told yet: its event is stored already.
        let unknown = texts.iter().any(|(slot, t)| {
            !t.text.is_empty() && self.open.get(slot) != Some(&t.attempt) && !self.is_sent(*slot, t)
        });
        if look || unknown {
            self.send_events().await?;
        }
        for (slot, partial) in texts {
            if self.open.get(&slot) == Some(&partial.attempt) {
                self.send_text(slot, &partial).await?;
            }
        }
        Ok(())
    }

    fn is_sent(&self, slot: Uuid, partial: &Partial) -> bool {
        self.sent.get(&slot).is_some_and(|(attempt, bytes, _)| {
            *attempt >= partial.attempt && *bytes >= partial.text.len()
        })
    }

    async fn send_events(&mut self) -> Result<(), Ended> {
        loop {
            let batch = match self
                .engine
                .store()
                .events_after(self.subject, self.after, BATCH)
                .await
            {
                Ok(batch) => batch,
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "live events could not be read"
                    );
                    return Ok(());
                }
            };
            let full = i64::try_from(batch.len()).unwrap_or(0) == BATCH;
            for event in batch {
                self.after = event.seq.unwrap_or(self.after);
                self.note(&event);
                let last = event.name == LAST;
                self.send(event).await?;
                if last {
                    return Err(Ended);
                }
            }
            if !full {
                return Ok(());
            }
        }
    }

    /// Which texts are open, as the stored events say.
    fn note(&mut self, event: &LiveEvent) {
        let slot = event
            .data
            .get("contribution_id")
            .and_then(|id| id.as_str())
            .and_then(|id| id.parse().ok())
            .unwrap_or(self.subject);
        let attempt = event
            .data
            .get("attempt")
            .and_then(serde_json::Value::as_i64);
        if event.name.ends_with(".started") {
            if let Some(attempt) = attempt {
                let attempt = i32::try_from(attempt).unwrap_or(0);
                self.open.insert(slot, attempt);
            }
        } else {
            self.open.remove(&slot);
            if let Some(sent) = self.sent.get_mut(&slot) {
                // Whatever text is left in memory is of no more use.
                sent.1 = usize::MAX;
            }
        }
    }

    async fn send_text(&mut self, slot: Uuid, partial: &Partial) -> Result<(), Ended> {
        let (attempt, bytes, chars) = self.sent.get(&slot).copied().unwrap_or((0, 0, 0));
        let (bytes, chars) = if attempt == partial.attempt {
            (bytes, chars)
        } else {
            (0, 0)
        };
        let Some(new) = partial.text.get(bytes..).filter(|new| !new.is_empty()) else {
            return Ok(());
        };
        let mut data = json!({ "attempt": partial.attempt, "offset": chars, "text": new });
        let name = if slot == self.subject {
            "synthesis.delta"
        } else {
            data["contribution_id"] = json!(slot);
            "contribution.delta"
        };
        data["collective_proposal_id"] = json!(self.subject);
        data["at"] = json!(self.engine.clock().now());
        let sent_chars = chars + i64::try_from(new.chars().count()).unwrap_or(0);
        self.sent
            .insert(slot, (partial.attempt, partial.text.len(), sent_chars));
        self.send(LiveEvent {
            seq: None,
            name: name.to_owned(),
            data,
        })
        .await
    }

    async fn send(&self, event: LiveEvent) -> Result<(), Ended> {
        tokio::select! {
            () = self.engine.shutdown_token().cancelled() => Err(Ended),
            sent = self.sender.send(event) => sent.map_err(|_| Ended),
        }
    }
}
