//! Answers side by side, field by field: which rows there are, what stands in
//! each cell, who agrees with whom. Pure.

use model::difference::{Piece, words};
use model::{AgentId, Consensus, ContributionId, FieldAgreement, FieldCluster, FieldKind};
use serde_json::Value;

use super::answer::{Shown, share, value_shown};
use super::consensus::letter;
use crate::format;

/// The fields that come first, in this order.
const FIRST: &[&str] = &[
    "recommendation",
    "confidence",
    "rationale",
    "risks",
    "evidence",
    "text",
];
/// Most rows; fields after them are not shown side by side.
pub const ROWS_MAX: usize = 56;

/// One of those that stand side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Who {
    Agent(AgentId),
    Synthesis,
}

impl Who {
    /// Its word in the address.
    pub fn word(self) -> String {
        match self {
            Self::Agent(id) => id.to_string(),
            Self::Synthesis => "synthesis".to_owned(),
        }
    }

    pub fn read(word: &str) -> Option<Self> {
        match word {
            "synthesis" => Some(Self::Synthesis),
            id => id.parse().ok().map(Self::Agent),
        }
    }
}

/// The field of a synthesis with the views that it does not share; it has a
/// block of its own on the page.
pub const MINORITY: &str = "minority_report";

/// The fields of some contents that have something to read, each once.
pub fn keys<'a>(contents: impl Iterator<Item = &'a Value>) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    for content in contents {
        let Value::Object(fields) = content else {
            continue;
        };
        for (key, value) in fields {
            if !keys.contains(key) && value_shown(value).is_some() {
                keys.push(key.clone());
            }
        }
    }
    let place = |key: &String| FIRST.iter().position(|f| f == key).unwrap_or(FIRST.len());
    keys.sort_by(|a, b| place(a).cmp(&place(b)).then_with(|| a.cmp(b)));
    keys.truncate(ROWS_MAX);
    keys
}

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Empty,
    /// 0 to 1.
    Share(f64),
    Value(Shown),
    /// Against the chosen one: what is only there is gone, what is only here
    /// is new.
    Difference(Vec<Piece>),
}

/// A field of a content, by itself or against the same field of another.
pub fn cell(content: Option<&Value>, against: Option<Option<&Value>>, key: &str) -> Cell {
    let field = |content: Option<&Value>| content.and_then(|c| c.get(key)).cloned();
    let own = field(content);
    if let Some(base) = against {
        let old = field(base)
            .map(|value| text(key, &value))
            .unwrap_or_default();
        let new = own
            .as_ref()
            .map(|value| text(key, value))
            .unwrap_or_default();
        if old != new {
            return Cell::Difference(readable(words(&old, &new)));
        }
    }
    let Some(own) = own else {
        return Cell::Empty;
    };
    if key == "confidence"
        && let Some(share) = share(&own)
    {
        return Cell::Share(share);
    }
    value_shown(&own).map_or(Cell::Empty, Cell::Value)
}

/// A change with what stays after it.
#[derive(Default)]
struct Change {
    gone: String,
    new: String,
    same: String,
}

impl Change {
    fn size(&self) -> usize {
        self.gone.chars().count().max(self.new.chars().count())
    }
}

/// A few words that stay between longer changes only make both hard to read:
/// they become part of the change. What was and what is stay the same.
fn readable(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut begin = String::new();
    let mut changes: Vec<Change> = Vec::new();
    for piece in pieces {
        match (piece, changes.last_mut()) {
            (Piece::Same(text), None) => begin.push_str(&text),
            (Piece::Same(text), Some(last)) => last.same.push_str(&text),
            (Piece::Gone(text), Some(last)) if last.same.is_empty() => last.gone.push_str(&text),
            (Piece::New(text), Some(last)) if last.same.is_empty() => last.new.push_str(&text),
            (Piece::Gone(gone), _) => changes.push(Change {
                gone,
                ..Change::default()
            }),
            (Piece::New(new), _) => changes.push(Change {
                new,
                ..Change::default()
            }),
        }
    }
    let mut merged: Vec<Change> = Vec::new();
    for change in changes {
        let mut change = change;
        while let Some(before) = merged.pop() {
            let between = before.same.chars().count();
            if between > before.size() || between > change.size() {
                merged.push(before);
                break;
            }
            change = Change {
                gone: format!("{}{}{}", before.gone, before.same, change.gone),
                new: format!("{}{}{}", before.new, before.same, change.new),
                same: change.same,
            };
        }
        merged.push(change);
    }
    let mut out = vec![Piece::Same(begin)];
    for change in merged {
        out.extend([
            Piece::Gone(change.gone),
            Piece::New(change.new),
            Piece::Same(change.same),
        ]);
    }
    out.retain(|piece| {
        let (Piece::Same(text) | Piece::Gone(text) | Piece::New(text)) = piece;
        !text.is_empty()
    });
    out
}

/// A value as plain text, one line for each item.
fn text(key: &str, value: &Value) -> String {
    if key == "confidence"
        && let Some(share) = share(value)
    {
        return format::percent(share);
    }
    let mut lines = Vec::new();
    if let Some(shown) = value_shown(value) {
        collect(&shown, "", &mut lines);
    }
    lines.join("\n")
}

fn collect(shown: &Shown, mark: &str, lines: &mut Vec<String>) {
    match shown {
        Shown::Text(text) => lines.push(format!("{mark}{text}")),
        Shown::List(items) => {
            for item in items {
                collect(item, "\u{2022} ", lines);
            }
        }
        Shown::Named(parts) => {
            for (name, value) in parts {
                collect(value, &format!("{mark}{name}: "), lines);
            }
        }
    }
}

/// How an answer's field stands among the others'.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The same letter for the same value; of a list, one for each point that
    /// others name too. Empty where all say the same.
    pub letters: Vec<String>,
    /// `2 of 3 say so`.
    pub words: String,
    /// Outside of what more than half share.
    pub odd: bool,
}

/// Most letters in one mark.
const LETTERS_MAX: usize = 5;

/// The mark of one contribution in one field; nothing where the field was not
/// judged, only one gave it, or each has it otherwise as a matter of course.
pub fn mark(consensus: &Consensus, key: &str, id: ContributionId) -> Option<Mark> {
    let agreement = agreement(consensus, key)?;
    if agreement.given < 2 || is_scattered(&agreement) {
        return None;
    }
    let odd = agreement.odd_ones.contains(&id);
    let in_it = |cluster: &&FieldCluster| cluster.contribution_ids.contains(&id);
    if agreement.kind == FieldKind::List {
        let shared: Vec<String> = agreement
            .clusters
            .iter()
            .enumerate()
            .filter(|(_, cluster)| cluster.contribution_ids.len() > 1 && in_it(cluster))
            .map(|(place, _)| letter(place))
            .collect();
        let points = i64::try_from(shared.len()).unwrap_or(i64::MAX);
        let words = match (odd, points) {
            (true, _) => "the odd one out".to_owned(),
            (false, 0) => "no shared point".to_owned(),
            (false, n) => format!("{} shared", format::counted(n, "point", "points")),
        };
        return Some(Mark {
            letters: shared.into_iter().take(LETTERS_MAX).collect(),
            words,
            odd,
        });
    }
    let place = agreement.clusters.iter().position(|c| in_it(&c))?;
    let size = agreement.clusters.get(place)?.contribution_ids.len();
    let several = agreement.clusters.len() > 1;
    let words = match (odd, several) {
        (true, _) => "the odd one out".to_owned(),
        (false, true) => format!("{size} of {} say so", agreement.given),
        (false, false) => format!("all {} agree", agreement.given),
    };
    Some(Mark {
        letters: several.then(|| letter(place)).into_iter().collect(),
        words,
        odd,
    })
}

/// How many agree on a field: `2 of 3 agree`.
pub fn agree_words(consensus: &Consensus, key: &str) -> Option<String> {
    let agreement = agreement(consensus, key)?;
    let (some, all) = (agreement.agreeing, agreement.given);
    Some(match (agreement.kind, all) {
        (_, 0) => return None,
        (_, 1) => "one gave it".to_owned(),
        (FieldKind::Text, _) if some <= 1 => return None,
        (FieldKind::Number, _) if some <= 1 => return spread_words(&agreement, key),
        (FieldKind::List, _) if some <= 1 => "no shared point".to_owned(),
        (FieldKind::List, _) => format!("{some} of {all} share a point"),
        _ if some <= 1 => format!("none of {all} agree"),
        _ => format!("{some} of {all} agree"),
    })
}

/// Between which numbers a field lies, and their mean.
pub fn spread_words(agreement: &FieldAgreement, key: &str) -> Option<String> {
    let spread = agreement.spread?;
    let number = |n: f64| {
        if key == "confidence" && (0.0..=1.0).contains(&n) {
            format::percent(n)
        } else {
            let text = format!("{n:.2}");
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
    };
    let mean = number(spread.mean);
    let (low, high) = (number(spread.low), number(spread.high));
    Some(format!("{low} to {high}, on average {mean}"))
}

/// Prose, numbers or lists of which each has its own: that nobody agrees in
/// them says little.
pub fn is_scattered(agreement: &FieldAgreement) -> bool {
    agreement.kind != FieldKind::Choice && agreement.agreeing <= 1
}

/// The agreement on a field. Runs that are older than fields have groups of
/// recommendations only.
fn agreement(consensus: &Consensus, key: &str) -> Option<FieldAgreement> {
    let known = consensus.fields.iter().find(|field| field.field == key);
    if known.is_some() || key != "recommendation" || consensus.groups.is_empty() {
        return known.cloned();
    }
    let clusters: Vec<FieldCluster> = consensus
        .groups
        .iter()
        .map(|group| FieldCluster {
            value: group.recommendation.clone(),
            contribution_ids: group.contribution_ids.clone(),
        })
        .collect();
    let size =
        |cluster: &FieldCluster| i64::try_from(cluster.contribution_ids.len()).unwrap_or(i64::MAX);
    let agreeing = clusters.iter().map(size).max().unwrap_or(0);
    let many = agreeing * 2 > consensus.readable;
    let odd_ones = clusters
        .iter()
        .filter(|cluster| many && size(cluster) < agreeing)
        .flat_map(|cluster| cluster.contribution_ids.clone())
        .collect();
    Some(FieldAgreement {
        field: key.to_owned(),
        kind: FieldKind::Choice,
        given: consensus.readable,
        agreeing,
        clusters,
        odd_ones,
        alpha: None,
        undefined: None,
        units: 0,
        interval: None,
        spread: None,
        capped: false,
    })
}

#[cfg(test)]
#[path = "align_tests.rs"]
mod tests;
