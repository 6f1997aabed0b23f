//! Delegations on both engines: what is asked, stored, told and spent.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[macro_use]
mod common;
mod support;

#[path = "proposals/point.rs"]
mod point;

#[path = "delegations/chain.rs"]
mod chain;
#[path = "delegations/crash.rs"]
mod crash;
#[path = "delegations/ledger.rs"]
mod ledger;
#[path = "delegations/live.rs"]
mod live;
#[path = "delegations/refusals.rs"]
mod refusals;
#[path = "delegations/trees.rs"]
mod trees;
#[path = "delegations/views.rs"]
mod views;
