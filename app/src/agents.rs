//! Agents: who may be asked, with what, and what came of it.

mod draft;
mod edit;
mod filters;
mod form;
mod list;
mod profile;
mod show;
mod trial;
mod trust;
mod versions;
mod work;

use model::AgentId;

pub use edit::{EditAgentPage, NewAgentPage, not_there};
pub use list::AgentListPage;
pub use show::{AgentPage, AgentTabs};
pub use trust::trust_says;

/// Where a version of an agent can be read: the first of those shown.
pub fn version_path(agent: AgentId, version: i32) -> String {
    // A cursor holds a version's number; the list goes on below it.
    let above = u128::from(version.unsigned_abs()) + 1;
    let cursor = uuid::Uuid::from_u128(above);
    format!("/agents/{agent}?tab=versions&cursor={cursor}#v{version}")
}
