//! Governance policies.

use model::{
    Action, AgentId, GovernanceFilter, GovernancePolicy, GovernancePolicyId, HubId, PageRequest,
};
use sqlx::types::Json;

use super::{Result, Store, Tx, on_db, on_tx};

impl Store {
    /// The active policies that speak about this, newest first.
    pub async fn speaking_policies(
        &self,
        hub: HubId,
        agent: AgentId,
        artifact_type: &str,
    ) -> Result<Vec<GovernancePolicy>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, GovernancePolicy>(
            "SELECT * FROM ai_governance_policies WHERE hub_id = $1 AND agent_registration_id = $2 \
             AND artifact_type = $3 AND is_active ORDER BY id DESC",
        )
        .bind(hub)
        .bind(agent)
        .bind(artifact_type)
        .fetch_all(pool)
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
             AND ($2 IS NULL OR agent_registration_id = $2) AND ($3 IS NULL OR id < $3) ORDER BY id DESC LIMIT $4",
        )
        .bind(filter.hub_id)
        .bind(filter.agent_registration_id)
        .bind(page.after)
        .bind(page.limit + 1)
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
             is_active, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(policy.id)
        .bind(policy.hub_id)
        .bind(policy.agent_registration_id)
        .bind(&policy.artifact_type)
        .bind(Json(&policy.allowed_actions))
        .bind(policy.is_active)
        .bind(policy.created_at)
        .bind(policy.updated_at)
        .execute(c)
        .await?
        .rows_affected());
        Ok(())
    }

    /// Flips `is_active`; `None` where there is no such policy.
    pub async fn toggle_governance_policy(
        &mut self,
        id: GovernancePolicyId,
    ) -> Result<Option<GovernancePolicy>> {
        let now = self.clock().now();
        Ok(on_tx!(self, c => sqlx::query_as::<_, GovernancePolicy>(
            "UPDATE ai_governance_policies SET is_active = NOT is_active, updated_at = $2 WHERE id = $1 RETURNING *",
        )
        .bind(id)
        .bind(now)
        .fetch_optional(c)
        .await?))
    }

    /// `None` where there is no such policy.
    pub async fn set_allowed_actions(
        &mut self,
        id: GovernancePolicyId,
        actions: &[Action],
    ) -> Result<Option<GovernancePolicy>> {
        let now = self.clock().now();
        Ok(on_tx!(self, c => sqlx::query_as::<_, GovernancePolicy>(
            "UPDATE ai_governance_policies SET allowed_actions = $2, updated_at = $3 WHERE id = $1 RETURNING *",
        )
        .bind(id)
        .bind(Json(actions))
        .bind(now)
        .fetch_optional(c)
        .await?))
    }
}
