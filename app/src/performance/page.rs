//! The performance of one agent.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use model::{
    Agent, AgentId, Caller, Hub, Measures, NumberTable, PerformanceChart, PerformanceRecord,
    PerformanceReport, Role, chart_table,
};

use super::breakdown::{Breakdown, Change};
use super::calibration::CalibrationMark;
use super::gauge::ConfidenceGauge;
use super::history::HistoryLines;
use super::numbers::KeyNumbers;
use super::outcomes::{Outcomes, People};
use super::rates::RateBars;
use super::reliability::ReliabilityDiagram;
use super::suggestions::{Acts, ActsNotice, Suggestions};
use super::table::{Files, Numbers};
use super::words;
use crate::agents::{AgentTabs, not_there};
use crate::components::{EmptyState, Notice, Refused, Skeleton, Stamp, TonePill};
use crate::error::refusal;
use crate::format;
use crate::labels::{Labelled, Tone};
use crate::layout::use_hub_slug;
use crate::server_fns::performance::{ComputePerformance, PerformanceAnswer, read_performance};

/// `/agents/:id/performance`
#[component]
pub fn AgentPerformancePage() -> impl IntoView {
    let params = use_params_map();
    let asked = Memo::new(move |_| {
        let id = params.with(|params| params.get("id"));
        id.and_then(|id| id.parse::<AgentId>().ok())
    });
    let compute = ServerAction::<ComputePerformance>::new();
    let acts = Acts::new();
    let shown = Resource::new(
        // Read again when it was counted, or a suggestion was followed.
        move || (asked.get(), compute.version().get(), acts.version()),
        |(id, _, _)| async move {
            match id {
                Some(id) => read_performance(id).await,
                None => Err(not_there()),
            }
        },
    );
    view! {
        <Transition fallback=|| view! { <Skeleton lines=8 /> }>
            {move || Suspend::new(async move {
                match shown.await {
                    Ok(answer) => view! { <Show answer compute acts /> }.into_any(),
                    Err(error) => view! { <Refused error /> }.into_any(),
                }
            })}
        </Transition>
    }
    .into_any()
}

#[component]
fn Show(
    answer: PerformanceAnswer,
    compute: ServerAction<ComputePerformance>,
    acts: Acts,
) -> impl IntoView {
    let PerformanceAnswer {
        report,
        hub,
        caller,
    } = answer;
    use_hub_slug().is_about(hub.slug.clone());
    let agent = report.agent.clone();
    let (id, may_count) = (agent.id, caller.may(Role::Reviewer));
    let refused = refusal(compute.value());
    view! {
        <Title text=format!("{}: performance", agent.name) />
        <Head agent hub latest=report.latest.clone() may_count compute />
        {move || refused.get().map(|error| view! { <Refused error /> })}
        <AgentTabs path=format!("/agents/{id}") now="performance" />
        <div class="stack tab-body">
            <ActsNotice acts />
            {match report.latest.clone() {
                None => view! { <NothingYet id may_count compute /> }.into_any(),
                Some(latest) => view! { <Snapshot report latest caller acts /> }.into_any(),
            }}
        </div>
    }
    .into_any()
}

#[component]
fn Head(
    agent: Agent,
    hub: Hub,
    latest: Option<PerformanceRecord>,
    may_count: bool,
    compute: ServerAction<ComputePerformance>,
) -> impl IntoView {
    // Where nothing was counted, the page asks for it below.
    let (id, counted) = (agent.id, latest.is_some());
    view! {
        <nav class="crumbs" aria-label="Where this is">
            <a class="link" href=format!("/agents?hub={}", hub.slug)>
                {hub.name}
            </a>
            <span aria-hidden="true">"/"</span>
            <a class="link" href=format!("/performance?hub={}", hub.slug)>
                "Performance"
            </a>
        </nav>
        <div class="page-head">
            <div class="run-head">
                <h1 class="page-title">{agent.name}</h1>
                <div class="pills">
                    <span data-testid="agent-trust">
                        <TonePill tone=Tone::Neutral text=agent.trust_level.label() />
                    </span>
                    <TonePill tone=Tone::Neutral text=format!("Version {}", agent.version) />
                </div>
                {latest
                    .map(|record| {
                        let span = format!(
                            "{} to {}, the end not in it",
                            format::date(record.period_start),
                            format::date(record.period_end),
                        );
                        view! {
                            <p class="run-facts">
                                <span title=span data-testid="period">
                                    {words::period(record.period_end)}
                                </span>
                                <span data-testid="counted-at">
                                    "counted " <Stamp at=record.computed_at />
                                </span>
                            </p>
                        }
                    })}
            </div>
            {(may_count && counted).then(|| view! { <CountNow id compute /> })}
        </div>
    }
    .into_any()
}

#[component]
fn CountNow(id: AgentId, compute: ServerAction<ComputePerformance>) -> impl IntoView {
    let busy = compute.pending();
    view! {
        <ActionForm action=compute>
            <input type="hidden" name="id" value=id.to_string() />
            <button type="submit" class="btn" data-testid="count-now" disabled=move || busy.get()>
                "Count now"
            </button>
        </ActionForm>
    }
}

#[component]
fn NothingYet(
    id: AgentId,
    may_count: bool,
    compute: ServerAction<ComputePerformance>,
) -> impl IntoView {
    view! {
        <section class="card" data-testid="nothing-counted">
            <EmptyState title="Nothing was counted yet">
                <p>
                    "The server counts the last 30 days of each agent when a day is over, in UTC."
                </p>
                {if may_count {
                    view! { <CountNow id compute /> }.into_any()
                } else {
                    view! { <p>"Counting now needs the role reviewer."</p> }.into_any()
                }}
            </EmptyState>
        </section>
    }
    .into_any()
}

#[component]
fn Snapshot(
    report: PerformanceReport,
    latest: PerformanceRecord,
    caller: Caller,
    acts: Acts,
) -> impl IntoView {
    let history = report.history.clone();
    let id = report.agent.id;
    let tables = Tables {
        id,
        latest: latest.clone(),
        history: history.clone(),
    };
    let Some(measures) = latest.measures.clone() else {
        return view! {
            <KeyNumbers record=latest />
            <Notice tone=Tone::Neutral title="This snapshot was not counted here">
                <p>"It has these numbers only. Count now for the rest."</p>
            </Notice>
            <OverTime history tables />
        }
        .into_any();
    };
    view! {
        <Trust report measures=measures.clone() caller acts />
        <KeyNumbers record=latest />
        <Charts measures=measures.clone() history tables=tables.clone() />
        <section class="stack" aria-labelledby="apart">
            <h2 class="section-title" id="apart">
                "Taken apart"
            </h2>
            <Breakdown agent=id measures />
            {tables.numbers(PerformanceChart::Breakdown, "The numbers taken apart")}
        </section>
    }
    .into_any()
}

/// What is suggested, or what is still missing for it.
#[component]
fn Trust(
    report: PerformanceReport,
    measures: Measures,
    caller: Caller,
    acts: Acts,
) -> impl IntoView {
    let asks = format!(
        "The hub asks for more than {} of at least {}, with the whole 95 % interval.",
        words::share(report.trust_threshold),
        format::counted(report.trust_decisions.into(), "decision", "decisions")
    );
    let has = measures.evidence.map(|evidence| {
        let level = evidence.trust_level.label();
        match evidence.acceptance {
            None => format!(
                "As {level}, since version {}: nothing decided yet.",
                evidence.since_version
            ),
            Some(ratio) => format!(
                "As {level}, since version {}: {} of {} accepted, {}, 95 % interval {}.",
                evidence.since_version,
                format::count(ratio.part),
                format::counted(ratio.of, "decision", "decisions"),
                words::share(ratio.share),
                words::interval(&ratio)
            ),
        }
    });
    let suggestions = report.suggestions;
    view! {
        <section class="card" data-testid="earned-trust">
            <h2 class="card-title">"Earned trust"</h2>
            {if suggestions.is_empty() {
                view! { <p>"Nothing is suggested. " {has} " " <span class="quiet">{asks}</span></p> }.into_any()
            } else {
                view! { <Suggestions suggestions caller acts /> }.into_any()
            }}
        </section>
    }
    .into_any()
}

#[component]
fn Charts(measures: Measures, history: Vec<PerformanceRecord>, tables: Tables) -> impl IntoView {
    let all = measures.total.clone();
    let brier = words::brier(all.brier, all.brier_skill);
    let (rates, gauge, mark, outcomes) = (all.clone(), all.clone(), all.clone(), all);
    view! {
        <div class="chart-grid">
            <section class="card">
                <h2 class="card-title">"What people decided"</h2>
                <p class="chart-lead">"Shares of what people decided, with 95 % intervals."</p>
                <RateBars slice=rates />
                {tables.numbers(PerformanceChart::Ratios, "Shares of what people decided")}
            </section>
            <section class="card">
                <h2 class="card-title">"How sure the agent is"</h2>
                <p class="chart-lead">"The agent's own confidence only."</p>
                <div class="gauges">
                    <div>
                        <h3 class="answer-label">"Mean confidence"</h3>
                        <ConfidenceGauge slice=gauge />
                    </div>
                    <div>
                        <h3 class="answer-label">"Calibration"</h3>
                        <CalibrationMark slice=mark />
                    </div>
                </div>
                {tables.confidence()}
            </section>
            <section class="card">
                <h2 class="card-title">"Reliability"</h2>
                <p class="chart-lead">
                    "Dots on the diagonal: as often accepted as the agent was sure. Above it the agent is too modest, below it too sure. Above each: how many decided."
                </p>
                <ReliabilityDiagram bins=measures.reliability />
                <p class="chart-says" data-testid="brier">
                    {brier}
                </p>
                {tables.numbers(PerformanceChart::Reliability, "Reliability")}
            </section>
            <OverTime history tables=tables.clone() />
            <section class="card">
                <h2 class="card-title">"What happened afterwards"</h2>
                <Outcomes outcomes=measures.outcomes slice=outcomes />
                {tables.numbers(PerformanceChart::Outcomes, "Outcomes of accepted proposals")}
            </section>
            <section class="card">
                <h2 class="card-title">"Since the last version"</h2>
                <Change change=measures.change />
                <h2 class="card-title next-title">"How sure people are"</h2>
                <p class="chart-lead">"People's confidence in the same proposals, not the agent's."</p>
                <People people=measures.people />
            </section>
        </div>
    }
    .into_any()
}

#[component]
fn OverTime(history: Vec<PerformanceRecord>, tables: Tables) -> impl IntoView {
    view! {
        <section class="card">
            <h2 class="card-title">"Over time"</h2>
            <p class="chart-lead">"Each snapshot of 30 days by its last day, UTC. A gap: not defined."</p>
            <HistoryLines history />
            {tables.numbers(PerformanceChart::History, "Snapshots over time")}
        </section>
    }
    .into_any()
}

/// What the charts show, as tables and files.
#[derive(Clone)]
struct Tables {
    id: AgentId,
    latest: PerformanceRecord,
    history: Vec<PerformanceRecord>,
}

impl Tables {
    fn table(&self, chart: PerformanceChart) -> NumberTable {
        chart_table(chart, &self.latest, &self.history)
    }

    fn files(&self, chart: PerformanceChart) -> Option<Files> {
        let path = format!("/agents/{}/performance/{chart}", self.id);
        Some(Files {
            csv: format!("{path}.csv"),
            json: format!("{path}.json"),
        })
    }

    fn numbers(&self, chart: PerformanceChart, caption: &'static str) -> AnyView {
        let (table, files) = (self.table(chart), self.files(chart));
        view! { <Numbers caption table files /> }.into_any()
    }

    /// The gauge and the calibration are in the first row of the breakdown.
    fn confidence(&self) -> AnyView {
        let mut table = self.table(PerformanceChart::Breakdown);
        table.rows.truncate(1);
        let files = self.files(PerformanceChart::Breakdown);
        view! { <Numbers caption="All proposals of the period" table files /> }.into_any()
    }
}
