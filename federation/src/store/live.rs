//! Stored live events, numbered per subject in the order of commit.

use model::{HubId, LiveEvent, ProposalEvent, ProposalId, RunEvent};
use serde_json::{Map, Value, json};
use sqlx::FromRow;
use uuid::Uuid;

use super::{Result, Store, Tx, on_db, on_tx};

/// The last event of a subject; `seq` 0 and no name where there is none.
#[derive(Clone, Debug, FromRow)]
pub struct LastEvent {
    pub seq: i64,
    pub name: Option<String>,
}

/// What a hub is told.
pub(super) struct HubNews {
    hub: HubId,
    event: RunEvent,
}

#[derive(FromRow)]
struct StoredEvent {
    seq: i64,
    name: String,
    #[sqlx(json)]
    data: Value,
}

impl Store {
    /// `None`: there is no such subject of this kind.
    pub async fn last_event(&self, kind: &str, subject: Uuid) -> Result<Option<LastEvent>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, LastEvent>(
            "SELECT s.next_seq AS seq, e.name AS name FROM live_subjects s \
             LEFT JOIN run_events e ON e.subject_id = s.id AND e.seq = s.next_seq \
             WHERE s.id = $1 AND s.kind = $2",
        )
        .bind(subject)
        .bind(kind)
        .fetch_optional(pool)
        .await?))
    }

    /// Events after `seq`, oldest first.
    pub async fn events_after(
        &self,
        subject: Uuid,
        seq: i64,
        limit: i64,
    ) -> Result<Vec<LiveEvent>> {
        let rows = on_db!(self, pool => sqlx::query_as::<_, StoredEvent>(
            "SELECT seq, name, data FROM run_events WHERE subject_id = $1 AND seq > $2 ORDER BY seq LIMIT $3",
        )
        .bind(subject)
        .bind(seq)
        .bind(limit)
        .fetch_all(pool)
        .await?);
        Ok(rows
            .into_iter()
            .map(|row| LiveEvent {
                seq: Some(row.seq),
                name: row.name,
                data: row.data,
            })
            .collect())
    }
}

impl Tx {
    /// Makes a subject whose events can be followed.
    pub async fn insert_subject(&mut self, id: Uuid, kind: &str, hub: HubId) -> Result<()> {
        let now = self.clock().now();
        on_tx!(self, c => sqlx::query(
            "INSERT INTO live_subjects (id, kind, hub_id, next_seq, created_at) VALUES ($1, $2, $3, 0, $4)",
        )
        .bind(id)
        .bind(kind)
        .bind(hub)
        .bind(now)
        .execute(c)
        .await?
        .rows_affected());
        Ok(())
    }

    /// Tells the followers of a collective proposal.
    pub async fn tell_run(&mut self, collective: Uuid, event: &RunEvent) -> Result<()> {
        self.tell(
            collective,
            "collective_proposal_id",
            event.name(),
            event.data(),
        )
        .await
    }

    /// Tells the followers of a proposal.
    pub async fn tell_proposal(&mut self, id: ProposalId, event: &ProposalEvent) -> Result<()> {
        self.tell(id.0, "proposal_id", event.name(), event.data())
            .await
    }

    /// Tells the followers of several proposals, in the given order. A
    /// transaction tells the proposals of a chain with the root first and its
    /// own last: each takes a lock, and no two then wait for each other.
    pub async fn tell_all(&mut self, ids: &[ProposalId], event: &ProposalEvent) -> Result<()> {
        for id in ids {
            self.tell_proposal(*id, event).await?;
        }
        Ok(())
    }

    /// Tells the followers of all proposals above one.
    pub async fn tell_above(&mut self, id: ProposalId, event: &ProposalEvent) -> Result<()> {
        let above = self.ids_above(id).await?;
        self.tell_all(&above, event).await
    }

    /// Tells the followers of a hub that something waits, runs or has ended.
    /// It is written with the commit: a hub's row is locked last, since all
    /// that happens in the hub takes it.
    pub async fn tell_hub(&mut self, hub: HubId, kind: &str, id: Uuid, state: &str) -> Result<()> {
        let event = RunEvent::HubChanged {
            subject_kind: kind.to_owned(),
            subject_id: id,
            state: state.to_owned(),
        };
        self.hub_news.push(HubNews { hub, event });
        Ok(())
    }

    pub(super) async fn write_hub_news(&mut self, news: HubNews) -> Result<()> {
        let HubNews { hub, event } = news;
        self.tell(hub.0, "hub_id", event.name(), event.data()).await
    }

    async fn tell(
        &mut self,
        subject: Uuid,
        id_field: &str,
        name: &str,
        mut data: Map<String, Value>,
    ) -> Result<()> {
        let now = self.clock().now();
        data.insert(id_field.to_owned(), json!(subject));
        data.insert("at".to_owned(), json!(now));
        let data = crate::canonical::strip_nul(Value::Object(data));
        // Locks the subject's row until the commit: numbers appear in order.
        let seq: i64 = on_tx!(self, c => sqlx::query_scalar(
            "UPDATE live_subjects SET next_seq = next_seq + 1 WHERE id = $1 RETURNING next_seq",
        )
        .bind(subject)
        .fetch_one(c)
        .await?);
        on_tx!(self, c => sqlx::query(
            "INSERT INTO run_events (subject_id, seq, name, data, at) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(subject)
        .bind(seq)
        .bind(name)
        .bind(data)
        .bind(now)
        .execute(c)
        .await?
        .rows_affected());
        self.touch(subject);
        Ok(())
    }
}
