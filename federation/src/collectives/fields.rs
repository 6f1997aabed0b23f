//! Contributions side by side.
