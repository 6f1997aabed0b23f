//! The pages that stand for themselves.

#[cfg(debug_assertions)]
mod components;
mod entrance;
mod login;
mod not_found;
mod overview;
#[cfg(debug_assertions)]
mod samples;
mod welcome;

#[cfg(debug_assertions)]
pub use components::ComponentsPage;
pub use login::LoginPage;
pub use not_found::NotFoundPage;
/// A release has no page for developers: it would be carried to every browser.
#[cfg(not(debug_assertions))]
pub use not_found::NotFoundPage as ComponentsPage;
pub use overview::{NoHub, OverviewPage};
pub use welcome::WelcomePage;
