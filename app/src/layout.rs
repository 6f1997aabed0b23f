//! The frame around each page of a signed-in person.

mod hub;
mod keyboard;
pub mod keys;
mod nav;
mod theme_switch;
mod waiting;

use leptos::prelude::*;
use leptos_router::components::Outlet;
use leptos_router::hooks::use_location;
use leptos_router::location::Location;

pub use hub::use_hub_slug;
pub use keyboard::{PATIENCE_MS, writes};
pub use theme_switch::ThemeSwitch;
pub use waiting::use_waiting;

use crate::components::Toasts;
use crate::error::AppError;
use crate::server_fns::hubs::{Frame, read_frame};
use crate::site::use_site;
use keyboard::{Keyboard, KeyboardHelp};
use nav::Sidebar;

/// What the frame shows, for the parts of it.
pub type FrameResource = Resource<Result<Frame, AppError>>;

/// Leads to the sign-in page, and from there back here.
pub fn go_to_login(location: &Location) {
    let path = location.pathname.get_untracked();
    let query = location.search.get_untracked();
    let here = if query.is_empty() {
        path
    } else {
        format!("{path}?{}", query.trim_start_matches('?'))
    };
    let target = format!(
        "/login?next={}",
        leptos_router::location::Url::escape(&here)
    );
    #[cfg(feature = "ssr")]
    crate::server_fns::request::redirect_page(&target);
    #[cfg(not(feature = "ssr"))]
    leptos_router::hooks::use_navigate()(&target, leptos_router::NavigateOptions::default());
}

/// Says that no model is called, where that is so.
#[component]
pub fn RehearsalStrip() -> impl IntoView {
    use_site().rehearsal.then(|| {
        view! {
            <aside class="rehearsal" aria-label="Rehearsal" data-testid="rehearsal-banner">
                "Rehearsal: no model is called"
            </aside>
        }
    })
}

/// Navigation on the left, the page on the right.
#[component]
pub fn Layout() -> impl IntoView {
    let hub = hub::provide_hub_slug();
    waiting::provide_waiting();
    let frame: FrameResource = Resource::new(move || hub.get(), read_frame);
    let help = NodeRef::new();
    let location = use_location();
    view! {
        <a class="skip-link" href="#main">
            "Skip to the content"
        </a>
        <RehearsalStrip />
        <div class="shell">
            <Sidebar frame help />
            <main id="main" class="main" tabindex="-1">
                <Outlet />
            </main>
        </div>
        <Transition>
            {move || {
                let location = location.clone();
                Suspend::new(async move {
                    if let Err(error) = frame.await
                        && error.is(AppError::NOT_SIGNED_IN)
                    {
                        go_to_login(&location);
                    }
                })
            }}
        </Transition>
        <Keyboard help />
        <KeyboardHelp help />
        <Toasts />
    }
    .into_any()
}
