//! Where the synthesis comes from.
