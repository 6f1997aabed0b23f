//! What a policy demands: cost ceiling, capabilities, trust.

use leptos::prelude::*;
use model::{ExplainedRoute, TrustLevel};

use super::board::Actions;
use crate::error::AppError;
use crate::format;
use crate::labels::Labelled;

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

/// Edits the conditions in place.
#[component]
pub fn ConditionsForm(row: Memo<ExplainedRoute>, actions: Actions) -> impl IntoView {
    let id = row.with_untracked(|row| row.policy.id.to_string());
    let (ceiling, capabilities, trust) = row.with_untracked(|row| {
        let policy = &row.policy;
        (
            policy.max_cost_microusd_per_1k.map(format::plain_amount),
            policy.required_capabilities.join(", "),
            policy.min_trust_level,
        )
    });
    let refusal = actions.refusal_of(id.clone());
    let pending = actions.terms.pending();
    let sent = id.clone();
    view! {
        <details class="route-edit" prop:open=move || refusal.get().is_some().then_some(true)>
            <summary class="link-quiet" data-testid="route-conditions">"Conditions"</summary>
            <ActionForm action=actions.terms on:submit=move |_| actions.begin(&sent)>
                <input type="hidden" name="policy_id" value=id.clone() />
                <TermFields key=id ceiling=ceiling.unwrap_or_default() capabilities trust refusal />
                <div class="form-actions">
                    <button type="submit" class="btn btn-small" disabled=move || pending.get()>
                        "Save the conditions"
                    </button>
                </div>
            </ActionForm>
        </details>
    }
    .into_any()
}

/// The three fields, for a new policy and for one that is changed.
#[component]
pub fn TermFields(
    /// Tells the ids of this form from those of others.
    key: String,
    #[prop(into)] ceiling: String,
    #[prop(into)] capabilities: String,
    trust: Option<TrustLevel>,
    refusal: Signal<Option<AppError>>,
) -> impl IntoView {
    let at = move |field: &'static str| {
        Signal::derive(move || refusal.get().and_then(|e| e.field(field)))
    };
    let (cost, needs, least) = (
        format!("ceiling-{key}"),
        format!("needs-{key}"),
        format!("trust-{key}"),
    );
    let options = TrustLevel::ALL.iter().map(move |level| {
        view! {
            <option value=level.as_str() selected=trust == Some(*level)>
                {format!("{} or more", level.label())}
            </option>
        }
    });
    view! {
        <div class="term-fields">
            <TermField id=cost.clone() label="Cost ceiling" hint="USD for 1,000 tokens; the dearer price counts." error=at("max_cost_microusd_per_1k")>
                <input class="input" id=cost name="ceiling_usd" inputmode="decimal" autocomplete="off" placeholder="none" value=ceiling />
            </TermField>
            <TermField id=needs.clone() label="Capabilities" hint="Separated by commas; all are needed." error=at("required_capabilities")>
                <input class="input" id=needs name="required_capabilities" autocomplete="off" placeholder="none" value=capabilities />
            </TermField>
            <TermField id=least.clone() label="Trust" hint="" error=at("min_trust_level")>
                <select class="select" id=least name="min_trust_level">
                    <option value="" selected=trust.is_none()>"Any"</option>
                    {options.collect_view()}
                </select>
            </TermField>
        </div>
    }
    .into_any()
}

/// A field whose id is made at run time: these forms stand several times on a
/// page.
#[component]
pub fn TermField(
    id: String,
    label: &'static str,
    hint: &'static str,
    error: Signal<Option<String>>,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="field" class:field-wrong=move || error.get().is_some()>
            <label class="field-label" for=id>{label}</label>
            {children()}
            <p class="field-hint">{hint}</p>
            <p class="field-error" role="alert">{move || error.get()}</p>
        </div>
    }
    .into_any()
}
