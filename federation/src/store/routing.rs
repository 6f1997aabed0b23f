//! Routing policies.

use model::{Agent, HubId, PageRequest, RoutingFilter, RoutingPolicy, RoutingPolicyId};
use sqlx::FromRow;

use super::{Result, Store, Tx, on_db, on_tx};

/// An agent with the priority that routes to it.
#[derive(Clone, Debug, FromRow)]
pub struct RoutedAgent {
    pub priority: i32,
    #[sqlx(flatten)]
    pub agent: Agent,
}

impl Store {
    /// The active policies' active agents, the highest priority first. An
    /// agent that two policies name stands once, at its highest priority.
    pub async fn routed_agents(&self, hub: HubId, task_type: &str) -> Result<Vec<RoutedAgent>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, RoutedAgent>(
            "SELECT p.priority AS priority, a.* FROM \
             (SELECT agent_registration_id, max(priority) AS priority FROM model_routing_policies \
              WHERE hub_id = $1 AND task_type = $2 AND is_active GROUP BY agent_registration_id) p \
             JOIN agent_registrations a ON a.id = p.agent_registration_id \
             WHERE a.is_active ORDER BY p.priority DESC, a.id",
        )
        .bind(hub)
        .bind(task_type)
        .fetch_all(pool)
        .await?))
    }

    /// One more than the page's limit, newest first.
    pub async fn routing_policies(
        &self,
        filter: &RoutingFilter,
        page: PageRequest,
    ) -> Result<Vec<RoutingPolicy>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, RoutingPolicy>(
            "SELECT * FROM model_routing_policies WHERE ($1 IS NULL OR hub_id = $1) AND ($2 IS NULL OR task_type = $2) \
             AND ($3 IS NULL OR agent_registration_id = $3) AND ($4 IS NULL OR id < $4) ORDER BY id DESC LIMIT $5",
        )
        .bind(filter.hub_id)
        .bind(&filter.task_type)
        .bind(filter.agent_registration_id)
        .bind(page.after)
        .bind(page.limit + 1)
        .fetch_all(pool)
        .await?))
    }

    pub async fn routing_policy(&self, id: RoutingPolicyId) -> Result<Option<RoutingPolicy>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, RoutingPolicy>(
            "SELECT * FROM model_routing_policies WHERE id = $1",
        )
        .bind(id)
        .fetch_optional(pool)
        .await?))
    }
}

impl Tx {
    pub async fn insert_routing_policy(&mut self, policy: &RoutingPolicy) -> Result<()> {
        on_tx!(self, c => sqlx::query(
            "INSERT INTO model_routing_policies (id, hub_id, task_type, agent_registration_id, priority, is_active, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(policy.id)
        .bind(policy.hub_id)
        .bind(&policy.task_type)
        .bind(policy.agent_registration_id)
        .bind(policy.priority)
        .bind(policy.is_active)
        .bind(policy.created_at)
        .execute(c)
        .await?
        .rows_affected());
        Ok(())
    }

    /// The deleted row; `None` where there was none.
    pub async fn delete_routing_policy(
        &mut self,
        id: RoutingPolicyId,
    ) -> Result<Option<RoutingPolicy>> {
        Ok(on_tx!(self, c => sqlx::query_as::<_, RoutingPolicy>(
            "DELETE FROM model_routing_policies WHERE id = $1 RETURNING *",
        )
        .bind(id)
        .fetch_optional(c)
        .await?))
    }
}
