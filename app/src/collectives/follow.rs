//! Follows a run in the browser: one stream of events, merged readings of the
//! database.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::{CollectiveId, RunEvent};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

use super::live_state::{LiveState, Next};
use super::refetch::Merge;
use crate::server_fns::collectives::read_collective_detail;

/// Events that come within this time are shown together.
const BATCH: Duration = Duration::from_millis(30);
/// How long wishes to read the database are collected.
const COLLECT: Duration = Duration::from_millis(120);
/// How long after a failure is tried again.
const RETRY: Duration = Duration::from_secs(3);

/// How the page hears of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// Nothing to hear: the run has ended, or the page is not live yet.
    Idle,
    Live,
    Lost,
}

/// The live page of one run.
#[derive(Clone, Copy)]
pub struct Live {
    pub id: CollectiveId,
    pub state: RwSignal<LiveState>,
    pub link: RwSignal<Link>,
    merge: StoredValue<Merge>,
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
                Err(error) => (error.may_pass(), RETRY),
            };
            if more == Some(true) {
                set_timeout(move || self.read(), after);
            } else if again {
                self.plan(after);
            }
        });
    }

    /// Takes a batch of events in. `true` after the last one.
    fn hear(self, batch: &[Heard]) -> bool {
        let mut wish = false;
        let mut finished = false;
        self.state.try_update(|state| {
            for (event, at) in batch {
                match state.apply(event, *at) {
                    Next::Nothing => {}
                    Next::Refetch => wish = true,
                    Next::Finished => finished = true,
                }
            }
        });
        if wish || finished {
            self.refetch();
        }
        finished
    }

    /// Listens until the run has ended or the page is left.
    pub fn follow(self) {
        // What cannot leave its thread is made in the browser only.
        Effect::new(move |_| {
            let stream = StoredValue::new_local(None::<Stream>);
            if !self.state.with_untracked(LiveState::is_final) {
                listen(self, stream);
            }
            on_cleanup(move || close(stream));
        });
    }
}

/// An open stream with what it calls.
struct Stream {
    source: web_sys::EventSource,
    // Held as long as the stream is open: the browser calls it.
    _on_event: Closure<dyn FnMut(web_sys::MessageEvent)>,
    _on_open: Closure<dyn FnMut()>,
    _on_error: Closure<dyn FnMut()>,
}

type StreamSlot = StoredValue<Option<Stream>, LocalStorage>;

fn close(slot: StreamSlot) {
    if let Some(stream) = slot.try_update_value(Option::take).flatten() {
        stream.source.close();
        // A closure must not be freed while it runs.
        set_timeout(move || drop(stream), Duration::ZERO);
    }
}

fn listen(live: Live, slot: StreamSlot) {
    close(slot);
    let url = format!("/api/v2/collective-proposals/{}/events", live.id);
    let Ok(source) = web_sys::EventSource::new(&url) else {
        return;
    };
    let on_event = event_closure(live, slot);
    for name in RunEvent::NAMES {
        // Fails only where the listener is none.
        let _ = source.add_event_listener_with_callback(name, on_event.as_ref().unchecked_ref());
    }
    let on_open = Closure::<dyn FnMut()>::new(move || {
        live.link.try_set(Link::Live);
    });
    source.set_onopen(Some(on_open.as_ref().unchecked_ref()));
    let on_error = error_closure(live, slot, source.clone());
    source.set_onerror(Some(on_error.as_ref().unchecked_ref()));
    slot.try_set_value(Some(Stream {
        source,
        _on_event: on_event,
        _on_open: on_open,
        _on_error: on_error,
    }));
}

/// Collects events and shows them together.
fn event_closure(live: Live, slot: StreamSlot) -> Closure<dyn FnMut(web_sys::MessageEvent)> {
    let waiting = Rc::new(RefCell::new(Vec::<Heard>::new()));
    Closure::new(move |message: web_sys::MessageEvent| {
        let Some(data) = message.data().as_string() else {
            return;
        };
        let Some(event) = RunEvent::read(&message.type_(), &data) else {
            return;
        };
        let first = waiting.borrow().is_empty();
        waiting.borrow_mut().push((event, moment(&data)));
        if first {
            let waiting = Rc::clone(&waiting);
            set_timeout(
                move || {
                    let batch = waiting.take();
                    if live.hear(&batch) {
                        close(slot);
                        live.link.try_set(Link::Idle);
                    }
                },
                BATCH,
            );
        }
    })
}

fn moment(data: &str) -> Option<DateTime<Utc>> {
    serde_json::from_str::<model::RunEventBase>(data)
        .ok()
        .map(|base| base.at)
}

/// The browser reconnects by itself after a cut; where the server refused, or
/// nothing more can follow, the database says how it stands.
fn error_closure(
    live: Live,
    slot: StreamSlot,
    source: web_sys::EventSource,
) -> Closure<dyn FnMut()> {
    Closure::new(move || {
        live.link.try_set(Link::Lost);
        if source.ready_state() != web_sys::EventSource::CLOSED {
            return;
        }
        live.refetch();
        set_timeout(
            move || {
                let ended = live.state.try_with_untracked(LiveState::is_final);
                match ended {
                    Some(false) => listen(live, slot),
                    Some(true) => {
                        close(slot);
                        live.link.try_set(Link::Idle);
                    }
                    None => {}
                }
            },
            RETRY,
        );
    })
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
