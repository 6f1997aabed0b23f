use proptest::prelude::*;

use super::*;

fn table(metric: Metric, rows: &[&[i32]]) -> Table {
    // -1 is a gap.
    let value = |v: &i32| (*v >= 0).then(|| f64::from(*v));
    let units = rows.iter().map(|row| row.iter().map(value).collect());
    Table {
        metric,
        units: units.collect(),
    }
}

/// The worked example C of Krippendorff (2011): four observers, twelve units.
fn published(metric: Metric) -> Table {
    let observers: [[i32; 12]; 4] = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, -1, -1, -1],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, -1, 3],
        [-1, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, -1],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, -1],
    ];
    let rows: Vec<Vec<i32>> = (0..12)
        .map(|unit| observers.iter().map(|o| o[unit]).collect())
        .collect();
    table(metric, &rows.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

#[test]
fn the_published_example() {
    let nominal = alpha(&published(Metric::Nominal)).unwrap();
    let interval = alpha(&published(Metric::Interval)).unwrap();
    assert!((nominal - 0.743).abs() < 0.0005, "{nominal}");
    assert!((interval - 0.849).abs() < 0.0005, "{interval}");
}

#[test]
fn what_is_undefined() {
    use Metric::{Interval, Nominal};
    for metric in [Nominal, Interval] {
        let cases: [(&[&[i32]], _, _); 5] = [
            (&[], Undefined::TooFewValues, Undefined::TooFewValues),
            (
                &[&[1, -1], &[-1, 2]],
                Undefined::TooFewValues,
                Undefined::TooFewValues,
            ),
            (
                &[&[1, 1], &[1, 1]],
                Undefined::NoVariation,
                Undefined::NoVariation,
            ),
            (
                &[&[1, 1], &[1, 1], &[2, -1]],
                Undefined::NoVariation,
                Undefined::NoVariation,
            ),
            (&[&[1, 1]], Undefined::NoVariation, Undefined::TooFewUnits),
        ];
        for (rows, pure, reported) in cases {
            let table = table(metric, rows);
            assert_eq!(alpha(&table), Err(pure), "{rows:?}");
            assert_eq!(reported_alpha(&table), Err(reported), "{rows:?}");
        }
        let one = table(metric, &[&[0, 1, 1], &[1, -1, -1]]);
        assert!(alpha(&one).unwrap() <= 0.0);
        assert_eq!(reported_alpha(&one), Err(Undefined::TooFewUnits));
    }
}

#[test]
fn extreme_values_stay_numbers() {
    let rows = [[f64::MAX, f64::MIN], [f64::MAX, f64::MAX], [0.0, -0.0]];
    let tiny = [[5e-324, 0.0], [5e-324, 5e-324], [0.0, -0.0]];
    for rows in [rows, tiny] {
        let units = rows.iter().map(|r| r.iter().map(|v| Some(*v)).collect());
        let table = Table {
            metric: Metric::Interval,
            units: units.collect(),
        };
        let _ = alpha(&table).map(|alpha| assert!(alpha.is_finite()));
    }
    let mut table = published(Metric::Interval);
    let before = alpha(&table);
    table.units.push(vec![Some(f64::NAN), Some(f64::INFINITY)]);
    assert_eq!(alpha(&table), before);
}

#[test]
fn an_interval_is_the_same_for_a_seed() {
    let table = published(Metric::Nominal);
    let vendors = [0, 1, 2, 3];
    let first = interval(&table, &vendors, 42).unwrap();
    assert_eq!(interval(&table, &vendors, 42), Some(first));
    assert_ne!(interval(&table, &vendors, 43), Some(first));
    let alpha = alpha(&table).unwrap();
    assert!(first.low < alpha && alpha < first.high);
}

/// Numbers of a second implementation (Python, with the package `krippendorff`
/// for alpha and numpy for the percentiles): every platform and version must
/// draw the same.
#[test]
fn intervals_are_those_of_a_second_implementation() {
    for (metric, vendors, seed, low, high) in [
        (
            Metric::Nominal,
            [0, 1, 2, 3],
            42,
            0.430_705_596_107_055_9,
            1.0,
        ),
        (
            Metric::Interval,
            [0, 0, 1, 2],
            2026,
            0.378_644_102_990_033_15,
            1.0,
        ),
    ] {
        let found = interval(&published(metric), &vendors, seed).unwrap();
        assert!((found.low - low).abs() < 1e-12, "{found:?}");
        assert!((found.high - high).abs() < 1e-12, "{found:?}");
        assert_eq!(found.resamples, 2_000);
    }
}

#[test]
fn one_voice_per_vendor() {
    // Three agents of one vendor always agree, the fourth never does.
    let rows: Vec<[i32; 4]> = (0..12).map(|n| [n % 2, n % 2, n % 2, 1 - n % 2]).collect();
    let table = table(
        Metric::Nominal,
        &rows.iter().map(<[i32; 4]>::as_slice).collect::<Vec<_>>(),
    );
    let as_four = interval(&table, &[0, 1, 2, 3], 1).unwrap();
    let as_two = interval(&table, &[0, 0, 0, 1], 1).unwrap();
    assert!(as_two.high < as_four.low, "{as_two:?} {as_four:?}");
    assert_eq!(interval(&table, &[5, 5, 5, 5], 1), None);
}

#[test]
fn no_interval_where_little_is_defined() {
    let one = table(Metric::Nominal, &[&[0, 1]]);
    assert_eq!(interval(&one, &[0, 1], 1), None);
    let same = table(Metric::Nominal, &[&[1, 1], &[1, 1]]);
    assert_eq!(interval(&same, &[0, 1], 1), None);
    // More vendors than columns: the rest are gaps.
    let short = table(Metric::Nominal, &[&[0, 1], &[1, 1], &[0, 0]]);
    assert!(interval(&short, &[0, 1, 2], 1).is_some());
}

fn any_table() -> impl Strategy<Value = Table> {
    let value = prop_oneof![1 => Just(None), 4 => (0..4_i32).prop_map(|v| Some(f64::from(v)))];
    let metric = prop_oneof![Just(Metric::Nominal), Just(Metric::Interval)];
    (metric, 2..7_usize)
        .prop_flat_map(move |(metric, coders)| {
            let row = proptest::collection::vec(value.clone(), coders);
            (Just(metric), proptest::collection::vec(row, 0..12))
        })
        .prop_map(|(metric, units)| Table { metric, units })
}

proptest! {
    #[test]
    fn alpha_is_at_most_one(table in any_table()) {
        if let Ok(alpha) = alpha(&table) {
            prop_assert!(alpha <= 1.0 + 1e-12);
        }
    }

    #[test]
    fn the_order_of_coders_and_units_does_not_matter(table in any_table()) {
        let mut turned = table.clone();
        turned.units.reverse();
        turned.units.iter_mut().for_each(|unit| unit.reverse());
        match (alpha(&table), alpha(&turned)) {
            (Ok(a), Ok(b)) => prop_assert!((a - b).abs() < 1e-9),
            (a, b) => prop_assert_eq!(a, b),
        }
    }

    #[test]
    fn scale_and_origin_do_not_matter(table in any_table()) {
        let mut moved = table.clone();
        for value in moved.units.iter_mut().flatten().flatten() {
            *value = *value * 8.0 - 3.0;
        }
        match (alpha(&table), alpha(&moved)) {
            (Ok(a), Ok(b)) => prop_assert!((a - b).abs() < 1e-9),
            (a, b) => prop_assert_eq!(a, b),
        }
    }
}
