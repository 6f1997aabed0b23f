//! Pairs of recommendations that a judging agent is asked about.

use model::{CollectiveId, ContributionId, InvocationId, MemberState};
use sqlx::FromRow;
use uuid::Uuid;

use super::{Result, Store, Tx, on_db, on_tx};

/// One pair, and what the judge said of it.
#[derive(Clone, Debug, FromRow)]
pub struct JudgedPair {
    pub id: Uuid,
    pub left_id: ContributionId,
    pub right_id: ContributionId,
    pub state: MemberState,
    pub attempt: i32,
    pub same: Option<bool>,
    pub reason: Option<String>,
    pub invocation_id: Option<InvocationId>,
    pub error_type: Option<String>,
    pub error: Option<String>,
}

/// A pair that is to be judged.
#[derive(Clone, Copy, Debug)]
pub struct NewPair {
    pub left_id: ContributionId,
    pub right_id: ContributionId,
}

impl Store {
    /// The pairs of a round, in the order in which they were found.
    pub async fn judged_pairs(&self, id: CollectiveId, round: i32) -> Result<Vec<JudgedPair>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, JudgedPair>(
            "SELECT id, left_id, right_id, state, attempt, same, reason, invocation_id, error_type, error \
             FROM collective_pairs WHERE collective_proposal_id = $1 AND round = $2 ORDER BY id",
        )
        .bind(id)
        .bind(round)
        .fetch_all(pool)
        .await?))
    }
}

impl Tx {
    /// `false` where the pair is there already.
    pub async fn insert_pair(
        &mut self,
        id: CollectiveId,
        round: i32,
        pair: NewPair,
    ) -> Result<bool> {
        let row: Uuid = self.clock().id();
        let now = self.clock().now();
        Ok(on_tx!(self, c => sqlx::query(
            "INSERT INTO collective_pairs (id, collective_proposal_id, round, left_id, right_id, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (collective_proposal_id, round, left_id, right_id) DO NOTHING",
        )
        .bind(row)
        .bind(id)
        .bind(round)
        .bind(pair.left_id)
        .bind(pair.right_id)
        .bind(now)
        .execute(c)
        .await?
        .rows_affected())
            == 1)
    }

    pub async fn begin_pair(&mut self, id: Uuid, invocation: InvocationId) -> Result<()> {
        on_tx!(self, c => sqlx::query(
            "UPDATE collective_pairs SET state = 'running', attempt = attempt + 1, invocation_id = $2 WHERE id = $1",
        )
        .bind(id)
        .bind(invocation)
        .execute(c)
        .await?
        .rows_affected());
        Ok(())
    }

    /// Writes how a pair was judged, or why it was not.
    pub async fn end_pair(
        &mut self,
        id: Uuid,
        state: MemberState,
        verdict: Option<(bool, &str)>,
        invocation: Option<InvocationId>,
        error: Option<(&str, &str)>,
    ) -> Result<()> {
        let now = self.clock().now();
        on_tx!(self, c => sqlx::query(
            "UPDATE collective_pairs SET state = $2, same = $3, reason = $4, \
             invocation_id = coalesce($5, invocation_id), error_type = $6, error = $7, ended_at = $8 WHERE id = $1",
        )
        .bind(id)
        .bind(state)
        .bind(verdict.map(|(same, _)| same))
        .bind(verdict.map(|(_, reason)| reason))
        .bind(invocation)
        .bind(error.map(|(kind, _)| kind))
        .bind(error.map(|(_, message)| message))
        .bind(now)
        .execute(c)
        .await?
        .rows_affected());
        Ok(())
    }

    /// Pairs that were not judged are cancelled with their run.
    pub async fn cancel_pairs(&mut self, id: CollectiveId, why: &str) -> Result<()> {
        let now = self.clock().now();
        on_tx!(self, c => sqlx::query(
            "UPDATE collective_pairs SET state = 'cancelled', ended_at = $2, error_type = 'cancelled', error = $3 \
             WHERE collective_proposal_id = $1 AND state IN ('pending', 'running')",
        )
        .bind(id)
        .bind(now)
        .bind(why)
        .execute(c)
        .await?
        .rows_affected());
        Ok(())
    }
}
