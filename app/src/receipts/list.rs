//! The receipts of a hub.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_navigate, use_query_map};
use model::{Invocation, Outcome};

use crate::address::{address, changed, word};
use crate::components::{
    Choose, EmptyState, KeepFocus, PageLinks, Refused, Skeleton, Stamp, StatePill,
};
use crate::format;
use crate::governance::GovernanceTabs;
use crate::labels::{Labelled, purpose};
use crate::layout::use_hub_slug;
use crate::pages::NoHub;
use crate::server_fns::governance::Choices;
use crate::server_fns::invocations::{ReceiptsAnswer, ReceiptsQuery, list_receipts};

fn list_address(query: &ReceiptsQuery) -> String {
    address(
        "/receipts",
        &[
            ("hub", &query.hub),
            ("agent", &query.agent),
            ("artifact", &query.artifact),
            ("outcome", &query.outcome),
            ("from", &query.from),
            ("to", &query.to),
            ("cursor", &query.cursor),
        ],
    )
}

/// `/receipts`
#[component]
pub fn ReceiptsPage() -> impl IntoView {
    let hub = use_hub_slug();
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        query.with(|query| ReceiptsQuery {
            hub: hub.get(),
            agent: word(query.get("agent")),
            artifact: word(query.get("artifact")),
            outcome: word(query.get("outcome")),
            from: word(query.get("from")),
            to: word(query.get("to")),
            cursor: word(query.get("cursor")),
        })
    });
    let list = Resource::new(move || asked.get(), list_receipts);
    view! {
        <Title text="Receipts" />
        <KeepFocus drawn=Signal::derive(move || list.track())>
        <Transition fallback=|| view! { <Skeleton lines=8 /> }>
            {move || Suspend::new(async move {
                match list.await {
                    Ok(Some(answer)) => {
                        view! { <Receipts answer asked=asked.get_untracked() /> }.into_any()
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
fn Receipts(answer: ReceiptsAnswer, asked: ReceiptsQuery) -> impl IntoView {
    let ReceiptsAnswer { hub, page, choices } = answer;
    let asked = ReceiptsQuery {
        hub: Some(hub.slug.clone()),
        ..asked
    };
    let all = ReceiptsQuery {
        hub: asked.hub.clone(),
        ..ReceiptsQuery::default()
    };
    let filtered = asked != all;
    let at = |cursor: Option<String>| {
        list_address(&ReceiptsQuery {
            cursor,
            ..asked.clone()
        })
    };
    let newest = asked.cursor.is_some().then(|| at(None));
    let older = page.next_cursor.clone().map(|cursor| at(Some(cursor)));
    view! {
        <div class="page-head">
            <div>
                <h1 class="page-title">"Receipts"</h1>
                <p class="page-lead">
                    {format!("{}: every model call that was asked for, blocked ones too.", hub.name)}
                </p>
            </div>
        </div>
        <GovernanceTabs current="/receipts" />
        <Filters asked choices=choices.clone() />
        <section class="card">
            {if !page.items.is_empty() {
                view! { <Rows rows=page.items choices /> }.into_any()
            } else if filtered {
                view! {
                    <EmptyState title="No receipt fits these filters">
                        <p>
                            <a class="link" href=list_address(&all)>
                                "Show all receipts"
                            </a>
                        </p>
                    </EmptyState>
                }
                    .into_any()
            } else {
                view! {
                    <EmptyState title="No receipt yet">
                        <p>"Each call of a model leaves one. Start a collective proposal to make the first."</p>
                    </EmptyState>
                }
                    .into_any()
            }}
        </section>
        <PageLinks newest older />
    }
    .into_any()
}

#[component]
fn Filters(asked: ReceiptsQuery, choices: Choices) -> impl IntoView {
    let navigate = use_navigate();
    let wanted = asked.clone();
    let on_change = move |event: leptos::ev::Event| {
        let Some((name, value)) = changed(&event) else {
            return;
        };
        let mut wanted = ReceiptsQuery {
            cursor: None,
            ..wanted.clone()
        };
        match name.as_str() {
            "agent" => wanted.agent = value,
            "artifact" => wanted.artifact = value,
            "outcome" => wanted.outcome = value,
            "from" => wanted.from = value,
            _ => wanted.to = value,
        }
        navigate(&list_address(&wanted), Default::default());
    };
    let agents = choices.agents.iter();
    let agents = agents.map(|agent| (agent.id.to_string(), agent.name.clone()));
    let outcomes = Outcome::ALL.iter();
    let outcomes = outcomes.map(|outcome| (outcome.to_string(), outcome.label().to_owned()));
    view! {
        <form class="filters" method="get" action="/receipts" on:change=on_change aria-label="Filters">
            {asked.hub.map(|hub| view! { <input type="hidden" name="hub" value=hub /> })}
            <Choose name="agent" label="Agent" options=agents.collect() chosen=asked.agent />
            <Choose name="artifact" label="Artifact type" options=choices.artifact_types chosen=asked.artifact />
            <Choose name="outcome" label="Outcome" options=outcomes.collect() chosen=asked.outcome />
            <DayField name="from" label="From" value=asked.from />
            <DayField name="to" label="To" value=asked.to />
            <button type="submit" class="btn btn-small without-script">
                "Filter"
            </button>
        </form>
    }
    .into_any()
}

#[component]
fn DayField(name: &'static str, label: &'static str, value: Option<String>) -> impl IntoView {
    let id = format!("day-{name}");
    view! {
        <div class="filter">
            <label class="filter-label" for=id.clone()>
                {label}
            </label>
            <input class="input select-small" type="date" id=id name=name value=value />
        </div>
    }
}

#[component]
fn Rows(rows: Vec<Invocation>, choices: Choices) -> impl IntoView {
    let rows = rows.into_iter().map(|row| {
        let name = |id| choices.agents.iter().find(|agent| Some(agent.id) == id);
        let agent = name(row.agent_registration_id).map(|agent| agent.name.clone());
        let kind = choices.label(&row.artifact_type);
        view! { <ReceiptRow row agent kind /> }
    });
    view! {
        <ul class="rows">{rows.collect_view()}</ul>
    }
    .into_any()
}

#[component]
fn ReceiptRow(row: Invocation, agent: Option<String>, kind: String) -> impl IntoView {
    let agent = agent.unwrap_or_else(|| "Nobody".to_owned());
    let outcome = row.outcome;
    let tokens = row.tokens_in.unwrap_or(0) + row.tokens_out.unwrap_or(0);
    view! {
        <li class="row" data-testid="receipt-row">
            <a class="row-title" href=format!("/receipts/{}", row.id)>
                {format!("{agent}: {} {}", row.action.label().to_lowercase(), kind.to_lowercase())}
            </a>
            <span class="row-pills">
                <StatePill value=move || outcome />
            </span>
            <span class="row-who">
                <span>{purpose(&row.purpose)}</span>
                {(tokens > 0).then(|| view! { <span>{format::counted(tokens, "token", "tokens")}</span> })}
                <span>{row.asked_by}</span>
                <Stamp at=row.started_at />
            </span>
        </li>
    }
    .into_any()
}
