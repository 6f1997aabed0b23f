//! What people do with agent proposals, on both engines.

mod cover;
mod decide;
pub mod desk;
mod effects;
mod inbox;
