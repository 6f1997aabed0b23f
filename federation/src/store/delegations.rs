//! Delegations: rows, and how they end.

mod tree;

pub use tree::{Label, Link};

use model::{
    AgentId, BudgetAccountId, Caller, Delegation, DelegationFilter, DelegationId, DelegationStatus,
    HubId, PageRequest, ProposalId, ProposalStatus, TrustLevel,
};
use serde_json::Value;
use sqlx::FromRow;

use super::{Result, Store, Tx, on_db, on_tx};

/// What is read of a delegation, once; a macro, since SQL is not put together
/// at run time.
macro_rules! select_delegation {
    ($rest:literal) => {
        concat!(
            "SELECT d.id, d.hub_id, d.delegating_agent_id, dv.name AS delegating_agent_name, d.receiving_agent_id, \
             rv.name AS receiving_agent_name, d.receiving_agent_version, d.parent_proposal_id, d.root_proposal_id, \
             d.result_proposal_id, d.depth, d.scope, CAST(d.token_budget AS BIGINT) AS token_budget, \
             CAST(d.tokens_used AS BIGINT) AS tokens_used, \
             CASE WHEN b.closed_at IS NULL THEN b.limit_tokens - b.reserved_tokens - b.spent_tokens - b.granted_tokens \
               ELSE 0 END AS tokens_left, b.closed_at IS NOT NULL AS closed, d.status, p.status AS result_status, \
             d.result, d.truncated, p.invocation_id, d.error_type, d.error, d.started_by, d.created_at, d.completed_at \
             FROM agent_delegations d \
             JOIN agent_versions dv ON dv.agent_registration_id = d.delegating_agent_id AND dv.version = d.delegating_agent_version \
             JOIN agent_versions rv ON rv.agent_registration_id = d.receiving_agent_id AND rv.version = d.receiving_agent_version \
             JOIN agent_proposals p ON p.id = d.result_proposal_id \
             JOIN budget_accounts b ON b.subject_kind = 'delegation' AND b.subject_id = d.id ",
            $rest
        )
    };
}
pub(super) use select_delegation;

/// A delegation before anybody was asked.
pub struct NewDelegationRow<'a> {
    pub id: DelegationId,
    pub hub_id: HubId,
    pub delegating: (AgentId, i32),
    pub receiving: (AgentId, i32),
    pub parent_proposal_id: ProposalId,
    pub root_proposal_id: ProposalId,
    pub result_proposal_id: ProposalId,
    pub depth: i32,
    pub scope: &'a str,
    pub token_budget: i64,
}

/// What the work on a delegation needs to know.
#[derive(Clone, Debug, FromRow)]
pub struct DelegatedWork {
    pub id: DelegationId,
    pub parent_proposal_id: ProposalId,
    pub delegating_agent_id: AgentId,
    pub receiving_agent_id: AgentId,
    pub receiving_agent_version: i32,
    pub scope: String,
}

/// A proposal above another one, with the delegation that leads down from it.
#[derive(Clone, Debug, FromRow)]
pub struct Above {
    pub delegation_id: DelegationId,
    pub scope: String,
    /// Of that delegation.
    pub depth: i32,
    pub delegating_agent_id: AgentId,
    /// Of the version that delegated.
    pub trust_level: TrustLevel,
    pub proposal_id: ProposalId,
    pub title: String,
    pub agent_name: Option<String>,
    pub status: ProposalStatus,
}

/// A delegation that has not ended, and its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, FromRow)]
pub struct OpenDelegation {
    pub id: DelegationId,
    pub result_proposal_id: ProposalId,
}

impl Store {
    /// `None`: there is no such delegation.
    pub async fn delegation(&self, id: DelegationId) -> Result<Option<Delegation>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, Delegation>(
            select_delegation!("WHERE d.id = $1"),
        )
        .bind(id)
        .fetch_optional(pool)
        .await?))
    }

    /// One more than the page's limit, newest first.
    pub async fn delegations(
        &self,
        filter: &DelegationFilter,
        page: PageRequest,
    ) -> Result<Vec<Delegation>> {
        let (after, limit) = (page.after, page.limit + 1);
        if let Some(parent) = filter.parent_proposal_id {
            return Ok(on_db!(self, pool => sqlx::query_as::<_, Delegation>(
                select_delegation!(
                    "WHERE d.parent_proposal_id = $1 AND ($2 IS NULL OR d.id < $2) ORDER BY d.id DESC LIMIT $3"
                ),
            )
            .bind(parent)
            .bind(after)
            .bind(limit)
            .fetch_all(pool)
            .await?));
        }
        Ok(on_db!(self, pool => sqlx::query_as::<_, Delegation>(
            select_delegation!(
                "WHERE ($1 IS NULL OR d.hub_id = $1) AND ($2 IS NULL OR d.status = $2) \
                 AND ($3 IS NULL OR d.receiving_agent_id = $3 OR d.delegating_agent_id = $3) \
                 AND ($4 IS NULL OR d.id < $4) ORDER BY d.id DESC LIMIT $5"
            ),
        )
        .bind(filter.hub_id)
        .bind(filter.status)
        .bind(filter.agent_registration_id)
        .bind(after)
        .bind(limit)
        .fetch_all(pool)
        .await?))
    }

    /// The delegation whose result this proposal is.
    pub async fn delegated_work(&self, result: ProposalId) -> Result<Option<DelegatedWork>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, DelegatedWork>(
            "SELECT id, parent_proposal_id, delegating_agent_id, receiving_agent_id, receiving_agent_version, scope \
             FROM agent_delegations WHERE result_proposal_id = $1",
        )
        .bind(result)
        .fetch_optional(pool)
        .await?))
    }

    /// The proposals above one, the nearest first; none above a root.
    pub async fn above(&self, id: ProposalId) -> Result<Vec<Above>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, Above>(
            "WITH RECURSIVE up (id, parent_proposal_id) AS (\
               SELECT d.id, d.parent_proposal_id FROM agent_delegations d WHERE d.result_proposal_id = $1 \
               UNION ALL \
               SELECT d.id, d.parent_proposal_id FROM agent_delegations d JOIN up ON d.result_proposal_id = up.parent_proposal_id) \
             SELECT d.id AS delegation_id, d.scope, d.depth, d.delegating_agent_id, dv.trust_level, p.id AS proposal_id, \
             p.title, pv.name AS agent_name, p.status \
             FROM up JOIN agent_delegations d ON d.id = up.id \
             JOIN agent_versions dv ON dv.agent_registration_id = d.delegating_agent_id AND dv.version = d.delegating_agent_version \
             JOIN agent_proposals p ON p.id = d.parent_proposal_id \
             LEFT JOIN agent_versions pv ON pv.agent_registration_id = p.agent_registration_id AND pv.version = p.agent_version \
             ORDER BY d.depth DESC",
        )
        .bind(id)
        .fetch_all(pool)
        .await?))
    }

    /// Whether anything was delegated from a proposal.
    pub async fn has_delegations(&self, id: ProposalId) -> Result<bool> {
        let found: Option<DelegationId> = on_db!(self, pool => sqlx::query_scalar(
            "SELECT id FROM agent_delegations WHERE parent_proposal_id = $1 LIMIT 1",
        )
        .bind(id)
        .fetch_optional(pool)
        .await?);
        Ok(found.is_some())
    }

    /// Whether the agent is at work on a proposal, or anybody on what was
    /// delegated from it.
    pub async fn works_below(&self, id: ProposalId) -> Result<bool> {
        let open: i64 = on_db!(self, pool => sqlx::query_scalar(
            "WITH RECURSIVE below (id, status) AS (\
               SELECT p.id, p.status FROM agent_proposals p WHERE p.id = $1 \
               UNION ALL \
               SELECT p.id, p.status FROM below JOIN agent_delegations d ON d.parent_proposal_id = below.id \
               JOIN agent_proposals p ON p.id = d.result_proposal_id) \
             SELECT count(*) FROM below WHERE status IN ('queued', 'running')",
        )
        .bind(id)
        .fetch_one(pool)
        .await?);
        Ok(open > 0)
    }
}

impl Tx {
    /// Locks a proposal as it was seen: its answer of that round stands.
    /// `false` where it does not any more.
    pub async fn hold_answer(&mut self, id: ProposalId, round: i32) -> Result<bool> {
        Ok(on_tx!(self, c => sqlx::query(
            "UPDATE agent_proposals SET round = round WHERE id = $1 AND round = $2 AND content IS NOT NULL \
             AND status IN ('pending', 'accepted', 'revised')",
        )
        .bind(id)
        .bind(round)
        .execute(c)
        .await?
        .rows_affected())
            == 1)
    }

    pub async fn insert_delegation(
        &mut self,
        row: &NewDelegationRow<'_>,
        by: &Caller,
    ) -> Result<()> {
        let now = self.clock().now();
        // The table has 32 bits; the form allows a million.
        let budget = i32::try_from(row.token_budget).unwrap_or(i32::MAX);
        on_tx!(self, c => sqlx::query(
            "INSERT INTO agent_delegations (id, hub_id, delegating_agent_id, delegating_agent_version, receiving_agent_id, \
             receiving_agent_version, parent_proposal_id, root_proposal_id, result_proposal_id, depth, scope, token_budget, \
             status, started_by, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'pending', $13, $14)",
        )
        .bind(row.id)
        .bind(row.hub_id)
        .bind(row.delegating.0)
        .bind(row.delegating.1)
        .bind(row.receiving.0)
        .bind(row.receiving.1)
        .bind(row.parent_proposal_id)
        .bind(row.root_proposal_id)
        .bind(row.result_proposal_id)
        .bind(row.depth)
        .bind(row.scope)
        .bind(budget)
        .bind(&by.name)
        .bind(now)
        .execute(c)
        .await?
        .rows_affected());
        Ok(())
    }

    /// The answer came: the delegation is completed, also by a later round.
    /// `None`: this proposal is no delegation's result.
    pub async fn complete_delegation(
        &mut self,
        result: ProposalId,
        content: &Value,
        truncated: bool,
    ) -> Result<Option<DelegationId>> {
        let now = self.clock().now();
        Ok(on_tx!(self, c => sqlx::query_scalar(
            "UPDATE agent_delegations SET status = 'completed', result = $2, truncated = $3, error_type = NULL, error = NULL, \
             tokens_used = (SELECT CAST(b.spent_tokens AS INTEGER) FROM budget_accounts b \
               WHERE b.subject_kind = 'delegation' AND b.subject_id = agent_delegations.id), \
             completed_at = coalesce(completed_at, $4) WHERE result_proposal_id = $1 RETURNING id",
        )
        .bind(result)
        .bind(content)
        .bind(truncated)
        .bind(now)
        .fetch_optional(c)
        .await?))
    }

    /// Another answer is asked for: the delegation is open again. Does nothing
    /// where this proposal is no delegation's result.
    pub async fn reopen_delegation(&mut self, result: ProposalId) -> Result<()> {
        on_tx!(self, c => sqlx::query(
            "UPDATE agent_delegations SET status = 'pending' WHERE result_proposal_id = $1 AND status = 'completed'",
        )
        .bind(result)
        .execute(c)
        .await?
        .rows_affected());
        Ok(())
    }

    /// The further answer did not come: the one before stands. `None`: this
    /// proposal is no delegation's result, or it was not open.
    pub async fn restore_delegation(&mut self, result: ProposalId) -> Result<Option<DelegationId>> {
        Ok(on_tx!(self, c => sqlx::query_scalar(
            "UPDATE agent_delegations SET status = 'completed', \
             tokens_used = (SELECT CAST(b.spent_tokens AS INTEGER) FROM budget_accounts b \
               WHERE b.subject_kind = 'delegation' AND b.subject_id = agent_delegations.id) \
             WHERE result_proposal_id = $1 AND status = 'pending' AND result IS NOT NULL RETURNING id",
        )
        .bind(result)
        .fetch_optional(c)
        .await?))
    }

    /// Ends a delegation that has no answer. `None`: this proposal is no
    /// delegation's result, or its delegation has ended before.
    pub async fn end_delegation(
        &mut self,
        result: ProposalId,
        status: DelegationStatus,
        error: (&str, &str),
    ) -> Result<Option<DelegationId>> {
        let now = self.clock().now();
        Ok(on_tx!(self, c => sqlx::query_scalar(
            "UPDATE agent_delegations SET status = $2, error_type = $3, error = $4, completed_at = $5, \
             tokens_used = (SELECT CAST(b.spent_tokens AS INTEGER) FROM budget_accounts b \
               WHERE b.subject_kind = 'delegation' AND b.subject_id = agent_delegations.id) \
             WHERE result_proposal_id = $1 AND status = 'pending' RETURNING id",
        )
        .bind(result)
        .bind(status)
        .bind(error.0)
        .bind(error.1)
        .bind(now)
        .fetch_optional(c)
        .await?))
    }

    /// The proposals above one, the root first.
    pub async fn ids_above(&mut self, id: ProposalId) -> Result<Vec<ProposalId>> {
        Ok(on_tx!(self, c => sqlx::query_scalar(
            "WITH RECURSIVE up (proposal_id, depth) AS (\
               SELECT d.parent_proposal_id, d.depth FROM agent_delegations d WHERE d.result_proposal_id = $1 \
               UNION ALL \
               SELECT d.parent_proposal_id, d.depth FROM agent_delegations d JOIN up ON d.result_proposal_id = up.proposal_id) \
             SELECT proposal_id FROM up ORDER BY depth",
        )
        .bind(id)
        .fetch_all(c)
        .await?))
    }

    /// The delegations at and below one that have not ended, by id.
    pub async fn open_delegations(&mut self, id: DelegationId) -> Result<Vec<OpenDelegation>> {
        Ok(on_tx!(self, c => sqlx::query_as::<_, OpenDelegation>(
            "WITH RECURSIVE below (id, result_proposal_id, status) AS (\
               SELECT d.id, d.result_proposal_id, d.status FROM agent_delegations d WHERE d.id = $1 \
               UNION ALL \
               SELECT d.id, d.result_proposal_id, d.status FROM agent_delegations d \
               JOIN below ON d.parent_proposal_id = below.result_proposal_id) \
             SELECT id, result_proposal_id FROM below WHERE status = 'pending' ORDER BY id",
        )
        .bind(id)
        .fetch_all(c)
        .await?))
    }

    /// The account of a delegation.
    pub async fn delegation_account(&mut self, id: DelegationId) -> Result<BudgetAccountId> {
        Ok(on_tx!(self, c => sqlx::query_scalar(
            "SELECT id FROM budget_accounts WHERE subject_kind = 'delegation' AND subject_id = $1",
        )
        .bind(id)
        .fetch_one(c)
        .await?))
    }
}
