//! Delegations on both engines: what is asked, stored, told and spent.

mod chain;
mod crash;
mod ledger;
mod live;
mod refusals;
mod trees;
mod views;
