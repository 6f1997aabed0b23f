//! Live events: stored ones with replay, and text as it comes.
//!
//! A wake-up only says "there is more". A follower then reads stored events
//! after the last one that it has seen, and sends what is new of each text.
//! Nothing is lost when a wake-up is: a poll stands behind it.

mod follow;
mod remote;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use futures::stream::BoxStream;
use model::{Caller, CollectiveId, HubId, LiveEvent, ProposalId, Role};
use tokio::sync::watch;
use uuid::Uuid;

use crate::{Engine, Error, Result, error::require, store::live::LastEvent};
use follow::{Kind, Texts};

/// A text under way: which attempt, and what has come so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Partial {
    pub attempt: i32,
    pub text: String,
    /// The subject of the work that writes it here; nil where another instance
    /// does.
    pub owner: Uuid,
}

/// What followers of one subject wait on.
#[derive(Debug, Default)]
struct Subject {
    /// Raised when stored events may have come.
    events: watch::Sender<u64>,
    /// Raised when text has come.
    text: watch::Sender<u64>,
    /// By contribution or delegation; a synthesis, and a proposal's own answer,
    /// is under the subject's own id.
    texts: Mutex<HashMap<Uuid, Partial>>,
}

/// The wake-ups of this process.
#[derive(Debug, Default)]
pub struct LiveHub {
    subjects: Mutex<HashMap<Uuid, Arc<Subject>>>,
    work: watch::Sender<u64>,
    /// Text that other instances may want; set where there are others.
    outgoing: Mutex<Option<tokio::sync::mpsc::Sender<remote::Piece>>>,
}

impl LiveHub {
    fn subject(&self, id: Uuid) -> Arc<Subject> {
        let mut subjects = self.subjects.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(subjects.entry(id).or_default())
    }

    fn known(&self, id: Uuid) -> Option<Arc<Subject>> {
        let subjects = self.subjects.lock().unwrap_or_else(PoisonError::into_inner);
        subjects.get(&id).cloned()
    }

    pub(crate) fn wake_events(&self, subject: Uuid) {
        if let Some(subject) = self.known(subject) {
            subject.events.send_modify(|n| *n += 1);
        }
    }

    /// After a gap in notifications: everybody looks.
    fn wake_all(&self) {
        let subjects: Vec<_> = {
            let subjects = self.subjects.lock().unwrap_or_else(PoisonError::into_inner);
            subjects.values().cloned().collect()
        };
        for subject in subjects {
            subject.events.send_modify(|n| *n += 1);
        }
        self.wake_work();
    }

    pub(crate) fn wake_work(&self) {
        self.work.send_modify(|n| *n += 1);
    }

    pub(crate) fn work_wake(&self) -> watch::Receiver<u64> {
        self.work.subscribe()
    }

    /// Raised when something about the subject was committed, on any instance.
    pub(crate) fn events_wake(&self, subject: Uuid) -> watch::Receiver<u64> {
        self.subject(subject).events.subscribe()
    }

    /// What has come of a text that is under way here.
    pub(crate) fn text(&self, subject: Uuid, slot: Uuid) -> Option<String> {
        let entry = self.known(subject)?;
        let texts = entry.texts.lock().unwrap_or_else(PoisonError::into_inner);
        texts.get(&slot).map(|partial| partial.text.clone())
    }

    /// Begins a text of the work on `owner`: earlier text of an earlier attempt
    /// is forgotten.
    pub(crate) fn begin_text(&self, subject: Uuid, slot: Uuid, owner: Uuid, attempt: i32) {
        let entry = self.subject(subject);
        let mut texts = entry.texts.lock().unwrap_or_else(PoisonError::into_inner);
        texts.insert(
            slot,
            Partial {
                attempt,
                text: String::new(),
                owner,
            },
        );
    }

    /// Adds to a text of this instance's own work.
    pub(crate) fn add_text(&self, subject: Uuid, slot: Uuid, attempt: i32, piece: &str) {
        if piece.is_empty() {
            return;
        }
        let entry = self.subject(subject);
        let offset = {
            let mut texts = entry.texts.lock().unwrap_or_else(PoisonError::into_inner);
            let partial = texts.entry(slot).or_default();
            if partial.attempt > attempt {
                // An attempt that was given up still talks.
                return;
            }
            if partial.attempt < attempt {
                *partial = Partial {
                    attempt,
                    text: String::new(),
                    owner: partial.owner,
                };
            }
            let offset = partial.text.len();
            partial.text.push_str(piece);
            offset
        };
        entry.text.send_modify(|n| *n += 1);
        let outgoing = self.outgoing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(outgoing) = outgoing.as_ref() {
            // Where the queue is full the piece is lost; a follower that misses
            // it asks for the text so far.
            let _ = outgoing.try_send(remote::Piece {
                subject,
                slot,
                attempt,
                offset,
                text: piece.to_owned(),
            });
        }
    }

    /// The work on `owner` no longer runs here.
    pub(crate) fn forget_texts(&self, owner: Uuid) {
        let mut subjects = self.subjects.lock().unwrap_or_else(PoisonError::into_inner);
        subjects.retain(|id, entry| {
            let mut texts = entry.texts.lock().unwrap_or_else(PoisonError::into_inner);
            let before = texts.len();
            texts.retain(|_, text| text.owner != owner && (*id != owner || !text.owner.is_nil()));
            let touched = *id == owner || texts.len() < before;
            !touched || !texts.is_empty() || Arc::strong_count(entry) > 1
        });
    }

    /// A follower has gone. Texts stay only where their work is under way
    /// here.
    fn release(&self, subject: Uuid, works_on: impl Fn(Uuid) -> bool) {
        let mut subjects = self.subjects.lock().unwrap_or_else(PoisonError::into_inner);
        let unused = subjects.get(&subject).is_some_and(|entry| {
            let texts = entry.texts.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::strong_count(entry) == 1 && !texts.values().any(|text| works_on(text.owner))
        });
        if unused && !works_on(subject) {
            subjects.remove(&subject);
        }
    }
}

/// What a follower gets.
pub enum Follow {
    /// Ends after `run.finished`, and when the server stops.
    Stream(BoxStream<'static, LiveEvent>),
    /// Nothing can follow the event that was named.
    NothingMore,
}

/// Follows a collective proposal from the event after `after`, or from the
/// first one.
pub async fn subscribe_collective(
    engine: &Engine,
    caller: &Caller,
    id: CollectiveId,
    after: Option<i64>,
) -> Result<Follow> {
    require(caller, Role::Viewer)?;
    let last = engine
        .store()
        .last_event("collective_proposal", id.0)
        .await?
        .ok_or_else(|| Error::not_found("collective proposal"))?;
    if let Some(after) = after
        && last.name.as_deref() == Some(follow::LAST)
        && after >= last.seq
    {
        return Ok(Follow::NothingMore);
    }
    from_first(engine, id.0, after, &last, Kind::Collective, Texts::All)
}

/// Follows a proposal from the event after `after`, or from the first one.
pub async fn subscribe_proposal(
    engine: &Engine,
    caller: &Caller,
    id: ProposalId,
    after: Option<i64>,
) -> Result<Follow> {
    require(caller, Role::Viewer)?;
    // Before the last event is read: what is told in between is then in it.
    let works = engine.store().works_below(id).await?;
    let last = engine
        .store()
        .last_event("proposal", id.0)
        .await?
        .ok_or_else(|| Error::not_found("proposal"))?;
    if !works && after.is_some_and(|after| after >= last.seq.max(1)) {
        return Ok(Follow::NothingMore);
    }
    let texts = if crate::reviews::text_is_held_back(engine, id).await? {
        Texts::None
    } else {
        Texts::All
    };
    from_first(engine, id.0, after, &last, Kind::Proposal, texts)
}

fn from_first(
    engine: &Engine,
    subject: Uuid,
    after: Option<i64>,
    last: &LastEvent,
    kind: Kind,
    texts: Texts,
) -> Result<Follow> {
    if after.is_some_and(|after| after < 0) {
        return Err(Error::invalid("Last-Event-ID", "must not be negative"));
    }
    let from = after.unwrap_or(0).min(last.seq);
    Ok(Follow::Stream(follow::stream(
        engine, subject, from, kind, texts,
    )))
}

/// Follows a hub: what waits and what runs. Without `after`, from now on.
pub async fn subscribe_hub(
    engine: &Engine,
    caller: &Caller,
    id: HubId,
    after: Option<i64>,
) -> Result<Follow> {
    require(caller, Role::Viewer)?;
    let last = engine
        .store()
        .last_event("hub", id.0)
        .await?
        .ok_or_else(|| Error::not_found("hub"))?;
    let from = after.unwrap_or(last.seq).min(last.seq).max(0);
    Ok(Follow::Stream(follow::stream(
        engine,
        id.0,
        from,
        Kind::Hub,
        Texts::None,
    )))
}

/// Listens for other instances' notifications, where there may be others.
pub(crate) fn spawn(engine: &Engine) {
    remote::spawn(engine);
}
