//! Delegations: one agent hands a part of its work to another, in a tree whose
//! budget holds.

mod actions;
mod canvas;
mod detail;
mod form;
mod layout;
mod list;
mod nested;
mod node;
mod panel;
mod place;
mod scene;
mod show;
mod tools;
mod tree;
mod tree_page;
mod view;
mod words;

pub use list::DelegationListPage;
pub use panel::DelegationsPanel;
pub use show::DelegationPage;
pub use tree_page::DelegationTreePage;
pub use words::WayDown;
