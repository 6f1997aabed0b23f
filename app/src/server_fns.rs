//! The server functions: each unwraps its input and calls one engine function.

pub mod collectives;
pub mod hubs;
pub mod invocations;
pub mod people;
pub mod prices;
#[cfg(feature = "ssr")]
pub mod request;
pub mod routing;
