//! The live schema of both engines, held against what is written down: the
//! contracts of the frozen core, the seven tables of the federation, and what
//! may never be changed.

mod append_only;
mod contract;
mod engines;
mod frozen;
mod live;
mod rows;
mod rules;
mod shape;
