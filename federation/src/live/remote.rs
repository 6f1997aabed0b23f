//! Wake-ups and text between instances on one PostgreSQL.
//!
//! Text travels in notifications, coalesced to under 7 kB, and may be lost: a
//! follower that misses a piece asks for the text so far.

use std::{collections::HashMap, sync::PoisonError, time::Duration};

use serde::{Deserialize, Serialize};
use sqlx::postgres::PgListener;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::Partial;
use crate::{Engine, store::Db};

/// PostgreSQL refuses notifications of 8,000 bytes; JSON may double a text.
const PIECE_BYTES: usize = 3_000;
/// Pieces that may wait to be sent; what does not fit is lost and asked for.
const QUEUE: usize = 4_096;
/// Text is collected for this long before it is sent.
const COALESCE: Duration = Duration::from_millis(60);

/// A piece of text of this instance's own work.
#[derive(Debug)]
pub(crate) struct Piece {
    pub subject: Uuid,
    pub slot: Uuid,
    pub attempt: i32,
    /// In bytes.
    pub offset: usize,
    pub text: String,
}

/// What instances tell each other on the channel `inter_hub_text`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
enum Note {
    Text {
        from: Uuid,
        subject: Uuid,
        slot: Uuid,
        attempt: i32,
        offset: usize,
        text: String,
    },
    /// Whoever works on the subject: send the texts so far.
    Want { from: Uuid, subject: Uuid },
}

pub(super) fn spawn(engine: &Engine) {
    if !matches!(engine.store().db(), Db::Postgres(_)) {
        return;
    }
    let (sender, receiver) = mpsc::channel(QUEUE);
    *engine
        .live()
        .outgoing
        .lock()
        .unwrap_or_else(PoisonError::into_inner) = Some(sender);
    let listening = engine.clone();
    engine.tasks().spawn(async move { listen(listening).await });
    let sending = engine.clone();
    engine
        .tasks()
        .spawn(async move { send(sending, receiver).await });
}

/// Asks the instance that works on `subject` for its texts so far.
pub(super) fn want(engine: &Engine, subject: Uuid) {
    if !matches!(engine.store().db(), Db::Postgres(_)) {
        return;
    }
    let engine = engine.clone();
    let note = Note::Want {
        from: engine.instance(),
        subject,
    };
    let tasks = engine.tasks().clone();
    tasks.spawn(async move { notify(&engine, &note).await });
}

async fn notify(engine: &Engine, note: &Note) {
    let Db::Postgres(pool) = engine.store().db() else {
        return;
    };
    let Ok(payload) = serde_json::to_string(note) else {
        return;
    };
    let sent = sqlx::query("SELECT pg_notify('inter_hub_text', $1)")
        .bind(payload)
        .execute(pool)
        .await;
    if let Err(error) = sent {
        tracing::debug!(%error, "text was not sent to other instances");
    }
}

async fn listen(engine: Engine) {
    let Db::Postgres(pool) = engine.store().db().clone() else {
        return;
    };
    loop {
        let listened = tokio::select! {
            () = engine.shutdown_token().cancelled() => return,
            listened = listen_once(&engine, &pool) => listened,
        };
        if let Err(error) = listened {
            tracing::warn!(%error, "notifications are lost for a while; polling goes on");
        }
        tokio::select! {
            () = engine.shutdown_token().cancelled() => return,
            () = tokio::time::sleep(engine.settings().poll) => {}
        }
    }
}

async fn listen_once(engine: &Engine, pool: &sqlx::PgPool) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener
        .listen_all(["inter_hub_events", "inter_hub_work", "inter_hub_text"])
        .await?;
    engine.live().wake_all();
    loop {
        let Some(note) = listener.try_recv().await? else {
            // The connection was lost and is made anew: something may be missed.
            engine.live().wake_all();
            continue;
        };
        match note.channel() {
            "inter_hub_work" => engine.live().wake_work(),
            "inter_hub_events" => {
                if let Ok(subject) = note.payload().parse() {
                    engine.live().wake_events(subject);
                }
            }
            _ => receive(engine, note.payload()),
        }
    }
}

fn receive(engine: &Engine, payload: &str) {
    match serde_json::from_str(payload) {
        Ok(Note::Text {
            from,
            subject,
            slot,
            attempt,
            offset,
            text,
        }) if from != engine.instance() => {
            take(
                engine,
                &Piece {
                    subject,
                    slot,
                    attempt,
                    offset,
                    text,
                },
            );
        }
        Ok(Note::Want { from, subject }) if from != engine.instance() => give(engine, subject),
        _ => {}
    }
}

/// Adds another instance's text, where somebody here follows it.
fn take(engine: &Engine, piece: &Piece) {
    let Some(entry) = engine.live().known(piece.subject) else {
        return;
    };
    let missed = {
        let mut texts = entry.texts.lock().unwrap_or_else(PoisonError::into_inner);
        let partial = texts.entry(piece.slot).or_default();
        if partial.attempt < piece.attempt {
            *partial = Partial {
                attempt: piece.attempt,
                ..Partial::default()
            };
        }
        if partial.attempt > piece.attempt {
            return;
        }
        let known = partial.text.len();
        if piece.offset > known {
            true
        } else {
            if let Some(new) = piece.text.get(known - piece.offset..) {
                partial.text.push_str(new);
            }
            false
        }
    };
    if missed {
        want(engine, piece.subject);
    } else {
        entry.text.send_modify(|n| *n += 1);
    }
}

/// Sends the texts so far that this instance's own work writes.
fn give(engine: &Engine, subject: Uuid) {
    let Some(entry) = engine.live().known(subject) else {
        return;
    };
    let texts = entry
        .texts
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    let outgoing = engine
        .live()
        .outgoing
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let Some(outgoing) = outgoing.as_ref() else {
        return;
    };
    for (slot, partial) in texts {
        if partial.owner.is_nil() || !engine.workers().works_on(partial.owner) {
            continue;
        }
        let _ = outgoing.try_send(Piece {
            subject,
            slot,
            attempt: partial.attempt,
            offset: 0,
            text: partial.text,
        });
    }
}

/// Collects pieces that follow each other and sends them.
async fn send(engine: Engine, mut pieces: mpsc::Receiver<Piece>) {
    loop {
        let first = tokio::select! {
            () = engine.shutdown_token().cancelled() => return,
            first = pieces.recv() => first,
        };
        let Some(first) = first else { return };
        let mut waiting: HashMap<(Uuid, Uuid, i32), Piece> = HashMap::new();
        let mut next = Some(first);
        let until = tokio::time::Instant::now() + COALESCE;
        while let Some(piece) = next {
            join(&engine, &mut waiting, piece).await;
            next = tokio::time::timeout_at(until, pieces.recv())
                .await
                .ok()
                .flatten();
        }
        for piece in waiting.into_values() {
            send_piece(&engine, piece).await;
        }
    }
}

async fn join(engine: &Engine, waiting: &mut HashMap<(Uuid, Uuid, i32), Piece>, piece: Piece) {
    let key = (piece.subject, piece.slot, piece.attempt);
    match waiting.get_mut(&key) {
        Some(before) if before.offset + before.text.len() == piece.offset => {
            before.text.push_str(&piece.text);
        }
        _ => {
            if let Some(before) = waiting.insert(key, piece) {
                send_piece(engine, before).await;
            }
        }
    }
}

async fn send_piece(engine: &Engine, piece: Piece) {
    let mut start = 0;
    while start < piece.text.len() {
        let end = piece.text.floor_char_boundary(start + PIECE_BYTES);
        let note = Note::Text {
            from: engine.instance(),
            subject: piece.subject,
            slot: piece.slot,
            attempt: piece.attempt,
            offset: piece.offset + start,
            text: piece.text[start..end].to_owned(),
        };
        notify(engine, &note).await;
        start = end;
    }
}
