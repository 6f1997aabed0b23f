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

/// The event after which a stream ends, where it is a subject's last one: a
/// proposal may go into another round after it. A proposal's stream goes on
/// while somebody works on what was delegated from it.
pub(super) const LAST: &str = "run.finished";

/// What is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Collective,
    Proposal,
    Hub,
}

/// Which texts are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Texts {
    None,
    All,
}

/// Events read from the database at once.
const BATCH: i64 = 200;

/// Streams `subject` from the event after `after`.
pub(super) fn stream(
    engine: &Engine,
    subject: Uuid,
    after: i64,
    kind: Kind,
    texts: Texts,
) -> BoxStream<'static, LiveEvent> {
    let (sender, receiver) = mpsc::channel(64);
    // Subscribe first, then read: what comes in between wakes the follower.
    let entry = engine.live().subject(subject);
    let follower = Follower {
        engine: engine.clone(),
        subject,
        after,
        entry,
        sender,
        kind,
        texts,
        finished: false,
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
    kind: Kind,
    texts: Texts,
    /// The last event that was sent may be the last one.
    finished: bool,
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
        if self.texts != Texts::None && self.after > 0 {
            self.catch_up().await;
        }
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
        engine
            .live()
            .release(subject, |owner| engine.workers().works_on(owner));
    }

    /// Notes the events that the client has already: they say which texts are
    /// open, and the client gets those from their start.
    async fn catch_up(&mut self) {
        let mut seen = 0;
        while seen < self.after {
            let batch = self.engine.store().events_after(self.subject, seen, BATCH);
            let Ok(batch) = batch.await else { return };
            if batch.is_empty() {
                return;
            }
            for event in batch {
                seen = event.seq.unwrap_or(i64::MAX);
                if seen <= self.after {
                    self.note(&event);
                }
            }
        }
    }

    /// Sends what is new: stored events first, then text.
    async fn step(&mut self, look: bool) -> Result<(), Ended> {
        if look || self.has_unknown_text() {
            self.send_events().await?;
        }
        for (slot, attempt, from, new) in self.new_texts() {
            self.send_text(slot, attempt, from, new).await?;
        }
        Ok(())
    }

    fn partials(&self) -> std::sync::MutexGuard<'_, HashMap<Uuid, Partial>> {
        self.entry
            .texts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there is a text whose start was not told yet: its event is
    /// stored already.
    fn has_unknown_text(&self) -> bool {
        if self.texts == Texts::None {
            return false;
        }
        self.partials().iter().any(|(slot, text)| {
            !text.text.is_empty()
                && self.open.get(slot) != Some(&text.attempt)
                && !self.is_sent(*slot, text)
        })
    }

    fn is_sent(&self, slot: Uuid, partial: &Partial) -> bool {
        self.sent.get(&slot).is_some_and(|(attempt, bytes, _)| {
            *attempt > partial.attempt
                || (*attempt == partial.attempt && *bytes >= partial.text.len())
        })
    }

    /// What has come of the open texts: slot, attempt, characters before it,
    /// text.
    fn new_texts(&mut self) -> Vec<(Uuid, i32, i64, String)> {
        let mut new_texts = Vec::new();
        if self.texts == Texts::None {
            return new_texts;
        }
        let mut sent = std::mem::take(&mut self.sent);
        for (slot, partial) in self.partials().iter() {
            if self.open.get(slot) != Some(&partial.attempt) {
                continue;
            }
            let (bytes, chars) = match sent.get(slot) {
                Some((attempt, bytes, chars)) if *attempt == partial.attempt => (*bytes, *chars),
                _ => (0, 0),
            };
            let Some(new) = partial.text.get(bytes..).filter(|new| !new.is_empty()) else {
                continue;
            };
            let all = chars + i64::try_from(new.chars().count()).unwrap_or(0);
            sent.insert(*slot, (partial.attempt, partial.text.len(), all));
            new_texts.push((*slot, partial.attempt, chars, new.to_owned()));
        }
        self.sent = sent;
        new_texts
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
                self.finished = event.name == LAST;
                self.send(event).await?;
            }
            if !full && self.is_over().await? {
                return Err(Ended);
            }
            if !full {
                return Ok(());
            }
        }
    }

    /// Whether nothing more can come. Of a proposal, that is where nobody works
    /// on it or below it, and nothing was told between the last look and that
    /// one.
    async fn is_over(&self) -> Result<bool, Ended> {
        if self.kind != Kind::Proposal {
            return Ok(self.finished);
        }
        if self.after == 0 || self.works_below().await {
            return Ok(false);
        }
        let store = self.engine.store();
        let rest = store.events_after(self.subject, self.after, 1).await;
        match rest {
            Ok(rest) => Ok(rest.is_empty()),
            Err(_) => Ok(false),
        }
    }

    /// Whether somebody works on the proposal, or on what was delegated from
    /// it. Where that cannot be read, the stream goes on.
    async fn works_below(&self) -> bool {
        let id = model::ProposalId(self.subject);
        self.engine.store().works_below(id).await.unwrap_or(true)
    }

    /// Which texts are open, as the stored events say.
    fn note(&mut self, event: &LiveEvent) {
        let slot = event
            .data
            .get("contribution_id")
            .or_else(|| event.data.get("delegation_id"))
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
            // Whatever text is left in memory is of no more use.
            if let Some(attempt) = self.open.remove(&slot) {
                self.sent.insert(slot, (attempt, usize::MAX, 0));
            }
        }
    }

    async fn send_text(
        &self,
        slot: Uuid,
        attempt: i32,
        offset: i64,
        text: String,
    ) -> Result<(), Ended> {
        let mut data = json!({ "attempt": attempt, "offset": offset, "text": text });
        let own = slot == self.subject;
        let (name, id_field) = match self.kind {
            Kind::Proposal if own => ("answer.delta", "proposal_id"),
            Kind::Proposal => {
                data["delegation_id"] = json!(slot);
                ("delegation.delta", "proposal_id")
            }
            _ if own => ("synthesis.delta", "collective_proposal_id"),
            _ => {
                data["contribution_id"] = json!(slot);
                ("contribution.delta", "collective_proposal_id")
            }
        };
        data[id_field] = json!(self.subject);
        data["at"] = json!(self.engine.clock().now());
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
