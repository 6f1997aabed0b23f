//! What each chart shows, as a table: for those who do not see it, and for
//! export.

use serde::{Deserialize, Serialize};

use super::{PerformanceRecord, PerformanceRow, Ratio, Slice};
use crate::{ComparisonChart, PerformanceChart};

/// A table of numbers with a head.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NumberTable {
    /// Names with their unit.
    pub columns: Vec<String>,
    pub rows: Vec<Vec<Cell>>,
}

/// A cell of a [`NumberTable`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum Cell {
    Count(i64),
    Number(f64),
    Text(String),
    /// Not defined.
    None,
}

impl From<i64> for Cell {
    fn from(value: i64) -> Self {
        Self::Count(value)
    }
}

impl From<f64> for Cell {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

impl From<&str> for Cell {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Cell {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::None, Into::into)
    }
}

impl NumberTable {
    fn new(columns: &[&[&str]]) -> Self {
        Self {
            columns: columns.concat().into_iter().map(str::to_owned).collect(),
            rows: Vec::new(),
        }
    }

    /// As RFC 4180 has it: one line for the head, one for each row. A text
    /// that a spreadsheet would take for a formula begins with `'`.
    pub fn to_csv(&self) -> String {
        let head = self.columns.iter().map(|name| quoted(name));
        let mut csv = line(head);
        for row in &self.rows {
            csv.push_str(&line(row.iter().map(|cell| match cell {
                Cell::Count(count) => count.to_string(),
                Cell::Number(number) => number.to_string(),
                Cell::Text(text) => quoted(text),
                Cell::None => String::new(),
            })));
        }
        csv
    }
}

fn line(cells: impl Iterator<Item = String>) -> String {
    let mut line = cells.collect::<Vec<_>>().join(",");
    line.push_str("\r\n");
    line
}

fn quoted(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        "'"
    } else {
        ""
    };
    if guard.is_empty() && !text.contains([',', ';', '"', '\t', '\r', '\n']) {
        return text.to_owned();
    }
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

/// What a chart of a snapshot shows; `history` are all snapshots of the
/// agent, the oldest first. Empty for a record that was not counted here.
pub fn chart_table(
    chart: PerformanceChart,
    record: &PerformanceRecord,
    history: &[PerformanceRecord],
) -> NumberTable {
    match chart {
        PerformanceChart::History => history_table(history),
        PerformanceChart::Ratios => ratios_table(record),
        PerformanceChart::Reliability => reliability_table(record),
        PerformanceChart::Breakdown => breakdown_table(record),
        PerformanceChart::Outcomes => outcomes_table(record),
    }
}

fn history_table(history: &[PerformanceRecord]) -> NumberTable {
    let mut table = NumberTable::new(&[&[
        "period start (UTC)",
        "period end (UTC)",
        "generated",
        "accepted",
        "rejected",
        "revised",
        "accepted of decided",
        "low, 95 %",
        "high, 95 %",
        "mean confidence",
        "calibration",
    ]]);
    for record in history {
        let (accepted, rejected, revised) = (
            i64::from(record.proposals_accepted),
            i64::from(record.proposals_rejected),
            i64::from(record.proposals_revised),
        );
        let ratio = Ratio::of(accepted, accepted + rejected + revised);
        table.rows.push(vec![
            record.period_start.format("%Y-%m-%d").to_string().into(),
            record.period_end.format("%Y-%m-%d").to_string().into(),
            i64::from(record.proposals_generated).into(),
            accepted.into(),
            rejected.into(),
            revised.into(),
            ratio.map(|r| r.share).into(),
            ratio.map(|r| r.low).into(),
            ratio.map(|r| r.high).into(),
            record.mean_confidence.into(),
            record.calibration_score.into(),
        ]);
    }
    table
}

/// The shares of what people decided.
pub fn ratios(slice: &Slice) -> [(&'static str, i64, Option<Ratio>); 3] {
    let of = slice.decided();
    [
        ("accepted", slice.accepted),
        ("rejected", slice.rejected),
        ("revised", slice.revised),
    ]
    .map(|(name, part)| (name, part, Ratio::of(part, of)))
}

fn ratios_table(record: &PerformanceRecord) -> NumberTable {
    let mut table = NumberTable::new(&[&[
        "decision",
        "proposals",
        "of decided",
        "share",
        "low, 95 %",
        "high, 95 %",
    ]]);
    let Some(measures) = &record.measures else {
        return table;
    };
    for (name, part, ratio) in ratios(&measures.total) {
        table.rows.push(vec![
            name.into(),
            part.into(),
            measures.total.decided().into(),
            ratio.map(|r| r.share).into(),
            ratio.map(|r| r.low).into(),
            ratio.map(|r| r.high).into(),
        ]);
    }
    table
}

fn reliability_table(record: &PerformanceRecord) -> NumberTable {
    let mut table = NumberTable::new(&[&[
        "confidence above",
        "up to",
        "decided",
        "mean confidence",
        "accepted",
        "share accepted",
        "low, 95 %",
        "high, 95 %",
    ]]);
    for bin in record.measures.iter().flat_map(|m| &m.reliability) {
        table.rows.push(vec![
            bin.from.into(),
            bin.to.into(),
            bin.decided.into(),
            bin.mean_confidence.into(),
            bin.accepted.part.into(),
            bin.accepted.share.into(),
            bin.accepted.low.into(),
            bin.accepted.high.into(),
        ]);
    }
    table
}

/// The columns of a slice, after those that say what it is.
const SLICE: [&str; 19] = [
    "generated",
    "accepted",
    "rejected",
    "revised",
    "undecided",
    "applied by policy",
    "accepted of decided",
    "low, 95 %",
    "high, 95 %",
    "mean confidence",
    "calibration",
    "decided with a confidence",
    "Brier score",
    "Brier skill",
    "tokens",
    "cost (micro USD)",
    "tokens per accepted",
    "cost per accepted (micro USD)",
    "calls without a known price",
];

fn slice_cells(slice: &Slice) -> Vec<Cell> {
    let acceptance = slice.acceptance();
    vec![
        slice.generated.into(),
        slice.accepted.into(),
        slice.rejected.into(),
        slice.revised.into(),
        slice.undecided.into(),
        slice.auto_applied.into(),
        acceptance.map(|r| r.share).into(),
        acceptance.map(|r| r.low).into(),
        acceptance.map(|r| r.high).into(),
        slice.mean_confidence.into(),
        slice.calibration.score.into(),
        slice.calibration.decided.into(),
        slice.brier.into(),
        slice.brier_skill.into(),
        slice.tokens.into(),
        slice.cost_microusd.into(),
        slice.tokens_per_accepted().into(),
        slice.cost_microusd_per_accepted().into(),
        slice.unpriced.into(),
    ]
}

fn breakdown_table(record: &PerformanceRecord) -> NumberTable {
    let mut table = NumberTable::new(&[&["by", "key"], &SLICE]);
    let Some(measures) = &record.measures else {
        return table;
    };
    let all = [
        ("all", std::slice::from_ref(&measures.total)),
        ("version", measures.by_version.as_slice()),
        ("task type", measures.by_task_type.as_slice()),
        ("artifact type", measures.by_artifact_type.as_slice()),
    ];
    for (by, slices) in all {
        for slice in slices {
            let mut row = vec![by.into(), slice.key.as_str().into()];
            row.extend(slice_cells(slice));
            table.rows.push(row);
        }
    }
    table
}

fn outcomes_table(record: &PerformanceRecord) -> NumberTable {
    let mut table =
        NumberTable::new(&[&["outcome", "accepted proposals", "signals", "mean value"]]);
    for outcome in record.measures.iter().flat_map(|m| &m.outcomes) {
        table.rows.push(vec![
            outcome.kind.as_str().into(),
            outcome.proposals.into(),
            outcome.signals.into(),
            outcome.mean_value.into(),
        ]);
    }
    table
}

/// What a chart of agents beside each other shows.
pub fn comparison_table(chart: ComparisonChart, rows: &[PerformanceRow]) -> NumberTable {
    match chart {
        ComparisonChart::Table => beside_table(rows),
        ComparisonChart::Trends => trends_table(rows),
    }
}

/// The points of each line; an agent without a line has none.
fn trends_table(rows: &[PerformanceRow]) -> NumberTable {
    let mut table = NumberTable::new(&[&[
        "agent id",
        "agent",
        "period end (UTC)",
        "decided",
        "accepted of decided",
    ]]);
    for row in rows.iter().filter(|row| row.has_line()) {
        for point in &row.trend {
            table.rows.push(vec![
                row.agent_registration_id.to_string().into(),
                row.agent_name.as_str().into(),
                point.period_end.format("%Y-%m-%d").to_string().into(),
                point.decided.into(),
                point.acceptance.into(),
            ]);
        }
    }
    table
}

fn beside_table(rows: &[PerformanceRow]) -> NumberTable {
    let mut table = NumberTable::new(&[
        &["agent id", "agent", "version", "trust", "period end (UTC)"],
        &SLICE,
        &[
            "median time to decision (ms)",
            "change of acceptance",
            "low, 95 %",
            "high, 95 %",
        ],
    ]);
    for row in rows {
        let change = row.change.as_ref().map(|c| c.difference);
        let mut cells = vec![
            row.agent_registration_id.to_string().into(),
            row.agent_name.as_str().into(),
            i64::from(row.version).into(),
            row.trust_level.as_str().into(),
            row.period_end
                .map(|end| end.format("%Y-%m-%d").to_string())
                .into(),
        ];
        // Nothing of it is zero where nothing was counted.
        match &row.slice {
            Some(slice) => cells.extend(slice_cells(slice)),
            None => cells.extend(SLICE.iter().map(|_| Cell::None)),
        }
        cells.extend([
            row.median_decision_ms.into(),
            change.map(|d| d.difference).into(),
            change.map(|d| d.low).into(),
            change.map(|d| d.high).into(),
        ]);
        table.rows.push(cells);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_quoted_where_it_must_be() {
        let table = NumberTable {
            columns: vec!["a, b".to_owned(), "c".to_owned()],
            rows: vec![
                vec!["=1+1".into(), 3.into()],
                vec!["say \"hi\"\n".into(), 0.5.into()],
                vec!["plain".into(), Cell::None],
            ],
        };
        assert_eq!(
            table.to_csv(),
            "\"a, b\",c\r\n\"'=1+1\",3\r\n\"say \"\"hi\"\"\n\",0.5\r\nplain,\r\n"
        );
    }
}
