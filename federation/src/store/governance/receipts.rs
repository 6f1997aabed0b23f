//! What governance reads of the receipts: counted by the database, never read
//! as a whole.

use chrono::{DateTime, NaiveDate, Utc};
use model::{Action, AgentId, HubId, WhatIfCall};

use super::super::{Result, Store, on_db};

/// Which calls a change of the rules speaks about.
pub enum Scope<'a> {
    /// Those of one agent with one type of artifact.
    Rule {
        agent: AgentId,
        artifact_type: &'a str,
    },
    /// Those about which no active policy speaks.
    Default,
}

/// Calls that are alike for governance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Calls {
    pub action: Action,
    /// What the gate said then.
    pub allowed: bool,
    pub calls: i64,
}

/// For each action, whether it would be allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    pub read: bool,
    pub propose: bool,
    pub delegate: bool,
    pub auto_apply: bool,
}

/// Blocked calls of one hub, day, agent and type of artifact.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Blocked {
    pub hub_id: HubId,
    pub day: NaiveDate,
    pub agent_registration_id: Option<AgentId>,
    pub agent_name: Option<String>,
    pub artifact_type: String,
    pub blocked: i64,
}

/// [`Blocked`] with the day as its text.
#[derive(sqlx::FromRow)]
struct BlockedText {
    hub_id: HubId,
    day: String,
    agent_registration_id: Option<AgentId>,
    agent_name: Option<String>,
    artifact_type: String,
    blocked: i64,
}

impl Store {
    /// The judged calls of a hub since `since`, counted by action and verdict:
    /// eight rows at the most.
    pub async fn judged_calls(
        &self,
        hub: HubId,
        since: DateTime<Utc>,
        scope: &Scope<'_>,
    ) -> Result<Vec<Calls>> {
        match scope {
            Scope::Rule {
                agent,
                artifact_type,
            } => self.calls_of_rule(hub, since, *agent, artifact_type).await,
            Scope::Default => self.calls_of_default(hub, since).await,
        }
    }

    async fn calls_of_rule(
        &self,
        hub: HubId,
        since: DateTime<Utc>,
        agent: AgentId,
        artifact_type: &str,
    ) -> Result<Vec<Calls>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, Calls>(
            "SELECT action, allowed, count(*) AS calls FROM agent_invocations \
             WHERE hub_id = $1 AND agent_registration_id = $2 AND artifact_type = $3 AND started_at >= $4 \
             AND allowed IS NOT NULL GROUP BY action, allowed",
        )
        .bind(hub)
        .bind(agent)
        .bind(artifact_type)
        .bind(since)
        .fetch_all(pool)
        .await?))
    }

    async fn calls_of_default(&self, hub: HubId, since: DateTime<Utc>) -> Result<Vec<Calls>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, Calls>(
            "SELECT i.action, i.allowed, count(*) AS calls FROM agent_invocations i \
             WHERE i.hub_id = $1 AND i.started_at >= $2 AND i.allowed IS NOT NULL AND NOT EXISTS (\
             SELECT 1 FROM ai_governance_policies p WHERE p.hub_id = i.hub_id \
             AND p.agent_registration_id = i.agent_registration_id AND p.artifact_type = i.artifact_type \
             AND p.is_active) GROUP BY i.action, i.allowed",
        )
        .bind(hub)
        .bind(since)
        .fetch_all(pool)
        .await?))
    }

    /// The newest calls on which `rules` would say something else than the
    /// gate did, which said `allowed`.
    pub async fn changed_calls(
        &self,
        hub: HubId,
        since: DateTime<Utc>,
        scope: &Scope<'_>,
        rules: Rules,
        allowed: bool,
        limit: i64,
    ) -> Result<Vec<WhatIfCall>> {
        match scope {
            Scope::Rule {
                agent,
                artifact_type,
            } => {
                let rule = (*agent, *artifact_type);
                self.changed_by_rule(hub, since, rule, rules, allowed, limit)
                    .await
            }
            Scope::Default => {
                self.changed_by_default(hub, since, rules, allowed, limit)
                    .await
            }
        }
    }

    async fn changed_by_rule(
        &self,
        hub: HubId,
        since: DateTime<Utc>,
        (agent, artifact_type): (AgentId, &str),
        rules: Rules,
        allowed: bool,
        limit: i64,
    ) -> Result<Vec<WhatIfCall>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, WhatIfCall>(
            "SELECT i.id AS invocation_id, i.agent_registration_id, a.name AS agent_name, i.artifact_type, i.action, \
             i.purpose, i.asked_by, i.started_at FROM agent_invocations i \
             JOIN agent_registrations a ON a.id = i.agent_registration_id \
             WHERE i.hub_id = $1 AND i.agent_registration_id = $2 AND i.artifact_type = $3 AND i.started_at >= $4 \
             AND i.allowed = $5 AND i.allowed <> CASE i.action WHEN 'read' THEN $6 WHEN 'propose' THEN $7 \
             WHEN 'delegate' THEN $8 ELSE $9 END ORDER BY i.started_at DESC, i.id DESC LIMIT $10",
        )
        .bind(hub)
        .bind(agent)
        .bind(artifact_type)
        .bind(since)
        .bind(allowed)
        .bind(rules.read)
        .bind(rules.propose)
        .bind(rules.delegate)
        .bind(rules.auto_apply)
        .bind(limit)
        .fetch_all(pool)
        .await?))
    }

    async fn changed_by_default(
        &self,
        hub: HubId,
        since: DateTime<Utc>,
        rules: Rules,
        allowed: bool,
        limit: i64,
    ) -> Result<Vec<WhatIfCall>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, WhatIfCall>(
            "SELECT i.id AS invocation_id, i.agent_registration_id, a.name AS agent_name, i.artifact_type, i.action, \
             i.purpose, i.asked_by, i.started_at FROM agent_invocations i \
             JOIN agent_registrations a ON a.id = i.agent_registration_id \
             WHERE i.hub_id = $1 AND i.started_at >= $2 AND i.allowed = $3 AND i.allowed <> CASE i.action \
             WHEN 'read' THEN $4 WHEN 'propose' THEN $5 WHEN 'delegate' THEN $6 ELSE $7 END AND NOT EXISTS (\
             SELECT 1 FROM ai_governance_policies p WHERE p.hub_id = i.hub_id \
             AND p.agent_registration_id = i.agent_registration_id AND p.artifact_type = i.artifact_type \
             AND p.is_active) ORDER BY i.started_at DESC, i.id DESC LIMIT $8",
        )
        .bind(hub)
        .bind(since)
        .bind(allowed)
        .bind(rules.read)
        .bind(rules.propose)
        .bind(rules.delegate)
        .bind(rules.auto_apply)
        .bind(limit)
        .fetch_all(pool)
        .await?))
    }

    /// What was blocked since `since` in all hubs, counted by hub, day in UTC,
    /// agent and type of artifact.
    pub async fn blocked_calls(&self, since: DateTime<Utc>) -> Result<Vec<Blocked>> {
        // The text of a time begins with its day: SQLite keeps it in UTC, and
        // a connection to PostgreSQL shows it in UTC.
        let rows: Vec<BlockedText> = on_db!(self, pool => sqlx::query_as::<_, BlockedText>(
            "SELECT b.hub_id, b.day, b.agent_registration_id, a.name AS agent_name, b.artifact_type, b.blocked FROM (\
             SELECT hub_id, substr(CAST(started_at AS TEXT), 1, 10) AS day, agent_registration_id, artifact_type, \
             count(*) AS blocked FROM agent_invocations WHERE outcome = 'blocked' AND started_at >= $1 \
             GROUP BY 1, 2, 3, 4) b LEFT JOIN agent_registrations a ON a.id = b.agent_registration_id",
        )
        .bind(since)
        .fetch_all(pool)
        .await?);
        // A day that is none cannot be stored; it would be left out.
        let read = |row: BlockedText| {
            Some(Blocked {
                hub_id: row.hub_id,
                day: row.day.parse().ok()?,
                agent_registration_id: row.agent_registration_id,
                agent_name: row.agent_name,
                artifact_type: row.artifact_type,
                blocked: row.blocked,
            })
        };
        Ok(rows.into_iter().filter_map(read).collect())
    }
}
