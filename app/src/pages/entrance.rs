//! The frame of the pages before sign-in.

use leptos::prelude::*;

use crate::layout::{RehearsalStrip, ThemeSwitch};

/// One narrow column with a title.
#[component]
pub fn Entrance(#[prop(into)] title: String, children: Children) -> impl IntoView {
    view! {
        <RehearsalStrip />
        <main class="entrance" id="main">
            <div class="entrance-card">
                <p class="entrance-brand">"Inter-Hub"</p>
                <h1 class="entrance-title">{title}</h1>
                {children()}
            </div>
            <ThemeSwitch />
        </main>
    }
    .into_any()
}
