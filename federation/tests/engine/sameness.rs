//! The normaliser on labelled pairs that it was not made on
//! (tests/corpus/README.md). Of the half that is only tested nothing but
//! numbers is ever printed: who mends a fault looks at the other half.

use federation::collectives::sameness::{Sameness, compare};
use serde::Deserialize;

const TEST_HALF: &str = include_str!("../corpus/test.jsonl");
const WORK_HALF: &str = include_str!("../corpus/work.jsonl");

#[derive(Deserialize)]
struct Pair {
    label: String,
    left: String,
    right: String,
}

/// What came out for a half of the corpus.
#[derive(Debug, Default)]
struct Score {
    pairs: usize,
    same: usize,
    /// Pairs called the same without a judge, rightly and wrongly.
    right: usize,
    wrong: usize,
    /// Same pairs that were called different.
    lost: usize,
    /// Pairs that are put to the judge, and those of them that are the same.
    calls: usize,
    judged_same: usize,
}

impl Score {
    fn of(text: &str) -> Self {
        let mut score = Self::default();
        for line in text.lines() {
            let pair: Pair = serde_json::from_str(line).unwrap();
            let truth = usize::from(pair.label == "same");
            score.pairs += 1;
            score.same += truth;
            match compare(&pair.left, &pair.right) {
                Sameness::Same(_) => {
                    score.right += truth;
                    score.wrong += 1 - truth;
                }
                Sameness::Different(_) => score.lost += truth,
                Sameness::Unsure => {
                    score.calls += 1;
                    score.judged_same += truth;
                }
            }
        }
        score
    }

    fn precision(&self) -> f64 {
        share(self.right, self.right + self.wrong)
    }

    fn recall(&self) -> f64 {
        share(self.right, self.same)
    }

    /// With a judge that answers the labels.
    fn judged_f1(&self) -> f64 {
        let right = self.right + self.judged_same;
        share(2 * right, 2 * right + self.wrong + self.lost)
    }

    fn tell(&self, half: &str) {
        eprintln!(
            "{half}: {} pairs, {} the same; without a judge precision {:.4} ({} of {}), recall {:.4}; with one F1 {:.4}, {} calls; {} called different and are the same",
            self.pairs,
            self.same,
            self.precision(),
            self.right,
            self.right + self.wrong,
            self.recall(),
            self.judged_f1(),
            self.calls,
            self.lost
        );
    }
}

#[allow(clippy::cast_precision_loss)]
fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

#[test]
fn it_never_calls_different_things_the_same() {
    let score = Score::of(TEST_HALF);
    score.tell("test half");
    assert!(score.pairs >= 300 && score.same >= 100);
    assert!(score.right > 0 && score.precision() >= 0.98);
}

#[test]
fn with_a_judge_little_is_missed() {
    let score = Score::of(TEST_HALF);
    assert!(score.judged_f1() >= 0.98, "{:.4}", score.judged_f1());
    assert!(score.calls < score.pairs);
}

#[test]
fn the_half_to_work_on() {
    let score = Score::of(WORK_HALF);
    score.tell("work half");
    assert_eq!((score.wrong, score.lost), (0, 0));
    assert!(score.recall() >= 0.5 && score.calls * 2 < score.pairs);
}
