//! The server functions: each unwraps its input and calls one engine function.

pub mod agents;
pub mod candidates;
pub mod collectives;
pub mod content;
pub mod decisions;
pub mod delegations;
pub mod governance;
pub mod hubs;
pub mod invocations;
pub mod manifests;
pub mod people;
pub mod performance;
pub mod prices;
pub mod proposals;
pub mod providers;
#[cfg(feature = "ssr")]
pub mod request;
pub mod reviews;
pub mod routing;
pub mod types;
pub mod widgets;
