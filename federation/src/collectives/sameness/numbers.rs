//! Numbers and their units, in digits and in words, exactly.

mod join;

use super::words::Token;

pub(super) use join::join;

/// Parts of one: a value is a whole number of billionths.
const ONE: i128 = 1_000_000_000;

/// A number with what it counts. Times are in seconds or in months (which are
/// not a fixed number of seconds), so that `90 min` is `1.5 h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::collectives) struct Number {
    pub billionths: i128,
    pub unit: Unit,
    /// `first`, `3rd`: a place in an order.
    pub ordinal: bool,
}

/// What a number counts. `Plain` counts whatever the next word says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::collectives) enum Unit {
    Plain,
    Second,
    Month,
    Percent,
    /// Bytes of one size: a megabyte is no fixed number of kilobytes.
    Sized(&'static str),
    Money(&'static str),
    /// `3x`, `twice`.
    Times,
}

impl Unit {
    pub fn is_time(self) -> bool {
        matches!(self, Self::Second | Self::Month)
    }
}

impl Number {
    pub(super) fn plain(value: i128) -> Self {
        Self {
            billionths: value.saturating_mul(ONE),
            unit: Unit::Plain,
            ordinal: false,
        }
    }

    /// The number of so many of a unit; nothing where it grows too large.
    fn of(self, factor: i128, unit: Unit) -> Option<Self> {
        Some(Self {
            billionths: self.billionths.checked_mul(factor)? / unit_parts(unit),
            unit,
            ..self
        })
    }
}

impl std::fmt::Display for Number {
    /// For keys: never the text of a word.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.billionths < 0 { "-" } else { "" };
        let value = self.billionths.unsigned_abs();
        let (whole, part) = (value / ONE.unsigned_abs(), value % ONE.unsigned_abs());
        write!(f, "#{sign}{whole}")?;
        if part > 0 {
            write!(f, ".{}", format!("{part:09}").trim_end_matches('0'))?;
        }
        f.write_str(match self.unit {
            Unit::Plain => "",
            Unit::Second => "s",
            Unit::Month => "month",
            Unit::Percent => "%",
            Unit::Sized(unit) | Unit::Money(unit) => unit,
            Unit::Times => "x",
        })?;
        f.write_str(if self.ordinal { "th" } else { "" })
    }
}

/// Seconds are counted in thousandths, so that a millisecond is a whole factor.
fn unit_parts(unit: Unit) -> i128 {
    if unit == Unit::Second { 1000 } else { 1 }
}

/// A word that names a unit: the factor to its base and the base.
pub(super) fn unit(word: &str) -> Option<(i128, Unit)> {
    Some(match word {
        "ms" | "msec" | "millisecond" | "milliseconds" => (1, Unit::Second),
        "s" | "sec" | "secs" | "second" | "seconds" => (1000, Unit::Second),
        "min" | "mins" | "minute" | "minutes" => (60_000, Unit::Second),
        "h" | "hr" | "hrs" | "hour" | "hours" => (3_600_000, Unit::Second),
        "d" | "day" | "days" => (86_400_000, Unit::Second),
        "wk" | "wks" | "week" | "weeks" => (604_800_000, Unit::Second),
        "fortnight" | "fortnights" => (1_209_600_000, Unit::Second),
        "mo" | "month" | "months" => (1, Unit::Month),
        "quarter" | "quarters" => (3, Unit::Month),
        "yr" | "yrs" | "year" | "years" => (12, Unit::Month),
        "%" | "percent" | "pct" => (1, Unit::Percent),
        "kb" | "kilobyte" | "kilobytes" => (1, Unit::Sized("kb")),
        "mb" | "megabyte" | "megabytes" | "meg" => (1, Unit::Sized("mb")),
        "gb" | "gigabyte" | "gigabytes" | "gig" | "gigs" => (1, Unit::Sized("gb")),
        "tb" | "terabyte" | "terabytes" => (1, Unit::Sized("tb")),
        "byte" | "bytes" => (1, Unit::Sized("byte")),
        "px" | "pixel" | "pixels" => (1, Unit::Sized("px")),
        "char" | "chars" | "character" | "characters" => (1, Unit::Sized("char")),
        "€" | "eur" | "euro" | "euros" => (1, Unit::Money("eur")),
        "$" | "usd" | "dollar" | "dollars" | "bucks" => (1, Unit::Money("usd")),
        "£" | "gbp" | "pound" | "pounds" => (1, Unit::Money("gbp")),
        "cent" | "cents" => (1, Unit::Money("cent")),
        "x" | "×" | "times" | "fold" => (1, Unit::Times),
        _ => return None,
    })
}

/// A number in digits that begins here, with the end of what was read. Digits
/// that are no plain number (`1.2.3`, `10:30`, `2026-03-01`, `2fa`) are a word.
pub(super) fn digits(chars: &[char], at: usize) -> Option<(Token, usize)> {
    let after_word = at > 0 && chars[at - 1].is_alphanumeric();
    let negative = chars[at] == '-' && !after_word;
    let start = at + usize::from(negative);
    if !chars.get(start).is_some_and(char::is_ascii_digit) || after_word {
        return None;
    }
    let end = number_end(chars, start);
    let body: String = chars[start..end].iter().collect();
    let tail_end = (end..chars.len())
        .find(|at| !chars[*at].is_alphanumeric())
        .unwrap_or(chars.len());
    let tail: String = chars[end..tail_end].iter().collect();
    let Some(mut number) = read(&body) else {
        return Some((Token::word(&format!("{body}{tail}")), tail_end));
    };
    if negative {
        number.billionths = -number.billionths;
    }
    let known = match tail.as_str() {
        "" => Some(number),
        "st" | "nd" | "rd" | "th" => {
            number.ordinal = true;
            Some(number)
        }
        "k" => number.of(1_000, Unit::Plain),
        "bn" => number.of(1_000_000_000, Unit::Plain),
        other => unit(other).and_then(|(factor, unit)| number.of(factor, unit)),
    };
    Some(match known {
        Some(number) => (Token::Number(number), tail_end),
        None => (Token::word(&format!("{body}{tail}")), tail_end),
    })
}

/// Digits, and the signs that stand between two of them, but for the hyphen
/// of a range (`5-10`) and the slash between two numbers.
fn number_end(chars: &[char], start: usize) -> usize {
    let digit = |at: usize| chars.get(at).is_some_and(char::is_ascii_digit);
    let mut end = start;
    while end < chars.len() {
        let joins = matches!(chars[end], ',' | '.' | ':' | '/') && digit(end + 1);
        if !digit(end) && !joins {
            break;
        }
        end += 1;
    }
    // A date: 2026-03-01.
    let date = end - start == 4
        && [4, 7].iter().all(|n| chars.get(start + n) == Some(&'-'))
        && [5, 6, 8, 9].iter().all(|n| digit(start + n))
        && !digit(start + 10);
    if date { start + 10 } else { end }
}

/// `1,000`, `0.5`, `12`: at most nine places after the point.
fn read(body: &str) -> Option<Number> {
    let (whole, part) = body.split_once('.').unwrap_or((body, ""));
    if part.len() > 9 || !part.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let mut all = first.to_owned();
    for group in groups {
        if group.len() != 3 || first.len() > 3 {
            return None;
        }
        all.push_str(group);
    }
    if all.len() > 15 || !all.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let whole: i128 = all.parse().ok()?;
    let part: i128 = format!("{part:0<9}").parse().ok()?;
    Some(Number {
        billionths: whole * ONE + part,
        unit: Unit::Plain,
        ordinal: false,
    })
}
