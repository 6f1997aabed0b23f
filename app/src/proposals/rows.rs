//! Proposals in a list.

use leptos::prelude::*;
use model::{Caller, Proposal, ProposalStatus};

use super::auto::AutoAppliedPlace;
use crate::collectives::used_words;
use crate::components::{Stamp, StatePill};

/// One row for each proposal, a link to its page.
#[component]
pub fn ProposalRows(proposals: Vec<Proposal>, caller: Caller) -> impl IntoView {
    view! {
        <ul class="rows">
            {proposals
                .into_iter()
                .map(|proposal| view! { <ProposalRow proposal caller=caller.clone() /> })
                .collect_view()}
        </ul>
    }
}

#[component]
fn ProposalRow(proposal: Proposal, caller: Caller) -> impl IntoView {
    let (id, status) = (proposal.id, proposal.status);
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
            <a class="row-title" href=format!("/proposals/{id}")>
                {proposal.title}
            </a>
            <span class="row-pills">
                {proposal.auto_applied.then(|| view! { <AutoAppliedPlace proposal=id caller /> })}
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
