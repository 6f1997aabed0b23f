//! The rehearsal: everything is real but the models, which are scripted.

mod model_server;
pub mod story;

pub use model_server::{ModelServer, Served};
