//! Hubs and registered types.

use chrono::{DateTime, Utc};
use model::{Hub, HubCounts, HubId, PageRequest, RecentEvent, TypeKind};
use uuid::Uuid;

use super::{Result, Store, Tx, on_db, on_tx};

/// The registered types: kind, key, label.
const TYPES: &[(TypeKind, &str, &str)] = &[
    (
        TypeKind::TaskType,
        "requirement_draft",
        "Draft a requirement",
    ),
    (TypeKind::TaskType, "triage", "Triage"),
    (TypeKind::TaskType, "synthesis", "Synthesis"),
    (TypeKind::TaskType, "policy_check", "Policy check"),
    (TypeKind::TaskType, "implementation", "Implementation"),
    (TypeKind::ArtifactType, "widget_summary", "Widget summary"),
    (
        TypeKind::ArtifactType,
        "requirement_candidate",
        "Requirement candidate",
    ),
    (
        TypeKind::ArtifactType,
        "implementation_proposal",
        "Implementation proposal",
    ),
    (
        TypeKind::ArtifactType,
        "duplicate_report",
        "Duplicate report",
    ),
    (
        TypeKind::ArtifactType,
        "collective_proposal",
        "Collective proposal",
    ),
];

/// Whether the product itself names this type.
pub fn is_built_in(kind: TypeKind, key: &str) -> bool {
    TYPES
        .iter()
        .any(|(of, known, _)| *of == kind && *known == key)
}

impl Store {
    /// Registers the types that are missing.
    pub(super) async fn register_types(&self) -> Result<()> {
        let known = self.all_types().await?;
        let missing: Vec<_> = TYPES
            .iter()
            .filter(|(kind, key, _)| !known.iter().any(|t| t.kind == *kind && t.key == *key))
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        for (kind, key, label) in missing {
            let id: Uuid = self.clock().id();
            let now = self.clock().now();
            on_tx!(tx, c => sqlx::query(
                "INSERT INTO type_registries (id, kind, key, label, created_at) VALUES ($1, $2, $3, $4, $5) \
                 ON CONFLICT (kind, key) DO NOTHING",
            )
            .bind(id)
            .bind(*kind)
            .bind(*key)
            .bind(*label)
            .bind(now)
            .execute(c)
            .await?
        .rows_affected());
        }
        tx.commit().await
    }

    /// One more than the page's limit, newest first.
    pub async fn hubs(&self, page: PageRequest) -> Result<Vec<Hub>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, Hub>(
            "SELECT id, slug, name, description, governance_default, routing_fallback, decide_first, tokens_per_proposal, delegation_depth, quorum, trust_threshold, trust_decisions, created_at, updated_at FROM hubs \
             WHERE ($1 IS NULL OR id < $1) ORDER BY id DESC LIMIT $2",
        )
        .bind(page.after)
        .bind(page.limit + 1)
        .fetch_all(pool)
        .await?))
    }

    pub async fn hub(&self, id: HubId) -> Result<Option<Hub>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, Hub>(
            "SELECT id, slug, name, description, governance_default, routing_fallback, decide_first, tokens_per_proposal, delegation_depth, quorum, trust_threshold, trust_decisions, created_at, updated_at FROM hubs WHERE id = $1",
        )
        .bind(id)
        .fetch_optional(pool)
        .await?))
    }

    pub async fn hub_by_slug(&self, slug: &str) -> Result<Option<Hub>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, Hub>(
            "SELECT id, slug, name, description, governance_default, routing_fallback, decide_first, tokens_per_proposal, delegation_depth, quorum, trust_threshold, trust_decisions, created_at, updated_at FROM hubs WHERE slug = $1",
        )
        .bind(slug)
        .fetch_optional(pool)
        .await?))
    }

    /// Id, slug and name of every hub, by name.
    pub async fn hub_names(&self) -> Result<Vec<(HubId, String, String)>> {
        Ok(
            on_db!(self, pool => sqlx::query_as::<_, (HubId, String, String)>(
                "SELECT id, slug, name FROM hubs ORDER BY lower(name), id",
            )
            .fetch_all(pool)
            .await?),
        )
    }

    /// What the overview counts; calls since `since`.
    pub async fn hub_counts(
        &self,
        id: HubId,
        since: chrono::DateTime<chrono::Utc>,
    ) -> Result<HubCounts> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, HubCounts>(
            "SELECT \
             (SELECT count(*) FROM collective_proposals WHERE hub_id = $1 AND decision = 'pending' AND run_state = 'finished') \
             + (SELECT count(*) FROM agent_proposals WHERE hub_id = $1 AND status = 'pending') AS waiting, \
             (SELECT count(*) FROM collective_proposals WHERE hub_id = $1 AND decision = 'pending' AND run_state IN ('queued', 'running')) \
             + (SELECT count(*) FROM agent_proposals WHERE hub_id = $1 AND status IN ('queued', 'running')) AS running, \
             (SELECT count(*) FROM agent_registrations WHERE hub_id = $1 AND is_active) AS agents_active, \
             (SELECT count(*) FROM widgets WHERE hub_id = $1) AS widgets, \
             (SELECT count(*) FROM requirement_candidates WHERE hub_id = $1) AS candidates, \
             (SELECT count(*) FROM decision_records WHERE hub_id = $1) AS decisions, \
             i.blocked AS blocked_last_7_days, i.calls AS calls_last_7_days, i.tokens AS tokens_last_7_days, \
             i.cost AS cost_microusd_last_7_days \
             FROM (SELECT count(*) FILTER (WHERE outcome = 'blocked') AS blocked, \
                   count(*) FILTER (WHERE outcome <> 'blocked') AS calls, \
                   CAST(coalesce(sum(coalesce(tokens_in, 0) + coalesce(tokens_out, 0)), 0) AS BIGINT) AS tokens, \
                   CAST(coalesce(sum(cost_microusd), 0) AS BIGINT) AS cost \
                   FROM agent_invocations WHERE hub_id = $1 AND started_at >= $2) i",
        )
        .bind(id)
        .bind(since)
        .fetch_one(pool)
        .await?))
    }

    /// What people said last, newest first.
    pub async fn recent_events(&self, id: HubId, limit: i64) -> Result<Vec<RecentEvent>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, RecentEvent>(
            "SELECT e.id AS id, w.title AS widget_title, e.kind AS kind, CAST(e.payload ->> 'text' AS TEXT) AS text, \
             CAST(e.payload ->> 'author' AS TEXT) AS author, e.occurred_at AS occurred_at \
             FROM interaction_events e JOIN widgets w ON w.id = e.widget_id \
             WHERE e.hub_id = $1 ORDER BY e.occurred_at DESC, e.id DESC LIMIT $2",
        )
        .bind(id)
        .bind(limit)
        .fetch_all(pool)
        .await?))
    }
}

impl Tx {
    pub async fn insert_hub(&mut self, hub: &Hub) -> Result<()> {
        on_tx!(self, c => sqlx::query(
            "INSERT INTO hubs (id, slug, name, description, governance_default, created_at, updated_at, routing_fallback, decide_first, \
             tokens_per_proposal, delegation_depth, quorum, trust_threshold, trust_decisions) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        )
        .bind(hub.id)
        .bind(&hub.slug)
        .bind(&hub.name)
        .bind(&hub.description)
        .bind(hub.governance_default)
        .bind(hub.created_at)
        .bind(hub.updated_at)
        .bind(hub.routing_fallback)
        .bind(hub.decide_first)
        .bind(hub.tokens_per_proposal)
        .bind(hub.delegation_depth)
        .bind(hub.quorum)
        .bind(hub.trust_threshold)
        .bind(hub.trust_decisions)
        .execute(c)
        .await?
        .rows_affected());
        self.insert_subject(hub.id.0, "hub", hub.id).await
    }

    /// Writes the hub where it was last changed at `before`; `false` where
    /// somebody else was faster.
    pub async fn update_hub(&mut self, hub: &Hub, before: DateTime<Utc>) -> Result<bool> {
        Ok(on_tx!(self, c => sqlx::query(
            "UPDATE hubs SET slug = $2, name = $3, description = $4, governance_default = $5, updated_at = $6, \
             routing_fallback = $7, decide_first = $9, tokens_per_proposal = $10, delegation_depth = $11, quorum = $12, trust_threshold = $13, \
             trust_decisions = $14 WHERE id = $1 AND updated_at = $8",
        )
        .bind(hub.id)
        .bind(&hub.slug)
        .bind(&hub.name)
        .bind(&hub.description)
        .bind(hub.governance_default)
        .bind(hub.updated_at)
        .bind(hub.routing_fallback)
        .bind(before)
        .bind(hub.decide_first)
        .bind(hub.tokens_per_proposal)
        .bind(hub.delegation_depth)
        .bind(hub.quorum)
        .bind(hub.trust_threshold)
        .bind(hub.trust_decisions)
        .execute(c)
        .await?
        .rows_affected())
            == 1)
    }
}
