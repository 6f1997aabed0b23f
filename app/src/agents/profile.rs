//! What an agent is, what names it and how it does.

use leptos::prelude::*;
use model::{
    Agent, AgentRoute, AgentRoutes, AgentSummary, GovernancePolicy, Hub, PerformanceRecord,
};

use super::trust::trust_says;
use crate::components::{EmptyState, GroupBar, Stamp, TonePill};
use crate::format;
use crate::labels::{Labelled, Tone};
use crate::performance::Glance;

/// Fewer decisions than this say little.
const ENOUGH: i64 = 10;

/// The first tab.
#[component]
pub fn Profile(
    agent: Agent,
    hub: Hub,
    routes: AgentRoutes,
    summary: AgentSummary,
    latest: Option<PerformanceRecord>,
) -> impl IntoView {
    let id = agent.id;
    view! {
        <div class="overview-grid tab-body">
            <div class="stack">
                <About agent />
            </div>
            <div class="stack">
                <Lately summary />
                <Glance agent=id latest />
                <Policies routes hub=hub.slug />
            </div>
        </div>
    }
    .into_any()
}

#[component]
fn About(agent: Agent) -> impl IntoView {
    let length = agent
        .system_prompt
        .as_ref()
        .map_or(0, |p| p.chars().count());
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    view! {
        <section class="card">
            <div class="card-head">
                <h2 class="card-title">"Profile"</h2>
            </div>
            {agent.description.map(|text| view! { <p class="profile-text">{text}</p> })}
            <dl class="facts">
                <div class="fact">
                    <dt>"Model"</dt>
                    <dd>{format!("{} · {}", agent.provider.label(), agent.model_name)}</dd>
                </div>
                <div class="fact">
                    <dt>"Trust"</dt>
                    <dd>
                        {agent.trust_level.label()} " "
                        <span class="quiet">{trust_says(agent.trust_level)}</span>
                    </dd>
                </div>
                <div class="fact">
                    <dt>"Capabilities"</dt>
                    <dd>
                        {if agent.capabilities.is_empty() {
                            view! { <span class="quiet">"none"</span> }.into_any()
                        } else {
                            let tags = agent.capabilities.into_iter();
                            view! {
                                <span class="pills">
                                    {tags
                                        .map(|tag| view! { <span class="tag">{tag}</span> })
                                        .collect_view()}
                                </span>
                            }
                                .into_any()
                        }}
                    </dd>
                </div>
                <div class="fact">
                    <dt>"Registered"</dt>
                    <dd>
                        <Stamp at=agent.created_at />
                    </dd>
                </div>
            </dl>
            <h3 class="answer-label prompt-label">
                {format!("System prompt, {}", format::counted(length, "character", "characters"))}
            </h3>
            {match agent.system_prompt {
                Some(prompt) => view! { <pre class="prompt-text">{prompt}</pre> }.into_any(),
                None => view! { <p class="quiet">"None: the model answers as it is."</p> }.into_any(),
            }}
        </section>
    }
    .into_any()
}

#[component]
fn Lately(summary: AgentSummary) -> impl IntoView {
    let AgentSummary {
        calls,
        succeeded,
        failed,
        blocked,
        ..
    } = summary;
    let cost = match (calls, summary.unpriced) {
        (0, _) => "nothing".to_owned(),
        (_, 0) => format!("{} USD", format::cost(summary.cost_microusd)),
        (_, n) if n >= succeeded => "no price is known for its model".to_owned(),
        (_, n) => format!(
            "{} USD, without {} whose price is not known",
            format::cost(summary.cost_microusd),
            format::counted(n, "call", "calls")
        ),
    };
    let outcomes = format!("{succeeded} succeeded, {failed} failed, {blocked} blocked");
    let tokens = format!(
        "{} in, {} out",
        format::count(summary.tokens_in),
        format::count(summary.tokens_out)
    );
    view! {
        <section class="card" data-testid="lately">
            <div class="card-head">
                <h2 class="card-title">"Last 30 days"</h2>
            </div>
            <dl class="facts">
                <div class="fact">
                    <dt>"Acceptance"</dt>
                    <dd>
                        <Accepted summary=summary.clone() />
                    </dd>
                </div>
                <div class="fact">
                    <dt>"Calls"</dt>
                    <dd>
                        {format::count(calls)}
                        {(calls > 0).then(|| view! { <span class="quiet">{format!(" · {outcomes}")}</span> })}
                    </dd>
                </div>
                <div class="fact">
                    <dt>"Takes"</dt>
                    <dd>
                        {match summary.mean_duration_ms {
                            Some(ms) => format!("{} on average", format::duration(ms)),
                            None => "no call has succeeded".to_owned(),
                        }}
                    </dd>
                </div>
                <div class="fact">
                    <dt>"Tokens"</dt>
                    <dd>{tokens}</dd>
                </div>
                <div class="fact">
                    <dt>"Cost"</dt>
                    <dd>{cost}</dd>
                </div>
                <div class="fact">
                    <dt>"Last used"</dt>
                    <dd>
                        {match summary.last_used_at {
                            Some(at) => view! { <Stamp at /> }.into_any(),
                            None => view! { <span class="quiet">"never"</span> }.into_any(),
                        }}
                    </dd>
                </div>
            </dl>
        </section>
    }
    .into_any()
}

#[component]
fn Accepted(summary: AgentSummary) -> impl IntoView {
    let Some(a) = summary.acceptance else {
        return view! {
            <span class="quiet">"Nobody has decided on a proposal of this agent: there is nothing to measure yet."</span>
        }
        .into_any();
    };
    let words = format!(
        "{} accepted, {} rejected, {} revised",
        a.accepted, summary.rejected, summary.revised
    );
    view! {
        <span>{format::percent(a.share)}</span>
        " "
        <GroupBar some=a.accepted all=a.decided label="Accepted proposals" />
        " "
        <span class="quiet">{words}</span>
        {(a.decided < ENOUGH)
            .then(|| {
                view! {
                    <p class="quiet">
                        {format!("Not enough to judge by: {} in 30 days.", format::counted(a.decided, "decision", "decisions"))}
                    </p>
                }
            })}
    }
    .into_any()
}

#[component]
fn Policies(routes: AgentRoutes, hub: String) -> impl IntoView {
    let AgentRoutes {
        routing,
        governance,
    } = routes;
    view! {
        <section class="card" data-testid="agent-routes">
            <div class="card-head">
                <h2 class="card-title">"Routed for"</h2>
                <a class="link" href=format!("/routing?hub={hub}")>
                    "Routing"
                </a>
            </div>
            {if routing.is_empty() {
                view! {
                    <EmptyState title="No task is routed to this agent">
                        <p>"It is asked when a routing policy names it. Try it first, then add one."</p>
                    </EmptyState>
                }
                    .into_any()
            } else {
                view! { <RouteLines routes=routing /> }.into_any()
            }}
        </section>
        <section class="card">
            <div class="card-head">
                <h2 class="card-title">"Governance"</h2>
                <a class="link" href=format!("/governance?hub={hub}")>
                    "Policies"
                </a>
            </div>
            {if governance.is_empty() {
                view! { <p class="quiet">"No active policy names this agent: the hub's default holds."</p> }
                    .into_any()
            } else {
                view! {
                    <ul class="lines">
                        {governance.into_iter().map(|policy| view! { <Rule policy /> }).collect_view()}
                    </ul>
                }
                    .into_any()
            }}
        </section>
    }
    .into_any()
}

#[component]
fn Rule(policy: GovernancePolicy) -> impl IntoView {
    let may: Vec<&str> = policy.allowed_actions.iter().map(|a| a.as_str()).collect();
    let may = if may.is_empty() {
        "nothing".to_owned()
    } else {
        may.join(", ")
    };
    view! {
        <li class="line">
            <span class="line-name">{format::words(&policy.artifact_type)}</span>
            <span class="quiet">{format!("may: {may}")}</span>
        </li>
    }
}

/// Tasks that are routed to an agent, with who answers without it.
#[component]
pub fn RouteLines(routes: Vec<AgentRoute>) -> impl IntoView {
    let rows = routes.into_iter().map(|route| {
        let next = match (route.is_first, route.next_agent) {
            (true, Some(name)) => format!("without it: {name}"),
            (true, None) => "without it nobody answers".to_owned(),
            (false, Some(name)) => format!("{name} is asked first"),
            (false, None) => "another agent is asked first".to_owned(),
        };
        view! {
            <li class="line">
                <span class="line-name">{format::words(&route.task_type)}</span>
                {route.is_first.then(|| view! { <TonePill tone=Tone::Active text="asked first" /> })}
                <span class="quiet">
                    {format!("priority {} · {next}", route.priority)}
                </span>
            </li>
        }
    });
    view! { <ul class="lines">{rows.collect_view()}</ul> }.into_any()
}
