//! Routing policies.

use model::{Agent, HubId, PageRequest, RoutingFilter, RoutingPolicy, RoutingPolicyId, TrustLevel};
use sqlx::{FromRow, types::Json};

use super::{Result, Store, Tx, on_db, on_tx};

/// A routing policy with the agent it names and what that agent's model costs.
#[derive(Clone, Debug, FromRow)]
pub struct Route {
    pub policy_id: RoutingPolicyId,
    pub priority: i32,
    pub policy_is_active: bool,
    pub max_cost_microusd_per_1k: Option<i64>,
    #[sqlx(json)]
    pub required_capabilities: Vec<String>,
    pub min_trust_level: Option<TrustLevel>,
    pub policy_version: i32,
    pub policy_created_at: chrono::DateTime<chrono::Utc>,
    pub task_type: String,
    #[sqlx(flatten)]
    pub agent: Agent,
    /// `None` where no price is known.
    pub input_usd_per_million: Option<f64>,
    pub output_usd_per_million: Option<f64>,
}

impl Store {
    /// The active policies of active agents, the highest priority first: at
    /// most `limit` of those below the priority `below`.
    pub async fn active_routes(
        &self,
        hub: HubId,
        task_type: &str,
        below: i64,
        limit: i64,
    ) -> Result<Vec<Route>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, Route>(
            "SELECT p.id AS policy_id, p.priority AS priority, p.is_active AS policy_is_active, \
             p.max_cost_microusd_per_1k AS max_cost_microusd_per_1k, p.required_capabilities AS required_capabilities, \
             p.min_trust_level AS min_trust_level, p.version AS policy_version, p.created_at AS policy_created_at, p.task_type AS task_type, a.*, \
             m.input_usd_per_million AS input_usd_per_million, m.output_usd_per_million AS output_usd_per_million \
             FROM model_routing_policies p JOIN agent_registrations a ON a.id = p.agent_registration_id \
             LEFT JOIN model_prices m ON m.provider = a.provider AND m.model_name = a.model_name \
             WHERE p.hub_id = $1 AND p.task_type = $2 AND p.priority < $3 AND p.is_active AND a.is_active \
             ORDER BY p.priority DESC LIMIT $4",
        )
        .bind(hub)
        .bind(task_type)
        .bind(below)
        .bind(limit)
        .fetch_all(pool)
        .await?))
    }

    /// All policies of a task type in any state, the highest priority first.
    pub async fn all_routes(&self, hub: HubId, task_type: &str) -> Result<Vec<Route>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, Route>(
            "SELECT p.id AS policy_id, p.priority AS priority, p.is_active AS policy_is_active, \
             p.max_cost_microusd_per_1k AS max_cost_microusd_per_1k, p.required_capabilities AS required_capabilities, \
             p.min_trust_level AS min_trust_level, p.version AS policy_version, p.created_at AS policy_created_at, p.task_type AS task_type, a.*, \
             m.input_usd_per_million AS input_usd_per_million, m.output_usd_per_million AS output_usd_per_million \
             FROM model_routing_policies p JOIN agent_registrations a ON a.id = p.agent_registration_id \
             LEFT JOIN model_prices m ON m.provider = a.provider AND m.model_name = a.model_name \
             WHERE p.hub_id = $1 AND p.task_type = $2 ORDER BY p.priority DESC",
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
    /// Whoever else changes the order of a hub's policies waits for the end of
    /// this transaction. `false` where there is no such hub.
    pub async fn lock_routes(&mut self, hub: HubId) -> Result<bool> {
        Ok(on_tx!(self, c => sqlx::query(
            "UPDATE hubs SET routing_fallback = routing_fallback WHERE id = $1",
        )
        .bind(hub)
        .execute(c)
        .await?
        .rows_affected())
            == 1)
    }

    /// The policies of a task type in their order, the highest priority first.
    pub async fn route_order(
        &mut self,
        hub: HubId,
        task_type: &str,
    ) -> Result<Vec<(RoutingPolicyId, i32)>> {
        Ok(
            on_tx!(self, c => sqlx::query_as::<_, (RoutingPolicyId, i32)>(
                "SELECT id, priority FROM model_routing_policies WHERE hub_id = $1 AND task_type = $2 ORDER BY priority DESC",
            )
            .bind(hub)
            .bind(task_type)
            .fetch_all(c)
            .await?),
        )
    }

    /// Under [`Tx::lock_routes`] the row stays as it was read.
    pub async fn routing_policy(&mut self, id: RoutingPolicyId) -> Result<Option<RoutingPolicy>> {
        Ok(on_tx!(self, c => sqlx::query_as::<_, RoutingPolicy>(
            "SELECT * FROM model_routing_policies WHERE id = $1",
        )
        .bind(id)
        .fetch_optional(c)
        .await?))
    }

    /// Where a policy waits while others change places; no change of it yet.
    pub async fn park_policy(&mut self, id: RoutingPolicyId, priority: i32) -> Result<()> {
        on_tx!(self, c => sqlx::query(
            "UPDATE model_routing_policies SET priority = $2 WHERE id = $1",
        )
        .bind(id)
        .bind(priority)
        .execute(c)
        .await?
        .rows_affected());
        Ok(())
    }

    /// Raises the version, as every change does.
    pub async fn set_priority(&mut self, id: RoutingPolicyId, priority: i32) -> Result<()> {
        on_tx!(self, c => sqlx::query(
            "UPDATE model_routing_policies SET priority = $2, version = version + 1 WHERE id = $1",
        )
        .bind(id)
        .bind(priority)
        .execute(c)
        .await?
        .rows_affected());
        Ok(())
    }

    pub async fn insert_routing_policy(&mut self, policy: &RoutingPolicy) -> Result<()> {
        on_tx!(self, c => sqlx::query(
            "INSERT INTO model_routing_policies (id, hub_id, task_type, agent_registration_id, priority, is_active, \
             max_cost_microusd_per_1k, required_capabilities, min_trust_level, version, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        )
        .bind(policy.id)
        .bind(policy.hub_id)
        .bind(&policy.task_type)
        .bind(policy.agent_registration_id)
        .bind(policy.priority)
        .bind(policy.is_active)
        .bind(policy.max_cost_microusd_per_1k)
        .bind(Json(&policy.required_capabilities))
        .bind(policy.min_trust_level)
        .bind(policy.version)
        .bind(policy.created_at)
        .execute(c)
        .await?
        .rows_affected());
        Ok(())
    }

    /// Writes what a patch may change, and the version.
    pub async fn update_routing_policy(&mut self, policy: &RoutingPolicy) -> Result<()> {
        on_tx!(self, c => sqlx::query(
            "UPDATE model_routing_policies SET priority = $2, is_active = $3, max_cost_microusd_per_1k = $4, \
             required_capabilities = $5, min_trust_level = $6, version = $7 WHERE id = $1",
        )
        .bind(policy.id)
        .bind(policy.priority)
        .bind(policy.is_active)
        .bind(policy.max_cost_microusd_per_1k)
        .bind(Json(&policy.required_capabilities))
        .bind(policy.min_trust_level)
        .bind(policy.version)
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
