//! What people do with agent proposals, on both engines.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[macro_use]
mod common;
mod support;

#[path = "reviews/cover.rs"]
mod cover;
#[path = "reviews/decide.rs"]
mod decide;
#[path = "reviews/desk.rs"]
mod desk;
#[path = "reviews/effects.rs"]
mod effects;
#[path = "reviews/inbox.rs"]
mod inbox;
#[path = "proposals/point.rs"]
mod point;
