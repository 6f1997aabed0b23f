//! What the pages of content have in common.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use model::{Caller, HubId, InvocationPoint, ProposalLine};
use serde_json::Value;

use crate::collectives::Answer;
use crate::components::{EmptyState, Stamp, StatePill};
use crate::error::AppError;
use crate::events::on_hub_change;
use crate::format;
use crate::proposals::{AutoAppliedPlace, TaskAnswer};

/// The id in the address; `None` where it is none.
pub fn path_id<T>() -> Memo<Option<T>>
where
    T: std::str::FromStr + PartialEq + Send + Sync + 'static,
{
    let params = use_params_map();
    Memo::new(move |_| {
        let id = params.with(|params| params.get("id"));
        id.and_then(|id| id.parse().ok())
    })
}

/// The address names nothing.
pub fn not_there(what: &str) -> AppError {
    AppError::new("not_found", format!("There is no {what} with this id."))
}

/// Calls `changed` when something has changed in the hub that is shown.
pub fn follow(hub: impl Fn() -> Option<HubId> + 'static, changed: impl Fn() + Copy + 'static) {
    let followed = RwSignal::new(None);
    Effect::new(move |_| {
        let now = hub();
        if now.is_some() && now != followed.get_untracked() {
            followed.set(now);
        }
    });
    on_hub_change(followed.into(), changed);
}

/// Where a page is: the hub's list, then what it belongs to.
#[component]
pub fn Crumbs(
    list: &'static str,
    name: &'static str,
    hub: String,
    #[prop(optional)] of: Option<(String, String)>,
) -> impl IntoView {
    view! {
        <nav class="crumbs" aria-label="Where this is">
            <a class="link" href=format!("{list}?hub={hub}")>
                {name}
            </a>
            {of
                .map(|(to, text)| {
                    view! {
                        <span aria-hidden="true">"/"</span>
                        <a class="link" href=to>
                            {text}
                        </a>
                    }
                })}
        </nav>
    }
    .into_any()
}

/// A text of several lines, as it was written.
#[component]
pub fn Prose(text: String) -> impl IntoView {
    view! { <p class="prose">{text}</p> }
}

/// What an agent wrote and a person or a policy accepted, with where it came
/// from.
#[component]
pub fn Accepted(
    content: Value,
    point: InvocationPoint,
    proposal: model::ProposalId,
    agent: Option<(model::AgentId, Option<String>)>,
    at: chrono::DateTime<chrono::Utc>,
    /// Who looks, where a policy accepted it.
    auto_applied: Option<Caller>,
) -> impl IntoView {
    let answer = Answer::of_content(&content);
    view! {
        <article class="accepted" data-testid="accepted">
            <TaskAnswer answer=Signal::stored(answer) point=Some(point) />
            <p class="said-by">
                {agent
                    .map(|(id, name)| {
                        view! {
                            <a class="link" href=format!("/agents/{id}")>
                                {name.unwrap_or_else(|| "An agent".to_owned())}
                            </a>
                        }
                    })}
                <a class="link" href=format!("/proposals/{proposal}")>
                    "The proposal"
                </a>
                <Stamp at />
            </p>
            {auto_applied.map(|caller| view! { <AutoAppliedPlace proposal caller /> })}
        </article>
    }
    .into_any()
}

/// What agents were asked about this, newest first.
#[component]
pub fn Proposals(proposals: Vec<ProposalLine>, caller: Caller) -> impl IntoView {
    if proposals.is_empty() {
        return view! {
            <EmptyState title="No agent was asked yet">
                <p>"What agents propose about it appears here; it changes nothing before a person accepts it."</p>
            </EmptyState>
        }
        .into_any();
    }
    let rows = proposals.into_iter().map(|line| {
        let status = line.status;
        let caller = line.auto_applied.then(|| caller.clone());
        let title = if line.title.is_empty() {
            format::words(&line.task_type)
        } else {
            line.title
        };
        view! {
            <li class="row" data-testid="proposal-row">
                <a class="row-title" href=format!("/proposals/{}", line.id)>
                    {title}
                </a>
                <span class="row-pills">
                    {caller.map(|caller| view! { <AutoAppliedPlace proposal=line.id caller /> })}
                    <StatePill value=move || status />
                </span>
                <span class="row-who">
                    {line.agent_name.map(|name| view! { <span>{name}</span> })}
                    <Stamp at=line.created_at />
                </span>
            </li>
        }
    });
    view! { <ul class="rows">{rows.collect_view()}</ul> }.into_any()
}
