//! The server: command line, settings, `/api/v2`, live events, sign-in and
//! middleware around the engine and the pages.

pub mod api;
pub mod cli;
mod commands;
mod connections;
mod downloads;
mod extract;
mod files;
mod health;
mod logging;
mod metrics;
mod middleware;
mod pages;
pub mod problem;
pub mod rehearsal;
mod router;
mod serve;
pub mod settings;
mod shutdown;
mod start;
mod state;

pub use commands::run;
pub use serve::serve;
pub use start::{Hub, open, prepare};
pub use state::AppState;
