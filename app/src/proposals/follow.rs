//! Follows a proposal in the browser: one stream of events while the agent is
//! at work, merged readings of the row.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::{Proposal, ProposalEvent, ProposalId};

use super::live_state::{LiveState, Next};
use crate::collectives::{Link, Merge};
use crate::events::{EventStream, Wire};
use crate::server_fns::proposals::read_proposal;

/// Events that come within this time are shown together.
const BATCH: Duration = Duration::from_millis(30);
/// How long wishes to read the row are collected.
const COLLECT: Duration = Duration::from_millis(80);
/// How long a cut may last before the page says so.
const PATIENCE: Duration = Duration::from_millis(1_500);
/// How long after a failure is tried again.
const RETRY: Duration = Duration::from_secs(3);

/// The live page of one proposal.
#[derive(Clone, Copy)]
pub struct Live {
    pub id: ProposalId,
    pub state: RwSignal<LiveState>,
    pub link: RwSignal<Link>,
    merge: StoredValue<Merge>,
    /// Whether the stream is cut right now.
    cut: StoredValue<bool>,
    /// Somebody works on what was delegated from here.
    pub below: RwSignal<bool>,
    /// Who else wants to hear of each event.
    pub told: StoredValue<Option<Callback<ProposalEvent>>>,
    /// Who else wants to know that the stream has ended.
    pub closed: StoredValue<Option<Callback<()>>>,
}

impl Live {
    pub fn new(proposal: Proposal) -> Self {
        Self {
            id: proposal.id,
            state: RwSignal::new(LiveState::new(proposal)),
            link: RwSignal::new(Link::Idle),
            merge: StoredValue::new(Merge::default()),
            cut: StoredValue::new(false),
            below: RwSignal::new(false),
            told: StoredValue::new(None),
            closed: StoredValue::new(None),
        }
    }

    /// Shows the row as it was just read or changed.
    pub fn show(self, fresh: Proposal) {
        self.state.try_update(|state| state.absorb(fresh));
    }

    /// Reads the row again, soon.
    pub fn refetch(self) {
        self.plan(COLLECT);
    }

    fn plan(self, after: Duration) {
        if self.merge.try_update_value(Merge::want) == Some(true) {
            set_timeout(move || self.read(), after);
        }
    }

    fn read(self) {
        if self.merge.try_update_value(Merge::begin).is_none() {
            return;
        }
        spawn_local(async move {
            let fresh = read_proposal(self.id).await;
            let more = self.merge.try_update_value(Merge::end);
            let (again, after) = match fresh {
                Ok(row) => {
                    let current = self.state.try_update(|state| state.absorb(row));
                    (current == Some(false), COLLECT)
                }
                Err(error) => {
                    if !error.may_pass() {
                        self.link.try_set(Link::Refused);
                    }
                    (error.may_pass(), RETRY)
                }
            };
            if more == Some(true) {
                set_timeout(move || self.read(), after);
            } else if again {
                self.plan(after);
            }
        });
    }

    fn hear(self, batch: &[ProposalEvent]) {
        if let Some(Some(told)) = self.told.try_get_value() {
            for event in batch {
                told.run(event.clone());
            }
        }
        let wish = self.state.try_update(|state| {
            let mut wish = false;
            for event in batch {
                wish |= state.apply(event) == Next::Refetch;
            }
            wish
        });
        if wish == Some(true) {
            self.refetch();
        }
    }

    /// Something may still be told.
    fn at_work(self) -> Option<bool> {
        let ended = self.state.try_with_untracked(LiveState::has_ended)?;
        if self.link.try_get_untracked()? == Link::Refused {
            return Some(false);
        }
        Some(!ended || self.below.try_get_untracked()?)
    }

    /// Listens while the agent is at work, also in a further round, or somebody
    /// below. The stream is closed when the rows say that the work has ended.
    pub fn follow(self) {
        let at_work =
            Memo::new(move |_| self.state.with(|state| !state.has_ended()) || self.below.get());
        Effect::new(move |_| {
            if at_work.get() {
                self.listen(EventStream::new());
            } else {
                self.cut.try_set_value(false);
                self.link.try_set(Link::Idle);
            }
        });
    }

    fn listen(self, stream: EventStream) {
        let url = format!("/api/v2/proposals/{}/events", self.id);
        let waiting = Rc::new(RefCell::new(Vec::<ProposalEvent>::new()));
        // Collects events and shows them together.
        let heard = move |name: &str, data: &str| {
            let Some(event) = ProposalEvent::read(name, data) else {
                return;
            };
            let first = waiting.borrow().is_empty();
            waiting.borrow_mut().push(event);
            if first {
                let waiting = Rc::clone(&waiting);
                set_timeout(move || self.hear(&waiting.take()), BATCH);
            }
        };
        let wire = move |wire| self.wire(stream, wire);
        stream.open(&url, ProposalEvent::NAMES, heard, wire);
    }

    /// The browser reconnects by itself after a cut; where the server refused,
    /// or nothing more can follow, the row says how it stands.
    fn wire(self, stream: EventStream, wire: Wire) {
        match wire {
            Wire::Open => {
                self.cut.try_set_value(false);
                self.link.try_set(Link::Live);
            }
            Wire::Cut => {
                self.cut.try_set_value(true);
                set_timeout(move || self.say_lost(), PATIENCE);
            }
            Wire::Closed => {
                self.refetch();
                if let Some(Some(closed)) = self.closed.try_get_value() {
                    closed.run(());
                }
                set_timeout(move || self.try_again(stream), RETRY);
            }
        }
    }

    /// A cut that is mended at once, or that is the end, is not worth a word.
    fn say_lost(self) {
        if self.cut.try_get_value() == Some(true) && self.at_work() == Some(true) {
            self.link.try_set(Link::Lost);
        }
    }

    fn try_again(self, stream: EventStream) {
        if self.at_work() == Some(true) {
            self.link.try_set(Link::Lost);
            self.listen(stream);
        }
    }
}
