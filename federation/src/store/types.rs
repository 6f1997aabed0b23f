//! The registered types of tasks and artifacts.

use chrono::{DateTime, Utc};
use model::{RegisteredType, TypeId, TypeInUse, TypeKind};

use super::{Result, Store, Tx, on_db, on_tx};

impl Store {
    /// The registered types that are not retired, in the order of their
    /// registration.
    pub async fn types(&self) -> Result<Vec<RegisteredType>> {
        let mut types = self.all_types().await?;
        types.retain(|t| t.retired_at.is_none());
        Ok(types)
    }

    /// Retired ones too, in the order of their registration.
    pub async fn all_types(&self) -> Result<Vec<RegisteredType>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, RegisteredType>(
            "SELECT id, kind, key, label, retired_at FROM type_registries ORDER BY id",
        )
        .fetch_all(pool)
        .await?))
    }

    /// Every type with the active policies that name it: routing policies for
    /// a type of task, governance policies for a type of artifact.
    pub async fn types_in_use(&self) -> Result<Vec<TypeInUse>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, TypeInUse>(
            "SELECT t.id, t.kind, t.key, t.label, t.retired_at, CASE t.kind \
             WHEN 'task_type' THEN (SELECT count(*) FROM model_routing_policies p WHERE p.task_type = t.key AND p.is_active) \
             ELSE (SELECT count(*) FROM ai_governance_policies p WHERE p.artifact_type = t.key AND p.is_active) END \
             AS active_policies FROM type_registries t ORDER BY t.id",
        )
        .fetch_all(pool)
        .await?))
    }

    /// `None`: there is no such type.
    pub async fn registered_type(&self, id: TypeId) -> Result<Option<RegisteredType>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, RegisteredType>(
            "SELECT id, kind, key, label, retired_at FROM type_registries WHERE id = $1",
        )
        .bind(id)
        .fetch_optional(pool)
        .await?))
    }

    /// Whether a type is registered and not retired.
    pub async fn has_type(&self, kind: TypeKind, key: &str) -> Result<bool> {
        let found: i64 = on_db!(self, pool => sqlx::query_scalar(
            "SELECT count(*) FROM type_registries WHERE kind = $1 AND key = $2 AND retired_at IS NULL",
        )
        .bind(kind)
        .bind(key)
        .fetch_one(pool)
        .await?);
        Ok(found > 0)
    }
}

impl Tx {
    pub async fn insert_type(&mut self, new: &RegisteredType, now: DateTime<Utc>) -> Result<()> {
        on_tx!(self, c => sqlx::query(
            "INSERT INTO type_registries (id, kind, key, label, created_at) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(new.id)
        .bind(new.kind)
        .bind(&new.key)
        .bind(&new.label)
        .bind(now)
        .execute(c)
        .await?
        .rows_affected());
        Ok(())
    }

    /// Locks a type that is not retired until the end of the transaction;
    /// `false` where there is none. Who retires it has to wait, and then sees
    /// what this transaction wrote.
    pub async fn hold_type(&mut self, kind: TypeKind, key: &str) -> Result<bool> {
        Ok(on_tx!(self, c => sqlx::query(
            "UPDATE type_registries SET label = label WHERE kind = $1 AND key = $2 AND retired_at IS NULL",
        )
        .bind(kind)
        .bind(key)
        .execute(c)
        .await?
        .rows_affected())
            == 1)
    }

    pub async fn update_type(&mut self, new: &RegisteredType) -> Result<()> {
        on_tx!(self, c => sqlx::query(
            "UPDATE type_registries SET label = $2, retired_at = $3 WHERE id = $1",
        )
        .bind(new.id)
        .bind(&new.label)
        .bind(new.retired_at)
        .execute(c)
        .await?
        .rows_affected());
        Ok(())
    }

    /// How many active policies name a type.
    pub async fn uses_of_type(&mut self, kind: TypeKind, key: &str) -> Result<i64> {
        Ok(match kind {
            TypeKind::TaskType => on_tx!(self, c => sqlx::query_scalar(
                "SELECT count(*) FROM model_routing_policies WHERE task_type = $1 AND is_active",
            )
            .bind(key)
            .fetch_one(c)
            .await?),
            TypeKind::ArtifactType => on_tx!(self, c => sqlx::query_scalar(
                "SELECT count(*) FROM ai_governance_policies WHERE artifact_type = $1 AND is_active",
            )
            .bind(key)
            .fetch_one(c)
            .await?),
        })
    }
}
