//! Collective proposals: several agents answer at once, a person decides.

mod agreement;
mod align;
mod alpha;
mod another;
mod answer;
mod answer_view;
mod assemble;
mod board;
mod column;
mod compare;
mod consensus;
mod decision;
mod decisions;
mod estimate;
mod follow;
mod given;
mod header;
mod list;
mod live_state;
#[cfg(test)]
mod live_state_tests;
mod minority;
mod new;
mod origins;
mod pairs;
mod partial_json;
mod plan;
mod receipt;
mod refetch;
mod revise;
mod revision;
mod rounds;
mod rows;
#[cfg(debug_assertions)]
mod samples;
mod scores;
mod show;
mod synthesis;
mod table;
mod trouble;

pub use answer::{Answer, Shown};
pub use answer_view::{AnswerView, shown};
pub use column::used_words;
pub use decision::{COMMENT, REVISE};
pub use follow::{Link, use_now};
pub use list::CollectiveListPage;
pub use live_state::LiveText;
pub use new::NewCollectivePage;
pub use receipt::{Receipt, ReceiptDetails, ReceiptToggle};
pub use refetch::Merge;
pub use rows::RunRows;
#[cfg(debug_assertions)]
pub use samples::AnswerSamples;
pub use show::CollectivePage;
