//! The engine and the store, on both engines of the database. One program: the
//! engine is linked once for all of them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr
)]

#[macro_use]
mod common;
mod point;
mod support;

mod agents;
mod agreement;
mod bridge;
mod calibration;
mod collectives;
mod conformance;
mod content;
mod decisions;
mod delegations;
mod durable;
mod fallback;
mod governance;
mod metrics;
mod performance;
mod plans;
mod proposals;
mod providers;
mod registry;
mod reviews;
mod rounds;
mod routing;
mod sameness;
mod schema;
mod similar;
mod trials;
