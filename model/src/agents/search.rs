//! The list of agents: filters, sorting, paging.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Agent, AgentFilter};
use crate::{AgentId, AgentSort, LIMIT_DEFAULT, SortOrder};

/// An agent in a list, with what it did lately.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentRow {
    #[serde(flatten)]
    pub agent: Agent,
    /// When it was last asked; `null` where it never was.
    pub last_used_at: Option<DateTime<Utc>>,
    /// Over the last 30 days; `null` where people decided nothing in them.
    pub acceptance: Option<Acceptance>,
}

/// How many of an agent's proposals people accepted.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Acceptance {
    pub accepted: i64,
    /// Accepted, rejected or revised.
    pub decided: i64,
    /// `accepted` of `decided`, 0 to 1.
    pub share: f64,
}

impl Acceptance {
    /// `None` where nothing was decided.
    pub fn of(accepted: i64, decided: i64) -> Option<Self> {
        #[allow(clippy::cast_precision_loss)] // counts of rows
        (decided > 0).then(|| Self {
            accepted,
            decided,
            share: accepted as f64 / decided as f64,
        })
    }
}

/// Which agents a list shows, in which order, from where.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgentSearch {
    pub filter: AgentFilter,
    /// In name, slug, model or capabilities, whatever the case.
    pub text: Option<String>,
    pub sort: AgentSort,
    /// `None`: the order that one expects of `sort`.
    pub order: Option<SortOrder>,
    pub limit: i64,
    pub after: Option<AgentCursor>,
}

impl Default for AgentSearch {
    fn default() -> Self {
        Self {
            filter: AgentFilter::default(),
            text: None,
            sort: AgentSort::Newest,
            order: None,
            limit: LIMIT_DEFAULT,
            after: None,
        }
    }
}

impl AgentSort {
    /// Words from A to Z; what is more, newer or better first.
    pub const fn usual_order(self) -> SortOrder {
        match self {
            Self::Name | Self::Provider | Self::Model => SortOrder::Asc,
            Self::Newest | Self::Trust | Self::LastUsed | Self::Acceptance => SortOrder::Desc,
        }
    }
}

/// What a sort compares. Where two agents are equal in it, their ids decide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AgentKey {
    /// The id alone.
    Id,
    Text(String),
    Time(DateTime<Utc>),
    Number(i64),
}

/// The place of an agent in a sorted list. It holds what was compared, so that
/// the next page begins there also when that agent has changed meanwhile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentCursor {
    pub sort: AgentSort,
    pub key: AgentKey,
    pub id: AgentId,
}

impl AgentCursor {
    /// After this row, in a list sorted by `sort`.
    pub fn after(sort: AgentSort, row: &AgentRow) -> Self {
        let agent = &row.agent;
        let key = match sort {
            AgentSort::Newest => AgentKey::Id,
            AgentSort::Name => AgentKey::Text(agent.name.clone()),
            AgentSort::Provider => AgentKey::Text(agent.provider.to_string()),
            AgentSort::Model => AgentKey::Text(agent.model_name.clone()),
            AgentSort::Trust => AgentKey::Number(agent.trust_level as i64),
            AgentSort::LastUsed => AgentKey::Time(row.last_used_at.unwrap_or(NEVER)),
            AgentSort::Acceptance => AgentKey::Number(millionths(row.acceptance)),
        };
        Self {
            sort,
            key,
            id: agent.id,
        }
    }

    /// Reads a cursor of a list sorted by `sort`; `None` for any other text.
    pub fn parse(sort: AgentSort, text: &str) -> Option<Self> {
        let (key, id) = if sort == AgentSort::Newest {
            (AgentKey::Id, text)
        } else {
            let rest = text.strip_prefix(sort.as_str())?.strip_prefix('.')?;
            let (id, key) = rest.split_once('.')?;
            (read_key(sort, key)?, id)
        };
        let id = id.parse().ok()?;
        Some(Self { sort, key, id })
    }
}

/// In place of a time for agents that were never asked: before all others.
pub const NEVER: DateTime<Utc> = DateTime::UNIX_EPOCH;

/// A share in whole millionths; −1, below all others, where nothing was decided.
fn millionths(acceptance: Option<Acceptance>) -> i64 {
    acceptance.map_or(-1, |a| a.accepted * 1_000_000 / a.decided.max(1))
}

fn read_key(sort: AgentSort, key: &str) -> Option<AgentKey> {
    match sort {
        AgentSort::Newest => None,
        AgentSort::Name | AgentSort::Provider | AgentSort::Model => {
            let text = String::from_utf8(unhex(key)?).ok()?;
            // A database refuses NUL.
            (!text.contains('\0')).then_some(AgentKey::Text(text))
        }
        AgentSort::LastUsed => {
            let micros = key.parse().ok()?;
            let time = DateTime::from_timestamp_micros(micros)?;
            // A database knows no year of six digits.
            (NEVER <= time && micros < 253_402_300_800_000_000).then_some(AgentKey::Time(time))
        }
        AgentSort::Trust | AgentSort::Acceptance => key.parse().ok().map(AgentKey::Number),
    }
}

impl std::fmt::Display for AgentCursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (sort, id) = (self.sort, self.id);
        match &self.key {
            AgentKey::Id => write!(f, "{id}"),
            AgentKey::Number(n) => write!(f, "{sort}.{id}.{n}"),
            AgentKey::Time(time) => write!(f, "{sort}.{id}.{}", time.timestamp_micros()),
            AgentKey::Text(text) => {
                write!(f, "{sort}.{id}.")?;
                text.bytes().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }
    }
}

pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn cursor() -> impl Strategy<Value = AgentCursor> {
        let id = any::<u128>().prop_map(|n| AgentId(Uuid::from_u128(n)));
        let text = "[^\\x00]{0,30}".prop_map(AgentKey::Text);
        let time = (0_i64..4_000_000_000_000_000)
            .prop_map(|n| AgentKey::Time(DateTime::from_timestamp_micros(n).unwrap_or(NEVER)));
        let number = (-1_i64..=1_000_000).prop_map(AgentKey::Number);
        prop_oneof![
            (Just(AgentSort::Newest), Just(AgentKey::Id), id.clone()),
            (Just(AgentSort::Name), text.clone(), id.clone()),
            (Just(AgentSort::Model), text, id.clone()),
            (Just(AgentSort::LastUsed), time, id.clone()),
            (Just(AgentSort::Trust), number.clone(), id.clone()),
            (Just(AgentSort::Acceptance), number, id),
        ]
        .prop_map(|(sort, key, id)| AgentCursor { sort, key, id })
    }

    proptest! {
        #[test]
        fn a_cursor_is_read_as_it_was_written(cursor in cursor()) {
            let text = cursor.to_string();
            prop_assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)), "{}", text);
            prop_assert_eq!(AgentCursor::parse(cursor.sort, &text), Some(cursor.clone()));
            for sort in AgentSort::ALL.iter().filter(|sort| **sort != cursor.sort) {
                prop_assert_eq!(AgentCursor::parse(*sort, &text), None);
            }
        }

        #[test]
        fn any_text_is_a_cursor_or_none(text in ".{0,60}", sort in 0_usize..7) {
            let _ = AgentCursor::parse(AgentSort::ALL[sort], &text);
        }
    }

    #[test]
    fn strange_cursors_are_none() {
        let id = Uuid::nil();
        for (sort, key) in [
            (AgentSort::Name, "00"),
            (AgentSort::Name, "f"),
            (AgentSort::Name, "+1"),
            (AgentSort::Name, "ff"),
            (AgentSort::LastUsed, "-1"),
            (AgentSort::LastUsed, "9223372036854775807"),
            (AgentSort::Trust, "x"),
        ] {
            let text = format!("{sort}.{id}.{key}");
            assert_eq!(AgentCursor::parse(sort, &text), None, "{text}");
        }
    }

    #[test]
    fn nothing_decided_is_no_share() {
        assert_eq!(Acceptance::of(0, 0), None);
        assert_eq!(Acceptance::of(1, 4).map(|a| a.share), Some(0.25));
    }
}
