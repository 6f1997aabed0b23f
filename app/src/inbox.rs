//! The inbox: all that waits for a person, worked by keyboard.

mod filters;
mod item;
mod keys;
mod list;
mod page;
mod state;

pub use item::open_path;
pub use page::InboxPage;
