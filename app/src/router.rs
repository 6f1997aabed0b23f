//! Which page answers which address.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{ParentRoute, Route, Router, Routes};
use leptos_router::{SsrMode, path};

use crate::collectives::{CollectiveListPage, CollectivePage, NewCollectivePage};
use crate::components::provide_toasts;
use crate::layout::Layout;
use crate::pages::{ComponentsPage, LoginPage, NotFoundPage, OverviewPage, WelcomePage};
use crate::routing::{PricesPage, RoutingPage};

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
                    <Route path=path!("/routing") view=RoutingPage ssr=SsrMode::Async />
                    <Route path=path!("/routing/prices") view=PricesPage ssr=SsrMode::Async />
                </ParentRoute>
            </Routes>
        </Router>
    }
    .into_any()
}
