//! Governance: one active policy, versions, what if, the dashboard.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[macro_use]
mod common;
mod support;

#[path = "governance/dashboard.rs"]
mod dashboard;
#[path = "governance/migration.rs"]
mod migration;
#[path = "governance/policies.rs"]
mod policies;
#[path = "governance/receipts.rs"]
mod receipts;
#[path = "governance/what_if.rs"]
mod what_if;
