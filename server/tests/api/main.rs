//! The server over a real listener, on both engines. One program: the server is
//! linked once for all of them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr
)]

#[macro_use]
mod common;

mod agents;
mod authorization;
mod bridges;
mod collective_pages;
mod collectives;
mod commands;
mod content;
mod conventions;
mod delegation_pages;
mod delegations;
mod edges;
mod events;
mod failures;
mod files;
mod governance;
mod idempotency;
mod invocation_points;
mod metrics;
mod openapi;
mod performance;
mod performance_pages;
mod proposal_reviews;
mod providers;
mod rehearsal;
mod resources;
mod routing;
