//! *Check*: may this agent do this? Asked by the address.

use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use model::{Action, GovernanceVerdict};

use super::list::{agent_options, list_address};
use crate::address::changed;
use crate::components::{Choose, Refused, TonePill};
use crate::error::AppError;
use crate::labels::{Labelled, Tone};
use crate::server_fns::governance::{Choices, PoliciesQuery};

#[component]
pub fn Check(
    asked: PoliciesQuery,
    choices: Choices,
    verdict: Option<Result<GovernanceVerdict, AppError>>,
) -> impl IntoView {
    let navigate = use_navigate();
    let wanted = StoredValue::new(asked.clone());
    let on_change = move |event: leptos::ev::Event| {
        let Some((name, value)) = changed(&event) else {
            return;
        };
        wanted.update_value(|wanted| match name.as_str() {
            "check_agent" => wanted.check_agent = value,
            "check_type" => wanted.check_type = value,
            _ => wanted.check_action = value,
        });
        let wanted = wanted.get_value();
        let filled = [
            &wanted.check_agent,
            &wanted.check_type,
            &wanted.check_action,
        ];
        // Half a question has no answer yet.
        if filled.iter().all(|word| word.is_some()) {
            let options = leptos_router::NavigateOptions {
                scroll: false,
                ..Default::default()
            };
            navigate(&list_address(&wanted), options);
        }
    };
    let hidden = [
        ("hub", asked.hub.clone()),
        ("agent", asked.agent.clone()),
        ("artifact", asked.artifact.clone()),
        ("active", asked.active.clone()),
        ("sort", asked.sort.clone()),
    ];
    let actions = Action::ALL
        .iter()
        .map(|action| (action.to_string(), action.label().to_owned()));
    view! {
        <section class="card check" aria-labelledby="check-title">
            <h2 class="card-title" id="check-title">
                "Check"
            </h2>
            <form class="filters" method="get" action="/governance" on:change=on_change>
                {hidden
                    .into_iter()
                    .filter_map(|(name, value)| {
                        value.map(|value| view! { <input type="hidden" name=name value=value /> })
                    })
                    .collect_view()}
                <Choose
                    name="check_agent"
                    label="May"
                    any="an agent"
                    options=agent_options(&choices)
                    chosen=asked.check_agent
                />
                <Choose
                    name="check_action"
                    label="do"
                    any="an action"
                    options=actions.collect()
                    chosen=asked.check_action
                />
                <Choose
                    name="check_type"
                    label="with"
                    any="a type of artifact"
                    options=choices.artifact_types
                    chosen=asked.check_type
                />
                <button type="submit" class="btn btn-small without-script">
                    "Check"
                </button>
            </form>
            <div class="verdict" aria-live="polite" data-testid="verdict">
                {match verdict {
                    None => {
                        view! {
                            <p class="quiet">"Choose all three. No model is called, and nothing is recorded."</p>
                        }
                            .into_any()
                    }
                    Some(Ok(verdict)) => view! { <Verdict verdict /> }.into_any(),
                    Some(Err(error)) => view! { <Refused error /> }.into_any(),
                }}
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn Verdict(verdict: GovernanceVerdict) -> impl IntoView {
    let (tone, word) = if verdict.allowed {
        (Tone::Good, "Allowed")
    } else {
        (Tone::Bad, "Blocked")
    };
    view! {
        <p class="verdict-line">
            <TonePill tone text=word />
            <span>{verdict.reason}</span>
            {verdict
                .policy_id
                .map(|id| {
                    view! {
                        <a class="link" href=format!("/governance/{id}/edit")>
                            "The policy"
                        </a>
                    }
                })}
        </p>
    }
    .into_any()
}
