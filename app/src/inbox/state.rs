//! What the inbox holds in the browser: rows, the chosen one, what was decided.

use std::collections::HashMap;
use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::{CollectiveId, InboxItem, InboxKind, ProposalId, Role, Verdict};
use uuid::Uuid;
use wasm_bindgen::JsValue;

use super::filters::path;
use super::item::Shown;
use crate::layout::use_waiting;
use crate::server_fns::collectives::read_collective_detail;
use crate::server_fns::reviews::{InboxAnswer, InboxQuery, InboxShown, read_inbox, read_review};

/// Rows that are read at once.
pub const CHUNK: i64 = 50;
/// Rows before the end at which the next ones are read.
const AHEAD: usize = 10;
/// How long a row must stay chosen before it is read: who walks fast reads
/// only what they stop at.
const SETTLE: Duration = Duration::from_millis(60);

#[derive(Clone, Copy)]
pub struct State {
    pub rows: RwSignal<Vec<InboxItem>>,
    pub chosen: RwSignal<Option<Uuid>>,
    pub is_chosen: StoredValue<Selector<Option<Uuid>>>,
    /// What is on the screen beside the list.
    pub shown: RwSignal<Option<Shown>>,
    /// What became of rows that stay in their place.
    pub ended: RwSignal<HashMap<Uuid, &'static str>>,
    /// On a phone: the item instead of the list.
    pub open: RwSignal<bool>,
    /// The decision that `u` takes back.
    pub last: RwSignal<Option<(InboxKind, Uuid)>>,
    pub next: RwSignal<Option<String>>,
    /// The caller can decide.
    pub may: bool,
    query: StoredValue<InboxQuery>,
    reading: StoredValue<bool>,
    waiting: RwSignal<u32>,
}

impl State {
    /// `named`: the address names an item.
    pub fn new(query: InboxQuery, answer: &InboxAnswer, named: bool) -> Self {
        let rows = answer.page.items.clone();
        let chosen = RwSignal::new(None);
        Self {
            chosen,
            is_chosen: StoredValue::new(Selector::new(move || chosen.get())),
            rows: RwSignal::new(rows),
            shown: RwSignal::new(None),
            ended: RwSignal::new(HashMap::new()),
            open: RwSignal::new(named),
            last: RwSignal::new(None),
            next: RwSignal::new(answer.page.next_cursor.clone()),
            may: answer.caller.may(Role::Reviewer),
            query: StoredValue::new(query),
            reading: StoredValue::new(false),
            waiting: use_waiting(),
        }
    }

    /// Shows what was read with the list.
    pub fn show_first(self, first: Option<InboxShown>) {
        let shown = first.map(|first| match first {
            InboxShown::Proposal(answer) => Shown::proposal(*answer, self),
            InboxShown::Collective(detail) => Shown::collective(*detail, self),
        });
        self.chosen.set(shown.as_ref().map(Shown::id));
        self.shown.set(shown);
    }

    /// Writes into the address what is beside the list, so that it is shown
    /// again on a reload. Browser only.
    fn remember(self, item: Option<Uuid>) {
        let path = self.query.with_value(|query| path(query, item));
        if let Ok(history) = window().history() {
            // Fails only where the browser is asked too often.
            let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&path));
        }
    }

    /// On a phone: the list instead of the item.
    pub fn back_to_list(self) {
        self.open.set(false);
        self.remember(None);
    }

    fn place(self) -> Option<usize> {
        let chosen = self.chosen.get_untracked()?;
        self.rows
            .with_untracked(|rows| rows.iter().position(|row| row.id == chosen))
    }

    fn row(self) -> Option<InboxItem> {
        let place = self.place()?;
        self.rows.with_untracked(|rows| rows.get(place).cloned())
    }

    /// Chooses the next row, or the one before.
    pub fn step(self, forward: bool) {
        let len = self.rows.with_untracked(Vec::len);
        let place = match (self.place(), forward) {
            (None, _) => 0,
            (Some(place), true) => (place + 1).min(len.saturating_sub(1)),
            (Some(place), false) => place.saturating_sub(1),
        };
        let id = self
            .rows
            .with_untracked(|rows| rows.get(place).map(|row| row.id));
        if let Some(id) = id {
            self.choose(id);
        }
        if place + AHEAD >= len {
            self.more();
        }
    }

    /// Chooses the next row that still waits, else the nearest one before.
    fn go_on(self) {
        let place = self.place().unwrap_or(0);
        let waits = |row: &&InboxItem| {
            self.ended
                .with_untracked(|ended| !ended.contains_key(&row.id))
        };
        let (len, next) = self.rows.with_untracked(|rows| {
            let after = rows.iter().skip(place + 1).find(waits);
            let before = || rows.iter().take(place).rev().find(waits);
            (rows.len(), after.or_else(before).map(|row| row.id))
        });
        match next {
            Some(id) => self.choose(id),
            None => self.read(),
        }
        if place + AHEAD >= len {
            self.more();
        }
    }

    pub fn choose(self, id: Uuid) {
        self.chosen.set(Some(id));
        super::keys::reveal(id);
        set_timeout(
            move || {
                if self.chosen.try_get_untracked().flatten() == Some(id) {
                    self.read();
                    self.remember(Some(id));
                }
            },
            SETTLE,
        );
    }

    /// Reads what the chosen row is about.
    pub fn read(self) {
        let Some(row) = self.row() else {
            self.shown.set(None);
            return;
        };
        spawn_local(async move {
            let read = match row.kind {
                InboxKind::Proposal => read_review(ProposalId(row.id))
                    .await
                    .map(|answer| Shown::proposal(answer, self)),
                InboxKind::CollectiveProposal => read_collective_detail(CollectiveId(row.id))
                    .await
                    .map(|detail| Shown::collective(detail, self)),
            };
            if self.chosen.try_get_untracked().flatten() == Some(row.id) {
                match read {
                    Ok(shown) => self.shown.set(Some(shown)),
                    Err(error) => self.shown.set(Some(Shown::refused(row.id, error))),
                }
            }
        });
    }

    /// Reads the rows after the last one.
    pub fn more(self) {
        let Some(cursor) = self.next.get_untracked() else {
            return;
        };
        if self.reading.get_value() {
            return;
        }
        self.reading.set_value(true);
        let query = InboxQuery {
            cursor: Some(cursor),
            ..self.query.get_value()
        };
        spawn_local(async move {
            let answer = read_inbox(query, CHUNK).await;
            if self.reading.try_set_value(false).is_some() {
                return;
            }
            if let Ok(Some(answer)) = answer {
                self.rows.update(|rows| {
                    for row in answer.page.items {
                        if rows.iter().all(|known| known.id != row.id) {
                            rows.push(row);
                        }
                    }
                });
                self.next.set(answer.page.next_cursor);
            }
        });
    }

    /// Something in the hub has changed: rows that came in are added, those
    /// that somebody decided stay in their place and say so.
    pub fn refresh(self) {
        let query = self.query.get_value();
        // What is decided while the list is read may still stand in it.
        let known = self.ended.get_untracked();
        spawn_local(async move {
            let Ok(Some(answer)) = read_inbox(query.clone(), model::LIMIT_MAX).await else {
                return;
            };
            let fresh = answer.page.items;
            // Where the answer is cut, rows after it are not known to be gone.
            let whole = answer.page.next_cursor.is_none();
            let gone: Vec<Uuid> = self
                .rows
                .try_with_untracked(|rows| {
                    let window = if whole { rows.len() } else { fresh.len() };
                    rows.iter()
                        .take(window)
                        .filter(|row| fresh.iter().all(|one| one.id != row.id))
                        .map(|row| row.id)
                        .collect()
                })
                .unwrap_or_default();
            self.ended.try_update(|ended| {
                ended.retain(|id, _| {
                    !known.contains_key(id) || fresh.iter().all(|one| one.id != *id)
                });
                if whole {
                    for id in gone {
                        ended.entry(id).or_insert("Decided meanwhile");
                    }
                }
            });
            let sorted = query.sort.is_some();
            self.rows.try_update(|rows| {
                let new: Vec<InboxItem> = fresh
                    .into_iter()
                    .filter(|one| rows.iter().all(|row| row.id != one.id))
                    .collect();
                if sorted {
                    rows.extend(new.into_iter().filter(|_| whole));
                } else {
                    let newest = rows.first().map(|row| row.id);
                    rows.splice(
                        0..0,
                        new.into_iter()
                            .filter(|one| newest.is_none_or(|id| one.id > id)),
                    );
                }
            });
            if let Some(shown) = self.shown.try_get_untracked().flatten() {
                shown.again();
            }
        });
    }

    /// A verdict was taken: the row says so, and the next one is chosen.
    pub fn told(self, kind: InboxKind, id: Uuid, verdict: Verdict) {
        self.waiting.update(|n| *n = n.wrapping_add(1));
        let word = match verdict {
            Verdict::Accepted => "Accepted",
            Verdict::Rejected => "Rejected",
            Verdict::Revised => "Revised",
            Verdict::Undone => {
                self.ended.update(|ended| {
                    ended.remove(&id);
                });
                self.last.set(None);
                return;
            }
            Verdict::Commented | Verdict::AnotherRound => return,
        };
        self.ended.update(|ended| {
            ended.insert(id, word);
        });
        self.last.set(Some((kind, id)));
        if self.chosen.get_untracked() == Some(id) {
            self.go_on();
        }
    }
}
