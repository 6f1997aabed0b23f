//! Which page answers which address.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{ParentRoute, Route, Router, Routes};
use leptos_router::{SsrMode, path};

use crate::collectives::{CollectiveListPage, CollectivePage, NewCollectivePage};
use crate::components::provide_toasts;
use crate::governance::{EditPolicyPage, GovernanceDashboardPage, GovernancePage, NewPolicyPage};
use crate::hubs::{HubPage, HubsPage, NewHubPage};
use crate::layout::Layout;
use crate::pages::{ComponentsPage, LoginPage, NotFoundPage, OverviewPage, WelcomePage};
use crate::receipts::{ReceiptPage, ReceiptsPage};
use crate::types::TypesPage;

/// The app: what the server renders and the browser takes over.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_toasts();
    view! {
        <Title formatter=|text: String| {
            if text.is_empty() { "Inter-Hub".to_owned() } else { format!("{text} · Inter-Hub") }
        } />
        <Router>
            <Routes fallback=NotFoundPage>
                <Route path=path!("/login") view=LoginPage ssr=SsrMode::Async />
                <Route path=path!("/welcome") view=WelcomePage ssr=SsrMode::Async />
                <Route path=path!("/dev/components") view=ComponentsPage ssr=SsrMode::Async />
                <ParentRoute path=path!("") view=Layout ssr=SsrMode::Async>
                    <Route path=path!("/") view=OverviewPage ssr=SsrMode::Async />
                    <Route path=path!("/collectives") view=CollectiveListPage ssr=SsrMode::Async />
                    <Route path=path!("/collectives/new") view=NewCollectivePage ssr=SsrMode::Async />
                    <Route path=path!("/collectives/:id") view=CollectivePage ssr=SsrMode::Async />
                    <Route path=path!("/governance") view=GovernancePage ssr=SsrMode::Async />
                    <Route path=path!("/governance/new") view=NewPolicyPage ssr=SsrMode::Async />
                    <Route path=path!("/governance/dashboard") view=GovernanceDashboardPage ssr=SsrMode::Async />
                    <Route path=path!("/governance/:id/edit") view=EditPolicyPage ssr=SsrMode::Async />
                    <Route path=path!("/receipts") view=ReceiptsPage ssr=SsrMode::Async />
                    <Route path=path!("/receipts/:id") view=ReceiptPage ssr=SsrMode::Async />
                    <Route path=path!("/hubs") view=HubsPage ssr=SsrMode::Async />
                    <Route path=path!("/hubs/new") view=NewHubPage ssr=SsrMode::Async />
                    <Route path=path!("/hubs/:id") view=HubPage ssr=SsrMode::Async />
                    <Route path=path!("/types") view=TypesPage ssr=SsrMode::Async />
                </ParentRoute>
            </Routes>
        </Router>
    }
    .into_any()
}
