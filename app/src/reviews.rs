//! A person decides on an agent proposal: in the inbox and on its own page.

mod actions;
mod desk;
mod difference;
mod duplicates;
mod editor;
mod judge;
mod place;
mod plain;

pub use actions::ReviewPanel;
pub use desk::{Desk, Mode};
pub use place::ReviewPlace;
