//! Governance: one active policy, versions, what if, the dashboard.

mod dashboard;
mod migration;
mod policies;
pub mod receipts;
mod what_if;
