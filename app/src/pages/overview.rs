//! What waits, what runs and what it costs, for one hub.

use leptos::prelude::*;
use leptos_meta::Title;
use model::{Collective, HubCounts, InboxItem, RecentEvent, Role};

use crate::collectives::RunRows;
use crate::components::{EmptyState, Refused, Skeleton, Stamp, StatePill};
use crate::events::on_hub_change;
use crate::format;
use crate::inbox::open_path;
use crate::layout::use_hub_slug;
use crate::server_fns::hubs::{Overview, read_overview};

/// `/`
#[component]
pub fn OverviewPage() -> impl IntoView {
    let hub = use_hub_slug();
    let shown = Resource::new(move || hub.get(), read_overview);
    let hub_id = RwSignal::new(None);
    Effect::new(move |_| {
        let now = shown.with(|answer| match answer {
            Some(Ok(Some(overview))) => Some(overview.hub.id),
            _ => None,
        });
        if now.is_some() && now != hub_id.get_untracked() {
            hub_id.set(now);
        }
    });
    on_hub_change(hub_id.into(), move || shown.refetch());
    view! {
        <Title text="Overview" />
        <Transition fallback=|| view! { <Skeleton lines=8 /> }>
            {move || Suspend::new(async move {
                match shown.await {
                    Ok(Some(overview)) => view! { <HubOverview overview /> }.into_any(),
                    Ok(None) => view! { <NoHub /> }.into_any(),
                    Err(error) => view! { <Refused error /> }.into_any(),
                }
            })}
        </Transition>
    }
    .into_any()
}

/// There is no hub yet.
#[component]
pub fn NoHub() -> impl IntoView {
    view! {
        <h1 class="page-title">"Welcome to Inter-Hub"</h1>
        <EmptyState title="There is no hub yet">
            <p>
                "A hub is a product team's place, with its own agents and rules. Make the first one by "
                <code class="code">"POST /api/v2/hubs"</code> " with an admin's API token."
            </p>
        </EmptyState>
    }
    .into_any()
}

#[component]
fn HubOverview(overview: Overview) -> impl IntoView {
    let Overview {
        hub,
        caller,
        counts,
        waiting,
        running,
        recent,
        suggestions,
    } = overview;
    let slug = hub.slug.clone();
    let may_start = caller.may(Role::Reviewer);
    view! {
        <div class="page-head">
            <div>
                <h1 class="page-title">{hub.name}</h1>
                {hub.description.map(|text| view! { <p class="page-lead">{text}</p> })}
            </div>
            {may_start
                .then(|| {
                    view! {
                        <a class="btn btn-primary" href=format!("/collectives/new?hub={slug}")>
                            "New collective proposal"
                        </a>
                    }
                })}
        </div>
        <Suggested count=suggestions slug=slug.clone() />
        <Tiles counts slug=slug.clone() />
        <div class="overview-grid">
            <div class="stack">
                <Waiting waiting slug=slug.clone() />
                <Running running slug />
            </div>
            <Recent recent />
        </div>
    }
    .into_any()
}

/// What the agents' records suggest.
#[component]
fn Suggested(count: usize, slug: String) -> impl IntoView {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    let waits = if count == 1 { "waits" } else { "wait" };
    (count > 0).then(|| {
        view! {
            <p class="overview-note" data-testid="suggestions-wait">
                {format::counted(count, "suggestion", "suggestions")}
                {format!(" {waits} for a steward: ")}
                <a class="link" href=format!("/performance?hub={slug}")>
                    "performance of the agents"
                </a>
            </p>
        }
    })
}

#[component]
fn Tiles(counts: HubCounts, slug: String) -> impl IntoView {
    let spent = if counts.calls_last_7_days == 0 {
        "no model calls".to_owned()
    } else {
        format!(
            "{} in {}; known prices only",
            format::counted(counts.tokens_last_7_days, "token", "tokens"),
            format::counted(counts.calls_last_7_days, "model call", "model calls"),
        )
    };
    let tiles = [
        (
            "Waits for a decision",
            format::count(counts.waiting),
            "proposals and collective proposals".to_owned(),
        ),
        (
            "Running",
            format::count(counts.running),
            "runs, queued ones too".to_owned(),
        ),
        (
            "Blocked",
            format::count(counts.blocked_last_7_days),
            "calls by governance, last 7 days".to_owned(),
        ),
        (
            "Spend, last 7 days",
            format!("{} USD", format::cost(counts.cost_microusd_last_7_days)),
            spent,
        ),
        (
            "Agents",
            format::count(counts.agents_active),
            "active".to_owned(),
        ),
    ];
    let lists = [
        ("Widgets", "/widgets", counts.widgets),
        ("Candidates", "/candidates", counts.candidates),
        ("Decisions", "/decisions", counts.decisions),
    ];
    view! {
        <dl class="tiles">
            {tiles
                .into_iter()
                .map(|(label, number, unit)| {
                    view! {
                        <div class="tile">
                            <dt class="tile-label">{label}</dt>
                            <dd class="tile-number">{number}</dd>
                            <dd class="tile-unit">{unit}</dd>
                        </div>
                    }
                })
                .collect_view()}
            {lists
                .into_iter()
                .map(|(label, to, number)| {
                    view! {
                        <div class="tile">
                            <dt class="tile-label">{label}</dt>
                            <dd class="tile-number">
                                <a class="tile-link" href=format!("{to}?hub={slug}")>
                                    {format::count(number)}
                                </a>
                            </dd>
                        </div>
                    }
                })
                .collect_view()}
        </dl>
    }
    .into_any()
}

#[component]
fn Waiting(waiting: Vec<InboxItem>, slug: String) -> impl IntoView {
    let all = format!("/inbox?hub={slug}");
    view! {
        <section class="card">
            <div class="card-head">
                <h2 class="card-title">"Waits for a decision"</h2>
                <a class="link" href=all>
                    "Inbox"
                </a>
            </div>
            {if waiting.is_empty() {
                view! {
                    <EmptyState title="Nothing waits for you">
                        <p>"What agents propose appears here until a person decides on it."</p>
                    </EmptyState>
                }
                    .into_any()
            } else {
                view! {
                    <ul class="rows">
                        {waiting
                            .into_iter()
                            .map(|item| view! { <WaitingRow item /> })
                            .collect_view()}
                    </ul>
                }
                    .into_any()
            }}
        </section>
    }
    .into_any()
}

#[component]
fn WaitingRow(item: InboxItem) -> impl IntoView {
    let who = item
        .agent_name
        .unwrap_or_else(|| "several agents".to_owned());
    view! {
        <li class="row" data-testid="waiting-row">
            <a class="row-title" href=open_path(item.kind, item.id)>
                {item.title}
            </a>
            <span class="row-pills">
                {item.consensus_status.map(|status| view! { <StatePill value=move || status /> })}
            </span>
            <span class="row-who">
                <span>{who}</span>
                <Stamp at=item.waiting_since />
            </span>
        </li>
    }
    .into_any()
}

#[component]
fn Running(running: Vec<Collective>, slug: String) -> impl IntoView {
    view! {
        <section class="card">
            <div class="card-head">
                <h2 class="card-title">"Running"</h2>
            </div>
            {if running.is_empty() {
                view! {
                    <EmptyState title="Nothing runs">
                        <p>
                            <a class="link" href=format!("/collectives/new?hub={slug}")>
                                "Ask several agents"
                            </a> " a question: their answers appear side by side."
                        </p>
                    </EmptyState>
                }
                    .into_any()
            } else {
                view! { <RunRows runs=running /> }.into_any()
            }}
        </section>
    }
    .into_any()
}

#[component]
fn Recent(recent: Vec<RecentEvent>) -> impl IntoView {
    view! {
        <section class="card">
            <div class="card-head">
                <h2 class="card-title">"What people said"</h2>
            </div>
            {if recent.is_empty() {
                view! {
                    <EmptyState title="Nobody has said anything yet">
                        <p>
                            "Comments on widgets arrive by "
                            <code class="code">"POST /api/v2/interaction-events"</code> "."
                        </p>
                    </EmptyState>
                }
                    .into_any()
            } else {
                view! {
                    <ul class="said-list">
                        {recent.into_iter().map(|event| view! { <Said event /> }).collect_view()}
                    </ul>
                }
                    .into_any()
            }}
        </section>
    }
    .into_any()
}

#[component]
fn Said(event: RecentEvent) -> impl IntoView {
    view! {
        <li class="said">
            <p class="said-text">
                {event.text.unwrap_or_else(|| format::words(&event.kind))}
            </p>
            <p class="said-by">
                {event.author.map(|author| view! { <span>{author}</span> })}
                <span>{event.widget_title}</span>
                <Stamp at=event.occurred_at />
            </p>
        </li>
    }
}
