//! Requirement candidates.

pub mod similar;
