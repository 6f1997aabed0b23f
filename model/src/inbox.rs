//! The inbox: all that waits for a person, in one list.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{AgentId, ConsensusStatus, HubId, InboxKind, InboxSort};

/// One agent proposal or finished collective proposal that waits for a person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InboxItem {
    pub kind: InboxKind,
    pub id: Uuid,
    pub hub_id: HubId,
    pub title: String,
    pub task_type: String,
    /// The agent that answered; `null` for a collective proposal.
    pub agent_registration_id: Option<AgentId>,
    pub agent_name: Option<String>,
    /// The agent's own, 0 to 1.
    pub confidence: Option<f64>,
    /// The agent's confidence and recommendation are held back until the
    /// caller has recorded an own judgement.
    pub covered: bool,
    /// Of a collective proposal.
    pub consensus_status: Option<ConsensusStatus>,
    /// Since when it waits.
    pub waiting_since: DateTime<Utc>,
}

/// Which part of the inbox is asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InboxFilter {
    pub hub_id: Option<HubId>,
    pub task_type: Option<String>,
    /// Those that this agent answered, alone or as one of several.
    pub agent_registration_id: Option<AgentId>,
    pub kind: Option<InboxKind>,
    pub sort: InboxSort,
}

impl Default for InboxFilter {
    fn default() -> Self {
        Self {
            hub_id: None,
            task_type: None,
            agent_registration_id: None,
            kind: None,
            sort: InboxSort::Newest,
        }
    }
}

/// Where a page of the inbox ends.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct InboxPlace {
    /// How sure one can be of the last row; counts where the most uncertain
    /// come first.
    pub rank: f64,
    pub id: Uuid,
}

impl InboxPlace {
    /// As a cursor. A number's shortest text is the number again.
    pub fn cursor(self) -> String {
        format!("{}_{}", self.rank, self.id)
    }

    pub fn read(cursor: &str) -> Option<Self> {
        let (rank, id) = cursor.split_once('_')?;
        let rank = rank.parse().ok().filter(|rank: &f64| rank.is_finite())?;
        Some(Self {
            rank,
            id: id.parse().ok()?,
        })
    }
}

/// One page of the inbox.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InboxPage {
    pub items: Vec<InboxItem>,
    pub next_cursor: Option<String>,
    pub counts: InboxCounts,
}

/// What waits in all, whatever the page and the kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InboxCounts {
    pub proposals: i64,
    pub collective_proposals: i64,
}

impl InboxCounts {
    pub const fn all(self) -> i64 {
        self.proposals.saturating_add(self.collective_proposals)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_cursor_is_read_as_it_was_written(rank in -2.0f64..=1.0, id in any::<u128>()) {
            let place = InboxPlace { rank, id: Uuid::from_u128(id) };
            prop_assert_eq!(InboxPlace::read(&place.cursor()), Some(place));
        }

        #[test]
        fn any_text_is_a_cursor_or_none(text in ".*") {
            if let Some(place) = InboxPlace::read(&text) {
                prop_assert!(place.rank.is_finite());
            }
        }
    }
}
