//! Proposals in a list.

use leptos::prelude::*;
use model::{Proposal, ProposalStatus};

use crate::collectives::used_words;
use crate::components::{Stamp, StatePill, TonePill};
use crate::labels::Tone;

/// One row for each proposal, a link to its page.
#[component]
pub fn ProposalRows(proposals: Vec<Proposal>) -> impl IntoView {
    view! {
        <ul class="rows">
            {proposals
                .into_iter()
                .map(|proposal| view! { <ProposalRow proposal /> })
                .collect_view()}
        </ul>
    }
}

#[component]
fn ProposalRow(proposal: Proposal) -> impl IntoView {
    let status = proposal.status;
    let used = used_words(
        None,
        proposal.tokens_in,
        proposal.tokens_out,
        proposal.cost_microusd,
    );
    let agent = match (proposal.agent_name, proposal.agent_version) {
        (Some(name), Some(version)) => format!("{name}, version {version}"),
        (Some(name), None) => name,
        (None, _) => "Nobody was asked yet".to_owned(),
    };
    view! {
        <li class="row proposal-row" data-testid="proposal-row" data-status=status.as_str()>
            <a class="row-title" href=format!("/proposals/{}", proposal.id)>
                {proposal.title}
            </a>
            <span class="row-pills">
                {proposal.auto_applied.then(|| view! { <AutoApplied /> })}
                <StatePill value=move || status />
            </span>
            <span class="row-who">
                <span>{agent}</span>
                {(!used.is_empty()).then(|| view! { <span>{used}</span> })}
                {(status == ProposalStatus::Pending && !proposal.readable)
                    .then(|| view! { <span>"kept as text"</span> })}
                <Stamp at=proposal.created_at />
            </span>
        </li>
    }
    .into_any()
}

/// Marks what no person has decided.
#[component]
pub fn AutoApplied() -> impl IntoView {
    view! { <TonePill tone=Tone::Warn text="Applied by policy" /> }
}
