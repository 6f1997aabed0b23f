//! The hub's content: widgets, requirement candidates, decision records.

mod candidate_form;
mod candidate_list;
mod candidate_show;
mod decision_form;
mod decision_list;
mod decision_show;
mod form;
mod lists;
mod show;
mod timeline;
mod widget_form;
mod widget_list;
mod widget_show;

pub use candidate_form::{EditCandidatePage, NewCandidatePage};
pub use candidate_list::CandidateListPage;
pub use candidate_show::CandidatePage;
pub use decision_form::{EditDecisionPage, NewDecisionPage};
pub use decision_list::DecisionListPage;
pub use decision_show::DecisionPage;
pub use widget_form::{EditWidgetPage, NewWidgetPage};
pub use widget_list::WidgetListPage;
pub use widget_show::WidgetPage;
