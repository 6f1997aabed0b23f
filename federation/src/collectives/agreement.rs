//! How far several agents agree beyond chance: Krippendorff's alpha for a
//! table with gaps, and how sure that number is.
//!
//! Sources: K. Krippendorff, *Computing Krippendorff's Alpha-Reliability*
//! (2011), for the statistic; A. F. Hayes and K. Krippendorff, *Answering the
//! Call for a Standard Reliability Measure for Coding Data* (2007), for the
//! idea of bootstrapping it. That one agent per vendor is drawn is our own.

mod bootstrap;
mod random;

pub use bootstrap::{RESAMPLES, interval};
pub use model::{AlphaInterval as Interval, Undefined};
pub use random::SplitMix64;

/// What counts as disagreement between two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Any two different values disagree by the same amount.
    Nominal,
    /// Two values disagree by the square of their distance.
    Interval,
}

/// What coders said about units. A row is a unit and has one value per coder,
/// `None` where the coder said nothing. Nominal values are numbers of
/// categories. Rows may differ in length: what is missing at their end is a
/// gap. A value that is not finite counts as a gap.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    pub metric: Metric,
    pub units: Vec<Vec<Option<f64>>>,
}

/// Krippendorff's alpha: 1 is perfect agreement, 0 what chance would give,
/// below 0 is agreement worse than chance. Units with fewer than two values
/// do not count. This is the statistic as published; for what is shown to
/// people see [`reported_alpha`].
///
/// # Errors
/// `TooFewValues` where no unit has two values; `NoVariation` where all values
/// that count are the same, so that the expected disagreement is zero.
pub fn alpha(table: &Table) -> Result<f64, Undefined> {
    let prepared = Prepared::new(table);
    let mut sums = Sums::new(prepared.categories);
    for unit in &prepared.units {
        sums.add(table.metric, unit.iter().flatten().copied());
    }
    sums.alpha(table.metric)
}

/// Alpha, but for a single pairable unit: there it is at most 0, or undefined,
/// whatever was said, and means nothing.
///
/// # Errors
/// As [`alpha`], and `TooFewUnits` where only one unit has two values.
pub fn reported_alpha(table: &Table) -> Result<f64, Undefined> {
    match pairable_units(table) {
        0 => Err(Undefined::TooFewValues),
        1 => Err(Undefined::TooFewUnits),
        _ => alpha(table),
    }
}

/// Units with at least two values.
pub fn pairable_units(table: &Table) -> usize {
    let values = |unit: &Vec<Option<f64>>| unit.iter().filter(|v| usable(v).is_some()).count();
    table.units.iter().filter(|unit| values(unit) >= 2).count()
}

fn usable(value: &Option<f64>) -> Option<f64> {
    value.filter(|v| v.is_finite())
}

/// A value as the sums need it.
#[derive(Clone, Copy, Debug)]
struct Coded {
    /// The number of the value among all different ones.
    category: usize,
    /// The value between 0 and 1: alpha does not depend on scale and origin,
    /// and squares of it neither overflow nor vanish.
    scaled: f64,
}

/// The table with numbered and scaled values.
struct Prepared {
    units: Vec<Vec<Option<Coded>>>,
    categories: usize,
}

impl Prepared {
    fn new(table: &Table) -> Self {
        let mut values: Vec<f64> = table.units.iter().flatten().filter_map(usable).collect();
        // Adding zero makes the two zeros one.
        values.iter_mut().for_each(|v| *v += 0.0);
        values.sort_by(f64::total_cmp);
        values.dedup();
        let low = values.first().map_or(0.0, |v| v / 2.0);
        let range = values.last().map_or(0.0, |v| v / 2.0) - low;
        let code = |value: &Option<f64>| {
            let value = usable(value)? + 0.0;
            let category = values.binary_search_by(|v| v.total_cmp(&value)).ok()?;
            let scaled = if range > 0.0 {
                (value / 2.0 - low) / range
            } else {
                0.0
            };
            Some(Coded { category, scaled })
        };
        let units = table.units.iter();
        Self {
            units: units.map(|unit| unit.iter().map(code).collect()).collect(),
            categories: values.len(),
        }
    }
}

/// The sums that alpha is made of. Filled unit by unit; used again after
/// `clear`, since a bootstrap makes thousands of them.
struct Sums {
    /// Pairable values.
    n: f64,
    /// Observed disagreement, times `n`.
    observed: f64,
    /// How often each category was given, in pairable units.
    counts: Vec<f64>,
    /// Scaled values of pairable units.
    all: Vec<f64>,
    /// Of one unit, while it is added.
    unit: Vec<Coded>,
    unit_counts: Vec<f64>,
}

impl Sums {
    fn new(categories: usize) -> Self {
        Self {
            n: 0.0,
            observed: 0.0,
            counts: vec![0.0; categories],
            all: Vec::new(),
            unit: Vec::new(),
            unit_counts: vec![0.0; categories],
        }
    }

    fn clear(&mut self) {
        self.n = 0.0;
        self.observed = 0.0;
        self.counts.fill(0.0);
        self.all.clear();
    }

    /// Adds a unit: its sum of pairwise differences over (values - 1).
    fn add(&mut self, metric: Metric, values: impl Iterator<Item = Coded>) {
        self.unit.clear();
        self.unit.extend(values);
        if self.unit.len() < 2 {
            return;
        }
        let m = real(self.unit.len());
        let pairs = match metric {
            Metric::Nominal => self.unequal_pairs(m),
            Metric::Interval => 2.0 * m * squares(self.unit.iter().map(|v| v.scaled)),
        };
        self.observed += pairs / (m - 1.0);
        self.n += m;
        for value in &self.unit {
            self.counts[value.category] += 1.0;
            self.all.push(value.scaled);
        }
    }

    /// Ordered pairs of different values within the unit.
    fn unequal_pairs(&mut self, m: f64) -> f64 {
        for value in &self.unit {
            self.unit_counts[value.category] += 1.0;
        }
        let mut equal = 0.0;
        for value in &self.unit {
            // Each category once: the count is taken away as it is read.
            let count = std::mem::take(&mut self.unit_counts[value.category]);
            equal += count * count;
        }
        m * m - equal
    }

    fn alpha(&self, metric: Metric) -> Result<f64, Undefined> {
        if self.n < 2.0 {
            return Err(Undefined::TooFewValues);
        }
        if self.counts.iter().filter(|count| **count > 0.0).count() < 2 {
            return Err(Undefined::NoVariation);
        }
        let expected = match metric {
            Metric::Nominal => {
                let equal: f64 = self.counts.iter().map(|count| count * count).sum();
                self.n * self.n - equal
            }
            Metric::Interval => 2.0 * self.n * squares(self.all.iter().copied()),
        };
        let value = 1.0 - self.observed * (self.n - 1.0) / expected;
        // Values so close that their distance vanishes beside the others'.
        if value.is_finite() {
            Ok(value)
        } else {
            Err(Undefined::NoVariation)
        }
    }
}

/// Sum of squared distances from the mean.
fn squares(values: impl ExactSizeIterator<Item = f64> + Clone) -> f64 {
    let n = real(values.len());
    let mean = values.clone().sum::<f64>() / n;
    values.map(|v| (v - mean) * (v - mean)).sum()
}

#[allow(clippy::cast_precision_loss)]
fn real(n: usize) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests;
