//! Receipts of model calls: all of a hub, and each at its own address.

mod list;
mod show;

pub use list::ReceiptsPage;
pub use show::ReceiptPage;
