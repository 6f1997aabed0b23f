//! The server functions: each unwraps its input and calls one engine function.

pub mod agents;
pub mod collectives;
pub mod hubs;
pub mod invocations;
pub mod people;
#[cfg(feature = "ssr")]
pub mod request;
