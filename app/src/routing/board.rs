//! The whole page: one group for each task type, and what follows from them.

use leptos::prelude::*;
use model::Role;

use super::explain::{Explanation, WhoAnswers};
use super::fallback::FallbackCard;
use super::group::Group;
use super::order::Order;
use crate::components::{EmptyState, Notice, STALE};
use crate::error::AppError;
use crate::labels::Tone;
use crate::server_fns::routing::{
    ActOnRoute, AddRoute, AgentChoice, RoutingAnswer, SetRouteTerms, TaskTable,
};

/// What the groups share.
#[derive(Clone, Copy)]
pub struct Actions {
    pub may_edit: bool,
    pub act: ServerAction<ActOnRoute>,
    pub add: ServerAction<AddRoute>,
    pub terms: ServerAction<SetRouteTerms>,
    /// The form that was sent last: a task type, or a policy's id.
    pub sent: RwSignal<String>,
    /// The group whose button was pressed last.
    at: RwSignal<Option<Order>>,
    pub agents: StoredValue<Vec<AgentChoice>>,
}

impl Actions {
    fn new(may_edit: bool, agents: Vec<AgentChoice>) -> Self {
        Self {
            may_edit,
            act: ServerAction::new(),
            add: ServerAction::new(),
            terms: ServerAction::new(),
            sent: RwSignal::new(String::new()),
            at: RwSignal::new(None),
            agents: StoredValue::new(agents),
        }
    }

    /// The form `form` is being sent: what was said of others is over.
    pub fn begin(self, form: &str) {
        self.act.clear();
        self.add.clear();
        self.terms.clear();
        self.sent.set(form.to_owned());
        self.at.set(None);
    }

    /// A button of a row in the group `order` has been pressed.
    pub fn act_on(self, order: Order) {
        self.begin("");
        self.at.set(Some(order));
    }

    /// Whether the refusal is shown where it belongs: at its form, or in its
    /// group. Without scripts nothing is, and the top of the page says it.
    fn is_told_below(self, refusal: &AppError) -> bool {
        let at_a_form = self.sent.with(|sent| !sent.is_empty());
        let in_a_group = self.at.with(Option::is_some);
        (at_a_form && (!refusal.errors.is_empty() || was_late(refusal)))
            || (in_a_group && was_late(refusal))
    }

    fn answers(self) -> [Signal<Option<Result<TaskTable, AppError>>>; 3] {
        let (act, add, terms) = (self.act.value(), self.add.value(), self.terms.value());
        [
            Signal::derive(move || act.get()),
            Signal::derive(move || add.get()),
            Signal::derive(move || terms.get()),
        ]
    }

    /// Why the form `form` was refused.
    pub fn refusal_of(self, form: String) -> Signal<Option<AppError>> {
        let (add, terms) = (self.add.value(), self.terms.value());
        Signal::derive(move || {
            if self.sent.with(|sent| *sent != form) {
                return None;
            }
            let refused = |value: Option<Result<TaskTable, AppError>>| value?.err();
            refused(add.get()).or_else(|| refused(terms.get()))
        })
    }
}

/// Somebody else was faster: what the page shows no longer stands.
pub fn was_late(refusal: &AppError) -> bool {
    refusal.is(STALE) || refusal.is("not_found")
}

#[component]
pub fn Board(
    answer: RoutingAnswer,
    explained: Explanation,
    changes: RwSignal<u32>,
) -> impl IntoView {
    let RoutingAnswer {
        hub,
        caller,
        tables,
        agents,
        artifact_types,
    } = answer;
    let said = RwSignal::new(String::new());
    let actions = Actions::new(caller.may(Role::Steward), agents);
    let tasks: Vec<(String, String)> = tables
        .iter()
        .map(|table| (table.task_type.clone(), table.label.clone()))
        .collect();
    let groups: Vec<(String, Order)> = tables
        .into_iter()
        .map(|table| {
            (
                table.label.clone(),
                Order::new(hub.id, table, said, changes),
            )
        })
        .collect();
    follow(actions, groups.iter().map(|(_, order)| *order).collect());
    let no_agents = actions.agents.with_value(Vec::is_empty);
    view! {
        <div class="page-head">
            <div>
                <h1 class="page-title">"Routing"</h1>
                <p class="page-lead">
                    {hub.name.clone()} ". For each task the first agent that fits is asked; the others stand behind it."
                </p>
            </div>
            <a class="btn" href="/routing/prices">"Model prices"</a>
        </div>
        <Refusals actions />
        <p class="sr-only" role="status" aria-live="assertive" data-testid="said">{move || said.get()}</p>
        <p class="sr-only" id="reorder-help">
            "Alt with the up or down arrow moves the policy. Or: Space takes hold of it, the arrows move it, Space again lets go, Escape puts it back."
        </p>
        {no_agents.then(|| view! {
            <EmptyState title="This hub has no agent yet">
                <p>"Register an agent first; then route tasks to it here."</p>
            </EmptyState>
        })}
        <div class="overview-grid">
            <div class="stack">
                {groups
                    .into_iter()
                    .map(|(label, order)| view! { <Group label order actions /> })
                    .collect_view()}
            </div>
            <div class="stack route-side">
                <WhoAnswers slug=hub.slug.clone() tasks artifact_types explained />
                <FallbackCard hub caller changes />
            </div>
        </div>
    }
    .into_any()
}

/// Each answer is the table of one task type as it stands after the change.
fn follow(actions: Actions, groups: Vec<Order>) {
    for answer in actions.answers() {
        let groups = groups.clone();
        Effect::new(move |_| {
            let Some(Ok(table)) = answer.get() else {
                return;
            };
            let group = groups
                .iter()
                .find(|order| order.task_type.with_value(|task| *task == table.task_type));
            if let Some(order) = group {
                order.refusal.set(None);
                order.take(table);
            }
        });
    }
    let acted = actions.act.value();
    Effect::new(move |_| {
        let late = acted.with(|v| v.as_ref()?.as_ref().err().filter(|e| was_late(e)).cloned());
        if let (Some(why), Some(order)) = (late, actions.at.get_untracked()) {
            leptos::task::spawn_local(order.read_again(why));
        }
    });
}

/// Refusals that belong to no form: of a button, or of a form without scripts.
#[component]
fn Refusals(actions: Actions) -> impl IntoView {
    let refused = move || {
        let all = actions.answers();
        let refusal = all
            .into_iter()
            .filter_map(|answer| answer.get()?.err())
            .next()?;
        (!actions.is_told_below(&refusal)).then_some(refusal)
    };
    move || {
        refused().map(|error| {
            view! {
                <Notice tone=Tone::Bad title="Nothing was changed">
                    <p>{error.message}</p>
                    <ul class="bullets">
                        {error
                            .errors
                            .into_iter()
                            .map(|e| view! { <li>{format!("{}: {}", e.field, e.message)}</li> })
                            .collect_view()}
                    </ul>
                </Notice>
            }
        })
    }
}
