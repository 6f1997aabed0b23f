//! What every request passes on its way in and every response on its way out.

pub mod body;
pub mod caller;
pub mod csrf;
pub mod headers;
pub mod panics;
pub mod throttle;
pub mod trace;
