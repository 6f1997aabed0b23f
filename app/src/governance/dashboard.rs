//! What governance blocked in the last 7 days, hub by hub.

use leptos::prelude::*;
use leptos_meta::Title;
use model::BlockedInHub;

use super::GovernanceTabs;
use super::days::{DayChart, day};
use crate::components::{Refused, Skeleton};
use crate::events::on_hub_change;
use crate::format;
use crate::layout::use_hub_slug;
use crate::pages::NoHub;
use crate::server_fns::governance::{Choices, DashboardAnswer, read_dashboard};

/// How many agents a card names.
const NAMED: usize = 8;

/// `/governance/dashboard`
#[component]
pub fn GovernanceDashboardPage() -> impl IntoView {
    let hub = use_hub_slug();
    let shown = Resource::new(move || hub.get(), read_dashboard);
    let hub_id = RwSignal::new(None);
    Effect::new(move |_| {
        let now = shown.with(|answer| match answer {
            Some(Ok(answer)) => answer.current.as_ref().map(|hub| hub.id),
            _ => None,
        });
        if now.is_some() && now != hub_id.get_untracked() {
            hub_id.set(now);
        }
    });
    on_hub_change(hub_id.into(), move || shown.refetch());
    view! {
        <Title text="Governance dashboard" />
        <Transition fallback=|| view! { <Skeleton lines=8 /> }>
            {move || Suspend::new(async move {
                match shown.await {
                    Ok(answer) if answer.dashboard.hubs.is_empty() => view! { <NoHub /> }.into_any(),
                    Ok(answer) => view! { <Dashboard answer /> }.into_any(),
                    Err(error) => view! { <Refused error /> }.into_any(),
                }
            })}
        </Transition>
    }
    .into_any()
}

#[component]
fn Dashboard(answer: DashboardAnswer) -> impl IntoView {
    let DashboardAnswer {
        current,
        dashboard,
        choices,
        ..
    } = answer;
    let current = current.map(|hub| hub.id);
    // The hub that one looks at first, then those where something happened.
    let (mut shown, quiet): (Vec<_>, Vec<_>) = dashboard
        .hubs
        .into_iter()
        .partition(|hub| hub.blocked_last_7_days > 0 || Some(hub.hub_id) == current);
    shown.sort_by_key(|hub| Some(hub.hub_id) != current);
    view! {
        <div class="page-head">
            <div>
                <h1 class="page-title">"Governance"</h1>
                <p class="page-lead">"Calls that were blocked in the last 7 days, in UTC, today included."</p>
            </div>
        </div>
        <GovernanceTabs current="/governance/dashboard" />
        <div class="stack">
            {shown
                .into_iter()
                .map(|hub| view! { <HubCard hub choices=choices.clone() /> })
                .collect_view()}
            <Quiet hubs=quiet />
        </div>
    }
    .into_any()
}

/// The receipts behind a number.
fn receipts(slug: &str, more: &str) -> String {
    format!("/receipts?hub={slug}&outcome=blocked{more}")
}

#[component]
fn HubCard(hub: BlockedInHub, choices: Choices) -> impl IntoView {
    let slug = hub.slug.clone();
    let first = hub.days.first().map(|day| day.date);
    let since = first.map_or_else(String::new, |day| format!("&from={day}"));
    let days = hub.days.clone();
    let span = match (days.first(), days.last()) {
        (Some(first), Some(last)) => format!("{} to {}", day(first.date), day(last.date)),
        _ => String::new(),
    };
    let of_day = slug.clone();
    let link = Callback::new(move |date: chrono::NaiveDate| {
        receipts(&of_day, &format!("&from={date}&to={date}"))
    });
    let agents = hub.by_agent.iter().map(|agent| {
        let to = receipts(
            &slug,
            &format!("&agent={}{since}", agent.agent_registration_id),
        );
        (agent.name.clone(), to, agent.blocked)
    });
    let agents: Vec<_> = agents.collect();
    let types = hub.by_artifact_type.iter().map(|kind| {
        let to = receipts(&slug, &format!("&artifact={}{since}", kind.artifact_type));
        (choices.label(&kind.artifact_type), to, kind.blocked)
    });
    let types: Vec<_> = types.collect();
    let all = receipts(&slug, &since);
    view! {
        <section class="card blocked-hub" data-testid="blocked-hub" data-hub=slug.clone()>
            <div class="blocked-head">
                <h2 class="card-title">
                    <a href=format!("/governance?hub={slug}")>{hub.name}</a>
                </h2>
                <p class="blocked-number">
                    <a href=all data-testid="blocked-number">
                        {format::count(hub.blocked_last_7_days)}
                    </a>
                    <span class="quiet">{format!("blocked, {span}")}</span>
                </p>
            </div>
            <DayChart days link />
            {if hub.blocked_last_7_days == 0 {
                view! { <p class="quiet">"Nothing was blocked."</p> }.into_any()
            } else {
                view! {
                    <Ranking title="By agent" rows=agents />
                    <Ranking title="By artifact type" rows=types />
                }
                    .into_any()
            }}
        </section>
    }
    .into_any()
}

#[component]
fn Ranking(title: &'static str, rows: Vec<(String, String, i64)>) -> impl IntoView {
    let rest: i64 = rows.iter().skip(NAMED).map(|(_, _, n)| n).sum();
    let rows = rows.into_iter().take(NAMED).map(|(name, to, blocked)| {
        view! {
            <li class="rank">
                <a class="link" href=to>
                    {name}
                </a>
                <span class="rank-number">{format::count(blocked)}</span>
            </li>
        }
    });
    view! {
        <div>
            <h3 class="answer-label">{title}</h3>
            <ul class="ranking">
                {rows.collect_view()}
                {(rest > 0).then(|| view! { <li class="rank quiet">"others "{format::count(rest)}</li> })}
            </ul>
        </div>
    }
    .into_any()
}

#[component]
fn Quiet(hubs: Vec<BlockedInHub>) -> impl IntoView {
    if hubs.is_empty() {
        return ().into_any();
    }
    let rows = hubs.into_iter().map(|hub| {
        view! {
            <li>
                <a class="link" href=format!("/governance?hub={}", hub.slug)>
                    {hub.name}
                </a>
            </li>
        }
    });
    view! {
        <section class="card">
            <h2 class="card-title">"Nothing blocked"</h2>
            <ul class="quiet-hubs">{rows.collect_view()}</ul>
        </section>
    }
    .into_any()
}
