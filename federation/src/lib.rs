//! The engine of Inter-Hub and its store. Knows no HTTP server and no HTML.
//!
//! Rules live here once; pages and the API call the same functions. Each
//! public function takes the [`Engine`], then the [`model::Caller`] who asks.

pub mod agents;
pub mod audit;
pub mod bridge;
pub mod budget;
pub mod candidates;
pub mod canonical;
pub mod clock;
pub mod collectives;
pub mod decisions;
pub mod delegations;
mod engine;
mod error;
pub mod governance;
pub mod hubs;
pub mod idempotency;
pub mod inbox;
pub mod interactions;
pub mod invocation;
pub mod invocations;
pub mod live;
pub mod manifests;
pub mod metrics;
pub mod people;
pub mod performance;
pub mod prices;
mod prompts;
pub mod proposals;
pub mod providers;
pub mod reviews;
pub mod routing;
pub mod secrets;
pub mod signals;
pub mod store;
pub mod tokens;
pub mod types;
pub mod widgets;
pub mod work;

pub use clock::Clock;
pub use engine::{Engine, EngineBuilder, EngineSettings};
pub use error::Error;
pub use idempotency::Idempotency;
pub use store::{CommitWatch, Store, StoreError};

/// The engine's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;
