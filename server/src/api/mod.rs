//! `/api/v2`: one file for each noun. A handler takes its request apart, calls
//! one function of the engine and wraps the answer.

mod agents;
mod audit;
mod candidates;
mod collective_reviews;
mod collectives;
mod decisions;
mod delegations;
mod events;
mod governance;
mod hubs;
mod inbox;
mod interactions;
mod invocation_points;
mod invocations;
mod manifests;
mod openapi;
mod performance;
mod prices;
mod proposals;
mod providers;
mod reply;
mod reviews;
mod routes;
mod routing;
mod signals;
mod tokens;
mod types;
mod widgets;
mod words;

pub use openapi::{docs, document};
pub use routes::{router, unknown_path};
