//! The links between the pages of a list.

use leptos::prelude::*;

/// Newest and older; nothing where the list has one page.
#[component]
pub fn PageLinks(
    newest: Option<String>,
    older: Option<String>,
    #[prop(default = "Newest")] first: &'static str,
    #[prop(default = "Older")] next: &'static str,
) -> impl IntoView {
    (newest.is_some() || older.is_some()).then(|| {
        view! {
            <nav class="pages" aria-label="Pages of the list">
                {newest.map(|to| view! { <a class="btn" href=to>{first}</a> })}
                {older.map(|to| view! { <a class="btn" href=to rel="next">{next}</a> })}
            </nav>
        }
    })
}
