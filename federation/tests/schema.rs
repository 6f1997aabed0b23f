//! The live schema of both engines, held against what is written down: the
//! contracts of the frozen core, the seven tables of the federation, and what
//! may never be changed.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr
)]

mod common;

#[path = "schema/append_only.rs"]
mod append_only;
#[path = "schema/contract.rs"]
mod contract;
#[path = "schema/engines.rs"]
mod engines;
#[path = "schema/frozen.rs"]
mod frozen;
#[path = "schema/live.rs"]
mod live;
#[path = "schema/rows.rs"]
mod rows;
#[path = "schema/rules.rs"]
mod rules;
#[path = "schema/shape.rs"]
mod shape;
