//! The pieces that pages are made of.

mod choose;
mod conflict;
mod dialog;
mod field;
mod focus;
mod icon;
mod meter;
mod notice;
mod page_links;
mod pill;
mod stamp;
mod tags;
mod toast;

pub use choose::Choose;
pub use conflict::{Conflict, ConflictPanel, Draft, Fields, Shown, Texts};
pub use dialog::{Dialog, close_dialog, open_dialog};
pub use field::{Field, describe};
pub use focus::KeepFocus;
pub use icon::{Icon, Sign};
pub use meter::{GroupBar, ShareMeter};
pub use notice::{EmptyState, Notice, Refused, Skeleton};
pub use page_links::PageLinks;
pub use pill::{StatePill, TonePill};
pub use stamp::Stamp;
pub use tags::TagInput;
pub use toast::{Toasts, provide_toasts, use_toast};
