//! The order of one task type on the page: shown at once, then stored. What
//! the server refuses is taken back.

use leptos::prelude::*;
use model::{ExplainedRoute, HubId, RouteOrder, RoutingPolicyId};

use crate::error::AppError;
use crate::server_fns::routing::{TaskTable, read_table, reorder_routes};

/// The stable code of an order that speaks of other policies than there are, or
/// of another order than stands.
pub const ORDER_CHANGED: &str = "order_changed";

/// The policies of one task type, as the page shows them.
#[derive(Clone, Copy)]
pub struct Order {
    pub hub: HubId,
    pub task_type: StoredValue<String>,
    pub rows: RwSignal<Vec<ExplainedRoute>>,
    /// All policies, also those that the page does not show.
    pub count: RwSignal<usize>,
    /// The policy that the keyboard or the mouse holds.
    pub held: RwSignal<Option<RoutingPolicyId>>,
    pub refusal: RwSignal<Option<AppError>>,
    /// What is read out.
    pub said: RwSignal<String>,
    /// Counts the changes, for whoever shows what follows from them.
    pub changes: RwSignal<u32>,
    /// The order that the server has.
    stored: StoredValue<Vec<RoutingPolicyId>>,
    /// An order is on its way; the versions of its policies are not known yet.
    pub saving: RwSignal<bool>,
}

impl Order {
    pub fn new(
        hub: HubId,
        table: TaskTable,
        said: RwSignal<String>,
        changes: RwSignal<u32>,
    ) -> Self {
        Self {
            hub,
            task_type: StoredValue::new(table.task_type),
            stored: StoredValue::new(ids(&table.routes)),
            rows: RwSignal::new(table.routes),
            count: RwSignal::new(table.count),
            held: RwSignal::new(None),
            refusal: RwSignal::new(None),
            said,
            changes,
            saving: RwSignal::new(false),
        }
    }

    /// Whether all policies are on the page: only then they have an order.
    pub fn whole(self) -> bool {
        self.rows.with(Vec::len) == self.count.get()
    }

    /// Takes over what the server has.
    pub fn take(self, table: TaskTable) {
        self.stored.set_value(ids(&table.routes));
        self.count.set(table.count);
        self.rows.set(table.routes);
        self.changes.update(|n| *n = n.wrapping_add(1));
    }

    /// Takes over what the server has, but for the order, which has gone on.
    fn refresh(self, mut table: TaskTable) {
        self.rows.update(|rows| {
            for row in rows {
                let is_it = |new: &ExplainedRoute| new.policy.id == row.policy.id;
                if let Some(at) = table.routes.iter().position(is_it) {
                    *row = table.routes.swap_remove(at);
                }
            }
        });
    }

    /// Reads what stands now and says why: a change was refused.
    pub async fn read_again(self, why: AppError) {
        let Some(task_type) = self.task_type.try_get_value() else {
            return;
        };
        if let Ok(table) = read_table(self.hub, task_type).await {
            self.take(table);
        }
        self.said.set(why.message.clone());
        self.refusal.set(Some(why));
    }

    pub fn place(self, id: RoutingPolicyId) -> Option<usize> {
        self.rows.with_untracked(|rows| place_of(rows, id))
    }

    /// Moves a policy by one place on the page; `false` at the end.
    pub fn step(self, id: RoutingPolicyId, up: bool) -> bool {
        let Some(place) = self.place(id) else {
            return false;
        };
        let last = self.rows.with_untracked(Vec::len).saturating_sub(1);
        let to = if up {
            place.checked_sub(1)
        } else {
            Some(place + 1)
        };
        let Some(to) = to.filter(|to| *to <= last) else {
            self.say(
                id,
                if up {
                    "is the first already"
                } else {
                    "is the last already"
                },
            );
            return false;
        };
        self.rows.update(|rows| rows.swap(place, to));
        self.say_place(id);
        true
    }

    /// Moves the held policy to where another one stands.
    pub fn onto(self, other: RoutingPolicyId) {
        let Some(held) = self.held.get_untracked().filter(|held| *held != other) else {
            return;
        };
        if let (Some(from), Some(to)) = (self.place(held), self.place(other)) {
            self.rows.update(|rows| {
                let row = rows.remove(from);
                rows.insert(to, row);
            });
        }
    }

    /// Puts the page back to the order that the server has.
    pub fn restore(self) {
        let stored = self.stored.get_value();
        self.rows.update(|rows| {
            rows.sort_by_key(|row| stored.iter().position(|id| *id == row.policy.id));
        });
    }

    /// Says something about a policy's agent.
    pub fn say(self, id: RoutingPolicyId, what: &str) {
        let name = self.rows.with_untracked(|rows| {
            let row = rows.iter().find(|row| row.policy.id == id);
            row.map(|row| row.agent_name.clone())
        });
        if let Some(name) = name {
            self.said.set(format!("{name} {what}."));
        }
    }

    /// Says where a policy stands.
    pub fn say_place(self, id: RoutingPolicyId) {
        if let Some(place) = self.place(id) {
            let count = self.rows.with_untracked(Vec::len);
            self.say(id, &format!("is at place {} of {count}", place + 1));
        }
    }

    /// Stores the order of the page. Changes that come meanwhile are stored
    /// after it.
    pub fn save(self) {
        let wanted = self.rows.with_untracked(|rows| ids(rows));
        let seen = self.stored.get_value();
        if self.saving.get_untracked() || wanted == seen {
            return;
        }
        self.saving.set(true);
        let order = RouteOrder {
            hub_id: self.hub,
            task_type: self.task_type.get_value(),
            policy_ids: wanted.clone(),
            seen_policy_ids: Some(seen),
        };
        leptos::task::spawn_local(async move {
            let answer = reorder_routes(order).await;
            // `None`: the page has been left.
            if self.saving.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(table) => self.saved(wanted, table),
                Err(error) => self.refused(error).await,
            }
        });
    }

    fn saved(self, wanted: Vec<RoutingPolicyId>, table: TaskTable) {
        self.refusal.set(None);
        if self.rows.with_untracked(|rows| ids(rows)) == wanted {
            self.take(table);
        } else {
            self.stored.set_value(wanted);
            self.refresh(table);
            if self.held.get_untracked().is_none() {
                self.save();
            }
        }
    }

    /// Shows what stands now, and says why it is not what was wanted.
    async fn refused(self, error: AppError) {
        self.held.set(None);
        self.restore();
        if error.is(ORDER_CHANGED) {
            self.read_again(error).await;
        } else {
            self.said.set(error.message.clone());
            self.refusal.set(Some(error));
        }
    }
}

fn ids(rows: &[ExplainedRoute]) -> Vec<RoutingPolicyId> {
    rows.iter().map(|row| row.policy.id).collect()
}

fn place_of(rows: &[ExplainedRoute], id: RoutingPolicyId) -> Option<usize> {
    rows.iter().position(|row| row.policy.id == id)
}
