//! Numerals in words become numbers, and numbers take their units.

use super::{Number, ONE, Unit, unit};
use crate::collectives::sameness::words::Token;

/// Reads numerals, then units.
pub(in crate::collectives::sameness) fn join(tokens: Vec<Token>) -> Vec<Token> {
    units(&numerals(&tokens))
}

/// `twenty five` and `two hundred` become numbers.
fn numerals(tokens: &[Token]) -> Vec<Token> {
    let mut found: Vec<Token> = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while at < tokens.len() {
        if let Some((number, used)) = numeral(tokens, at, found.last()) {
            found.push(Token::Number(number));
            at += used;
        } else {
            found.push(tokens[at].clone());
            at += 1;
        }
    }
    found
}

/// The numeral that begins here and the tokens it takes.
fn numeral(tokens: &[Token], at: usize, before: Option<&Token>) -> Option<(Number, usize)> {
    if let Some(found) = scaled(tokens, at) {
        return Some(found);
    }
    let raw = tokens[at].raw();
    let next = tokens.get(at + 1).map_or("", Token::raw);
    if raw == "twice" {
        return Some((
            Number {
                unit: Unit::Times,
                ..Number::plain(2)
            },
            1,
        ));
    }
    if raw == "single" && !matches!(next, "sign" | "page" | "point" | "tenant" | "source") {
        return Some((Number::plain(1), 1));
    }
    if raw == "one" && is_pronoun(before, next) {
        return None;
    }
    if let Some(place) = ordinal(raw) {
        // `per second`, `each second`: the time.
        let time = raw == "second"
            && before.is_some_and(|b| {
                matches!(b, Token::Number(_)) || matches!(b.raw(), "per" | "a" | "each" | "every")
            });
        let mut number = Number::plain(place);
        number.ordinal = true;
        return (!time).then_some((number, 1));
    }
    let (mut value, mut used) = (small(raw)?, 1);
    if (20..100).contains(&value)
        && value % 10 == 0
        && let Some(ones @ 1..=9) = small(next)
    {
        value += ones;
        used += 1;
    }
    while let Some(factor) = tokens.get(at + used).and_then(|t| scale(t.raw())) {
        value = value
            .checked_mul(factor)
            .filter(|v| *v < 1_000_000_000_000)?;
        used += 1;
    }
    Some((Number::plain(value), used))
}

/// `the old one`, `no one`, `one by one`: no number.
fn is_pronoun(before: Option<&Token>, next: &str) -> bool {
    const BEFORE: [&str; 14] = [
        "the", "this", "that", "each", "every", "no", "which", "old", "new", "any", "by", "some",
        "another", "other",
    ];
    before.is_some_and(|before| BEFORE.contains(&before.raw())) || matches!(next, "by" | "another")
}

/// `5 million`, `a dozen`, `half a`, `a hundred`, `a couple`.
fn scaled(tokens: &[Token], at: usize) -> Option<(Number, usize)> {
    let next = tokens.get(at + 1);
    if let Token::Number(number) = &tokens[at] {
        let factor = scale(next?.raw())?;
        let plain = number.unit == Unit::Plain && !number.ordinal;
        return Some((number.of(factor, Unit::Plain).filter(|_| plain)?, 2));
    }
    let raw = tokens[at].raw();
    if raw == "half" && next.is_some_and(|n| n.is("a") || n.is("an")) {
        // `half a minute`; without a unit it is no number of its own.
        unit(tokens.get(at + 2)?.raw())?;
        let mut number = Number::plain(0);
        number.billionths = ONE / 2;
        return Some((number, 2));
    }
    if matches!(raw, "a" | "an") {
        let value = match next?.raw() {
            "dozen" => 12,
            word => scale(word)?,
        };
        return Some((Number::plain(value), 2));
    }
    None
}

fn scale(word: &str) -> Option<i128> {
    Some(match word {
        "hundred" => 100,
        "thousand" => 1_000,
        "million" | "mio" => 1_000_000,
        "billion" => 1_000_000_000,
        "dozen" => 12,
        _ => return None,
    })
}

fn small(word: &str) -> Option<i128> {
    const WORDS: [&str; 20] = [
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
    ];
    const TENS: [&str; 8] = [
        "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
    ];
    let place = |list: &[&str]| list.iter().position(|w| *w == word);
    let value = place(&WORDS).or_else(|| place(&TENS).map(|ten| (ten + 2) * 10))?;
    i128::try_from(value).ok()
}

fn ordinal(word: &str) -> Option<i128> {
    const WORDS: [&str; 10] = [
        "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth",
        "tenth",
    ];
    let at = WORDS.iter().position(|w| *w == word)?;
    i128::try_from(at + 1).ok()
}

/// Numbers take the unit that follows, or the currency before them.
fn units(tokens: &[Token]) -> Vec<Token> {
    let mut found: Vec<Token> = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while at < tokens.len() {
        let (token, used) = with_unit(tokens, at, &mut found);
        found.push(token);
        at += used;
    }
    found
}

fn with_unit(tokens: &[Token], at: usize, before: &mut Vec<Token>) -> (Token, usize) {
    let token = &tokens[at];
    if let Some(clock) = clock(tokens, at) {
        return clock;
    }
    let Token::Number(number) = token else {
        return article(tokens, at).unwrap_or((token.clone(), 1));
    };
    if number.unit != Unit::Plain || number.ordinal {
        return (token.clone(), 1);
    }
    if let Some(Unit::Money(money)) = before
        .last()
        .filter(|b| is_sign(b))
        .and_then(|b| Some(unit(b.raw())?.1))
    {
        before.pop();
        let money = Number {
            unit: Unit::Money(money),
            ..*number
        };
        return (Token::Number(money), 1);
    }
    // `one and a half hours`.
    let raw = |n: usize| tokens.get(at + n).map_or("", Token::raw);
    if (raw(1), raw(2), raw(3)) == ("and", "a", "half") {
        let mut more = *number;
        more.billionths += ONE / 2;
        return match measured(more, raw(4)) {
            Some(measured) => (Token::Number(measured), 5),
            None => (Token::Number(more), 4),
        };
    }
    let apart = usize::from((raw(1), raw(2)) == ("per", "cent"));
    let name = if apart == 1 { "percent" } else { raw(1) };
    let Some(measured) = measured(*number, name) else {
        return (token.clone(), 1);
    };
    // `an hour and a half`.
    if (raw(2), raw(3), raw(4)) == ("and", "a", "half") && measured.unit.is_time() {
        let half = Number {
            billionths: ONE / 2,
            ..*number
        };
        if let Some(half) = self::measured(half, name) {
            let billionths = measured.billionths + half.billionths;
            return (
                Token::Number(Number {
                    billionths,
                    ..measured
                }),
                5,
            );
        }
    }
    (Token::Number(measured), 2 + apart)
}

fn is_sign(token: &Token) -> bool {
    matches!(token.raw(), "$" | "€" | "£")
}

fn measured(number: Number, name: &str) -> Option<Number> {
    let (factor, unit) = unit(name)?;
    number.of(factor, unit)
}

/// `a week` is one week, but for `once a week`, `$5 a month`: there it is a
/// rate, as in `per week`.
fn article(tokens: &[Token], at: usize) -> Option<(Token, usize)> {
    if !matches!(tokens[at].raw(), "a" | "an") {
        return None;
    }
    let name = tokens.get(at + 1)?.raw();
    let measured = measured(Number::plain(1), name)?;
    if !measured.unit.is_time() {
        return None;
    }
    let counted = |token: &Token| match token {
        Token::Number(number) => !number.unit.is_time() && !number.ordinal,
        Token::Word(word) => matches!(word.raw.as_str(), "once" | "twice" | "times"),
    };
    let rate = tokens[at.saturating_sub(3)..at].iter().any(counted);
    if rate {
        return Some((Token::word("per"), 1));
    }
    let raw = |n: usize| tokens.get(at + n).map_or("", Token::raw);
    if (raw(2), raw(3), raw(4)) == ("and", "a", "half") {
        let half = self::measured(
            Number {
                billionths: ONE / 2,
                ..Number::plain(0)
            },
            name,
        )?;
        let billionths = measured.billionths + half.billionths;
        return Some((
            Token::Number(Number {
                billionths,
                ..measured
            }),
            5,
        ));
    }
    Some((Token::Number(measured), 2))
}

/// `2 pm`, `8:00 a.m.` and `14:00` in one form: hours and minutes of a day.
fn clock(tokens: &[Token], at: usize) -> Option<(Token, usize)> {
    let raw = |n: usize| tokens.get(at + n).map_or("", Token::raw);
    let half = match (raw(1), raw(2)) {
        ("am" | "pm", _) => Some((raw(1) == "pm", 2)),
        ("a" | "p", "m") => Some((raw(1) == "p", 3)),
        _ => None,
    };
    let (hour, minute, attached) = match &tokens[at] {
        Token::Number(number) => {
            let whole =
                number.unit == Unit::Plain && !number.ordinal && number.billionths % ONE == 0;
            (
                usize::try_from(number.billionths / ONE)
                    .ok()
                    .filter(|_| whole)?,
                0,
                None,
            )
        }
        Token::Word(word) => read_clock(&word.raw)?,
    };
    let (hour, used) = match (half, attached) {
        (Some((afternoon, used)), _) => (twelve(hour, afternoon)?, used),
        (None, Some(afternoon)) => (twelve(hour, afternoon)?, 1),
        (None, None) if tokens[at].raw().contains(':') => (hour, 1),
        _ => return None,
    };
    Some((Token::word(&format!("{hour:02}:{minute:02}")), used))
}

fn twelve(hour: usize, afternoon: bool) -> Option<usize> {
    (1..=12)
        .contains(&hour)
        .then_some(hour % 12 + if afternoon { 12 } else { 0 })
}

/// `8:30`, `8pm`: hour, minute, and whether it names the afternoon.
fn read_clock(text: &str) -> Option<(usize, usize, Option<bool>)> {
    let (text, half) = match (text.strip_suffix("am"), text.strip_suffix("pm")) {
        (Some(rest), _) => (rest, Some(false)),
        (_, Some(rest)) => (rest, Some(true)),
        _ => (text, None),
    };
    let (hour, minute) = text.split_once(':').unwrap_or((text, "0"));
    let digits = |part: &str| (part.len() < 3).then(|| part.parse().ok()).flatten();
    let (hour, minute): (usize, usize) = (digits(hour)?, digits(minute)?);
    (hour < 24 && minute < 60).then_some((hour, minute, half))
}
