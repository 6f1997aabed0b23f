//! An address that leads nowhere.

use leptos::prelude::*;
use leptos_meta::Title;

use super::entrance::Entrance;

/// Any other address.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    #[cfg(feature = "ssr")]
    crate::server_fns::request::status(axum::http::StatusCode::NOT_FOUND);
    view! {
        <Title text="Not found" />
        <Entrance title="This page is not there">
            <p class="entrance-lead">
                "The address may be wrong, or what it named is gone."
            </p>
            <a class="btn btn-primary btn-wide" href="/">
                "Go to the overview"
            </a>
        </Entrance>
    }
}
