//! Routing: which agent answers which task, and what models cost.

mod add;
mod board;
mod conditions;
mod explain;
mod fallback;
mod group;
mod order;
mod page;
mod prices;
mod row;
mod term_fields;
#[cfg(feature = "ssr")]
pub mod terms;

pub use page::RoutingPage;
pub use prices::PricesPage;
