//! Lists come in pages, newest first.

use serde::{Deserialize, Serialize};

/// Rows in a page where nothing else is asked.
pub const LIMIT_DEFAULT: i64 = 50;
/// Rows in a page at the most.
pub const LIMIT_MAX: i64 = 200;

/// One page of a list. `next_cursor` is `None` on the last one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    pub items: Vec<T>,
    pub next_cursor: Option<String>,
}

/// Which page is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageRequest {
    /// 1 to [`LIMIT_MAX`].
    pub limit: i64,
    /// The id of the last row that the client has.
    pub after: Option<uuid::Uuid>,
}

impl Default for PageRequest {
    fn default() -> Self {
        Self {
            limit: LIMIT_DEFAULT,
            after: None,
        }
    }
}

impl PageRequest {
    /// The id before which the page begins; of a first page, one that comes
    /// after all that are made.
    pub fn before(self) -> uuid::Uuid {
        self.after.unwrap_or(uuid::Uuid::max())
    }

    /// Cuts `rows`, read with a limit of one more than asked, into a page.
    pub fn cut<T>(self, mut rows: Vec<T>, id: impl Fn(&T) -> uuid::Uuid) -> Page<T> {
        let limit = usize::try_from(self.limit).unwrap_or(0);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = if more {
            rows.last().map(|row| id(row).to_string())
        } else {
            None
        };
        Page {
            items: rows,
            next_cursor,
        }
    }
}
