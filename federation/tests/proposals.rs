//! The four invocation points on both engines: what is asked, stored and told.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[macro_use]
mod common;
mod support;

#[path = "proposals/point.rs"]
mod point;

#[path = "proposals/auto.rs"]
mod auto;
#[path = "proposals/durable.rs"]
mod durable;
#[path = "proposals/points.rs"]
mod points;
#[path = "proposals/prompts.rs"]
mod prompts;
#[path = "proposals/rounds.rs"]
mod rounds;
