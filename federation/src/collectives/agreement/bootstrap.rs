//! How sure an alpha is: a percentile bootstrap over units, with one voice per
//! vendor.

use super::{Coded, Interval, Prepared, SplitMix64, Sums, Table};

/// Resamples that are drawn.
pub const RESAMPLES: usize = 2_000;

/// The 95 % percentile interval of alpha. Each of 2,000 resamples draws as
/// many units as there are, with replacement, and of every vendor one of its
/// agents: agents of one vendor share their training, so that they count as
/// one voice here. An interval can therefore lie beside the alpha of all
/// agents, where agents of one vendor agree with each other more than with the
/// rest. Percentiles are interpolated between neighbours.
///
/// `vendors` has the number of the vendor of each coder. The same table,
/// vendors and seed give the same interval on every platform.
///
/// `None` where fewer than two vendors or two pairable units are there, or
/// fewer than half of the resamples have an alpha.
pub fn interval(table: &Table, vendors: &[usize], seed: u64) -> Option<Interval> {
    let voices = by_vendor(vendors);
    if voices.len() < 2 || super::pairable_units(table) < 2 {
        return None;
    }
    let prepared = Prepared::new(table);
    let mut random = SplitMix64::new(seed);
    let mut sums = Sums::new(prepared.categories);
    let mut alphas = Vec::with_capacity(RESAMPLES);
    let mut drawn = Vec::with_capacity(voices.len());
    for _ in 0..RESAMPLES {
        drawn.clear();
        for agents in &voices {
            drawn.push(agents[random.below(agents.len())]);
        }
        sums.clear();
        for _ in &prepared.units {
            let unit = &prepared.units[random.below(prepared.units.len())];
            sums.add(table.metric, said(unit, &drawn));
        }
        if let Ok(alpha) = sums.alpha(table.metric) {
            alphas.push(alpha);
        }
    }
    if alphas.len() * 2 < RESAMPLES {
        return None;
    }
    alphas.sort_by(f64::total_cmp);
    Some(Interval {
        low: percentile(&alphas, 25),
        high: percentile(&alphas, 975),
        resamples: i64::try_from(alphas.len()).unwrap_or(i64::MAX),
    })
}

/// What the drawn coders said of the unit.
fn said<'a>(unit: &'a [Option<Coded>], drawn: &'a [usize]) -> impl Iterator<Item = Coded> + 'a {
    drawn
        .iter()
        .filter_map(|coder| unit.get(*coder).copied().flatten())
}

/// The coders of each vendor, vendors in ascending order of their number.
fn by_vendor(vendors: &[usize]) -> Vec<Vec<usize>> {
    let mut voices = std::collections::BTreeMap::<usize, Vec<usize>>::new();
    for (coder, vendor) in vendors.iter().enumerate() {
        voices.entry(*vendor).or_default().push(coder);
    }
    voices.into_values().collect()
}

/// Of sorted values, at so many thousandths. The place is counted in whole
/// numbers, so that no rounding decides between two neighbours.
fn percentile(sorted: &[f64], thousandths: usize) -> f64 {
    let place = thousandths * sorted.len().saturating_sub(1);
    let (at, rest) = (place / 1000, place % 1000);
    let low = sorted[at];
    let high = sorted.get(at + 1).copied().unwrap_or(low);
    low + (high - low) * super::real(rest) / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_interpolated() {
        let sorted: Vec<f64> = (0..=10).map(super::super::real).collect();
        assert!((percentile(&sorted, 25) - 0.25).abs() < 1e-12);
        assert!((percentile(&sorted, 975) - 9.75).abs() < 1e-12);
        assert!((percentile(&[3.0], 975) - 3.0).abs() < 1e-12);
    }
}
