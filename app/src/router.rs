//! Which page answers which address.

mod area;

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{ParentRoute, Route, Router, Routes};
use leptos_router::{SsrMode, path};

use crate::components::provide_toasts;
use crate::layout::Layout;
use crate::pages::NotFoundPage;
use area::area;

area!(entrance:
    Login => crate::pages::LoginPage,
    Welcome => crate::pages::WelcomePage,
);
area!(overview: Show => crate::pages::OverviewPage);
area!(collectives:
    List => crate::collectives::CollectiveListPage,
    New => crate::collectives::NewCollectivePage,
);
// The live page is the largest: a list should not wait for it.
area!(run: Show => crate::collectives::CollectivePage);
area!(proposals:
    List => crate::proposals::ProposalListPage,
    Show => crate::proposals::ProposalPage,
    Inbox => crate::inbox::InboxPage,
);
// The drawing of a tree is on the page of a proposal too.
area!(delegations:
    List => crate::delegations::DelegationListPage,
    Show => crate::delegations::DelegationPage,
    Tree => crate::delegations::DelegationTreePage,
);
// Lists and forms of the hub's content; the pages of one row carry more.
area!(content:
    Widgets => crate::content::WidgetListPage,
    NewWidget => crate::content::NewWidgetPage,
    EditWidget => crate::content::EditWidgetPage,
    Candidates => crate::content::CandidateListPage,
    NewCandidate => crate::content::NewCandidatePage,
    EditCandidate => crate::content::EditCandidatePage,
    Decisions => crate::content::DecisionListPage,
    NewDecision => crate::content::NewDecisionPage,
    EditDecision => crate::content::EditDecisionPage,
);
area!(subject:
    Widget => crate::content::WidgetPage,
    Candidate => crate::content::CandidatePage,
    Decision => crate::content::DecisionPage,
);
area!(agents:
    List => crate::agents::AgentListPage,
    New => crate::agents::NewAgentPage,
    Show => crate::agents::AgentPage,
    Edit => crate::agents::EditAgentPage,
);
area!(performance:
    OfAgent => crate::performance::AgentPerformancePage,
    Compare => crate::performance::ComparisonPage,
);
// What stewards and admins set, and what came of it.
area!(rules:
    Routing => crate::routing::RoutingPage,
    Prices => crate::routing::PricesPage,
    Governance => crate::governance::GovernancePage,
    NewPolicy => crate::governance::NewPolicyPage,
    EditPolicy => crate::governance::EditPolicyPage,
    Dashboard => crate::governance::GovernanceDashboardPage,
    Receipts => crate::receipts::ReceiptsPage,
    Receipt => crate::receipts::ReceiptPage,
    Hubs => crate::hubs::HubsPage,
    NewHub => crate::hubs::NewHubPage,
    Hub => crate::hubs::HubPage,
    Types => crate::types::TypesPage,
);
area!(settings:
    Show => crate::providers::SettingsPage,
    Errors => crate::providers::ProviderErrorsPage,
);
area!(development: Components => crate::pages::ComponentsPage);

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
                <Route path=path!("/login") view=entrance::Login::lazy() ssr=SsrMode::Async />
                <Route path=path!("/welcome") view=entrance::Welcome::lazy() ssr=SsrMode::Async />
                <Route path=path!("/dev/components") view=development::Components::lazy() ssr=SsrMode::Async />
                <ParentRoute path=path!("") view=Layout ssr=SsrMode::Async>
                    <Route path=path!("/") view=overview::Show::lazy() ssr=SsrMode::Async />
                    <Route path=path!("/collectives") view=collectives::List::lazy() ssr=SsrMode::Async />
                    <Route path=path!("/collectives/new") view=collectives::New::lazy() ssr=SsrMode::Async />
                    <Route path=path!("/collectives/:id") view=run::Show::lazy() ssr=SsrMode::Async />
                    <Route path=path!("/inbox") view=proposals::Inbox::lazy() ssr=SsrMode::Async />
                    <Route path=path!("/proposals") view=proposals::List::lazy() ssr=SsrMode::Async />
                    <Route path=path!("/proposals/:id") view=proposals::Show::lazy() ssr=SsrMode::Async />
                    <Route path=path!("/proposals/:id/tree") view=delegations::Tree::lazy() ssr=SsrMode::Async />
                    <Route path=path!("/delegations") view=delegations::List::lazy() ssr=SsrMode::Async />
                    <Route path=path!("/delegations/:id") view=delegations::Show::lazy() ssr=SsrMode::Async />
                    <Route path=path!("/widgets") view=content::Widgets::lazy() ssr=SsrMode::Async />
                    <Route path=path!("/widgets/new") view=content::NewWidget::lazy() ssr=SsrMode::Async />
                    <Route path=path!("/widgets/:id") view=subject::Widget::lazy() ssr=SsrMode::Async />
                    <Route path=path!("/widgets/:id/edit") view=content::EditWidget::lazy() ssr=SsrMode::Async />
                    <Route path=path!("/candidates") view=content::Candidates::lazy() ssr=SsrMode::Async />
                    <Route path=path!("/candidates/new") view=content::NewCandidate::lazy() ssr=SsrMode::Async />
                    <Route path=path!("/candidates/:id") view=subject::Candidate::lazy() ssr=SsrMode::Async />
                    <Route path=path!("/candidates/:id/edit") view=content::EditCandidate::lazy() ssr=SsrMode::Async />
                    <Route path=path!("/decisions") view=content::Decisions::lazy() ssr=SsrMode::Async />
                    <Route path=path!("/decisions/new") view=content::NewDecision::lazy() ssr=SsrMode::Async />
                    <Route path=path!("/decisions/:id") view=subject::Decision::lazy() ssr=SsrMode::Async />
                    <Route path=path!("/decisions/:id/edit") view=content::EditDecision::lazy() ssr=SsrMode::Async />
                    <Route path=path!("/agents") view=agents::List::lazy() ssr=SsrMode::Async />
                    <Route path=path!("/agents/new") view=agents::New::lazy() ssr=SsrMode::Async />
                    <Route path=path!("/agents/:id") view=agents::Show::lazy() ssr=SsrMode::Async />
                    <Route path=path!("/agents/:id/edit") view=agents::Edit::lazy() ssr=SsrMode::Async />
                    <Route path=path!("/agents/:id/performance") view=performance::OfAgent::lazy() ssr=SsrMode::Async />
                    <Route path=path!("/performance") view=performance::Compare::lazy() ssr=SsrMode::Async />
                    <Route path=path!("/routing") view=rules::Routing::lazy() ssr=SsrMode::Async />
                    <Route path=path!("/routing/prices") view=rules::Prices::lazy() ssr=SsrMode::Async />
                    <Route path=path!("/governance") view=rules::Governance::lazy() ssr=SsrMode::Async />
                    <Route path=path!("/governance/new") view=rules::NewPolicy::lazy() ssr=SsrMode::Async />
                    <Route path=path!("/governance/dashboard") view=rules::Dashboard::lazy() ssr=SsrMode::Async />
                    <Route path=path!("/governance/:id/edit") view=rules::EditPolicy::lazy() ssr=SsrMode::Async />
                    <Route path=path!("/receipts") view=rules::Receipts::lazy() ssr=SsrMode::Async />
                    <Route path=path!("/receipts/:id") view=rules::Receipt::lazy() ssr=SsrMode::Async />
                    <Route path=path!("/hubs") view=rules::Hubs::lazy() ssr=SsrMode::Async />
                    <Route path=path!("/hubs/new") view=rules::NewHub::lazy() ssr=SsrMode::Async />
                    <Route path=path!("/hubs/:id") view=rules::Hub::lazy() ssr=SsrMode::Async />
                    <Route path=path!("/types") view=rules::Types::lazy() ssr=SsrMode::Async />
                    <Route path=path!("/settings") view=settings::Show::lazy() ssr=SsrMode::Async />
                    <Route path=path!("/settings/:provider") view=settings::Errors::lazy() ssr=SsrMode::Async />
                </ParentRoute>
            </Routes>
        </Router>
    }
    .into_any()
}
