//! Numbers and times as people read them. Nothing here depends on the place or
//! the moment, so that server and browser render the same text.

use chrono::{DateTime, Utc};

/// `12,345`.
pub fn count(n: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if n < 0 {
        text.push('\u{2212}');
    }
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 agent`, `2 agents`.
pub fn counted(n: i64, one: &str, many: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

/// `$0.0031`: enough digits to see small amounts.
pub fn cost(microusd: i64) -> String {
    let dollars = microusd.unsigned_abs() / 1_000_000;
    let rest = microusd.unsigned_abs() % 1_000_000;
    let sign = if microusd < 0 { "\u{2212}" } else { "" };
    if microusd == 0 {
        "$0.00".to_owned()
    } else if dollars > 0 {
        let cents = rest / 10_000;
        format!(
            "{sign}${}.{cents:02}",
            count(i64::try_from(dollars).unwrap_or(i64::MAX))
        )
    } else if rest < 100 {
        format!("{sign}$0.{rest:06}")
    } else {
        format!("{sign}$0.{:04}", rest / 100)
    }
}

/// `0.0025` US dollars, to the last micro dollar.
pub fn plain_amount(microusd: i64) -> String {
    let (whole, rest) = (microusd / 1_000_000, microusd % 1_000_000);
    let rest = format!("{rest:06}");
    let rest = rest.trim_end_matches('0');
    let dot = if rest.is_empty() { "" } else { "." };
    format!("{whole}{dot}{rest}")
}

/// `$0.0025`, to the last micro dollar.
pub fn amount(microusd: i64) -> String {
    format!("${}", plain_amount(microusd))
}

/// A price for a million tokens as one for 1,000: `$0.0025` for 2.5.
pub fn amount_per_1k(usd_per_million: f64) -> String {
    let text = format!("{:.9}", usd_per_million / 1_000.0);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    format!("${text}")
}

/// `850 ms`, `12.4 s`, `3 min 20 s`.
pub fn duration(ms: i64) -> String {
    let ms = ms.max(0);
    if ms < 1_000 {
        format!("{ms} ms")
    } else if ms < 60_000 {
        format!("{}.{} s", ms / 1_000, ms % 1_000 / 100)
    } else {
        format!("{} min {} s", ms / 60_000, ms % 60_000 / 1_000)
    }
}

/// Whole seconds from `from` to `now`, both in milliseconds since 1970.
pub fn elapsed(from: DateTime<Utc>, now_ms: i64) -> String {
    let seconds = (now_ms - from.timestamp_millis()).max(0) / 1_000;
    if seconds < 60 {
        format!("{seconds} s")
    } else {
        format!("{} min {} s", seconds / 60, seconds % 60)
    }
}

/// `22 Nov 2026, 20:43 UTC`.
pub fn date(at: DateTime<Utc>) -> String {
    at.format("%-d %b %Y, %H:%M UTC").to_string()
}

/// `82 %` of something between 0 and 1.
pub fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// `key_of_json` as `Key of json`.
pub fn words(key: &str) -> String {
    let spaced = key.replace(['_', '-'], " ");
    let mut chars = spaced.trim().chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    #[test]
    fn numbers() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_000), "1,000");
        assert_eq!(count(-1_234_567), "\u{2212}1,234,567");
        assert_eq!(counted(1, "agent", "agents"), "1 agent");
        assert_eq!(counted(0, "agent", "agents"), "0 agents");
        assert_eq!(percent(0.825), "82 %");
    }

    #[test]
    fn money() {
        assert_eq!(cost(0), "$0.00");
        assert_eq!(cost(12), "$0.000012");
        assert_eq!(cost(3_140), "$0.0031");
        assert_eq!(cost(1_239_999), "$1.23");
        assert_eq!(cost(-1_500_000_000), "\u{2212}$1,500.00");
    }

    #[test]
    fn amounts() {
        assert_eq!(amount(2_500), "$0.0025");
        assert_eq!(amount(0), "$0");
        assert_eq!(plain_amount(3_000_000), "3");
        assert_eq!(plain_amount(1_000_001), "1.000001");
        assert_eq!(amount_per_1k(2.5), "$0.0025");
        assert_eq!(amount_per_1k(0.075), "$0.000075");
        assert_eq!(amount_per_1k(0.0), "$0");
        assert_eq!(amount_per_1k(10_000.0), "$10");
    }

    #[test]
    fn times() {
        assert_eq!(duration(850), "850 ms");
        assert_eq!(duration(12_480), "12.4 s");
        assert_eq!(duration(200_000), "3 min 20 s");
        let at = Utc.with_ymd_and_hms(2026, 11, 2, 9, 5, 7).single();
        let Some(at) = at else { panic!("a date") };
        assert_eq!(date(at), "2 Nov 2026, 09:05 UTC");
        assert_eq!(elapsed(at, at.timestamp_millis() + 61_500), "1 min 1 s");
        assert_eq!(elapsed(at, 0), "0 s");
    }

    #[test]
    fn keys() {
        assert_eq!(words("acceptance_criteria"), "Acceptance criteria");
        assert_eq!(words(""), "");
    }
}
