//! Without a person: only where a policy grants it and the agent is
//! autonomous. Elsewhere an answer waits.

use model::{Invocation, Proposal, ProposalStatus};

use crate::{
    Result, reviews,
    store::{Tx, proposals::KeptAnswer},
};

/// Applies the answer that was just kept, in its transaction, where an active
/// policy of that agent and type of artifact grants it: a hub that permits by
/// default grants nothing. Gives the status that the proposal has now.
pub(super) async fn auto(
    tx: &mut Tx,
    asked: &Proposal,
    kept: &KeptAnswer<'_>,
    receipt: &Invocation,
) -> Result<ProposalStatus> {
    let waits = Ok(ProposalStatus::Pending);
    let (Some(agent), Some(version)) = (receipt.agent_registration_id, receipt.agent_version)
    else {
        return waits;
    };
    let granted = kept.readable
        && tx
            .grants_auto_apply(asked.hub_id, agent, version, &asked.artifact_type)
            .await?;
    if !granted {
        return waits;
    }
    let answered = Proposal {
        status: ProposalStatus::Pending,
        content: Some(kept.content.clone()),
        content_hash: Some(kept.content_hash.to_owned()),
        readable: kept.readable,
        ..asked.clone()
    };
    if reviews::auto_apply(tx, &answered).await? {
        return Ok(ProposalStatus::Accepted);
    }
    waits
}
