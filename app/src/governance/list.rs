//! The policies of a hub.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_navigate, use_query_map};
use model::{Action, GovernanceDefault, GovernanceRow, Hub, Role};

use super::GovernanceTabs;
use super::check::Check;
use crate::address::{address, changed, word};
use crate::components::{
    Choose, EmptyState, Icon, KeepFocus, Notice, PageLinks, Refused, Sign, Skeleton, StatePill,
};
use crate::labels::{Labelled, Tone};
use crate::layout::use_hub_slug;
use crate::pages::NoHub;
use crate::server_fns::governance::{
    Choices, PoliciesAnswer, PoliciesQuery, SwitchPolicy, list_policies,
};

/// The address of a page of the list.
pub fn list_address(query: &PoliciesQuery) -> String {
    address(
        "/governance",
        &[
            ("hub", &query.hub),
            ("agent", &query.agent),
            ("artifact", &query.artifact),
            ("active", &query.active),
            ("sort", &query.sort),
            ("cursor", &query.cursor),
            ("check_agent", &query.check_agent),
            ("check_type", &query.check_type),
            ("check_action", &query.check_action),
        ],
    )
}

/// `/governance`
#[component]
pub fn GovernancePage() -> impl IntoView {
    let hub = use_hub_slug();
    let query = use_query_map();
    let switch = ServerAction::<SwitchPolicy>::new();
    let asked = Memo::new(move |_| {
        query.with(|query| PoliciesQuery {
            hub: hub.get(),
            agent: word(query.get("agent")),
            artifact: word(query.get("artifact")),
            active: word(query.get("active")),
            sort: word(query.get("sort")),
            cursor: word(query.get("cursor")),
            check_agent: word(query.get("check_agent")),
            check_type: word(query.get("check_type")),
            check_action: word(query.get("check_action")),
        })
    });
    let list = Resource::new(
        move || (asked.get(), switch.version().get()),
        |(asked, _)| list_policies(asked),
    );
    view! {
        <Title text="Governance" />
        <KeepFocus drawn=Signal::derive(move || list.track())>
        <Transition fallback=|| view! { <Skeleton lines=8 /> }>
            {move || Suspend::new(async move {
                match list.await {
                    Ok(Some(answer)) => {
                        view! { <Policies answer asked=asked.get_untracked() switch /> }.into_any()
                    }
                    Ok(None) => view! { <NoHub /> }.into_any(),
                    Err(error) => view! { <Refused error /> }.into_any(),
                }
            })}
        </Transition>
        </KeepFocus>
    }
    .into_any()
}

#[component]
fn Policies(
    answer: PoliciesAnswer,
    asked: PoliciesQuery,
    switch: ServerAction<SwitchPolicy>,
) -> impl IntoView {
    let PoliciesAnswer {
        hub,
        caller,
        page,
        choices,
        verdict,
    } = answer;
    let may_change = caller.may(Role::Steward);
    let asked = PoliciesQuery {
        hub: Some(hub.slug.clone()),
        ..asked
    };
    let new = format!("/governance/new?hub={}", hub.slug);
    let filtered = asked.agent.is_some() || asked.artifact.is_some() || asked.active.is_some();
    let at = |cursor: Option<String>| {
        list_address(&PoliciesQuery {
            cursor,
            ..asked.clone()
        })
    };
    let first = asked.cursor.is_some().then(|| at(None));
    let next = page.next_cursor.clone().map(|cursor| at(Some(cursor)));
    let all = list_address(&PoliciesQuery {
        hub: asked.hub.clone(),
        ..PoliciesQuery::default()
    });
    let kinds = choices.clone();
    let rows = page.items;
    view! {
        <div class="page-head">
            <div>
                <h1 class="page-title">"Governance"</h1>
                <p class="page-lead">{hub.name.clone()}</p>
            </div>
            {may_change
                .then(|| {
                    view! {
                        <a class="btn btn-primary" href=new.clone()>
                            "New policy"
                        </a>
                    }
                })}
        </div>
        <GovernanceTabs current="/governance" />
        <HubDefault hub=hub.clone() may_change=caller.may(Role::Admin) />
        <Check asked=asked.clone() choices=choices.clone() verdict />
        <Filters asked=asked.clone() choices />
        <SwitchRefusal switch />
        <section class="card">
            {if rows.is_empty() && filtered {
                view! {
                    <EmptyState title="No policy fits these filters">
                        <p>
                            <a class="link" href=all>
                                "Show all policies"
                            </a>
                        </p>
                    </EmptyState>
                }
                    .into_any()
            } else if rows.is_empty() {
                view! { <NoneYet hub new may_change /> }.into_any()
            } else {
                view! { <Table rows choices=kinds may_change switch /> }.into_any()
            }}
        </section>
        <PageLinks newest=first older=next first="First" next="More" />
    }
    .into_any()
}

#[component]
fn NoneYet(hub: Hub, new: String, may_change: bool) -> impl IntoView {
    let rest = match hub.governance_default {
        GovernanceDefault::Permit => "every agent may do everything it is asked for",
        GovernanceDefault::Deny => "no agent may do anything",
    };
    view! {
        <EmptyState title="No policy yet">
            <p>{format!("Without a policy the hub's default speaks: {rest}.")}</p>
            {may_change
                .then(|| {
                    view! {
                        <a class="btn btn-primary" href=new>
                            "New policy"
                        </a>
                    }
                })}
        </EmptyState>
    }
}

/// What holds where no policy speaks.
#[component]
fn HubDefault(hub: Hub, may_change: bool) -> impl IntoView {
    let default = hub.governance_default;
    let meaning = match default {
        GovernanceDefault::Permit => {
            "Where no active policy speaks about an agent and a type of artifact, the agent may act."
        }
        GovernanceDefault::Deny => {
            "Where no active policy speaks about an agent and a type of artifact, the agent is blocked."
        }
    };
    view! {
        <p class="hub-default" data-testid="hub-default" data-default=default.to_string()>
            <span class="hub-default-name">"Hub's default"</span>
            <StatePill value=move || default />
            <span>{meaning}</span>
            {may_change
                .then(|| {
                    view! {
                        <a class="link" href=format!("/hubs/{}", hub.id)>
                            "Change"
                        </a>
                    }
                })}
        </p>
    }
    .into_any()
}

#[component]
fn Filters(asked: PoliciesQuery, choices: Choices) -> impl IntoView {
    let navigate = use_navigate();
    let wanted = asked.clone();
    let on_change = move |event: leptos::ev::Event| {
        let Some((name, value)) = changed(&event) else {
            return;
        };
        let mut wanted = PoliciesQuery {
            cursor: None,
            ..wanted.clone()
        };
        match name.as_str() {
            "agent" => wanted.agent = value,
            "artifact" => wanted.artifact = value,
            "active" => wanted.active = value,
            _ => wanted.sort = value,
        }
        navigate(&list_address(&wanted), Default::default());
    };
    let pair = |value: &str, text: &str| (value.to_owned(), text.to_owned());
    let agents = agent_options(&choices);
    view! {
        <form class="filters" method="get" action="/governance" on:change=on_change aria-label="Filters">
            {asked.hub.map(|hub| view! { <input type="hidden" name="hub" value=hub /> })}
            <Choose name="agent" label="Agent" options=agents chosen=asked.agent />
            <Choose name="artifact" label="Artifact type" options=choices.artifact_types chosen=asked.artifact />
            <Choose
                name="active"
                label="Active"
                options=vec![pair("true", "Active"), pair("false", "Switched off")]
                chosen=asked.active
            />
            <Choose
                name="sort"
                label="Order"
                any="By agent"
                options=vec![pair("newest", "Newest first")]
                chosen=asked.sort
            />
            <button type="submit" class="btn btn-small without-script">
                "Filter"
            </button>
        </form>
    }
    .into_any()
}

/// The agents of a hub for a select.
pub fn agent_options(choices: &Choices) -> Vec<(String, String)> {
    let option = |agent: &model::AgentName| {
        let off = if agent.is_active { "" } else { " (inactive)" };
        (agent.id.to_string(), format!("{}{off}", agent.name))
    };
    choices.agents.iter().map(option).collect()
}

/// Why a policy could not be switched.
#[component]
fn SwitchRefusal(switch: ServerAction<SwitchPolicy>) -> impl IntoView {
    let value = switch.value();
    move || {
        let error = value.with(|v| v.as_ref().and_then(|r| r.as_ref().err().cloned()));
        error.map(|error| {
            view! {
                <div class="notice-place">
                    <Notice tone=Tone::Bad title="The policy was not switched">
                        <p>{error.message}</p>
                    </Notice>
                </div>
            }
        })
    }
}

#[component]
fn Table(
    rows: Vec<GovernanceRow>,
    choices: Choices,
    may_change: bool,
    switch: ServerAction<SwitchPolicy>,
) -> impl IntoView {
    let heads = Action::ALL
        .iter()
        .map(|action| view! { <th scope="col" class="mark-cell">{action.label()}</th> });
    view! {
        <table class="table policies" data-testid="policies">
            <thead>
                <tr>
                    <th scope="col">"Agent"</th>
                    <th scope="col">"Artifact type"</th>
                    {heads.collect_view()}
                    <th scope="col">"Active"</th>
                    <th scope="col">
                        <span class="sr-only">"Change"</span>
                    </th>
                </tr>
            </thead>
            <tbody>
                {rows
                    .into_iter()
                    .map(|row| {
                        let kind = choices.label(&row.policy.artifact_type);
                        view! { <Row row kind may_change switch /> }
                    })
                    .collect_view()}
            </tbody>
        </table>
    }
    .into_any()
}

#[component]
fn Row(
    row: GovernanceRow,
    kind: String,
    may_change: bool,
    switch: ServerAction<SwitchPolicy>,
) -> impl IntoView {
    let GovernanceRow {
        policy,
        agent_name,
        agent_is_active,
    } = row;
    let marks = Action::ALL.iter().map(|action| {
        let allowed = policy.allowed_actions.contains(action);
        view! { <Mark action=*action allowed /> }
    });
    let edit = format!("/governance/{}/edit", policy.id);
    let link = if may_change { "Edit" } else { "Show" };
    let described = format!("{link} the policy of {agent_name} for {kind}");
    let switched = format!("The policy of {agent_name} for {kind} is active");
    view! {
        <tr data-testid="policy-row" data-active=policy.is_active.to_string()>
            <th scope="row">
                {agent_name}
                {(!agent_is_active).then(|| view! { <span class="tag">"inactive agent"</span> })}
            </th>
            <td data-label="Artifact type">{kind}</td>
            {marks.collect_view()}
            <td data-label="Active">
                {if may_change {
                    view! {
                        <ActionForm action=switch>
                            <input type="hidden" name="id" value=policy.id.to_string() />
                            <input type="hidden" name="version" value=policy.version />
                            <input type="hidden" name="is_active" value=(!policy.is_active).to_string() />
                            <button
                                type="submit"
                                class="switch"
                                id=format!("switch-{}", policy.id)
                                role="switch"
                                aria-checked=policy.is_active.to_string()
                                aria-label=switched
                            ></button>
                        </ActionForm>
                    }
                        .into_any()
                } else if policy.is_active {
                    "Active".into_any()
                } else {
                    "Off".into_any()
                }}
            </td>
            <td class="row-action">
                <a class="link" href=edit aria-label=described>
                    {link}
                </a>
            </td>
        </tr>
    }
    .into_any()
}

/// Whether an action is allowed, for the eye and for the ear.
#[component]
fn Mark(action: Action, allowed: bool) -> impl IntoView {
    let (sign, text) = if allowed {
        (Sign::Check, "allowed")
    } else {
        (Sign::Cross, "not allowed")
    };
    view! {
        <td class="mark-cell" data-label=action.label() data-allowed=allowed.to_string()>
            <Icon sign />
            <span class="sr-only">{text}</span>
        </td>
    }
    .into_any()
}
