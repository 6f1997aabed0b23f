//! Alpha, beside the numbers of the package `krippendorff`
//! (scripts/vectors/krippendorff_alpha.py).

use federation::collectives::agreement::{Metric, Table, Undefined, alpha};

type Vector = (String, Vec<Vec<Option<f64>>>, Option<f64>);

const VECTORS: &str = include_str!("../vectors/krippendorff.json");

#[test]
fn alpha_is_that_of_the_package() {
    let vectors: Vec<Vector> = serde_json::from_str(VECTORS).unwrap();
    assert!(vectors.len() >= 240);
    let (mut worst, mut undefined, mut with_gaps) = (0.0_f64, 0, 0);
    for (at, (metric, units, expected)) in vectors.into_iter().enumerate() {
        let metric = match metric.as_str() {
            "n" => Metric::Nominal,
            _ => Metric::Interval,
        };
        with_gaps += usize::from(units.iter().flatten().any(Option::is_none));
        let found = alpha(&Table { metric, units });
        match expected {
            Some(expected) => worst = worst.max((found.unwrap() - expected).abs()),
            None => {
                undefined += 1;
                let reasons = [Undefined::NoVariation, Undefined::TooFewValues];
                assert!(reasons.contains(&found.unwrap_err()), "table {at}");
            }
        }
        assert!(worst <= 1e-9, "table {at}: off by {worst:e}");
    }
    assert!(undefined >= 10 && with_gaps >= 150);
    eprintln!("off by at most {worst:e}; {undefined} undefined, {with_gaps} with gaps");
}
