//! The list of agents, sorted and paged, with what each did lately.

use chrono::{DateTime, Utc};
use model::{
    Acceptance, Agent, AgentCursor, AgentKey, AgentRow, AgentSearch, AgentSort, NEVER, SortOrder,
};
use sqlx::FromRow;

use super::{Result, Store, on_db};

#[derive(Clone, Debug, FromRow)]
struct Listed {
    #[sqlx(flatten)]
    agent: Agent,
    last_used_at: Option<DateTime<Utc>>,
    accepted: i64,
    decided: i64,
}

impl From<Listed> for AgentRow {
    fn from(row: Listed) -> Self {
        Self {
            agent: row.agent,
            last_used_at: row.last_used_at,
            acceptance: Acceptance::of(row.accepted, row.decided),
        }
    }
}

// The parts of the statements. $1 hub, $2 active, $3 provider, $4 trust level,
// $5 text as a pattern, $6 and $7 the cursor's key and id, $8 rows, $9 the
// moment from which decisions count, $10 what stands for "never". What a policy
// applied is nobody's decision.

macro_rules! used {
    () => {
        "(SELECT max(i.started_at) FROM agent_invocations i WHERE i.agent_registration_id = a.id) AS last_used_at, \
         (SELECT count(*) FROM agent_proposals p WHERE p.agent_registration_id = a.id AND p.status = 'accepted' \
          AND NOT p.auto_applied AND EXISTS (SELECT 1 FROM agent_review_records r WHERE r.proposal_id = p.id AND r.verdict = p.status \
          AND r.created_at >= $9)) AS accepted, \
         (SELECT count(*) FROM agent_proposals p WHERE p.agent_registration_id = a.id \
          AND p.status IN ('accepted', 'rejected', 'revised') \
          AND NOT p.auto_applied AND EXISTS (SELECT 1 FROM agent_review_records r WHERE r.proposal_id = p.id AND r.verdict = p.status \
          AND r.created_at >= $9)) AS decided"
    };
}

macro_rules! filters {
    () => {
        "($2 IS NULL OR a.is_active = $2) AND ($3 IS NULL OR a.provider = $3) AND ($4 IS NULL OR a.trust_level = $4) \
         AND ($5 IS NULL OR lower(a.name) LIKE lower($5) ESCAPE '\\' OR a.slug LIKE lower($5) ESCAPE '\\' \
         OR lower(a.model_name) LIKE lower($5) ESCAPE '\\' \
         OR lower(CAST(a.capabilities AS TEXT)) LIKE lower($5) ESCAPE '\\')"
    };
}

/// Sorted by what stands in the row: only the page's rows are looked up.
macro_rules! by_column {
    ($hub:literal, $key:literal, $bound:literal, $than:literal, $order:literal) => {
        concat!(
            "SELECT a.*, ",
            used!(),
            " FROM (SELECT a.* FROM agent_registrations a WHERE ",
            $hub,
            " AND ",
            filters!(),
            " AND ($7 IS NULL OR (",
            $key,
            ", a.id) ",
            $than,
            " (",
            $bound,
            ", $7)) ORDER BY ",
            $key,
            " ",
            $order,
            ", a.id ",
            $order,
            " LIMIT $8) a ORDER BY ",
            $key,
            " ",
            $order,
            ", a.id ",
            $order
        )
    };
}

/// Sorted by the id alone.
macro_rules! by_id {
    ($hub:literal, $than:literal, $order:literal) => {
        concat!(
            "SELECT a.*, ",
            used!(),
            " FROM (SELECT a.* FROM agent_registrations a WHERE ",
            $hub,
            " AND ",
            filters!(),
            " AND ($7 IS NULL OR a.id ",
            $than,
            " $7) ORDER BY a.id ",
            $order,
            " LIMIT $8) a ORDER BY a.id ",
            $order
        )
    };
}

/// Sorted by what has to be looked up for each agent.
macro_rules! by_use {
    ($hub:literal, $key:literal, $than:literal, $order:literal) => {
        concat!(
            "SELECT u.* FROM (SELECT a.*, ",
            used!(),
            " FROM agent_registrations a WHERE ",
            $hub,
            " AND ",
            filters!(),
            ") u WHERE ($7 IS NULL OR (",
            $key,
            ", u.id) ",
            $than,
            " ($6, $7)) ORDER BY ",
            $key,
            " ",
            $order,
            ", u.id ",
            $order,
            " LIMIT $8"
        )
    };
}

/// Both directions, in one hub and in all.
macro_rules! each {
    ($search:expr, $by:ident!($($key:literal),*)) => {
        match ($search.filter.hub_id.is_some(), order($search)) {
            (true, SortOrder::Asc) => $by!("a.hub_id = $1", $($key,)* ">", "ASC"),
            (true, SortOrder::Desc) => $by!("a.hub_id = $1", $($key,)* "<", "DESC"),
            (false, SortOrder::Asc) => $by!("$1 IS NULL", $($key,)* ">", "ASC"),
            (false, SortOrder::Desc) => $by!("$1 IS NULL", $($key,)* "<", "DESC"),
        }
    };
}

fn order(search: &AgentSearch) -> SortOrder {
    search.order.unwrap_or(search.sort.usual_order())
}

/// The statement that answers a search; public for the test of its plan.
pub fn statement(search: &AgentSearch) -> &'static str {
    match search.sort {
        AgentSort::Newest => each!(search, by_id!()),
        AgentSort::Name => each!(search, by_column!("lower(a.name)", "lower($6)")),
        AgentSort::Provider => each!(search, by_column!("a.provider", "$6")),
        AgentSort::Model => each!(search, by_column!("lower(a.model_name)", "lower($6)")),
        AgentSort::Trust => each!(
            search,
            by_column!(
                "CASE a.trust_level WHEN 'advisory' THEN 0 WHEN 'elevated' THEN 1 ELSE 2 END",
                "$6"
            )
        ),
        AgentSort::LastUsed => each!(search, by_use!("coalesce(u.last_used_at, $10)")),
        AgentSort::Acceptance => each!(
            search,
            by_use!("CASE u.decided WHEN 0 THEN -1 ELSE u.accepted * 1000000 / u.decided END")
        ),
    }
}

/// A text as a pattern that matches it anywhere.
pub(crate) fn pattern(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

impl Store {
    /// One more than the search's limit. Decisions count from `since` on.
    pub async fn search_agents(
        &self,
        search: &AgentSearch,
        since: DateTime<Utc>,
    ) -> Result<Vec<AgentRow>> {
        macro_rules! rows {
            ($key:expr) => {
                on_db!(self, pool => sqlx::query_as::<_, Listed>(statement(search))
                    .bind(search.filter.hub_id)
                    .bind(search.filter.active)
                    .bind(search.filter.provider)
                    .bind(search.filter.trust_level)
                    .bind(search.text.as_deref().map(pattern))
                    .bind($key)
                    .bind(search.after.as_ref().map(|after| after.id))
                    .bind(search.limit + 1)
                    .bind(since)
                    .bind(NEVER)
                    .fetch_all(pool)
                    .await?)
            };
        }
        let key = search.after.as_ref().map(|AgentCursor { key, .. }| key);
        let rows: Vec<Listed> = match search.sort {
            AgentSort::Newest | AgentSort::Name | AgentSort::Provider | AgentSort::Model => {
                rows!(key.and_then(|key| match key {
                    AgentKey::Text(text) => Some(text.as_str()),
                    _ => None,
                }))
            }
            AgentSort::LastUsed => rows!(key.and_then(|key| match key {
                AgentKey::Time(time) => Some(*time),
                _ => None,
            })),
            AgentSort::Trust | AgentSort::Acceptance => rows!(key.and_then(|key| match key {
                AgentKey::Number(number) => Some(*number),
                _ => None,
            })),
        };
        Ok(rows.into_iter().map(AgentRow::from).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_its_text_only() {
        assert_eq!(pattern("50%_\\"), "%50\\%\\_\\\\%");
    }
}
