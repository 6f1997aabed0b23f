//! What people do with agent proposals, on both engines.

mod cover;
mod decide;
mod desk;
mod effects;
mod inbox;
