//! The tree below a proposal.

use std::collections::HashMap;

use model::{
    BudgetAccountId, Delegation, DelegationId, DelegationStatus, Proposal, ProposalId,
    ProposalStatus,
};
use sqlx::FromRow;
use uuid::Uuid;

use super::{Result, Store, on_db, select_delegation};
use crate::store::{Db, proposals::select_proposal};

/// A delegation in its tree.
#[derive(Clone, Copy, Debug)]
pub struct Link {
    pub id: DelegationId,
    /// The delegation above; `None` directly below the proposal.
    pub parent_id: Option<DelegationId>,
    pub result_proposal_id: ProposalId,
    pub status: DelegationStatus,
    /// 1 directly below the proposal.
    pub depth: i32,
}

#[derive(FromRow)]
struct LinkRow {
    id: DelegationId,
    parent_proposal_id: ProposalId,
    result_proposal_id: ProposalId,
    status: DelegationStatus,
}

/// What a drawing says of a delegation.
#[derive(Clone, Debug, FromRow)]
pub struct Label {
    pub id: DelegationId,
    pub agent_name: String,
    pub scope: String,
    pub result_status: ProposalStatus,
    pub token_budget: i64,
    pub truncated: bool,
}

impl Store {
    /// How the delegations below a proposal hang together, each after the one
    /// above it. Reads an index alone, and what follows from its columns is not
    /// asked for: a tree may have tens of thousands.
    pub async fn delegation_links(&self, root: ProposalId) -> Result<Vec<Link>> {
        let rows: Vec<LinkRow> = on_db!(self, pool => sqlx::query_as(
            "WITH RECURSIVE above (id) AS (\
               SELECT $1 UNION ALL \
               SELECT d.result_proposal_id FROM above CROSS JOIN agent_delegations d \
               WHERE d.parent_proposal_id = above.id) \
             SELECT d.id, d.parent_proposal_id, d.result_proposal_id, d.status \
             FROM above CROSS JOIN agent_delegations d WHERE d.parent_proposal_id = above.id",
        )
        .bind(root)
        .fetch_all(pool)
        .await?);
        Ok(linked(root, &rows))
    }

    /// What each account of a chain has spent and holds, in tokens, by the
    /// delegation whose account it is.
    pub async fn spending_below(
        &self,
        root: BudgetAccountId,
    ) -> Result<Vec<(DelegationId, i64, i64)>> {
        Ok(on_db!(self, pool => sqlx::query_as(
            "SELECT subject_id, spent_tokens, reserved_tokens FROM budget_accounts WHERE root_id = $1",
        )
        .bind(root)
        .fetch_all(pool)
        .await?))
    }

    /// What a drawing says of these delegations.
    pub async fn delegation_labels(&self, ids: &[DelegationId]) -> Result<Vec<Label>> {
        Ok(match self.db() {
            Db::Sqlite { read, .. } => {
                let ids: Vec<String> = ids.iter().map(|id| id.0.simple().to_string()).collect();
                sqlx::query_as::<_, Label>(
                    "SELECT d.id, v.name AS agent_name, substr(d.scope, 1, 120) AS scope, p.status AS result_status, \
                     CAST(d.token_budget AS BIGINT) AS token_budget, d.truncated \
                     FROM json_each($1) wanted CROSS JOIN agent_delegations d \
                     JOIN agent_versions v ON v.agent_registration_id = d.receiving_agent_id \
                       AND v.version = d.receiving_agent_version \
                     JOIN agent_proposals p ON p.id = d.result_proposal_id WHERE d.id = unhex(wanted.value)",
                )
                .bind(sqlx::types::Json(ids))
                .fetch_all(read)
                .await?
            }
            Db::Postgres(pool) => {
                let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
                sqlx::query_as::<_, Label>(
                    "SELECT d.id, v.name AS agent_name, substr(d.scope, 1, 120) AS scope, p.status AS result_status, \
                     CAST(d.token_budget AS BIGINT) AS token_budget, d.truncated FROM agent_delegations d \
                     JOIN agent_versions v ON v.agent_registration_id = d.receiving_agent_id \
                       AND v.version = d.receiving_agent_version \
                     JOIN agent_proposals p ON p.id = d.result_proposal_id WHERE d.id = ANY($1)",
                )
                .bind(ids)
                .fetch_all(pool)
                .await?
            }
        })
    }

    /// The delegations below a proposal whose agent or subtask contains a text
    /// (`pattern`, in lower case), or that stand so, in the order in which they
    /// were made.
    pub async fn delegations_that_say(
        &self,
        root: ProposalId,
        pattern: &str,
        word: &str,
    ) -> Result<Vec<DelegationId>> {
        Ok(on_db!(self, pool => sqlx::query_scalar(
            "WITH RECURSIVE below (id, result) AS (\
               SELECT d.id, d.result_proposal_id FROM agent_delegations d WHERE d.parent_proposal_id = $1 \
               UNION ALL \
               SELECT d.id, d.result_proposal_id FROM below CROSS JOIN agent_delegations d \
               WHERE d.parent_proposal_id = below.result) \
             SELECT below.id FROM below CROSS JOIN agent_delegations d \
             JOIN agent_versions v ON v.agent_registration_id = d.receiving_agent_id AND v.version = d.receiving_agent_version \
             JOIN agent_proposals p ON p.id = d.result_proposal_id \
             WHERE d.id = below.id AND (lower(v.name) LIKE $2 ESCAPE '\\' OR lower(d.scope) LIKE $2 ESCAPE '\\' \
             OR d.status = $3 OR p.status = $3) ORDER BY below.id",
        )
        .bind(root)
        .bind(pattern)
        .bind(word)
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
                   JOIN below ON x.parent_proposal_id = below.result_proposal_id) SELECT id FROM below) ORDER BY d.depth, d.id"
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

/// Level by level from the root, each level in the order of its ids.
fn linked(root: ProposalId, rows: &[LinkRow]) -> Vec<Link> {
    let mut below: HashMap<ProposalId, Vec<&LinkRow>> = HashMap::new();
    for row in rows {
        below.entry(row.parent_proposal_id).or_default().push(row);
    }
    let mut links = Vec::with_capacity(rows.len());
    let mut level = vec![(None, root)];
    for depth in 1.. {
        let begin = links.len();
        for (parent_id, proposal) in level {
            links.extend(
                below
                    .remove(&proposal)
                    .into_iter()
                    .flatten()
                    .map(|row| Link {
                        id: row.id,
                        parent_id,
                        result_proposal_id: row.result_proposal_id,
                        status: row.status,
                        depth,
                    }),
            );
        }
        let new: &mut [Link] = &mut links[begin..];
        if new.is_empty() {
            break;
        }
        new.sort_unstable_by_key(|link| link.id);
        level = new
            .iter()
            .map(|link| (Some(link.id), link.result_proposal_id))
            .collect();
    }
    links
}
