//! The order of a comparison, and a place in it.

use std::{cmp::Ordering, fmt};

use super::PerformanceRow;
use crate::{AgentId, PerformanceSort, SortOrder, agents::unhex};

/// The place of a row in a sorted comparison. It holds what was compared, so
/// that the next page begins there also when that agent has changed meanwhile.
#[derive(Clone, Debug, PartialEq)]
pub struct PerformanceCursor {
    pub sort: PerformanceSort,
    /// `None`: not defined, or sorted by name.
    pub key: Option<f64>,
    /// In lower case.
    pub name: String,
    pub id: AgentId,
}

impl PerformanceCursor {
    /// The place of this row, sorted by `sort`.
    pub fn of(sort: PerformanceSort, row: &PerformanceRow) -> Self {
        Self {
            sort,
            key: key(sort, row),
            name: row.agent_name.to_lowercase(),
            id: row.agent_registration_id,
        }
    }

    /// Which comes first, both in the same sort: what is not defined comes
    /// last, in either direction; where two are equal, their names decide.
    pub fn compare(&self, other: &Self, order: SortOrder) -> Ordering {
        let names = || (&self.name, self.id).cmp(&(&other.name, other.id));
        let turned = |ordering: Ordering| match order {
            SortOrder::Asc => ordering,
            SortOrder::Desc => ordering.reverse(),
        };
        if self.sort == PerformanceSort::Name {
            return turned(names());
        }
        match (self.key, other.key) {
            (Some(x), Some(y)) => turned(x.total_cmp(&y)).then_with(names),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => names(),
        }
    }

    /// Reads a cursor of a comparison sorted by `sort`; `None` for any other
    /// text.
    pub fn parse(sort: PerformanceSort, text: &str) -> Option<Self> {
        let rest = text.strip_prefix(sort.as_str())?.strip_prefix('_')?;
        let (key, rest) = rest.split_once('_')?;
        let (id, name) = rest.split_once('_')?;
        let key = match key {
            "" => None,
            bits => Some(number(bits)?),
        };
        Some(Self {
            sort,
            key,
            name: String::from_utf8(unhex(name)?).ok()?,
            id: id.parse().ok()?,
        })
    }
}

impl fmt::Display for PerformanceCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_", self.sort)?;
        if let Some(key) = self.key {
            write!(f, "{:016x}", key.to_bits())?;
        }
        write!(f, "_{}_", self.id)?;
        self.name
            .bytes()
            .try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The number with these bits.
fn number(bits: &str) -> Option<f64> {
    let bits = u64::from_str_radix(bits, 16).ok()?;
    Some(f64::from_bits(bits)).filter(|number| number.is_finite())
}

fn key(sort: PerformanceSort, row: &PerformanceRow) -> Option<f64> {
    let slice = row.slice.as_ref();
    match sort {
        PerformanceSort::Name => None,
        PerformanceSort::Generated => slice.map(|s| s.generated as f64),
        PerformanceSort::Acceptance => slice?.acceptance().map(|r| r.share),
        PerformanceSort::Confidence => slice?.mean_confidence,
        PerformanceSort::Calibration => slice?.calibration.score,
        PerformanceSort::Brier => slice?.brier,
        PerformanceSort::Cost => slice?.cost_microusd_per_accepted().map(|c| c as f64),
        PerformanceSort::Time => row.median_decision_ms.map(|ms| ms as f64),
        PerformanceSort::Change => row.change.as_ref().map(|c| c.difference.difference),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn cursor() -> impl Strategy<Value = PerformanceCursor> {
        let sort = proptest::sample::select(PerformanceSort::ALL);
        let key = proptest::option::of(-1e15_f64..1e15);
        (sort, key, "[a-zäß _.-]{0,30}", any::<u128>()).prop_map(|(sort, key, name, id)| {
            PerformanceCursor {
                sort,
                key,
                name,
                id: AgentId(Uuid::from_u128(id)),
            }
        })
    }

    proptest! {
        #[test]
        fn a_cursor_is_read_as_it_was_written(cursor in cursor()) {
            let text = cursor.to_string();
            // It stands in an address as it is.
            prop_assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
            prop_assert_eq!(PerformanceCursor::parse(cursor.sort, &text), Some(cursor));
        }

        #[test]
        fn any_other_text_is_none(text in "\\PC{0,60}") {
            for sort in PerformanceSort::ALL {
                prop_assert_eq!(PerformanceCursor::parse(*sort, &text), None);
            }
        }
    }

    #[test]
    fn a_cursor_holds_for_its_sort_and_for_numbers_alone() {
        let id = Uuid::nil();
        let of = |text: String| PerformanceCursor::parse(PerformanceSort::Cost, &text);
        assert!(of(format!("cost_0_{id}_61")).is_some());
        for wrong in [
            format!("time_0_{id}_61"),
            // Not a number, and none at all.
            format!("cost_7ff8000000000000_{id}_61"),
            format!("cost_zz_{id}_61"),
            "cost_0_x_61".to_owned(),
            format!("cost_0_{id}_6"),
            format!("cost_0_{id}"),
        ] {
            assert_eq!(of(wrong.clone()), None, "{wrong}");
        }
    }
}
