//! Whether what waits for a person may have changed.

use leptos::prelude::*;

#[derive(Clone, Copy)]
struct Waiting(RwSignal<u32>);

/// Makes the signal known to the pages; called once, by the frame.
pub fn provide_waiting() {
    provide_context(Waiting(RwSignal::new(0)));
}

/// Raise it where something was decided or came in: the navigation counts anew.
pub fn use_waiting() -> RwSignal<u32> {
    match use_context::<Waiting>() {
        Some(Waiting(signal)) => signal,
        None => RwSignal::new(0),
    }
}
