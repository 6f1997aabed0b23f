//! The numbers of calibration, beside those of SciPy, scikit-learn and
//! statsmodels (scripts/vectors/performance.py).

use federation::performance::statistics::{Forecast, bins, brier, brier_skill, calibration};
use model::{Difference, Ratio};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng, rngs::SmallRng};
use serde::Deserialize;

const VECTORS: &str = include_str!("../vectors/performance.json");

/// Confidence, accepted (1 or 0), count.
pub type Row = (f64, u8, i64);

/// Rows, Pearson, Brier, skill, bins as mean confidence and share accepted.
pub type Case = (Vec<Row>, Option<f64>, f64, Option<f64>, Vec<(f64, f64)>);

#[derive(Deserialize)]
struct Vectors {
    forecasts: Vec<Case>,
    wilson: Vec<(i64, i64, f64, f64)>,
    newcombe: Vec<(i64, i64, i64, i64, f64, f64)>,
}

/// What the packages make of proposals.
pub fn cases() -> Vec<Case> {
    vectors().forecasts
}

fn vectors() -> Vectors {
    serde_json::from_str(VECTORS).unwrap()
}

fn forecasts(rows: &[Row]) -> Vec<Forecast> {
    rows.iter()
        .map(|(confidence, accepted, count)| Forecast {
            confidence: *confidence,
            accepted: *accepted == 1,
            count: *count,
        })
        .collect()
}

fn close(ours: f64, theirs: f64) -> bool {
    (ours - theirs).abs() < 1e-9
}

#[test]
fn pearson_brier_and_bins_are_those_of_the_packages() {
    let vectors = vectors();
    assert!(vectors.forecasts.len() >= 200);
    for (rows, pearson, score, skill, theirs) in &vectors.forecasts {
        let all = forecasts(rows);
        let ours = calibration(&all);
        match (ours.score, pearson) {
            (Some(ours), Some(theirs)) => assert!(close(ours, *theirs), "{ours} {theirs} {rows:?}"),
            (None, None) => assert!(ours.gap.is_some()),
            (ours, theirs) => panic!("{ours:?}, not {theirs:?}, of {rows:?}"),
        }
        assert_eq!(ours.decided, rows.iter().map(|row| row.2).sum::<i64>());
        assert!(close(brier(&all).unwrap(), *score), "{rows:?}");
        match (brier_skill(&all), skill) {
            (Some(ours), Some(theirs)) => assert!(close(ours, *theirs), "{rows:?}"),
            (ours, theirs) => assert_eq!(ours, *theirs, "{rows:?}"),
        }
        let ours = bins(&all);
        assert_eq!(ours.len(), theirs.len(), "{rows:?}");
        for (bin, (mean, share)) in ours.iter().zip(theirs) {
            assert!(close(bin.mean_confidence, *mean), "{bin:?} {rows:?}");
            assert!(close(bin.accepted.share, *share), "{bin:?} {rows:?}");
        }
    }
}

#[test]
fn wilson_is_that_of_scipy() {
    assert!(vectors().wilson.len() >= 200);
    for (part, of, low, high) in vectors().wilson {
        let ours = Ratio::of(part, of).unwrap();
        assert!(
            close(ours.low, low) && close(ours.high, high),
            "{ours:?} {low} {high}"
        );
    }
    assert_eq!(Ratio::of(0, 0), None);
}

#[test]
fn newcombe_is_that_of_statsmodels() {
    assert!(vectors().newcombe.len() >= 200);
    for (part, of, part_before, of_before, low, high) in vectors().newcombe {
        let (now, before) = (
            Ratio::of(part, of).unwrap(),
            Ratio::of(part_before, of_before).unwrap(),
        );
        let ours = Difference::between(&now, &before);
        assert!(
            close(ours.low, low) && close(ours.high, high),
            "{ours:?} {low} {high}"
        );
        assert_eq!(ours.is_more_than_chance(), low > 0.0 || high < 0.0);
    }
}

/// Agents that are as sure as they are right: their bins' intervals hold the
/// mean confidence in 95 of 100, give or take two.
#[test]
fn the_intervals_of_calibrated_agents_cover_the_truth() {
    let mut draw = SmallRng::seed_from_u64(20_261_124);
    let (mut held, mut all) = (0_u32, 0_u32);
    for _ in 0..2_000 {
        let proposals: Vec<Forecast> = (0..600)
            .map(|_| {
                let confidence = draw.random::<f64>();
                Forecast {
                    confidence,
                    accepted: draw.random::<f64>() < confidence,
                    count: 1,
                }
            })
            .collect();
        for bin in bins(&proposals) {
            all += 1;
            let interval = bin.accepted;
            held += u32::from(
                interval.low <= bin.mean_confidence && bin.mean_confidence <= interval.high,
            );
        }
    }
    let share = f64::from(held) / f64::from(all);
    assert!((0.93..=0.97).contains(&share), "{share} of {all} bins");
}

proptest! {
    /// Whatever is said and decided: a number is one, or there is a reason.
    #[test]
    fn nothing_is_ever_not_a_number(
        rows in prop::collection::vec((0.0_f64..=1.0, prop::bool::ANY, 0_i64..1_000), 0..40)
    ) {
        let all: Vec<Forecast> = rows
            .iter()
            .map(|(confidence, accepted, count)| Forecast { confidence: *confidence, accepted: *accepted, count: *count })
            .collect();
        let calibration = calibration(&all);
        prop_assert_eq!(calibration.score.is_none(), calibration.gap.is_some());
        prop_assert!(calibration.score.is_none_or(|score| (-1.0..=1.0).contains(&score)));
        prop_assert!(brier(&all).is_none_or(|score| (0.0..=1.0).contains(&score)));
        prop_assert!(brier_skill(&all).is_none_or(|skill| skill <= 1.0));
        let decided: i64 = bins(&all).iter().map(|bin| bin.decided).sum();
        prop_assert_eq!(decided, calibration.decided);
        for bin in bins(&all) {
            prop_assert!(bin.accepted.low <= bin.accepted.share && bin.accepted.share <= bin.accepted.high);
        }
    }

    /// Groups or single proposals: it is the same.
    #[test]
    fn grouping_changes_nothing(
        rows in prop::collection::vec((0_u8..=10, prop::bool::ANY, 1_i64..20), 1..20)
    ) {
        let forecast = |(tenth, accepted, count): &(u8, bool, i64)| Forecast {
            confidence: f64::from(*tenth) / 10.0, accepted: *accepted, count: *count,
        };
        let grouped: Vec<Forecast> = rows.iter().map(forecast).collect();
        let single: Vec<Forecast> = grouped
            .iter()
            .flat_map(|f| std::iter::repeat_n(Forecast { count: 1, ..*f }, usize::try_from(f.count).unwrap()))
            .collect();
        let (a, b) = (calibration(&grouped), calibration(&single));
        prop_assert_eq!(a.gap, b.gap);
        if let (Some(a), Some(b)) = (a.score, b.score) {
            prop_assert!(close(a, b));
        }
        prop_assert!(close(brier(&grouped).unwrap(), brier(&single).unwrap()));
        prop_assert_eq!(bins(&grouped).len(), bins(&single).len());
    }
}
