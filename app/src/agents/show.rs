//! The page of one agent: its head, and what a tab shows of it.

use leptos::html;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};
use model::{Agent, AgentId, AgentRoutes, Caller, Hub, Role};

use super::edit::not_there;
use super::list::ActivePill;
use super::profile::{Profile, RouteLines};
use super::trial::TrialTab;
use super::versions::Versions;
use super::work::WorkTab;
use crate::components::{
    Dialog, Icon, Refused, Sign, Skeleton, TonePill, close_dialog, open_dialog,
};
use crate::error::AppError;
use crate::labels::{Labelled, Tone};
use crate::layout::use_hub_slug;
use crate::server_fns::agents::{AgentAnswer, AgentShown, SetAgentActive, read_agent};

/// `/agents/:id`
#[component]
pub fn AgentPage() -> impl IntoView {
    let params = use_params_map();
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        let id = params.with(|params| params.get("id"));
        let id = id.and_then(|id| id.parse::<AgentId>().ok());
        query.with(|query| (id, query.get("tab"), query.get("cursor")))
    });
    let set_active = ServerAction::<SetAgentActive>::new();
    let shown = Resource::new(
        // Read again when it was activated or deactivated.
        move || (asked.get(), set_active.version().get()),
        |((id, tab, cursor), _)| async move {
            match id {
                Some(id) => read_agent(id, tab, cursor).await,
                None => Err(not_there()),
            }
        },
    );
    view! {
        <Transition fallback=|| {
            view! { <Skeleton lines=8 /> }
        }>
            {move || Suspend::new(async move {
                match shown.await {
                    Ok(answer) => view! { <Show answer set_active /> }.into_any(),
                    Err(error) => view! { <Refused error /> }.into_any(),
                }
            })}
        </Transition>
    }
    .into_any()
}

#[component]
fn Show(answer: AgentAnswer, set_active: ServerAction<SetAgentActive>) -> impl IntoView {
    let AgentAnswer {
        agent,
        hub,
        caller,
        routes,
        shown,
    } = answer;
    let (path, name) = (format!("/agents/{}", agent.id), agent.name.clone());
    let first = is_first_page();
    use_hub_slug().is_about(hub.slug.clone());
    let own_hub = hub.clone();
    view! {
        <Title text=name />
        <Head agent=agent.clone() hub caller=caller.clone() routes=routes.clone() set_active />
        <AgentTabs path=path.clone() now=tab_of(&shown) />
        {match shown {
            AgentShown::Profile(summary, latest) => {
                view! { <Profile agent hub=own_hub routes summary latest=latest.map(|latest| *latest) /> }.into_any()
            }
            AgentShown::Work(page) => view! { <WorkTab page path first caller /> }.into_any(),
            AgentShown::Versions(page) => view! { <Versions page path first /> }.into_any(),
            AgentShown::Try(form) => view! { <TrialTab agent caller form /> }.into_any(),
        }}
    }
    .into_any()
}

/// Whether the newest rows of a tab are shown.
fn is_first_page() -> bool {
    use_query_map().with_untracked(|query| query.get("cursor").is_none())
}

#[component]
fn Head(
    agent: Agent,
    hub: Hub,
    caller: Caller,
    routes: AgentRoutes,
    set_active: ServerAction<SetAgentActive>,
) -> impl IntoView {
    let may_change = caller.may(Role::Steward);
    let edit = format!("/agents/{}/edit", agent.id);
    let (id, active, name) = (agent.id, agent.is_active, agent.name.clone());
    view! {
        <nav class="crumbs" aria-label="Where this is">
            <a class="link" href=format!("/agents?hub={}", hub.slug)>
                {hub.name}
            </a>
            <span aria-hidden="true">"/"</span>
            <span>"Agents"</span>
        </nav>
        <div class="page-head">
            <div class="run-head">
                <h1 class="page-title">{agent.name}</h1>
                <div class="pills">
                    <span data-testid="agent-state" data-active=active.to_string()>
                        <ActivePill active />
                    </span>
                    <TonePill tone=Tone::Neutral text=agent.trust_level.label() />
                    <TonePill tone=Tone::Neutral text=format!("Version {}", agent.version) />
                </div>
                <p class="run-facts">
                    <span>{format!("{} · {}", agent.provider.label(), agent.model_name)}</span>
                    <span>{agent.slug}</span>
                </p>
            </div>
            {may_change
                .then(|| {
                    view! {
                        <div class="head-actions">
                            <Activation id name active routes set_active />
                            <a class="btn" href=edit data-testid="edit-agent">
                                <Icon sign=Sign::Pen />
                                "Edit"
                            </a>
                        </div>
                    }
                })}
        </div>
        {move || {
            let refused = set_active.value().with(|v| v.as_ref().and_then(|r| r.as_ref().err().cloned()));
            refused.map(|error: AppError| view! { <Refused error /> })
        }}
    }
    .into_any()
}

/// Activating is done at once; deactivating first says what it is routed for.
#[component]
fn Activation(
    id: AgentId,
    name: String,
    active: bool,
    routes: AgentRoutes,
    set_active: ServerAction<SetAgentActive>,
) -> impl IntoView {
    let pending = set_active.pending();
    if !active {
        return view! {
            <ActionForm action=set_active>
                <input type="hidden" name="id" value=id.to_string() />
                <input type="hidden" name="active" value="true" />
                <button
                    type="submit"
                    class="btn btn-primary"
                    data-testid="activate"
                    disabled=move || pending.get()
                >
                    "Activate"
                </button>
            </ActionForm>
        }
        .into_any();
    }
    let dialog = NodeRef::<html::Dialog>::new();
    view! {
        <button
            type="button"
            class="btn needs-script"
            data-testid="deactivate"
            on:click=move |_| open_dialog(dialog)
        >
            "Deactivate"
        </button>
        <Dialog node=dialog id="deactivate-dialog" title=format!("Deactivate {name}?")>
            <p>"An inactive agent is asked nothing. Its policies and its history stay."</p>
            <div data-testid="deactivate-routes">
                {if routes.routing.is_empty() {
                    view! { <p>"It is routed for no task: nobody will miss it."</p> }.into_any()
                } else {
                    view! {
                        <p>"It is routed for:"</p>
                        <RouteLines routes=routes.routing />
                    }
                        .into_any()
                }}
            </div>
            <ActionForm action=set_active>
                <input type="hidden" name="id" value=id.to_string() />
                <input type="hidden" name="active" value="false" />
                <div class="dialog-actions">
                    <button type="button" class="btn" on:click=move |_| close_dialog(dialog)>
                        "Keep it active"
                    </button>
                    <button
                        type="submit"
                        class="btn btn-danger"
                        data-testid="deactivate-confirm"
                        disabled=move || pending.get()
                    >
                        "Deactivate"
                    </button>
                </div>
            </ActionForm>
        </Dialog>
    }
    .into_any()
}

const fn tab_of(shown: &AgentShown) -> &'static str {
    match shown {
        AgentShown::Profile(..) => "",
        AgentShown::Work(_) => "work",
        AgentShown::Versions(_) => "versions",
        AgentShown::Try(_) => "try",
    }
}

/// The pages about one agent, one of them current.
#[component]
pub fn AgentTabs(path: String, now: &'static str) -> impl IntoView {
    let tabs = [
        ("", "Profile"),
        ("performance", "Performance"),
        ("work", "Recent work"),
        ("versions", "Versions"),
        ("try", "Try it"),
    ];
    view! {
        <nav class="tabs" aria-label="About this agent">
            {tabs
                .into_iter()
                .map(|(tab, text)| {
                    let to = match tab {
                        "" => path.clone(),
                        "performance" => format!("{path}/performance"),
                        tab => format!("{path}?tab={tab}"),
                    };
                    view! {
                        <a class="tab" href=to aria-current=(tab == now).then_some("page")>
                            {text}
                        </a>
                    }
                })
                .collect_view()}
        </nav>
    }
    .into_any()
}

/// Ways to the newest and to older rows of a tab.
#[component]
pub fn TabPages(
    path: String,
    tab: &'static str,
    next: Option<String>,
    first: bool,
) -> impl IntoView {
    let newest = (!first).then(|| format!("{path}?tab={tab}"));
    let older = next.map(|cursor| format!("{path}?tab={tab}&cursor={cursor}"));
    (newest.is_some() || older.is_some()).then(|| {
        view! {
            <nav class="pages" aria-label="Pages of the list">
                {newest.map(|to| view! { <a class="btn" href=to>"Newest"</a> })}
                {older.map(|to| view! { <a class="btn" href=to rel="next">"Older"</a> })}
            </nav>
        }
    })
}
