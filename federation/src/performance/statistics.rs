//! The numbers of calibration. Each decided proposal is a forecast, the
//! agent's confidence that it will be accepted, and what came of it.

use model::{BINS, Bin, Calibration, CalibrationGap, Ratio};

/// Fewest decided proposals of which a correlation is taken.
const FEWEST: i64 = model::CALIBRATION_NEEDS;

/// Proposals with one confidence and one outcome.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Forecast {
    /// 0 to 1.
    pub confidence: f64,
    /// Whether people accepted them; else they rejected them.
    pub accepted: bool,
    pub count: i64,
}

impl Forecast {
    const fn outcome(&self) -> f64 {
        if self.accepted { 1.0 } else { 0.0 }
    }

    fn weight(&self) -> f64 {
        number(self.count)
    }
}

// Counts stay far below 2^53.
fn number(count: i64) -> f64 {
    count as f64
}

/// The mean of `value` over the proposals; `None` of nothing.
fn mean(forecasts: &[Forecast], value: impl Fn(&Forecast) -> f64) -> Option<f64> {
    let count: i64 = forecasts.iter().map(|f| f.count).sum();
    (count > 0).then(|| sum(forecasts, value) / number(count))
}

/// Neumaier's sum (1974): many small terms lose nothing.
fn sum(forecasts: &[Forecast], value: impl Fn(&Forecast) -> f64) -> f64 {
    let (mut sum, mut lost) = (0.0_f64, 0.0_f64);
    for forecast in forecasts {
        let term = forecast.weight() * value(forecast);
        let next = sum + term;
        lost += if sum.abs() >= term.abs() {
            (sum - next) + term
        } else {
            (term - next) + sum
        };
        sum = next;
    }
    sum + lost
}

/// Pearson's correlation of confidence and outcome (Pearson 1895). It is not
/// defined of fewer than three, nor where either of the two never varies.
pub fn calibration(forecasts: &[Forecast]) -> Calibration {
    let decided = forecasts.iter().map(|f| f.count).sum();
    match pearson(forecasts, decided) {
        Ok(score) => Calibration {
            score: Some(score),
            decided,
            gap: None,
        },
        Err(gap) => Calibration {
            score: None,
            decided,
            gap: Some(gap),
        },
    }
}

fn pearson(forecasts: &[Forecast], decided: i64) -> Result<f64, CalibrationGap> {
    if decided < FEWEST {
        return Err(CalibrationGap::TooFew);
    }
    let there: Vec<Forecast> = forecasts.iter().copied().filter(|f| f.count > 0).collect();
    let Some(first) = there.first() else {
        return Err(CalibrationGap::TooFew);
    };
    if there.iter().all(|f| f.confidence == first.confidence) {
        return Err(CalibrationGap::ConstantConfidence);
    }
    if there.iter().all(|f| f.accepted == first.accepted) {
        return Err(CalibrationGap::ConstantOutcome);
    }
    let mean_x = mean(&there, |f| f.confidence).unwrap_or_default();
    let mean_y = mean(&there, Forecast::outcome).unwrap_or_default();
    let (dx, dy) = (
        |f: &Forecast| f.confidence - mean_x,
        |f: &Forecast| f.outcome() - mean_y,
    );
    let xx = sum(&there, |f| dx(f) * dx(f));
    let yy = sum(&there, |f| dy(f) * dy(f));
    let xy = sum(&there, |f| dx(f) * dy(f));
    let score = xy / (xx.sqrt() * yy.sqrt());
    // Confidences so close that their squared differences vanish.
    if !score.is_finite() {
        return Err(CalibrationGap::ConstantConfidence);
    }
    Ok(score.clamp(-1.0, 1.0))
}

/// The Brier score (Brier 1950): the mean squared difference of confidence and
/// outcome. `None` of nothing.
pub fn brier(forecasts: &[Forecast]) -> Option<f64> {
    mean(forecasts, |f| {
        let off = f.confidence - f.outcome();
        off * off
    })
}

/// How much better than always saying the base rate (Murphy 1973): 1 is
/// perfect, 0 no better, below 0 worse. `None` where the base rate is 0 or 1.
pub fn brier_skill(forecasts: &[Forecast]) -> Option<f64> {
    let base = mean(forecasts, Forecast::outcome)?;
    let reference = base * (1.0 - base);
    (reference > 0.0).then_some(())?;
    Some(1.0 - brier(forecasts)? / reference)
}

/// The bins of the reliability diagram that hold a proposal. An edge belongs
/// to the bin below it, as in scikit-learn's `calibration_curve`.
pub fn bins(forecasts: &[Forecast]) -> Vec<Bin> {
    let mut held: [Vec<Forecast>; BINS] = Default::default();
    for forecast in forecasts {
        held[bin_of(forecast.confidence)].push(*forecast);
    }
    let mut bins = Vec::new();
    for (index, held) in held.iter().enumerate() {
        let decided = held.iter().map(|f| f.count).sum();
        let accepted = held.iter().filter(|f| f.accepted).map(|f| f.count).sum();
        let mean_confidence = mean(held, |f| f.confidence);
        if let (Some(mean_confidence), Some(accepted)) =
            (mean_confidence, Ratio::of(accepted, decided))
        {
            bins.push(Bin {
                from: edge(index),
                to: edge(index + 1),
                decided,
                mean_confidence,
                accepted,
            });
        }
    }
    bins
}

fn edge(index: usize) -> f64 {
    index as f64 * (1.0 / BINS as f64)
}

fn bin_of(confidence: f64) -> usize {
    (1..BINS)
        .take_while(|index| edge(*index) < confidence)
        .count()
}
