//! Ask several agents one question.

use leptos::html;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::{Agent, Role, RoundPlan};

use super::estimate::{Estimate, Written};
use super::header::SourceLink;
use super::plan::Rounds;
use crate::address::word;
use crate::components::{EmptyState, Field, Notice, Refused, Skeleton, TonePill, describe};
use crate::error::AppError;
use crate::format;
use crate::labels::{Labelled, Tone};
use crate::layout::use_hub_slug;
use crate::pages::NoHub;
use crate::server_fns::collectives::{
    Source, StartCollective, StartForm, StartQuery, TaskRoute, read_start_form,
};

/// `/collectives/new`
#[component]
pub fn NewCollectivePage() -> impl IntoView {
    let hub = use_hub_slug();
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        query.with(|query| StartQuery {
            hub: hub.get(),
            widget: word(query.get("widget")),
            candidate: word(query.get("candidate")),
        })
    });
    let form = Resource::new(move || asked.get(), read_start_form);
    view! {
        <Title text="New collective proposal" />
        <Transition fallback=|| view! { <Skeleton lines=8 /> }>
            {move || Suspend::new(async move {
                match form.await {
                    Ok(Some(form)) if form.caller.may(Role::Reviewer) => {
                        view! { <Start form /> }.into_any()
                    }
                    Ok(Some(_)) => view! { <MayNot /> }.into_any(),
                    Ok(None) => view! { <NoHub /> }.into_any(),
                    Err(error) => view! { <Refused error /> }.into_any(),
                }
            })}
        </Transition>
    }
    .into_any()
}

#[component]
fn MayNot() -> impl IntoView {
    view! {
        <h1 class="page-title">"New collective proposal"</h1>
        <Notice tone=Tone::Warn title="Your role does not allow this">
            <p>"Starting agents needs the role reviewer. An admin can give it to you."</p>
        </Notice>
    }
}

/// The task type that is offered first: one that somebody answers.
fn first_choice(routes: &[TaskRoute]) -> String {
    routes
        .iter()
        .find(|route| !route.agents.is_empty())
        .or(routes.first())
        .map(|route| route.key.clone())
        .unwrap_or_default()
}

#[component]
fn Start(form: StartForm) -> impl IntoView {
    let start = ServerAction::<StartCollective>::new();
    let value = start.value();
    let refusal =
        Signal::derive(move || value.with(|v| v.as_ref().and_then(|r| r.as_ref().err().cloned())));
    // What the estimate found wrong stands at its field before anything is sent.
    let early = RwSignal::new(None::<AppError>);
    let at = move |field: &'static str| {
        Signal::derive(move || {
            let of = |e: Option<AppError>| e.and_then(|e| e.field(field));
            of(early.get()).or_else(|| of(refusal.get()))
        })
    };
    let node = NodeRef::<html::Form>::new();
    let task = RwSignal::new(first_choice(&form.routes));
    let written = Written {
        task,
        prompt: RwSignal::new(String::new()),
        rounds: RwSignal::new(RoundPlan::default().to_string()),
        limit: RwSignal::new(String::new()),
    };
    let routes = StoredValue::new(form.routes);
    let hub = form.hub.id;
    let source = form.source.clone();
    let agents = Memo::new(move |_| {
        let key = task.get();
        routes.with_value(|routes| {
            let route = routes.iter().find(|route| route.key == key);
            route.map(|route| route.agents.clone()).unwrap_or_default()
        })
    });
    // After a success the page of the run follows: sending again would only be
    // another click on the same form.
    let busy =
        Signal::derive(move || start.pending().get() || value.with(|v| matches!(v, Some(Ok(_)))));
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Enter"
            && (event.ctrl_key() || event.meta_key())
            && !busy.get_untracked()
            && let Some(form) = node.get_untracked()
        {
            event.prevent_default();
            // Refused only where the browser finds a field wrong; it says so.
            let _ = form.request_submit();
        }
    };
    view! {
        <div class="page-head">
            <div>
                <h1 class="page-title">"New collective proposal"</h1>
                <p class="page-lead">
                    {form.hub.name}
                    {source.clone().map(|source| view! { ", " <SourceLink source /> })}
                </p>
            </div>
        </div>
        <div class="form-page" on:keydown=on_key>
            {move || refusal.get().map(|error| view! { <StartRefusal error /> })}
            <ActionForm action=start node_ref=node>
                <div class="form">
                    <input type="hidden" name="hub_id" value=form.hub.id.to_string() />
                    <input type="hidden" name="idempotency_key" value=form.idempotency_key />
                    {source.clone().map(|source| view! { <SourceInput source /> })}
                    <TitleField error=at("title") />
                    <Question text=written.prompt error=at("prompt") />
                    <TaskSelect routes=routes.get_value() task error=at("task_type") />
                    <Asked agents />
                    <Rounds rounds=written.rounds error=at("rounds_planned") />
                    <Cap limit=written.limit error=at("token_limit") />
                    <SummaryField error=at("summary") />
                    <Estimate hub source written refused=early />
                    <Send busy nobody=Signal::derive(move || agents.with(Vec::is_empty)) />
                </div>
            </ActionForm>
        </div>
    }
    .into_any()
}

/// What the question is about, sent with it.
#[component]
fn SourceInput(source: Source) -> impl IntoView {
    let (name, id) = match source {
        Source::Widget(id, _) => ("source_widget_id", id.to_string()),
        Source::Candidate(id, _) => ("source_candidate_id", id.to_string()),
    };
    view! { <input type="hidden" name=name value=id /> }
}

/// The most tokens that the run may use.
#[component]
fn Cap(limit: RwSignal<String>, #[prop(into)] error: Signal<Option<String>>) -> impl IntoView {
    view! {
        <Field
            id="token_limit"
            label="Token cap"
            hint="All calls of the run together, 1 to 1,000,000, within the hub's limit for a proposal. Empty: that limit."
            error=error
            optional=true
        >
            <input
                class="input hub-number"
                id="token_limit"
                name="token_limit"
                type="number"
                inputmode="numeric"
                step="1"
                autocomplete="off"
                aria-describedby=describe("token_limit")
                on:input=move |event| limit.set(event_target_value(&event))
            />
        </Field>
    }
    .into_any()
}

#[component]
fn TitleField(#[prop(into)] error: Signal<Option<String>>) -> impl IntoView {
    view! {
        <Field id="title" label="Title" hint="At most 200 characters." error=error>
            <input
                class="input"
                id="title"
                name="title"
                maxlength="200"
                required
                autocomplete="off"
                aria-describedby=describe("title")
            />
        </Field>
    }
    .into_any()
}

#[component]
fn SummaryField(#[prop(into)] error: Signal<Option<String>>) -> impl IntoView {
    view! {
        <Field
            id="summary"
            label="Summary"
            hint="For the people who decide; agents do not see it."
            error=error
            optional=true
        >
            <textarea
                class="textarea"
                id="summary"
                name="summary"
                rows="2"
                aria-describedby=describe("summary")
            ></textarea>
        </Field>
    }
    .into_any()
}

/// Sends the form, once, and only where somebody would answer.
#[component]
fn Send(busy: Signal<bool>, nobody: Signal<bool>) -> impl IntoView {
    view! {
        <div class="form-actions">
            <button
                type="submit"
                class="btn btn-primary"
                data-testid="start-run"
                disabled=move || busy.get() || nobody.get()
            >
                {move || if busy.get() { "Starting …" } else { "Ask the agents" }}
            </button>
            <span class="form-hint needs-script">
                <kbd class="kbd">"Ctrl"</kbd>
                <kbd class="kbd">"Enter"</kbd>
            </span>
        </div>
    }
    .into_any()
}

#[component]
fn StartRefusal(error: AppError) -> impl IntoView {
    let text = if error.errors.is_empty() {
        error.message
    } else {
        "The form has fields that are wrong; each says what it wants.".to_owned()
    };
    view! {
        <Notice tone=Tone::Bad title="The run has not started">
            <p>{text}</p>
            {(error.code == "idempotency_key_reused")
                .then(|| view! { <p>"Reload the page for a fresh form."</p> })}
        </Notice>
    }
}

#[component]
fn Question(text: RwSignal<String>, #[prop(into)] error: Signal<Option<String>>) -> impl IntoView {
    let length = RwSignal::new(0_i64);
    let max = i64::try_from(model::validate::PROMPT_MAX).unwrap_or(i64::MAX);
    let on_input = move |event| {
        let now = event_target_value(&event);
        length.set(i64::try_from(now.chars().count()).unwrap_or(i64::MAX));
        text.set(now);
    };
    view! {
        <Field
            id="prompt"
            label="Question"
            hint="Each agent gets exactly this text, with the hub's rules around it."
            error=error
        >
            <textarea
                class="textarea"
                id="prompt"
                name="prompt"
                rows="8"
                required
                aria-describedby=describe("prompt")
                on:input=on_input
            ></textarea>
            <p class="field-count" class:field-count-over=move || { length.get() > max }>
                {move || format!("{} of {} characters", format::count(length.get()), format::count(max))}
            </p>
        </Field>
    }
    .into_any()
}

#[component]
fn TaskSelect(
    routes: Vec<TaskRoute>,
    task: RwSignal<String>,
    #[prop(into)] error: Signal<Option<String>>,
) -> impl IntoView {
    let first = task.get_untracked();
    let options = routes.into_iter().map(move |route| {
        let asked = match route.agents.len() {
            0 => "no agent".to_owned(),
            n => format::counted(i64::try_from(n).unwrap_or(i64::MAX), "agent", "agents"),
        };
        let selected = route.key == first;
        view! {
            <option value=route.key selected=selected>
                {format!("{} ({asked})", route.label)}
            </option>
        }
    });
    view! {
        <Field id="task_type" label="Task" hint="It decides which agents are asked." error=error>
            <select
                class="select"
                id="task_type"
                name="task_type"
                aria-describedby=describe("task_type")
                on:change=move |event| task.set(event_target_value(&event))
            >
                {options.collect_view()}
            </select>
        </Field>
    }
    .into_any()
}

#[component]
fn Asked(agents: Memo<Vec<Agent>>) -> impl IntoView {
    view! {
        <section class="asked" aria-live="polite" data-testid="asked-agents">
            {move || {
                let agents = agents.get();
                if agents.is_empty() {
                    view! {
                        <EmptyState title="No agent is routed for this task">
                            <p>
                                "Choose another task, or ask a steward to add a routing policy for this one."
                            </p>
                        </EmptyState>
                    }
                        .into_any()
                } else {
                    view! { <AskedList agents /> }.into_any()
                }
            }}
        </section>
    }
    .into_any()
}

#[component]
fn AskedList(agents: Vec<Agent>) -> impl IntoView {
    let number = i64::try_from(agents.len()).unwrap_or(i64::MAX);
    let rows = agents.into_iter().enumerate().map(|(place, agent)| {
        view! {
            <li class="asked-agent">
                <span class="asked-name">{agent.name}</span>
                <span class="asked-model">
                    {format!("{} · {}", agent.provider.label(), agent.model_name)}
                </span>
                <TonePill tone=Tone::Neutral text=agent.trust_level.label() />
                {(place == 0).then(|| view! { <span class="tag">"writes the synthesis"</span> })}
            </li>
        }
    });
    view! {
        <h2 class="asked-title">{format!("{} will be asked", format::counted(number, "agent", "agents"))}</h2>
        <ol class="asked-list">{rows.collect_view()}</ol>
    }
    .into_any()
}
