//! *Who would answer?*

use leptos::prelude::*;
use leptos_router::hooks::{use_navigate, use_query_map};
use model::{ExplainedRoute, GovernanceVerdict, RegisteredType, RouteExplanation, RouteVerdict};
use wasm_bindgen::JsCast;

use crate::components::{Notice, Refused, Skeleton, TonePill};
use crate::error::AppError;
use crate::labels::{Labelled, Tone};

/// Policies that are passed over and told at the most.
const TOLD_MAX: usize = 30;

/// The answer, read with the page; `None` where there is no hub.
pub type Explanation = Resource<Result<Option<RouteExplanation>, AppError>>;

/// Task and artifact type stand in the address.
#[component]
pub fn WhoAnswers(
    slug: String,
    tasks: Vec<(String, String)>,
    artifact_types: Vec<RegisteredType>,
    explained: Explanation,
) -> impl IntoView {
    let query = use_query_map();
    let first = tasks
        .first()
        .map(|(key, _)| key.clone())
        .unwrap_or_default();
    let known: Vec<String> = tasks.iter().map(|(key, _)| key.clone()).collect();
    let task = Memo::new(move |_| {
        let asked = query.with(|query| query.get("task"));
        asked
            .filter(|key| known.contains(key))
            .unwrap_or_else(|| first.clone())
    });
    let artifacts: Vec<String> = artifact_types.iter().map(|t| t.key.clone()).collect();
    let artifact = Memo::new(move |_| {
        let asked = query.with(|query| query.get("artifact"));
        asked.filter(|key| artifacts.contains(key))
    });
    view! {
        <section class="card" aria-labelledby="who" data-testid="who-answers">
            <div class="card-head">
                <h2 class="card-title" id="who">"Who would answer?"</h2>
            </div>
            <Question slug tasks artifact_types task artifact />
            <Transition fallback=|| view! { <Skeleton lines=3 /> }>
                {move || Suspend::new(async move {
                    match explained.await {
                        Ok(Some(explained)) => view! { <Explained explained /> }.into_any(),
                        Ok(None) => ().into_any(),
                        Err(error) => view! { <Refused error /> }.into_any(),
                    }
                })}
            </Transition>
        </section>
    }
    .into_any()
}

#[component]
fn Question(
    slug: String,
    tasks: Vec<(String, String)>,
    artifact_types: Vec<RegisteredType>,
    task: Memo<String>,
    artifact: Memo<Option<String>>,
) -> impl IntoView {
    let navigate = use_navigate();
    let hub = slug.clone();
    let on_change = move |event: leptos::ev::Event| {
        let select = event
            .target()
            .and_then(|t| t.dyn_into::<web_sys::HtmlSelectElement>().ok());
        let Some(select) = select else { return };
        let value = select.value();
        let (task, artifact) = if select.name() == "task" {
            (value, String::new())
        } else {
            (task.get_untracked(), value)
        };
        let mut to = format!("/routing?hub={hub}&task={task}");
        if !artifact.is_empty() {
            to.push_str(&format!("&artifact={artifact}"));
        }
        let options = leptos_router::NavigateOptions {
            scroll: false,
            ..Default::default()
        };
        navigate(&to, options);
    };
    let tasks = tasks.into_iter().map(|(key, label)| {
        let selected = task.with_untracked(|task| *task == key);
        view! { <option value=key selected=selected>{label}</option> }
    });
    let artifacts = artifact_types.into_iter().map(|artifact_type| {
        let selected =
            artifact.with_untracked(|a| a.as_deref() == Some(artifact_type.key.as_str()));
        view! { <option value=artifact_type.key selected=selected>{artifact_type.label}</option> }
    });
    view! {
        <form class="filters" method="get" action="/routing" on:change=on_change>
            <input type="hidden" name="hub" value=slug />
            <div class="filter">
                <label class="filter-label" for="who-task">"Task"</label>
                <select class="select select-small" id="who-task" name="task" prop:value=move || task.get()>
                    {tasks.collect_view()}
                </select>
            </div>
            <div class="filter">
                <label class="filter-label" for="who-artifact">"Artifact"</label>
                <select
                    class="select select-small"
                    id="who-artifact"
                    name="artifact"
                    prop:value=move || artifact.get().unwrap_or_default()
                >
                    <option value="" selected=artifact.with_untracked(Option::is_none)>"The usual one"</option>
                    {artifacts.collect_view()}
                </select>
            </div>
            <button type="submit" class="btn btn-small without-script">"Ask"</button>
        </form>
    }
    .into_any()
}

#[component]
fn Explained(explained: RouteExplanation) -> impl IntoView {
    let RouteExplanation {
        governance,
        fallback,
        artifact_type,
        routes,
        ..
    } = explained;
    let (chosen, others): (Vec<_>, Vec<_>) = routes
        .into_iter()
        .partition(|route| route.verdict == RouteVerdict::Chosen);
    let is_empty = others.is_empty();
    let more = others.len().saturating_sub(TOLD_MAX);
    let others = others
        .into_iter()
        .take(TOLD_MAX)
        .map(|route| view! { <Other route /> });
    view! {
        {match (chosen.into_iter().next(), governance) {
            (Some(route), Some(verdict)) => {
                view! { <Chosen route verdict artifact_type /> }.into_any()
            }
            _ => view! {
                <Notice tone=Tone::Warn title="Nobody would answer">
                    <p>"No agent that is routed for this task fits. A call would be refused."</p>
                </Notice>
            }
            .into_any(),
        }}
        {(!is_empty).then(|| view! {
            <h3 class="answer-label">"The others"</h3>
            <ul class="who-others">{others.collect_view()}</ul>
        })}
        {(more > 0).then(|| view! { <p class="quiet">{format!("And {more} more.")}</p> })}
        {(fallback && !is_empty).then(|| view! {
            <p class="quiet">"Where the provider fails, the next one that fits is asked."</p>
        })}
    }
    .into_any()
}

#[component]
fn Chosen(
    route: ExplainedRoute,
    verdict: GovernanceVerdict,
    artifact_type: String,
) -> impl IntoView {
    let (tone, word) = if verdict.allowed {
        (Tone::Good, "Would answer")
    } else {
        (Tone::Bad, "Would be blocked")
    };
    view! {
        <div class="who-chosen" data-testid="who-chosen" data-allowed=verdict.allowed.to_string()>
            <p class="route-title">
                <span class="route-name">{route.agent_name}</span>
                <span class="route-model">{format!("{} · {}", route.provider.label(), route.model_name)}</span>
                <TonePill tone text=word />
            </p>
            <p class="quiet">{route.reason}</p>
            <p class="quiet">{verdict.reason}</p>
            {(!verdict.allowed).then(|| view! {
                <p class="quiet">
                    {format!("A blocked agent is not skipped: a call about {artifact_type} ends as blocked, and its receipt says why.")}
                </p>
            })}
        </div>
    }
    .into_any()
}

#[component]
fn Other(route: ExplainedRoute) -> impl IntoView {
    view! {
        <li data-testid="who-other" data-verdict=route.verdict.as_str()>
            <span class="route-title">
                <strong>{route.agent_name}</strong>
                <TonePill tone=route.verdict.tone() text=route.verdict.label() />
            </span>
            <span class="quiet">{route.reason}</span>
        </li>
    }
    .into_any()
}
