//! Agent proposals: one agent answers at an invocation point, a person decides.

mod answer;
mod auto;
mod filters;
mod follow;
mod head;
mod invoke;
mod list;
mod live_state;
mod review;
mod rounds;
mod rows;
mod show;
mod source;
mod trouble;

pub use answer::TaskAnswer;
pub use auto::AutoAppliedPlace;
pub use follow::Live;
pub use invoke::{InvokePanel, InvokePlace};
pub use list::ProposalListPage;
pub use show::{LiveAnswer, ProposalPage};
pub use source::SourcePanel;
pub use trouble::Trouble;
