//! What a run would use, told while its form is written.

use std::time::Duration;

use leptos::prelude::*;
use model::{EstimatedAgent, EstimatedStage, HubId, RunEstimate};

use crate::components::{Notice, Refused};
use crate::error::AppError;
use crate::format;
use crate::labels::Tone;
use crate::server_fns::collectives::{Source, estimate_collective};

/// How long a person has to pause before the form is estimated anew.
const PAUSE: Duration = Duration::from_millis(500);

/// What the estimate depends on, as the form has it.
#[derive(Clone, Copy)]
pub struct Written {
    pub task: RwSignal<String>,
    pub prompt: RwSignal<String>,
    pub rounds: RwSignal<String>,
    pub limit: RwSignal<String>,
}

/// One asking of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Asked {
    task: String,
    prompt: String,
    rounds: String,
    limit: String,
}

impl Written {
    fn read(self) -> Asked {
        Asked {
            task: self.task.get(),
            prompt: self.prompt.get(),
            rounds: self.rounds.get(),
            limit: self.limit.get(),
        }
    }
}

/// The estimate, a pause after the last change. A refusal of a field goes to
/// its place by `refused`.
#[component]
pub fn Estimate(
    hub: HubId,
    source: Option<Source>,
    written: Written,
    refused: RwSignal<Option<AppError>>,
) -> impl IntoView {
    let asked = RwSignal::new(None::<Asked>);
    let moment = StoredValue::new(0_u32);
    Effect::new(move |_| {
        let now = written.read();
        // Only the last of many changes is asked for.
        let mine = moment.try_update_value(|n| {
            *n = n.wrapping_add(1);
            *n
        });
        set_timeout(
            move || {
                if moment.try_get_value() == mine {
                    asked.try_set(Some(now).filter(|now| !now.prompt.trim().is_empty()));
                }
            },
            PAUSE,
        );
    });
    let source = StoredValue::new(source);
    let read = LocalResource::new(move || {
        let asked = asked.get();
        let source = source.get_value();
        async move {
            let asked = asked?;
            let limit = Some(asked.limit);
            let rounds = Some(asked.rounds);
            let estimate =
                estimate_collective(hub, asked.task, asked.prompt, rounds, limit, source);
            Some(estimate.await)
        }
    });
    // What was told last stays while the next is on its way: nothing jumps.
    let last = RwSignal::new(None::<Result<RunEstimate, AppError>>);
    Effect::new(move |_| {
        if let Some(answer) = read.get() {
            let error = answer.as_ref().and_then(|a| a.as_ref().err().cloned());
            refused.set(error);
            last.set(answer);
        }
    });
    view! {
        <section class="asked estimate" aria-labelledby="estimate" aria-live="polite" data-testid="estimate">
            <h2 class="asked-title" id="estimate">
                "What it will use"
            </h2>
            <p class="quiet without-script">
                "Turn scripts on to see an estimate here. What the run has used stands on its page."
            </p>
            {move || match last.get() {
                None => {
                    view! { <p class="quiet needs-script">"Write the question to see an estimate."</p> }
                        .into_any()
                }
                Some(Ok(estimate)) => view! { <Told estimate /> }.into_any(),
                Some(Err(error)) if !error.errors.is_empty() => {
                    view! { <p class="quiet">"One of the fields is wrong; there is no estimate yet."</p> }
                        .into_any()
                }
                Some(Err(error)) => view! { <Refused error /> }.into_any(),
            }}
        </section>
    }
    .into_any()
}

fn cost_words(cost_microusd: Option<i64>) -> String {
    cost_microusd.map_or_else(
        || "not known".to_owned(),
        |cost| format!("{} USD", format::cost(cost)),
    )
}

#[component]
fn Told(estimate: RunEstimate) -> impl IntoView {
    let RunEstimate {
        agents,
        stages,
        calls,
        tokens_in,
        tokens_out,
        tokens_out_max,
        cost_microusd,
        token_limit,
        basis,
        warning,
    } = estimate;
    let fact = |name: &'static str, value: String| {
        view! {
            <div>
                <dt>{name}</dt>
                <dd>{value}</dd>
            </div>
        }
    };
    let no_price: Vec<String> = agents
        .iter()
        .filter(|a| !a.has_price)
        .map(|a| a.name.clone())
        .collect();
    let blocked: Vec<EstimatedAgent> = agents.into_iter().filter(|a| a.blocked.is_some()).collect();
    view! {
        <dl class="estimate-facts">
            {fact("Calls", format::count(calls))}
            {fact("Tokens in", format::count(tokens_in))}
            {fact(
                "Tokens out",
                format!("{}, at the most {}", format::count(tokens_out), format::count(tokens_out_max)),
            )}
            {fact("Cost", cost_words(cost_microusd))}
            {fact("Cap", format::counted(token_limit, "token", "tokens"))}
        </dl>
        {warning
            .map(|text| {
                view! {
                    <Notice tone=Tone::Warn>
                        <p data-testid="estimate-warning">{text}</p>
                    </Notice>
                }
            })}
        {(!blocked.is_empty()).then(|| view! { <Blocked blocked /> })}
        <details class="estimate-stages">
            <summary class="question-title">"For each step"</summary>
            <Stages stages />
        </details>
        <p class="quiet">
            {basis}
            {(!no_price.is_empty())
                .then(|| format!(" No price is known for the model of {}.", no_price.join(", ")))}
        </p>
    }
    .into_any()
}

/// Agents that governance will not let answer.
#[component]
fn Blocked(blocked: Vec<EstimatedAgent>) -> impl IntoView {
    let rows = blocked.into_iter().map(|agent| {
        let reason = agent.blocked.unwrap_or_default();
        view! {
            <li>
                <strong>{agent.name}</strong>
                {format!(" will be blocked: {reason}")}
            </li>
        }
    });
    view! { <ul class="bullets">{rows.collect_view()}</ul> }
}

#[component]
fn Stages(stages: Vec<EstimatedStage>) -> impl IntoView {
    let rows = stages.into_iter().map(|stage| {
        view! {
            <tr>
                <th scope="row">{format::words(&stage.stage)}</th>
                <td>{format::count(stage.calls)}</td>
                <td>{format::count(stage.tokens_in)}</td>
                <td>{format::count(stage.tokens_out)}</td>
                <td>{format::count(stage.tokens_out_max)}</td>
                <td>{cost_words(stage.cost_microusd)}</td>
            </tr>
        }
    });
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label="Estimate for each step">
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">"Step"</th>
                        <th scope="col">"Calls"</th>
                        <th scope="col">"Tokens in"</th>
                        <th scope="col">"Tokens out"</th>
                        <th scope="col">"At the most"</th>
                        <th scope="col">"Cost"</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}
