//! Governance: what agents may do, and what was blocked.

mod check;
mod dashboard;
mod days;
mod form;
mod list;
mod policy_fields;
mod what_if;

use leptos::prelude::*;

use crate::layout::use_hub_slug;

pub use dashboard::GovernanceDashboardPage;
pub use form::{EditPolicyPage, NewPolicyPage};
pub use list::GovernancePage;
pub use what_if::WhatIfPanel;

/// The pages about governance, one of them current.
#[component]
pub fn GovernanceTabs(current: &'static str) -> impl IntoView {
    let hub = use_hub_slug();
    let tabs = [
        ("/governance", "Policies"),
        ("/governance/dashboard", "Dashboard"),
        ("/receipts", "Receipts"),
    ];
    view! {
        <nav class="tabs page-tabs" aria-label="Governance">
            {tabs
                .into_iter()
                .map(|(to, text)| {
                    view! {
                        <a
                            class="tab"
                            href=move || hub.path(to)
                            aria-current=(to == current).then_some("page")
                        >
                            {text}
                        </a>
                    }
                })
                .collect_view()}
        </nav>
    }
    .into_any()
}
