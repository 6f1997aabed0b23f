//! How well agents do: the page of one agent, and agents beside each other.

mod breakdown;
mod calibration;
mod compare;
mod filters;
mod gauge;
mod history;
mod numbers;
mod outcomes;
mod page;
mod rates;
mod reliability;
mod row;
mod scale;
mod suggestions;
mod table;
mod trends;
mod words;

pub use compare::ComparisonPage;
pub use filters::sorted;
pub use numbers::Glance;
pub use page::AgentPerformancePage;
