//! Hubs, for those who look after them.

mod form;
mod list;
mod manifest;
mod show;

pub use form::NewHubPage;
pub use list::HubsPage;
pub use show::HubPage;
