//! What an agent made lately.

use leptos::prelude::*;
use model::{AgentWork, Caller, MemberState, Page, ProposalId, WorkKind};

use super::show::TabPages;
use super::version_path;
use crate::collectives::used_words;
use crate::components::{EmptyState, Stamp, StatePill, TonePill};
use crate::format;
use crate::labels::Tone;
use crate::proposals::AutoAppliedPlace;

/// The tab of contributions and proposals.
#[component]
pub fn WorkTab(page: Page<AgentWork>, path: String, first: bool, caller: Caller) -> impl IntoView {
    let agent = path.rsplit('/').next().and_then(|id| id.parse().ok());
    let rows = page
        .items
        .into_iter()
        .map(|work| {
            let version = agent.zip(work.agent_version);
            let version = version.map(|(agent, n)| (version_path(agent, n), n));
            view! { <Row work version caller=caller.clone() /> }
        })
        .collect::<Vec<_>>();
    view! {
        <section class="card tab-body" data-testid="agent-work">
            {if rows.is_empty() {
                view! {
                    <EmptyState title="It has made nothing yet">
                        <p>"What it contributes to collective proposals appears here, with the version that made it."</p>
                    </EmptyState>
                }
                    .into_any()
            } else {
                view! { <ul class="lines">{rows}</ul> }.into_any()
            }}
        </section>
        <TabPages path tab="work" next=page.next_cursor first />
    }
    .into_any()
}

#[component]
fn Row(work: AgentWork, version: Option<(String, i32)>, caller: Caller) -> impl IntoView {
    let title = match (work.kind, work.collective_proposal_id) {
        (WorkKind::Contribution, Some(id)) => view! {
            <a class="link line-name" href=format!("/collectives/{id}")>
                {work.title}
            </a>
        }
        .into_any(),
        _ => view! {
            <a class="link line-name" href=format!("/proposals/{}", work.id)>
                {format::words(&work.title)}
            </a>
        }
        .into_any(),
    };
    let kind = match work.kind {
        WorkKind::Contribution => "contribution",
        WorkKind::Proposal => "proposal",
    };
    let used = used_words(None, work.tokens_in, work.tokens_out, work.cost_microusd);
    view! {
        <li class="line" data-testid="work-row">
            {title}
            {work.auto_applied.then(|| view! { <AutoAppliedPlace proposal=ProposalId(work.id) caller /> })}
            {status(&work.status)}
            <span class="quiet">
                {format!("{kind}, {}", format::words(&work.task_type))}
            </span>
            {version
                .map(|(to, n)| {
                    view! {
                        <a class="link" href=to>
                            {format!("version {n}")}
                        </a>
                    }
                })}
            {(!used.is_empty()).then(|| view! { <span class="quiet">{used}</span> })}
            <span class="quiet line-when">
                <Stamp at=work.created_at />
            </span>
        </li>
    }
    .into_any()
}

fn status(word: &str) -> AnyView {
    match word.parse::<MemberState>() {
        Ok(state) => view! { <StatePill value=move || state /> }.into_any(),
        Err(_) => {
            let tone = match word {
                "accepted" | "revised" => Tone::Good,
                "rejected" => Tone::Bad,
                "blocked_by_policy" => Tone::Warn,
                _ => Tone::Neutral,
            };
            view! { <TonePill tone text=format::words(word) /> }.into_any()
        }
    }
}
