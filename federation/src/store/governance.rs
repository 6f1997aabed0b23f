//! Governance policies.

mod receipts;

use chrono::{DateTime, Utc};
use model::{
    AgentId, AgentName, GovernanceFilter, GovernancePolicy, GovernancePolicyId, GovernanceRow,
    HubId, PageRequest,
};
use sqlx::types::Json;

use super::{Result, Store, Tx, on_db, on_tx};
pub use receipts::{Blocked, Calls, Rules, Scope};

impl Store {
    /// The active policy that speaks about this; the database holds one at
    /// the most.
    pub async fn speaking_policy(
        &self,
        hub: HubId,
        agent: AgentId,
        artifact_type: &str,
    ) -> Result<Option<GovernancePolicy>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, GovernancePolicy>(
            "SELECT * FROM ai_governance_policies WHERE hub_id = $1 AND agent_registration_id = $2 \
             AND artifact_type = $3 AND is_active",
        )
        .bind(hub)
        .bind(agent)
        .bind(artifact_type)
        .fetch_optional(pool)
        .await?))
    }

    /// One more than the page's limit, newest first.
    pub async fn governance_policies(
        &self,
        filter: &GovernanceFilter,
        page: PageRequest,
    ) -> Result<Vec<GovernancePolicy>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, GovernancePolicy>(
            "SELECT * FROM ai_governance_policies WHERE ($1 IS NULL OR hub_id = $1) \
             AND ($2 IS NULL OR agent_registration_id = $2) AND ($3 IS NULL OR artifact_type = $3) \
             AND ($4 IS NULL OR is_active = $4) AND ($5 IS NULL OR id < $5) ORDER BY id DESC LIMIT $6",
        )
        .bind(filter.hub_id)
        .bind(filter.agent_registration_id)
        .bind(&filter.artifact_type)
        .bind(filter.active)
        .bind(page.after)
        .bind(page.limit + 1)
        .fetch_all(pool)
        .await?))
    }

    /// The policies of a hub with the names of their agents, newest first; one
    /// more than the page's limit.
    pub async fn newest_policy_rows(
        &self,
        hub: HubId,
        filter: &GovernanceFilter,
        page: PageRequest,
    ) -> Result<Vec<GovernanceRow>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, GovernanceRow>(
            "SELECT p.*, a.name AS agent_name, a.is_active AS agent_is_active \
             FROM ai_governance_policies p JOIN agent_registrations a ON a.id = p.agent_registration_id \
             WHERE p.hub_id = $1 AND ($2 IS NULL OR p.agent_registration_id = $2) \
             AND ($3 IS NULL OR p.artifact_type = $3) AND ($4 IS NULL OR p.is_active = $4) \
             AND ($5 IS NULL OR p.id < $5) ORDER BY p.id DESC LIMIT $6",
        )
        .bind(hub)
        .bind(filter.agent_registration_id)
        .bind(&filter.artifact_type)
        .bind(filter.active)
        .bind(page.after)
        .bind(page.limit + 1)
        .fetch_all(pool)
        .await?))
    }

    /// The same by agent and type of artifact, the active one first. The
    /// cursor is the last policy of the page before.
    pub async fn policy_rows_by_agent(
        &self,
        hub: HubId,
        filter: &GovernanceFilter,
        page: PageRequest,
    ) -> Result<Vec<GovernanceRow>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, GovernanceRow>(
            "SELECT p.*, a.name AS agent_name, a.is_active AS agent_is_active \
             FROM ai_governance_policies p JOIN agent_registrations a ON a.id = p.agent_registration_id \
             WHERE p.hub_id = $1 AND ($2 IS NULL OR p.agent_registration_id = $2) \
             AND ($3 IS NULL OR p.artifact_type = $3) AND ($4 IS NULL OR p.is_active = $4) \
             AND ($5 IS NULL OR (lower(a.name), a.id, p.artifact_type, NOT p.is_active, p.id) > \
               (SELECT lower(b.name), b.id, q.artifact_type, NOT q.is_active, q.id FROM ai_governance_policies q \
                JOIN agent_registrations b ON b.id = q.agent_registration_id WHERE q.id = $5)) \
             ORDER BY lower(a.name), a.id, p.artifact_type, NOT p.is_active, p.id LIMIT $6",
        )
        .bind(hub)
        .bind(filter.agent_registration_id)
        .bind(&filter.artifact_type)
        .bind(filter.active)
        .bind(page.after)
        .bind(page.limit + 1)
        .fetch_all(pool)
        .await?))
    }

    /// All agents of a hub by name, for a select.
    pub async fn agent_names(&self, hub: HubId) -> Result<Vec<AgentName>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, AgentName>(
            "SELECT id, name, is_active FROM agent_registrations WHERE hub_id = $1 ORDER BY lower(name), id",
        )
        .bind(hub)
        .fetch_all(pool)
        .await?))
    }

    pub async fn governance_policy(
        &self,
        id: GovernancePolicyId,
    ) -> Result<Option<GovernancePolicy>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, GovernancePolicy>(
            "SELECT * FROM ai_governance_policies WHERE id = $1",
        )
        .bind(id)
        .fetch_optional(pool)
        .await?))
    }
}

impl Tx {
    pub async fn insert_governance_policy(&mut self, policy: &GovernancePolicy) -> Result<()> {
        on_tx!(self, c => sqlx::query(
            "INSERT INTO ai_governance_policies (id, hub_id, agent_registration_id, artifact_type, allowed_actions, \
             is_active, version, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(policy.id)
        .bind(policy.hub_id)
        .bind(policy.agent_registration_id)
        .bind(&policy.artifact_type)
        .bind(Json(&policy.allowed_actions))
        .bind(policy.is_active)
        .bind(policy.version)
        .bind(policy.created_at)
        .bind(policy.updated_at)
        .execute(c)
        .await?
        .rows_affected());
        Ok(())
    }

    /// Flips `is_active`, which makes a version; `None` where there is no such
    /// policy.
    pub async fn toggle_governance_policy(
        &mut self,
        id: GovernancePolicyId,
        now: DateTime<Utc>,
    ) -> Result<Option<GovernancePolicy>> {
        Ok(on_tx!(self, c => sqlx::query_as::<_, GovernancePolicy>(
            "UPDATE ai_governance_policies SET is_active = NOT is_active, version = version + 1, updated_at = $2 \
             WHERE id = $1 RETURNING *",
        )
        .bind(id)
        .bind(now)
        .fetch_optional(c)
        .await?))
    }

    /// Writes the policy where it still has the version `before`; `false`
    /// where somebody else was faster.
    pub async fn update_governance_policy(
        &mut self,
        policy: &GovernancePolicy,
        before: i32,
    ) -> Result<bool> {
        Ok(on_tx!(self, c => sqlx::query(
            "UPDATE ai_governance_policies SET allowed_actions = $2, is_active = $3, version = $4, updated_at = $5 \
             WHERE id = $1 AND version = $6",
        )
        .bind(policy.id)
        .bind(Json(&policy.allowed_actions))
        .bind(policy.is_active)
        .bind(policy.version)
        .bind(policy.updated_at)
        .bind(before)
        .execute(c)
        .await?
        .rows_affected())
            == 1)
    }
}
