//! The pages of Inter-Hub: rendered on the server, then live in the browser.
//!
//! Reaches the engine only under the feature `ssr`, in the bodies of the
//! server functions.
#![recursion_limit = "512"]

mod address;
mod agents;
mod collectives;
mod components;
mod content;
mod delegations;
mod error;
mod events;
mod format;
mod governance;
mod hubs;
mod inbox;
mod labels;
mod layout;
mod pages;
mod performance;
mod proposals;
mod providers;
mod receipts;
mod reviews;
mod router;
mod routing;
mod server_fns;
mod shell;
mod site;
mod theme;
mod types;
mod wire;

pub use error::AppError;
pub use performance::sorted as sorted_comparison;
pub use router::App;
pub use server_fns::performance::CompareQuery;
pub use shell::shell;
pub use site::Site;
