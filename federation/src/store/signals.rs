//! Outcome signals: append-only.

use model::{HubId, OutcomeSignal, PageRequest, ProposalId, SignalFilter, WidgetId};

use super::{Result, Store, Tx, on_db, on_tx};

impl Store {
    /// One more than the page's limit, newest first.
    pub async fn outcome_signals(
        &self,
        filter: &SignalFilter,
        page: PageRequest,
    ) -> Result<Vec<OutcomeSignal>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, OutcomeSignal>(
            "SELECT * FROM outcome_signals WHERE ($1 IS NULL OR hub_id = $1) AND ($2 IS NULL OR widget_id = $2) \
             AND ($3 IS NULL OR proposal_id = $3) AND ($4 IS NULL OR kind = $4) AND ($5 IS NULL OR id < $5) \
             ORDER BY id DESC LIMIT $6",
        )
        .bind(filter.hub_id)
        .bind(filter.widget_id)
        .bind(filter.proposal_id)
        .bind(&filter.kind)
        .bind(page.after)
        .bind(page.limit + 1)
        .fetch_all(pool)
        .await?))
    }

    /// The hub of a proposal and the widget that it is about; `None`: there is
    /// no such proposal.
    pub async fn proposal_place(
        &self,
        id: ProposalId,
    ) -> Result<Option<(HubId, Option<WidgetId>)>> {
        Ok(on_db!(self, pool => sqlx::query_as(
            "SELECT hub_id, source_widget_id FROM agent_proposals WHERE id = $1",
        )
        .bind(id)
        .fetch_optional(pool)
        .await?))
    }
}

impl Tx {
    pub async fn insert_signal(&mut self, signal: &OutcomeSignal) -> Result<()> {
        on_tx!(self, c => sqlx::query(
            "INSERT INTO outcome_signals (id, hub_id, widget_id, proposal_id, kind, value, payload, observed_at, \
             created_by, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(signal.id)
        .bind(signal.hub_id)
        .bind(signal.widget_id)
        .bind(signal.proposal_id)
        .bind(&signal.kind)
        .bind(signal.value)
        .bind(&signal.payload)
        .bind(signal.observed_at)
        .bind(&signal.created_by)
        .bind(signal.created_at)
        .execute(c)
        .await?
        .rows_affected());
        Ok(())
    }
}
