//! The inbox: agent proposals and collective proposals in one list.
//!
//! Each half walks an index of what waits and stops at the limit; the outer
//! query merges two short lists. The statements of a hub and of all hubs stand
//! apart, so that both engines walk the index that fits.

use model::{Caller, InboxCounts, InboxFilter, InboxItem, InboxPlace, InboxSort};
use sqlx::FromRow;

use super::{Result, Store, on_db};

/// Whether the agent's opinion of a proposal is held back from the caller.
macro_rules! covered {
    () => {
        "(p.hub_id IN (SELECT h.id FROM hubs h WHERE h.decide_first) AND NOT EXISTS (SELECT 1 FROM own_judgements j \
         WHERE j.proposal_id = p.id AND j.round = p.round AND j.reviewer_kind = $8 AND j.reviewer_id = $9))"
    };
}

/// How sure one can be of a proposal: what is unknown or held back comes
/// before what is known.
macro_rules! proposal_rank {
    () => {
        concat!(
            "(CASE WHEN p.confidence IS NULL OR ",
            covered!(),
            " THEN CAST(-1 AS DOUBLE PRECISION) ELSE p.confidence END)"
        )
    };
}

/// How sure one can be of a collective proposal: as its agents agree.
macro_rules! collective_rank {
    () => {
        "CAST(CASE c.consensus_status WHEN 'divergent' THEN -2 WHEN 'pending' THEN -1 ELSE 1 END AS DOUBLE PRECISION)"
    };
}

/// One statement; `$1` hub, `$2` task, `$3` agent, `$4` kind, `$5` and `$6`
/// the place after which it begins, `$7` the limit, `$8` and `$9` the caller.
macro_rules! page {
    ($in_hub_p:literal, $in_hub_c:literal, $after_p:expr, $after_c:expr, $order:literal) => {
        concat!(
            "SELECT w.kind AS kind, w.id AS id, w.hub_id AS hub_id, w.title AS title, w.task_type AS task_type, \
             w.agent_registration_id AS agent_registration_id, v.name AS agent_name, w.confidence AS confidence, \
             w.covered AS covered, w.consensus_status AS consensus_status, w.waiting_since AS waiting_since, w.rank AS rank FROM (",
            "SELECT * FROM (SELECT 'proposal' AS kind, p.id AS id, p.hub_id AS hub_id, p.title AS title, p.task_type AS task_type, \
             p.agent_registration_id AS agent_registration_id, p.agent_version AS agent_version, \
             (CASE WHEN ",
            covered!(),
            " THEN NULL ELSE p.confidence END) AS confidence, ",
            covered!(),
            " AS covered, CAST(NULL AS TEXT) AS consensus_status, coalesce(p.ended_at, p.created_at) AS waiting_since, ",
            proposal_rank!(),
            " AS rank FROM agent_proposals p WHERE p.status = 'pending' AND ",
            $in_hub_p,
            " AND ($2 IS NULL OR p.task_type = $2) AND ($3 IS NULL OR p.agent_registration_id = $3) \
             AND ($4 IS NULL OR $4 = 'proposal') AND ",
            $after_p,
            $order,
            " LIMIT $7) a UNION ALL SELECT * FROM (SELECT 'collective_proposal' AS kind, c.id AS id, c.hub_id AS hub_id, \
             c.title AS title, c.task_type AS task_type, CAST(NULL AS ",
            "UUID) AS agent_registration_id, CAST(NULL AS INTEGER) AS agent_version, \
             CAST(NULL AS DOUBLE PRECISION) AS confidence, FALSE AS covered, c.consensus_status AS consensus_status, \
             coalesce(c.finished_at, c.created_at) AS waiting_since, ",
            collective_rank!(),
            " AS rank FROM collective_proposals c WHERE c.decision = 'pending' AND c.run_state = 'finished' AND ",
            $in_hub_c,
            " AND ($2 IS NULL OR c.task_type = $2) AND ($3 IS NULL OR EXISTS (SELECT 1 FROM collective_members m \
             WHERE m.collective_proposal_id = c.id AND m.agent_registration_id = $3)) \
             AND ($4 IS NULL OR $4 = 'collective_proposal') AND ",
            $after_c,
            $order,
            " LIMIT $7) b) w LEFT JOIN agent_versions v ON v.agent_registration_id = w.agent_registration_id \
             AND v.version = w.agent_version ",
            $order,
            " LIMIT $7"
        )
    };
}

macro_rules! newest {
    ($p:literal, $c:literal) => {
        page!(
            $p,
            $c,
            "(CAST($5 AS DOUBLE PRECISION) IS NULL OR p.id < $6)",
            "(CAST($5 AS DOUBLE PRECISION) IS NULL OR c.id < $6)",
            " ORDER BY id DESC"
        )
    };
}

macro_rules! uncertain {
    ($p:literal, $c:literal) => {
        page!(
            $p,
            $c,
            concat!(
                "(CAST($5 AS DOUBLE PRECISION) IS NULL OR ",
                proposal_rank!(),
                " > $5 OR (",
                proposal_rank!(),
                " = $5 AND p.id < $6))"
            ),
            concat!(
                "(CAST($5 AS DOUBLE PRECISION) IS NULL OR ",
                collective_rank!(),
                " > $5 OR (",
                collective_rank!(),
                " = $5 AND c.id < $6))"
            ),
            " ORDER BY rank, id DESC"
        )
    };
}

/// The statement of a page, for the store and for the test of its plan.
pub fn statement(in_hub: bool, sort: InboxSort) -> &'static str {
    match (in_hub, sort) {
        (true, InboxSort::Newest) => newest!("p.hub_id = $1", "c.hub_id = $1"),
        (false, InboxSort::Newest) => newest!("$1 IS NULL", "$1 IS NULL"),
        (true, InboxSort::Uncertain) => uncertain!("p.hub_id = $1", "c.hub_id = $1"),
        (false, InboxSort::Uncertain) => uncertain!("$1 IS NULL", "$1 IS NULL"),
    }
}

#[derive(FromRow)]
struct Ranked {
    #[sqlx(flatten)]
    item: InboxItem,
    rank: f64,
}

impl Store {
    /// One more than the limit, each with its place; what is held back from
    /// the caller is left out, also from the order.
    pub async fn inbox(
        &self,
        caller: &Caller,
        filter: &InboxFilter,
        after: Option<InboxPlace>,
        limit: i64,
    ) -> Result<Vec<(InboxItem, InboxPlace)>> {
        let sql = statement(filter.hub_id.is_some(), filter.sort);
        let rows = on_db!(self, pool => sqlx::query_as::<_, Ranked>(sql)
            .bind(filter.hub_id)
            .bind(&filter.task_type)
            .bind(filter.agent_registration_id)
            .bind(filter.kind)
            .bind(after.map(|place| place.rank))
            .bind(after.map(|place| place.id))
            .bind(limit + 1)
            .bind(caller.kind)
            .bind(caller.id)
            .fetch_all(pool)
            .await?);
        Ok(rows
            .into_iter()
            .map(|row| {
                let place = InboxPlace {
                    rank: row.rank,
                    id: row.item.id,
                };
                (row.item, place)
            })
            .collect())
    }

    /// What waits, whatever its kind. `None`: in all hubs.
    pub async fn inbox_counts(&self, filter: &InboxFilter) -> Result<InboxCounts> {
        const IN_HUB: &str = "SELECT \
             (SELECT count(*) FROM agent_proposals p WHERE p.hub_id = $1 AND p.status = 'pending' \
              AND ($2 IS NULL OR p.task_type = $2) AND ($3 IS NULL OR p.agent_registration_id = $3)) AS proposals, \
             (SELECT count(*) FROM collective_proposals c WHERE c.hub_id = $1 AND c.decision = 'pending' AND c.run_state = 'finished' \
              AND ($2 IS NULL OR c.task_type = $2) AND ($3 IS NULL OR EXISTS (SELECT 1 FROM collective_members m \
              WHERE m.collective_proposal_id = c.id AND m.agent_registration_id = $3))) AS collective_proposals";
        const ANYWHERE: &str = "SELECT \
             (SELECT count(*) FROM agent_proposals p WHERE $1 IS NULL AND p.status = 'pending' \
              AND ($2 IS NULL OR p.task_type = $2) AND ($3 IS NULL OR p.agent_registration_id = $3)) AS proposals, \
             (SELECT count(*) FROM collective_proposals c WHERE $1 IS NULL AND c.decision = 'pending' AND c.run_state = 'finished' \
              AND ($2 IS NULL OR c.task_type = $2) AND ($3 IS NULL OR EXISTS (SELECT 1 FROM collective_members m \
              WHERE m.collective_proposal_id = c.id AND m.agent_registration_id = $3))) AS collective_proposals";
        let sql = if filter.hub_id.is_some() {
            IN_HUB
        } else {
            ANYWHERE
        };
        Ok(on_db!(self, pool => sqlx::query_as::<_, InboxCounts>(sql)
            .bind(filter.hub_id)
            .bind(&filter.task_type)
            .bind(filter.agent_registration_id)
            .fetch_one(pool)
            .await?))
    }
}
