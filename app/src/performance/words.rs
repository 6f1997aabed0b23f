//! What the numbers mean, in sentences.

use chrono::{DateTime, Days, Utc};
use model::{
    CALIBRATION_NEEDS, Calibration, CalibrationGap, Difference, PERIOD_DAYS, PerformanceSort,
    Ratio, Suggestion, SuggestionKind, VersionChange,
};

use crate::format;
use crate::labels::{Labelled, Tone};

impl Labelled for PerformanceSort {
    fn label(self) -> &'static str {
        match self {
            Self::Name => "Agent",
            Self::Generated => "Generated",
            Self::Acceptance => "Acceptance",
            Self::Confidence => "Confidence",
            Self::Calibration => "Calibration",
            Self::Brier => "Brier score",
            Self::Cost => "Cost per accepted",
            Self::Time => "Time to decision",
            Self::Change => "Since last version",
        }
    }
}

impl Labelled for SuggestionKind {
    fn label(self) -> &'static str {
        match self {
            Self::Promotion => "Promotion",
            Self::Demotion => "Demotion",
            Self::Routing => "Routing",
        }
    }
    fn tone(self) -> Tone {
        match self {
            Self::Promotion => Tone::Good,
            Self::Demotion => Tone::Warn,
            Self::Routing => Tone::Active,
        }
    }
}

/// The last day of a period, as in `23 Nov 2026`.
pub fn last_day(end: DateTime<Utc>) -> String {
    let last = end.checked_sub_days(Days::new(1)).unwrap_or(end);
    last.format("%-d %b %Y").to_string()
}

/// `30 days up to and with 23 Nov 2026, UTC`.
pub fn period(end: DateTime<Utc>) -> String {
    format!("{PERIOD_DAYS} days up to and with {}, UTC", last_day(end))
}

/// `82.5 %`, with a decimal only where it says something.
pub fn share(share: f64) -> String {
    let text = format!("{:.1}", share * 100.0);
    format!("{} %", text.strip_suffix(".0").unwrap_or(&text))
}

/// A number of small size: `0.82`, `−0.31`.
pub fn decimal(number: f64) -> String {
    let text = format!("{:.2}", number.abs());
    if number < 0.0 && text != "0.00" {
        format!("\u{2212}{text}")
    } else {
        text
    }
}

/// `70 to 97 %`.
pub fn interval(ratio: &Ratio) -> String {
    format!(
        "{} to {}",
        share(ratio.low).trim_end_matches(" %"),
        share(ratio.high)
    )
}

/// `3 h 20 min`, `2 days 4 h`; shorter ones as everywhere.
pub fn long_duration(ms: i64) -> String {
    let minutes = ms / 60_000;
    let (hours, days) = (minutes / 60, minutes / 1_440);
    if hours < 1 {
        format::duration(ms)
    } else if days < 2 {
        format!("{hours} h {} min", minutes % 60)
    } else {
        format!("{} days {} h", format::count(days), hours % 24)
    }
}

/// What the calibration says, or why there is none.
pub fn calibration(calibration: &Calibration) -> String {
    if let Some(score) = calibration.score {
        let says = match score {
            s if s >= 0.5 => "The surer the agent is, the more often people accept.",
            s if s >= 0.1 => "Where the agent is surer, people accept somewhat more often.",
            s if s > -0.1 => "How sure the agent is says next to nothing about what people decide.",
            _ => "The surer the agent is, the less often people accept.",
        };
        return says.to_owned();
    }
    let decided = format::counted(
        calibration.decided,
        "decided proposal with a confidence",
        "decided proposals with a confidence",
    );
    match calibration.gap {
        Some(CalibrationGap::ConstantConfidence) => {
            format!("The agent always said the same confidence: {decided}.")
        }
        Some(CalibrationGap::ConstantOutcome) => {
            format!("All decided proposals ended alike: {decided}.")
        }
        Some(CalibrationGap::TooFew) | None => {
            format!("Not enough yet: {decided}, {CALIBRATION_NEEDS} are needed.")
        }
    }
}

/// What a Brier score and its skill say.
pub fn brier(brier: Option<f64>, skill: Option<f64>) -> String {
    let Some(brier) = brier else {
        return "No decided proposal has a confidence yet: there is nothing to score.".to_owned();
    };
    let score = format!(
        "The Brier score is {}: the mean squared distance between confidence and outcome, 0 is perfect and 1 the worst.",
        decimal(brier)
    );
    let skill = match skill {
        None => "All ended alike, so always saying that cannot be beaten: no skill is defined."
            .to_owned(),
        Some(skill) if skill > 0.005 => format!(
            "Its skill is {}: better than always saying how often people accept.",
            decimal(skill)
        ),
        Some(skill) if skill < -0.005 => format!(
            "Its skill is {}: worse than always saying how often people accept.",
            decimal(skill)
        ),
        Some(_) => {
            "Its skill is 0.00: as good as always saying how often people accept.".to_owned()
        }
    };
    format!("{score} {skill}")
}

/// `+12 points`.
pub fn points(difference: f64) -> String {
    let points = (difference * 100.0).round();
    let sign = match points {
        p if p > 0.0 => "+",
        p if p < 0.0 => "\u{2212}",
        _ => "",
    };
    format!("{sign}{:.0}", points.abs())
}

/// `better, more than chance`, with how that feels.
pub fn verdict(difference: &Difference) -> (Tone, &'static str) {
    match (
        difference.is_more_than_chance(),
        difference.difference > 0.0,
        difference.difference < 0.0,
    ) {
        (true, true, _) => (Tone::Good, "Better, more than chance"),
        (true, _, _) => (Tone::Bad, "Worse, more than chance"),
        (false, true, _) => (Tone::Neutral, "Better, may be chance"),
        (false, _, true) => (Tone::Neutral, "Worse, may be chance"),
        _ => (Tone::Neutral, "No difference"),
    }
}

/// A change of acceptance with both sides of it.
pub fn change(change: &VersionChange) -> String {
    let side = |ratio: &Ratio| {
        format!(
            "{} of {} accepted",
            format::count(ratio.part),
            format::count(ratio.of)
        )
    };
    let d = &change.difference;
    format!(
        "Version {}: {}, {}. Version {} before it: {}, {}. The difference is {} percentage points, 95 % interval {} to {}.",
        change.version,
        share(change.acceptance.share),
        side(&change.acceptance),
        change.before_version,
        share(change.before.share),
        side(&change.before),
        points(d.difference),
        points(d.low),
        points(d.high),
    )
}

/// What a suggestion wants.
pub fn wants(suggestion: &Suggestion) -> String {
    let name = &suggestion.agent_name;
    match (
        suggestion.kind,
        suggestion.from_level,
        suggestion.to_level,
        &suggestion.task_type,
    ) {
        (SuggestionKind::Routing, _, _, Some(task)) => format!(
            "Ask {name} before {} for {}",
            suggestion
                .over_agent_name
                .as_deref()
                .unwrap_or("the agent before it"),
            format::words(task).to_lowercase()
        ),
        (_, Some(from), Some(to), _) => format!(
            "Trust {name} {} than now: {} instead of {}",
            if suggestion.kind == SuggestionKind::Demotion {
                "less"
            } else {
                "more"
            },
            to.label(),
            from.label()
        ),
        _ => name.clone(),
    }
}

/// What it rests on.
pub fn evidence(suggestion: &Suggestion) -> String {
    let of = &suggestion.evidence;
    let own = record(&of.acceptance);
    let least = format::counted(of.min_decisions.into(), "decision", "decisions");
    let asks = share(of.threshold);
    match (suggestion.kind, &of.other) {
        (SuggestionKind::Routing, Some(other)) => format!(
            "{own}. {}, which is asked before it: {}. The two intervals do not meet, and both rest on at least {least}.",
            suggestion
                .over_agent_name
                .as_deref()
                .unwrap_or("The other agent"),
            record(other),
        ),
        (SuggestionKind::Demotion, _) => {
            format!("{own}. The hub asks for {asks} or more of at least {least}.")
        }
        _ => format!("{own}. The hub asks for more than {asks} of at least {least}."),
    }
}

/// `18 of 20 decisions accepted, 90 %, 95 % interval 70 to 97 %`.
fn record(ratio: &Ratio) -> String {
    format!(
        "{} of {} accepted, {}, 95 % interval {}",
        format::count(ratio.part),
        format::counted(ratio.of, "decision", "decisions"),
        share(ratio.share),
        interval(ratio)
    )
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    #[test]
    fn a_period_ends_with_its_last_day() {
        let end = Utc.with_ymd_and_hms(2026, 11, 24, 0, 0, 0).single();
        let Some(end) = end else { panic!("a date") };
        assert_eq!(period(end), "30 days up to and with 23 Nov 2026, UTC");
    }

    #[test]
    fn numbers_say_what_they_can() {
        assert_eq!(share(0.8), "80 %");
        assert_eq!(share(0.8251), "82.5 %");
        assert_eq!(decimal(-0.314), "\u{2212}0.31");
        assert_eq!(decimal(-0.001), "0.00");
        assert_eq!(points(-0.126), "\u{2212}13");
        assert_eq!(points(0.001), "0");
        assert_eq!(long_duration(12_480), "12.4 s");
        assert_eq!(long_duration(3_600_000 * 47), "47 h 0 min");
        assert_eq!(long_duration(3_600_000 * 50), "2 days 2 h");
        let Some(ratio) = Ratio::of(18, 20) else {
            panic!("a ratio")
        };
        assert_eq!(interval(&ratio), "69.9 to 97.2 %");
    }

    #[test]
    fn no_calibration_has_a_reason() {
        let gap = |gap, decided| {
            calibration(&Calibration {
                score: None,
                decided,
                gap: Some(gap),
            })
        };
        assert_eq!(
            gap(CalibrationGap::TooFew, 2),
            "Not enough yet: 2 decided proposals with a confidence, 3 are needed."
        );
        assert!(
            gap(CalibrationGap::ConstantConfidence, 5)
                .starts_with("The agent always said the same")
        );
        assert!(
            gap(CalibrationGap::ConstantOutcome, 1)
                .starts_with("All decided proposals ended alike: 1 decided proposal with")
        );
    }

    #[test]
    fn chance_is_told_from_more() {
        let of = |part, of| Ratio::of(part, of).unwrap_or_else(|| panic!("a ratio"));
        let word = |now: Ratio, before: Ratio| verdict(&Difference::between(&now, &before)).1;
        assert_eq!(word(of(90, 100), of(50, 100)), "Better, more than chance");
        assert_eq!(word(of(50, 100), of(90, 100)), "Worse, more than chance");
        assert_eq!(word(of(6, 10), of(5, 10)), "Better, may be chance");
        assert_eq!(word(of(5, 10), of(5, 10)), "No difference");
    }
}
