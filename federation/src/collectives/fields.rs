//! Contributions side by side: how far they agree in each field of their
//! answers, and who stands apart.

mod values;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::agreement::{
    Interval, Metric, Table, Undefined, interval, pairable_units, reported_alpha,
};

pub use model::{FieldKind, ValueSpread as Spread};
pub use values::{MOST_CLUSTERS, MOST_FIELDS, MOST_ITEMS};

/// Contributions that say the same in a field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldCluster {
    /// In the words of the first of them, cut at 300 characters.
    pub value: String,
    /// Places in the list of contributions, ascending.
    pub contributions: Vec<usize>,
}

/// How far contributions agree in a field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldAgreement {
    pub field: String,
    pub kind: FieldKind,
    /// Contributions that have the field.
    pub given: i64,
    /// Contributions in the largest cluster; of a list, those that name the
    /// item which most of them name.
    pub agreeing: i64,
    /// Largest first, then by their first member. Of a list one per item, so
    /// that a contribution may be in several.
    pub clusters: Vec<FieldCluster>,
    /// Those outside the largest cluster, where that has more than half of at
    /// least three; of a list, those that name nothing of what more than half
    /// name.
    pub odd_ones: Vec<usize>,
    /// Krippendorff's alpha, nominal, over `units`.
    pub alpha: Option<f64>,
    /// Why there is no alpha.
    pub undefined: Option<Undefined>,
    /// The 95 % interval of alpha, with one voice per vendor.
    pub interval: Option<Interval>,
    /// What alpha was made over: the different items of a list, the keys of an
    /// object, else the one value.
    pub units: i64,
    /// Of a field of numbers.
    pub spread: Option<Spread>,
    /// Something was left out: items beyond `MOST_ITEMS` per contribution, or
    /// clusters beyond `MOST_CLUSTERS`.
    pub capped: bool,
}

/// Compares the contents of readable contributions field by field.
///
/// `vendors` and `recommendation_groups` have one number per contribution: its
/// agent's vendor, and the group that its recommendation was judged to be in.
/// The seed is that of the intervals.
///
/// Fields come in this order: recommendation, confidence, rationale, risks,
/// evidence, then the task's own in alphabetical order, at most `MOST_FIELDS`
/// of them. What is null does not count as given. A list's alpha is over the
/// items that anybody named: that each was named by somebody makes it low
/// where lists are short and differ.
pub fn compare(
    contents: &[&Value],
    vendors: &[usize],
    recommendation_groups: &[usize],
    seed: u64,
) -> Vec<FieldAgreement> {
    let names = values::names(contents);
    let compared = names.iter().map(|name| {
        let given: Vec<Option<&Value>> = contents
            .iter()
            .map(|content| values::given(content, name))
            .collect();
        let judged = if name == "recommendation" {
            values::grouped(&given, recommendation_groups)
        } else {
            values::judge(name, &given)
        };
        agreement(name, &given, judged, vendors, seed)
    });
    compared.collect()
}

fn agreement(
    name: &str,
    given: &[Option<&Value>],
    judged: values::Judged,
    vendors: &[usize],
    seed: u64,
) -> FieldAgreement {
    let (alpha, undefined) = match reported_alpha(&judged.table) {
        Ok(alpha) => (Some(alpha), None),
        Err(undefined) => (None, Some(undefined)),
    };
    let interval = alpha.and_then(|_| interval(&judged.table, vendors, seed));
    let present = given.iter().flatten().count();
    let agreeing = judged.clusters.first().map_or(0, |c| c.contributions.len());
    FieldAgreement {
        field: name.to_owned(),
        kind: judged.kind,
        given: count(present),
        agreeing: count(agreeing),
        odd_ones: odd_ones(given, &judged.clusters),
        clusters: judged.clusters.into_iter().take(MOST_CLUSTERS).collect(),
        alpha,
        undefined,
        interval,
        units: count(judged.table.units.len()),
        spread: judged.spread,
        capped: judged.capped,
    }
}

/// Those that are in no cluster which more than half are in, where there is
/// such a cluster.
fn odd_ones(given: &[Option<&Value>], clusters: &[FieldCluster]) -> Vec<usize> {
    let present = given.iter().flatten().count();
    let large: Vec<&FieldCluster> = clusters
        .iter()
        .filter(|cluster| cluster.contributions.len() * 2 > present)
        .collect();
    if present < 3 || large.is_empty() {
        return Vec::new();
    }
    let apart = |at: &usize| {
        !large
            .iter()
            .any(|c| c.contributions.binary_search(at).is_ok())
    };
    (0..given.len())
        .filter(|at| given[*at].is_some())
        .filter(apart)
        .collect()
}

/// How far the scores of a review round agree, and what each answer got.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoreAgreement {
    /// Krippendorff's alpha for interval data, over the answers.
    pub alpha: Option<f64>,
    pub undefined: Option<Undefined>,
    pub interval: Option<Interval>,
    /// Answers with at least two scores.
    pub units: i64,
    /// The mean score of each answer; `None` where nobody scored it.
    pub means: Vec<Option<f64>>,
    /// How many scored each answer.
    pub scored: Vec<i64>,
}

/// Compares scores. `scores` has a row per answer and in it one place per
/// reviewer, `None` where there is no score: nobody reviews the own answer.
/// `vendors` has the number of each reviewer's vendor.
pub fn review_scores(scores: &[Vec<Option<f64>>], vendors: &[usize], seed: u64) -> ScoreAgreement {
    let finite = |row: &Vec<Option<f64>>| -> Vec<f64> {
        row.iter()
            .flatten()
            .copied()
            .filter(|s| s.is_finite())
            .collect()
    };
    let told: Vec<Vec<f64>> = scores.iter().map(finite).collect();
    let table = Table {
        metric: Metric::Interval,
        units: scores.to_vec(),
    };
    let found = reported_alpha(&table);
    ScoreAgreement {
        alpha: found.ok(),
        undefined: found.err(),
        interval: found.ok().and_then(|_| interval(&table, vendors, seed)),
        units: count(pairable_units(&table)),
        means: told.iter().map(|row| values::mean(row)).collect(),
        scored: told.iter().map(|row| count(row.len())).collect(),
    }
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
