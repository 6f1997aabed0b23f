//! A stream of live events in the browser: at most one a page, closed when the
//! page is left.

use std::time::Duration;

use leptos::prelude::*;
use model::HubId;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::EventSource;

use crate::layout::use_waiting;

/// Changes of a hub that come within this time are told once.
const COLLECT: Duration = Duration::from_millis(300);

/// What happens to the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    Open,
    /// Cut; the browser connects again by itself.
    Cut,
    /// Refused, or nothing more can follow.
    Closed,
}

/// An open stream with what it calls.
struct Open {
    source: EventSource,
    // Held as long as the stream is open: the browser calls them.
    _heard: Closure<dyn FnMut(web_sys::MessageEvent)>,
    _opened: Closure<dyn FnMut()>,
    _failed: Closure<dyn FnMut()>,
}

/// The place of one stream. Made in an effect, so only in the browser.
#[derive(Clone, Copy)]
pub struct EventStream(StoredValue<Option<Open>, LocalStorage>);

impl EventStream {
    /// A place without a stream. What is in it is closed when the effect that
    /// made it ends.
    pub fn new() -> Self {
        let stream = Self(StoredValue::new_local(None));
        on_cleanup(move || stream.close());
        stream
    }

    /// Opens the stream at `url`. `heard` gets the events of these names, each
    /// with its `data:` as it came.
    pub fn open(
        self,
        url: &str,
        names: &[&str],
        heard: impl Fn(&str, &str) + 'static,
        wire: impl Fn(Wire) + Clone + 'static,
    ) {
        self.close();
        let Ok(source) = EventSource::new(url) else {
            return;
        };
        let heard = Closure::<dyn FnMut(web_sys::MessageEvent)>::new(
            move |message: web_sys::MessageEvent| {
                if let Some(data) = message.data().as_string() {
                    heard(&message.type_(), &data);
                }
            },
        );
        for name in names {
            // Fails only where the listener is none.
            let _ = source.add_event_listener_with_callback(name, heard.as_ref().unchecked_ref());
        }
        let on_open = wire.clone();
        let opened = Closure::<dyn FnMut()>::new(move || on_open(Wire::Open));
        source.set_onopen(Some(opened.as_ref().unchecked_ref()));
        let failing = source.clone();
        let failed = Closure::<dyn FnMut()>::new(move || {
            wire(match failing.ready_state() {
                EventSource::CLOSED => Wire::Closed,
                _ => Wire::Cut,
            });
        });
        source.set_onerror(Some(failed.as_ref().unchecked_ref()));
        let open = Some(Open {
            source,
            _heard: heard,
            _opened: opened,
            _failed: failed,
        });
        // The place has gone meanwhile: nobody would close it.
        if let Some(open) = self.0.try_set_value(open).flatten() {
            open.source.close();
        }
    }

    /// Closes the stream, if one is open.
    pub fn close(self) {
        if let Some(open) = self.0.try_update_value(Option::take).flatten() {
            open.source.close();
            // A closure must not be freed while it runs.
            set_timeout(move || drop(open), Duration::ZERO);
        }
    }
}

/// Calls `changed` when the list of what waits and what runs in a hub has
/// changed, once for changes that come together; the navigation counts anew.
pub fn on_hub_change(hub: Signal<Option<HubId>>, changed: impl Fn() + Copy + 'static) {
    let waiting = use_waiting();
    Effect::new(move |_| {
        let stream = EventStream::new();
        let planned = StoredValue::new(false);
        let Some(id) = hub.get() else {
            return;
        };
        let heard = move |_: &str, _: &str| {
            if planned.try_get_value() == Some(false) {
                planned.set_value(true);
                set_timeout(
                    move || {
                        // `None`: the page has been left.
                        if planned.try_set_value(false).is_none() {
                            waiting.try_update(|n| *n = n.wrapping_add(1));
                            changed();
                        }
                    },
                    COLLECT,
                );
            }
        };
        // A refused stream leaves the page as it is: whole, but not live.
        let url = format!("/api/v2/hubs/{id}/events");
        stream.open(&url, &["hub.changed"], heard, |_| ());
    });
}
