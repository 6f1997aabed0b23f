//! What handlers take out of a request. Each refusal is a problem.

mod auth;
mod headers;
mod id;
mod json;
mod nul;
mod params;
mod word;

pub use auth::{Admin, AtLeast, Auth, Reviewer, Steward, Viewer};
pub use headers::{IdempotencyKey, IfMatch, LastEventId};
pub use id::Id;
pub use json::{Body, OptionalBody};
pub use params::Params;
pub use word::Word;
