//! What both sides of the wire share. No I/O; compiles to wasm.
#[macro_use]
mod sets;
#[macro_use]
mod ids;

pub mod agents;
pub mod artifacts;
pub mod audit;
pub mod candidates;
pub mod collectives;
pub mod decisions;
pub mod delegations;
pub mod difference;
pub mod governance;
pub mod hubs;
pub mod inbox;
pub mod interactions;
pub mod invocations;
pub mod live;
pub mod page;
pub mod people;
pub mod performance;
pub mod prices;
pub mod problem;
pub mod proposals;
pub mod providers;
pub mod reviews;
pub mod routing;
pub mod signals;
pub mod validate;
pub mod widgets;

pub use agents::*;
pub use artifacts::*;
pub use audit::*;
pub use candidates::*;
pub use collectives::*;
pub use decisions::*;
pub use delegations::*;
pub use governance::*;
pub use hubs::*;
pub use ids::*;
pub use inbox::*;
pub use interactions::*;
pub use invocations::*;
pub use live::*;
pub use page::*;
pub use people::*;
pub use performance::*;
pub use prices::*;
pub use problem::*;
pub use proposals::*;
pub use providers::*;
pub use reviews::*;
pub use routing::*;
pub use sets::*;
pub use signals::*;
pub use widgets::*;
