//! The tree below a proposal.

use model::{Delegation, DelegationNode, Proposal, ProposalId};

use super::{Result, Store, on_db, select_delegation};
use crate::store::proposals::select_proposal;

impl Store {
    /// All nodes below a proposal, each after its parent. The token numbers
    /// are each account's own; see [`model::add_up`].
    pub async fn delegation_nodes(&self, root: ProposalId) -> Result<Vec<DelegationNode>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, DelegationNode>(
            "WITH RECURSIVE below (id, parent_id, result_proposal_id, depth) AS (\
               SELECT d.id, CAST(NULL AS UUID), d.result_proposal_id, 1 FROM agent_delegations d WHERE d.parent_proposal_id = $1 \
               UNION ALL \
               SELECT d.id, below.id, d.result_proposal_id, below.depth + 1 FROM agent_delegations d \
               JOIN below ON d.parent_proposal_id = below.result_proposal_id) \
             SELECT below.id, below.parent_id, below.result_proposal_id, v.name AS agent_name, substr(d.scope, 1, 120) AS scope, \
             d.status, p.status AS result_status, below.depth, CAST(d.token_budget AS BIGINT) AS token_budget, b.spent_tokens, \
             b.reserved_tokens, d.truncated \
             FROM below JOIN agent_delegations d ON d.id = below.id \
             JOIN agent_versions v ON v.agent_registration_id = d.receiving_agent_id AND v.version = d.receiving_agent_version \
             JOIN agent_proposals p ON p.id = below.result_proposal_id \
             JOIN budget_accounts b ON b.subject_kind = 'delegation' AND b.subject_id = below.id \
             ORDER BY below.depth, below.id",
        )
        .bind(root)
        .fetch_all(pool)
        .await?))
    }

    /// Every delegation below a proposal, in whole, the oldest first.
    pub async fn delegations_below(&self, root: ProposalId) -> Result<Vec<Delegation>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, Delegation>(
            select_delegation!(
                "WHERE d.id IN (WITH RECURSIVE below (id, result_proposal_id) AS (\
                   SELECT x.id, x.result_proposal_id FROM agent_delegations x WHERE x.parent_proposal_id = $1 \
                   UNION ALL \
                   SELECT x.id, x.result_proposal_id FROM agent_delegations x \
                   JOIN below ON x.parent_proposal_id = below.result_proposal_id) SELECT id FROM below) ORDER BY d.id"
            ),
        )
        .bind(root)
        .fetch_all(pool)
        .await?))
    }

    /// Every proposal below another one, as a result of a delegation.
    pub async fn results_below(&self, root: ProposalId) -> Result<Vec<Proposal>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, Proposal>(
            select_proposal!(
                "WHERE p.id IN (WITH RECURSIVE below (result_proposal_id) AS (\
                   SELECT x.result_proposal_id FROM agent_delegations x WHERE x.parent_proposal_id = $1 \
                   UNION ALL \
                   SELECT x.result_proposal_id FROM agent_delegations x \
                   JOIN below ON x.parent_proposal_id = below.result_proposal_id) SELECT result_proposal_id FROM below) ORDER BY p.id"
            ),
        )
        .bind(root)
        .fetch_all(pool)
        .await?))
    }
}
