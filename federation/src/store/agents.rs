//! Registered agents and their versions.

pub mod search;
pub mod work;

use model::{Agent, AgentFilter, AgentId, AgentVersion, PageRequest};
use sqlx::types::Json;

use super::{Result, Store, Tx, on_db, on_tx};

impl Store {
    /// One more than the page's limit, newest first.
    pub async fn agents(&self, filter: &AgentFilter, page: PageRequest) -> Result<Vec<Agent>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, Agent>(
            "SELECT * FROM agent_registrations WHERE ($1 IS NULL OR hub_id = $1) AND ($2 IS NULL OR is_active = $2) \
             AND ($3 IS NULL OR provider = $3) AND ($4 IS NULL OR trust_level = $4) AND ($5 IS NULL OR id < $5) \
             ORDER BY id DESC LIMIT $6",
        )
        .bind(filter.hub_id)
        .bind(filter.active)
        .bind(filter.provider)
        .bind(filter.trust_level)
        .bind(page.after)
        .bind(page.limit + 1)
        .fetch_all(pool)
        .await?))
    }

    pub async fn agent(&self, id: AgentId) -> Result<Option<Agent>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, Agent>(
            "SELECT * FROM agent_registrations WHERE id = $1",
        )
        .bind(id)
        .fetch_optional(pool)
        .await?))
    }

    /// Newest first.
    pub async fn agent_versions(&self, id: AgentId) -> Result<Vec<AgentVersion>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, AgentVersion>(
            "SELECT * FROM agent_versions WHERE agent_registration_id = $1 ORDER BY version DESC",
        )
        .bind(id)
        .fetch_all(pool)
        .await?))
    }

    pub async fn agent_version(&self, id: AgentId, version: i32) -> Result<Option<AgentVersion>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, AgentVersion>(
            "SELECT * FROM agent_versions WHERE agent_registration_id = $1 AND version = $2",
        )
        .bind(id)
        .bind(version)
        .fetch_optional(pool)
        .await?))
    }
}

impl Tx {
    pub async fn insert_agent(&mut self, agent: &Agent) -> Result<()> {
        on_tx!(self, c => sqlx::query(
            "INSERT INTO agent_registrations (id, hub_id, name, slug, description, provider, model_name, trust_level, \
             capabilities, system_prompt, is_active, version, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        )
        .bind(agent.id)
        .bind(agent.hub_id)
        .bind(&agent.name)
        .bind(&agent.slug)
        .bind(&agent.description)
        .bind(agent.provider)
        .bind(&agent.model_name)
        .bind(agent.trust_level)
        .bind(Json(&agent.capabilities))
        .bind(&agent.system_prompt)
        .bind(agent.is_active)
        .bind(agent.version)
        .bind(agent.created_at)
        .bind(agent.updated_at)
        .execute(c)
        .await?
        .rows_affected());
        Ok(())
    }

    /// Writes the agent where it still has the version `before`; `false` where
    /// somebody else was faster.
    pub async fn update_agent(&mut self, agent: &Agent, before: i32) -> Result<bool> {
        Ok(on_tx!(self, c => sqlx::query(
            "UPDATE agent_registrations SET name = $2, slug = $3, description = $4, provider = $5, model_name = $6, \
             trust_level = $7, capabilities = $8, system_prompt = $9, version = $10, updated_at = $11 \
             WHERE id = $1 AND version = $12",
        )
        .bind(agent.id)
        .bind(&agent.name)
        .bind(&agent.slug)
        .bind(&agent.description)
        .bind(agent.provider)
        .bind(&agent.model_name)
        .bind(agent.trust_level)
        .bind(Json(&agent.capabilities))
        .bind(&agent.system_prompt)
        .bind(agent.version)
        .bind(agent.updated_at)
        .bind(before)
        .execute(c)
        .await?
        .rows_affected())
            == 1)
    }

    /// `None`: there is no such agent.
    pub async fn set_agent_active(&mut self, id: AgentId, active: bool) -> Result<Option<Agent>> {
        let now = self.clock().now();
        Ok(on_tx!(self, c => sqlx::query_as::<_, Agent>(
            "UPDATE agent_registrations SET is_active = $2, updated_at = $3 WHERE id = $1 RETURNING *",
        )
        .bind(id)
        .bind(active)
        .bind(now)
        .fetch_optional(c)
        .await?))
    }

    pub async fn insert_agent_version(&mut self, agent: &Agent, by: &str) -> Result<()> {
        on_tx!(self, c => sqlx::query(
            "INSERT INTO agent_versions (agent_registration_id, version, name, slug, description, provider, model_name, \
             trust_level, capabilities, system_prompt, created_by, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        )
        .bind(agent.id)
        .bind(agent.version)
        .bind(&agent.name)
        .bind(&agent.slug)
        .bind(&agent.description)
        .bind(agent.provider)
        .bind(&agent.model_name)
        .bind(agent.trust_level)
        .bind(Json(&agent.capabilities))
        .bind(&agent.system_prompt)
        .bind(by)
        .bind(agent.updated_at)
        .execute(c)
        .await?
        .rows_affected());
        Ok(())
    }
}
