//! Short messages that go away by themselves.

use std::time::Duration;

use leptos::prelude::*;

use crate::labels::Tone;

/// How long a message stays.
const SHOWN: Duration = Duration::from_secs(6);

#[derive(Clone, Debug)]
struct Toast {
    id: u64,
    tone: Tone,
    text: String,
}

#[derive(Clone, Copy)]
struct ToastList(RwSignal<Vec<Toast>>);

/// Makes room for messages; called once, at the top.
pub fn provide_toasts() {
    provide_context(ToastList(RwSignal::new(Vec::new())));
}

/// A function that shows a message.
pub fn use_toast() -> impl Fn(Tone, String) + Copy + Send + Sync + 'static {
    let list = use_context::<ToastList>();
    move |tone, text| {
        let Some(ToastList(toasts)) = list else {
            return;
        };
        let id = toasts.with_untracked(|all| all.last().map_or(0, |last| last.id + 1));
        toasts.update(|all| all.push(Toast { id, tone, text }));
        set_timeout(
            move || {
                toasts.try_update(|all| all.retain(|toast| toast.id != id));
            },
            SHOWN,
        );
    }
}

/// Where messages appear.
#[component]
pub fn Toasts() -> impl IntoView {
    let list = use_context::<ToastList>();
    let all = move || list.map(|ToastList(all)| all.get()).unwrap_or_default();
    view! {
        <div class="toasts" role="status" aria-live="polite">
            <For each=all key=|toast| toast.id let:toast>
                <p class="toast" data-tone=toast.tone.class()>
                    {toast.text}
                </p>
            </For>
        </div>
    }
}
