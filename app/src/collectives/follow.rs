//! Follows a run in the browser: one stream of events, merged readings of the
//! database.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::{CollectiveId, RunEvent};

use super::live_state::{LiveState, Next};
use super::refetch::Merge;
use crate::events::{EventStream, Wire};
use crate::server_fns::collectives::read_collective_detail;

/// Events that come within this time are shown together.
const BATCH: Duration = Duration::from_millis(30);
/// How long wishes to read the database are collected.
const COLLECT: Duration = Duration::from_millis(120);
/// How long a cut may last before the page says so.
const PATIENCE: Duration = Duration::from_millis(1_500);
/// How long after a failure is tried again.
const RETRY: Duration = Duration::from_secs(3);

/// How the page hears of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// Nothing to hear: the run has ended, or the page is not live yet.
    Idle,
    Live,
    Lost,
    /// Whoever reads may do so no more, or what was read is gone.
    Refused,
}

/// The live page of one run.
#[derive(Clone, Copy)]
pub struct Live {
    pub id: CollectiveId,
    pub state: RwSignal<LiveState>,
    pub link: RwSignal<Link>,
    merge: StoredValue<Merge>,
    /// Whether the stream is cut right now.
    cut: StoredValue<bool>,
}

/// An event with its moment.
type Heard = (RunEvent, Option<DateTime<Utc>>);

impl Live {
    pub fn new(state: LiveState) -> Self {
        Self {
            id: state.detail.collective.id,
            state: RwSignal::new(state),
            link: RwSignal::new(Link::Idle),
            merge: StoredValue::new(Merge::default()),
            cut: StoredValue::new(false),
        }
    }

    /// Reads the database again, soon.
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
            let fresh = read_collective_detail(self.id).await;
            let more = self.merge.try_update_value(Merge::end);
            let (again, after) = match fresh {
                Ok(detail) => {
                    let current = self.state.try_update(|state| state.absorb(detail));
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

    fn hear(self, batch: &[Heard]) {
        let wish = self.state.try_update(|state| {
            let mut wish = false;
            for (event, at) in batch {
                wish |= state.apply(event, *at) == Next::Refetch;
            }
            wish
        });
        if wish == Some(true) {
            self.refetch();
        }
    }

    /// Listens while the run is under way, also in a further round. The stream
    /// is closed when the database says that the run has ended, or the page is
    /// left.
    pub fn follow(self) {
        let at_work = Memo::new(move |_| self.state.with(|state| !state.is_final()));
        // What cannot leave its thread is made in the browser only.
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
        self.state.try_update_untracked(LiveState::listen);
        let url = format!("/api/v2/collective-proposals/{}/events", self.id);
        let waiting = Rc::new(RefCell::new(Vec::<Heard>::new()));
        // Collects events and shows them together.
        let heard = move |name: &str, data: &str| {
            let Some(event) = RunEvent::read(name, data) else {
                return;
            };
            let first = waiting.borrow().is_empty();
            waiting.borrow_mut().push((event, moment(data)));
            if first {
                let waiting = Rc::clone(&waiting);
                set_timeout(move || self.hear(&waiting.take()), BATCH);
            }
        };
        let wire = move |wire| self.wire(stream, wire);
        stream.open(&url, RunEvent::NAMES, heard, wire);
    }

    /// The browser reconnects by itself after a cut; where the server refused,
    /// or nothing more can follow, the database says how it stands.
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
                self.cut.try_set_value(true);
                set_timeout(move || self.say_lost(), PATIENCE);
                self.refetch();
                set_timeout(move || self.try_again(stream), RETRY);
            }
        }
    }

    /// A cut that is mended at once, or that is the end, is not worth a word.
    fn say_lost(self) {
        if self.cut.try_get_value() == Some(true) && self.may_hear() {
            self.link.try_set(Link::Lost);
        }
    }

    fn try_again(self, stream: EventStream) {
        if self.may_hear() {
            self.listen(stream);
        }
    }

    /// Something may still be told, here; not where the page has been left.
    fn may_hear(self) -> bool {
        let at_work = self.state.try_with_untracked(LiveState::is_final) == Some(false);
        at_work && self.link.try_get_untracked() != Some(Link::Refused)
    }
}

fn moment(data: &str) -> Option<DateTime<Utc>> {
    serde_json::from_str::<model::RunEventBase>(data)
        .ok()
        .map(|base| base.at)
}

/// Milliseconds since 1970, ticking each second while `active`; `None` on the
/// server and in the first render, which must not depend on the moment.
pub fn use_now(active: Signal<bool>) -> ReadSignal<Option<i64>> {
    let (now, set_now) = signal(None);
    Effect::new(move |_| {
        if !active.get() {
            return;
        }
        let tick = move || {
            #[expect(clippy::cast_possible_truncation, reason = "milliseconds fit for ages")]
            let ms = js_sys::Date::now() as i64;
            set_now.set(Some(ms));
        };
        tick();
        if let Ok(timer) = set_interval_with_handle(tick, Duration::from_secs(1)) {
            on_cleanup(move || timer.clear());
        }
    });
    now
}
