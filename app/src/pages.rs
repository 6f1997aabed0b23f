//! The pages that stand for themselves.

mod components;
mod entrance;
mod login;
mod not_found;
mod overview;
mod samples;
mod welcome;

pub use components::ComponentsPage;
pub use login::LoginPage;
pub use not_found::NotFoundPage;
pub use overview::{NoHub, OverviewPage};
pub use welcome::WelcomePage;
