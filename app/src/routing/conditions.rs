//! What a policy demands: cost ceiling, capabilities, trust.

use leptos::html;
use leptos::prelude::*;
use model::{ExplainedRoute, RoutingPolicy};

use super::board::{Actions, was_late};
use super::order::Order;
use super::term_fields::{TermFields, Terms, texts};
use crate::components::{BothTexts, TwoTexts};
use crate::error::AppError;
use crate::format;
use crate::labels::Labelled;
use crate::server_fns::routing::{TaskTable, read_table};

/// The conditions as tags, beside what the model costs.
#[component]
pub fn Conditions(row: Memo<ExplainedRoute>) -> impl IntoView {
    let tags = move || {
        row.with(|row| {
            let policy = &row.policy;
            let mut tags = Vec::new();
            if let Some(ceiling) = policy.max_cost_microusd_per_1k {
                tags.push(format!("at most {} / 1k tokens", format::amount(ceiling)));
            }
            if let Some(trust) = policy.min_trust_level {
                tags.push(format!("trust: {} or more", trust.label().to_lowercase()));
            }
            tags.extend(
                policy
                    .required_capabilities
                    .iter()
                    .map(|c| format!("needs {c}")),
            );
            tags
        })
    };
    let cost = move || {
        row.with(|row| {
            let dearer = row.input_usd_per_million?.max(row.output_usd_per_million?);
            Some(format!(
                "costs up to {} / 1k tokens",
                format::amount_per_1k(dearer)
            ))
        })
    };
    view! {
        <p class="route-terms" data-testid="route-terms">
            {move || tags().into_iter().map(|tag| view! { <span class="tag">{tag}</span> }).collect_view()}
            <span class="route-cost">{move || cost().unwrap_or_else(|| "no price known".to_owned())}</span>
        </p>
    }
    .into_any()
}

/// The text of a policy with which a form began.
#[derive(Clone, Copy)]
struct Begun {
    policy: StoredValue<RoutingPolicy>,
    /// What a save is meant for.
    version: RwSignal<i32>,
    terms: Terms,
    conflict: RwSignal<Option<TwoTexts>>,
}

impl Begun {
    fn new(policy: RoutingPolicy) -> Self {
        Self {
            version: RwSignal::new(policy.version),
            terms: Terms::new(texts(&policy)),
            policy: StoredValue::new(policy),
            conflict: RwSignal::new(None),
        }
    }

    /// The page has got the policy anew. Who has typed nothing sees it; who has
    /// goes on, as long as nobody else has changed what the form is about.
    fn follow(self, now: RoutingPolicy) {
        let began = self.policy.with_value(texts);
        if texts(&now) == began {
            self.version.set(now.version);
        } else if self.terms.texts() == began {
            self.saved(now);
        }
    }

    /// The form says what was saved.
    fn saved(self, now: RoutingPolicy) {
        self.terms.set(texts(&now));
        self.version.set(now.version);
        self.policy.set_value(now);
    }

    /// A save came too late: what was typed meets what stands.
    fn met(self, theirs: RoutingPolicy) {
        let met = self
            .policy
            .with_value(|base| self.terms.meets(base, &theirs));
        self.version.set(theirs.version);
        self.policy.set_value(theirs);
        self.conflict.set(Some(met));
    }
}

/// Edits the conditions in place.
#[component]
pub fn ConditionsForm(row: Memo<ExplainedRoute>, order: Order, actions: Actions) -> impl IntoView {
    let begun = Begun::new(row.with_untracked(|row| row.policy.clone()));
    let id = row.with_untracked(|row| row.policy.id);
    let key = id.to_string();
    let refusal = actions.refusal_of(key.clone());
    let unread = RwSignal::new(None::<AppError>);
    Effect::new(move |_| begun.follow(row.with(|row| row.policy.clone())));
    let policy_in = move |table: &TaskTable| {
        let found = table.routes.iter().find(|route| route.policy.id == id);
        found.map(|route| route.policy.clone())
    };
    let (value, own) = (actions.terms.value(), key.clone());
    Effect::new(move |_| {
        let saved = value.with(|v| v.as_ref()?.as_ref().ok().and_then(policy_in));
        if let Some(saved) = saved
            && actions.sent.with_untracked(|sent| *sent == own)
        {
            begun.conflict.set(None);
            begun.saved(saved);
        }
    });
    Effect::new(move |_| {
        let Some(why) = refusal.get().filter(was_late) else {
            return;
        };
        leptos::task::spawn_local(async move {
            match read_table(order.hub, order.task_type.get_value()).await {
                Ok(table) => match policy_in(&table) {
                    Some(theirs) => {
                        begun.met(theirs);
                        order.take(table);
                    }
                    None => {
                        order
                            .read_again(AppError {
                                code: "not_found".to_owned(),
                                ..why
                            })
                            .await
                    }
                },
                Err(error) => unread.set(Some(error)),
            }
        });
    });
    // Opened where it was refused; only a person closes it.
    let details = NodeRef::<html::Details>::new();
    Effect::new(move |_| {
        if let Some(details) = details.get().filter(|_| refusal.get().is_some()) {
            details.set_open(true);
        }
    });
    let pending = actions.terms.pending();
    let sent = key.clone();
    view! {
        <details class="route-edit" node_ref=details>
            <summary class="link-quiet" data-testid="route-conditions">"Conditions"</summary>
            {move || begun.conflict.get().map(|texts| view! { <BothTexts texts /> })}
            <p class="field-error" role="alert">{move || unread.get().map(|error| error.message)}</p>
            <ActionForm action=actions.terms on:submit=move |_| actions.begin(&sent)>
                <input type="hidden" name="policy_id" value=key.clone() />
                <input
                    type="hidden"
                    name="version"
                    value=begun.version.get_untracked()
                    prop:value=move || begun.version.get()
                />
                <TermFields key terms=begun.terms refusal />
                <div class="form-actions">
                    <button
                        type="submit"
                        class="btn btn-small"
                        disabled=move || pending.get() || order.saving.get()
                    >
                        "Save the conditions"
                    </button>
                </div>
            </ActionForm>
        </details>
    }
    .into_any()
}
